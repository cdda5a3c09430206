"""What the whole ledger comes to: with a violation and without it, under one ladder and another.

Milestones are evaluated in the order of recording, once for each act, whatever `at` its entries bear.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate, groupby

from apps.compliance.enums import EnforcementState, EntryKind
from apps.compliance.rules.ledger import Entry, balance_of
from apps.compliance.rules.milestones import Enforcement, Reached, Standing, ended_by_staff, move, settle
from apps.compliance.rules.programme import Programme


@dataclass(frozen=True)
class Act:
    """What was recorded together of one violation: a new one that has expired already is one act of two entries."""

    violation: str
    recorded_at: datetime
    entries: tuple[Entry, ...]

    @property
    def delta(self) -> int:
        """By how much it changes the balance."""
        return balance_of(self.entries)


@dataclass(frozen=True)
class StaffEnding:
    """That staff ended the enforcement of a milestone."""

    points: int
    at: datetime


@dataclass(frozen=True)
class History:
    """What a ledger comes to: the standing, and what each act that led to something led to."""

    standing: Standing
    reached: tuple[tuple[datetime, Reached], ...]


def acts_of(entries: Iterable[Entry]) -> list[Act]:
    """The acts behind entries that come in the order of recording."""
    together = groupby(entries, key=lambda entry: (entry.violation, entry.recorded_at))
    return [Act(violation, recorded_at, tuple(group)) for (violation, recorded_at), group in together]


def lifted(
    standing: Standing, entries: Sequence[Entry], revoked: Collection[str], *, at: datetime
) -> tuple[Enforcement, ...]:
    """The running enforcements whose milestone would not have been reached without the revoked violations.

    `entries` is the seller's whole ledger in the order of recording, `revoked` every violation revoked so far. A
    milestone that would have been reached later than it was keeps its enforcement, unmoved. Nothing is started.
    """
    acts = acts_of(entry for entry in entries if entry.violation not in revoked)
    running = (each for each in standing.enforcements if each.runs_at(at))
    return tuple(each for each in running if _highest_since(each.starts_at, acts) < each.points)


def _highest_since(starts_at: datetime, acts: Sequence[Act]) -> int:
    """The highest balance at or after this instant of recording."""
    balances = zip(acts, accumulate(act.delta for act in acts), strict=True)
    return max((balance for act, balance in balances if act.recorded_at >= starts_at), default=0)


def lift(standing: Standing, gone: Collection[Enforcement], *, at: datetime) -> Standing:
    """The standing with these enforcements lifted now."""
    enforcements = tuple(
        replace(each, state=EnforcementState.LIFTED, ends_at=at) if each in gone else each
        for each in standing.enforcements
    )
    return replace(standing, enforcements=enforcements)


def history_of(
    entries: Sequence[Entry],
    programme_at: Callable[[datetime], Programme],
    *,
    endings: Iterable[StaffEnding] = (),
    until: datetime,
) -> History:
    """Replay a seller's ledger from nothing, entries in the order of recording.

    `programme_at` answers the programme in force at an instant: what was, to check the books; what might be, to see
    what a new version would have changed.
    """
    standing, reached, revoked, seen = Standing(), list[tuple[datetime, Reached]](), set[str](), list[Entry]()
    waiting = sorted(endings, key=lambda ending: ending.at)
    for act in acts_of(entries):
        standing = _with_endings(settle(standing, at=act.recorded_at), waiting, until=act.recorded_at)
        seen += act.entries
        standing, led_to = move(standing, act.delta, programme_at(act.recorded_at), at=act.recorded_at)
        if led_to != Reached():
            reached.append((act.recorded_at, led_to))
        if any(entry.kind == EntryKind.REVOKE for entry in act.entries):
            revoked.add(act.violation)
            standing = lift(standing, lifted(standing, seen, revoked, at=act.recorded_at), at=act.recorded_at)
    return History(settle(_with_endings(standing, waiting, until=until), at=until), tuple(reached))


def _with_endings(standing: Standing, waiting: list[StaffEnding], *, until: datetime) -> Standing:
    """The standing with all that staff ended by this instant, which then waits no more."""
    while waiting and waiting[0].at <= until:
        ending = waiting.pop(0)
        enforcements = tuple(
            ended_by_staff(each, at=ending.at) if _is_meant(each, ending) else each for each in standing.enforcements
        )
        standing = replace(standing, enforcements=enforcements)
    return standing


def _is_meant(enforcement: Enforcement, ending: StaffEnding) -> bool:
    is_open = enforcement.ends_at is None and enforcement.runs_at(ending.at)
    return is_open and enforcement.points == ending.points
