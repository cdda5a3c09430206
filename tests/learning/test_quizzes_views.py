"""The quiz of a course as each reader meets it: before, within, after; nobody sees what is another's."""

from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.accounts.enums import Region
from apps.accounts.models import User
from apps.accounts.rules import ZONES
from apps.catalog.models import CoursePage
from apps.learning.models import Certificate, Enrolment
from apps.learning.services import complete_lesson, start_quiz
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt
from apps.quizzes.services import supersede_attempts
from tests.factories import AT
from tests.factories.accounts import PASSWORD
from tests.factories.catalog import Market, give_quiz, set_quiz
from tests.factories.quizzes import answers_of
from tests.screens import address, buttons, follow, go, heading, links, press, soup_of, text_of, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def course(market: Market) -> CoursePage:
    """The course on claims, which asks a quiz."""
    give_quiz(market.claims)
    return CoursePage.objects.get(pk=market.claims.pk)


@pytest.fixture
def learnt(market: Market, person: User, course: CoursePage) -> Enrolment:
    """Ayu has done every lesson of it."""
    for lesson in market.claim_lessons:
        enrolment = complete_lesson(person=person, lesson=market.reading(lesson), at=AT)
    return enrolment


def quiz_of(course: CoursePage) -> str:
    """The address of its quiz."""
    return f"/courses/en/{course.translation_key}/quiz/"


def begun(client: Client, course: CoursePage) -> HttpResponse:
    """The questions of a new try."""
    return press(client, client.get(quiz_of(course)), "Begin the quiz")


def open_try() -> Attempt:
    """The try that is open."""
    return Attempt.objects.open().get()


def one_try(client: Client, course: CoursePage, *, wrong: int = 0) -> HttpResponse:
    """A whole try with so many wrong answers; its result."""
    sheet = follow(client, client.post(f"{quiz_of(course)}start/"))
    answers = answers_of(open_try())
    for field in list(answers)[:wrong]:
        answers[field] = [wrong_option(sheet, field, answers[field])]
    return press(client, press(client, sheet, "Look over my answers", **answers), "Submit my answers")


def wrong_option(sheet: HttpResponse, field: str, right: list[str]) -> str:
    """An answer that the sheet offers and that isn't right."""
    offered = [each["value"] for each in soup_of(sheet).find_all("input", {"name": field})]
    return next(each for each in offered if each not in right)


class TestBeforeTheQuiz:
    def test_its_page_says_what_it_asks(self, person_client: Client, learnt: Enrolment, course: CoursePage) -> None:
        page = person_client.get(quiz_of(course))
        assert heading(page) == "The quiz of this course"
        assert "3 questions 3 right to pass no time limit" in words(page)
        assert "All lessons are done Pass the quiz, and the course is finished." in words(page)
        assert "a pause of 10 minutes, to read again" in words(page)
        assert buttons(page) == ["Begin the quiz"]

    def test_with_lessons_left_these_come_first(
        self, market: Market, person: User, person_client: Client, course: CoursePage
    ) -> None:
        complete_lesson(person=person, lesson=market.reading(market.claim_lessons[0]), at=AT)
        page = person_client.get(quiz_of(course))
        assert "2 lessons are still open. You may take the quiz now all the same" in words(page)
        assert links(page)["Go on with the lessons"] == market.claim_lessons[1].url
        sheet = press(person_client, page, "Take the quiz now")
        assert heading(sheet) == "3 questions"

    def test_who_is_not_in_the_course_is_by_beginning(
        self, market: Market, person_client: Client, course: CoursePage
    ) -> None:
        page = person_client.get(quiz_of(course))
        assert links(page)["Go on with the lessons"] == market.claim_lessons[0].url
        press(person_client, page, "Take the quiz now")
        assert Enrolment.objects.count() == 1

    def test_who_is_signed_out_signs_in_first(self, visitor: Client, course: CoursePage) -> None:
        asked = visitor.get(quiz_of(course))
        assert asked["Location"] == f"/accounts/login/?next={quiz_of(course)}"
        begun = visitor.post(f"{quiz_of(course)}start/")
        assert begun["Location"] == f"/accounts/login/?next={course.url}"
        assert not Attempt.objects.exists()

    def test_a_course_without_a_quiz_says_so(self, market: Market, person_client: Client) -> None:
        for path in (quiz_of(market.anchors), f"{quiz_of(market.anchors)}start/"):
            send = person_client.post if path.endswith("start/") else person_client.get
            page = send(path)
            assert page.status_code == 409
            assert "This course asks no quiz at the moment." in words(page)
            assert links(page)["Go on from here"] == market.anchors.url

    def test_a_course_that_was_taken_off_says_so(self, person_client: Client, course: CoursePage) -> None:
        course.unpublish()
        page = person_client.get(quiz_of(course))
        assert (page.status_code, links(page)["Go on from here"]) == (409, "/dashboard/")
        assert "This course was taken off." in words(page)

    def test_it_is_begun_by_a_post_alone(self, person_client: Client, course: CoursePage) -> None:
        assert person_client.get(f"{quiz_of(course)}start/").status_code in {404, 405}
        assert not Attempt.objects.exists()

    def test_who_finished_before_there_was_a_quiz_need_not_take_it(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        for lesson in market.claim_lessons:
            complete_lesson(person=person, lesson=market.reading(lesson), at=AT)
        give_quiz(market.claims)
        assert "You need not take it" in words(person_client.get(quiz_of(market.claims)))
        assert "See your certificate" in links(person_client.get(market.claims.url))


class TestTheQuestions:
    def test_are_answered_looked_over_and_submitted(
        self, person_client: Client, learnt: Enrolment, course: CoursePage
    ) -> None:
        sheet = begun(person_client, course)
        assert len(soup_of(sheet).select("fieldset > legend")) == 3
        answers = answers_of(open_try())
        review = press(person_client, sheet, "Look over my answers", **answers)
        assert heading(review) == "Look over your answers"
        assert [text_of(each) for each in soup_of(review).select(".given ul li")] == [
            drawn.version.options.get(is_right=True).text for drawn in open_try().drawn.order_by("position")
        ]
        assert open_try().state == AttemptState.OPEN, "looking submits nothing"
        result = press(person_client, review, "Submit my answers")
        assert heading(result) == "Passed: 3 of 3 right"
        certificate = Certificate.objects.get()
        assert links(result)["See your certificate"] == f"/certificates/{certificate.reference}/"
        done = go(person_client, result, "What suits you next")
        assert "You have completed every lesson and passed the quiz." in words(done)

    def test_may_be_changed_after_the_look(self, person_client: Client, learnt: Enrolment, course: CoursePage) -> None:
        sheet = begun(person_client, course)
        answers = answers_of(open_try())
        review = press(person_client, sheet, "Look over my answers", **answers)
        again = press(person_client, review, "Change an answer")
        chosen = {each["name"]: [each["value"]] for each in soup_of(again).find_all("input", checked=True)}
        assert chosen == answers

    def test_without_an_answer_are_named_once_and_nothing_is_lost(
        self, person_client: Client, learnt: Enrolment, course: CoursePage
    ) -> None:
        sheet = begun(person_client, course)
        answers = answers_of(open_try())
        (first, *_others) = answers
        refused = press(person_client, sheet, "Look over my answers", **{first: answers[first]})
        assert refused.status_code == 422
        summary = soup_of(refused).select_one(".summary-of-errors")
        assert text_of(summary.h2) == "2 questions are not answered"
        assert [each["href"] for each in summary.find_all("a")] == [f"#{field}" for field in list(answers)[1:]]
        assert all(soup_of(refused).find(id=each["href"][1:]).name == "fieldset" for each in summary.find_all("a"))
        assert [each["value"] for each in soup_of(refused).find_all("input", checked=True)] == answers[first]
        result = press(person_client, refused, "Submit without them")
        assert heading(result) == "Not passed yet: 1 of 3 right"
        assert words(result).count("Not answered") == 2

    def test_that_were_missing_and_are_answered_meanwhile_are_looked_over(
        self, person_client: Client, learnt: Enrolment, course: CoursePage
    ) -> None:
        refused = press(person_client, begun(person_client, course), "Look over my answers")
        review = press(person_client, refused, "Submit without them", **answers_of(open_try()))
        assert heading(review) == "Look over your answers"
        assert heading(press(person_client, review, "Submit my answers")) == "Passed: 3 of 3 right"

    @pytest.mark.parametrize("step", ["review", "change", "submit", "submit-missing"])
    def test_that_were_not_asked_are_refused_and_change_nothing(
        self, person_client: Client, learnt: Enrolment, course: CoursePage, step: str
    ) -> None:
        begun(person_client, course)
        attempt = open_try()
        (field, *_others) = answers_of(attempt)
        where = f"{quiz_of(course)}{attempt.reference}/answer/"
        right = answers_of(attempt)[field]
        for tampered in ({"q-999999": ["1"]}, {field: ["999999"]}, {field: right * 2}):
            refused = person_client.post(where, {"step": step} | tampered)
            assert refused.status_code == 400
        attempt.refresh_from_db()
        assert (attempt.state, attempt.right) == (AttemptState.OPEN, None)

    def test_of_another_person_are_not_there(
        self, market: Market, other_person: User, person_client: Client, course: CoursePage
    ) -> None:
        attempt = start_quiz(person=other_person, course=market.reading(course), at=AT)
        where = f"{quiz_of(course)}{attempt.reference}/"
        assert person_client.get(where).status_code == 404
        assert person_client.post(f"{where}answer/", answers_of(attempt) | {"step": "submit"}).status_code == 404
        assert person_client.get(f"{quiz_of(market.anchors)}{attempt.reference}/").status_code == 404
        attempt.refresh_from_db()
        assert attempt.state == AttemptState.OPEN

    def test_are_the_same_in_two_tabs(self, person_client: Client, learnt: Enrolment, course: CoursePage) -> None:
        first = begun(person_client, course)
        second = follow(person_client, person_client.post(f"{quiz_of(course)}start/"))
        assert address(first) == address(second)
        assert "You have begun a try" in words(person_client.get(quiz_of(course)))
        review = press(person_client, first, "Look over my answers", **answers_of(open_try()))
        passed = press(person_client, review, "Submit my answers")
        late = press(person_client, second, "Look over my answers")
        assert address(late) == address(passed), "a second answer leads to the first result"
        assert heading(late) == "Passed: 3 of 3 right"
        assert Certificate.objects.count() == 1

    def test_survive_a_session_that_ended(
        self, person: User, person_client: Client, learnt: Enrolment, course: CoursePage
    ) -> None:
        sheet = begun(person_client, course)
        answers = answers_of(open_try())
        person_client.logout()
        form = press(person_client, sheet, "Look over my answers", **answers, **{"q-1e9": ["<script>"]})
        assert heading(form) == "Sign in"
        assert "You were signed out." in words(form)
        back = press(person_client, form, "Sign in", login=person.email, password=PASSWORD)
        assert address(back) == address(sheet)
        assert "your answers are still here" in words(back)
        chosen = {each["name"]: [each["value"]] for each in soup_of(back).find_all("input", checked=True)}
        assert chosen == answers
        assert open_try().state == AttemptState.OPEN, "a POST is never repeated by itself"
        assert "your answers are still here" not in words(person_client.get(address(sheet)))

    def test_that_were_closed_without_counting_say_why(
        self, person_client: Client, learnt: Enrolment, course: CoursePage
    ) -> None:
        sheet = begun(person_client, course)
        supersede_attempts(quiz=open_try().quiz, reason="The course has changed.", at=AT)
        for page in (person_client.get(address(sheet)), press(person_client, sheet, "Look over my answers")):
            assert page.status_code == 409
            assert links(page)["Go on from here"] == quiz_of(course)
        assert buttons(person_client.get(quiz_of(course))) == ["Begin the quiz"]

    def test_of_a_course_that_was_taken_off_are_marked_and_kept(
        self, person_client: Client, learnt: Enrolment, course: CoursePage
    ) -> None:
        sheet = begun(person_client, course)
        answers = answers_of(open_try())
        course.unpublish()
        assert person_client.get(address(sheet)).status_code == 200
        review = press(person_client, sheet, "Look over my answers", **answers)
        result = press(person_client, review, "Submit my answers")
        assert "This course has been taken off. Your result is kept." in words(result)
        assert links(result)["Go home"] == "/dashboard/"

    def test_in_another_language_say_which(self, market: Market, person_client: Client) -> None:
        give_quiz(market.anchors)
        sheet = follow(person_client, person_client.post(f"/courses/id/{market.anchors.translation_key}/quiz/start/"))
        assert open_try().language == "id"
        assert {each["lang"] for each in soup_of(sheet).select("legend [lang]")} == {"en"}, "none is translated yet"


class TestAfterATry:
    def test_every_answer_is_explained_and_what_to_read_again_named(
        self, market: Market, person_client: Client, learnt: Enrolment, course: CoursePage
    ) -> None:
        result = one_try(person_client, course, wrong=1)
        assert heading(result) == "Not passed yet: 2 of 3 right"
        assert "It takes 3 of 3 to pass." in words(result)
        explained = soup_of(result).select(".explained__question")
        assert [text_of(each.select_one(".explained__word")) for each in explained] == ["Not quite", "Right", "Right"]
        missed = Attempt.objects.get().drawn.get(position=1).version
        again = soup_of(result).select(".quiz__again a")
        assert [(each["href"], text_of(each)) for each in again] == [
            (missed.cited_page.specific.url, missed.cited_title)
        ]
        assert missed.explanation in words(result)

    def test_the_pause_is_told_in_the_readers_zone(
        self, person: User, person_client: Client, learnt: Enrolment, course: CoursePage
    ) -> None:
        User.objects.filter(pk=person.pk).update(zone=ZONES[Region.INDONESIA])
        result = one_try(person_client, course, wrong=1)
        Attempt.objects.update(submitted_at=AT + timedelta(days=36_500))
        for page in (
            person_client.get(address(result)),
            person_client.get(quiz_of(course)),
            person_client.post(f"{quiz_of(course)}start/"),
        ):
            assert "Feb. 6, 2126, 4:10 p.m. WIB" in words(page)
        assert page.status_code == 409
        assert "The next one is possible from" in words(page)
        assert "Try again" not in buttons(person_client.get(quiz_of(course)))

    def test_after_the_pause_it_is_tried_again(
        self, person_client: Client, learnt: Enrolment, course: CoursePage
    ) -> None:
        set_quiz(course, {"quiz_pause_minutes": 0})
        result = one_try(person_client, course, wrong=1)
        sheet = press(person_client, result, "Try again")
        assert heading(sheet) == "3 questions"
        assert Attempt.objects.count() == 2

    def test_the_tries_are_listed(self, person_client: Client, learnt: Enrolment, course: CoursePage) -> None:
        set_quiz(course, {"quiz_pause_minutes": 0})
        for _try in range(6):
            one_try(person_client, course, wrong=2)
        one_try(person_client, course)
        page = person_client.get(quiz_of(course))
        assert "You passed with 3 of 3 right" in words(page)
        assert "Your tries so far: 7" in words(page)
        lines = [text_of(each) for each in soup_of(page).select(".quiz__tries li")]
        assert len(lines) == 5
        assert lines[0].endswith("3 of 3 right Passed")
        assert all(line.endswith("1 of 3 right Not passed") for line in lines[1:])

    def test_after_a_pass_there_is_no_other_try(
        self, person_client: Client, learnt: Enrolment, course: CoursePage
    ) -> None:
        one_try(person_client, course)
        assert buttons(person_client.get(quiz_of(course))) == []
        again = person_client.post(f"{quiz_of(course)}start/")
        assert again.status_code == 409
        assert "You have passed this quiz." in words(again)

    def test_a_quiz_taken_off_leaves_the_result_and_no_other_try(
        self, person_client: Client, learnt: Enrolment, course: CoursePage
    ) -> None:
        result = one_try(person_client, course, wrong=1)
        set_quiz(course, {"quiz_bank": None})
        page = person_client.get(address(result))
        assert "The course asks no quiz any more" in words(page)
        course_page = go(person_client, page, "Back to the course")
        done = press(person_client, course_page, "Finish the course")
        assert "You have completed every lesson. Your certificate is ready" in words(done)


class TestTheCourseAround:
    def test_the_last_lesson_leads_to_the_quiz(
        self, market: Market, person: User, person_client: Client, course: CoursePage
    ) -> None:
        for lesson in market.claim_lessons[:2]:
            complete_lesson(person=person, lesson=market.reading(lesson), at=AT)
        page = press(person_client, person_client.get(market.claim_lessons[2].url), "Mark complete and continue")
        assert address(page) == quiz_of(course)
        assert "All lessons are done" in words(page)

    def test_its_page_lists_it_and_offers_it(
        self, market: Market, person_client: Client, learnt: Enrolment, course: CoursePage
    ) -> None:
        page = person_client.get(course.url)
        assert links(page)["Go to the quiz"] == quiz_of(course)
        assert links(page)["Quiz"] == quiz_of(course)
        assert "3 of 4 done" in words(page)
        one_try(person_client, course)
        page = person_client.get(course.url)
        assert "Complete" in words(page)
        assert "Passed. 3 questions" in words(page)
        assert "See your certificate" in links(page)

    def test_a_lesson_knows_it(
        self, market: Market, person: User, person_client: Client, learnt: Enrolment, course: CoursePage
    ) -> None:
        lesson = market.claim_lessons[0].url
        page = person_client.get(lesson)
        assert links(page)["Go to the quiz"] == quiz_of(course)
        assert text_of(soup_of(page).select(".outline__line")[-1]) == "Quiz"
        one_try(person_client, course)
        page = person_client.get(lesson)
        assert "Go to the quiz" not in links(page)
        assert text_of(soup_of(page).select(".outline__line")[-1]) == "Quiz (passed)"

    def test_a_lesson_of_a_course_half_done_offers_the_next_lesson(
        self, market: Market, person: User, person_client: Client, course: CoursePage
    ) -> None:
        complete_lesson(person=person, lesson=market.reading(market.claim_lessons[0]), at=AT)
        page = person_client.get(market.claim_lessons[0].url)
        assert "Go to the quiz" not in links(page)
        assert links(page)["Next lesson"] == market.claim_lessons[1].url

    def test_the_dashboard_offers_it_while_the_course_was_read_last(
        self, market: Market, person: User, person_client: Client, learnt: Enrolment, course: CoursePage
    ) -> None:
        page = person_client.get("/dashboard/")
        assert "The quiz is left Claims All its lessons are done. Pass the quiz" in words(page)
        assert links(page)["Go to the quiz"] == quiz_of(course)
        assert "3 of 4 done" in words(page)
        complete_lesson(person=person, lesson=market.reading(market.anchor_lessons[0]), at=AT + timedelta(days=1))
        assert "Your next lesson On a live" in words(person_client.get("/dashboard/"))

    def test_the_dashboard_says_from_when_it_may_be_tried_again(
        self, person: User, person_client: Client, learnt: Enrolment, course: CoursePage
    ) -> None:
        User.objects.filter(pk=person.pk).update(zone=ZONES[Region.INDONESIA])
        one_try(person_client, course, wrong=1)
        Attempt.objects.update(submitted_at=AT + timedelta(days=36_500, seconds=1))
        page = person_client.get("/dashboard/")
        assert "The next try is possible from Feb. 6, 2126, 4:11 p.m. WIB ." in words(page)
        assert links(page)["Read again until then"] == quiz_of(course)
        Attempt.objects.update(submitted_at=AT)
        page = person_client.get("/dashboard/")
        assert "The next try is possible from" not in words(page)
        assert links(page)["Go to the quiz"] == quiz_of(course)

    def test_signed_out_the_course_shows_that_there_is_one(self, visitor: Client, course: CoursePage) -> None:
        assert "Quiz 3 questions Passing it is part of finishing the course." in words(visitor.get(course.url))

    def test_a_lesson_still_asks_three_statements(
        self,
        market: Market,
        person_client: Client,
        learnt: Enrolment,
        course: CoursePage,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        for _visit in range(2):
            person_client.get(market.claim_lessons[0].url)
        with django_assert_num_queries(3):
            person_client.get(market.claim_lessons[0].url)

    def test_the_pages_of_a_quiz_ask_as_much_after_one_try_as_after_many(
        self,
        person_client: Client,
        learnt: Enrolment,
        course: CoursePage,
        django_assert_max_num_queries: DjangoAssertNumQueries,
    ) -> None:
        set_quiz(course, {"quiz_pause_minutes": 0})
        for _try in range(8):
            result = one_try(person_client, course, wrong=1)
        for path, most in ((quiz_of(course), 12), (address(result), 18)):
            person_client.get(path)
            with django_assert_max_num_queries(most):
                person_client.get(path)


def test_it_has_an_address_by_name(market: Market) -> None:
    key = market.claims.translation_key
    assert reverse("learning:quiz", args=["en", key]) == quiz_of(market.claims)
