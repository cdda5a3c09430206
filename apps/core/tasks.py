"""The door through which the schedule comes."""

from datetime import datetime, timedelta
from typing import Any

from celery import shared_task

from apps.core import jobs
from apps.core.clock import now
from apps.core.rules import Job


@shared_task
def run_scheduled(task: str, every: float, offset: float, lease: float, at: str = "") -> dict[str, Any] | None:
    """Offer a periodic job (times in seconds): it runs unless its slot was run already. Answers its counts."""
    times = {name: timedelta(seconds=each) for name, each in (("every", every), ("offset", offset), ("lease", lease))}
    work = jobs.find_task(task)
    run = jobs.run_slot(
        job=Job(task, **times),
        at=datetime.fromisoformat(at) if at else now(),
        clock=now,
        work=lambda instant: work(instant.isoformat()),
    )
    return run.counts if run else None


@shared_task
def forget_old_runs_daily(at: str) -> dict[str, int]:
    """Runs of periodic jobs are kept for 14 days."""
    return {"deleted": jobs.forget_runs(before=datetime.fromisoformat(at) - timedelta(days=14))}
