"""Whether a policy quiz may be started, what a pass takes off, and what the seller is told before the start.

The violation's own dates and points per pass are pinned on it; caps come from the programme in force now.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.compliance.enums import NoPoint, ViolationState
from apps.compliance.rules.caps import Allowance, Use, allowance
from apps.compliance.rules.dates import Window
from apps.compliance.rules.ledger import Holding
from apps.compliance.rules.programme import Programme
from apps.core.rules import Refusal, gettext_noop

ANSWER_TIME = timedelta(minutes=30)


class NoQuiz(Refusal):
    """A severe type of violation may have no quiz."""


class QuizShut(Refusal):
    """The window isn't open, or the violation isn't active any more."""


class AppealFirst(Refusal):
    """In this programme no quiz is taken while an appeal is looked at."""


class TriesUsed(Refusal):
    """The attempt cap is reached; `next_at` is when there is another try before the quiz closes, or None."""

    def __init__(self, reason: str, *, next_at: datetime | None) -> None:
        super().__init__(reason, next_at=next_at)
        self.next_at = next_at


@dataclass(frozen=True)
class Case:
    """A violation as its quiz sees it. `quiz` is "" where the type has none."""

    holding: Holding
    quiz: str
    window: Window
    points_per_pass: int
    has_pending_appeal: bool = False

    @property
    def closes_at(self) -> datetime:
        """From when on a quiz is of no use: the window is closed, or the points have expired before that."""
        return min(self.window.closes_at, self.holding.expires_at or self.window.closes_at)


@dataclass(frozen=True)
class Record:
    """What a seller has used of the caps so far: all tries and all credits, whatever the quiz."""

    tries: Sequence[Use] = ()
    credits: Sequence[Use] = ()


@dataclass(frozen=True)
class Credit:
    """What a pass takes off; where that is nothing, why, and when a pass would again before the quiz closes."""

    points: int
    why_not: NoPoint | None = None
    next_at: datetime | None = None


@dataclass(frozen=True)
class Outlook:
    """What the fix card says before the start.

    `refusal` is why no attempt can be started now, `tries_left` None where there is no cap, `point_at` the instant
    from which an attempt for this violation may be started, or is open, whose pass takes a point (None where that
    doesn't come before the quiz closes). `returns_to` is the violation of the attempt of this quiz that is open
    already: starting leads back to it, and a pass takes points off that one.
    """

    refusal: Refusal | None
    credit: Credit
    tries_left: int | None
    point_at: datetime | None
    returns_to: str = ""


def deadline_of(started_at: datetime, window: Window) -> datetime:
    """When an attempt lapses: after 30 minutes, or when the window closes."""
    return min(started_at + ANSWER_TIME, window.closes_at)


def check_start(case: Case, programme: Programme, tries: Iterable[Use], *, at: datetime) -> None:
    """Refuse to start an attempt where there is no quiz, no window, nothing left, an appeal, or no try.

    Who has an open attempt of this quiz isn't asked: starting leads back to it.
    """
    if not case.quiz:
        raise NoQuiz(gettext_noop("There is no quiz for this type of violation."))
    if case.holding.state_at(at) != ViolationState.ACTIVE:
        raise QuizShut(gettext_noop("Nothing is left of this violation that a quiz could take off."))
    if at not in case.window:
        raise QuizShut(gettext_noop("The quiz of this violation is closed."))
    if case.has_pending_appeal and not programme.quiz_during_appeal:
        raise AppealFirst(gettext_noop("You can take the quiz once your appeal is decided."))
    _check_tries(case, _tries(case, programme, tries, at))


def _check_tries(case: Case, tries: Allowance) -> None:
    if tries.is_free:
        return
    next_at = tries.next_before(case.closes_at)
    if next_at is None:
        reason = gettext_noop("You have used all tries. There is no further chance before this quiz closes.")
        raise TriesUsed(reason, next_at=None)
    raise TriesUsed(
        gettext_noop("You have used all tries for now. The next is possible from %(next_at)s."), next_at=next_at
    )


def _tries(case: Case, programme: Programme, tries: Iterable[Use], at: datetime) -> Allowance:
    return allowance(
        programme.attempt_cap, tries, quiz=case.quiz, violation=case.holding.violation, at=at, zone=programme.zone
    )


def credit_of(case: Case, programme: Programme, credits: Iterable[Use], *, at: datetime) -> Credit:
    """What a pass submitted at this instant takes off: everything is judged as it stands then."""
    return late_credit_of(case, programme, credits, submitted_at=at, at=at)


def late_credit_of(
    case: Case, programme: Programme, credits: Iterable[Use], *, submitted_at: datetime, at: datetime
) -> Credit:
    """What a pass takes off that is learnt of only now, because a faulty question was voided.

    Window and cap are judged as at its submission, by the programme in force then: credits dated later don't
    matter. What is taken is never more than remains now.
    """
    why_not = _settled(case.holding.state_at(at)) or _shut(case, submitted_at)
    if why_not:
        return Credit(0, why_not)
    free = _credits(case, programme, credits, submitted_at)
    if not free.is_free:
        return Credit(0, NoPoint.CREDITS_USED, free.next_before(case.closes_at))
    return Credit(min(case.points_per_pass, case.holding.remaining))


def _settled(state: ViolationState) -> NoPoint | None:
    """Why nothing can be taken off a violation in this state."""
    return {
        ViolationState.REVOKED: NoPoint.REVOKED,
        ViolationState.EXPIRED: NoPoint.EXPIRED,
        ViolationState.CLEARED: NoPoint.CLEARED,
    }.get(state)


def _shut(case: Case, submitted_at: datetime) -> NoPoint | None:
    if submitted_at not in case.window:
        return NoPoint.CLOSED
    return None if case.points_per_pass else NoPoint.WORTHLESS


def _credits(case: Case, programme: Programme, credits: Iterable[Use], at: datetime) -> Allowance:
    return allowance(
        programme.credit_cap, credits, quiz=case.quiz, violation=case.holding.violation, at=at, zone=programme.zone
    )


def outlook(case: Case, programme: Programme, record: Record, *, at: datetime, returns_to: str = "") -> Outlook:
    """All that is to be said before the start; the same rules say it as decide later."""
    refusal = _refusal(case, programme, record.tries, at)
    credit = credit_of(case, programme, record.credits, at=at)
    is_begun = returns_to == case.holding.violation
    return Outlook(
        refusal=None if returns_to else refusal,
        credit=credit,
        tries_left=_tries(case, programme, record.tries, at).left,
        point_at=_point_at(None if is_begun else refusal, credit, at),
        returns_to=returns_to,
    )


def _refusal(case: Case, programme: Programme, tries: Iterable[Use], at: datetime) -> Refusal | None:
    try:
        check_start(case, programme, tries, at=at)
    except Refusal as refusal:
        return refusal
    return None


def _point_at(refusal: Refusal | None, credit: Credit, at: datetime) -> datetime | None:
    """The later of when a start is possible and when a pass takes a point; None where either never is."""
    waits_until = refusal.next_at if isinstance(refusal, TriesUsed) else None
    starts = waits_until if refusal else at
    earns = at if credit.points else credit.next_at
    return max(starts, earns) if starts and earns else None


def urgency(outlook: Outlook, closes_at: datetime) -> tuple[int, datetime]:
    """A key that sorts fix cards: what takes a point now, what only waits for its day, all others; soonest first."""
    can_now = outlook.refusal is None and outlook.credit.points > 0
    rank = 0 if can_now else 1 if outlook.point_at else 2
    return rank, closes_at
