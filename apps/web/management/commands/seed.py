"""`manage.py seed`: the demo market, loaded through the services. Safe to run again."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from apps.core.clock import now
from apps.web.services.market_bulk import load_large
from apps.web.services.market_bulk_standing import load_large_standing
from apps.web.services.market_pages import count_pages, load_pages
from apps.web.services.market_people import SELLERS, load_alices_own, load_people
from apps.web.services.market_questions import load_questions, question_files
from apps.web.services.market_standing import load_standing, standing_of

FOLDER = settings.BASE_DIR / "fixtures" / "lantern_market"
BAR = 30


class Command(BaseCommand):
    """Loads the demo market with a progress bar."""

    help = "Load the demo market (Lantern Market): pages, questions, people, progress, standing. Safe to run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much of it."""
        parser.add_argument(
            "--size",
            choices=["demo", "large"],
            default="demo",
            help="large adds lessons, and sellers with ledgers, for benchmarks, set-based; never on a real site",
        )
        parser.add_argument("--lessons", type=int, default=3000, help="with --size large: how many lessons")
        parser.add_argument("--sellers", type=int, default=3000, help="with --size large: how many sellers of it")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Pages first, then what is asked about them, then people, then what they did against the policies."""
        steps = [count_pages(FOLDER), len(question_files(FOLDER)), SELLERS, len(standing_of(FOLDER)["sellers"])]
        self.total, self.done, at = sum(steps), 0, now()
        market = load_pages(FOLDER, self.tick)
        load_questions(market, self.tick)
        load_people(at, self.tick)
        load_standing(market, at, self.tick)
        load_alices_own(at)
        if options["size"] == "large":
            load_large(options["lessons"])
            load_large_standing(options["sellers"], at)
        self.stdout.write("\nLantern Market is loaded." if self.stdout.isatty() else "Lantern Market is loaded.")

    def tick(self, title: str) -> None:
        """Move the bar; on a terminal in place, elsewhere a line every tenth part."""
        self.done += 1
        share = min(1.0, self.done / self.total)
        if self.stdout.isatty():
            filled = int(share * BAR)
            self.stdout.write(f"\r{'█' * filled}{'·' * (BAR - filled)} {share:4.0%}  {title[:40]:40}", ending="")
            self.stdout.flush()
        elif self.done % max(1, self.total // 10) == 0:
            self.stdout.write(f"{share:4.0%}  {title}")
