"""What a balance brings about: milestones, enforcements, the alert before the next, the word for a seller's standing.

A milestone is known by its points. It fires when the balance crosses it upwards, unless its own enforcement still
runs: that is all of "armed", since nothing is crossed upwards that wasn't above the balance before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from apps.compliance.enums import EnforcementState, StandingWord
from apps.compliance.rules.dates import days_later
from apps.compliance.rules.programme import Milestone, Programme
from apps.compliance.rules.states import ENFORCEMENT
from apps.core.rules import Refusal, gettext_noop


class EnforcementOver(Refusal):
    """What has ended or was lifted doesn't end again, and what has an end isn't ended by staff."""


@dataclass(frozen=True)
class Enforcement:
    """What a milestone of so many points brought about, and what has become of it. No `ends_at`: until staff end it."""

    points: int
    starts_at: datetime
    ends_at: datetime | None
    state: EnforcementState = EnforcementState.ACTIVE

    def runs_at(self, at: datetime) -> bool:
        """Whether it is in force at this instant, whether or not somebody has written down its end yet."""
        is_over = self.ends_at is not None and self.ends_at <= at
        return self.state == EnforcementState.ACTIVE and self.starts_at <= at and not is_over


@dataclass(frozen=True)
class Standing:
    """Where a seller stands: the balance, what was brought about, and the milestone warned of in this approach."""

    balance: int = 0
    enforcements: tuple[Enforcement, ...] = ()
    warned_of: int | None = None


@dataclass(frozen=True)
class Reached:
    """What one change of the balance leads to: the milestone that fires, those jumped over, the one to warn of."""

    fired: Milestone | None = None
    recorded: tuple[Milestone, ...] = ()
    near: Milestone | None = None


def move(standing: Standing, delta: int, programme: Programme, *, at: datetime) -> tuple[Standing, Reached]:
    """The standing after an act that changes the balance by so much, and what this leads to.

    `at` is when the act is recorded, `programme` the one in force then.
    """
    before, after = standing.balance, standing.balance + delta
    fired, recorded = _crossed(standing, after, programme.milestones, at)
    near, warned_of = _approach(standing, after, programme)
    enforcements = standing.enforcements
    if fired and fired.is_restricting:
        enforcements += (_enforcement(fired, programme.zone, at),)
    moved = replace(standing, balance=before + delta, enforcements=enforcements, warned_of=warned_of)
    return moved, Reached(fired, recorded, near)


def _crossed(
    standing: Standing, after: int, ladder: Sequence[Milestone], at: datetime
) -> tuple[Milestone | None, tuple[Milestone, ...]]:
    """The highest armed milestone that is crossed upwards, and the armed ones below it."""
    running = {each.points for each in standing.enforcements if each.runs_at(at)}
    crossed = [rung for rung in ladder if standing.balance < rung.points <= after and rung.points not in running]
    return (crossed[-1], tuple(crossed[:-1])) if crossed else (None, ())


def _enforcement(milestone: Milestone, zone: str, at: datetime) -> Enforcement:
    """It runs from now until the same time of day so many days later."""
    ends_at = None if milestone.days is None else days_later(at, milestone.days, zone)
    return Enforcement(milestone.points, at, ends_at)


def _approach(standing: Standing, after: int, programme: Programme) -> tuple[Milestone | None, int | None]:
    """Whom to warn of now, and of which milestone the seller is warned from here on.

    An approach lasts while the same milestone is the next and near. Only who rises is warned, and once.
    """
    rung = programme.next_milestone(after)
    if rung is None or rung.points - after > programme.warn_within:
        return None, None
    if standing.warned_of == rung.points:
        return None, rung.points
    return (rung, rung.points) if after > standing.balance else (None, None)


def settle(standing: Standing, *, at: datetime) -> Standing:
    """The standing with every enforcement ended whose time is over."""
    return replace(standing, enforcements=tuple(_settled(each, at) for each in standing.enforcements))


def _settled(enforcement: Enforcement, at: datetime) -> Enforcement:
    is_over = enforcement.ends_at is not None and enforcement.ends_at <= at
    may_end = ENFORCEMENT.allows(enforcement.state, EnforcementState.ENDED)
    return replace(enforcement, state=EnforcementState.ENDED) if is_over and may_end else enforcement


def ended_by_staff(enforcement: Enforcement, *, at: datetime) -> Enforcement:
    """An enforcement without an end, ended now. Raises EnforcementOver for any other."""
    if not enforcement.runs_at(at) or enforcement.ends_at is not None:
        raise EnforcementOver(gettext_noop("Only an enforcement without an end that is in force can be ended."))
    return replace(enforcement, ends_at=at, state=EnforcementState.ENDED)


def standing_word(standing: Standing, programme: Programme, *, at: datetime) -> StandingWord:
    """Healthy, Caution, At risk or Restricted: the gravest that holds.

    Who has no points is never warned, however low the first rung. Who is above a rung whose enforcement has ended
    stands on a rung without restriction.
    """
    if any(each.runs_at(at) for each in standing.enforcements):
        return StandingWord.RESTRICTED
    if standing.balance <= 0:
        return StandingWord.HEALTHY
    near = [rung for rung in programme.milestones if 0 < rung.points - standing.balance <= programme.warn_within]
    if any(rung.is_restricting for rung in near):
        return StandingWord.AT_RISK
    on_a_rung = any(rung.points <= standing.balance for rung in programme.milestones)
    return StandingWord.CAUTION if near or on_a_rung else StandingWord.HEALTHY
