"""What the schedule asks of standing, and the bells that it is rung by."""

from datetime import datetime, timedelta

from celery import shared_task

from apps.compliance.services import attempts, expiry, imports
from apps.core.clock import now

# How long one call goes on while there is work; the schedule's is over before its next slot.
ROUND = timedelta(minutes=4)
SCHEDULED_ROUND = timedelta(seconds=40)


@shared_task
def expire_points_every_ten_minutes(at: str) -> dict[str, int]:
    """Points whose day has come expire."""
    return expiry.expire_due(at=datetime.fromisoformat(at))


@shared_task
def end_enforcements_every_minute(at: str) -> dict[str, int]:
    """Enforcements end when their time is over."""
    return expiry.end_due(at=datetime.fromisoformat(at))


@shared_task
def remind_of_closing_quizzes_hourly(at: str) -> dict[str, int]:
    """Sellers are reminded of quizzes that close in three days."""
    return expiry.remind_of_closing(at=datetime.fromisoformat(at))


@shared_task
def continue_imports() -> dict[str, int]:
    """A file of violations is to be taken."""
    return imports.continue_imports(clock=now, until=now() + ROUND)


@shared_task
def continue_imports_every_minute(at: str) -> dict[str, int]:
    """What a lost bell or a worker's death left untaken."""
    return imports.continue_imports(clock=now, until=now() + SCHEDULED_ROUND)


@shared_task
def credit_late_passes() -> dict[str, int]:
    """Passes have come of a voided question."""
    return attempts.credit_late_passes(at=now())


@shared_task
def credit_late_passes_every_minute(at: str) -> dict[str, int]:
    """What a lost bell left uncredited."""
    return attempts.credit_late_passes(at=datetime.fromisoformat(at))
