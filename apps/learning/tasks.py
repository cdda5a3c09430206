"""What the schedule asks of learning."""

from datetime import datetime, timedelta

from celery import shared_task

from apps.core.clock import now
from apps.learning.services import changes
from apps.learning.services.reminders import remind_of_goals

# How long one call goes on while there is work; the schedule's are over before their next slot.
ROUND = timedelta(minutes=4)
SCHEDULED_ROUND = timedelta(seconds=40)


@shared_task
def remind_of_goals_hourly(at: str) -> dict[str, int]:
    """Letters about weekly goals, where it is Friday and day."""
    return remind_of_goals(at=datetime.fromisoformat(at))


@shared_task
def tell_learners() -> dict[str, int]:
    """A policy has changed: tell who learned it."""
    return changes.tell_learners(clock=now, until=now() + ROUND)


@shared_task
def tell_learners_every_minute(at: str) -> dict[str, int]:
    """What a lost bell or a worker's death left untold."""
    return changes.tell_learners(clock=now, until=now() + SCHEDULED_ROUND)
