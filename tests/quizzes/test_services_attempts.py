"""Attempts: drawn at their start, submitted once, closed; and what no form could have sent."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.quizzes import rules
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt, ChosenOption, DrawnQuestion, QuestionVersion
from apps.quizzes.queries.attempts import field_name, open_attempt
from apps.quizzes.services import (
    retire_question,
    start_attempt,
    submit_attempt,
    supersede_attempts,
    void_version,
)
from apps.quizzes.signals import attempts_superseded
from tests.factories import AT
from tests.factories.accounts import PersonFactory
from tests.factories.quizzes import (
    BankFactory,
    QuestionFactory,
    answers_of,
    attempt_of,
    publish,
    submitted,
    terms,
    write_answers,
)

pytestmark = pytest.mark.django_db
MINUTE, HALF_AN_HOUR, DAY = timedelta(minutes=1), timedelta(minutes=30), timedelta(days=1)


def practice_of(person: User, at: datetime = AT) -> Attempt:
    """Practice of the quiz."""
    return start_attempt(person=person, terms=terms(), language="en", at=at, is_practice=True, draw_with=Random(1))


@pytest.fixture
def bank(db: None) -> None:
    """Four ready questions in the bank `anchors`."""
    QuestionFactory.create_batch(4)


@pytest.mark.usefixtures("bank")
class TestStarting:
    def test_writes_all_that_the_attempt_will_be_marked_by(self, person: User) -> None:
        attempt = attempt_of(person, pass_mark=66, deadline=HALF_AN_HOUR)
        drawn = list(attempt.drawn.order_by("position"))
        assert (attempt.state, attempt.total, attempt.pass_mark) == (AttemptState.OPEN, 3, 66)
        assert (attempt.started_at, attempt.deadline_at) == (AT, AT + HALF_AN_HOUR)
        assert [each.position for each in drawn] == [1, 2, 3]
        assert len({each.version_id for each in drawn}) == 3
        for each in drawn:
            assert sorted(each.option_order) == sorted(each.version.options.values_list("pk", flat=True))

    def test_references_are_long_and_each_another(self, person: User, other_person: User) -> None:
        references = {attempt_of(who).reference for who in (person, other_person)}
        assert [len(reference) for reference in references] == [32, 32]

    def test_again_answers_the_one_that_is_open_as_it_was_drawn(self, person: User) -> None:
        first = attempt_of(person)
        assert attempt_of(person, AT + 3 * DAY, seed=2, size=2) == first
        assert DrawnQuestion.objects.count() == 3

    def test_after_the_deadline_the_old_one_lapses_and_a_new_one_starts(self, person: User) -> None:
        old = attempt_of(person, deadline=HALF_AN_HOUR)
        new = attempt_of(person, AT + HALF_AN_HOUR, deadline=HALF_AN_HOUR)
        old.refresh_from_db()
        assert new != old
        assert (old.state, old.closed_at) == (AttemptState.LAPSED, old.deadline_at)

    def test_each_person_and_quiz_has_its_own(self, person: User, other_person: User) -> None:
        attempts = [attempt_of(person), attempt_of(other_person), attempt_of(person, quiz="violation-type:V02")]
        assert len(set(attempts)) == 3

    def test_practice_stands_beside_the_real_one(self, person: User) -> None:
        QuestionFactory.create_batch(2)
        real = attempt_of(person)
        practice = start_attempt(person=person, terms=terms(), language="en", at=AT, is_practice=True)
        assert (practice.is_practice, practice == real) == (True, False)
        assert open_attempt(person, "exercise:anchors", AT) == real

    def test_practice_asks_nothing_that_is_asked_in_earnest(self, person: User, other_person: User) -> None:
        QuestionFactory.create_batch(2)
        submitted(attempt_of(other_person))
        real = attempt_of(person)
        practice = practice_of(person)
        assert not set(real.drawn.values_list("version", flat=True)) & set(
            practice.drawn.values_list("version", flat=True)
        )

    def test_practice_waits_for_the_quiz_where_too_few_others_are_left(self, person: User) -> None:
        attempt_of(person, deadline=HALF_AN_HOUR)
        with pytest.raises(rules.QuizFirst, match="Submit your quiz first"):
            practice_of(person)
        assert practice_of(person, AT + HALF_AN_HOUR).total == 3

    def test_practice_that_was_begun_before_is_explained_after_the_quiz(self, person: User) -> None:
        practice = practice_of(person)
        real = attempt_of(person, AT + MINUTE)
        with pytest.raises(rules.QuizFirst):
            submitted(practice, AT + MINUTE)
        practice.refresh_from_db()
        assert practice.state == AttemptState.OPEN
        submitted(real, AT + MINUTE)
        assert submitted(practice, AT + 2 * MINUTE).state == AttemptState.PASSED

    def test_what_was_not_seen_yet_comes_first(self, person: User) -> None:
        first = submitted(attempt_of(person))
        second = attempt_of(person, AT + DAY)
        seen = set(first.drawn.values_list("version", flat=True))
        (unseen,) = set(QuestionVersion.objects.values_list("pk", flat=True)) - seen
        assert unseen in set(second.drawn.values_list("version", flat=True))

    def test_too_few_ready_questions_are_refused_and_nothing_is_written(self, person: User) -> None:
        with pytest.raises(rules.TooFewQuestions, match="4 of 5"):
            attempt_of(person, size=5)
        assert Attempt.objects.count() == 0

    def test_an_unknown_bank_is_refused(self, person: User) -> None:
        with pytest.raises(rules.BankUnknown, match="pricing"):
            attempt_of(person, banks=("anchors", "pricing"))

    def test_a_quiz_that_is_closed_does_not_start(self, person: User) -> None:
        with pytest.raises(rules.AttemptLate, match="closed"):
            attempt_of(person, closes_at=AT)

    def test_terms_that_the_database_refuses_are_not_taken_for_another_tab(self, person: User) -> None:
        with pytest.raises(IntegrityError, match="pass_mark"):
            attempt_of(person, pass_mark=0)

    def test_several_banks_are_drawn_from_together(self, person: User) -> None:
        QuestionFactory(bank=BankFactory(code="claims"))
        attempt = attempt_of(person, banks=("anchors", "claims"), size=5)
        assert attempt.drawn.count() == 5

    def test_a_draft_a_retired_and_a_void_question_are_not_drawn(self, person: User) -> None:
        QuestionFactory(published=False)
        gone, faulty = QuestionFactory(), QuestionFactory()
        retire_question(question=gone, at=AT, by=None)
        void_version(version=faulty.versions.get(), reason="Two are right.", at=AT, by=None)
        with pytest.raises(rules.TooFewQuestions, match="4 of 5"):
            attempt_of(person, size=5)

    def test_the_same_chance_draws_the_same(self, person: User, other_person: User) -> None:
        drawn = [
            list(attempt_of(who).drawn.order_by("position").values_list("version")) for who in (person, other_person)
        ]
        assert drawn[0] == drawn[1]

    def test_speaks_the_readers_language_and_else_the_sites_first(self, person: User) -> None:
        translated = QuestionFactory()
        QuestionFactory(language="id", translation_of=translated, prompt="Harga mana?")
        attempt = attempt_of(person, size=5, language="id")
        languages = list(attempt.drawn.values_list("version__language", flat=True))
        assert sorted(languages) == ["en", "en", "en", "en", "id"]
        assert attempt.drawn.filter(version__key=translated.translation_key).count() == 1


@pytest.mark.usefixtures("bank")
class TestSubmitting:
    def test_all_right_passes(self, person: User) -> None:
        attempt = submitted(attempt_of(person), AT + MINUTE)
        assert (attempt.state, attempt.right, attempt.submitted_at) == (AttemptState.PASSED, 3, AT + MINUTE)

    @pytest.mark.parametrize(
        ("pass_mark", "state"), [(100, AttemptState.FAILED), (67, AttemptState.FAILED), (66, AttemptState.PASSED)]
    )
    def test_one_wrong_of_three(self, person: User, pass_mark: int, state: AttemptState) -> None:
        attempt = submitted(attempt_of(person, pass_mark=pass_mark), wrong=[2])
        assert (attempt.state, attempt.right) == (state, 2)
        assert list(attempt.drawn.order_by("position").values_list("is_right", flat=True)) == [True, False, True]

    def test_keeps_what_was_chosen(self, person: User) -> None:
        attempt = attempt_of(person)
        answers = answers_of(attempt, wrong=[1])
        submit_attempt(attempt=attempt, answers=answers, at=AT)
        for drawn in attempt.drawn.all():
            kept = [chosen.option_id for chosen in drawn.chosen.all()]
            assert kept == [drawn.option_order[int(place) - 1] for place in answers[field_name(drawn)]]

    def test_a_missing_answer_is_wrong(self, person: User) -> None:
        attempt = attempt_of(person)
        answers = answers_of(attempt)
        answers.pop(field_name(attempt.drawn.get(position=2)))
        assert submit_attempt(attempt=attempt, answers=answers, at=AT).right == 2
        assert submit_attempt(attempt=attempt_of(person, AT + DAY), answers={}, at=AT + DAY).right == 0

    def test_again_with_other_answers_keeps_the_first_result(self, person: User) -> None:
        """A retried request, and the second of two tabs."""
        attempt = attempt_of(person)
        submitted(attempt, wrong=[1])
        again = submitted(attempt, AT + MINUTE)
        assert (again.state, again.right, again.submitted_at) == (AttemptState.FAILED, 2, AT)
        assert submit_attempt(attempt=attempt, answers={"q-0": ["0"]}, at=AT + DAY).right == 2
        assert ChosenOption.objects.count() == 3

    def test_a_clock_that_is_behind_submits_at_the_start(self, person: User) -> None:
        assert submitted(attempt_of(person), AT - MINUTE).submitted_at == AT


def foreign_answers(kind: str, attempt: Attempt, other: Attempt) -> dict[str, list[str]]:
    """Answers that the form of `attempt` couldn't have sent."""
    answers = answers_of(attempt)
    first = next(iter(answers))
    unknown = {"q-999999": ["1"]}
    return {
        "not an option": answers | {first: ["4"]},
        "no number": answers | {first: ["'; DROP TABLE"]},
        "the key of an option": answers | {first: [str(attempt.drawn.get(position=1).option_order[0])]},
        "a question that was not drawn": answers | unknown,
        "another person's question": answers_of(other),
        "a doubled answer": answers | {first: answers[first] * 2},
        "two answers where one is right": answers | {first: ["1", "2"]},
    }[kind]


@pytest.mark.usefixtures("bank")
class TestTampering:
    @pytest.mark.parametrize(
        "kind",
        [
            "not an option",
            "no number",
            "the key of an option",
            "a question that was not drawn",
            "another person's question",
            "a doubled answer",
            "two answers where one is right",
        ],
    )
    def test_is_refused_and_changes_nothing(self, person: User, other_person: User, kind: str) -> None:
        attempt, other = attempt_of(person), attempt_of(other_person)
        with pytest.raises(rules.AnswerTampered):
            submit_attempt(attempt=attempt, answers=foreign_answers(kind, attempt, other), at=AT)
        attempt.refresh_from_db()
        assert (attempt.state, attempt.right, ChosenOption.objects.count()) == (AttemptState.OPEN, None, 0)
        assert submitted(attempt).state == AttemptState.PASSED, "it can still be submitted"


@pytest.mark.usefixtures("bank")
class TestLate:
    @pytest.mark.parametrize("late", [timedelta(), MINUTE, 400 * DAY])
    def test_lapses_and_keeps_the_lapse(self, person: User, late: timedelta) -> None:
        attempt = attempt_of(person, deadline=HALF_AN_HOUR)
        with pytest.raises(rules.AttemptLate):
            submitted(attempt, AT + HALF_AN_HOUR + late)
        attempt.refresh_from_db()
        assert (attempt.state, attempt.closed_at) == (AttemptState.LAPSED, AT + HALF_AN_HOUR)
        assert (attempt.right, ChosenOption.objects.count()) == (None, 0)

    def test_stays_late_though_a_clock_jumps_back(self, person: User) -> None:
        attempt = attempt_of(person, deadline=HALF_AN_HOUR)
        for at in (AT + DAY, AT):
            with pytest.raises(rules.AttemptLate):
                submitted(attempt, at)

    def test_just_in_time_counts(self, person: User) -> None:
        attempt = attempt_of(person, deadline=HALF_AN_HOUR)
        assert submitted(attempt, AT + HALF_AN_HOUR - timedelta(microseconds=1)).state == AttemptState.PASSED

    def test_late_comes_before_tampered(self, person: User) -> None:
        attempt = attempt_of(person, deadline=HALF_AN_HOUR)
        with pytest.raises(rules.AttemptLate):
            submit_attempt(attempt=attempt, answers={"q-0": ["0"]}, at=AT + DAY)

    def test_an_overdue_attempt_is_not_open(self, person: User) -> None:
        attempt_of(person, deadline=HALF_AN_HOUR)
        assert open_attempt(person, "exercise:anchors", AT + MINUTE) is not None
        assert open_attempt(person, "exercise:anchors", AT + HALF_AN_HOUR) is None


@pytest.mark.usefixtures("bank")
class TestWhatHappensMeanwhile:
    def test_a_question_retired_meanwhile_is_marked_as_it_was_drawn(self, person: User) -> None:
        attempt = attempt_of(person)
        answers = answers_of(attempt, wrong=[3])
        for drawn in attempt.drawn.all():
            retire_question(question=drawn.version.question, at=AT, by=None)
        assert submit_attempt(attempt=attempt, answers=answers, at=AT).right == 2

    def test_a_question_published_anew_meanwhile_is_marked_as_it_was_drawn(self, person: User) -> None:
        attempt = attempt_of(person)
        answers = answers_of(attempt)
        for drawn in attempt.drawn.all():
            question = drawn.version.question
            write_answers(question, ("A", "B", "C"), (2,))
            publish(question)
        assert submit_attempt(attempt=attempt, answers=answers, at=AT).right == 3

    def test_a_question_voided_meanwhile_counts_as_right(self, person: User) -> None:
        attempt = attempt_of(person)
        void_version(version=attempt.drawn.get(position=1).version, reason="Two are right.", at=AT, by=None)
        assert submitted(attempt, wrong=[1]).right == 3


@pytest.mark.usefixtures("bank")
class TestSuperseding:
    def test_closes_open_ones_and_says_so(self, person: User, other_person: User) -> None:
        mine, theirs = attempt_of(person), submitted(attempt_of(other_person))
        heard: list[Any] = []

        def listen(attempts: list[Attempt], at: Any, **_kwargs: Any) -> None:
            heard.append((attempts, at, connection.in_atomic_block))

        attempts_superseded.connect(listen)
        try:
            closed = supersede_attempts(quiz="exercise:anchors", reason="The policy changed.", at=AT + DAY)
        finally:
            attempts_superseded.disconnect(listen)
        mine.refresh_from_db()
        theirs.refresh_from_db()
        assert closed == [mine]
        assert heard == [([mine], AT + DAY, True)]
        assert (mine.state, mine.closed_at, mine.closed_reason) == (
            AttemptState.SUPERSEDED,
            AT + DAY,
            "The policy changed.",
        )
        assert theirs.state == AttemptState.PASSED

    def test_what_is_closed_is_not_marked(self, person: User) -> None:
        attempt = attempt_of(person)
        supersede_attempts(quiz="exercise:anchors", reason="The policy changed.", at=AT)
        with pytest.raises(rules.AttemptClosed):
            submitted(attempt)
        assert attempt_of(person, AT + MINUTE) != attempt

    def test_by_question_closes_only_those_that_drew_it(self, person: User, other_person: User) -> None:
        other_question = QuestionFactory(bank=BankFactory(code="claims"))
        attempt_of(person)
        drew = attempt_of(other_person, banks=("claims",), size=1, quiz="violation-type:V02")
        keys = [other_question.translation_key]
        assert supersede_attempts(version_keys=keys, reason="The policy changed.", at=AT) == [drew]
        assert supersede_attempts(version_keys=keys, reason="The policy changed.", at=AT) == []

    def test_never_closes_everything(self) -> None:
        with pytest.raises(ValueError, match="Name the quiz"):
            supersede_attempts(reason="The policy changed.", at=AT)


@pytest.mark.usefixtures("bank")
class TestTheDatabase:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"state": AttemptState.PASSED},
            {"right": 1},
            {"state": AttemptState.SUPERSEDED, "closed_at": AT},
            {"state": AttemptState.LAPSED},
            {"closed_reason": "Because."},
            {"state": AttemptState.PASSED, "submitted_at": AT, "right": 4},
            {"pass_mark": 0},
            {"pass_mark": 101},
            {"total": 0},
            {"deadline_at": AT},
            {"state": "lost"},
        ],
    )
    def test_refuses_an_attempt_that_cannot_be(self, person: User, wrong: dict[str, Any]) -> None:
        attempt = attempt_of(person)
        with pytest.raises(IntegrityError), transaction.atomic():
            Attempt.objects.filter(pk=attempt.pk).update(**wrong)

    def test_refuses_a_second_open_attempt(self, person: User) -> None:
        attempt = attempt_of(person)
        attempt.pk, attempt.reference = None, "0" * 32
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt.save(force_insert=True)

    def test_keeps_the_answers_of_who_has_gone(self, person: User) -> None:
        attempt = submitted(attempt_of(person))
        person.delete()
        attempt.refresh_from_db()
        assert (attempt.person, attempt.right, attempt.drawn.count()) == (None, 3, 3)


# --- Races: real threads, real transactions ----------------------------------------------------------------


def all_at_once(number: int, act: Callable[[int], object]) -> list[object]:
    """The act in so many threads, let go together, each with a database connection of its own; what each answered."""
    answered: list[object] = []
    faults: list[BaseException] = []
    together = threading.Barrier(number)

    def call(place: int) -> None:
        try:
            together.wait(60)
            answered.append(act(place))
        except BaseException as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=[place]) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    return answered


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_twenty_starts_at_once_make_one_attempt(self) -> None:
        QuestionFactory.create_batch(4)
        person = PersonFactory()

        def start(place: int) -> int:
            return start_attempt(person=person, terms=terms(), language="en", at=AT, draw_with=Random(place)).pk

        found = all_at_once(20, start)
        attempt = Attempt.objects.get()
        assert found == [attempt.pk] * 20
        assert attempt.drawn.count() == 3

    def test_twenty_submissions_at_once_give_one_result(self) -> None:
        QuestionFactory.create_batch(4)
        attempt = attempt_of(PersonFactory())
        right, wrong = answers_of(attempt), answers_of(attempt, wrong=[1, 2])

        def submit(place: int) -> tuple[str, int | None, Any]:
            answers, at = (right if place % 2 else wrong), AT + timedelta(seconds=place)
            done = submit_attempt(attempt=attempt, answers=answers, at=at)
            return done.state, done.right, done.submitted_at

        results = all_at_once(20, submit)
        assert len(set(results)) == 1
        assert ChosenOption.objects.count() == 3
        attempt.refresh_from_db()
        assert results[0] == (attempt.state, attempt.right, attempt.submitted_at)

    def test_voiding_and_submitting_at_once_lose_nothing(self) -> None:
        """Whichever comes first, everyone has the void question right."""
        QuestionFactory.create_batch(3)
        attempts = [attempt_of(PersonFactory()) for _person in range(6)]
        faulty = attempts[0].drawn.get(position=1).version
        wrong = {each.pk: each.drawn.get(version=faulty).position for each in attempts}

        def act(place: int) -> None:
            if place == len(attempts):
                void_version(version=faulty, reason="Two are right.", at=AT, by=None)
            else:
                submitted(attempts[place], wrong=[wrong[attempts[place].pk]])

        all_at_once(len(attempts) + 1, act)
        assert list(Attempt.objects.values_list("state", "right")) == [(AttemptState.PASSED, 3)] * 6
