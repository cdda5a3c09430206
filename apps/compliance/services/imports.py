"""CSV files of violations: looked at first, then taken by a worker, chunk by chunk, under a lease.

A worker that dies loses nothing: its lease runs out, and what it took already is known when it is taken again.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from wagtail.log_actions import log

from apps.accounts.models import User
from apps.compliance.enums import ImportState, Outcome, Source
from apps.compliance.models import ImportLine, Report, ViolationImport
from apps.compliance.rules.files import FileRefused, read_file
from apps.compliance.rules.states import IMPORT
from apps.compliance.services.intake import ItemResult, preview_items, take_items
from apps.core.jobs import enqueue_on_commit
from apps.core.rules import Refusal, gettext_noop

logger = logging.getLogger(__name__)

CHUNK = 100
LEASE = timedelta(minutes=5)
LONGEST_NAME = 150
Clock = Callable[[], datetime]

__all__ = ["FileRefused", "ImportOver", "continue_imports", "drop_import", "preview_file", "start_import"]


class ImportOver(Refusal):
    """A file is taken or dropped once."""


@transaction.atomic
def preview_file(*, name: str, content: bytes, at: datetime, by: User) -> ViolationImport:
    """Keep the lines of a file, each with what would become of it if it were taken now. Raises FileRefused."""
    lines = read_file(content)
    results = preview_items(items=[line.item for line in lines], source=Source.STAFF, at=at)
    brought = ViolationImport.objects.create(name=name[:LONGEST_NAME], brought_at=at, brought_by=by)
    ImportLine.objects.bulk_create(
        [
            ImportLine(
                brought=brought,
                number=line.number,
                item=line.item,
                expected=result.outcome,
                errors=result.errors,
            )
            for line, result in zip(lines, results, strict=True)
        ],
        batch_size=500,
    )
    log(brought, "compliance.preview_import", user=by, data={"lines": len(lines)})
    return brought


@transaction.atomic
def start_import(*, brought: ViolationImport, at: datetime, by: User) -> ViolationImport:
    """Have the file taken. Lines that were refused when it was looked at stay refused. Raises ImportOver."""
    brought = hold_import(brought, ImportState.RUNNING)
    brought.state, brought.started_at = ImportState.RUNNING, at
    brought.save(update_fields=["state", "started_at"])
    brought.lines.filter(expected=Outcome.REFUSED).update(outcome=Outcome.REFUSED)
    log(brought, "compliance.start_import", user=by)
    enqueue_on_commit("apps.compliance.tasks.continue_imports")
    return brought


@transaction.atomic
def drop_import(*, brought: ViolationImport, at: datetime, by: User) -> ViolationImport:
    """Leave the file alone, after all. Raises ImportOver."""
    brought = hold_import(brought, ImportState.DROPPED)
    brought.state, brought.ended_at = ImportState.DROPPED, at
    brought.save(update_fields=["state", "ended_at"])
    log(brought, "compliance.drop_import", user=by)
    return brought


def hold_import(brought: ViolationImport, target: ImportState) -> ViolationImport:
    """The file, locked, if it may come into this state."""
    brought = ViolationImport.objects.select_for_update().get(pk=brought.pk)
    if not IMPORT.allows(brought.state, target):
        raise ImportOver(gettext_noop("This file was taken or dropped already."))
    return brought


# --- Taking ---------------------------------------------------------------------------------------------------------


@dataclass
class Counts:
    """What one round did."""

    lines: int = 0
    files: int = 0


def continue_imports(*, clock: Clock, until: datetime | None = None) -> dict[str, int]:
    """Take lines of all files that run, until nothing is left or it is later than `until`."""
    counts = Counts()
    running = ViolationImport.objects.filter(state=ImportState.RUNNING).order_by("started_at", "pk")
    for brought in list(running):
        try:
            while (until is None or clock() < until) and take_chunk(brought, clock, counts):
                pass
        except Exception:
            # Its lease runs out, and then it is tried again; the others go on.
            logger.exception("The file of violations %s can't be taken now.", brought.reference)
    return {"lines": counts.lines, "files": counts.files}


def take_chunk(brought: ViolationImport, clock: Clock, counts: Counts) -> bool:
    """Take the next lines of a file; False where it is done, or somebody else has it."""
    at = clock()
    lease = claim(brought, at)
    if lease is None:
        return False
    lines = list(brought.lines.filter(outcome="").order_by("number")[:CHUNK])
    by = brought.brought_by
    results = take_items(items=[line.item for line in lines], source=Source.STAFF, at=at, by=by) if lines else []
    return note(brought, lease, lines, results, clock(), counts)


def claim(brought: ViolationImport, at: datetime) -> datetime | None:
    """Hold a file for as long as the lease; its end, or None where somebody else holds it.

    A lease that ends further off than we ever set it comes from a clock that jumped and counts for nothing.
    """
    is_free = Q(lease_until=None) | Q(lease_until__lte=at) | Q(lease_until__gt=at + 2 * LEASE)
    free = ViolationImport.objects.filter(is_free, pk=brought.pk, state=ImportState.RUNNING)
    return at + LEASE if free.update(lease_until=at + LEASE) else None


@transaction.atomic
def note(
    brought: ViolationImport,
    lease: datetime,
    lines: list[ImportLine],
    results: list[ItemResult],
    at: datetime,
    counts: Counts,
) -> bool:
    """Write down what became of the lines, where the file is still ours; whether there may be more."""
    held = ViolationImport.objects.select_for_update().filter(pk=brought.pk, lease_until=lease).first()
    if held is None:
        return False
    earlier = taken_before_a_crash(held, results)
    for line, result in zip(lines, results, strict=True):
        is_ours = result.reference in earlier and line.expected in (Outcome.CREATED, Outcome.PENDING)
        line.outcome = line.expected if is_ours else result.outcome
        line.reference, line.errors = result.reference, result.errors
    ImportLine.objects.bulk_update(lines, ["outcome", "reference", "errors"])
    counts.lines += len(lines)
    held.lease_until = None
    if len(lines) < CHUNK:
        held.state, held.ended_at = ImportState.DONE, at
        counts.files += 1
    held.save(update_fields=["lease_until", "state", "ended_at"])
    return held.state == ImportState.RUNNING


def taken_before_a_crash(brought: ViolationImport, results: list[ItemResult]) -> set[str]:
    """The references of those known ones that came with this very file: its worker died before it noted them."""
    known = [result.reference for result in results if result.outcome == Outcome.KNOWN]
    since = Report.objects.filter(reference__in=known, source=Source.STAFF, received_at__gte=brought.started_at)
    return set(since.values_list("reference", flat=True))
