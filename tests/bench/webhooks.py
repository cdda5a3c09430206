"""`make show-webhooks`: webhooks against a receiver that fails in each way, then comes round.

Loopback only, with the clock simulated so that three days pass in seconds. Runs on a SQLite database of its own that
is thrown away, or on the one that DATABASE_URL names. Ends with 1 where an order or a signature is wrong.
"""

import json
import os
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from typing import Any

SUBJECTS, EVENTS = 3, 4
MINUTE = timedelta(minutes=1)
WAYS: dict[str, tuple[Any, ...]] = {
    "well": (200,),
    "500, then well": (500, 500, 500, 200),
    "slow, then well": ("slow", "slow", 200),
    "drops, then well": ("drop", "drop", 200),
    "trickles, then well": ("trickle", 200),
    "endless answer": ("endless", 200),
    "huge answer": ("huge", 200),
    "redirects": ("redirect", 200),
    "gone (410)": (410,),
    "500 for three days": (500,),
    "down for three days": ("down",),
    "address inside": ("inside",),
}


def start() -> None:
    """Django on a database of this run."""
    folder = tempfile.mkdtemp(prefix="show-webhooks-")
    os.environ.setdefault("DATABASE_URL", f"sqlite:///{folder}/show.sqlite3")
    os.environ |= {"DJANGO_SETTINGS_MODULE": "config.settings", "VAR_DIR": folder, "DEBUG": "1", "LOG_LEVEL": "ERROR"}
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def show(name: str, ways: tuple[Any, ...]) -> bool:
    """Twelve events about three sellers to a receiver that behaves so; prints what came of it."""
    from django.conf import settings
    from standardwebhooks import Webhook

    from apps.core.signing import make_secret
    from apps.notifications.models import Delivery, DeliveryTry, Receiver
    from apps.notifications.services import webhooks
    from tests.notifications.machines import machine_that

    settings.WEBHOOKS_ALLOW_PRIVATE = ways != ("inside",)
    begun = clock = datetime.now(tz=UTC)
    with machine_that(*(ways if ways[0] not in {"down", "inside"} else (200,)), pause=20) as machine:
        url = "http://127.0.0.1:9/" if ways == ("down",) else machine.url
        receiver = Receiver.objects.create(name=name, url=url, secret=make_secret(), made_at=begun)
        for number in range(SUBJECTS * EVENTS):
            subject = f"seller:{number % SUBJECTS}"
            facts = {"number": number}
            webhooks.announce(event="course.completed", subject=subject, payload=facts, at=begun)
        while (waiting := Delivery.objects.filter(receiver=receiver, state="waiting")).exists():
            webhooks.send_due_deliveries(clock=lambda at=clock: at)
            # On to when the first of a subject is due; what waits for a receiver that is off is given up in the end.
            heads = {each.subject: each.next_try_at for each in waiting.order_by("-pk")}
            off = not Receiver.objects.get(pk=receiver.pk).is_active
            clock = begun + timedelta(days=3) if off else max(clock + MINUTE, min(heads.values(), default=clock))
        got = list(machine.got)
    judge = Webhook(receiver.secret)
    made = [
        judge.sign(
            each.webhook_id, datetime.fromtimestamp(int(each.headers["webhook-timestamp"]), UTC), each.body.decode()
        )
        for each in got
    ]
    verified = sum(one == each.headers["webhook-signature"] for one, each in zip(made, got, strict=True))
    first_seen = list(dict.fromkeys(json.loads(each.body)["data"]["number"] for each in got))
    in_order = all(
        each == sorted(each) for each in ([n for n in first_seen if n % SUBJECTS == s] for s in range(SUBJECTS))
    )
    states = list(Delivery.objects.filter(receiver=receiver).values_list("state", flat=True))
    tries = DeliveryTry.objects.filter(delivery__receiver=receiver).order_by("pk")
    answers: dict[Any, int] = {}
    for status in tries.values_list("status", flat=True):
        answers[status or "none"] = answers.get(status or "none", 0) + 1
    Receiver.objects.filter(pk=receiver.pk).delete()
    said = " ".join(f"{status}×{number}" for status, number in answers.items())
    print(
        f"{name:22} {states.count('delivered'):9} {states.count('failed'):8} {sum(answers.values()):6} "
        f"{len(got):8} {verified:9} {'yes' if in_order else 'NO':6} {said}",
        flush=True,
    )
    return in_order and verified == len(got)


def main() -> None:
    """All ways, one after the other."""
    start()
    from apps.notifications.services import outgoing, webhooks

    outgoing.SILENCE_SECONDS, outgoing.WHOLE_SECONDS = 0.5, 1.0
    webhooks.ring = lambda: None  # the rounds are called for here
    print(f"{SUBJECTS * EVENTS} events about {SUBJECTS} sellers each; none: no answer came")
    print(f"{'receiver':22} delivered given up  tries requests  verified order  answers")
    shown = [show(name, ways) for name, ways in WAYS.items()]
    if not all(shown):
        sys.exit(1)


if __name__ == "__main__":
    main()
