"""How many tries and how many credits a seller has left, and when there is the next.

A try counts by its start, a credit (a pass that took points) by its submission, on the clock of the programme's zone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from apps.compliance.enums import CapPeriod, CapScope
from apps.compliance.rules.dates import days_later, month_end
from apps.compliance.rules.programme import Cap


@dataclass(frozen=True)
class Use:
    """A try or a credit of one seller: when, of which quiz, for which violation.

    Open, submitted and lapsed attempts are tries. Practice is none.
    """

    at: datetime
    quiz: str
    violation: str
    is_superseded: bool = False
    is_revoked: bool = False

    @property
    def counts(self) -> bool:
        """Neither what was superseded nor what belongs to a revoked violation counts against a cap."""
        return not (self.is_superseded or self.is_revoked)


@dataclass(frozen=True)
class Allowance:
    """What a cap leaves: `left` is None where there is no cap, `next_at` the instant from which there is one more.

    `next_at` is the instant asked about where one is free, and None where there never is another.
    """

    left: int | None
    next_at: datetime | None

    @property
    def is_free(self) -> bool:
        """Whether there is one now."""
        return self.left != 0

    def next_before(self, end: datetime) -> datetime | None:
        """When there is the next, if that is before the end."""
        return self.next_at if self.next_at is not None and self.next_at < end else None


def allowance(cap: Cap | None, uses: Iterable[Use], *, quiz: str, violation: str, at: datetime, zone: str) -> Allowance:
    """What the cap leaves at this instant, for a quiz taken for a violation. Later uses are not looked at."""
    if cap is None:
        return Allowance(None, at)
    counted = [use for use in uses if use.counts and use.at <= at and _is_together(cap, use, quiz, violation)]
    ends = [_free_at(cap, use.at, zone) for use in counted]
    held = [end for end in ends if end is None or end > at]
    if len(held) < cap.limit:
        return Allowance(cap.limit - len(held), at)
    return Allowance(0, _when_below(cap.limit, held))


def _is_together(cap: Cap, use: Use, quiz: str, violation: str) -> bool:
    """Whether the cap counts this use together with one of that quiz for that violation."""
    match cap.scope:
        case CapScope.ACCOUNT:
            return True
        case CapScope.QUIZ:
            return use.quiz == quiz
        case CapScope.VIOLATION:
            return use.violation == violation


def _free_at(cap: Cap, used_at: datetime, zone: str) -> datetime | None:
    """When a use stops counting; None for never."""
    match cap.period:
        case CapPeriod.MONTH:
            return month_end(used_at, zone)
        case CapPeriod.ROLLING:
            return days_later(used_at, cap.days or 0, zone)
        case CapPeriod.LIFETIME:
            return None


def _when_below(limit: int, held: list[datetime | None]) -> datetime | None:
    """When so many of these have stopped counting that fewer than the limit are left; None for never.

    More than the limit may be held: a cap may have been lowered since.
    """
    ends = sorted(end for end in held if end is not None)
    needed = len(held) - limit + 1
    return ends[needed - 1] if needed <= len(ends) else None
