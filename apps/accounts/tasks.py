"""What the schedule asks of accounts."""

from datetime import datetime

from celery import shared_task

from apps.accounts.services import forget_calls


@shared_task
def forget_old_calls_daily(at: str) -> dict[str, int]:
    """Calls of machines are kept for 90 days."""
    return {"deleted": forget_calls(at=datetime.fromisoformat(at))}
