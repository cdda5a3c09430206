"""The one place that asks what time it is. Doors call it and pass the instant down."""

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return timezone.now()
