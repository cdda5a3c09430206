"""How a seller stands to the quizzes of violation types: tries and credits so far, and what is open."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from apps.accounts.models import Seller, User
from apps.compliance.enums import AppealState, ViolationState
from apps.compliance.models import QuizStake, Violation, ViolationType
from apps.compliance.rules.attempts import ANSWER_TIME, Case, Record
from apps.compliance.rules.caps import Use
from apps.compliance.rules.dates import Window
from apps.compliance.rules.programme import Programme
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt, AttemptQuerySet
from apps.quizzes.rules import QuizTerms, is_late


def case_of(violation: Violation, *, has_pending_appeal: bool = False) -> Case:
    """The violation, read with its type, as its quiz sees it."""
    return Case(
        holding=violation.holding,
        quiz=violation.type.quiz,
        window=Window(violation.issued_at, violation.quiz_closes_at),
        points_per_pass=violation.points_per_pass,
        has_pending_appeal=has_pending_appeal,
    )


def case_of_stake(stake: QuizStake) -> Case:
    """The violation of an attempt as it is judged: by the quiz that was begun, though the type has lost it since."""
    return replace(case_of(stake.violation), quiz=stake.attempt.quiz)


def is_under_appeal(violation: Violation) -> bool:
    """Whether an appeal of it is being looked at."""
    return violation.appeals.filter(state=AppealState.PENDING).exists()


def stakes_of(seller: Seller) -> list[QuizStake]:
    """All attempts at policy quizzes that this seller ever began, oldest first, with what decides if they count."""
    rows = QuizStake.objects.filter(seller=seller).select_related("attempt", "violation")
    return list(rows.order_by("attempt__started_at", "pk"))


def record_of(stakes: Iterable[QuizStake]) -> Record:
    """What of the caps these attempts have used: tries by their start, credits by their submission."""
    stakes = list(stakes)
    credits = [(each, each.attempt.submitted_at) for each in stakes if each.points]
    return Record(
        tries=[use_of(each, each.attempt.started_at) for each in stakes],
        credits=[use_of(each, submitted_at) for each, submitted_at in credits if submitted_at is not None],
    )


def use_of(stake: QuizStake, at: datetime) -> Use:
    """One try, or one credit, of this instant."""
    return Use(
        at=at,
        quiz=stake.attempt.quiz,
        violation=stake.violation.reference,
        is_superseded=stake.attempt.state == AttemptState.SUPERSEDED,
        is_revoked=stake.violation.state == ViolationState.REVOKED,
    )


def record_until(record: Record, at: datetime) -> Record:
    """The record with nothing in it later than this instant.

    For who holds the seller's standing: whatever is written has happened, though the clock of the server that wrote it
    was ahead, or though its request came a moment later and was quicker.
    """
    return Record(
        tries=[replace(each, at=min(each.at, at)) for each in record.tries],
        credits=[replace(each, at=min(each.at, at)) for each in record.credits],
    )


def is_begun(stake: QuizStake, at: datetime) -> bool:
    """Whether the attempt can still be submitted."""
    return stake.attempt.state == AttemptState.OPEN and not is_late(stake.attempt.deadline_at, at)


def begun_stake(person: User, quiz: str, at: datetime) -> QuizStake | None:
    """The attempt at a policy quiz that this person has open, with its violation."""
    rows = QuizStake.objects.filter(attempt__in=Attempt.objects.open().filter(person=person, quiz=quiz))
    found = rows.select_related("attempt", "violation").first()
    return found if found is not None and is_begun(found, at) else None


def stake_by(person: User, violation: Violation, reference: str) -> QuizStake | None:
    """The seller's own attempt of this reference at the quiz of a violation."""
    rows = QuizStake.objects.filter(violation=violation, attempt__reference=reference, attempt__person=person)
    return rows.select_related("attempt", "violation__type", "seller").first()


def practices_of(person: User, kind: ViolationType) -> AttemptQuerySet:
    """What this person practised of a type, the newest first."""
    attempts = Attempt.objects.filter(person=person, quiz=kind.quiz, is_practice=True)
    return attempts.order_by("-started_at", "-pk")


def terms_of(violation: Violation, programme: Programme) -> QuizTerms:
    """What the engine is told of an attempt at a violation's quiz, in the programme in force now."""
    return QuizTerms(
        quiz=violation.type.quiz,
        bank_codes=bank_codes_of(violation.type),
        size=programme.questions_per_attempt,
        pass_mark=violation.pass_mark,
        deadline=ANSWER_TIME,
        closes_at=violation.quiz_closes_at,
    )


def practice_terms(kind: ViolationType, programme: Programme) -> QuizTerms:
    """What the engine is told of practice: as in earnest, without a deadline."""
    return QuizTerms(kind.quiz, bank_codes_of(kind), programme.questions_per_attempt, programme.pass_mark)


def bank_codes_of(kind: ViolationType) -> tuple[str, ...]:
    """From which bank a type's questions are drawn; the type is read with it."""
    return (kind.bank.code,) if kind.bank is not None else ()
