"""`manage.py rotate_badge_key`: badges are signed with a new key from now on; those signed before stay valid."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.core.signing.keyrings import written
from apps.learning.services.badges import rotate_badge_key


class Command(BaseCommand):
    """Once a year, or when somebody leaves who could read the key."""

    help = "Sign badges with a new key from now on. Where BADGE_KEYS holds the keys, print its new value."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Name the new key, or print the ring that the operator has to set."""
        ring = rotate_badge_key()
        self.stdout.write(written(ring) if settings.BADGE_KEYS else f"New badges are signed with {ring.signing_id}.")
