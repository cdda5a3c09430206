"""`manage.py demo`: from nothing to the demo market in a browser. Safe to run again."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.enums import Scope
from apps.web.management.commands.serve import check_port
from apps.web.services.market_people import PASSWORD, SIGN_INS
from apps.web.services.market_standing import MARKETPLACE


class Command(BaseCommand):
    """Migrates, seeds, says where everything is, and serves."""

    help = "Set up the demo market and serve it."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Never returns while the site is served."""
        if not settings.DEBUG:
            raise CommandError("The demo's sign-ins are public: it runs with DEBUG on only.")
        check_port()
        call_command("migrate", verbosity=0)
        call_command("seed")
        self.stdout.write(self.words())
        call_command("serve")

    def words(self) -> str:
        """Addresses and sign-ins."""
        width = max(len(sign_in.email) for sign_in in SIGN_INS)
        people = "\n".join(f"  {each.email:{width}}  {each.about}" for each in SIGN_INS)
        return (
            f"\nSeller University\n  site   {settings.BASE_URL}/\n  admin  {settings.BASE_URL}/cms/\n"
            f"  mail   {settings.BASE_URL}/demo/mail/\n  style  {settings.BASE_URL}/style/\n\n"
            f"Sign in as (password {PASSWORD}):\n{people}\n\n{self.second_step()}\n\n"
            f"{self.machine()}\n\nCtrl-C ends it.\n"
        )

    def machine(self) -> str:
        """How to call the API as the marketplace does."""
        scopes = " ".join(f"--scope {scope}" for scope in (Scope.VIOLATIONS_WRITE, Scope.STANDING_READ))
        command = f'manage.py issue_token "{MARKETPLACE}" {scopes}'
        return f"The API at {settings.BASE_URL}/api/v1/ asks for a token:\n  {command}"

    def second_step(self) -> str:
        """What a real site asks of staff and this one doesn't; and where passkeys work."""
        asked = "is asked for" if settings.REQUIRE_STAFF_MFA else "is not asked for here, but on a real site it is"
        address = settings.BASE_URL.replace("127.0.0.1", "localhost")
        return (
            f"The second step of staff (REQUIRE_STAFF_MFA) {asked}.\nPasskeys need an address with a name: {address}/"
        )
