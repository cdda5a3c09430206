"""What every act writes into the ledger, and what remains of a violation.

An entry is never changed; `at` says when it counts, `recorded_at` when we learnt of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.compliance.enums import EntryKind, ViolationState
from apps.compliance.rules.programme import MOST_POINTS
from apps.compliance.rules.states import VIOLATION
from apps.core.rules import Refusal, gettext_noop


class ViolationSettled(Refusal):
    """The violation is cleared, expired or revoked: its points don't move any more."""


class AlreadyRevoked(Refusal):
    """Revoked is final. Doors for machines answer as if it had been done by this call."""


class AdjustmentRefused(Refusal):
    """An adjustment that would do nothing, or leave less than nothing or more than a violation may have."""

    status = 422


@dataclass(frozen=True)
class Entry:
    """One line of a seller's ledger. `violation` and `attempt` are references; `attempt` only of a quiz."""

    violation: str
    kind: EntryKind
    delta: int
    at: datetime
    recorded_at: datetime
    attempt: str = ""


@dataclass(frozen=True)
class Holding:
    """One violation as the ledger has it: its state as the row says, and what remains.

    The row may lag behind: `state_at` knows that what has expired is expired, though nobody wrote the entry yet.
    """

    violation: str
    state: ViolationState
    remaining: int
    expires_at: datetime | None

    def state_at(self, at: datetime) -> ViolationState:
        """The state as it truly is at this instant."""
        is_due = self.expires_at is not None and self.expires_at <= at
        return ViolationState.EXPIRED if is_due and self.state == ViolationState.ACTIVE else self.state


def balance_of(entries: Iterable[Entry]) -> int:
    """The sum: what remains of one violation, or a seller's balance, as the entries are of the one or the other."""
    return sum(entry.delta for entry in entries)


def state_after(kind: EntryKind, remaining: int) -> ViolationState:
    """The state of a violation after an entry of this kind that leaves so much."""
    if kind == EntryKind.REVOKE:
        return ViolationState.REVOKED
    if kind == EntryKind.EXPIRY:
        return ViolationState.EXPIRED
    return ViolationState.ACTIVE if remaining else ViolationState.CLEARED


def arrival(
    violation: str, points: int, *, issued_at: datetime, expires_at: datetime | None, recorded_at: datetime
) -> tuple[Entry, ...]:
    """What a new violation writes: its points, and at once their expiry where that is past already."""
    issue = Entry(violation, EntryKind.ISSUE, points, issued_at, recorded_at)
    if expires_at is None or expires_at > recorded_at:
        return (issue,)
    return (issue, Entry(violation, EntryKind.EXPIRY, -points, expires_at, recorded_at))


def expiry(holding: Holding, *, recorded_at: datetime) -> Entry | None:
    """What expiry takes: all that remains, dated to its day. None before it, or where nothing is left."""
    due = holding.state == ViolationState.ACTIVE and holding.state_at(recorded_at) == ViolationState.EXPIRED
    if not due or holding.expires_at is None:
        return None
    return Entry(holding.violation, EntryKind.EXPIRY, -holding.remaining, holding.expires_at, recorded_at)


def revocation(holding: Holding, *, at: datetime) -> Entry:
    """What revoking takes: all that remains and no more, which may be 0. Raises AlreadyRevoked."""
    if not VIOLATION.allows(holding.state, ViolationState.REVOKED):
        raise AlreadyRevoked(gettext_noop("This violation is revoked already."))
    return Entry(holding.violation, EntryKind.REVOKE, -holding.remaining, at, at)


def adjustment(holding: Holding, delta: int, *, at: datetime) -> Entry:
    """What staff add to an active violation or take off it.

    Raises ViolationSettled, and AdjustmentRefused with the bounds.
    """
    if holding.state_at(at) != ViolationState.ACTIVE:
        raise ViolationSettled(gettext_noop("Only an active violation can be adjusted."))
    if delta == 0:
        raise AdjustmentRefused(gettext_noop("An adjustment adds points or takes some off."))
    if not 0 <= holding.remaining + delta <= MOST_POINTS:
        reason = gettext_noop("%(remaining)s points remain: take off at most these, or add up to %(most)s in all.")
        raise AdjustmentRefused(reason, remaining=holding.remaining, most=MOST_POINTS)
    return Entry(holding.violation, EntryKind.ADJUST, delta, at, at)


def taken_by_quiz(holding: Holding, points: int, *, attempt: str, at: datetime, recorded_at: datetime) -> Entry:
    """What a passed quiz takes, once `attempts` has said how much; `at` is when it was submitted.

    Raises ViolationSettled where that isn't there any more.
    """
    if holding.state_at(recorded_at) != ViolationState.ACTIVE or not 0 < points <= holding.remaining:
        raise ViolationSettled(gettext_noop("Nothing is left of this violation to take off."))
    return Entry(holding.violation, EntryKind.QUIZ, -points, at, recorded_at, attempt)


ONCE = (EntryKind.ISSUE, EntryKind.EXPIRY, EntryKind.REVOKE)
SIGNS = {EntryKind.ISSUE: (1,), EntryKind.QUIZ: (-1,), EntryKind.ADJUST: (-1, 1)}


def faults_of(entries: Sequence[Entry]) -> list[str]:
    """What is wrong with the entries of one violation in the order of recording, for operators; usually nothing.

    The database refuses all of it; this finds what was changed behind its back.
    """
    kinds = [entry.kind for entry in entries]
    sums = [balance_of(entries[:count]) for count in range(1, len(entries) + 1)]
    attempts = [entry.attempt for entry in entries if entry.kind == EntryKind.QUIZ]
    found = {
        "does not begin with its issue": kinds[:1] != [EntryKind.ISSUE],
        "is issued, expired or revoked twice": any(kinds.count(kind) > 1 for kind in ONCE),
        "counts an attempt twice": len(set(attempts)) < len(attempts),
        "has an entry of the wrong sign": any(not _has_sign(entry) for entry in entries),
        "falls below zero": any(total < 0 for total in sums),
        "goes on after it was revoked": EntryKind.REVOKE in kinds[:-1],
        "keeps points after it expired or was revoked": _ended(kinds) and sums[-1] != 0,
    }
    return [words for words, is_so in found.items() if is_so]


def _has_sign(entry: Entry) -> bool:
    """Expiry and revocation take or leave; all others give or take, and never nothing."""
    sign = (entry.delta > 0) - (entry.delta < 0)
    return sign in SIGNS.get(entry.kind, (-1, 0))


def _ended(kinds: Sequence[EntryKind]) -> bool:
    return EntryKind.EXPIRY in kinds or EntryKind.REVOKE in kinds
