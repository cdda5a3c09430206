"""A lesson that a person is asked to do: asked for once, told, done by doing it, withdrawn by staff; and who may."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from wagtail.models import ModelLogEntry

from apps.accounts.enums import Role
from apps.accounts.models import User
from apps.learning import rules, services
from apps.learning.models import Assignment, Completion
from apps.notifications.enums import Kind
from apps.notifications.models import Message
from tests.factories import AT
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import Market
from tests.screens import buttons, links, press, soup_of, words

REASON = "Your LIVE of <Friday> named a benefit without proof."
DAY = timedelta(days=1)


def ask(
    market: Market, person: User, *, at: datetime = AT, reason: str = REASON, due_on: date | None = None
) -> Assignment:
    """Ask for the first lesson on claims."""
    key = market.claim_lessons[0].translation_key
    return services.assign_lesson(person=person, lesson_key=key, reason=reason, due_on=due_on, at=at, by=None)


@pytest.mark.django_db
class TestAssign:
    def test_asks_once_and_tells(self, market: Market, person: User, at: datetime) -> None:
        staff = PersonFactory(role=Role.POLICY)
        key = market.claim_lessons[0].translation_key
        made = services.assign_lesson(
            person=person, lesson_key=key, reason=f" {REASON} ", due_on=date(2026, 3, 9), at=at, by=staff
        )
        assert (made.lesson_title, made.reason, made.assigned_by, made.is_open) == (
            "Say what is so",
            REASON,
            staff,
            True,
        )
        letter = Message.objects.get()
        assert (letter.kind, letter.subject) == (Kind.LEARNING, "A lesson for you: “Say what is so”")
        assert (letter.link, letter.person) == (market.claim_lessons[0].url, person)
        assert f"\n    {REASON}\n" in letter.text
        assert "Please do it by March 9, 2026." in letter.text
        assert "&lt;Friday&gt;" in letter.html
        assert ModelLogEntry.objects.get(action="learning.assign_lesson").user == staff

    def test_the_same_again_changes_nothing(self, market: Market, person: User, at: datetime) -> None:
        first, second = ask(market, person), ask(market, person, at=at + DAY)
        assert (first, second.assigned_at) == (second, at)
        assert Message.objects.count() == 1

    def test_another_reason_or_day_takes_the_place_and_is_told(
        self, market: Market, person: User, at: datetime
    ) -> None:
        ask(market, person)
        ask(market, person, at=at + DAY, due_on=date(2026, 3, 9))
        now = Assignment.objects.get()
        assert (now.due_on, now.assigned_at) == (date(2026, 3, 9), at + DAY)
        assert Message.objects.count() == 2

    def test_is_asked_anew_once_it_was_done_or_withdrawn(self, market: Market, person: User, at: datetime) -> None:
        services.withdraw_assignment(assignment=ask(market, person), at=at, by=None)
        ask(market, person, at=at + DAY)
        services.complete_lesson(person=person, lesson=market.reading(market.claim_lessons[0]), at=at + DAY)
        ask(market, person, at=at + 2 * DAY)
        assert Assignment.objects.count() == 3
        assert Assignment.objects.filter(fulfilled_at=None, withdrawn_at=None).count() == 1

    def test_refuses_a_lesson_that_nobody_may_open(self, market: Market, person: User, at: datetime) -> None:
        with pytest.raises(rules.LessonGone, match="Nobody can open this lesson"):
            services.assign_lesson(person=person, lesson_key=uuid4(), reason=REASON, at=at, by=None)
        with pytest.raises(rules.LessonGone):
            services.assign_lesson(
                person=person, lesson_key=market.claims.translation_key, reason=REASON, at=at, by=None
            )

    def test_refuses_no_reason_and_a_day_that_is_over(self, market: Market, person: User) -> None:
        with pytest.raises(rules.ReasonMissing, match="Give a reason that the person can understand"):
            ask(market, person, reason="  ")
        with pytest.raises(rules.DayPassed):
            ask(market, person, due_on=date(2026, 3, 1))
        person.zone = "Pacific/Pago_Pago"
        assert ask(market, person, due_on=date(2026, 3, 1)).due_on == date(2026, 3, 1), "it is still Sunday there"

    def test_the_database_holds_one_open_one(self, market: Market, person: User) -> None:
        made = ask(market, person)
        made.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            made.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_asked_from_many_sides_at_once_it_is_one(market: Market, person: User) -> None:
    gate, failures = threading.Barrier(4), []

    def go() -> None:
        try:
            gate.wait(20)
            ask(market, person)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _side in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert Assignment.objects.count() == 1
    assert Message.objects.count() == 1


@pytest.mark.django_db
class TestDone:
    def test_is_done_by_completing_the_lesson_also_once_more(
        self, market: Market, person: User, other_person: User, person_client: Client, at: datetime
    ) -> None:
        lesson = market.claim_lessons[0]
        services.complete_lesson(person=person, lesson=market.reading(lesson), at=at - DAY)
        ask(market, other_person)
        assert ask(market, person).is_open, "what it is asked for has happened since"
        page = person_client.get(lesson.url)
        assert "You were asked to do this lesson. Your LIVE of <Friday> named a benefit without proof." in words(page)
        page = press(person_client, page, "I have read it again")
        assert "You have done the lesson that you were asked to do." in words(page)
        assert Assignment.objects.get(person=person).fulfilled_at is not None
        assert Assignment.objects.get(person=other_person).is_open
        assert Completion.objects.get(person=person).completed_at == at - DAY
        assert "I have read it again" not in buttons(person_client.get(lesson.url))

    def test_the_day_is_told_kindly_when_it_is_over(self, market: Market, person: User, person_client: Client) -> None:
        made = ask(market, person)
        for due_on, said in (
            (date(2100, 1, 1), "Please do it by Jan. 1, 2100."),
            (date(2026, 1, 5), "It still counts"),
        ):
            Assignment.objects.filter(pk=made.pk).update(due_on=due_on)
            assert said in words(person_client.get(market.claim_lessons[0].url))
            assert said in words(person_client.get("/dashboard/"))

    def test_nobody_else_sees_it(self, market: Market, person: User, other_client: Client, visitor: Client) -> None:
        ask(market, person)
        for client in (other_client, visitor):
            assert "asked to do" not in words(client.get(market.claim_lessons[0].url))

    def test_outlives_its_lesson_on_the_dashboard(self, market: Market, person: User, person_client: Client) -> None:
        ask(market, person)
        market.claim_lessons[0].unpublish()
        assert "Say what is so This lesson has been taken off." in words(person_client.get("/dashboard/"))

    def test_what_is_done_is_not_withdrawn(self, market: Market, person: User, at: datetime) -> None:
        made = ask(market, person)
        services.complete_lesson(person=person, lesson=market.reading(market.claim_lessons[0]), at=at)
        with pytest.raises(rules.AssignmentEnded, match="was done meanwhile"):
            services.withdraw_assignment(assignment=made, at=at, by=None)


@pytest.fixture
def policy_team(client_of: Callable[[User], Client]) -> Client:
    """Looks after violations and quizzes."""
    return client_of(PersonFactory(email="policy@example.com", role=Role.POLICY))


@pytest.mark.django_db
class TestInTheAdmin:
    def send(self, client: Client, market: Market, **typed: object) -> object:
        """The form, with these changes."""
        sent = {"person": "ayu@example.com", "lesson": market.claim_lessons[0].pk, "reason": REASON, "due_on": ""}
        return client.post("/cms/assignments/new/", sent | typed)

    def test_the_policy_team_asks_and_withdraws(self, market: Market, person: User, policy_team: Client) -> None:
        assert policy_team.get("/cms/assignments/new/").status_code == 200
        assert self.send(policy_team, market)["Location"] == "/cms/assignments/"
        made = Assignment.objects.get()
        assert (made.person, made.assigned_by.email) == (person, "policy@example.com")
        assert "Say what is so" in words(policy_team.get("/cms/assignments/"))
        page = policy_team.get(f"/cms/assignments/{made.pk}/")
        assert "Withdraw it" in buttons(page)
        press(policy_team, page, "Withdraw it")
        made.refresh_from_db()
        assert not made.is_open
        assert "Withdraw it" not in buttons(policy_team.get(f"/cms/assignments/{made.pk}/"))

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"person": "nobody@example.com"}, "Nobody signs in with this address."),
            ({"person": "nobody"}, "Enter a valid email address."),
            ({"lesson": "999999"}, "Nobody can open this lesson now."),
            ({"reason": "x"}, "Give a reason that the person can understand."),
            ({"due_on": "2020-01-01"}, "Choose today or a later day."),
            ({"due_on": "soon"}, "Enter a valid date."),
        ],
    )
    def test_says_what_is_wrong_and_keeps_what_was_typed(
        self, market: Market, person: User, policy_team: Client, typed: dict[str, str], said: str
    ) -> None:
        answer = self.send(policy_team, market, **typed)
        assert answer.status_code == 422
        assert said in words(answer)
        if "reason" not in typed:
            assert soup_of(answer).find("textarea", {"name": "reason"}).text.strip() == REASON
        assert not Assignment.objects.exists()

    def test_nobody_else_may(
        self, market: Market, person: User, editor: Client, approver: Client, person_client: Client, operator: Client
    ) -> None:
        made = ask(market, person)
        for client in (editor, approver, person_client):
            for path in ("/cms/assignments/", "/cms/assignments/new/", f"/cms/assignments/{made.pk}/"):
                assert client.get(path).status_code in (302, 403)
            assert client.post(f"/cms/assignments/{made.pk}/withdraw/").status_code in (302, 403)
        assert Assignment.objects.get().is_open
        assert operator.get("/cms/assignments/").status_code == 200

    def test_the_list_narrows(self, market: Market, person: User, policy_team: Client, at: datetime) -> None:
        ask(market, person)
        assert "Say what is so" in links(policy_team.get("/cms/assignments/?state=open"))
        assert "Say what is so" not in links(policy_team.get("/cms/assignments/?state=done"))
