"""`manage.py withdraw_badge_key KEY`: badges signed with this key are invalid from now on."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core.signing.keyrings import written
from apps.learning.services.badges import withdraw_badge_key


class Command(BaseCommand):
    """For a key that somebody else may hold. Holders take their badges anew, signed with the newest key."""

    help = "Make badges signed with an older key invalid. Where BADGE_KEYS holds the keys, print its new value."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The key's id, as /.well-known/jwks.json names it."""
        parser.add_argument("key", help="the key's id (kid), as /.well-known/jwks.json names it")

    def handle(self, *_args: Any, key: str, **_options: Any) -> None:
        """Name what was withdrawn, or print the ring that the operator has to set."""
        try:
            ring = withdraw_badge_key(key_id=key)
        except KeyError:
            raise CommandError(f"There is no key {key}.") from None
        except ValueError:
            raise CommandError("This key signs now. Run rotate_badge_key first.") from None
        self.stdout.write(written(ring) if settings.BADGE_KEYS else f"Badges signed with {key} are invalid now.")
