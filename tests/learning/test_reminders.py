"""Reminders of weekly goals: to whom, when, once; through the schedule and the mailroom."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.accounts.enums import SellerState
from apps.accounts.models import Seller, User
from apps.learning import rules, services
from apps.learning.letters import reminder_letter
from apps.learning.models import WeeklyGoal
from apps.learning.services.reminders import remind_of_goals
from apps.learning.tasks import remind_of_goals_hourly
from apps.notifications.enums import Channel, Kind, MessageState, Priority
from apps.notifications.models import Message
from apps.notifications.services.preferences import set_preference
from tests.factories.accounts import PersonFactory
from tests.factories.learning import CompletionFactory
from tests.screens import delivered

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 3, 6, 10, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def with_goal(lessons: int = 3, *, done: int = 0, chosen: timedelta = 30 * DAY, **facts: Any) -> User:
    """A person with a goal who has done so many lessons this week."""
    person = PersonFactory(**facts)
    services.choose_goal(person=person, lessons=lessons, at=FRIDAY - chosen)
    for _lesson in range(done):
        CompletionFactory(person=person, completed_at=FRIDAY - DAY)
    return person


def test_go_to_who_has_not_reached_the_goal_yet() -> None:
    halfway, nothing = with_goal(3, done=1), with_goal(1)
    with_goal(3, done=3)
    with_goal(0)
    PersonFactory()
    assert remind_of_goals(at=FRIDAY) == {"looked_at": 3, "reminded": 2}
    letters = {letter.person: letter for letter in Message.objects.all()}
    assert set(letters) == {halfway, nothing}
    assert letters[halfway].subject == "2 lessons to your goal this week"
    assert "You have done 1 of the 3 lessons" in letters[halfway].text
    assert letters[nothing].subject == "1 lesson to your goal this week"
    assert "You set out to do 1 lesson this week." in letters[nothing].text
    kinds = {(letter.kind, letter.state, letter.priority) for letter in letters.values()}
    assert kinds == {(Kind.REMINDER, MessageState.WAITING, Priority.BULK)}
    assert {tuple(sent.to) for sent in delivered()} == {(halfway.email,), (nothing.email,)}


def test_are_written_once_a_week() -> None:
    person = with_goal()
    for hours in range(10):
        remind_of_goals(at=FRIDAY + hours * HOUR)
    services.choose_goal(person=person, lessons=5, at=FRIDAY)
    WeeklyGoal.objects.update(reminded_for=None, chosen_at=FRIDAY - 3 * DAY)
    remind_of_goals(at=FRIDAY + HOUR)
    assert Message.objects.count() == 1, "the mailroom's own key holds too"
    remind_of_goals(at=FRIDAY + 7 * DAY)
    assert Message.objects.count() == 2


@pytest.mark.parametrize(
    ("zone", "at"),
    [("Asia/Jakarta", FRIDAY - 7 * HOUR), ("America/Los_Angeles", FRIDAY + 8 * HOUR), ("UTC", FRIDAY)],
)
def test_come_on_friday_morning_of_the_readers_clock(zone: str, at: datetime) -> None:
    with_goal(zone=zone)
    assert remind_of_goals(at=at - HOUR)["reminded"] == 0
    assert remind_of_goals(at=at)["reminded"] == 1


def test_count_the_week_of_the_readers_clock() -> None:
    """Sunday evening in Los Angeles is Monday in UTC, and still last week."""
    person = with_goal(1, zone="America/Los_Angeles")
    CompletionFactory(person=person, completed_at=datetime(2026, 3, 2, 7, 59, tzinfo=UTC))
    assert remind_of_goals(at=FRIDAY + 8 * HOUR)["reminded"] == 1


def test_leave_time_to_a_goal_that_was_just_set() -> None:
    with_goal(chosen=DAY)
    with_goal(chosen=2 * DAY)
    assert remind_of_goals(at=FRIDAY)["reminded"] == 1


def test_are_no_e_mail_for_who_turned_them_off() -> None:
    person = with_goal()
    set_preference(person=person, kind=Kind.REMINDER, channel=Channel.SITE)
    remind_of_goals(at=FRIDAY)
    assert Message.objects.get().state == MessageState.NONE
    assert delivered() == []


def test_do_not_go_to_closed_sellers_nor_to_who_may_not_sign_in() -> None:
    closed, gone = with_goal(), with_goal()
    Seller.objects.create(code="SHUT-01", shop_name="Shut", region="US", state=SellerState.CLOSED, person=closed)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert remind_of_goals(at=FRIDAY) == {"looked_at": 1, "reminded": 0}
    assert not Message.objects.exists()


def test_ask_as_much_for_thirty_as_for_one(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with_goal()
    with django_assert_num_queries(15):
        remind_of_goals(at=FRIDAY)
    for _number in range(30):
        with_goal(done=1)
    with django_assert_num_queries(15):
        assert remind_of_goals(at=FRIDAY + HOUR)["reminded"] == 30


def test_are_written_chunk_by_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.learning.services.reminders.CHUNK", 2)
    for _number in range(5):
        with_goal()
    assert remind_of_goals_hourly(FRIDAY.isoformat()) == {"looked_at": 5, "reminded": 5}


def test_never_scold_and_can_be_stopped() -> None:
    letter = reminder_letter(PersonFactory(), rules.Week(3, 1))
    assert letter.subject == "2 lessons to your goal this week"
    assert "that is fine too" in letter.text
    assert "/letters/stop/" in letter.text
    assert letter.link == "/dashboard/"
