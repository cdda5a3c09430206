"""A seller's books, read for those who check them."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import Seller
from apps.compliance.enums import ViolationState
from apps.compliance.models import (
    Enforcement,
    MilestoneRecord,
    PointEntry,
    PolicyProgramme,
    Standing,
    Violation,
)
from apps.compliance.rules.books import Books, KeptViolation
from apps.compliance.rules.programme import Programme
from apps.compliance.rules.replays import StaffEnding


def books_of(sellers: Iterable[Seller]) -> dict[int, Books]:
    """The books of these sellers by their ids, in as many statements as for one."""
    keys = [seller.pk for seller in sellers]
    standings = {row.seller_id: row for row in Standing.objects.filter(seller__in=keys)}
    violations = of_sellers(Violation.objects.select_related("programme").order_by("recorded_at", "pk"), keys)
    entries = of_sellers(PointEntry.objects.select_related("violation").order_by("pk"), keys)
    enforcements = of_sellers(Enforcement.objects.order_by("starts_at", "points"), keys)
    milestones = of_sellers(MilestoneRecord.objects.order_by("pk"), keys)
    return {
        key: make_books(standings.get(key), violations[key], entries[key], enforcements[key], milestones[key])
        for key in keys
    }


def of_sellers(rows: "QuerySet[Any]", keys: list[int]) -> dict[int, list[Any]]:
    """The rows of these sellers, for each by itself."""
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows.filter(seller__in=keys):
        found[row.seller_id].append(row)
    return found


def make_books(
    standing: Standing | None,
    violations: list[Violation],
    entries: list[PointEntry],
    enforcements: list[Enforcement],
    milestones: list[MilestoneRecord],
) -> Books:
    """The books of one seller."""
    ended = [row for row in enforcements if row.is_ended_by_staff]
    return Books(
        balance=standing.balance if standing else 0,
        warned_of=standing.warned_of if standing else None,
        violations=[
            KeptViolation(row.reference, ViolationState(row.state), row.points, row.remaining) for row in violations
        ],
        entries=[row.as_value(violation=row.violation.reference, attempt=str(row.attempt_id or "")) for row in entries],
        enforcements=[row.value for row in enforcements],
        milestones=[(row.at, row.points, row.has_fired) for row in milestones],
        endings=[StaffEnding(row.points, row.ends_at) for row in ended if row.ends_at is not None],
        regions=[(row.recorded_at, row.programme.region) for row in violations],
    )


class Past:
    """Which programme held for a seller at an instant, as it was known then."""

    def __init__(self) -> None:
        rows = PolicyProgramme.objects.order_by("effective_from", "number")
        self._rows: dict[str, list[PolicyProgramme]] = defaultdict(list)
        for row in rows:
            self._rows[row.region].append(row)

    def for_seller(self, seller: Seller, books: Books) -> Callable[[datetime], Programme]:
        """What `rules.replays.history_of` asks.

        When a seller's region changes nobody writes down: it is that in which the last violation was recorded.
        """

        def programme_at(at: datetime) -> Programme:
            then = [region for since, region in books.regions if since <= at]
            return self._in_force(then[-1] if then else seller.region, at)

        return programme_at

    def _in_force(self, region: str, at: datetime) -> Programme:
        rows = self._rows[region]
        known = [row for row in rows if row.effective_from <= at and row.made_at <= at]
        return (known[-1] if known else rows[0]).value
