"""Violations that are sent in, by the API or as a file: each becomes a report, and a violation where it can.

A seller's reports wait until a person stands for the seller for the first time. Reports are taken seller by seller,
each seller in a transaction of their own, so that a batch which breaks off is simply sent again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime

from django.db import IntegrityError, transaction

from apps.accounts.models import Seller
from apps.accounts.services.audit import Actor, log_act
from apps.compliance.enums import Channel, Outcome, Source
from apps.compliance.models import Report, Standing, Violation, ViolationType
from apps.compliance.queries.programmes import Programmes
from apps.compliance.rules import intake as rules
from apps.compliance.rules.fields import Fault
from apps.compliance.rules.ledger import AlreadyRevoked
from apps.compliance.rules.reasons import check_reason
from apps.compliance.services.ledger import expire_held, hold_seller, hold_standing
from apps.compliance.services.notices import tell_of_entered
from apps.compliance.services.violations import Evidence, enter_violation, free_references, revoke_violation
from apps.core.rules import gettext_noop
from apps.notifications.services.webhooks import hold


@dataclass(frozen=True)
class ItemResult:
    """What became of one item, by its place in the batch; `reference` is "" where there is none."""

    index: int
    external_id: str
    outcome: Outcome
    reference: str = ""
    faults: tuple[Fault, ...] = ()

    @property
    def errors(self) -> list[dict[str, str]]:
        """What was wrong with it, in English."""
        return [{"field": each.field, "reason": each.reason % each.facts} for each in self.faults]


@dataclass(frozen=True)
class Item:
    """An item that could be read."""

    index: int
    report: rules.Report

    def result(self, outcome: Outcome, reference: str = "", faults: Sequence[Fault] = ()) -> ItemResult:
        """What became of it."""
        return ItemResult(self.index, self.report.external_id, outcome, reference, tuple(faults))


@dataclass
class Batch:
    """What is being taken: whose ids, which types there are, when, and by whom."""

    source: Source
    at: datetime
    by: Actor
    types: dict[str, ViolationType]
    references: list[str] = field(default_factory=list)

    def points_of(self, report: rules.Report) -> int:
        """What the report asks for, or what its type costs."""
        return report.points or self.types[report.type].points


def take_batch(*, items: object, source: Source, at: datetime, by: Actor) -> list[ItemResult]:
    """Take 1 to 1,000 violations; one result for each, in order. Raises BatchRefused.

    An item that is refused, known or in conflict with a known one blocks none of the others. Sent again, everything
    is known and nothing changes.
    """
    return take_items(items=rules.check_batch(items), source=source, at=at, by=by)


def take_items(*, items: Sequence[object], source: Source, at: datetime, by: Actor) -> list[ItemResult]:
    """What `take_batch` does, of any number."""
    batch = batch_of(source, at, by)
    waiting, results = read_items(items, batch)
    while waiting:
        settled, fresh, waiting = sort_out(waiting, batch)
        results += settled
        batch.references = free_references(len(fresh)) if fresh else []
        groups: dict[str, list[Item]] = {}
        for item in fresh:
            groups.setdefault(item.report.seller_code, []).append(item)
        # In the order of codes: two batches that name the same sellers never wait for each other in a circle.
        for code in sorted(groups):
            results += take_group(code, groups[code], batch)
    return sorted(results, key=lambda result: result.index)


def preview_items(*, items: Sequence[object], source: Source, at: datetime) -> list[ItemResult]:
    """What would become of these items if they were taken now; writes nothing."""
    batch = batch_of(source, at, None)
    waiting, results = read_items(items, batch)
    settled, fresh, repeated = sort_out(waiting, batch)
    results += settled
    entering = sellers_that_enter({item.report.seller_code for item in fresh})
    for item in fresh:
        enters = item.report.seller_code in entering
        results.append(item.result(Outcome.CREATED if enters else Outcome.PENDING))
    firsts = {item.report.external_id: item.report for item in fresh}
    for item in repeated:
        first = firsts[item.report.external_id]
        outcome = rules.outcome_of_known(item.report, fingerprint=first.fingerprint, points=batch.points_of(first))
        results.append(item.result(outcome))
    return sorted(results, key=lambda result: result.index)


def batch_of(source: Source, at: datetime, by: Actor) -> Batch:
    """A batch that begins."""
    types = ViolationType.objects.select_related("policy_page").prefetch_related("texts")
    return Batch(source, at, by, {kind.code.upper(): kind for kind in types})


def read_items(items: Sequence[object], batch: Batch) -> tuple[list[Item], list[ItemResult]]:
    """The items that can be read, and the results of those that can't."""
    read: list[Item] = []
    refused: list[ItemResult] = []
    for index, item in enumerate(items):
        try:
            read.append(Item(index, rules.read_item(item, types=batch.types, at=batch.at)))
        except rules.ItemRefused as refusal:
            refused.append(ItemResult(index, id_of(item), Outcome.REFUSED, faults=refusal.faults))
    return read, refused


def id_of(item: object) -> str:
    """The id that a refused item says it has, as far as it is one, so that its sender finds it again."""
    given = item.get("external_id") if isinstance(item, dict) else None
    return given[: rules.LONGEST_ID] if isinstance(given, str) else ""


def sort_out(items: Sequence[Item], batch: Batch) -> tuple[list[ItemResult], list[Item], list[Item]]:
    """What is settled without writing, the items to take now, and those whose id comes a second time."""
    reports = known_reports(batch, items)
    settled: list[ItemResult] = []
    fresh: dict[str, Item] = {}
    repeated: list[Item] = []
    for item in items:
        known = reports.get(item.report.external_id)
        if known is not None:
            settled.append(judge(item, known))
        elif not batch.types[item.report.type].is_active:
            fault = Fault("type", gettext_noop("There is no violation type %(code)s."), {"code": item.report.type})
            settled.append(item.result(Outcome.REFUSED, faults=[fault]))
        elif item.report.external_id in fresh:
            repeated.append(item)
        else:
            fresh[item.report.external_id] = item
    return settled, list(fresh.values()), repeated


def known_reports(batch: Batch, items: Iterable[Item]) -> dict[str, Report]:
    """Those that were sent before, by their ids."""
    ids = {item.report.external_id for item in items}
    return {row.external_id: row for row in Report.objects.filter(source=batch.source, external_id__in=ids)}


def judge(item: Item, known: Report) -> ItemResult:
    """The same again, or another one under the same id."""
    outcome = rules.outcome_of_known(item.report, fingerprint=known.fingerprint, points=known.points)
    return item.result(outcome, known.reference if outcome == Outcome.KNOWN else "")


def sellers_that_enter(codes: Iterable[str]) -> set[str]:
    """The codes of those for whom somebody stands or stood: what is reported of them waits for nobody."""
    sellers = Seller.objects.filter(code__in=list(codes))
    enter = sellers.filter(person__isnull=False) | sellers.filter(standing__isnull=False)
    return set(enter.values_list("code", flat=True))


class SellerAppeared(Exception):
    """The seller was made, and a person began to stand for it, between two looks: what is held is in a wrong order."""


def take_group(code: str, items: Sequence[Item], batch: Batch) -> list[ItemResult]:
    """Take the reports of one seller, in their order."""
    try:
        return take_held(code, items, batch)
    except SellerAppeared:
        # Rolled back, and so the reports are let go: they are held again after the seller, who is there now.
        return take_held(code, items, batch)


@transaction.atomic
def take_held(code: str, items: Sequence[Item], batch: Batch) -> list[ItemResult]:
    """The same in a transaction; raises SellerAppeared before anything is written."""
    # The seller first, as who links a person does.
    seller = hold_seller(code)
    hold_reports(code)
    if sellers_that_enter([code]):
        if seller is None:
            raise SellerAppeared
        standing = hold_standing(Seller.objects.get(code=code), at=batch.at)
        programmes = Programmes(standing.seller.region)
        expire_held(standing=standing, at=batch.at, programmes=programmes)
        return [take_item(item, batch, standing, programmes) for item in items]
    return [take_item(item, batch, None, None) for item in items]


def hold_reports(code: str) -> None:
    """Let whoever takes or enters reports of this seller wait until this transaction ends.

    Else a report that is written as waiting, while somebody begins to stand for the seller, would wait for ever.
    """
    hold(f"reports of {code}")


def take_item(item: Item, batch: Batch, standing: Standing | None, programmes: Programmes | None) -> ItemResult:
    """Write one report, and its violation unless it has to wait."""
    reference = batch.references.pop()
    # The database may refuse it after all: the same id, sent of another seller at the same time.
    before = None if standing is None else (standing.balance, standing.warned_of)
    try:
        with transaction.atomic():
            row = report_row(item.report, batch, reference)
            if standing is not None and programmes is not None:
                row.violation = enter_report(row, item.report, batch, standing, programmes, tells=True)
            row.save(force_insert=True)
    except IntegrityError:
        known = known_reports(batch, [item]).get(item.report.external_id)
        if known is None:
            raise
        if standing is not None and before is not None:
            standing.balance, standing.warned_of = before
        return judge(item, known)
    return item.result(Outcome.PENDING if standing is None else Outcome.CREATED, reference)


def report_row(report: rules.Report, batch: Batch, reference: str) -> Report:
    """The report as it is kept, not saved yet."""
    payload = asdict(report) | {"issued_at": report.issued_at.astimezone(UTC).isoformat()}
    return Report(
        source=batch.source,
        external_id=report.external_id,
        reference=reference,
        seller_code=report.seller_code,
        fingerprint=report.fingerprint,
        points=batch.points_of(report),
        payload=payload,
        received_at=batch.at,
    )


def enter_report(
    row: Report, report: rules.Report, batch: Batch, standing: Standing, programmes: Programmes, *, tells: bool
) -> Violation:
    """Make the violation of a report."""
    return enter_violation(
        standing=standing,
        kind=batch.types[report.type],
        evidence=evidence_of(report),
        issued_at=report.issued_at,
        at=batch.at,
        by=batch.by,
        points=row.points,
        reference=row.reference,
        tells=tells,
        programmes=programmes,
    )


def evidence_of(report: rules.Report) -> Evidence:
    """What the report says that it is about."""
    content = report.content
    return Evidence(report.channel, report.message, content.title, content.url, content.at_seconds)


# --- What waited ----------------------------------------------------------------------------------------------------


@transaction.atomic
def enter_waiting(*, seller: Seller, at: datetime) -> list[Violation]:
    """Somebody stands for the seller: enter what was reported until now, in the order of issue, with one letter.

    Their standing begins. All dates run from the day of issue; what has expired meanwhile costs nothing.
    """
    hold_seller(seller.code)
    hold_reports(seller.code)
    standing = hold_standing(seller, at=at)
    waiting = Report.objects.filter(seller_code=seller.code, violation=None, withdrawn_at=None)
    rows = [(kept_report(row), row) for row in waiting.select_for_update().order_by("pk")]
    if not rows:
        return []
    batch, programmes = batch_of(Source.MARKETPLACE, at, None), Programmes(standing.seller.region)
    expire_held(standing=standing, at=at, programmes=programmes)
    violations: list[Violation] = []
    for report, row in sorted(rows, key=lambda pair: pair[0].issued_at):
        row.violation = enter_report(row, report, batch, standing, programmes, tells=False)
        row.save(update_fields=["violation"])
        violations.append(row.violation)
    tell_of_entered(standing=standing, violations=violations, at=at)
    return violations


def kept_report(row: Report) -> rules.Report:
    """A report as it was read when it came."""
    facts = dict(row.payload)
    report = rules.Report(**facts | {"content": rules.Content(**facts["content"])})
    return replace(report, channel=Channel(report.channel), issued_at=datetime.fromisoformat(facts["issued_at"]))


# --- Taken back -----------------------------------------------------------------------------------------------------


@transaction.atomic
def revoke_report(*, external_id: str, source: Source, reason: str, at: datetime, by: Actor) -> Report:
    """Revoke the violation that was sent under this id; one that waits still is withdrawn, and enters never.

    Again changes nothing. Raises ReportUnknown, ReasonMissing.
    """
    reason = check_reason(reason)
    row = Report.objects.filter(source=source, external_id=external_id).first()
    if row is None:
        raise rules.ReportUnknown(gettext_noop("There is no violation with the id %(id)s."), id=external_id)
    if row.violation_id is None:
        hold_seller(row.seller_code)
        hold_reports(row.seller_code)
    row = Report.objects.select_related("violation__seller").get(pk=row.pk)
    if row.violation is not None:
        try:
            row.violation = revoke_violation(violation=row.violation, reason=reason, at=at, by=by)
        except AlreadyRevoked:
            return row
    elif row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_reason = at, reason
        row.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        log_act(row, "compliance.withdraw", by=by)
    return row
