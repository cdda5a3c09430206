"""Policy quizzes through the database: when they start, what a pass takes off, and what nothing may do twice."""

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Seller, User
from apps.compliance.enums import CapPeriod, CapScope, EntryKind, NoPoint, ViolationState
from apps.compliance.models import Appeal, PointEntry, QuizStake, Standing, Violation, ViolationType
from apps.compliance.rules.attempts import AppealFirst, NoQuiz, QuizShut, TriesUsed
from apps.compliance.rules.programme import Cap
from apps.compliance.services.attempts import (
    credit_late,
    credit_late_passes,
    start_practice,
    start_quiz,
    submit_quiz,
    tell_of_closed,
)
from apps.compliance.services.violations import revoke_violation
from apps.notifications.models import Message
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt
from apps.quizzes.rules import AnswerTampered, AttemptClosed, AttemptLate, TooFewQuestions
from apps.quizzes.services import submit_attempt, supersede_attempts, void_version
from tests.factories import AT
from tests.factories.accounts import PersonFactory
from tests.factories.compliance import linked_seller, seller_with_violation, set_programme, violation_of
from tests.factories.quizzes import answers_of

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CLOSES = datetime(2026, 4, 30, 17, tzinfo=UTC)
"""When the quiz of a violation issued on 2 March closes in Jakarta: 1 May 00:00 local."""
APRIL = datetime(2026, 3, 31, 17, tzinfo=UTC)
"""The beginning of April in Jakarta."""


@pytest.fixture
def violation(db: None) -> Violation:
    """A violation of 4 points whose quiz draws of 4 questions."""
    return seller_with_violation(questions=4)


def started(violation: Violation, at: datetime = AT) -> Attempt:
    """An attempt for it by who stands for its seller."""
    return start_quiz(violation=violation, person=person_of(violation), at=at)


def person_of(violation: Violation) -> User:
    """Who stands for its seller."""
    person = violation.seller.person
    assert person is not None
    return person


def passed(violation: Violation, at: datetime = AT) -> QuizStake:
    """An attempt, begun and passed at once."""
    attempt = started(violation, at)
    return submit_quiz(attempt=attempt, answers=answers_of(attempt), at=at)


def failed(violation: Violation, at: datetime = AT) -> QuizStake:
    """An attempt, begun and submitted at once with one wrong answer."""
    attempt = started(violation, at)
    return submit_quiz(attempt=attempt, answers=answers_of(attempt, wrong=[1]), at=at)


def ledger(seller: Seller) -> list[tuple[str, int]]:
    """Kind and points of every line, in the order of recording."""
    return list(PointEntry.objects.filter(seller=seller).order_by("pk").values_list("kind", "delta"))


def fresh(violation: Violation) -> Violation:
    """The row as it is now."""
    return Violation.objects.get(pk=violation.pk)


def balance(seller: Seller) -> int:
    """The cached sum, which is held equal to the entries here."""
    found = Standing.objects.get(seller=seller).balance
    assert found == sum(delta for _kind, delta in ledger(seller))
    assert found == sum(each.remaining for each in Violation.objects.filter(seller=seller))
    return found


def letters(violation: Violation) -> list[str]:
    """Subjects of the letters to the seller, oldest first."""
    return list(Message.objects.filter(person=person_of(violation)).order_by("pk").values_list("subject", flat=True))


class TestStarting:
    def test_writes_the_attempt_with_its_stake_and_what_it_is_marked_by(self, violation: Violation) -> None:
        attempt = started(violation)
        stake = QuizStake.objects.get()
        assert (stake.attempt, stake.violation, stake.seller) == (attempt, violation, violation.seller)
        assert (stake.points, stake.why_not) == (None, "")
        assert (attempt.quiz, attempt.total, attempt.pass_mark) == ("policy:V02", 3, 100)
        assert (attempt.started_at, attempt.deadline_at) == (AT, AT + 30 * MINUTE)

    def test_questions_come_from_the_programme_of_now_the_pass_mark_from_that_of_the_issue(self) -> None:
        violation = seller_with_violation(questions=5)
        set_programme("ID", since=AT + DAY, questions_per_attempt=5, pass_mark=60)
        attempt = started(violation, AT + 2 * DAY)
        assert (attempt.total, attempt.pass_mark) == (5, 100)

    def test_the_deadline_is_the_close_of_the_window_where_that_comes_first(self, violation: Violation) -> None:
        assert started(violation, CLOSES - MINUTE).deadline_at == CLOSES

    @pytest.mark.parametrize("at", [AT - MINUTE, CLOSES, CLOSES + DAY])
    def test_outside_the_window_it_is_refused(self, violation: Violation, at: datetime) -> None:
        with pytest.raises(QuizShut):
            started(violation, at)
        assert Attempt.objects.count() == 0

    def test_a_type_without_a_quiz_has_none(self) -> None:
        violation = seller_with_violation("V12")
        with pytest.raises(NoQuiz):
            started(violation)

    def test_a_bank_with_too_few_questions_is_refused_and_nothing_is_written(self) -> None:
        violation = seller_with_violation(questions=2)
        with pytest.raises(TooFewQuestions):
            started(violation)
        assert (Attempt.objects.count(), QuizStake.objects.count()) == (0, 0)

    def test_nothing_left_is_nothing_to_start(self, violation: Violation) -> None:
        Violation.objects.filter(pk=violation.pk).update(remaining=0, state=ViolationState.CLEARED)
        with pytest.raises(QuizShut, match="Nothing is left"):
            started(violation)

    def test_points_that_have_expired_are_gone_though_nobody_wrote_it(self) -> None:
        set_programme("ID", expiry_days=10)
        violation = seller_with_violation(questions=4)
        with pytest.raises(QuizShut, match="Nothing is left"):
            started(violation, AT + 12 * DAY)

    def test_again_leads_back_to_the_one_that_is_open(self, violation: Violation) -> None:
        assert started(violation) == started(violation, AT + 29 * MINUTE)
        assert QuizStake.objects.count() == 1

    def test_another_violation_of_the_type_leads_back_to_it_too(self, violation: Violation) -> None:
        other = violation_of(violation.seller)
        attempt = started(violation)
        assert started(other, AT + MINUTE) == attempt
        assert QuizStake.objects.get().violation == violation

    def test_another_type_has_an_attempt_of_its_own(self, violation: Violation) -> None:
        other = seller_with_violation("V01", seller=violation.seller, questions=4)
        assert started(violation) != started(other)

    def test_after_its_deadline_the_old_one_lapses_counts_and_a_new_one_begins(self, violation: Violation) -> None:
        old = started(violation)
        new = started(violation, AT + 30 * MINUTE)
        old.refresh_from_db()
        assert (old.state, new != old) == (AttemptState.LAPSED, True)
        started(violation, AT + HOUR)
        with pytest.raises(TriesUsed):
            started(violation, AT + 2 * HOUR)

    def test_the_fourth_in_a_month_is_refused_with_the_day_of_the_next(self, violation: Violation) -> None:
        for number in range(3):
            failed(violation, AT + number * HOUR)
        with pytest.raises(TriesUsed) as refused:
            started(violation, AT + DAY)
        assert refused.value.next_at == APRIL
        assert started(violation, APRIL).started_at == APRIL

    def test_in_the_last_month_there_is_no_further_chance(self, violation: Violation) -> None:
        for number in range(3):
            failed(violation, APRIL + number * HOUR)
        with pytest.raises(TriesUsed, match="no further chance") as refused:
            started(violation, APRIL + DAY)
        assert refused.value.next_at is None

    def test_tries_of_another_violation_of_the_type_count_too(self, violation: Violation) -> None:
        other = violation_of(violation.seller)
        for number, each in enumerate([violation, other, violation]):
            failed(each, AT + number * HOUR)
        with pytest.raises(TriesUsed):
            started(other, AT + DAY)

    def test_tries_of_another_seller_do_not(self, violation: Violation) -> None:
        other = violation_of(linked_seller())
        for number in range(3):
            failed(other, AT + number * HOUR)
        assert started(violation, AT + DAY).state == AttemptState.OPEN

    def test_a_superseded_try_does_not_count(self, violation: Violation) -> None:
        for number in range(3):
            started(violation, AT + number * HOUR)
            supersede_attempts(quiz="policy:V02", reason="The policy changed.", at=AT + number * HOUR)
        assert started(violation, AT + DAY).state == AttemptState.OPEN

    @pytest.mark.parametrize("is_allowed", [True, False])
    def test_while_an_appeal_is_looked_at_as_the_programme_has_it(self, violation: Violation, is_allowed: bool) -> None:
        set_programme("ID", quiz_during_appeal=is_allowed)
        Appeal.objects.create(reference="A-222222", violation=violation, made_at=AT)
        if is_allowed:
            assert started(violation).state == AttemptState.OPEN
        else:
            with pytest.raises(AppealFirst):
                started(violation)

    def test_who_stands_for_another_shop_now_begins_anew(self, violation: Violation) -> None:
        """The attempt that was open was the old shop's, and is closed without counting."""
        person, old = person_of(violation), started(violation)
        Seller.objects.filter(pk=violation.seller_id).update(person=None)
        other = violation_of(linked_seller(person=person))
        new = started(other, AT + MINUTE)
        old.refresh_from_db()
        assert (old.state, new != old) == (AttemptState.SUPERSEDED, True)
        assert new.stake.seller == other.seller


class TestPassing:
    def test_takes_one_point_off_with_a_line_in_the_ledger(self, violation: Violation) -> None:
        stake = passed(violation, AT + HOUR)
        entry = PointEntry.objects.get(kind=EntryKind.QUIZ)
        assert (stake.points, stake.why_not) == (1, "")
        assert (entry.delta, entry.attempt, entry.at, entry.recorded_at) == (-1, stake.attempt, AT + HOUR, AT + HOUR)
        assert (fresh(violation).remaining, balance(violation.seller)) == (3, 3)

    def test_failing_takes_nothing(self, violation: Violation) -> None:
        stake = failed(violation)
        assert (stake.points, stake.why_not, stake.attempt.state) == (None, "", AttemptState.FAILED)
        assert ledger(violation.seller) == [("issue", 4)]

    def test_again_gives_the_first_result_and_no_second_point(self, violation: Violation) -> None:
        attempt = started(violation)
        first = submit_quiz(attempt=attempt, answers=answers_of(attempt), at=AT)
        again = submit_quiz(attempt=attempt, answers={}, at=AT + DAY)
        assert (again.pk, again.points, again.attempt.submitted_at) == (first.pk, 1, AT)
        assert ledger(violation.seller) == [("issue", 4), ("quiz", -1)]

    def test_never_takes_more_than_remains(self) -> None:
        set_programme("ID", points_per_pass=3)
        violation = seller_with_violation(questions=4)
        assert [passed(violation, AT + number * HOUR).points for number in range(2)] == [3, 1]
        assert (fresh(violation).state, balance(violation.seller)) == (ViolationState.CLEARED, 0)

    def test_what_the_violation_pins_is_worth_also_when_the_programme_says_more(self, violation: Violation) -> None:
        set_programme("ID", since=AT + DAY, points_per_pass=4)
        assert passed(violation, AT + 2 * DAY).points == 1

    def test_the_same_violation_is_taken_until_it_is_cleared(self) -> None:
        set_programme("ID", attempt_cap=None, credit_cap=None)
        violation = seller_with_violation(questions=4)
        assert [passed(violation, AT + number * HOUR).points for number in range(4)] == [1, 1, 1, 1]
        assert fresh(violation).state == ViolationState.CLEARED

    def test_in_a_programme_without_worth_a_pass_is_kept(self) -> None:
        set_programme("ID", points_per_pass=0)
        stake = passed(seller_with_violation(questions=4))
        assert (stake.points, stake.why_not) == (0, NoPoint.WORTHLESS)

    def test_with_the_credit_cap_reached_it_is_kept_and_says_when_it_counts_again(self) -> None:
        """The preset `rolling-30`: one credit per quiz in 30 days, as many tries as one likes."""
        set_programme("ID", attempt_cap=None, credit_cap=Cap(1, CapScope.QUIZ, CapPeriod.ROLLING, days=30))
        first = seller_with_violation(questions=4)
        second = violation_of(first.seller)
        assert passed(first).points == 1
        stake = passed(second, AT + DAY)
        assert (stake.points, stake.why_not, stake.next_at) == (0, NoPoint.CREDITS_USED, AT + 30 * DAY)
        assert ledger(first.seller) == [("issue", 4), ("issue", 4), ("quiz", -1)]
        assert passed(second, AT + 30 * DAY).points == 1

    def test_a_credit_of_a_revoked_violation_does_not_count_against_the_cap(self) -> None:
        set_programme("ID", attempt_cap=None, credit_cap=Cap(1))
        first = seller_with_violation(questions=4)
        second = violation_of(first.seller)
        passed(first)
        revoke_violation(violation=first, reason="Not in the clip.", at=AT + HOUR, by=None)
        assert passed(second, AT + 2 * HOUR).points == 1

    def test_a_type_that_loses_its_bank_meanwhile_does_not_get_round_the_cap(self) -> None:
        set_programme("ID", attempt_cap=None, credit_cap=Cap(1, CapScope.QUIZ))
        first = seller_with_violation(questions=4)
        second = violation_of(first.seller)
        passed(first)
        attempt = started(second, AT + MINUTE)
        ViolationType.objects.filter(pk=first.type_id).update(bank=None)
        stake = submit_quiz(attempt=attempt, answers=answers_of(attempt), at=AT + 2 * MINUTE)
        assert (stake.points, stake.why_not) == (0, NoPoint.CREDITS_USED)

    def test_a_clock_that_is_behind_does_not_get_round_the_cap(self) -> None:
        """The server that answered first was an hour ahead: its credit counts all the same."""
        set_programme("ID", attempt_cap=None, credit_cap=Cap(1))
        first = seller_with_violation(questions=4)
        second = violation_of(first.seller)
        attempts = [started(first, AT), started(seller_with_violation("V01", seller=first.seller, questions=4), AT)]
        submit_quiz(attempt=attempts[0], answers=answers_of(attempts[0]), at=AT + 20 * MINUTE)
        stake = passed(second, AT + 10 * MINUTE)
        assert (stake.points, stake.why_not) == (0, NoPoint.CREDITS_USED)

    def test_revoked_after_the_start_the_attempt_is_closed(self, violation: Violation) -> None:
        attempt = started(violation)
        revoke_violation(violation=violation, reason="Not in the clip.", at=AT + MINUTE, by=None)
        with pytest.raises(AttemptClosed):
            submit_quiz(attempt=attempt, answers=answers_of(attempt), at=AT + 2 * MINUTE)
        assert ledger(violation.seller) == [("issue", 4), ("revoke", -4)]

    def test_expired_after_the_start_the_pass_is_kept(self) -> None:
        set_programme("ID", expiry_days=10)
        violation = seller_with_violation(questions=4)
        expires_at = violation.expires_at
        assert expires_at is not None
        attempt = started(violation, expires_at - MINUTE)
        stake = submit_quiz(attempt=attempt, answers=answers_of(attempt), at=expires_at)
        assert (stake.points, stake.why_not) == (0, NoPoint.EXPIRED)

    def test_cleared_meanwhile_the_pass_is_kept(self, violation: Violation) -> None:
        attempt = started(violation)
        Violation.objects.filter(pk=violation.pk).update(remaining=0, state=ViolationState.CLEARED)
        stake = submit_quiz(attempt=attempt, answers=answers_of(attempt), at=AT)
        assert (stake.points, stake.why_not) == (0, NoPoint.CLEARED)

    def test_at_the_deadline_it_is_late_and_the_lapse_is_kept(self, violation: Violation) -> None:
        attempt = started(violation)
        with pytest.raises(AttemptLate):
            submit_quiz(attempt=attempt, answers=answers_of(attempt), at=AT + 30 * MINUTE)
        attempt.refresh_from_db()
        assert attempt.state == AttemptState.LAPSED
        assert ledger(violation.seller) == [("issue", 4)]

    def test_answers_that_no_form_sends_change_nothing(self, violation: Violation) -> None:
        attempt = started(violation)
        with pytest.raises(AnswerTampered):
            submit_quiz(attempt=attempt, answers=answers_of(attempt) | {"q-999999": ["1"]}, at=AT)
        attempt.refresh_from_db()
        assert attempt.state == AttemptState.OPEN
        assert submit_quiz(attempt=attempt, answers=answers_of(attempt), at=AT).points == 1


class TestPractice:
    def test_has_no_stake_no_deadline_and_takes_nothing(self, violation: Violation) -> None:
        person = person_of(violation)
        attempt = start_practice(kind=violation.type, person=person, region="ID", at=AT)
        submit_attempt(attempt=attempt, answers=answers_of(attempt), at=AT + DAY)
        assert (attempt.is_practice, attempt.deadline_at, attempt.total) == (True, None, 3)
        assert (QuizStake.objects.count(), ledger(violation.seller)) == (0, [("issue", 4)])

    def test_uses_up_no_try(self, violation: Violation) -> None:
        for number in range(5):
            at = AT + number * MINUTE
            attempt = start_practice(kind=violation.type, person=person_of(violation), region="ID", at=at)
            submit_attempt(attempt=attempt, answers={}, at=at)
        assert passed(violation, AT + HOUR).points == 1

    def test_stands_beside_the_one_in_earnest(self) -> None:
        violation = seller_with_violation(questions=6)
        earnest = started(violation)
        practice = start_practice(kind=violation.type, person=person_of(violation), region="ID", at=AT)
        assert practice != earnest
        assert started(violation, AT + MINUTE) == earnest

    def test_without_a_quiz_there_is_none(self) -> None:
        violation = seller_with_violation("V12")
        with pytest.raises(NoQuiz):
            start_practice(kind=violation.type, person=person_of(violation), region="ID", at=AT)


class TestVoiding:
    def test_a_pass_that_comes_of_it_is_credited_as_of_its_submission(self, violation: Violation) -> None:
        stake = failed(violation)
        faulty = stake.attempt.drawn.get(position=1).version
        void_version(version=faulty, reason="Two are right.", at=AT + 40 * DAY, by=None)
        assert QuizStake.objects.get().is_to_credit
        assert credit_late_passes(at=AT + 40 * DAY) == {"sellers": 1, "points": 1, "failed": 0}
        entry = PointEntry.objects.get(kind=EntryKind.QUIZ)
        assert (entry.at, entry.recorded_at) == (AT, AT + 40 * DAY)
        assert balance(violation.seller) == 3
        assert credit_late_passes(at=AT + 41 * DAY) == {"sellers": 0, "points": 0, "failed": 0}
        assert letters(violation)[-1] == "1 point taken off after all: Exaggerated effect"

    def test_the_same_pass_is_never_credited_twice(self, violation: Violation) -> None:
        stake = failed(violation)
        void_version(version=stake.attempt.drawn.get(position=1).version, reason="Wrong key.", at=AT, by=None)
        waiting = QuizStake.objects.get()
        assert [credit_late(stake=waiting, at=AT), credit_late(stake=waiting, at=AT)] == [1, 0]
        assert submit_quiz(attempt=stake.attempt, answers={}, at=AT).points == 1
        assert ledger(violation.seller) == [("issue", 4), ("quiz", -1)]

    def test_of_several_each_takes_from_what_the_last_has_left(self) -> None:
        """Two attempts passed by one void; the second finds one point left."""
        set_programme("ID", attempt_cap=None, credit_cap=None, points_per_pass=3)
        violation = seller_with_violation(questions=3)
        stakes = [failed(violation, AT + number * HOUR) for number in range(2)]
        missed = [each.attempt.drawn.get(position=1).version for each in stakes]
        for version in dict.fromkeys(missed):
            void_version(version=version, reason="Wrong key.", at=AT + DAY, by=None)
        assert credit_late_passes(at=AT + DAY) == {"sellers": 1, "points": 4, "failed": 0}
        assert [delta for kind, delta in ledger(violation.seller) if kind == "quiz"] == [-3, -1]
        assert (fresh(violation).state, balance(violation.seller)) == (ViolationState.CLEARED, 0)

    def test_each_of_several_at_one_violation_is_told(self) -> None:
        set_programme("ID", attempt_cap=None, credit_cap=None)
        violation = seller_with_violation(questions=3)
        stakes = [failed(violation, AT + number * HOUR) for number in range(2)]
        for version in {each.attempt.drawn.get(position=1).version for each in stakes}:
            void_version(version=version, reason="Wrong key.", at=AT + DAY, by=None)
        assert credit_late_passes(at=AT + DAY)["points"] == 2
        assert letters(violation).count("1 point taken off after all: Exaggerated effect") == 2

    def test_a_type_that_has_lost_its_bank_does_not_get_round_the_cap(self) -> None:
        set_programme("ID", attempt_cap=None, credit_cap=Cap(1, CapScope.QUIZ))
        violation = seller_with_violation(questions=4)
        stake = failed(violation, AT + HOUR)
        passed(violation, AT)
        ViolationType.objects.filter(pk=violation.type_id).update(bank=None)
        void_version(version=stake.attempt.drawn.get(position=1).version, reason="Wrong.", at=AT + DAY, by=None)
        assert credit_late_passes(at=AT + DAY)["points"] == 0
        stake.refresh_from_db()
        assert (stake.points, stake.why_not) == (0, NoPoint.CREDITS_USED)

    def test_submitted_again_before_the_job_it_waits_for_the_job(self, violation: Violation) -> None:
        stake = failed(violation)
        void_version(version=stake.attempt.drawn.get(position=1).version, reason="Wrong key.", at=AT, by=None)
        assert submit_quiz(attempt=stake.attempt, answers={}, at=AT + DAY).points is None
        assert ledger(violation.seller) == [("issue", 4)]

    def test_what_expired_meanwhile_gives_none(self) -> None:
        set_programme("ID", expiry_days=10)
        violation = seller_with_violation(questions=4)
        stake = failed(violation)
        void_version(
            version=stake.attempt.drawn.get(position=1).version, reason="Wrong key.", at=AT + 20 * DAY, by=None
        )
        assert credit_late_passes(at=AT + 20 * DAY) == {"sellers": 0, "points": 0, "failed": 0}
        stake.refresh_from_db()
        assert (stake.points, stake.why_not, stake.is_to_credit) == (0, NoPoint.EXPIRED, False)

    def test_a_question_of_another_quiz_concerns_nobody_here(self, violation: Violation) -> None:
        practice = start_practice(kind=violation.type, person=person_of(violation), region="ID", at=AT)
        submit_attempt(attempt=practice, answers=answers_of(practice, wrong=[1]), at=AT)
        void_version(version=practice.drawn.get(position=1).version, reason="Wrong key.", at=AT, by=None)
        assert credit_late_passes(at=AT) == {"sellers": 0, "points": 0, "failed": 0}
        assert ledger(violation.seller) == [("issue", 4)]


class TestSuperseding:
    def test_the_seller_is_told(self, violation: Violation) -> None:
        started(violation)
        before = letters(violation)
        supersede_attempts(quiz="policy:V02", reason="The policy changed.", at=AT + MINUTE)
        (letter,) = letters(violation)[len(before) :]
        assert "Exaggerated effect" in letter

    def test_many_are_told_by_as_many_looks_as_one(self, violation: Violation) -> None:
        others = [seller_with_violation() for _number in range(3)]
        attempts = [started(each) for each in (violation, *others)]
        supersede_attempts(quiz="policy:V02", reason="The policy changed.", at=AT + MINUTE)
        closed = list(Attempt.objects.filter(pk__in=[each.pk for each in attempts]))

        def looks(number: int) -> int:
            with CaptureQueriesContext(connection) as seen:
                tell_of_closed(attempts=closed[:number], at=AT + number * HOUR)
            return sum('FROM "compliance_' in each["sql"] for each in seen.captured_queries)

        before = [len(letters(each)) for each in others]
        assert looks(4) == looks(1)
        assert [len(letters(each)) for each in others] == [number + 1 for number in before]

    def test_revoking_writes_no_second_letter_of_it(self, violation: Violation) -> None:
        started(violation)
        before = letters(violation)
        revoke_violation(violation=violation, reason="Not in the clip.", at=AT + MINUTE, by=None)
        assert len(letters(violation)) == len(before) + 1


# --- Races: real threads, real transactions ---------------------------------------------------------------

MANY = 200 if connection.vendor == "postgresql" else 20
"""So many threads submit at once; SQLite, which writes one after the other, gets fewer."""


def all_at_once(number: int, act: Callable[[int], object]) -> list[object]:
    """The act in so many threads, let go together, each with a connection of its own; what each answered."""
    answered: list[object] = []
    faults: list[BaseException] = []
    together = threading.Barrier(number)
    # A server takes only so many connections; whoever waits here has been let go like the others.
    doors = threading.Semaphore(40)

    def call(place: int) -> None:
        try:
            together.wait(120)
            with doors:
                try:
                    answered.append(act(place))
                finally:
                    connection.close()
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=call, args=[place]) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    return answered


def attempts_at(violations: Sequence[Violation]) -> list[Attempt]:
    """An open attempt at the quiz for each violation of one seller.

    Who stands for a seller has one at a time; here each is another person's, so that all are open at once.
    """
    return [start_quiz(violation=each, person=PersonFactory(), at=AT) for each in violations]


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_many_submit_the_same_passing_attempt(self) -> None:
        violation = seller_with_violation(questions=4)
        attempt = started(violation)
        answers = answers_of(attempt)

        def submit(place: int) -> int | None:
            return submit_quiz(attempt=attempt, answers=answers, at=AT + timedelta(milliseconds=place)).points

        assert all_at_once(MANY, submit) == [1] * MANY
        assert ledger(violation.seller) == [("issue", 4), ("quiz", -1)]
        assert (fresh(violation).remaining, balance(violation.seller)) == (3, 3)

    @pytest.mark.parametrize("scope", [CapScope.ACCOUNT, CapScope.QUIZ])
    def test_fifty_passing_attempts_of_one_seller_get_what_the_cap_allows(self, scope: CapScope) -> None:
        number = 50 if connection.vendor == "postgresql" else 20
        set_programme("ID", attempt_cap=None, credit_cap=Cap(3, scope))
        seller = linked_seller()
        seller_with_violation(seller=seller, questions=4)
        violations = [violation_of(seller, points=1 + place % 3) for place in range(number)]
        attempts = attempts_at(violations)
        answers = [answers_of(each) for each in attempts]

        def submit(place: int) -> int | None:
            # The later it comes, the earlier its clock: no order of clocks gets round the cap.
            at = AT + timedelta(seconds=number - place)
            return submit_quiz(attempt=attempts[place], answers=answers[place], at=at).points

        points = all_at_once(number, submit)
        assert (points.count(1), points.count(0)) == (3, number - 3)
        assert [delta for kind, delta in ledger(seller) if kind == "quiz"] == [-1, -1, -1]
        assert QuizStake.objects.filter(points=0, why_not=NoPoint.CREDITS_USED).count() == number - 3
        balance(seller)

    def test_passing_and_revoking_at_once_leave_nothing_below_zero(self) -> None:
        set_programme("ID", attempt_cap=None, credit_cap=None, points_per_pass=4)
        violation = seller_with_violation(questions=4)
        attempt = started(violation)
        answers = answers_of(attempt)

        def act(place: int) -> str:
            if place % 2:
                try:
                    submit_quiz(attempt=attempt, answers=answers, at=AT)
                except AttemptClosed:
                    return "closed"
                return "passed"
            try:
                revoke_violation(violation=violation, reason="Not in the clip.", at=AT, by=None)
            except Exception as error:
                return type(error).__name__
            return "revoked"

        answered = all_at_once(8, act)
        assert answered.count("revoked") == 1
        assert (fresh(violation).state, balance(violation.seller)) == (ViolationState.REVOKED, 0)

    def test_starts_at_once_from_several_violations_make_one_attempt(self) -> None:
        first = seller_with_violation(questions=4)
        violations = [first, *(violation_of(first.seller) for _number in range(3))]
        person = person_of(first)
        found = all_at_once(20, lambda place: start_quiz(violation=violations[place % 4], person=person, at=AT).pk)
        assert len(set(found)) == 1
        assert (Attempt.objects.count(), QuizStake.objects.count()) == (1, 1)
