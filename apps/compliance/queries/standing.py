"""Where a seller stands, as they see it: balance and ladder, what is in force, what can be put right, the ledger."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet, Sum

from apps.accounts.models import Seller
from apps.compliance.enums import Action, EnforcementState, Scale, StandingWord
from apps.compliance.models import Enforcement, PointEntry, Standing, Violation
from apps.compliance.queries.cards import FixCard, cards_of
from apps.compliance.queries.programmes import programme_row
from apps.compliance.queries.types import titles_of
from apps.compliance.rules import milestones as rules
from apps.compliance.rules.gauge import Gauge, gauge_of
from apps.compliance.rules.programme import RESTRICTING, Programme

CARDS_SHOWN = 12
LINES_SHOWN = 8


@dataclass(frozen=True)
class Rung:
    """A milestone on the ladder: what it brings, and how this seller stands to it.

    `shown` is the balance that reaches it as sellers see it, `distance` how many points are left to it, 0 and less
    where it is reached.
    """

    points: int
    shown: int
    actions: tuple[str, ...]
    days: int | None
    is_restricting: bool
    distance: int
    is_next: bool

    @property
    def is_reached(self) -> bool:
        """Whether the balance is at it or beyond."""
        return self.distance <= 0


@dataclass(frozen=True)
class InForce:
    """An enforcement that runs: what it takes, of which milestone, until when (None: until staff end it)."""

    actions: tuple[str, ...]
    shown: int
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True)
class Balance:
    """The balance as the seller sees it, the word for it, and the ladder around it."""

    points: int
    shown: int
    is_rating: bool
    start_score: int
    word: StandingWord
    rungs: tuple[Rung, ...]
    gauge: Gauge
    in_force: tuple[InForce, ...]

    @property
    def following(self) -> Rung | None:
        """The next rung that isn't reached; None above the last."""
        return next((rung for rung in self.rungs if rung.is_next), None)


@dataclass(frozen=True)
class LedgerLine:
    """A line of the ledger; `title` is what its violation's type is called, `after` the balance after it."""

    entry: PointEntry
    title: str
    after: int

    @property
    def reason(self) -> str:
        """What somebody gave as the reason, if anybody did."""
        note = getattr(self.entry, "note", None)
        return note.reason if note is not None else ""

    @property
    def taken(self) -> int:
        """How many points it took off; negative where it added some."""
        return -self.entry.delta

    @property
    def is_late(self) -> bool:
        """Whether we learnt of it on another day than it counts from."""
        return (self.entry.recorded_at - self.entry.at).days >= 1


@dataclass(frozen=True)
class Overview:
    """All of the page Standing."""

    balance: Balance
    programme: Programme
    cards: Sequence[FixCard]
    more: Sequence[FixCard]
    lines: Sequence[LedgerLine]
    has_more_lines: bool
    has_record: bool

    @property
    def number_of_cards(self) -> int:
        """How many violations are active."""
        return len(self.cards) + len(self.more)


def standing_row(seller: Seller) -> Standing:
    """The seller's standing; one that is about to begin stands at nothing."""
    return Standing.objects.filter(seller=seller).first() or Standing(seller=seller)


def overview_of(seller: Seller, language: str, at: datetime) -> Overview:
    """What the page Standing shows, in a number of statements that doesn't grow with the violations."""
    programme = programme_row(seller.region, at).value
    cards = cards_of(seller, programme, language, at)
    newest = list(entries_of(seller)[: LINES_SHOWN + 1])
    return Overview(
        balance=balance_of(standing_row(seller), programme, at),
        programme=programme,
        cards=cards[:CARDS_SHOWN],
        more=cards[CARDS_SHOWN:],
        lines=ledger_lines(newest[:LINES_SHOWN], language),
        has_more_lines=len(newest) > LINES_SHOWN,
        has_record=bool(newest),
    )


def balance_of(standing: Standing, programme: Programme, at: datetime) -> Balance:
    """The balance against the ladder of the programme in force; one statement for what runs."""
    rows = Enforcement.objects.filter(seller=standing.seller_id, state=EnforcementState.ACTIVE)
    running = [row for row in rows.order_by("-points") if row.value.runs_at(at)]
    value = rules.Standing(standing.balance, tuple(row.value for row in running), standing.warned_of)
    return Balance(
        points=standing.balance,
        shown=programme.shown(standing.balance),
        is_rating=programme.scale == Scale.RATING,
        start_score=programme.start_score,
        word=rules.standing_word(value, programme, at=at),
        rungs=tuple(rungs_of(programme, standing.balance)),
        gauge=gauge_of(programme, standing.balance),
        in_force=tuple(in_force(row, programme) for row in running),
    )


def rungs_of(programme: Programme, balance: int) -> list[Rung]:
    """The ladder, lowest rung first."""
    following = programme.next_milestone(balance)
    return [
        Rung(
            points=each.points,
            shown=programme.shown(each.points),
            actions=action_names(each.actions),
            days=each.days,
            is_restricting=each.is_restricting,
            distance=each.points - balance,
            is_next=each == following,
        )
        for each in programme.milestones
    ]


def in_force(row: Enforcement, programme: Programme) -> InForce:
    """An enforcement in the reader's words: what it takes only, not what was done besides."""
    taken = [each for each in row.actions if each in RESTRICTING]
    return InForce(action_names(taken), programme.shown(row.points), row.starts_at, row.ends_at)


def action_names(actions: Iterable[str]) -> tuple[str, ...]:
    """What a milestone brings, in the reader's words."""
    return tuple(str(Action(each).label) for each in actions)


# --- The ledger -------------------------------------------------------------------------------------------


def entries_of(seller: Seller) -> QuerySet[PointEntry]:
    """The seller's ledger, what was recorded last first."""
    rows = PointEntry.objects.filter(seller=seller).select_related("violation__type", "note")
    return rows.order_by("-pk")


def entries_about(violation: Violation) -> QuerySet[PointEntry]:
    """The lines of one violation, in the order in which they were recorded."""
    rows = PointEntry.objects.filter(violation=violation).select_related("violation__type", "note")
    return rows.order_by("pk")


def ledger_lines(newest_first: Sequence[PointEntry], language: str) -> list[LedgerLine]:
    """These successive lines of one seller's ledger with the balance after each; two statements for all."""
    if not newest_first:
        return []
    titles = titles_of([each.violation.type for each in newest_first], language)
    first = newest_first[0]
    until = PointEntry.objects.filter(seller=first.seller_id, pk__lte=first.pk)
    after = until.aggregate(balance=Sum("delta"))["balance"] or 0
    lines = []
    for entry in newest_first:
        lines.append(LedgerLine(entry, titles[entry.violation.type_id], after))
        after -= entry.delta
    return lines
