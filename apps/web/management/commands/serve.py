"""`manage.py serve`: runs the site with the production web server."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Hands this process over to granian; Ctrl-C and SIGTERM end it."""

    help = "Serve the site (PORT, HOST, WEB_WORKERS, WEB_THREADS)."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Never returns."""
        workers = int(os.environ.get("WEB_WORKERS", "1"))
        if workers > 1 and not settings.CACHE_URL:
            raise CommandError(
                "WEB_WORKERS above 1 needs CACHE_URL: sessions and renderings are kept in memory that one process has."
            )
        arguments = ["granian", "--interface", "wsgi", "config.wsgi:application", "--no-ws", "--log-level", "warning"]
        arguments += ["--host", os.environ.get("HOST", "127.0.0.1"), "--port", os.environ.get("PORT", "8000")]
        arguments += ["--workers", str(workers), "--blocking-threads", os.environ.get("WEB_THREADS", "8")]
        os.chdir(settings.BASE_DIR)
        os.execv(sys.executable, [sys.executable, "-m", *arguments])
