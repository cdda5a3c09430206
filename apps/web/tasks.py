"""What the schedule asks of the site as a whole."""

from datetime import datetime

from celery import shared_task

from apps.web.services.searches import forget_missed_searches


@shared_task
def forget_missed_searches_daily(at: str) -> dict[str, int]:
    """What was looked for in vain is kept for 180 days after it was asked last."""
    return {"deleted": forget_missed_searches(at=datetime.fromisoformat(at))}
