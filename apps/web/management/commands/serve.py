"""`manage.py serve`: web, worker and schedule as children of one process, until Ctrl-C."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

PARTS = ("web", "worker", "schedule")
PR_SET_PDEATHSIG = 1
PATIENCE = 20
"""Seconds that a child has to end before it is killed."""
STEADY = 60
"""Seconds that a child must have lived for its next restart to be at once."""


def web() -> list[str]:
    """Granian with our WSGI application."""
    workers = int(os.environ.get("WEB_WORKERS", "1"))
    if workers > 1 and not settings.CACHE_URL:
        raise CommandError(
            "WEB_WORKERS above 1 needs CACHE_URL: sessions and renderings are kept in memory that one process has."
        )
    arguments = ["granian", "--interface", "wsgi", "config.wsgi:application", "--no-ws", "--log-level", "warning"]
    arguments += ["--host", os.environ.get("HOST", "127.0.0.1"), "--port", os.environ.get("PORT", "8000")]
    return [*arguments, "--workers", str(workers), "--blocking-threads", os.environ.get("WEB_THREADS", "8")]


def worker() -> list[str]:
    """Celery's worker for the queues of WORKER_QUEUES; threads, unless WORKER_POOL says otherwise."""
    arguments = [
        "celery",
        "--quiet",
        "-A",
        "config",
        "worker",
        "--loglevel",
        "warning",
        "--without-gossip",
        "--without-mingle",
    ]
    arguments += ["--without-heartbeat", "-Q", os.environ.get("WORKER_QUEUES", "default,mail,reports")]
    arguments += ["--pool", os.environ.get("WORKER_POOL", "threads")]
    return [*arguments, "--concurrency", str(threads()), "-n", f"worker-{os.getpid()}@%h"]


def schedule() -> list[str]:
    """Celery's beat; it remembers nothing, since the slots that ran stand in the database."""
    arguments = ["celery", "--quiet", "-A", "config", "beat", "--loglevel", "warning", "--pidfile", ""]
    return [*arguments, "--scheduler", "celery.beat:Scheduler"]


COMMANDS: dict[str, Callable[[], list[str]]] = {"web": web, "worker": worker, "schedule": schedule}


def end_with_parent() -> Callable[[], None] | None:
    """What a child does before it begins, so that it ends when this process is killed; only Linux knows how."""
    if not sys.platform.startswith("linux"):
        return None
    libc, parent = ctypes.CDLL(None), os.getpid()

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def threads() -> int:
    """How much the worker does at once."""
    return int(os.environ.get("WORKER_THREADS", "8"))


def surroundings(part: str) -> dict[str, str]:
    """The environment of a part. Each thread of the worker holds a database connection for as long as a task."""
    wanted = threads() + 2 if part == "worker" else 0
    return os.environ | {"DATABASE_POOL_MAX": str(max(wanted, int(os.environ.get("DATABASE_POOL_MAX", "4"))))}


def check_port() -> None:
    """Say at once when the port is taken: two servers may share one, and readers would meet either."""
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1" if host == "0.0.0.0" else host, port)) == 0:  # noqa: S104
            raise CommandError(f"Port {port} is taken. Choose another with PORT.")


def check_mail() -> None:
    """On a real site letters must go somewhere: in files they would seem to be sent, codes in plain text."""
    if not settings.DEBUG and settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        raise CommandError("Nobody would get a letter. Set EMAIL_HOST, or ANYMAIL_ESP (README, “Run it for real”).")


def sweep(session: int) -> None:
    """Kill what a child that is gone left of its own children: they would go on serving beside the next one."""
    try:
        os.killpg(session, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


@dataclass
class Child:
    """One part, restarted when it ends by itself, after a pause that grows with every early death."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    next_start: float = 0.0
    deaths: int = 0

    def start(self, at: float) -> None:
        """Begin anew; in a session of its own, so that Ctrl-C reaches this process alone."""
        self.began = at
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", *self.command],
            cwd=settings.BASE_DIR,
            env=surroundings(self.name),
            start_new_session=True,
            preexec_fn=end_with_parent(),
        )

    def look(self, at: float) -> str:
        """Restart the child where it is due; answers what there is to say."""
        if self.process is not None and self.process.poll() is not None:
            sweep(self.process.pid)
            status, self.process = self.process.returncode, None
            self.deaths = 0 if at - self.began > STEADY else self.deaths + 1
            pause = min(2 ** max(self.deaths - 1, 0), 30) if self.deaths else 0
            self.next_start = at + pause
            return f"{self.name} ended ({status}); it begins again in {pause} s."
        if self.process is None and at >= self.next_start:
            self.start(at)
        return ""


class Command(BaseCommand):
    """Starts the parts, starts again what dies, and ends all on Ctrl-C or SIGTERM."""

    help = "Run the site: web, worker and schedule, or only those named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which parts."""
        parser.add_argument("parts", nargs="*", help=f"Of {', '.join(PARTS)}; all of them without a word.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Until told to end."""
        if unknown := set(options["parts"]) - set(PARTS):
            raise CommandError(f"There is no part {', '.join(sorted(unknown))}: choose of {', '.join(PARTS)}.")
        parts = options["parts"] or PARTS
        check_mail()
        if "web" in parts:
            check_port()
        children = [Child(name, COMMANDS[name]()) for name in parts]
        self.stopping = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.stop)
        try:
            while not self.stopping:
                for child in children:
                    if said := child.look(time.monotonic()):
                        self.stderr.write(said)
                time.sleep(0.2)
        finally:
            self.end(children)

    def stop(self, *_signal: Any) -> None:
        """The loop ends at its next turn."""
        self.stopping = True

    def end(self, children: list[Child]) -> None:
        """Ask all to end, the schedule first, and kill who doesn't in time."""
        running = [child.process for child in reversed(children) if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + PATIENCE
        for process in running:
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            sweep(process.pid)
