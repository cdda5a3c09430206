"""What the schedule asks of learning."""

from datetime import datetime

from celery import shared_task

from apps.learning.services.reminders import remind_of_goals


@shared_task
def remind_of_goals_hourly(at: str) -> dict[str, int]:
    """Letters about weekly goals, where it is Friday and day."""
    return remind_of_goals(at=datetime.fromisoformat(at))
