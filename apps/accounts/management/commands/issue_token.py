"""`manage.py issue_token NAME --scope …`: a token for a machine, printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.enums import Scope
from apps.accounts.services import issue_token_for_name
from apps.core.clock import now
from apps.core.rules import Refusal


class Command(BaseCommand):
    """Makes a token; the machine account too, where there is none of this name."""

    help = "Make a token for a machine account (made where there is none of this name) and print it, this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, what it opens, how long it counts."""
        parser.add_argument("name", help="The machine account: the system that calls.")
        parser.add_argument(
            "--scope",
            action="append",
            required=True,
            choices=[str(scope) for scope in Scope],
            help="What it opens; more than once for more.",
        )
        parser.add_argument("--days", type=int, help="How long it counts; without, until it is revoked in the admin.")

    def handle(self, *_args: Any, name: str, scope: list[str], days: int | None, **_options: Any) -> None:
        """The token alone goes to the output, what there is to say of it to the other one."""
        if not 0 < len(name.strip()) <= 80:
            raise CommandError("A machine account has a name of 1 to 80 letters.")
        try:
            token, words = issue_token_for_name(name=name.strip(), scopes=scope, days=days, at=now())
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        ends = f"until {token.expires_at:%Y-%m-%d %H:%M} UTC" if token.expires_at else "until it is revoked"
        self.stderr.write(
            f"A token of {token.account.name} for {', '.join(token.scopes)}, {ends}. Keep it: it is shown once."
        )
        self.stdout.write(words)
