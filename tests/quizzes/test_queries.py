"""What a quiz shows before and after submitting; no answer before."""

import re
from dataclasses import fields
from datetime import timedelta

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from wagtail.models import Locale, Page, PageViewRestriction

from apps.accounts.models import User
from apps.quizzes import rules
from apps.quizzes.models import VersionOption
from apps.quizzes.queries.attempts import (
    Sheet,
    SheetOption,
    SheetQuestion,
    attempts_of,
    field_name,
    result_of,
    sheet_of,
)
from apps.quizzes.queries.bank import ready_count
from apps.quizzes.services import submit_attempt, void_version
from tests.factories import AT
from tests.factories.catalog import Market
from tests.factories.quizzes import BankFactory, QuestionFactory, answers_of, attempt_of, submitted

pytestmark = pytest.mark.django_db
SECRET = "Because the anchor shows it."


class TestSheet:
    def test_has_no_room_for_answers(self) -> None:
        names = {field.name for shape in (Sheet, SheetQuestion, SheetOption) for field in fields(shape)}
        assert names.isdisjoint({"is_right", "right", "explanation", "cited_url", "cited_title", "is_void"})

    def test_shows_what_was_drawn_in_its_order(self, person: User) -> None:
        QuestionFactory.create_batch(4, explanation=SECRET)
        attempt = attempt_of(person, deadline=timedelta(minutes=30))
        sheet = sheet_of(attempt)
        drawn = list(attempt.drawn.select_related("version").order_by("position"))
        texts = dict(VersionOption.objects.values_list("pk", "text"))
        assert (sheet.reference, sheet.deadline_at) == (attempt.reference, AT + timedelta(minutes=30))
        assert [each.field for each in sheet.questions] == [field_name(each) for each in drawn]
        assert [each.prompt for each in sheet.questions] == [each.version.prompt for each in drawn]
        for question, each in zip(sheet.questions, drawn, strict=True):
            assert [option.text for option in question.options] == [texts[pk] for pk in each.option_order]

    def test_calls_answers_by_the_places_where_they_stand(self, person: User) -> None:
        """Sorted, they are in the order that is shown, not in that of the authors."""
        QuestionFactory.create_batch(9)
        attempt = attempt_of(person, size=9)
        assert {tuple(option.id for option in each.options) for each in sheet_of(attempt).questions} == {
            ("1", "2", "3")
        }
        orders = [each.option_order for each in attempt.drawn.all()]
        assert any(order != sorted(order) for order in orders), "chance has ordered them"

    def test_keeps_what_was_chosen_so_far(self, person: User) -> None:
        QuestionFactory.create_batch(3)
        attempt = attempt_of(person)
        answers = answers_of(attempt)
        left_out = answers.popitem()[0]
        sheet = sheet_of(attempt, answers)
        chosen = {each.field: [option.id for option in each.options if option.is_chosen] for each in sheet.questions}
        assert chosen == answers | {left_out: []}
        assert [each.field for each in sheet.unanswered] == [left_out]

    def test_its_html_gives_nothing_away(self, person: User) -> None:
        """The same page, whichever answer is right, but for numbers and the order of chance."""
        shown = []
        for right in (0, 1):
            code = f"bank-{right}"
            QuestionFactory(bank=BankFactory(code=code), right=(right,), explanation=SECRET, prompt="Which?")
            attempt = attempt_of(person, banks=(code,), quiz=code, size=1)
            html = render_to_string("quizzes/sheet.html", {"sheet": sheet_of(attempt)})
            assert SECRET not in html
            shown.append(sorted(re.sub(r"\d+", "0", html).split("\n")))
        assert shown[0] == shown[1]

    def test_costs_the_same_however_many_questions(self, person: User, other_person: User) -> None:
        QuestionFactory.create_batch(9)
        counts = []
        for who, size in ((person, 1), (other_person, 9)):
            attempt = attempt_of(who, size=size)
            with CaptureQueriesContext(connection) as queries:
                sheet_of(attempt)
            counts.append(len(queries))
        assert counts == [2, 2]


class TestResult:
    def test_is_refused_before_submitting(self, person: User) -> None:
        QuestionFactory.create_batch(3)
        with pytest.raises(rules.AttemptOpen):
            result_of(attempt_of(person))

    def test_explains_every_question(self, person: User) -> None:
        QuestionFactory(explanation=SECRET, cited_section="Prices", multiple=True)
        attempt = submitted(attempt_of(person, size=1), wrong=[1])
        result = result_of(attempt)
        (question,) = result.questions
        assert (result.right, result.total, result.is_passed) == (0, 1, False)
        assert (question.is_right, question.explanation, question.cited_section) == (False, SECRET, "Prices")
        flags = {option.text: (option.is_chosen, option.is_right) for option in question.options}
        assert flags == {
            "The one on the product page": (False, True),
            "The one you say": (False, True),
            "None": (True, False),
        }

    def test_says_that_a_question_was_void(self, person: User) -> None:
        QuestionFactory()
        attempt = submitted(attempt_of(person, size=1), wrong=[1])
        void_version(version=attempt.drawn.get().version, reason="Two are right.", at=AT, by=None)
        attempt.refresh_from_db()
        result = result_of(attempt)
        assert (result.is_passed, result.questions[0].is_right, result.questions[0].is_void) == (True, True, True)
        assert "This question was faulty." in render_to_string("quizzes/result.html", {"result": result})

    def test_leads_to_the_policys_section(self, person: User, market: Market) -> None:
        QuestionFactory(cited_page=Page.objects.get(pk=market.policy.pk), cited_section="1.1")
        (question,) = result_of(submitted(attempt_of(person, size=1))).questions
        assert question.cited_url == f"{market.policy.url}#s-1.1"

    def test_leads_nowhere_once_the_page_is_off_the_site(self, person: User, market: Market) -> None:
        QuestionFactory(cited_page=Page.objects.get(pk=market.policy.pk), cited_section="1.1")
        market.policy.unpublish()
        (question,) = result_of(submitted(attempt_of(person, size=1))).questions
        assert (question.cited_url, question.cited_title) == ("", market.policy.title)

    @pytest.mark.parametrize("how", ["restricted", "below a page that was taken off", "below a restricted page"])
    def test_leads_nowhere_where_not_anyone_may_open_the_page(self, person: User, market: Market, how: str) -> None:
        policy = Page.objects.get(pk=market.policy.pk)
        QuestionFactory(cited_page=policy, cited_section="1.1")
        if how == "below a page that was taken off":
            policy.get_parent().specific.unpublish()
        else:
            closed = policy if how == "restricted" else policy.get_parent()
            PageViewRestriction.objects.create(page=closed, restriction_type=PageViewRestriction.LOGIN)
        (question,) = result_of(submitted(attempt_of(person, size=1))).questions
        assert Page.objects.get(pk=policy.pk).live
        assert (question.cited_url, question.cited_title) == ("", policy.title)

    def test_costs_the_same_however_many_questions(self, person: User, other_person: User, market: Market) -> None:
        QuestionFactory.create_batch(9, cited_page=Page.objects.get(pk=market.policy.pk), cited_section="1.1")
        counts = []
        for who, size in ((person, 1), (other_person, 9)):
            attempt = submitted(attempt_of(who, size=size))
            result_of(attempt)
            with CaptureQueriesContext(connection) as queries:
                result_of(attempt)
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_marks_each_question_with_its_own_language(self, person: User) -> None:
        Locale.objects.get_or_create(language_code="id")
        QuestionFactory(language="id", prompt="Harga mana?")
        QuestionFactory(prompt="Which price?")
        attempt = submit_attempt(attempt=attempt_of(person, size=2, language="id"), answers={}, at=AT)
        spoken = {question.prompt: question.language for question in result_of(attempt).questions}
        assert spoken == {"Harga mana?": "id", "Which price?": "en"}


def test_attempts_are_the_newest_first_and_ones_own(person: User, other_person: User) -> None:
    QuestionFactory.create_batch(3)
    first = submitted(attempt_of(person))
    second = attempt_of(person, AT + timedelta(days=1))
    attempt_of(other_person)
    assert list(attempts_of(person, "exercise:anchors")) == [second, first]


def test_ready_counts_what_a_reader_of_the_language_can_get() -> None:
    Locale.objects.get_or_create(language_code="id")
    both = QuestionFactory()
    QuestionFactory(language="id", translation_of=both)
    QuestionFactory(language="id")
    QuestionFactory()
    assert [ready_count(["anchors"], language) for language in ("en", "id")] == [2, 3]
