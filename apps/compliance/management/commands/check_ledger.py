"""`manage.py check_ledger`: recomputes every standing from the ledger and names every difference."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from apps.compliance.services.books import check_books
from apps.core.clock import now


class Command(BaseCommand):
    """Changes nothing. Exit code 1 where there is a difference."""

    help = "Recompute what remains, states, balances, milestones and enforcements from the ledger; name differences."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """One line for each difference."""
        found = 0
        for code, words in check_books(at=now()):
            self.stdout.write(f"{code}: {words}")
            found += 1
        self.stdout.write(f"{found} differences." if found else "No difference.")
        if found:
            sys.exit(1)
