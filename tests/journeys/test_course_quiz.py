"""A course with a quiz: failed, read again, passed, certified; and the answers stay unknown until they are submitted."""

from collections.abc import Iterator
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.http import HttpResponse
from django.test import Client

from apps.accounts.models import User
from apps.catalog.models import CoursePage
from apps.learning.models import Certificate
from apps.quizzes.models import Attempt, QuestionVersion
from tests.factories.catalog import Market, give_quiz
from tests.factories.quizzes import answers_of
from tests.screens import address, buttons, go, heading, press, soup_of, words

MARKERS = ("is_right", "is-right", "data-right", "explained__", "--right", "(right", "correct")
"""What would give an answer away: names of our fields and classes, and words."""


class Watched(Client):
    """A browser that keeps every answer, with how many tries were submitted when it came."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen: list[tuple[int, HttpResponse]] = []

    def request(self, **request: Any) -> HttpResponse:
        """Ask, and keep what comes."""
        response = super().request(**request)
        self.seen.append((Attempt.objects.submitted().count(), response))
        return response


@pytest.fixture
def seller(person: User) -> Watched:
    """Ayu, signed in, every answer of hers kept."""
    client = Watched(enforce_csrf_checks=True)
    client.force_login(person)
    return client


@pytest.fixture
def course(market: Market) -> CoursePage:
    """The course on claims, whose quiz asks 3 of 4 questions."""
    give_quiz(market.claims)
    return CoursePage.objects.get(pk=market.claims.pk)


def explanations_submitted() -> set[str]:
    """The explanations that who submitted tries may know."""
    drawn = Attempt.objects.submitted().values("drawn__version")
    return set(QuestionVersion.objects.filter(pk__in=drawn).values_list("explanation", flat=True))


def given_away(response: HttpResponse, secrets: set[str]) -> Iterator[str]:
    """Whatever of an answer key stands in this answer, in its head or its body."""
    text = response.content.decode() + str(response.headers)
    yield from (secret for secret in secrets if secret in text)
    yield from (marker for marker in MARKERS if marker in text.lower())
    for option in BeautifulSoup(text, "html.parser").select("[type=radio], [type=checkbox]"):
        yield from (name for name in option.attrs if name not in {"type", "id", "name", "value", "checked"})


def test_a_quiz_is_failed_its_lesson_read_again_and_then_passed(
    market: Market, seller: Watched, course: CoursePage
) -> None:
    page = press(seller, seller.get(course.url), "Enrol and begin")
    for _lesson in range(3):
        page = press(seller, page, "Mark complete and continue")
    assert heading(page) == "The quiz of this course"
    assert not Certificate.objects.exists(), "the quiz is part of it"
    assert "The quiz is left" in words(seller.get("/dashboard/"))

    # She answers one question wrongly, and forgets one.
    sheet = press(seller, page, "Begin the quiz")
    attempt = Attempt.objects.get()
    answers = answers_of(attempt)
    first, second, third = answers
    options = [each["value"] for each in soup_of(sheet).find_all("input", {"name": first})]
    answers[first] = [next(each for each in options if each not in answers[first])]
    refused = press(seller, sheet, "Look over my answers", **{first: answers[first], second: answers[second]})
    assert refused.status_code == 422
    review = press(seller, refused, "Look over my answers", **{third: answers[third]})
    assert heading(review) == "Look over your answers"
    back = press(seller, review, "Change an answer")
    review = press(seller, back, "Look over my answers")

    # Until here nothing said which answers are right, in no answer of the site.
    everything = set(QuestionVersion.objects.values_list("explanation", flat=True))
    assert [number for number, _answer in seller.seen if number] == []
    assert len(seller.seen) > 15
    for _number, response in seller.seen:
        assert list(given_away(response, everything)) == [], response.request["PATH_INFO"]

    result = press(seller, review, "Submit my answers")
    assert heading(result) == "Not passed yet: 2 of 3 right"
    missed = attempt.drawn.get(position=1).version
    assert missed.explanation in words(result)

    # She reads the lesson again that the result names; the pause is not over yet.
    lesson = go(seller, result, missed.cited_title)
    assert heading(lesson) == missed.cited_title
    paused = seller.get(f"/courses/en/{course.translation_key}/quiz/")
    assert "The next try is possible from" in words(paused)
    assert "Try again" not in buttons(paused)
    Attempt.objects.update(submitted_at=attempt.started_at, started_at=attempt.started_at)
    course_page = CoursePage.objects.get(pk=course.pk)
    course_page.quiz_pause_minutes = 0
    course_page.save_revision().publish()

    # The second try asks the question that she has not had, and tells her no more of it than the first did.
    seen_before = len(seller.seen)
    sheet = press(seller, seller.get(f"/courses/en/{course.translation_key}/quiz/"), "Try again")
    review = press(seller, sheet, "Look over my answers", **answers_of(Attempt.objects.open().get()))
    unknown = everything - explanations_submitted()
    assert len(unknown) == 1
    for _number, response in seller.seen[seen_before:]:
        assert list(given_away(response, everything)) == [], response.request["PATH_INFO"]

    result = press(seller, review, "Submit my answers")
    assert heading(result) == "Passed: 3 of 3 right"
    certificate = go(seller, result, "See your certificate")
    assert heading(certificate) == "Your certificate is valid"
    assert Certificate.objects.get().course_title == "Claims"

    # Back in the browser leads to what there is: the result, and no second one.
    again = press(seller, sheet, "Look over my answers")
    assert address(again) == address(result)
    assert Attempt.objects.submitted().count() == 2
    assert Certificate.objects.count() == 1
