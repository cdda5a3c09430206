"""Letters to machines: written in the transaction of what happened, signed, sent in order per subject.

A worker that dies loses nothing: its lease runs out. A repeat bears the same webhook-id.
"""

import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from wagtail.log_actions import log

from apps.accounts.models import User
from apps.core.jobs import enqueue_on_commit
from apps.core.rules import gettext_noop
from apps.core.signing import signed_headers
from apps.notifications import rules
from apps.notifications.enums import DeliveryState, Event, GivenUp
from apps.notifications.models import Delivery, DeliveryTry, Receiver
from apps.notifications.services.outgoing import Answer, post
from apps.notifications.services.receivers import turn_off_gone

logger = logging.getLogger(__name__)

AT_ONCE, AT_ONCE_EACH = 16, 2
LEASE = timedelta(minutes=2)
Clock = Callable[[], datetime]


@transaction.atomic
def announce(*, event: str, subject: str, payload: dict[str, Any], at: datetime) -> list[Delivery]:
    """Tell every active receiver that wants this event, after commit.

    Events about the same subject go out in the order in which they were announced. Who announces about several
    subjects in one transaction does so in the order of their names, so that no two wait for each other.
    """
    receivers = Receiver.objects.filter(is_active=True).order_by("pk")
    wanted = [receiver for receiver in receivers if rules.wants(receiver.events, event)]
    return [write(receiver=each, event=event, subject=subject, payload=payload, at=at) for each in wanted]


def write(*, receiver: Receiver, event: str, subject: str, payload: dict[str, Any], at: datetime) -> Delivery:
    """One event for one receiver."""
    hold(f"delivery {subject}")
    delivery = Delivery.objects.create(
        receiver=receiver, event=event, subject=subject, payload=payload, written_at=at, next_try_at=at
    )
    ring()
    return delivery


def ring() -> None:
    """Ask a worker to look, once this transaction is committed."""
    enqueue_on_commit("apps.notifications.tasks.send_deliveries")


def hold(name: str) -> None:
    """Let others who hold the same name wait until this transaction ends; SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


@transaction.atomic
def send_again(*, delivery: Delivery, at: datetime, by: User) -> Delivery:
    """Send once more what was delivered or given up, with the same webhook-id; its three days begin again."""
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("receiver").get(pk=delivery.pk)
    if not delivery.may_be_sent_again:
        raise rules.NotEnded(gettext_noop("This delivery still waits: it is tried again by itself."))
    check_active(delivery.receiver)
    delivery.state, delivery.tries, delivery.ended_at, delivery.given_up = DeliveryState.WAITING, 0, None, ""
    delivery.next_try_at = delivery.resent_at = at
    delivery.save(update_fields=["state", "tries", "ended_at", "given_up", "next_try_at", "resent_at"])
    log(delivery, "notifications.send_delivery_again", user=by)
    ring()
    return delivery


@transaction.atomic
def send_test_event(*, receiver: Receiver, at: datetime, by: User) -> Delivery:
    """Send the receiver an event without meaning, whichever events it chose; it waits for no other event."""
    check_active(receiver)
    subject = f"test:{uuid4().hex}"
    delivery = write(receiver=receiver, event=Event.TEST, subject=subject, payload={"receiver": receiver.name}, at=at)
    log(receiver, "notifications.send_test_event", user=by)
    return delivery


def check_active(receiver: Receiver) -> None:
    """Refuse to send to a receiver that is off."""
    if not receiver.is_active:
        raise rules.ReceiverOff(gettext_noop("This receiver is off. Turn it on first."))


# --- Sending ---------------------------------------------------------------------------------------------


@dataclass
class Counts:
    """What one round did."""

    delivered: int = 0
    failed: int = 0
    given_up: int = 0


@dataclass
class Round:
    """What is under way in one call of `send_due_deliveries`."""

    pool: ThreadPoolExecutor
    clock: Clock
    counts: Counts = field(default_factory=Counts)
    under_way: dict[Future[Answer], tuple[Delivery, datetime]] = field(default_factory=dict)

    @property
    def requests(self) -> Counter[int]:
        """How many requests each receiver has to answer now."""
        return Counter(delivery.receiver_id for delivery, _begun in self.under_way.values())


def send_due_deliveries(*, clock: Clock, until: datetime | None = None) -> dict[str, int]:
    """Send until nothing is due, or begin no more once it is later than `until`.

    Requests run in threads, a few for each receiver, so that a slow one holds up itself only; the database is
    asked from this thread alone. What is too old is given up afterwards: by then it is known who gives no answer.
    """
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        this = Round(pool, clock)
        while True:
            if until is None or clock() < until:
                begin_due(this)
            if not this.under_way:
                break
            ended, _others = wait(this.under_way, return_when=FIRST_COMPLETED)
            for future in ended:
                delivery, begun = this.under_way.pop(future)
                note_or_log(delivery=delivery, answer=future.result(), begun=begun, at=clock(), counts=this.counts)
    return asdict(this.counts) | {"expired": expire(at=clock())}


def begin_due(this: Round) -> None:
    """Fill the free places with what is due."""
    while room := AT_ONCE - len(this.under_way):
        claimed = claim_deliveries(at=this.clock(), limit=room, requests=this.requests)
        if not claimed:
            break
        for delivery in claimed:
            begun = this.clock()
            request = request_of(delivery, begun)
            this.under_way[this.pool.submit(post, **request)] = (delivery, begun)


@transaction.atomic
def claim_deliveries(*, at: datetime, limit: int, requests: Mapping[int, int]) -> list[Delivery]:
    """Take what is due, one for each receiver and subject, and hold it for as long as the lease.

    A receiver with as many `requests` as it may have gets no more. One worker claims at a time, so that each sees
    what the others hold; that takes milliseconds.
    """
    hold("claim deliveries")
    busy = [receiver for receiver, number in requests.items() if number >= AT_ONCE_EACH]
    due = due_deliveries(at).exclude(receiver__in=busy).order_by("next_try_at", "pk")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    chosen: list[int] = []
    each = Counter(requests)
    for pk, receiver in due.values_list("pk", "receiver")[:limit]:
        each[receiver] += 1
        if each[receiver] <= AT_ONCE_EACH:
            chosen.append(pk)
    Delivery.objects.filter(pk__in=chosen).update(lease_until=at + LEASE)
    return list(Delivery.objects.filter(pk__in=chosen).select_related("receiver").order_by("next_try_at", "pk"))


def due_deliveries(at: datetime) -> QuerySet[Delivery]:
    """What may be sent now: the first that waits of its receiver and subject, with none of them under way.

    Times further off than we ever set them come from a clock that jumped and count for nothing.
    """
    waiting = Delivery.objects.filter(state=DeliveryState.WAITING)
    siblings = waiting.filter(receiver=OuterRef("receiver"), subject=OuterRef("subject"))
    return waiting.filter(
        Q(next_try_at__lte=at) | Q(next_try_at__gt=at + 2 * rules.LONGEST_PAUSE),
        ~Exists(siblings.filter(is_held(at))),
        ~Exists(siblings.filter(pk__lt=OuterRef("pk"))),
        receiver__in=Receiver.objects.filter(is_active=True).exclude(is_resting(at)),
    )


def is_held(at: datetime) -> Q:
    """Whether a worker has the delivery."""
    return Q(lease_until__isnull=False, lease_until__gt=at, lease_until__lte=at + 2 * LEASE)


def is_resting(at: datetime) -> Q:
    """Whether the receiver gave no answer a moment ago."""
    return Q(rest_until__isnull=False, rest_until__gt=at, rest_until__lte=at + 2 * rules.RECEIVER_RESTS_FOR)


def request_of(delivery: Delivery, at: datetime) -> dict[str, Any]:
    """The signed request of a delivery: the body is the same in every try, the timestamp isn't."""
    content = rules.event_body(event=delivery.event, at=delivery.written_at, data=delivery.payload)
    body = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    signed_with = delivery.receiver.secrets_at(at)
    headers = signed_headers(signed_with=signed_with, message_id=delivery.webhook_id, at=at, body=body)
    return {"url": delivery.receiver.url, "headers": {"Content-Type": "application/json", **headers}, "body": body}


def note_or_log(*, delivery: Delivery, answer: Answer, begun: datetime, at: datetime, counts: Counts) -> None:
    """Note the try; one that can't be noted ends the round for no other, and counts, so that it too ends some day."""
    try:
        try:
            note(delivery=delivery, answer=answer, begun=begun, at=at, counts=counts)
        except Exception:
            logger.exception("The try of delivery %s can't be noted.", delivery.webhook_id)
            count_try(delivery=delivery, at=at, counts=counts)
    except Exception:
        logger.exception("The try of delivery %s can't be counted; its lease will run out.", delivery.webhook_id)


@transaction.atomic
def note(*, delivery: Delivery, answer: Answer, begun: datetime, at: datetime, counts: Counts) -> None:
    """Write down the try, and what follows from it where the delivery is still ours."""
    row = Delivery.objects.select_for_update().filter(pk=delivery.pk).first()
    if row is None:
        return
    write_try(row, answer, begun)
    if not answer.status:
        Receiver.objects.filter(pk=row.receiver_id).update(rest_until=at + rules.RECEIVER_RESTS_FOR)
    if answer.status == 410:
        turn_off_gone(receiver=delivery.receiver)
    if row.state == DeliveryState.WAITING and row.lease_until == delivery.lease_until:
        end_try(row, answer, at, counts)


@transaction.atomic
def count_try(*, delivery: Delivery, at: datetime, counts: Counts) -> None:
    """End a try of which nothing can be noted, as failed, where the delivery is still ours."""
    rows = Delivery.objects.select_for_update().filter(state=DeliveryState.WAITING, lease_until=delivery.lease_until)
    if row := rows.filter(pk=delivery.pk).first():
        end_try(row, Answer(0, "It can't be noted.", 0), at, counts)


def write_try(row: Delivery, answer: Answer, begun: datetime) -> None:
    """The request and its answer, for operators."""
    number = (row.log.aggregate(last=Max("number"))["last"] or 0) + 1
    DeliveryTry.objects.create(
        delivery=row, number=number, at=begun, status=answer.status, took_ms=answer.took_ms, error=answer.error
    )


def end_try(row: Delivery, answer: Answer, at: datetime, counts: Counts) -> None:
    """Delivered, to be tried again, or given up."""
    row.tries, row.lease_until, row.next_try_at = row.tries + 1, None, None
    if not answer.error:
        row.state, row.ended_at = DeliveryState.DELIVERED, at
        counts.delivered += 1
    elif again := rules.next_try(
        tries=row.tries,
        written_at=row.resent_at or row.written_at,
        at=at,
        give_up_after=rules.GIVE_UP_DELIVERY_AFTER,
    ):
        row.next_try_at = again
        counts.failed += 1
    else:
        row.state, row.ended_at = DeliveryState.FAILED, at
        counts.given_up += 1
    row.save(update_fields=["state", "tries", "lease_until", "next_try_at", "ended_at"])


@transaction.atomic
def expire(*, at: datetime) -> int:
    """Give up at once all that waited for three days for a receiver that is off or gives no answer.

    What is under way isn't touched, and what is younger goes on in its order. One worker does it at a time.
    """
    hold("expire deliveries")
    end = at - rules.GIVE_UP_DELIVERY_AFTER
    is_old = Q(resent_at__lte=end) | Q(resent_at=None, written_at__lte=end)
    old = Delivery.objects.filter(is_old, state=DeliveryState.WAITING).exclude(is_held(at))
    ended = {"state": DeliveryState.FAILED, "ended_at": at, "next_try_at": None, "lease_until": None}
    off = old.filter(receiver__in=Receiver.objects.filter(is_active=False))
    silent = old.filter(receiver__in=Receiver.objects.filter(is_resting(at), is_active=True))
    return off.update(given_up=GivenUp.OFF, **ended) + silent.update(given_up=GivenUp.SILENT, **ended)
