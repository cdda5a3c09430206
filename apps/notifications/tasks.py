"""Bells and schedule of the mailroom: each looks into the database for what is due."""

from datetime import timedelta

from celery import shared_task

from apps.core.clock import now
from apps.notifications.services import delivery, sendings, webhooks

# How long one call goes on while there is work. The schedule's are over before their next slot, and long before they
# would be called late.
ROUND = timedelta(minutes=4)
SCHEDULED_ROUND = timedelta(seconds=40)


@shared_task
def send_letters() -> dict[str, int]:
    """A letter was written: send what is due."""
    return delivery.send_due(clock=now, until=now() + ROUND)


@shared_task
def send_urgent_letters() -> dict[str, int]:
    """Somebody waits for a code; in a queue of its own, before all others."""
    return delivery.send_due(clock=now, urgent_only=True, until=now() + SCHEDULED_ROUND)


@shared_task
def send_due_letters_every_minute(at: str) -> dict[str, int]:
    """What is due again after a failed try, and what a lost bell left."""
    return delivery.send_due(clock=now, until=now() + SCHEDULED_ROUND)


@shared_task
def continue_sendings() -> dict[str, int]:
    """A letter to many was begun: write it."""
    return sendings.continue_sendings(clock=now, until=now() + ROUND)


@shared_task
def continue_sendings_every_minute(at: str) -> dict[str, int]:
    """What a lost bell or a worker's death left unwritten."""
    return sendings.continue_sendings(clock=now, until=now() + SCHEDULED_ROUND)


@shared_task
def send_deliveries() -> dict[str, int]:
    """An event was announced: send what is due. In the queue of what may take long: other machines may be slow."""
    return webhooks.send_due_deliveries(clock=now, until=now() + ROUND)


@shared_task
def send_due_deliveries_every_minute(at: str) -> dict[str, int]:
    """Events that are due again after a failed try, and what a lost bell left."""
    return webhooks.send_due_deliveries(clock=now, until=now() + SCHEDULED_ROUND)
