"""What the schedule asks of the catalogue."""

from datetime import datetime
from typing import Any

from celery import shared_task

from apps.catalog.services.policies import tell_due_changes
from apps.catalog.services.schedule import publish_due


@shared_task
def publish_due_pages_every_minute(at: str) -> dict[str, Any]:
    """Pages that editors scheduled go live, or off."""
    return publish_due(at=datetime.fromisoformat(at))


@shared_task
def tell_policy_changes_every_minute(at: str) -> dict[str, Any]:
    """Material changes of policies whose day has come act."""
    return tell_due_changes(at=datetime.fromisoformat(at))
