"""What time brings about: points expire, enforcements end, quizzes close soon. Seller by seller, in the order of keys.

Nothing is early or lost when this runs late: for every rule, what is past its time is over already.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.enums import SellerState
from apps.accounts.models import Seller
from apps.compliance.enums import EnforcementState
from apps.compliance.models import Enforcement, Violation
from apps.compliance.rules import dates
from apps.compliance.services.ledger import end_due_enforcements, expire_held, hold_standing
from apps.compliance.services.notices import closing_key, tell_of_quiz_closing
from apps.notifications.models import Message

logger = logging.getLogger(__name__)

CHUNK = 500
REMIND_BEFORE = 3
"""Days before a quiz closes on which its seller is reminded."""


def expire_due(*, at: datetime, chunk: int = CHUNK) -> dict[str, int]:
    """Write down the expiry of all points whose day has come; answers how many violations of how many sellers."""
    due = Violation.objects.active().filter(expires_at__lte=at)
    return for_each_seller(due, lambda seller: expire_of_seller(seller=seller, at=at), "violations", chunk)


@transaction.atomic
def expire_of_seller(*, seller: Seller, at: datetime) -> int:
    """Take off what remains of this seller's violations that have expired, and tell of all in one letter."""
    return expire_held(standing=hold_standing(seller, at=at), at=at)


def end_due(*, at: datetime, chunk: int = CHUNK) -> dict[str, int]:
    """Write down the end of all enforcements whose time is over, and tell of it."""
    due = Enforcement.objects.filter(state=EnforcementState.ACTIVE, ends_at__lte=at)
    return for_each_seller(due, lambda seller: end_of_seller(seller=seller, at=at), "enforcements", chunk)


@transaction.atomic
def end_of_seller(*, seller: Seller, at: datetime) -> int:
    """End what is over of this seller."""
    return end_due_enforcements(standing=hold_standing(seller, at=at), at=at)


def for_each_seller(due: "QuerySet[Any]", work: Callable[[Seller], int], what: str, chunk: int) -> dict[str, int]:
    """Do the work for every seller who has something due; one that fails is logged, and holds up none of the others."""
    counts = {"sellers": 0, what: 0, "failed": 0}
    for seller in sellers_of(due, chunk):
        try:
            done = work(seller)
        except Exception:
            logger.exception("The %s that are due of seller %s can't be written.", what, seller.code)
            counts["failed"] += 1
        else:
            counts["sellers"] += 1 if done else 0
            counts[what] += done
    return counts


def sellers_of(due: "QuerySet[Any]", chunk: int) -> Iterator[Seller]:
    """The sellers of these rows in the order of their keys, each once, so many at a time."""
    after = 0
    while True:
        sellers = Seller.objects.filter(pk__gt=after, pk__in=due.values("seller")).order_by("pk")[:chunk]
        found = list(sellers)
        if not found:
            return
        yield from found
        after = found[-1].pk


def remind_of_closing(*, at: datetime, chunk: int = CHUNK) -> dict[str, int]:
    """Remind, once, of every quiz that closes in three days and might still take points off.

    A letter that fails is logged, and holds up none of the others.
    """
    counts = {"reminded": 0, "failed": 0}
    after = 0
    while True:
        found = list(closing_after(after, at).order_by("pk")[:chunk])
        if not found:
            return counts
        told = told_already(found)
        for violation in found:
            if violation.reference in told:
                continue
            try:
                done = remind_of_one(violation, at)
            except Exception:
                logger.exception("The reminder of the quiz of %s can't be written.", violation.reference)
                counts["failed"] += 1
            else:
                counts["reminded"] += done
        after = found[-1].pk


@transaction.atomic
def remind_of_one(violation: Violation, at: datetime) -> int:
    """Remind of one quiz if it is time; answers how many letters that made."""
    if not is_to_remind(violation, at):
        return 0
    tell_of_quiz_closing(standing=violation.seller.standing, violation=violation, at=at)
    return 1


def closing_after(after: int, at: datetime) -> "QuerySet[Violation]":
    """Violations with a quiz that closes within the next days, of sellers who get letters, from this key on."""
    # A day more than the reminder's: the days are counted on the zone's calendar.
    soon = at + timedelta(days=REMIND_BEFORE + 1)
    open_ = Violation.objects.active().filter(pk__gt=after, quiz_closes_at__gt=at, quiz_closes_at__lte=soon)
    worth_it = open_.filter(type__bank__isnull=False, points_per_pass__gt=0, seller__person__isnull=False)
    written_to = worth_it.exclude(seller__state=SellerState.CLOSED)
    return written_to.select_related("type", "programme", "seller__person", "seller__standing")


def is_to_remind(violation: Violation, at: datetime) -> bool:
    """Whether the reminder is due; who learnt of the violation later than that knows when its quiz closes."""
    window = dates.Window(violation.issued_at, violation.quiz_closes_at)
    remind_at = dates.reminder_of(window, violation.programme.value.zone, days=REMIND_BEFORE)
    has_expired = violation.expires_at is not None and violation.expires_at <= at
    return remind_at is not None and violation.recorded_at < remind_at <= at and not has_expired


def told_already(violations: list[Violation]) -> set[str]:
    """The references of those of which their sellers were reminded."""
    by_key = {closing_key(violation.reference): violation.reference for violation in violations}
    persons = [violation.seller.person_id for violation in violations]
    written = Message.objects.filter(person__in=persons, dedupe_key__in=by_key)
    return {by_key[key] for key in written.values_list("dedupe_key", flat=True)}
