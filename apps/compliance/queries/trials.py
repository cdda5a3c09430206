"""Tries a draft of a programme on the ledgers of a region's sellers."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from apps.accounts.models import Seller
from apps.compliance.enums import EntryKind
from apps.compliance.models import Enforcement, PointEntry
from apps.compliance.queries.programmes import versions_of
from apps.compliance.rules.ledger import Entry
from apps.compliance.rules.programme import Programme
from apps.compliance.rules.replays import StaffEnding
from apps.compliance.rules.trials import TRIED_FOR, Trial, try_draft

MOST_SELLERS = 2000
"""How many sellers' ledgers are replayed at most: those with the newest entries."""
CHUNK = 250
SHOWN = 50


@dataclass(frozen=True)
class RungTrial:
    """How often a milestone of so many points fired, and would have."""

    points: int
    fired: int
    fired_then: int

    @property
    def change(self) -> int:
        """By how many more, or fewer."""
        return self.fired_then - self.fired


@dataclass(frozen=True)
class DraftTrial:
    """What a draft would have changed in the days before now, for the sellers whose points moved in them.

    `is_sample`: there are more sellers than were tried. `changed` counts those who would have met other milestones;
    `shown` are the first of them.
    """

    since: datetime
    sellers: int
    is_sample: bool
    rungs: Sequence[RungTrial]
    restrictions: int
    restrictions_then: int
    warnings: int
    warnings_then: int
    changed: int
    shown: Sequence[tuple[Seller, Trial]]


def trial_of(region: str, draft: Programme, at: datetime) -> DraftTrial:
    """Replay the ledgers of a region's sellers as they were, and with the draft in force for the last 90 days.

    At most `MOST_SELLERS`, in chunks of a few statements each; who had no entry in these days met no milestone in
    them either way.
    """
    since = at - TRIED_FOR
    sellers = moved_since(region, since)
    programme_at = programme_finder(region)
    fired, fired_then = Counter[int](), Counter[int]()
    restrictions = restrictions_then = warnings = warnings_then = 0
    changed: list[tuple[int, Trial]] = []
    for seller, entries, endings in ledgers_of(sellers[:MOST_SELLERS]):
        trial = try_draft(entries, programme_at, draft, endings=endings, since=since, until=at)
        fired.update(each.points for each in trial.fired)
        fired_then.update(each.points for each in trial.fired_then)
        restrictions += sum(each.is_restricting for each in trial.fired)
        restrictions_then += sum(each.is_restricting for each in trial.fired_then)
        warnings, warnings_then = warnings + trial.warnings, warnings_then + trial.warnings_then
        if trial.is_changed:
            changed.append((seller, trial))
    return DraftTrial(
        since=since,
        sellers=min(len(sellers), MOST_SELLERS),
        is_sample=len(sellers) > MOST_SELLERS,
        rungs=[RungTrial(points, fired[points], fired_then[points]) for points in sorted(fired | fired_then)],
        restrictions=restrictions,
        restrictions_then=restrictions_then,
        warnings=warnings,
        warnings_then=warnings_then,
        changed=len(changed),
        shown=named(changed[:SHOWN]),
    )


def moved_since(region: str, since: datetime) -> list[int]:
    """The sellers of a region whose points moved, those with the newest entries first; one more than are tried."""
    rows = PointEntry.objects.filter(seller__region=region, recorded_at__gte=since)
    newest = rows.values("seller").annotate(newest=Max("pk")).order_by("-newest")
    return list(newest.values_list("seller", flat=True)[: MOST_SELLERS + 1])


def programme_finder(region: str):  # type: ignore[no-untyped-def]
    """Answers the programme in force at an instant; the versions are read once."""
    versions = sorted(versions_of(region), key=lambda version: (version.effective_from, version.number))

    def programme_at(at: datetime) -> Programme:
        return next((each for each in reversed(versions) if each.effective_from <= at), versions[0]).programme

    return programme_at


def ledgers_of(sellers: Sequence[int]) -> Iterator[tuple[int, list[Entry], list[StaffEnding]]]:
    """Each of these sellers with the whole ledger and what staff ended, chunk by chunk."""
    for start in range(0, len(sellers), CHUNK):
        chunk = sellers[start : start + CHUNK]
        entries: dict[int, list[Entry]] = defaultdict(list)
        rows = PointEntry.objects.filter(seller__in=chunk).order_by("seller", "pk")
        facts = rows.values_list("seller", "violation", "kind", "delta", "at", "recorded_at")
        for seller, violation, kind, delta, at, recorded_at in facts.iterator(chunk_size=2000):
            entries[seller].append(Entry(str(violation), EntryKind(kind), delta, at, recorded_at))
        endings: dict[int, list[StaffEnding]] = defaultdict(list)
        ended = Enforcement.objects.filter(seller__in=chunk, is_ended_by_staff=True)
        for seller, points, ended_at in ended.values_list("seller", "points", "ends_at"):
            if ended_at is not None:
                endings[seller].append(StaffEnding(points, ended_at))
        for seller in chunk:
            yield seller, entries[seller], endings[seller]


def named(changed: Sequence[tuple[int, Trial]]) -> list[tuple[Seller, Trial]]:
    """With the sellers themselves."""
    sellers = Seller.objects.in_bulk([seller for seller, _trial in changed])
    return [(sellers[seller], trial) for seller, trial in changed]
