"""Policy quizzes: begun for a violation, marked by `quizzes`, and what a pass takes off. Practice takes nothing.

Lock order: the seller's standing first, then the attempt. Voiding a question holds attempts already, so it only notes
which passes came of it (`note_late_passes`); a job credits them, one seller at a time.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from apps.accounts.models import Seller, User
from apps.compliance.models import QuizStake, Standing, Violation, ViolationType
from apps.compliance.queries.programmes import programme_row, programmes_of_regions
from apps.compliance.queries.quizzes import (
    begun_stake,
    case_of,
    case_of_stake,
    is_under_appeal,
    practice_terms,
    record_of,
    record_until,
    stakes_of,
    terms_of,
)
from apps.compliance.rules.attempts import Credit, NoQuiz, check_start, credit_of, late_credit_of
from apps.compliance.rules.ledger import taken_by_quiz
from apps.compliance.services.expiry import CHUNK, for_each_seller
from apps.compliance.services.ledger import Cause, hold_standing, write_act
from apps.compliance.services.notices import tell_of_late_credit, tell_of_superseded
from apps.compliance.services.violations import REVOKED_MEANWHILE
from apps.core.jobs import enqueue_on_commit
from apps.core.rules import gettext_noop
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt
from apps.quizzes.rules import check_counts
from apps.quizzes.services import settle_attempt, start_attempt, supersede_attempts

SHOP_CHANGED = gettext_noop("Your account stands for another shop now.")
CREDIT_TASK = "apps.compliance.tasks.credit_late_passes"


@transaction.atomic
def start_quiz(*, violation: Violation, person: User, at: datetime) -> Attempt:
    """Begin an attempt at the quiz of a violation, or answer the one of this quiz that is open.

    That may belong to another violation of the type (its `stake` says which): a pass takes points off that one.
    Raises NoQuiz, QuizShut, AppealFirst, TriesUsed, and TooFewQuestions while the quiz is being written.
    """
    standing = hold_standing(violation.seller, at=at)
    violation = Violation.objects.select_related("type__bank").get(pk=violation.pk)
    quiz = violation.type.quiz
    begun = begun_stake(person, quiz, at)
    if begun is not None and begun.seller_id == standing.seller_id:
        return begun.attempt
    if begun is not None:
        supersede_attempts(attempts=Attempt.objects.filter(pk=begun.attempt_id), reason=SHOP_CHANGED, at=at)
    programme = programme_row(standing.seller.region, at).value
    case = case_of(violation, has_pending_appeal=is_under_appeal(violation))
    record = record_until(record_of(stakes_of(standing.seller)), at)
    check_start(case, programme, record.tries, at=at)
    terms = terms_of(violation, programme)
    attempt = start_attempt(person=person, terms=terms, language=person.language, at=at)
    QuizStake.objects.create(attempt=attempt, seller=standing.seller, violation=violation)
    return attempt


def submit_quiz(*, attempt: Attempt, answers: Mapping[str, Sequence[str]], at: datetime) -> QuizStake:
    """Have an attempt marked, once, and take off what a pass is worth; again gives the first result.

    Answers the stake, whose `points` say what came off and whose `why_not` says why nothing did. Raises
    AnswerTampered, which changes nothing; AttemptLate, by which the attempt has lapsed; AttemptClosed.
    """
    with transaction.atomic():
        stake = settle_stake(attempt=attempt, answers=answers, at=at)
    # Outside, since it would undo the lapse that it tells of.
    check_counts(stake.attempt.state)
    return stake


def settle_stake(*, attempt: Attempt, answers: Mapping[str, Sequence[str]], at: datetime) -> QuizStake:
    """The attempt as it is once these answers have come, and what it is worth; within a transaction."""
    seller = QuizStake.objects.select_related("seller").get(attempt=attempt).seller
    standing = hold_standing(seller, at=at)
    settled = settle_attempt(attempt=attempt, answers=answers, at=at)
    stake = held_stake(settled)
    is_new = settled.state == AttemptState.PASSED and stake.points is None and not stake.is_to_credit
    if is_new and settled.submitted_at is not None:
        programme = programme_row(standing.seller.region, at).value
        record = record_until(record_of(stakes_of(standing.seller)), settled.submitted_at)
        credit = credit_of(case_of_stake(stake), programme, record.credits, at=settled.submitted_at)
        write_credit(standing=standing, stake=stake, credit=credit, at=max(at, settled.submitted_at))
    return stake


def held_stake(attempt: Attempt) -> QuizStake:
    """What this attempt is worth, as it is under the standing's lock."""
    stake = QuizStake.objects.select_related("violation__type").get(attempt=attempt)
    stake.attempt = attempt
    return stake


def write_credit(*, standing: Standing, stake: QuizStake, credit: Credit, at: datetime) -> None:
    """Keep on the stake what the pass took and why no more, and write the line into the ledger.

    The line counts from the submission. The standing is held.
    """
    stake.points, stake.why_not, stake.next_at = credit.points, credit.why_not or "", credit.next_at
    stake.is_to_credit = False
    stake.save(update_fields=["points", "why_not", "next_at", "is_to_credit"])
    attempt, violation = stake.attempt, stake.violation
    if credit.points and attempt.submitted_at is not None:
        entry = taken_by_quiz(
            violation.holding, credit.points, attempt=attempt.reference, at=attempt.submitted_at, recorded_at=at
        )
        write_act(standing=standing, violation=violation, entries=[entry], at=at, cause=Cause(attempt=attempt))


def start_practice(*, kind: ViolationType, person: User, region: str, at: datetime) -> Attempt:
    """Begin to practise the quiz of a type, or go on: as many questions as in earnest, no point, no deadline.

    Raises NoQuiz, TooFewQuestions while the quiz is being written, and QuizFirst while too many of its questions are
    asked in earnest.
    """
    if not kind.quiz:
        raise NoQuiz(gettext_noop("There is no quiz for this type of violation."))
    terms = practice_terms(kind, programme_row(region, at).value)
    return start_attempt(person=person, terms=terms, language=person.language, at=at, is_practice=True)


# --- What a voided question and a changed policy lead to ---------------------------------------------------


def note_late_passes(*, attempts: Iterable[Attempt]) -> int:
    """Note the attempts that a voided question has let pass, and ask for them to be credited; answers how many.

    Attempts of other quizzes, and practice, have no stake and are passed over.
    """
    noted = QuizStake.objects.filter(attempt__in=list(attempts), points=None).update(is_to_credit=True)
    if noted:
        enqueue_on_commit(CREDIT_TASK)
    return noted


def credit_late_passes(*, at: datetime, chunk: int = CHUNK) -> dict[str, int]:
    """Credit what `note_late_passes` noted; answers how many points of how many sellers came off."""
    waiting = QuizStake.objects.filter(is_to_credit=True)
    return for_each_seller(waiting, lambda seller: credit_late_of(seller=seller, at=at), "points", chunk)


@transaction.atomic
def credit_late_of(*, seller: Seller, at: datetime) -> int:
    """Credit what is noted of this seller, in the order of submission; answers how many points came off."""
    hold_standing(seller, at=at)
    waiting = QuizStake.objects.filter(seller=seller, is_to_credit=True)
    return sum(credit_late(stake=each, at=at) for each in waiting.order_by("attempt__submitted_at", "pk"))


@transaction.atomic
def credit_late(*, stake: QuizStake, at: datetime) -> int:
    """Judge a pass that came of a voided question as at its submission, and take off what it is worth now.

    Answers how many points; 0 also where another worker was quicker.
    """
    standing = hold_standing(stake.seller, at=at)
    stake = QuizStake.objects.select_related("attempt", "violation__type").get(pk=stake.pk)
    submitted_at = stake.attempt.submitted_at
    if not stake.is_to_credit or submitted_at is None:
        return 0
    programme = programme_row(standing.seller.region, submitted_at).value
    credits = record_of(stakes_of(standing.seller)).credits
    credit = late_credit_of(case_of_stake(stake), programme, credits, submitted_at=submitted_at, at=at)
    write_credit(standing=standing, stake=stake, credit=credit, at=at)
    if credit.points:
        tell_of_late_credit(standing=standing, stake=stake, points=credit.points, at=at)
    return credit.points


def tell_of_closed(*, attempts: Iterable[Attempt], at: datetime) -> None:
    """Tell the sellers whose attempts were closed without counting. Revoking writes a letter of its own."""
    told = [each.pk for each in attempts if each.closed_reason != REVOKED_MEANWHILE]
    stakes = QuizStake.objects.filter(attempt__in=told).select_related(
        "attempt", "seller__person", "seller__standing", "violation__type"
    )
    programmes = programmes_of_regions(at)
    for stake in stakes.prefetch_related("violation__type__texts").order_by("seller", "pk"):
        tell_of_superseded(
            standing=stake.seller.standing,
            violation=stake.violation,
            reason=stake.attempt.closed_reason,
            programme=programmes[stake.seller.region].value,
            at=at,
        )
