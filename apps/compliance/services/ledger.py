"""Writes acts into a seller's ledger, and what they lead to: every change of points goes through `write_act`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import Seller, User
from apps.accounts.services.audit import Actor
from apps.compliance.enums import EnforcementState
from apps.compliance.models import (
    Appeal,
    Enforcement,
    EntryNote,
    MilestoneRecord,
    PointEntry,
    Standing,
    Violation,
)
from apps.compliance.queries.programmes import Programmes
from apps.compliance.rules import milestones as rules
from apps.compliance.rules.ledger import Entry, balance_of, expiry, state_after
from apps.compliance.rules.milestones import Milestone, Reached
from apps.compliance.rules.programme import Programme
from apps.compliance.services.notices import announce_balance, tell_of_ending, tell_of_expiry, tell_of_reached
from apps.quizzes.models import Attempt


@dataclass(frozen=True)
class Cause:
    """Who or what moves points: a person or a machine with a reason, a quiz's attempt, an appeal that was upheld.

    `writes` is off where one letter speaks of several acts at their end; the marketplace hears of each.
    """

    by: Actor = None
    reason: str = ""
    attempt: Attempt | None = None
    appeal: Appeal | None = None
    writes: bool = True


def hold_standing(seller: Seller, *, at: datetime) -> Standing:
    """The seller's standing, locked until this transaction ends, begun where there is none yet.

    Everything that changes the seller's ledger comes through here first. The seller's own row is locked before: who
    links a person holds it, and then wants the standing too.
    """
    hold_seller(seller.code)
    Standing.objects.get_or_create(seller=seller, defaults={"began_at": at})
    rows = Standing.objects.select_for_update(of=("self",)).select_related("seller__person")
    return rows.get(seller=seller)


def hold_seller(code: str) -> Seller | None:
    """The seller's row, locked until this transaction ends; None where there is no such seller.

    Not its key: rows that only point at it can be written meanwhile.
    """
    return Seller.objects.select_for_update(no_key=True).filter(code=code).first()


def write_act(
    *,
    standing: Standing,
    violation: Violation,
    entries: Sequence[Entry],
    at: datetime,
    cause: Cause | None = None,
    programmes: Programmes | None = None,
) -> Reached:
    """Write what one act records of a violation, and all that its sum leads to.

    The standing is held (`hold_standing`); `entries` come from the rules. Milestones, enforcements, the alert, letters
    and events follow in the same transaction. Answers what was reached. Who writes many acts hands the `programmes`.
    """
    cause = cause or Cause()
    programme = (programmes or Programmes(standing.seller.region)).row(at).value
    running = _end_due(standing, programme, at)
    violation.remaining += balance_of(entries)
    violation.state = state_after(entries[-1].kind, violation.remaining)
    # A new one is written with what its first entries leave.
    violation.save(update_fields=None if violation.pk is None else ["remaining", "state"])
    rows = [write_entry(violation, entry, cause) for entry in entries]
    return _move(standing, rows[-1], balance_of(entries), running, programme, at, writes=cause.writes)


def expire_held(*, standing: Standing, at: datetime, programmes: Programmes | None = None) -> int:
    """Take off what remains of the violations of a held standing that have expired, and tell of all in one letter.

    Whoever adds points or revokes does this first: else points that are gone, though the job hasn't come to this
    seller yet, would carry the balance over a milestone. Answers how many violations.
    """
    due = Violation.objects.active().filter(seller=standing.seller_id, expires_at__lte=at).select_related("type")
    programmes = programmes or Programmes(standing.seller.region)
    expired: list[Violation] = []
    points = 0
    for violation in due.select_for_update(of=("self",)).order_by("expires_at", "pk"):
        entry = expiry(violation.holding, recorded_at=at)
        if entry is not None:
            points -= entry.delta
            write_act(standing=standing, violation=violation, entries=[entry], at=at, programmes=programmes)
            expired.append(violation)
    if expired:
        tell_of_expiry(standing=standing, violations=expired, points=points, at=at)
    return len(expired)


def write_entry(violation: Violation, entry: Entry, cause: Cause) -> PointEntry:
    """One line, with its note where a person did it or somebody said why."""
    row = PointEntry.objects.create(
        seller_id=violation.seller_id,
        violation=violation,
        kind=entry.kind,
        delta=entry.delta,
        at=entry.at,
        recorded_at=entry.recorded_at,
        attempt=cause.attempt,
        appeal=cause.appeal,
    )
    # What a machine did stands in the list of its calls.
    person = cause.by if isinstance(cause.by, User) else None
    if person is not None or cause.reason:
        EntryNote.objects.create(entry=row, reason=cause.reason, by=person)
    return row


def standing_value(standing: Standing) -> rules.Standing:
    """The standing as the rules take it, with the enforcements that run."""
    return _value(standing, _running(standing))


def _running(standing: Standing) -> list[Enforcement]:
    """The enforcements that nobody has written down as over."""
    running = Enforcement.objects.filter(seller=standing.seller_id, state=EnforcementState.ACTIVE)
    return list(running.order_by("starts_at", "points"))


def _value(standing: Standing, running: Sequence[Enforcement]) -> rules.Standing:
    return rules.Standing(standing.balance, tuple(each.value for each in running), standing.warned_of)


def _move(
    standing: Standing,
    entry: PointEntry,
    delta: int,
    running: Sequence[Enforcement],
    programme: Programme,
    at: datetime,
    *,
    writes: bool,
) -> Reached:
    """Bring the standing to its new balance."""
    before = _value(standing, running)
    after, reached = rules.move(before, delta, programme, at=at)
    standing.balance, standing.warned_of = after.balance, after.warned_of
    standing.save(update_fields=["balance", "warned_of"])
    new = after.enforcements[len(before.enforcements) :]
    for milestone, has_fired in [*((each, False) for each in reached.recorded), (reached.fired, True)]:
        if milestone is not None:
            _record(standing, entry, milestone, has_fired, at)
    begun = [_begin(standing, entry, each, reached.fired) for each in new]
    if delta:
        announce_balance(standing=standing, entry=entry, at=at)
    tell_of_reached(standing=standing, reached=reached, begun=begun, programme=programme, at=at, writes=writes)
    return reached


def _record(standing: Standing, entry: PointEntry, milestone: Milestone, has_fired: bool, at: datetime) -> None:
    MilestoneRecord.objects.create(
        seller=standing.seller,
        entry=entry,
        points=milestone.points,
        actions=list(milestone.actions),
        has_fired=has_fired,
        at=at,
    )


def _begin(standing: Standing, entry: PointEntry, value: rules.Enforcement, milestone: Milestone | None) -> Enforcement:
    return Enforcement.objects.create(
        seller=standing.seller,
        entry=entry,
        points=value.points,
        actions=list(milestone.actions) if milestone else [],
        starts_at=value.starts_at,
        ends_at=value.ends_at,
    )


def end_due_enforcements(*, standing: Standing, at: datetime) -> int:
    """Write down the end of the enforcements of a held standing whose time is over; answers how many."""
    before = _running(standing)
    programme = Programmes(standing.seller.region).row(at).value
    return len(before) - len(_end_due(standing, programme, at))


def _end_due(standing: Standing, programme: Programme, at: datetime) -> list[Enforcement]:
    """End those whose time is over; answers those that run on."""
    running = _running(standing)
    due = [each for each in running if each.ends_at is not None and each.ends_at <= at]
    for enforcement in sorted(due, key=lambda each: (each.ends_at, each.points)):
        enforcement.state = EnforcementState.ENDED
        enforcement.save(update_fields=["state"])
        tell_of_ending(standing=standing, enforcement=enforcement, at=at, programme=programme)
    return [each for each in running if each not in due]
