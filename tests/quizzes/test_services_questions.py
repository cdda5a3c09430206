"""Publishing makes versions that never change; retiring and voiding; what none of it does to an attempt."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wagtail.models import Locale, ModelLogEntry, Page

from apps.accounts.models import User
from apps.quizzes import rules
from apps.quizzes.enums import AttemptState, QuestionKind, VersionState
from apps.quizzes.models import Attempt, Question, QuestionVersion, VersionOption
from apps.quizzes.services import publish_version, retire_question, void_version
from apps.quizzes.signals import attempts_remarked
from tests.factories import AT
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import LessonFactory, Market, PolicyFactory
from tests.factories.quizzes import (
    QuestionFactory,
    answers_of,
    attempt_of,
    publish,
    submitted,
    write_answers,
)
from tests.quizzes.test_services_attempts import all_at_once

pytestmark = pytest.mark.django_db


class TestPublishing:
    def test_makes_a_version_of_all_that_is_said(self, person: User) -> None:
        question = QuestionFactory(published=False, multiple=True, prompt=" Which prices? ", cited_section="Prices")
        version = publish_version(question=question, at=AT, by=person)
        assert version is not None
        assert (version.number, version.state, version.language) == (1, VersionState.READY, "en")
        assert (version.prompt, version.kind, version.published_by) == ("Which prices?", QuestionKind.MULTIPLE, person)
        assert (version.cited_title, version.cited_section) == ("Root", "Prices")
        assert [option.is_right for option in version.options.order_by("position")] == [True, True, False]
        assert ModelLogEntry.objects.get(action="quizzes.publish_version").user == person

    def test_the_same_again_makes_none(self) -> None:
        question = QuestionFactory()
        assert publish_version(question=question, at=AT, by=None) is None
        publish(question)
        assert question.versions.count() == 1

    @pytest.mark.parametrize("field", ["prompt", "explanation", "cited_section"])
    def test_another_word_makes_the_next(self, field: str) -> None:
        question = QuestionFactory()
        setattr(question, field, "Otherwise.")
        assert publish(question).number == 2
        assert question.versions.get(number=1).state == VersionState.RETIRED

    @pytest.mark.parametrize(
        ("answers", "right"),
        [
            (("The one on the product page", "The one you say"), (0,)),
            (("The one on the product page", "The one you say", "None"), (1,)),
            (("The one you say", "The one on the product page", "None"), (1,)),
        ],
    )
    def test_other_answers_make_the_next(self, answers: tuple[str, ...], right: tuple[int, ...]) -> None:
        question = QuestionFactory()
        write_answers(question, answers, right)
        assert publish(question).number == 2

    def test_what_lacks_something_is_not_published_at_all(self) -> None:
        question = QuestionFactory(published=False, right=(0, 1))
        with pytest.raises(rules.QuestionUnready, match="exactly one"):
            publish(question)
        question.refresh_from_db()
        assert (question.live, QuestionVersion.objects.count()) == (False, 0)

    def test_wagtails_audit_names_who_published(self) -> None:
        """By who made the revision, where nobody is signed in."""
        writer = PersonFactory()
        question = QuestionFactory(published=False)
        question.save_revision(user=writer).publish()
        assert question.versions.get().published_by == writer

    def test_a_page_that_is_deleted_leaves_its_title(self, market: Market) -> None:
        lesson = LessonFactory(parent=market.anchors, title="Prices in a livestream")
        question = QuestionFactory(cited_page=Page.objects.get(pk=lesson.pk))
        lesson.delete()
        version = question.versions.get()
        assert (version.cited_page, version.cited_title) == (None, "Prices in a livestream")

    def test_a_policy_is_cited_by_a_section_that_it_has(self, market: Market) -> None:
        policy = PolicyFactory(parent=market.policies)
        question = QuestionFactory(published=False, cited_page=Page.objects.get(pk=policy.pk), cited_section="7.7")
        with pytest.raises(rules.QuestionUnready, match=r"no section 7\.7"):
            publish_version(question=question, at=AT, by=None)
        question.cited_section = "1.2"
        question.save()
        version = publish_version(question=question, at=AT, by=None)
        assert version is not None
        assert version.cited_section == "1.2"


class TestTranslations:
    @pytest.fixture
    def pair(self) -> tuple[Question, Question]:
        """A question in English and in Bahasa Indonesia."""
        Locale.objects.get_or_create(language_code="id")
        original = QuestionFactory()
        return original, QuestionFactory(language="id", translation_of=original, prompt="Harga mana?")

    def test_have_their_right_answers_where_the_original_has_them(self) -> None:
        original = QuestionFactory()
        copy = QuestionFactory(language="id", translation_of=original, published=False, right=(1,))
        with pytest.raises(rules.QuestionUnready, match="the same ones right"):
            publish_version(question=copy, at=AT, by=None)

    def test_stay_when_only_words_of_the_original_change(self, pair: tuple[Question, Question]) -> None:
        original, copy = pair
        original.prompt = "Which price is it?"
        publish(original)
        assert copy.versions.get().state == VersionState.READY

    def test_retire_when_the_right_answers_of_the_original_move(self, pair: tuple[Question, Question]) -> None:
        original, copy = pair
        write_answers(original, ("One", "Two", "Three"), (2,))
        publish(original)
        assert copy.versions.get().state == VersionState.RETIRED

    def test_retire_together(self, pair: tuple[Question, Question]) -> None:
        retire_question(question=pair[1], at=AT, by=None)
        assert not QuestionVersion.objects.ready().exists()
        assert not Question.objects.filter(live=True).exists()

    def test_come_back_one_by_one(self, pair: tuple[Question, Question]) -> None:
        original, copy = pair
        retire_question(question=original, at=AT, by=None)
        original.refresh_from_db()
        assert publish(original).number == 2
        assert not copy.versions.ready().exists()


class TestRetiring:
    def test_again_changes_nothing(self, person: User) -> None:
        question = QuestionFactory()
        for _again in range(2):
            retire_question(question=question, at=AT, by=person)
        entry = ModelLogEntry.objects.get(action="quizzes.retire_question")
        assert (entry.user, entry.timestamp) == (person, AT)

    def test_taking_it_off_as_wagtail_does_retires_it(self) -> None:
        question = QuestionFactory()
        question.unpublish()
        assert question.versions.get().state == VersionState.RETIRED


class TestTheDatabase:
    @pytest.mark.parametrize(
        "change",
        [
            lambda: QuestionVersion.objects.update(prompt="Another?"),
            lambda: QuestionVersion.objects.update(explanation="Another."),
            lambda: QuestionVersion.objects.update(kind=QuestionKind.MULTIPLE),
            lambda: QuestionVersion.objects.update(number=7),
            lambda: QuestionVersion.objects.update(cited_section="9.9"),
            lambda: VersionOption.objects.update(is_right=True),
            lambda: VersionOption.objects.update(text="Another"),
            lambda: VersionOption.objects.all().delete(),
            lambda: QuestionVersion.objects.all().delete(),
        ],
    )
    def test_refuses_to_change_what_was_published(self, change: Any) -> None:
        QuestionFactory()
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            change()
        assert VersionOption.objects.filter(is_right=True).count() == 1

    def test_refuses_two_ready_versions_of_one_language(self) -> None:
        version = QuestionFactory().versions.get()
        version.pk, version.number = None, 2
        with pytest.raises(DatabaseError), transaction.atomic():
            version.save(force_insert=True)


class TestVoiding:
    @pytest.fixture(autouse=True)
    def bank(self) -> None:
        """Three questions, all of which every attempt draws."""
        QuestionFactory.create_batch(3)

    def test_raises_who_had_it_wrong_and_says_who_passes_by_it(self) -> None:
        failed, poor, passed = (attempt_of(PersonFactory()) for _each in range(3))
        faulty = failed.drawn.get(position=1).version
        place_of = {each: each.drawn.get(version=faulty).position for each in (failed, poor)}
        submitted(failed, wrong=[place_of[failed]])
        submitted(poor, wrong=[1, 2, 3])
        submitted(passed)
        heard: list[Any] = []

        def listen(attempts: list[Attempt], newly_passed: list[Attempt], at: Any, **_kwargs: Any) -> None:
            heard.append((set(attempts), newly_passed, at, connection.in_atomic_block))

        attempts_remarked.connect(listen)
        try:
            raised = void_version(version=faulty, reason="Two are right.", at=AT, by=None)
        finally:
            attempts_remarked.disconnect(listen)
        assert set(raised) == {failed, poor}
        assert heard == [({failed, poor}, [failed], AT, True)]
        marks = {each: Attempt.objects.values_list("state", "right").get(pk=each.pk) for each in (failed, poor, passed)}
        assert marks[failed] == (AttemptState.PASSED, 3)
        assert marks[poor] == (AttemptState.FAILED, 1)
        assert marks[passed] == (AttemptState.PASSED, 3)
        assert Attempt.objects.get(pk=failed.pk).submitted_at == AT, "a pass is dated to its submission"

    def test_an_attempt_that_lapsed_or_was_closed_gains_nothing(self, person: User) -> None:
        attempt = attempt_of(person)
        Attempt.objects.filter(pk=attempt.pk).update(state=AttemptState.LAPSED, closed_at=AT)
        faulty = attempt.drawn.get(position=1).version
        assert void_version(version=faulty, reason="Two are right.", at=AT, by=None) == []

    def test_an_old_version_is_voided_without_touching_the_new_one(self, person: User) -> None:
        attempt = submitted(attempt_of(person), wrong=[1])
        old = attempt.drawn.get(position=1).version
        old.question.prompt = "Otherwise?"
        new = publish(old.question)
        void_version(version=old, reason="Two are right.", at=AT, by=None)
        new.refresh_from_db()
        assert (new.voided_at, new.state) == (None, VersionState.READY)
        assert Question.objects.get(pk=old.question_id).live
        assert Attempt.objects.get(pk=attempt.pk).right == 3

    def test_the_version_that_is_asked_takes_its_question_with_it_in_every_language(self) -> None:
        faulty = QuestionVersion.objects.order_by("pk")[0]
        translation = QuestionFactory(language="id", translation_of=faulty.question)
        void_version(version=faulty, reason="Two are right.", at=AT, by=None)
        rows = Question.objects.filter(pk__in=[faulty.question_id, translation.pk])
        assert list(rows.values_list("live", flat=True)) == [False, False]
        assert not QuestionVersion.objects.ready().filter(key=faulty.key).exists()

    def test_twice_is_refused(self) -> None:
        faulty = QuestionVersion.objects.order_by("pk")[0]
        void_version(version=faulty, reason="Two are right.", at=AT, by=None)
        with pytest.raises(rules.VersionVoid):
            void_version(version=faulty, reason="Two are right.", at=AT, by=None)


ACTS = st.lists(
    st.tuples(st.sampled_from(["edit", "republish", "retire", "void", "attempt"]), st.integers(0, 5)), max_size=6
)


class TestAnAttemptIsItsOwn:
    """Whatever is done to questions, a mark depends on what the attempt itself drew, and never falls."""

    @pytest.fixture
    def questions(self) -> list[Question]:
        """Six questions, three of which the attempt draws."""
        return QuestionFactory.create_batch(6)

    @settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(acts=ACTS, wrong=st.sets(st.integers(1, 3)), is_early=st.booleans())
    def test_whatever_happens(
        self, questions: list[Question], person: User, acts: Any, wrong: set[int], is_early: bool
    ) -> None:
        with transaction.atomic():
            attempt = attempt_of(person, pass_mark=67)
            answers = answers_of(attempt, wrong=sorted(wrong))
            if is_early:
                submitted(attempt, wrong=sorted(wrong))
            voided, marks = set(), []
            for act, place in acts:
                voided |= happen(act, questions[place])
                marks.append(Attempt.objects.get(pk=attempt.pk).right)
            submitted(attempt, wrong=sorted(wrong))
            attempt.refresh_from_db()
            drawn = {each.version_id: each.position for each in attempt.drawn.all()}
            still_wrong = wrong - {drawn[version] for version in voided if version in drawn}
            assert attempt.right == 3 - len(still_wrong)
            assert (attempt.state == AttemptState.PASSED) == rules.passes(attempt.right, 3, 67)
            assert [mark for mark in marks if mark is not None] == sorted(mark for mark in marks if mark is not None)
            for each in attempt.drawn.prefetch_related("chosen"):
                places = {str(each.option_order.index(option.option_id) + 1) for option in each.chosen.all()}
                assert places == set(answers[f"q-{each.pk}"])
            transaction.set_rollback(True)


def happen(act: str, question: Question) -> set[int]:
    """Do it to the question; the versions that were voided by it."""
    question = Question.objects.get(pk=question.pk)
    if act == "edit":
        question.prompt = "Half ty"
        question.save_revision()
    elif act == "republish":
        write_answers(question, ("A", "B", "C", "D"), (question.versions.count() % 4,))
        publish(question)
    elif act == "retire":
        retire_question(question=question, at=AT, by=None)
    elif act == "attempt":
        others = attempt_of(PersonFactory(), quiz="exercise:other", size=1) if QuestionVersion.objects.ready() else None
        if others is not None:
            submitted(others, wrong=[1])
    else:
        version = question.versions.order_by("-number")[0]
        if not version.is_void:
            void_version(version=version, reason="Two are right.", at=AT, by=None)
            return {version.pk}
    return set()


@pytest.mark.django_db(transaction=True)
def test_twenty_who_publish_at_once_make_one_version() -> None:
    question = QuestionFactory(published=False)
    made = all_at_once(
        20, lambda _place: publish_version(question=Question.objects.get(pk=question.pk), at=AT, by=None)
    )
    assert len([version for version in made if version is not None]) == 1
    assert QuestionVersion.objects.get().number == 1
