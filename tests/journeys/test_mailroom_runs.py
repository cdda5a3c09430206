"""Letters through real processes and the broker of the environment (BROKER_URL; a folder without it).

A worker is killed, the broker is emptied: every reader gets the letter, and who got it twice can be counted. One
command starts all there is, and ends it. In one file, so that no test takes another's bells from a shared broker.
"""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings

from apps.accounts.models import User
from apps.core.clock import now
from apps.core.jobs import late_jobs
from apps.core.models import JobRun
from apps.notifications.enums import Kind, MessageState
from apps.notifications.models import Message
from config.celery import SCHEDULE
from tests.mailserver import Post, free_port, post_office
from tests.workers import environment, folder, purge, ring, wait_for, workers

pytestmark = pytest.mark.django_db(transaction=True)
SEND = "apps.notifications.tasks.send_letters"
SWEEP = "apps.notifications.tasks.send_due_letters_every_minute"
LEASE = "3"


def write(number: int) -> None:
    """So many letters that wait."""
    start, at = User.objects.count(), now()
    people = User.objects.bulk_create(
        User(email=f"reader{start + n}@example.com", name="Reader") for n in range(number)
    )
    Message.objects.bulk_create(
        Message(
            person=each,
            kind=Kind.NEWS,
            subject="News",
            text="Text",
            language="en",
            written_at=at,
            state=MessageState.WAITING,
            next_try_at=at,
        )
        for each in people
    )


def waiting() -> int:
    return Message.objects.filter(state=MessageState.WAITING).count()


def everyone_has_it(office: Post, number: int) -> Counter[str]:
    """How often each reader got it; none is missing."""
    wait_for(lambda: waiting() == 0)
    got = Counter(to for to, _id in office.letters)
    assert len(got) == number
    return got


def test_a_worker_killed_in_mid_batch() -> None:
    with folder() as var, post_office() as office:
        env = environment(var, office.port, LETTER_LEASE_SECONDS=LEASE)
        purge(env)
        write(400)
        with workers(env, 2) as (first, _second):
            ring(env, SEND, 2)
            wait_for(lambda: len(office.letters) > 40)
            first.kill()
            wait_for(lambda: waiting() == 0 or ring(env, SEND))
            got = everyone_has_it(office, 400)
    repeats = sum(got.values()) - 400
    assert repeats <= 2, "at most what each of the dead worker's threads had sent and not yet noted"
    ids = dict(office.letters)
    assert all(ids[to] == message_id for to, message_id in office.letters), "a repeat bears the same Message-ID"


def test_the_broker_is_emptied() -> None:
    with folder() as var, post_office() as office:
        env = environment(var, office.port)
        purge(env)
        write(50)
        ring(env, SEND, 3)
        assert purge(env) == 3
        with workers(env):
            # What the schedule offers every minute finds what the lost bells left.
            ring(env, SWEEP, args=(now().isoformat(),))
            assert sum(everyone_has_it(office, 50).values()) == 50


def children_of(pid: int) -> dict[int, str]:
    """Processes that this one started, with their command lines."""
    found = {}
    for folder_of in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder_of / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid:
                found[int(folder_of.name)] = (folder_of / "cmdline").read_text().replace("\0", " ")
        except (OSError, IndexError):
            continue
    return found


def below(pid: int) -> set[int]:
    """All processes under this one."""
    children = set(children_of(pid))
    return children.union(*(below(child) for child in children))


def still_run(pids: set[int]) -> list[int]:
    """Which of these processes still run; what is only waiting to be fetched by its parent doesn't."""
    found = []
    for pid in pids:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.append(pid)
        except OSError:
            continue
    return found


def is_up(port: int) -> bool:
    try:
        return urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).read() == b"ok"
    except OSError:
        return False


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc")
def test_one_command_runs_web_worker_and_schedule_and_leaves_nothing() -> None:
    with folder() as var, post_office() as office:
        env = environment(var, office.port, PORT=str(free_port()))
        purge(env)
        command = [sys.executable, "manage.py", "serve"]
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=env, start_new_session=True)
        try:
            wait_for(lambda: is_up(int(env["PORT"])))
            assert len(children_of(process.pid)) == 3
            # The schedule offers everything as it begins, and the worker does it.
            wait_for(
                lambda: {run.job for run in JobRun.objects.exclude(ended_at=None)} == {job.name for job in SCHEDULE}
            )
            assert late_jobs(jobs=SCHEDULE, at=now()) == []

            killed = {child: below(child) for child, words in children_of(process.pid).items() if " beat " not in words}
            assert len(killed) == 2
            for child in killed:
                os.kill(child, signal.SIGKILL)
            wait_for(lambda: len(set(children_of(process.pid)) - set(killed)) == 3)
            left = set().union(*killed.values())
            wait_for(lambda: not still_run(left), 20)
            wait_for(lambda: is_up(int(env["PORT"])))
            write(3)
            ring(env, SEND)
            assert sum(everyone_has_it(office, 3).values()) == 3
        finally:
            everything = below(process.pid)
            process.send_signal(signal.SIGINT)
            process.wait(40)
    assert len(everything) >= 3
    assert still_run(everything) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells children of their parent's death")
def test_children_end_when_the_command_is_killed() -> None:
    with folder() as var, post_office() as office:
        env = environment(var, office.port, PORT=str(free_port()))
        command = [sys.executable, "manage.py", "serve"]
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=env, start_new_session=True)
        wait_for(lambda: is_up(int(env["PORT"])))
        everything = below(process.pid)
        process.kill()
        process.wait(10)
        assert len(everything) >= 3
        wait_for(lambda: not still_run(everything))
