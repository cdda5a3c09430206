"""What `manage.py serve` refuses, and what it tells its children."""

import socket
import time
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.web.management.commands import serve


def test_an_unknown_part_is_named() -> None:
    with pytest.raises(CommandError, match="There is no part wroker: choose of web, worker, schedule"):
        call_command("serve", "wroker")


def test_a_taken_port_is_said_at_once(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.DEBUG = True
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        with pytest.raises(CommandError, match="is taken"):
            call_command("serve", "web")


def test_a_real_site_without_a_mail_server_does_not_start(settings: Any) -> None:
    settings.DEBUG = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    with pytest.raises(CommandError, match="Set EMAIL_HOST"):
        call_command("serve", "worker")


def test_more_web_processes_need_a_shared_cache(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.CACHE_URL = ""
    monkeypatch.setenv("WEB_WORKERS", "2")
    with pytest.raises(CommandError, match="needs CACHE_URL"):
        serve.web()


@pytest.mark.parametrize(("pool", "workers"), [("4", "10"), ("30", "30")])
def test_a_worker_has_a_connection_for_each_thread(monkeypatch: pytest.MonkeyPatch, pool: str, workers: str) -> None:
    monkeypatch.setenv("WORKER_THREADS", "8")
    monkeypatch.setenv("DATABASE_POOL_MAX", pool)
    assert serve.surroundings("worker")["DATABASE_POOL_MAX"] == workers
    assert serve.surroundings("web")["DATABASE_POOL_MAX"] == pool


def test_who_dies_early_again_and_again_is_given_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    child = serve.Child("web", ["platform"])
    at, said = 0.0, []
    while len(said) < 7:
        words = child.look(at)
        if words:
            said.append(words.rpartition("again in ")[2])
        if child.process is not None:
            child.process.wait()
        at += 0.5 if child.process is not None else 1
    assert said == ["1 s.", "2 s.", "4 s.", "8 s.", "16 s.", "30 s.", "30 s."]


def test_who_lived_long_begins_again_at_once() -> None:
    child = serve.Child("web", ["platform"])
    child.look(0.0)
    assert child.process is not None
    child.process.wait()
    assert child.look(serve.STEADY + 1.0).endswith("it begins again in 0 s.")


def test_a_child_that_does_not_end_in_time_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "PATIENCE", 0.5)
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
    child = serve.Child("web", ["timeit", "-n1", "-r1", stubborn])
    child.start(0.0)
    assert child.process is not None
    time.sleep(1)
    serve.Command().end([child])
    assert child.process.returncode == -9
