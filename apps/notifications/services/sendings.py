"""Letters to many: written set-based, chunk by chunk, never twice to one person.

A worker holds a sending by a lease, and renders a chunk outside of any transaction. Letters and cursor are then
written in one transaction, if the lease is still the worker's and nobody has stopped the sending.
"""

import logging
import traceback
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from wagtail.log_actions import log

from apps.accounts.models import User
from apps.core.jobs import enqueue_on_commit
from apps.core.rules import gettext_noop
from apps.notifications import rules
from apps.notifications.enums import Kind, MessageState, Priority, SendingState
from apps.notifications.letters import letter_to_many
from apps.notifications.models import Message, Sending
from apps.notifications.queries.audiences import count_readers, readers_of
from apps.notifications.queries.recipients import recipients_of
from apps.notifications.queries.sendings import letters_by_state, unsettled
from apps.notifications.rules import Recipient
from apps.notifications.services.letters import ring

logger = logging.getLogger(__name__)

CHUNK, HELD_BACK_AT_ONCE = 500, 5_000
LEASE = timedelta(minutes=2)
Clock = Callable[[], datetime]


@transaction.atomic
def start_sending(
    *,
    audience: str,
    facts: Mapping[str, str],
    subject: str,
    text: str,
    at: datetime,
    by: User,
    link: str = "",
    subject_id: str = "",
    text_id: str = "",
    reference: uuid.UUID | None = None,
) -> Sending:
    """Begin a letter to an audience; the same reference a second time answers what it began the first time."""
    reference = reference or uuid.uuid4()
    if first := Sending.objects.filter(reference=reference).first():
        return first
    total = count_readers(audience, facts)
    sending = Sending(reference=reference, audience=audience, audience_facts=dict(facts), by=by, started_at=at)
    sending.subject, sending.text, sending.link, sending.total = subject, text, link, total
    sending.subject_id, sending.text_id = subject_id, text_id
    try:
        with transaction.atomic():
            sending.save(force_insert=True)
    except IntegrityError:
        # The second of two clicks, while the first was being written.
        return Sending.objects.get(reference=reference)
    log(sending, "notifications.start_sending", user=by, data={"audience": audience, "readers": total})
    enqueue_on_commit("apps.notifications.tasks.continue_sendings")
    return sending


def continue_sendings(*, clock: Clock, until: datetime) -> dict[str, int]:
    """Go on with every letter to many that isn't written yet, the oldest first; one that can't go on stops no other."""
    counts = {"written": 0, "failed": 0, "stopped": stop_leftovers(clock=clock, until=until), "errors": 0}
    for sending in Sending.objects.filter(state=SendingState.WRITING).order_by("started_at", "pk"):
        try:
            rings = not counts["written"]
            written, failed = continue_sending(sending=sending, clock=clock, until=until, rings=rings)
        except Exception as error:
            logger.exception("The letter to many %s can't go on.", sending.reference)
            said = "".join(traceback.format_exception_only(error)).strip()
            Sending.objects.filter(pk=sending.pk).update(error=said[:2000])
            counts["errors"] += 1
        else:
            counts["written"] += written
            counts["failed"] += failed
        if clock() >= until:
            break
    keep_numbers(at=clock())
    return counts


def continue_sending(*, sending: Sending, clock: Clock, until: datetime, rings: bool = True) -> tuple[int, int]:
    """Write chunk after chunk until all is written, another worker or *stop* takes over, or it is later than `until`.

    Who sends is rung for once, as soon as there is something to send; it goes on while more is written, and the
    schedule finds what comes after it. Answers how many letters were written, and how many could not be rendered.
    """
    written = failed = 0
    lease = take_lease(sending, clock())
    while lease is not None:
        lease, more, broken = write_chunk(sending=sending, lease=lease, clock=clock)
        if rings and more and not written:
            ring(Priority.BULK)
        written, failed = written + more, failed + broken
        if lease is not None and clock() >= until:
            Sending.objects.filter(pk=sending.pk, lease_until=lease).update(lease_until=None)
            break
    return written, failed


def take_lease(sending: Sending, at: datetime) -> datetime | None:
    """Hold the sending for as long as the lease; None where another worker does.

    A lease that reaches further than any lease does was taken by a clock that has jumped since: it doesn't count.
    """
    free = Q(lease_until=None) | Q(lease_until__lte=at) | Q(lease_until__gt=at + 2 * LEASE)
    held = Sending.objects.filter(free, pk=sending.pk, state=SendingState.WRITING)
    return at + LEASE if held.update(lease_until=at + LEASE) else None


def write_chunk(*, sending: Sending, lease: datetime, clock: Clock) -> tuple[datetime | None, int, int]:
    """Write to the next readers. Answers the renewed lease (None: nothing more to do here), letters, failed ones."""
    sending = Sending.objects.get(pk=sending.pk)
    persons = next_readers(sending)
    recipients = recipients_of(persons, Kind.NEWS)
    at = clock()
    letters = [
        letter for person in persons if (letter := letter_for(sending, person, recipients[person.pk], at)) is not None
    ]
    with transaction.atomic():
        # What was read above may have changed while the chunk was rendered.
        held = Sending.objects.select_for_update().filter(pk=sending.pk, lease_until=lease, state=SendingState.WRITING)
        if not held.exists():
            return None, 0, 0
        letters = still_there(letters)
        Message.objects.bulk_create(letters, ignore_conflicts=True)
        failed = sum(bool(letter.error) for letter in letters)
        is_last = len(persons) < CHUNK
        renewed = None if is_last else clock() + LEASE
        Sending.objects.filter(pk=sending.pk).update(
            cursor=persons[-1].pk if persons else F("cursor"),
            written=F("written") + len(letters),
            failed=F("failed") + failed,
            error="",
            lease_until=renewed,
            **({"state": SendingState.WRITTEN, "ended_at": clock()} if is_last else {}),
        )
    return renewed, len(letters), failed


def next_readers(sending: Sending) -> list[User]:
    """The readers of the next chunk, without those who have this letter."""
    readers = readers_of(sending.audience, sending.audience_facts).filter(pk__gt=sending.cursor)
    return list(readers.exclude(letters__sending=sending).order_by("pk")[:CHUNK])


def letter_for(sending: Sending, person: User, to: Recipient, at: datetime) -> Message | None:
    """One reader's letter. One that can't be rendered is given up with its error, and holds the bare words."""
    if not rules.gets_letters(Kind.NEWS, to):
        return None
    subject, text, language = sending.words_for(person.language)
    message = Message(
        person=person,
        kind=Kind.NEWS,
        subject=rules.fill_in(subject, name=person.get_full_name())[:250],
        text=rules.fill_in(text, name=person.get_full_name()),
        link=sending.link,
        language=language,
        sending=sending,
        written_at=at,
        priority=Priority.BULK,
        state=rules.state_for(Kind.NEWS, to),
    )
    try:
        letter = letter_to_many(sending, person)
    except Exception as error:
        logger.exception("The letter %s can't be rendered for person %s.", sending.reference, person.pk)
        message.error = f"{type(error).__name__}: {error}"[:2000]
        if message.state == MessageState.WAITING:
            message.state = MessageState.FAILED
    else:
        message.subject, message.text, message.html = letter.subject, letter.text, letter.html
        if message.state == MessageState.WAITING:
            message.next_try_at = at
    return message


def still_there(letters: list[Message]) -> list[Message]:
    """The letters whose readers weren't erased meanwhile; they can't be until these are written."""
    readers = User.objects.select_for_update(no_key=True).filter(pk__in=[letter.person_id for letter in letters])
    ids = set(readers.order_by("pk").values_list("pk", flat=True))
    return [letter for letter in letters if letter.person_id in ids]


@transaction.atomic
def stop_sending(*, sending: Sending, at: datetime, by: User) -> None:
    """Write no more, and send none of those that aren't under way.

    What a worker is sending at this instant still arrives. There may be a million others: nobody claims them any
    more, and the schedule marks them.
    """
    sending = Sending.objects.select_for_update().get(pk=sending.pk)
    waiting = Message.objects.filter(sending=sending, state=MessageState.WAITING)
    may = rules.SENDING.allows(sending.state, SendingState.STOPPED)
    if not may or (sending.state == SendingState.WRITTEN and not waiting.exists()):
        raise rules.AlreadySent(gettext_noop("There is nothing left to stop."))
    sending.state, sending.ended_at, sending.lease_until, sending.error = SendingState.STOPPED, at, None, ""
    sending.save(update_fields=["state", "ended_at", "lease_until", "error"])
    log(sending, "notifications.stop_sending", user=by)


def stop_leftovers(*, clock: Clock, until: datetime) -> int:
    """Mark what waits of stopped sendings and isn't under way, chunk by chunk, until it is later than `until`."""
    stopped = 0
    while chunk := stop_chunk(at=clock()):
        stopped += chunk
        if clock() >= until:
            break
    return stopped


@transaction.atomic
def stop_chunk(*, at: datetime) -> int:
    """Mark the next letters of stopped sendings; a try may have failed after the stop."""
    stopped = Sending.objects.filter(state=SendingState.STOPPED, counted_at=None)
    waiting = Message.objects.filter(state=MessageState.WAITING, sending__in=stopped)
    waiting = waiting.filter(Q(lease_until=None) | Q(lease_until__lte=at))
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True)
    ids = list(waiting.values_list("pk", flat=True)[:HELD_BACK_AT_ONCE])
    marked = Message.objects.filter(pk__in=ids)
    return marked.update(state=MessageState.STOPPED, next_try_at=None, lease_until=None)


def keep_numbers(*, at: datetime) -> None:
    """Count the letters of those sendings that move no more, once, so that nobody counts a million for a list."""
    for pk in unsettled().values_list("pk", flat=True):
        with transaction.atomic():
            # Who sends a letter again waits for this, and has it counted anew.
            Sending.objects.select_for_update(no_key=True).get(pk=pk)
            if unsettled().filter(pk=pk).exists():
                letters = letters_by_state([pk]).get(pk, {})
                Sending.objects.filter(pk=pk).update(
                    counted_at=at,
                    sent=letters.get(MessageState.SENT, 0),
                    given_up=letters.get(MessageState.FAILED, 0),
                    held_back=letters.get(MessageState.STOPPED, 0),
                    site_only=letters.get(MessageState.NONE, 0),
                )
