"""Writes letters, in the transaction of what they are about."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from wagtail.log_actions import log

from apps.accounts.models import User
from apps.core.jobs import enqueue_on_commit
from apps.core.rules import gettext_noop
from apps.notifications import rules
from apps.notifications.enums import MessageState, Priority
from apps.notifications.models import Message, Sending
from apps.notifications.queries.recipients import recipient_at, recipients_of
from apps.notifications.rules import Letter, Recipient


@transaction.atomic
def post_letter(
    *,
    letter: Letter,
    at: datetime,
    person: User | None = None,
    address: str = "",
    dedupe_key: str = "",
    priority: Priority = Priority.NORMAL,
    reply_to: str = "",
    language: str = "",
) -> Message | None:
    """Write a letter to a person, or to an address; it is on the site at once and goes by e-mail after commit.

    `address` with a person sends it there instead of to their own. The same `dedupe_key` to the same person writes
    nothing and answers the first letter; None is answered where nothing is to be written (a closed seller).
    """
    to = recipient_at(address) if address or person is None else recipients_of([person], letter.kind)[person.pk]
    if not rules.gets_letters(letter.kind, to):
        return None
    message = message_for(letter, to, person=person, at=at, dedupe_key=dedupe_key, priority=priority)
    message.address, message.reply_to = address, reply_to
    message.language = language or message.language
    try:
        with transaction.atomic():
            message.save(force_insert=True)
    except IntegrityError:
        first = Message.objects.filter(person=person, dedupe_key=dedupe_key).first() if dedupe_key else None
        if first is None:
            raise
        return first
    if message.state == MessageState.WAITING:
        ring(priority)
    return message


def message_for(
    letter: Letter, to: Recipient, *, person: User | None, at: datetime, dedupe_key: str, priority: Priority
) -> Message:
    """The row of a letter, not saved yet: due at once where it goes by e-mail."""
    state = rules.state_for(letter.kind, to)
    # What is secret and goes nowhere is of no use to anybody.
    is_kept = state == MessageState.WAITING or not letter.is_secret
    return Message(
        person=person,
        kind=letter.kind,
        subject=letter.subject,
        text=letter.text if is_kept else "",
        html=letter.html if is_kept else "",
        link=letter.link,
        language=person.language if person else "",
        is_secret=letter.is_secret,
        dedupe_key=dedupe_key,
        written_at=at,
        state=state,
        priority=priority,
        next_try_at=at if state == MessageState.WAITING else None,
    )


@transaction.atomic
def post_letters(*, letters: Sequence[tuple[User, Letter]], at: datetime, dedupe_key: str) -> int:
    """Write to many persons, to each a letter of their own, in a fixed number of statements; answers how many got one.

    All are of one kind and one occasion: who has a letter with this `dedupe_key`, or gets none at all (a closed
    seller), is left out. They go after all others.
    """
    if not letters:
        return 0
    persons = still_there([person for person, _letter in letters])
    had = set(
        Message.objects.filter(person__in=list(persons), dedupe_key=dedupe_key).values_list("person_id", flat=True)
    )
    to = recipients_of(persons.values(), letters[0][1].kind)
    messages = [
        message_for(letter, to[person.pk], person=person, at=at, dedupe_key=dedupe_key, priority=Priority.BULK)
        for person, letter in letters
        if person.pk in persons and person.pk not in had and rules.gets_letters(letter.kind, to[person.pk])
    ]
    Message.objects.bulk_create(messages, ignore_conflicts=True)
    if any(message.state == MessageState.WAITING for message in messages):
        ring(Priority.BULK)
    return len(messages)


def still_there(persons: Collection[User]) -> dict[int, User]:
    """Those of the persons who weren't erased meanwhile, by their id; they can't be until this transaction ends."""
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=[person.pk for person in persons])
    return {person.pk: person for person in rows.order_by("pk")}


def ring(priority: int) -> None:
    """Ask a worker to look, once this transaction is committed."""
    task = "send_urgent_letters" if priority == Priority.URGENT else "send_letters"
    enqueue_on_commit(f"apps.notifications.tasks.{task}")


@transaction.atomic
def send_again(*, message: Message, at: datetime, by: User) -> Message:
    """Try a letter anew that was given up; its day begins again. A letter to many that it is of moves again."""
    message = Message.objects.select_for_update().get(pk=message.pk)
    if not rules.LETTER.allows(message.state, MessageState.WAITING):
        raise rules.AlreadySent(gettext_noop("Only a letter that was given up can be sent again."))
    if message.is_secret:
        reason = gettext_noop("This letter held a code, which is not kept. The reader can ask for a new one.")
        raise rules.AlreadySent(reason)
    message.state, message.tries, message.error = MessageState.WAITING, 0, ""
    message.next_try_at = message.resent_at = at
    message.save(update_fields=["state", "tries", "error", "next_try_at", "resent_at"])
    if message.sending_id is not None:
        Sending.objects.filter(pk=message.sending_id).update(counted_at=None)
    log(message, "notifications.send_again", user=by)
    ring(message.priority)
    return message


@transaction.atomic
def mark_read(*, person: User, at: datetime, reference: str | None = None, until: datetime | None = None) -> int:
    """Mark one letter of the person read, or all (those written `until` then); answers how many were unread."""
    unread = Message.objects.filter(person=person, read_at=None, is_secret=False)
    if reference is not None:
        unread = unread.filter(reference=reference)
    if until is not None:
        unread = unread.filter(written_at__lte=until)
    return unread.update(read_at=at)
