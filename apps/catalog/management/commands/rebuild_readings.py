"""`manage.py rebuild_readings`: makes the index of what anyone may open anew from the page tree."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.catalog.services.readings import rebuild_readings


class Command(BaseCommand):
    """For after a restored backup, or when in doubt."""

    help = "Make the index of readable pages anew from the page tree."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Say how many pages anyone may open."""
        self.stdout.write(f"{rebuild_readings()} pages can be read.")
