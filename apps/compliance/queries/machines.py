"""A seller's standing as the marketplace's machines read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import Seller
from apps.accounts.rules import SellerUnknown, normal_code
from apps.compliance.enums import Scale, Source
from apps.compliance.models import Enforcement, EntryNote, PointEntry, Report, Standing, Violation
from apps.compliance.queries.programmes import programme_row
from apps.compliance.rules import milestones
from apps.core.rules import gettext_noop

MOST_LINES = 1000


@dataclass(frozen=True)
class StandingFacts:
    """Where a seller stands at this instant. `rating` is None on the scale of points; lists are newest first.

    `external_ids` are the marketplace's, by violation, `reasons` what people said, by entry.
    """

    at: datetime
    seller_code: str
    scale: Scale
    balance: int
    rating: int | None
    next_milestone: int | None
    violations: Sequence[Violation]
    entries: Sequence[PointEntry]
    enforcements: Sequence[milestones.Enforcement]
    external_ids: dict[int, str]
    reasons: dict[int, str]


def standing_facts(code: str, *, at: datetime) -> StandingFacts:
    """How the seller of this code stands; one who has no standing yet has no points. Raises SellerUnknown."""
    code = normal_code(code)
    seller = Seller.objects.filter(code=code).first()
    if seller is None:
        raise SellerUnknown(gettext_noop("There is no seller %(code)s."), code=code)
    programme = programme_row(seller.region, at).value
    balance = Standing.objects.filter(seller=seller).values_list("balance", flat=True).first() or 0
    violations = Violation.objects.filter(seller=seller).select_related("type").order_by("-issued_at", "-pk")
    entries = PointEntry.objects.filter(seller=seller).select_related("violation").order_by("-pk")
    shown, lines = list(violations[:MOST_LINES]), list(entries[:MOST_LINES])
    sent = Report.objects.filter(violation__in=[row.pk for row in shown], source=Source.MARKETPLACE)
    notes = EntryNote.objects.filter(entry__in=[row.pk for row in lines])
    rows = Enforcement.objects.filter(seller=seller).order_by("-starts_at", "-points")
    kept = milestones.Standing(balance, tuple(row.value for row in rows))
    rung = programme.next_milestone(balance)
    return StandingFacts(
        at=at,
        seller_code=code,
        scale=programme.scale,
        balance=balance,
        rating=programme.shown(balance) if programme.scale == Scale.RATING else None,
        next_milestone=rung.points if rung else None,
        violations=shown,
        entries=lines,
        enforcements=milestones.settle(kept, at=at).enforcements,
        external_ids={pk: external_id for pk, external_id in sent.values_list("violation", "external_id") if pk},
        reasons=dict(notes.values_list("entry", "reason")),
    )
