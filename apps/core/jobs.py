"""Work that isn't done in a request: rung for after commit, or run by the schedule, each slot once.

The database is the truth: what is to be done stands in rows. A task only says "look now", and a bell that gets lost
is made up for by the schedule.
"""

import logging
import traceback
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from celery import Task, current_app
from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from kombu.exceptions import OperationalError

from apps.core.models import JobRun
from apps.core.rules import Job, is_late, slot_of

logger = logging.getLogger(__name__)

BELL_RINGS_FOR = 60
"""Seconds after which a bell that nobody heard is dropped: the schedule has looked by then."""


def enqueue_on_commit(name: str, *args: Any) -> None:
    """Ask for a task (by its dotted path) once this transaction is committed; twice in a transaction asks once.

    By name, since services must not know the doors above them. A broker that is away is no error: the rows are
    written, and the schedule looks for them.
    """
    connection = transaction.get_connection()
    bell = f"bell {name} {args!r}"
    if any(getattr(waiting, "__name__", "") == bell for _sids, waiting, *_rest in connection.run_on_commit):
        return

    def ring() -> None:
        try:
            find_task(name).apply_async(args=args, retry=False, expires=BELL_RINGS_FOR)
        except OperationalError as error:
            logger.warning("The broker can't be reached (%s); the schedule will find what %s has to do.", error, name)

    ring.__name__ = bell
    transaction.on_commit(ring, robust=True)


def find_task(name: str) -> Task:
    """The task of this dotted path; a process that only rings for tasks has not loaded them yet."""
    if name not in current_app.tasks:
        current_app.loader.import_default_modules()
    return current_app.tasks[name]


def run_slot(
    *, job: Job, at: datetime, clock: Callable[[], datetime], work: Callable[[datetime], Any]
) -> JobRun | None:
    """Run the job for the slot of this instant; None where somebody else does or did.

    `work` takes the instant and answers its counts, a dict. What it raises is kept on the run, and logged. `clock`
    tells when it ended.
    """
    run = take_slot(job, at)
    if run is None:
        return None
    counts: dict[str, Any] = {}
    error = ""
    try:
        counts = work(at) or {}
    except Exception:
        error = traceback.format_exc()
        logger.exception("The job %s failed.", job.name)
    run.ended_at, run.counts, run.error = max(clock(), run.started_at), counts, error
    # Who lost the lease meanwhile leaves the row to who took it.
    JobRun.objects.filter(pk=run.pk, tries=run.tries).update(ended_at=run.ended_at, counts=counts, error=error)
    return run


def take_slot(job: Job, at: datetime) -> JobRun | None:
    """The lease on this slot: a new row, or that of a run that died."""
    slot, lease = slot_of(job, at), at + job.lease
    run = JobRun.objects.filter(job=job.name, slot=slot).first()
    if run is None:
        try:
            with transaction.atomic():
                return JobRun.objects.create(job=job.name, slot=slot, started_at=at, lease_until=lease)
        except IntegrityError:
            return None
    if run.ended_at is not None or run.lease_until > at:
        return None
    tries = run.tries + 1
    taken = JobRun.objects.filter(pk=run.pk, ended_at=None, tries=run.tries).update(
        started_at=at, lease_until=lease, tries=tries
    )
    return JobRun.objects.get(pk=run.pk) if taken else None


def late_jobs(*, jobs: Iterable[Job], at: datetime) -> list[str]:
    """Names of the jobs that have not run when they should have."""
    return [job.name for job in jobs if is_late(job, ended_slot=ended_slot(job, at), at=at)]


def ended_slot(job: Job, at: datetime) -> datetime | None:
    """The latest slot that ended without an error, up to this instant; later ones a clock that had jumped wrote."""
    ended = ended_runs().filter(job=job.name, slot__lte=at)
    return ended.order_by("-slot").values_list("slot", flat=True).first()


def ended_runs() -> QuerySet[JobRun]:
    """Runs that ended without an error."""
    return JobRun.objects.filter(error="", ended_at__isnull=False)


def forget_runs(*, before: datetime) -> int:
    """Delete runs that started before this instant; the last good one of each job stays, so that none seems late."""
    newest = ended_runs().filter(job=OuterRef("job")).order_by("-slot").values("slot")[:1]
    kept = JobRun.objects.annotate(newest=Subquery(newest)).filter(slot=F("newest"))
    old = JobRun.objects.filter(started_at__lt=before).exclude(pk__in=list(kept.values_list("pk", flat=True)))
    deleted, _by_model = old.delete()
    return deleted
