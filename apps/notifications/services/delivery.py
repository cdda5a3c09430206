"""Sends what is due by e-mail: claimed in batches, one connection a batch, each result noted at once.

A worker that dies between claiming and sending loses nothing: its lease runs out. One that dies between sending and
noting may send that one letter again, with the same Message-ID.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused
from typing import Any

from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from apps.notifications import rules
from apps.notifications.enums import MessageState, Priority, SendingState, SuppressionReason
from apps.notifications.letters import stop_url
from apps.notifications.models import Message, Sending
from apps.notifications.queries.recipients import recipients_of_letters
from apps.notifications.services.suppression import suppress

logger = logging.getLogger(__name__)

BATCH = 50
URGENT_BATCH = 5
LEASE = timedelta(seconds=settings.LETTER_LEASE_SECONDS)
SPELL = LEASE / 10
Clock = Callable[[], datetime]


@dataclass
class Round:
    """What one call of `send_due` did."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0
    suppressed: int = 0
    server_away: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """For the run row of the job."""
        names = ("sent", "failed", "given_up", "suppressed", "server_away")
        return {name: int(getattr(self, name)) for name in names}


class ServerAway(Exception):
    """The mail server can't be reached, or doesn't let us in: no letter's fault."""


def send_due(*, clock: Clock, urgent_only: bool = False, until: datetime | None = None) -> dict[str, int]:
    """Send batch after batch until nothing is due, the server is away, or it is later than `until`."""
    done = Round()
    while batch := claim_batch(at=clock(), urgent_only=urgent_only):
        send_batch(batch=batch, clock=clock, done=done)
        if done.server_away or (until is not None and clock() >= until):
            break
    return done.counts


@transaction.atomic
def claim_batch(*, at: datetime, urgent_only: bool = False) -> list[Message]:
    """Take the next letters that are due, the urgent first, and hold them for as long as the lease.

    Where the database can skip rows that another worker is taking (PostgreSQL), no worker waits for another. What
    was stopped while a worker held it isn't tried again.
    """
    stopped = Sending.objects.filter(state=SendingState.STOPPED)
    # What lies further ahead than we ever put it was written by a clock that had jumped.
    is_due = Q(next_try_at__lte=at) | Q(next_try_at__gt=at + 2 * rules.LONGEST_PAUSE)
    is_free = Q(lease_until=None) | Q(lease_until__lte=at) | Q(lease_until__gt=at + 2 * LEASE)
    due = Message.objects.filter(is_due, is_free, state=MessageState.WAITING).exclude(sending__in=stopped)
    due = due.order_by("priority", "next_try_at", "pk")
    if urgent_only:
        due = due.filter(priority=Priority.URGENT)
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    ids = list(due.values_list("pk", flat=True)[: URGENT_BATCH if urgent_only else BATCH])
    Message.objects.filter(pk__in=ids).update(lease_until=at + LEASE)
    return list(Message.objects.filter(pk__in=ids).select_related("person").order_by("priority", "pk"))


def send_batch(*, batch: list[Message], clock: Clock, done: Round) -> None:
    """Send these over one connection; a server that drops it gets one new connection for each letter that follows.

    A slow server is left after a spell and the rest given back, so that the lease holds and what is urgent comes next.
    """
    readers = recipients_of_letters(batch)
    mail, begun = get_connection(), clock()
    try:
        for place, message in enumerate(batch):
            if clock() - begun > SPELL:
                give_back(batch[place:])
                break
            if not is_ours(message):
                continue
            if rules.is_sent_to(message.kind, readers[message.pk]):
                send_one(mail, message, clock, done)
            else:
                note(message, state=MessageState.NONE, error="This reader gets no e-mail any more.", next_try_at=None)
                done.suppressed += 1
    except ServerAway as error:
        done.server_away = True
        logger.warning("The mail server is away: %s", error)
        for message in batch:
            if is_ours(message):
                refuse(message, OSError(str(error)), clock(), done)
    finally:
        close(mail)


def give_back(rest: list[Message]) -> None:
    """Let others take what was claimed and not begun."""
    claimed = Message.objects.filter(pk__in=[message.pk for message in rest], state=MessageState.WAITING)
    claimed.filter(lease_until=rest[0].lease_until).update(lease_until=None)


def held(message: Message) -> QuerySet[Message]:
    """The letter's row, as long as it exists and is held by us: the end of our lease is the proof."""
    return Message.objects.filter(pk=message.pk, state=MessageState.WAITING, lease_until=message.lease_until)


def is_ours(message: Message) -> bool:
    """Whether to send it: it is held by us, it wasn't sent, and its reader wasn't erased."""
    return message.lease_until is not None and held(message).exists()


def send_one(mail: Any, message: Message, clock: Clock, done: Round) -> None:
    """Send one letter and note what came of it. Raises ServerAway where the server can't be reached."""
    try:
        open_or_say(mail)
        mail.send_messages([email_of(message)])
    except (ServerAway, SoftTimeLimitExceeded):
        raise
    except SMTPSenderRefused as error:
        raise ServerAway(answer_of(error.smtp_code, error.smtp_error)) from error
    except Exception as error:
        close(mail)
        refuse(message, error, clock(), done)
    else:
        note(message, state=MessageState.SENT, sent_at=clock(), error="", next_try_at=None)
        done.sent += 1


def open_or_say(mail: Any) -> None:
    """Open the connection where it isn't; whatever hinders that is the server's, not the letter's."""
    try:
        mail.open()
    except (OSError, SMTPException) as error:
        raise ServerAway(str(error) or type(error).__name__) from error


def close(mail: Any) -> None:
    """Close the connection; one that broke is forgotten."""
    try:
        mail.close()
    except (OSError, SMTPException):
        mail.connection = None


def email_of(message: Message) -> EmailMultiAlternatives:
    """The e-mail of a letter."""
    headers = {"Message-ID": message.message_id, "Auto-Submitted": "auto-generated"}
    stop = stop_url(message.person, message.kind) if message.person else ""
    if stop:
        headers |= {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    email = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[message.to_address],
        reply_to=[message.reply_to] if message.reply_to else None,
        headers=headers,
    )
    if message.html:
        email.attach_alternative(message.html, "text/html")
    return email


def refuse(message: Message, error: Exception, at: datetime, done: Round) -> None:
    """Note why a letter wasn't taken: to be tried again, or given up."""
    said, is_final, is_dead = verdict(error)
    begun = message.resent_at or message.written_at
    again = rules.next_try(tries=message.tries + 1, written_at=begun, at=at, give_up_after=rules.GIVE_UP_LETTER_AFTER)
    if is_dead and message.person:
        suppress(address=message.to_address, reason=SuppressionReason.BOUNCED, detail=said, at=at)
    if is_final or again is None:
        note(message, state=MessageState.FAILED, tries=F("tries") + 1, error=said, next_try_at=None)
        done.given_up += 1
    else:
        note(message, tries=F("tries") + 1, error=said, next_try_at=again)
        done.failed += 1


def verdict(error: Exception) -> tuple[str, bool, bool]:
    """What was said, whether trying again is of no use, and whether the address is dead."""
    if isinstance(error, SMTPRecipientsRefused):
        said = answer_of(*next(iter(error.recipients.values()), (0, b"")))
        return said, said.startswith("5"), rules.names_dead_address(said)
    if isinstance(error, SMTPResponseException):
        said = answer_of(error.smtp_code, error.smtp_error)
        return said, said.startswith("5"), False
    said = str(error) or type(error).__name__
    if isinstance(error, AnymailRecipientsRefused):
        return said, True, True
    if isinstance(error, AnymailAPIError | SMTPException | OSError):
        return said, False, False
    # Not the mail server's: a letter that can't be made into an e-mail won't be made into one tomorrow.
    return f"{type(error).__name__}: {said}", True, False


def answer_of(code: int, text: bytes | str) -> str:
    """A mail server's answer in one line."""
    return f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"


def note(message: Message, **facts: Any) -> None:
    """Write the result down, if the letter is still ours, and let it go. What is secret isn't kept beyond its end."""
    if facts.get("state", MessageState.WAITING) != MessageState.WAITING and message.is_secret:
        facts |= {"text": "", "html": ""}
    if facts.get("error"):
        facts["error"] = facts["error"].replace("\x00", "")[:2000]
    held(message).update(lease_until=None, **facts)
    message.lease_until = None
