"""Counts what comes too often from one side, in the cache: a count that gets lost does no harm."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils.crypto import salted_hmac

from apps.core.rules import slot_end


def count_up(name: str, *, who: str, window: timedelta, at: datetime) -> int:
    """How often this came from them within the window of time, this time included. Who it was is kept nowhere."""
    key = f"{name}:{salted_hmac(name, who).hexdigest()}:{slot_end(window, at).timestamp():.0f}"
    cache.add(key, 0, timeout=window.total_seconds())
    return cache.incr(key)
