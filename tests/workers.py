"""Real workers as processes of their own, on the database of the test and the broker of the environment."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings
from django.db import connection
from kombu import Exchange, Queue

QUEUES = ("default", "mail", "reports")


def database_url() -> str:
    """The test's own database, for another process."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    password = f":{facts['PASSWORD']}" if facts["PASSWORD"] else ""
    return f"postgres://{facts['USER']}{password}@{facts['HOST']}:{facts['PORT'] or 5432}/{facts['NAME']}"


def environment(folder: str, mail_port: int, **more: str) -> dict[str, str]:
    """What a worker of the test is told: its database, the mail server, a broker folder of its own."""
    own = {
        "DATABASE_URL": database_url(),
        "VAR_DIR": folder,
        "DEBUG": "1",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(mail_port),
        "EMAIL_USE_TLS": "0",
        "LOG_LEVEL": "WARNING",
    }
    return os.environ | own | more


class Worker:
    """One worker process."""

    def __init__(self, env: dict[str, str], threads: int = 2) -> None:
        command = [sys.executable, "-m", "celery", "--quiet", "-A", "config", "worker", "--pool", "threads"]
        command += ["--concurrency", str(threads), "-Q", ",".join(QUEUES), "--loglevel", "error"]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat", "-n", f"test-{id(self)}@%h"]
        self.process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=env, start_new_session=True)

    def kill(self) -> None:
        """Signal 9, as when memory runs out."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        """As an operator ends it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def workers(env: dict[str, str], number: int = 1) -> Iterator[list[Worker]]:
    """So many workers until the end of the block."""
    running = [Worker(env) for _each in range(number)]
    try:
        yield running
    finally:
        for worker in running:
            worker.end()


@contextmanager
def folder() -> Iterator[str]:
    """A VAR_DIR for workers."""
    with tempfile.TemporaryDirectory(prefix="su-workers-") as path:
        yield path


def bells(env: dict[str, str]) -> Celery:
    """The broker that workers of this environment listen to."""
    options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
    if not settings.BROKER_URL:
        queue = Path(env["VAR_DIR"]) / "broker" / "queue"
        queue.mkdir(parents=True, exist_ok=True)
        options |= {"data_folder_in": str(queue), "data_folder_out": str(queue)}
        options |= {"control_folder": str(queue.parent / "control"), "processed_folder": str(queue.parent / "done")}
    # Not the current app: what the tests of this process ring later goes by the site's own.
    app = Celery("bells", broker=settings.CELERY_BROKER_URL, set_as_current=False)
    app.conf.broker_transport_options = options
    return app


def ring(env: dict[str, str], task: str, times: int = 1, args: tuple[str, ...] = ()) -> None:
    """Ask for a task as the web process does, over the real broker."""
    for _each in range(times):
        bells(env).send_task(task, args=args, queue="mail")


def purge(env: dict[str, str]) -> int:
    """Empty the broker: every bell in it is lost. Answers how many there were."""
    with bells(env).connection_for_write() as link:
        return sum(link.default_channel.queue_purge(declared(link, name)) or 0 for name in QUEUES)


def declared(link: Any, name: str) -> str:
    """The queue, made where nobody listened to it yet."""
    Queue(name, Exchange(name, type="direct"), routing_key=name)(link.default_channel).declare()
    return name


def wait_for(found: Callable[[], Any], seconds: float = 60) -> Any:
    """What `found` answers once that is true; fails with the last answer after so many seconds."""
    end = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < end, f"still {answer!r} after {seconds} s"
        time.sleep(0.1)
    return answer
