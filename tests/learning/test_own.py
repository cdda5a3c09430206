"""What a person keeps, says and plans: nothing twice, nothing lost, nobody else's; and all of it on record."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from wagtail.models import Page

from apps.accounts.models import User
from apps.learning import rules, services
from apps.learning.models import Bookmark, ClarityAnswer, Completion, WeeklyGoal
from apps.learning.queries import own, progress, record
from tests.factories import AT
from tests.factories.catalog import Market, give_quiz
from tests.factories.learning import CertificateFactory, CompletionFactory, EnrolmentFactory
from tests.factories.quizzes import answers_of
from tests.screens import address, buttons, follow, heading, links, press, soup_of, text_of, words

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
DAY = timedelta(days=1)


def act(page: Page, name: str) -> str:
    """The address of an act on a lesson: save, clarity."""
    return f"/lessons/{page.locale.language_code}/{page.translation_key}/{name}/"


class TestSavedLessons:
    def test_are_saved_on_the_lesson_and_taken_off_there(
        self, market: Market, person: User, person_client: Client, other_client: Client
    ) -> None:
        page = press(person_client, person_client.get(market.anchor_lessons[0].url), "Save for later")
        assert address(page) == market.anchor_lessons[0].url
        assert "Saved. You find it under your saved lessons." in words(page)
        assert "Saved : take it off your list" in buttons(person_client.get(address(page)))
        assert "Save for later" in buttons(other_client.get(address(page)))
        press(person_client, person_client.get(address(page)), "Saved : take it off your list")
        assert not Bookmark.objects.exists()

    def test_twice_is_once(self, market: Market, person: User, person_client: Client, at: datetime) -> None:
        lesson = market.anchor_lessons[0]
        services.save_lesson(person=person, lesson=market.reading(lesson), at=at)
        person_client.post(act(lesson, "save"), {"saved": "1"})
        assert Bookmark.objects.get().saved_at == at
        for _press in range(2):
            assert person_client.post(act(lesson, "save"), {"saved": "0"}).status_code == 303
        assert not Bookmark.objects.exists()

    def test_answer_htmx_with_the_button(self, market: Market, person_client: Client) -> None:
        answer = person_client.post(act(market.anchor_lessons[0], "save"), {"saved": "1"}, headers=HTMX)
        assert (answer.status_code, buttons(answer)) == (200, ["Saved : take it off your list"])
        assert "<html" not in answer.content.decode()

    @pytest.mark.parametrize("sent", [{}, {"saved": "2"}, {"saved": "yes"}])
    def test_refuse_what_was_tampered_with(self, market: Market, person_client: Client, sent: dict[str, str]) -> None:
        assert person_client.post(act(market.anchor_lessons[0], "save"), sent).status_code == 400

    def test_lead_nowhere_else(self, market: Market, person_client: Client) -> None:
        sent = {"saved": "1", "next": "https://elsewhere.example/"}
        assert person_client.post(act(market.anchor_lessons[0], "save"), sent)["Location"] == "/saved/"

    def test_stand_on_a_list_the_newest_first(
        self, market: Market, person: User, person_client: Client, other_client: Client, at: datetime
    ) -> None:
        for day, lesson in enumerate(market.anchor_lessons):
            services.save_lesson(person=person, lesson=market.reading(lesson), at=at + day * DAY)
        titles = [text_of(each) for each in soup_of(person_client.get("/saved/")).select(".lesson-line h2")]
        assert titles == ["After the live", "On a live", "On a short video"]
        assert "Nothing saved yet" in words(other_client.get("/saved/"))

    def test_outlive_their_lesson_and_can_still_be_taken_off(
        self, market: Market, person: User, person_client: Client, at: datetime
    ) -> None:
        services.save_lesson(person=person, lesson=market.reading(market.anchor_lessons[1]), at=at)
        market.anchor_lessons[1].unpublish()
        page = person_client.get("/saved/")
        assert "On a live This lesson has been taken off." in words(page)
        assert "On a live" not in links(page)
        page = press(person_client, page, "Take off : On a live")
        assert "The lesson is off your list." in words(page)
        assert not Bookmark.objects.exists()

    def test_are_refused_for_a_lesson_that_went(self, market: Market, person_client: Client) -> None:
        market.anchor_lessons[1].unpublish()
        answer = person_client.post(act(market.anchor_lessons[1], "save"), {"saved": "1"})
        assert answer.status_code == 409
        assert "was taken off while you had it open" in words(answer)

    def test_fall_back_to_the_language_that_there_is(self, market: Market, person: User, at: datetime) -> None:
        for lesson in market.anchor_lessons[:2]:
            services.save_lesson(person=person, lesson=market.reading(lesson), at=at)
        person.language = "id"
        lessons = own.saved_lessons(list(own.bookmarks_of(person)), person)
        assert {(each.title, each.link.language) for each in lessons if each.link} == {
            ("Di video pendek", "id"),
            ("On a live", "en"),
        }

    def test_ask_as_much_for_thirty_as_for_one(
        self, market: Market, person: User, person_client: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        services.save_lesson(person=person, lesson=market.reading(market.anchor_lessons[0]), at=AT)
        person_client.get("/saved/")
        with django_assert_num_queries(5):
            person_client.get("/saved/")
        Bookmark.objects.bulk_create(
            Bookmark(person=person, lesson_key=uuid.uuid4(), lesson_title=f"L{number}", saved_at=AT)
            for number in range(30)
        )
        with django_assert_num_queries(5):
            assert "Page 1 of 2" in words(person_client.get("/saved/"))

    def test_are_for_who_is_signed_in(self, market: Market, visitor: Client) -> None:
        assert visitor.get("/saved/")["Location"] == "/accounts/login/?next=/saved/"
        answer = visitor.post(act(market.anchor_lessons[0], "save"), {"saved": "1"})
        assert answer["Location"] == f"/accounts/login/?next={market.anchor_lessons[0].url}"
        assert "Save for later" not in buttons(visitor.get(market.anchor_lessons[0].url))


class TestClarity:
    def test_yes_is_one_press(self, market: Market, person: User, person_client: Client) -> None:
        lesson = market.anchor_lessons[0]
        page = press(person_client, person_client.get(lesson.url), "Yes")
        assert address(page) == lesson.url
        assert "Thank you. Our editors read what you say, without your name." in words(page)
        assert "Thank you. You found this lesson clear." in words(person_client.get(lesson.url))
        answer = ClarityAnswer.objects.get()
        assert (answer.person, answer.is_clear, answer.words, answer.language) == (person, True, "", "en")

    def test_not_quite_asks_what_was_missing(self, market: Market, person: User, person_client: Client) -> None:
        lesson = market.anchor_lessons[0]
        page = press(person_client, person_client.get(lesson.url), "Not quite clear")
        assert heading(page) == "Was this lesson clear?"
        assert ClarityAnswer.objects.get().is_clear is False, "the press alone is an answer"
        page = press(person_client, page, "Send", words="When do I <pin>?")
        assert address(page) == lesson.url
        assert ClarityAnswer.objects.get().words == "When do I <pin>?"
        assert "You found this lesson not quite clear" in words(person_client.get(lesson.url))

    def test_is_one_answer_which_may_change(
        self, market: Market, person: User, other_person: User, person_client: Client, at: datetime
    ) -> None:
        reading = market.reading(market.anchor_lessons[0])
        for who in (person, other_person):
            services.say_clarity(person=who, lesson=reading, is_clear=False, words="Too fast", at=at)
        page = person_client.get(act(market.anchor_lessons[0], "clarity"))
        press(person_client, page, "Send", clear="yes", words="")
        assert ClarityAnswer.objects.filter(person=person).values_list("is_clear", "words").get() == (True, "")
        assert ClarityAnswer.objects.filter(person=other_person).values_list("is_clear", "words").get() == (
            False,
            "Too fast",
        )

    def test_keeps_what_was_typed_when_it_is_too_long(self, market: Market, person_client: Client) -> None:
        path = act(market.anchor_lessons[0], "clarity")
        for headers in ({}, HTMX):
            answer = person_client.post(path, {"clear": "no", "words": "x" * 601}, headers=headers)
            assert answer.status_code == 422
            assert "You have written 601" in words(answer)
            assert soup_of(answer).find("textarea").text.strip() == "x" * 601
        assert not ClarityAnswer.objects.exists()

    @pytest.mark.parametrize("sent", [{}, {"clear": "maybe"}])
    def test_refuses_another_answer(self, market: Market, person_client: Client, sent: dict[str, str]) -> None:
        assert person_client.post(act(market.anchor_lessons[0], "clarity"), sent).status_code == 422
        assert not ClarityAnswer.objects.exists()

    def test_answers_htmx_in_place(self, market: Market, person_client: Client) -> None:
        path = act(market.anchor_lessons[0], "clarity")
        asked = person_client.post(path, {"clear": "no"}, headers=HTMX)
        assert "What should we explain better?" in words(asked)
        thanked = person_client.post(path, {"clear": "no", "words": "More pictures"}, headers=HTMX)
        assert "our editors see that" in words(thanked)
        assert ClarityAnswer.objects.get().words == "More pictures"
        person_client.post(path, {"clear": "no"}, headers=HTMX)
        assert ClarityAnswer.objects.get().words == "More pictures", "a press alone leaves the words"

    def test_is_asked_of_who_is_signed_in(self, market: Market, visitor: Client) -> None:
        assert "Was this lesson clear?" not in words(visitor.get(market.anchor_lessons[0].url))
        answer = visitor.post(act(market.anchor_lessons[0], "clarity"), {"clear": "yes"})
        assert answer["Location"] == f"/accounts/login/?next={market.anchor_lessons[0].url}"


def test_a_lesson_still_asks_one_statement_for_all_that_is_personal(
    market: Market, person: User, at: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    reading = market.reading(market.anchor_lessons[0])
    services.save_lesson(person=person, lesson=reading, at=at)
    services.say_clarity(person=person, lesson=reading, is_clear=False, at=at)
    due_on = (at + DAY).date()
    services.assign_lesson(
        person=person, lesson_key=reading.key, reason="Your LIVE  of today", due_on=due_on, at=at, by=None
    )
    with django_assert_num_queries(1):
        facts = progress.personal_facts(person.pk, reading.parent, reading.key)
    assert (facts.saved, facts.clarity) == (True, "no")
    assert facts.asked == progress.Asked("Your LIVE  of today", due_on)
    other = progress.personal_facts(person.pk, reading.parent, market.anchor_lessons[1].translation_key)
    assert (other.saved, other.clarity, other.asked) == (False, "", None)


class TestTheGoal:
    def test_is_chosen_and_shown_calmly(self, market: Market, person: User, person_client: Client) -> None:
        assert links(person_client.get("/dashboard/"))["Set yourself a weekly goal"] == "/goal/"
        page = press(person_client, person_client.get("/goal/"), "Save", lessons="3")
        assert address(page) == "/dashboard/"
        assert "Your weekly goal is set." in words(page)
        assert "0 of 3 lessons this week." in words(page)
        assert WeeklyGoal.objects.get(person=person).lessons == 3

    @pytest.mark.parametrize("sent", ["", "4", "-1", "many"])
    def test_is_one_of_those_offered(self, market: Market, person_client: Client, sent: str) -> None:
        assert person_client.post("/goal/", {"lessons": sent}).status_code == 422
        assert not WeeklyGoal.objects.exists()

    def test_can_be_none(self, market: Market, person: User, person_client: Client, at: datetime) -> None:
        services.choose_goal(person=person, lessons=3, at=at)
        page = press(person_client, person_client.get("/goal/"), "Save", lessons="0")
        assert "You have no weekly goal now." in words(page)
        assert "Set yourself a weekly goal" in links(page)

    def test_the_same_again_changes_nothing(self, person: User, at: datetime) -> None:
        services.choose_goal(person=person, lessons=3, at=at)
        services.choose_goal(person=person, lessons=3, at=at + DAY)
        assert WeeklyGoal.objects.get().chosen_at == at
        with pytest.raises(rules.GoalUnknown):
            services.choose_goal(person=person, lessons=4, at=at)

    def test_counts_the_week_of_the_persons_own_clock(self, person: User, at: datetime) -> None:
        person.zone = "America/Los_Angeles"
        services.choose_goal(person=person, lessons=2, at=at)
        monday = datetime(2026, 3, 2, 8, 0, tzinfo=AT.tzinfo)
        for moment in (monday - timedelta(seconds=1), monday, monday + 6 * DAY):
            CompletionFactory(person=person, completed_at=moment)
        CompletionFactory(completed_at=monday)
        assert own.own_rows(person, monday + DAY).week == rules.Week(2, 2)
        assert own.own_rows(person, monday - DAY).week == rules.Week(2, 1)


class TestTheDashboard:
    def test_tells_all_of_ones_own_in_twelve_statements(
        self, market: Market, person: User, person_client: Client, django_assert_max_num_queries: Callable
    ) -> None:
        for lesson in market.anchor_lessons:
            services.save_lesson(person=person, lesson=market.reading(lesson), at=AT)
        services.complete_lesson(person=person, lesson=market.reading(market.anchor_lessons[0]), at=AT)
        services.choose_goal(person=person, lessons=2, at=AT)
        key = market.claim_lessons[0].translation_key
        services.assign_lesson(person=person, lesson_key=key, reason="Read <this>", at=AT, by=None)
        person_client.get("/dashboard/")
        with django_assert_max_num_queries(12):
            page = person_client.get("/dashboard/")
        said = words(page)
        assert "A lesson you were asked to do Say what is so Claims · 1 min Read <this>" in said
        assert said.index("Read <this>") < said.index("Your next lesson")
        assert "1 unread letter" in page.content.decode()

    def test_shows_nothing_of_anothers(self, market: Market, person: User, other_client: Client) -> None:
        services.save_lesson(person=person, lesson=market.reading(market.claim_lessons[0]), at=AT)
        services.choose_goal(person=person, lessons=2, at=AT)
        said = words(other_client.get("/dashboard/"))
        assert "Saved lessons" not in said
        assert "Set yourself a weekly goal" in said


class TestTheRecord:
    def test_holds_everything(self, market: Market, person: User, person_client: Client, other_client: Client) -> None:
        for lesson in market.claim_lessons:
            services.complete_lesson(person=person, lesson=market.reading(lesson), at=AT)
        CompletionFactory(person=person, lesson_title="Gone lesson", completed_at=AT - 400 * DAY)
        gone = EnrolmentFactory(person=person, course_title="Gone course")
        CertificateFactory(person=person, course_key=gone.course_key, course_title="Gone course", revoked=True)
        page = person_client.get("/record/")
        said = words(page)
        assert "4 lessons done 2 courses begun 1 course finished 1 valid certificate" in " ".join(
            f"{text_of(each.dd)} {text_of(each.dt)}" for each in soup_of(page).select(".record__totals > div")
        )
        assert "Gone course Begun on March 2, 2026 Certificate withdrawn on March 4, 2026" in said
        assert "Claims Begun on March 2, 2026 Finished on March 2, 2026 Certificate" in said
        assert "Lessons done in 2026 3 lessons" in said
        assert "Gone lesson" not in said
        page = person_client.get(links(page)["2025"] and "/record/?year=2025")
        assert "Lessons that have been taken off Gone lesson Jan. 26, 2025" in words(page)
        assert "Your record is still empty" in words(other_client.get("/record/"))

    def test_tells_of_quizzes(self, market: Market, person: User, person_client: Client) -> None:
        course = market.reading(market.claims)
        give_quiz(market.claims)
        services.enrol(person=person, course=course, at=AT)
        for day, wrong in ((1, [1]), (2, [1]), (3, [])):
            attempt = services.start_quiz(person=person, course=course, at=AT + day * DAY)
            services.submit_quiz(attempt=attempt, answers=answers_of(attempt, wrong=wrong), at=AT + day * DAY)
            said = "Quiz passed on March 5, 2026" if day == 3 else f"Quiz tried {day} time"
            assert said in words(person_client.get("/record/"))

    @pytest.mark.parametrize("year", ["2024", "x", "20260", "-1", "2026.0"])
    def test_knows_no_other_year(self, market: Market, person: User, person_client: Client, year: str) -> None:
        CompletionFactory(person=person)
        assert person_client.get(f"/record/?year={year}").status_code == 404

    def test_puts_new_years_eve_where_the_person_was(self, person: User) -> None:
        CompletionFactory(person=person, completed_at=datetime(2026, 1, 1, 3, 0, tzinfo=AT.tzinfo))
        assert [year.number for year in record.years_of(person)] == [2026]
        person.zone = "America/Los_Angeles"
        assert [(year.number, year.lessons) for year in record.years_of(person)] == [(2025, 1)]
        assert record.lessons_in(person, 2025).count() == 1

    def test_asks_as_much_for_three_thousand_lessons_as_for_one(
        self, market: Market, person: User, person_client: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        CompletionFactory(person=person, lesson_key=market.anchor_lessons[0].translation_key)
        EnrolmentFactory(person=person, course_key=market.anchors.translation_key)
        person_client.get("/record/")
        with django_assert_num_queries(11):
            person_client.get("/record/")
        Completion.objects.bulk_create(
            Completion(person=person, lesson_key=uuid.uuid4(), lesson_title=f"L{number}", completed_at=AT)
            for number in range(3000)
        )
        with django_assert_num_queries(11):
            page = person_client.get("/record/?page=2")
        assert "3001 lessons" in words(page)
        assert len(soup_of(page).select(".record__lessons li")) == 300
        assert "Page 2 of 11" in words(page)

    def test_is_for_who_is_signed_in(self, market: Market, visitor: Client) -> None:
        page = follow(visitor, visitor.get("/record/"))
        assert address(page) == "/accounts/login/?next=/record/"
