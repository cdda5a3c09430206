"""`manage.py demo`: from nothing to the demo market in a browser. Safe to run again."""

import socket
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from apps.web.services.market_people import PASSWORD, SIGN_INS


class Command(BaseCommand):
    """Migrates, seeds, says where everything is, and serves."""

    help = "Set up the demo market and serve it."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Never returns while the site is served."""
        if not settings.DEBUG:
            raise CommandError("The demo's sign-ins are public: it runs with DEBUG on only.")
        self.check_port()
        call_command("migrate", verbosity=0)
        call_command("seed")
        self.stdout.write(self.words())
        call_command("serve")

    def check_port(self) -> None:
        """Say at once when the port is taken."""
        port = int(settings.BASE_URL.rpartition(":")[2])
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise CommandError(f"Port {port} is taken. Choose another: PORT=8001 make demo")

    def words(self) -> str:
        """Addresses and sign-ins."""
        width = max(len(sign_in.email) for sign_in in SIGN_INS)
        people = "\n".join(f"  {each.email:{width}}  {each.about}" for each in SIGN_INS)
        return (
            f"\nSeller University\n  site   {settings.BASE_URL}/\n  admin  {settings.BASE_URL}/cms/\n"
            f"  mail   {settings.BASE_URL}/demo/mail/\n  style  {settings.BASE_URL}/style/\n\n"
            f"Sign in as (password {PASSWORD}):\n{people}\n\nCtrl-C ends it.\n"
        )
