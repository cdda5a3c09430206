"""Whether what is kept beside a seller's ledger is what the ledger comes to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.compliance.enums import EntryKind, ViolationState
from apps.compliance.rules.ledger import Entry, balance_of, faults_of, state_after
from apps.compliance.rules.milestones import Enforcement, Standing, settle
from apps.compliance.rules.programme import Programme
from apps.compliance.rules.replays import History, StaffEnding, history_of


@dataclass(frozen=True)
class KeptViolation:
    """A violation as its row says."""

    reference: str
    state: ViolationState
    points: int
    remaining: int


@dataclass(frozen=True)
class Books:
    """All that is kept of one seller; `entries` in the order of recording.

    `milestones` are (when, points, whether it fired), `endings` what staff ended, `regions` the region of the seller
    at the instants at which violations were recorded.
    """

    balance: int = 0
    warned_of: int | None = None
    violations: Sequence[KeptViolation] = ()
    entries: Sequence[Entry] = ()
    enforcements: Sequence[Enforcement] = ()
    milestones: Sequence[tuple[datetime, int, bool]] = ()
    endings: Sequence[StaffEnding] = ()
    regions: Sequence[tuple[datetime, str]] = ()


def differences(books: Books, programme_at: Callable[[datetime], Programme], *, at: datetime) -> list[str]:
    """Every difference between what is kept and what the ledger comes to, for operators; usually none."""
    found = [words for kept in books.violations for words in _of_violation(kept, books.entries)]
    known = {kept.reference for kept in books.violations}
    found += [f"{name}: has entries and is no violation of this seller" for name in _strangers(books.entries, known)]
    history = history_of(books.entries, programme_at, endings=books.endings, until=at)
    return found + _of_standing(books, history) + _of_enforcements(books, history, at) + _of_milestones(books, history)


def _of_violation(kept: KeptViolation, entries: Sequence[Entry]) -> list[str]:
    """What is wrong with one violation."""
    own = [entry for entry in entries if entry.violation == kept.reference]
    found = faults_of(own)
    if own:
        total = balance_of(own)
        state = state_after(own[-1].kind, total)
        found += _unlike("remaining", kept.remaining, total) + _unlike("state", kept.state.value, state.value)
        issued = [entry.delta for entry in own if entry.kind == EntryKind.ISSUE]
        found += _unlike("points", kept.points, issued[0]) if issued else []
    return [f"{kept.reference}: {words}" for words in found]


def _strangers(entries: Sequence[Entry], known: set[str]) -> list[str]:
    return sorted({entry.violation for entry in entries} - known)


def _of_standing(books: Books, history: History) -> list[str]:
    """What is wrong with the balance, and with the milestone that the seller was warned of."""
    standing = history.standing
    return _unlike("balance", books.balance, balance_of(books.entries)) + _unlike(
        "warned of", books.warned_of, standing.warned_of
    )


def _of_enforcements(books: Books, history: History, at: datetime) -> list[str]:
    """Enforcements that are kept and follow from nothing, and those that would follow and aren't kept."""
    kept = settle(Standing(0, tuple(books.enforcements)), at=at).enforcements
    due = history.standing.enforcements
    extra = [f"enforcement {_told(each)}: does not follow from the ledger" for each in kept if each not in due]
    missing = [
        f"enforcement {_told(each)}: follows from the ledger and is not kept" for each in due if each not in kept
    ]
    return extra + missing


def _of_milestones(books: Books, history: History) -> list[str]:
    """The same of milestones reached."""
    due = [(when, rung.points, False) for when, reached in history.reached for rung in reached.recorded]
    due += [(when, reached.fired.points, True) for when, reached in history.reached if reached.fired]
    extra = [each for each in books.milestones if each not in due]
    missing = [each for each in due if each not in books.milestones]
    return [
        *(
            f"milestone {points} at {when:%Y-%m-%d %H:%M}: does not follow from the ledger"
            for when, points, _is in extra
        ),
        *(f"milestone {points} at {when:%Y-%m-%d %H:%M}: follows and is not kept" for when, points, _is in missing),
    ]


def _unlike(what: str, kept: object, due: object) -> list[str]:
    return [] if kept == due else [f"{what} is kept as {kept}, the ledger says {due}"]


def _told(enforcement: Enforcement) -> str:
    until = "its end" if enforcement.ends_at is None else f"{enforcement.ends_at:%Y-%m-%d %H:%M}"
    return f"{enforcement.points} ({enforcement.state}, {enforcement.starts_at:%Y-%m-%d %H:%M} to {until})"
