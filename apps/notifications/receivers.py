"""Listens to what the mail service reports (django-anymail): addresses that are dead, readers who complain."""

from collections.abc import Iterator, Mapping
from typing import Any

from anymail.signals import AnymailTrackingEvent, tracking
from django.dispatch import receiver

from apps.core.clock import now
from apps.notifications.rules import suppression_for
from apps.notifications.services.suppression import suppress

# Where mail services say what kind of bounce it was.
NAMES_OF_KINDS = {"type", "event", "bouncetype", "bounce_type", "severity"}


@receiver(tracking)
def stop_dead_address(event: AnymailTrackingEvent, **_facts: Any) -> None:
    """Send no more to an address that takes no mail, or whose reader marked a letter as unwanted."""
    said = " ".join(str(each) for each in (event.mta_response, event.description) if each)
    words = " ".join([*kinds_in(event.esp_event), str(event.mta_response or "")])
    reason = suppression_for(happened=event.event_type, reason=event.reject_reason or "", words=words)
    if reason and event.recipient:
        suppress(address=event.recipient, reason=reason, detail=said or event.event_type, at=now())


def kinds_in(raw: Any) -> Iterator[str]:
    """What the service itself calls it, wherever that stands in its report."""
    if not isinstance(raw, Mapping):
        return
    for name, value in raw.items():
        if isinstance(value, Mapping):
            yield from kinds_in(value)
        elif isinstance(value, str) and name.lower() in NAMES_OF_KINDS:
            yield value
