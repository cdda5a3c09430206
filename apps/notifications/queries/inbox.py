"""What stands on the site for a reader: letters, how many are unread, whether their address is dead."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext

from apps.accounts.models import User
from apps.notifications.enums import Channel
from apps.notifications.models import Message, Preference, Suppression
from apps.notifications.rules import CHOICES

UNREAD_SHOWN = 99


def inbox_of(person: User) -> QuerySet[Message]:
    """The person's letters, the newest first, without their texts. Secret ones never stand on the site."""
    letters = Message.objects.filter(person=person, is_secret=False)
    return letters.only("reference", "kind", "subject", "language", "written_at", "read_at").order_by(
        "-written_at", "-pk"
    )


def letter_of(person: User, reference: UUID) -> Message | None:
    """One letter of the person's, or None where it is another's, secret or none at all."""
    return Message.objects.filter(person=person, reference=reference, is_secret=False).defer("html").first()


def unread_count(person: User) -> int:
    """How many letters the person has not read, in one indexed statement that stops beyond what the bar shows."""
    return Message.objects.filter(person=person, read_at=None, is_secret=False)[: UNREAD_SHOWN + 1].count()


def bar_facts(unread: int) -> tuple[set[str], dict[str, str]]:
    """The flag and the values that the bar asks for, in pages that are kept and in those that aren't."""
    if not unread:
        return set(), {"unread": "", "unread_words": ""}
    if unread > UNREAD_SHOWN:
        words = gettext("More than %(count)s unread letters") % {"count": UNREAD_SHOWN}
        return {"has_unread"}, {"unread": f"{UNREAD_SHOWN}+", "unread_words": words}
    words = ngettext("%(count)s unread letter", "%(count)s unread letters", unread) % {"count": unread}
    return {"has_unread"}, {"unread": str(unread), "unread_words": words}


def dead_address(person: User) -> Suppression | None:
    """Why the person's own address gets no e-mail, or None where it does."""
    return Suppression.objects.filter(address=person.email.lower()).first()


def channels_of(person: User) -> dict[str, str]:
    """How the person wants letters of each kind that is a choice."""
    chosen = dict(Preference.objects.filter(person=person).values_list("kind", "channel"))
    return {kind: chosen.get(kind, Channel.BOTH) for kind in CHOICES}
