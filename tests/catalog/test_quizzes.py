"""The quiz that editors set on a course: what keeps it from being published, and who is asked it."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from wagtail.models import Locale
from wagtail_localize.models import OverridableSegment, SegmentOverride, TranslationContext, TranslationSource

from apps.accounts.enums import Role
from apps.catalog import rules
from apps.catalog.models import CoursePage
from apps.catalog.panels import QUIZ_FIELDS
from apps.catalog.queries.quizzes import quiz_of, quizzes_of
from apps.catalog.rules import CourseQuiz
from apps.catalog.services.translations import begin_translation
from apps.quizzes.models import Bank, Question
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import LessonFactory, Market, give_quiz, set_quiz, stream
from tests.factories.quizzes import BankFactory, QuestionFactory, publish
from tests.journeys.editing import edit_page, preview

TEN_MINUTES = timedelta(minutes=10)


@pytest.mark.parametrize(("questions", "ready"), [(1, 1), (3, 3), (3, 30)])
def test_a_quiz_with_enough_ready_questions_may_be_published(questions: int, ready: int) -> None:
    rules.check_quiz(questions, ready)


@pytest.mark.parametrize(("questions", "ready"), [(1, 0), (4, 3)])
def test_a_quiz_with_too_few_may_not(questions: int, ready: int) -> None:
    with pytest.raises(rules.NotReadyToPublish, match=f"asks {questions} questions, and this bank has {ready} ready"):
        rules.check_quiz(questions, ready)


@pytest.mark.django_db
class TestWhatACourseAsks:
    def test_is_what_its_editors_set(self, market: Market) -> None:
        give_quiz(market.claims, quiz_pause_minutes=0, quiz_pass_mark=67)
        assert quizzes_of([market.claims.translation_key, market.anchors.translation_key]) == {
            market.claims.translation_key: CourseQuiz("claims", 3, 67, timedelta())
        }

    def test_takes_one_statement_for_many(
        self, market: Market, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        give_quiz(market.claims)
        give_quiz(market.anchors)
        with django_assert_num_queries(1):
            assert len(quizzes_of([market.claims.translation_key, market.anchors.translation_key])) == 2

    def test_is_decided_in_the_first_language(self, market: Market) -> None:
        give_quiz(market.anchors)
        other = BankFactory(code="other")
        QuestionFactory.create_batch(3, bank=other)
        set_quiz(market.anchors_id, {"quiz_bank": other, "quiz_questions": 1})
        for page in (market.anchors, market.anchors_id):
            assert quiz_of(market.reading(page)) == CourseQuiz("anchors", 3, 100, TEN_MINUTES)

    def test_follows_the_questions_that_come_and_go(self, market: Market) -> None:
        give_quiz(market.claims, ready=3)
        assert quiz_of(market.reading(market.claims)) is not None
        question = Question.objects.latest("pk")
        question.unpublish()
        assert quiz_of(market.reading(market.claims)) is None
        publish(Question.objects.get(pk=question.pk))
        assert quiz_of(market.reading(market.claims)) is not None

    def test_gives_the_course_a_new_version_in_every_language(self, market: Market) -> None:
        before = {market.reading(page).version for page in (market.anchors, market.anchors_id)}
        give_quiz(market.anchors)
        after = {market.reading(page).version for page in (market.anchors, market.anchors_id)}
        assert before & after == set()
        QuestionFactory(bank=Bank.objects.get(code="anchors"))
        assert after & {market.reading(page).version for page in (market.anchors, market.anchors_id)} == set()

    def test_that_loses_a_question_to_another_bank_is_asked_no_more(self, market: Market) -> None:
        give_quiz(market.claims)
        before = market.reading(market.claims).version
        assert quiz_of(market.reading(market.claims)) is not None
        for question in Question.objects.order_by("pk")[:2]:
            question.bank = BankFactory(code="prices")
            publish(question)
        assert market.reading(market.claims).version != before
        assert quiz_of(market.reading(market.claims)) is None

    def test_leaves_other_courses_as_they_are(self, market: Market) -> None:
        bank = give_quiz(market.claims)
        before = market.reading(market.anchors).version
        QuestionFactory(bank=bank)
        assert market.reading(market.anchors).version == before

    def test_asks_the_database_once_a_version(
        self, market: Market, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        give_quiz(market.claims)
        cache.clear()
        course = market.reading(market.claims)
        with django_assert_num_queries(1):
            found = [quiz_of(course), quiz_of(course)]
        assert found == [CourseQuiz("claims", 3, 100, TEN_MINUTES)] * 2

    def test_is_nothing_while_it_is_not_published(self, market: Market) -> None:
        give_quiz(market.claims)
        CoursePage.objects.get(pk=market.claims.pk).unpublish()
        assert quizzes_of([market.claims.translation_key]) == {}

    @pytest.mark.parametrize("fields", [{"quiz_questions": 0}, {"quiz_pass_mark": 0}, {"quiz_pass_mark": 101}])
    def test_is_within_bounds(self, market: Market, fields: dict[str, int]) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            CoursePage.objects.filter(pk=market.claims.pk).update(**fields)


@pytest.mark.django_db
class TestAnEditor:
    @pytest.fixture
    def bank(self) -> Bank:
        """A bank with two ready questions."""
        bank = BankFactory(code="prices")
        QuestionFactory.create_batch(2, bank=bank)
        return bank

    def test_sets_a_quiz_and_publishes_it(self, market: Market, approver: Client, bank: Bank) -> None:
        edit_page(approver, market.claims, quiz_bank=str(bank.pk), quiz_questions="2", action_publish="1")
        assert quiz_of(market.reading(market.claims)) == CourseQuiz("prices", 2, 80, TEN_MINUTES)

    def test_is_told_beside_the_bank_that_it_has_too_few(self, market: Market, approver: Client, bank: Bank) -> None:
        refused = edit_page(approver, market.claims, quiz_bank=str(bank.pk), quiz_questions="5", action_publish="1")
        assert "The quiz asks 5 questions, and this bank has 2 ready." in refused.content.decode()
        assert quiz_of(market.reading(market.claims)) is None

    def test_may_keep_it_as_a_draft_all_the_same(self, market: Market, approver: Client, bank: Bank) -> None:
        saved = edit_page(approver, market.claims, quiz_bank=str(bank.pk), quiz_questions="5")
        assert saved.status_code == 302
        draft = CoursePage.objects.get(pk=market.claims.pk).get_latest_revision_as_object()
        assert (draft.quiz_bank, draft.quiz_questions) == (bank, 5)
        with pytest.raises(rules.NotReadyToPublish):
            draft.get_latest_revision().publish()

    def test_sees_it_in_the_preview(self, market: Market, approver: Client, bank: Bank) -> None:
        shown = preview(approver, market.claims, "all", quiz_bank=str(bank.pk), quiz_questions="2")
        assert "Passing it is part of finishing the course." in shown

    def test_sets_none_on_a_translation(self, market: Market, approver: Client, bank: Bank) -> None:
        page = approver.get(f"/cms/pages/{market.anchors_id.pk}/edit/").content.decode()
        assert "quiz_bank" not in page
        edit_page(approver, market.anchors_id, quiz_bank=str(bank.pk), quiz_questions="99", action_publish="1")
        assert CoursePage.objects.get(pk=market.anchors_id.pk).quiz_bank is None


@pytest.mark.django_db
class TestATranslator:
    """Has no say in the quiz: what the first language asks is asked in all."""

    @pytest.fixture
    def draft(self, market: Market) -> CoursePage:
        """A course with a quiz, of which a translation was begun."""
        give_quiz(market.claims, quiz_pass_mark=67)
        page = begin_translation(
            page=CoursePage.objects.get(pk=market.claims.pk),
            locale=Locale.objects.get(language_code="id"),
            with_children=False,
            by=PersonFactory(role=Role.EDITOR),
        )
        return CoursePage.objects.get(pk=page.pk)

    def test_is_offered_no_other_bank(self, draft: CoursePage) -> None:
        paths = OverridableSegment.objects.values_list("context__path", flat=True)
        assert not [path for path in paths if path.startswith("quiz_")]

    def test_gets_the_quiz_as_it_is(self, draft: CoursePage, market: Market) -> None:
        asked = CoursePage.objects.get(pk=market.claims.pk)
        for name in QUIZ_FIELDS:
            assert getattr(draft, name) == getattr(asked, name)

    def test_of_an_earlier_release_is_offered_none_either(self, draft: CoursePage) -> None:
        """What a translation that was begun before has kept is taken away by the migration."""
        source = TranslationSource.objects.get(object_id=draft.translation_key)
        for path in ("quiz_bank", "cover"):
            context = TranslationContext.objects.create(object_id=draft.translation_key, path=path)
            OverridableSegment.objects.create(source=source, context=context, order=1, data_json="1")
            SegmentOverride.objects.create(context=context, locale=draft.locale, data_json="2")
        migration = import_module("apps.catalog.migrations.0009_quiz_same_in_all_languages")
        migration.forget_choices(apps, None)
        assert OverridableSegment.objects.values_list("context__path", flat=True).get() == "cover"
        assert SegmentOverride.objects.values_list("context__path", flat=True).get() == "cover"


@pytest.mark.django_db
def test_a_lesson_names_where_a_heading_stands(market: Market) -> None:
    moves = [{"title": f"Move {number}", "text": "<p>Now.</p>"} for number in range(2)]
    body = stream(("heading", "Pin it"), ("steps", {"title": "In two moves", "steps": moves}), ("text", "<p>Now.</p>"))
    lesson = LessonFactory(parent=market.claims, title="With headings", body=body)
    first, second, _text = lesson.body
    assert lesson.anchor_of("Pin it") == f"b-{first.id}"
    assert lesson.anchor_of("In two moves") == f"b-{second.id}"
    assert lesson.anchor_of("A heading that left the lesson") == "main"
