"""Sellers with ledgers for benchmarks, written set-based: thousands in seconds.

What is written is what the services would have written, since dates and milestones come from the same rules:
`manage.py check_ledger` finds no difference. There are no quizzes, letters and repeat flags.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.accounts.enums import Region
from apps.accounts.models import Seller, User
from apps.accounts.rules import LANGUAGES, ZONES
from apps.compliance.enums import EntryKind, ViolationState
from apps.compliance.models import (
    Enforcement,
    MilestoneRecord,
    PointEntry,
    Standing,
    Violation,
    ViolationDetails,
    ViolationType,
)
from apps.compliance.queries.programmes import Programmes
from apps.compliance.rules import dates
from apps.compliance.rules.appeals import appeal_closes_at
from apps.compliance.rules.ledger import Entry
from apps.compliance.rules.replays import History, history_of
from apps.compliance.services.violations import free_references

CHUNK = 500
SEED = 20_261_122
DAYS = 180
MOST, WEIGHTS = 9, [30, 20, 14, 10, 8, 6, 5, 4, 2, 1]


@dataclass
class Book:
    """The ledger of one seller while it is made up."""

    seller: Seller
    violations: list[Violation] = field(default_factory=list)
    entries: list[PointEntry] = field(default_factory=list)


def load_large_standing(sellers: int, at: datetime) -> None:
    """Fill up to so many sellers who joined half a year before `at`, a third of them clean."""
    have = Seller.objects.filter(code__startswith="BULK-").count()
    types = list(ViolationType.objects.filter(is_active=True).select_related("policy_page").order_by("code"))
    programmes = {region: Programmes(region) for region in Region}
    for first in range(have + 1, sellers + 1, CHUNK):
        write_chunk(range(first, min(first + CHUNK, sellers + 1)), types, programmes, at)


@transaction.atomic
def write_chunk(
    numbers: Iterable[int], types: list[ViolationType], programmes: dict[Region, Programmes], at: datetime
) -> None:
    """The sellers of these numbers with all that is theirs, in a dozen statements."""
    books = [Book(seller) for seller in write_sellers(numbers, at)]
    for book in books:
        chance = random.Random(f"{SEED} {book.seller.code}")  # noqa: S311 - dice of a made-up market
        make_up(book, types, programmes[Region(book.seller.region)], chance, at)
    histories = [history_in(book, programmes[Region(book.seller.region)], at) for book in books]
    violations = [violation for book in books for violation in book.violations]
    for violation, reference in zip(violations, free_references(len(violations)), strict=True):
        violation.reference = reference
    pairs = list(zip(books, histories, strict=True))
    Standing.objects.bulk_create(
        Standing(
            seller=book.seller,
            balance=history.standing.balance,
            warned_of=history.standing.warned_of,
            began_at=at - timedelta(days=DAYS + 1),
        )
        for book, history in pairs
    )
    Violation.objects.bulk_create(violations)
    ViolationDetails.objects.bulk_create(
        ViolationDetails(violation=each, message=each.type.code) for each in violations
    )
    PointEntry.objects.bulk_create(entry for book in books for entry in book.entries)
    MilestoneRecord.objects.bulk_create(row for book, history in pairs for row in records_of(book, history))
    Enforcement.objects.bulk_create(row for book, history in pairs for row in enforcements_of(book, history))


def write_sellers(numbers: Iterable[int], at: datetime) -> list[Seller]:
    """Sellers with their persons, in both regions by turns."""
    regions = {number: list(Region)[number % len(Region)] for number in numbers}
    persons = User.objects.bulk_create(
        User(
            email=f"bulk{number:05d}@lantern.example",
            name=f"Bulk {number:05d}",
            password=make_password(None),
            language=LANGUAGES[region],
            zone=ZONES[region],
        )
        for number, region in regions.items()
    )
    return Seller.objects.bulk_create(
        Seller(
            code=f"BULK-{number:05d}",
            shop_name=f"Shop {number:05d}",
            region=region,
            person=person,
            linked_at=at - timedelta(days=DAYS + 1),
        )
        for (number, region), person in zip(regions.items(), persons, strict=True)
    )


def make_up(
    book: Book, types: list[ViolationType], programmes: Programmes, chance: random.Random, at: datetime
) -> None:
    """Violations of the last half year, and what has expired of them by now, in the order of recording."""
    number = chance.choices(range(MOST + 1), weights=WEIGHTS)[0]
    # What costs much is rare.
    for kind in chance.choices(types, weights=[1 / each.points for each in types], k=number):
        issued_at = (at - timedelta(minutes=chance.randint(1, DAYS * 24 * 60))).replace(second=0, microsecond=0)
        book.violations.append(violation_of(book.seller, kind, programmes, issued_at, at))
    book.violations.sort(key=lambda each: each.issued_at)
    book.entries = sorted(
        (entry for violation in book.violations for entry in entries_of(violation)), key=lambda each: each.at
    )


def violation_of(
    seller: Seller, kind: ViolationType, programmes: Programmes, issued_at: datetime, at: datetime
) -> Violation:
    """A violation as it is by now."""
    row = programmes.row(issued_at)
    programme, page = row.value, kind.policy_page
    expires_at = dates.expiry_of(issued_at, programme.expiry_days, programme.zone)
    has_expired = expires_at is not None and expires_at <= at
    return Violation(
        seller=seller,
        type=kind,
        programme=row,
        channel=kind.channels[0],
        state=ViolationState.EXPIRED if has_expired else ViolationState.ACTIVE,
        points=kind.points,
        remaining=0 if has_expired else kind.points,
        issued_at=issued_at,
        recorded_at=issued_at,
        quiz_closes_at=dates.quiz_window(issued_at, programme.zone).closes_at,
        expires_at=expires_at,
        appeal_closes_at=appeal_closes_at(issued_at, programme.appeal_days, programme.zone),
        pass_mark=programme.pass_mark,
        points_per_pass=programme.points_per_pass,
        policy_key=page.translation_key if page is not None else None,
        section=kind.section,
    )


def entries_of(violation: Violation) -> Iterator[PointEntry]:
    """Its lines of the ledger, each recorded when it counts."""
    lines = [(EntryKind.ISSUE, violation.points, violation.issued_at)]
    if violation.state == ViolationState.EXPIRED and violation.expires_at is not None:
        lines.append((EntryKind.EXPIRY, -violation.points, violation.expires_at))
    for kind, delta, at in lines:
        yield PointEntry(seller=violation.seller, violation=violation, kind=kind, delta=delta, at=at, recorded_at=at)


def history_in(book: Book, programmes: Programmes, at: datetime) -> History:
    """What the ledger comes to. Violations have no reference yet, so their places name them."""
    names = {id(violation): str(place) for place, violation in enumerate(book.violations)}
    entries: list[Entry] = [entry.as_value(violation=names[id(entry.violation)]) for entry in book.entries]
    return history_of(entries, lambda then: programmes.row(then).value, until=at)


def records_of(book: Book, history: History) -> Iterator[MilestoneRecord]:
    """The milestones that were reached."""
    entries = {entry.recorded_at: entry for entry in book.entries}
    for at, reached in history.reached:
        for milestone, has_fired in [*((each, False) for each in reached.recorded), (reached.fired, True)]:
            if milestone is not None:
                yield MilestoneRecord(
                    seller=book.seller,
                    entry=entries[at],
                    points=milestone.points,
                    actions=list(milestone.actions),
                    has_fired=has_fired,
                    at=at,
                )


def enforcements_of(book: Book, history: History) -> Iterator[Enforcement]:
    """What the restricting ones among them brought."""
    entries = {entry.recorded_at: entry for entry in book.entries}
    actions = {at: reached.fired.actions for at, reached in history.reached if reached.fired}
    for each in history.standing.enforcements:
        yield Enforcement(
            seller=book.seller,
            entry=entries[each.starts_at],
            points=each.points,
            actions=list(actions[each.starts_at]),
            state=each.state,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
        )
