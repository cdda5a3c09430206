"""`make bench-mail`: letters through two real workers, one of them killed by signal 9 in the middle.

The mail server is a real one on loopback that fails in every way by address (`tests/mailserver.py`). Runs on the
database of BENCH_DATABASE_URL (a SQLite file of its own without it) and the broker of BROKER_URL. LETTERS (5000).
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter

LETTERS = int(os.environ.get("LETTERS", "5000"))
FAILING = {"gone": 40, "spam": 20, "later": 20, "drop": 10, "slow": 10}
TASK = "apps.notifications.tasks.send_letters"


def prepare(folder: str) -> None:
    """A database with tables and nothing else of ours."""
    os.environ |= {
        "DATABASE_URL": os.environ.get("BENCH_DATABASE_URL", f"sqlite:///{folder}/mail.sqlite3"),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "VAR_DIR": folder,
        "DEBUG": "1",
        "LOG_LEVEL": "WARNING",
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True)
    import django

    django.setup()
    from apps.accounts.models import User
    from apps.notifications.models import Suppression

    User.objects.filter(email__endswith="@bench.example").delete()
    Suppression.objects.filter(address__endswith="@bench.example").delete()


def write() -> None:
    """The letters, of which some go where the mail server fails."""
    from apps.accounts.models import User
    from apps.core.clock import now
    from apps.notifications.enums import Kind, MessageState
    from apps.notifications.models import Message

    odd = [f"{name}{n}" for name, number in FAILING.items() for n in range(number)]
    step = LETTERS // len(odd)
    names = [odd[n // step] if n % step == 0 and n // step < len(odd) else f"reader{n}" for n in range(LETTERS)]
    people = User.objects.bulk_create([User(email=f"{name}@bench.example", name="R") for name in names])
    at = now()
    facts = {"kind": Kind.NEWS, "subject": "News", "text": "Text " * 200, "html": "<p>Text</p>" * 200, "language": "en"}
    facts |= {"written_at": at, "state": MessageState.WAITING, "next_try_at": at}
    Message.objects.bulk_create([Message(person=each, **facts) for each in people])


def main() -> None:
    """Write, send, kill, wait, count."""
    with tempfile.TemporaryDirectory(prefix="su-bench-") as folder:
        prepare(folder)
        from django.db.models import Count

        from apps.notifications.models import Message
        from tests.mailserver import post_office
        from tests.workers import environment, purge, ring, wait_for, workers

        def waiting() -> int:
            return Message.objects.filter(state="waiting").count()

        write()
        with post_office(slow=2.0) as office:
            env = environment(folder, office.port, LETTER_LEASE_SECONDS="10")
            purge(env)
            with workers(env, 2) as (first, _second):
                ring(env, TASK, 4)
                wait_for(lambda: office.letters)
                began = time.monotonic()
                wait_for(lambda: len(office.letters) >= LETTERS * 2 // 5, 300)
                two, first_part = time.monotonic() - began, len(office.letters)
                first.kill()
                print(
                    f"killed one worker of two by signal 9 after {first_part} letters ({first_part / two:.0f} a second)"
                )
                purge(env)
                print("emptied the broker")
                end = time.monotonic() + 240
                while waiting() and time.monotonic() < end:
                    ring(env, TASK)  # what the schedule does every minute
                    time.sleep(2)
        got = Counter(to for to, _id in office.letters)
        ids = {to: {each for name, each in office.letters if name == to} for to, n in got.items() if n > 1}
        refused = FAILING["gone"] + FAILING["spam"]
        print(f"letters written            {LETTERS}")
        print(
            f"refused for good           {refused}: {dict(Message.objects.filter(state='failed').values_list('error').annotate(n=Count('pk')))}"
        )
        print(f"readers who got theirs     {len(got)}")
        print(f"lost                       {LETTERS - refused - len(got)}, still waiting {waiting()}")
        print(
            f"repeats                    {sum(got.values()) - len(got)} (bound: what was in flight), one Message-ID each: {all(len(each) == 1 for each in ids.values())}"
        )
        print(f"connections                {office.connections}")


if __name__ == "__main__":
    main()
