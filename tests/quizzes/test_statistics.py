"""How questions do at the first try, hidden while too few have answered."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.quizzes.models import Bank, DrawnQuestion, Question
from apps.quizzes.queries.statistics import Statistics, statistics_of
from apps.quizzes.services import start_attempt, void_version
from tests.factories import AT
from tests.factories.accounts import PersonFactory
from tests.factories.quizzes import BankFactory, QuestionFactory, attempt_of, publish, submitted, terms
from tests.screens import soup_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(db: None) -> Bank:
    """Three questions, all of which every attempt draws."""
    bank = BankFactory()
    for name in ("first", "second", "third"):
        QuestionFactory(bank=bank, prompt=f"The {name}?")
    return bank


def answer(wrong: tuple[str, ...] = (), *, person: User | None = None, minutes: int = 0) -> None:
    """An attempt with these questions wrong."""
    at = AT + timedelta(minutes=minutes)
    attempt = attempt_of(person or PersonFactory(), at, seed=minutes)
    drawn = DrawnQuestion.objects.filter(attempt=attempt).select_related("version")
    places = [each.position for each in drawn if each.version.prompt.split()[1].rstrip("?") in wrong]
    submitted(attempt, at, wrong=places)


def of(name: str) -> Statistics:
    """The statistics of one question."""
    question = Question.objects.get(prompt=f"The {name}?")
    return statistics_of([question])[question.pk]


def test_only_the_first_attempt_of_each_person_counts(bank: Bank, person: User) -> None:
    answer(("first",), person=person)
    answer((), person=person, minutes=5)
    answer((), minutes=1)
    assert (of("first").answers, of("first").right) == (2, 1)


def test_practice_open_attempts_and_erased_people_do_not_count(bank: Bank, person: User) -> None:
    start_attempt(person=person, terms=terms(), language="en", at=AT, is_practice=True)
    submitted(person.quiz_attempts.get())
    attempt_of(person)
    answer(minutes=1)
    DrawnQuestion.objects.exclude(attempt__person=person).get(position=1).attempt.person.delete()
    assert of("first") == Statistics()


def test_hidden_below_thirty(bank: Bank) -> None:
    for number in range(29):
        answer(("first",) if number % 2 else (), minutes=number)
    assert (of("first").facility, of("first").discrimination) == (None, None)
    answer((), minutes=40)
    assert of("first").facility == 53


def test_discrimination_is_the_correlation_with_the_rest(bank: Bank) -> None:
    for number in range(15):
        answer((), minutes=number)
        answer(("first", "second", "third"), minutes=100 + number)
    assert of("first").discrimination == pytest.approx(1)
    for number in range(30):
        answer(("first",), minutes=200 + number)
        answer(("second", "third"), minutes=300 + number)
    # Right with the rest right 15 times, wrong with it wrong 15 times, and 30 times each the other way round.
    assert of("first").discrimination == pytest.approx(-1 / 3)
    assert of("first").facility == 50


def test_none_where_all_answered_alike(bank: Bank) -> None:
    for number in range(30):
        answer((), minutes=number)
    assert (of("first").facility, of("first").discrimination) == (100, None)


def test_a_single_question_has_no_rest_to_compare_with() -> None:
    QuestionFactory(prompt="The first?")
    for number in range(30):
        submitted(attempt_of(PersonFactory(), size=1), wrong=(1,) if number % 3 else ())
    assert (of("first").facility, of("first").discrimination) == (33, None)


def test_void_versions_count_no_more(bank: Bank, person: User) -> None:
    question = Question.objects.get(prompt="The first?")
    for number in range(3):
        answer(minutes=number)
    old = question.versions.get()
    publish(question)
    void_version(version=old, reason="Two answers are right.", at=AT, by=person)
    assert of("first").answers == 0
    assert of("second").answers == 3


def test_the_list_shows_them_with_the_same_statements(bank: Bank, approver: Client) -> None:
    for number in range(30):
        answer(("first",) if number < 6 else (), minutes=number)
    approver.get("/cms/quiz-questions/")
    with CaptureQueriesContext(connection) as few:
        page = approver.get("/cms/quiz-questions/")
    [row] = [text_of(each) for each in soup_of(page).select("tbody tr") if "The first?" in text_of(each)]
    assert "80 %" in row
    for _each in range(17):
        QuestionFactory(bank=bank)
    with CaptureQueriesContext(connection) as many:
        page = approver.get("/cms/quiz-questions/")
    assert len(few) == len(many)
