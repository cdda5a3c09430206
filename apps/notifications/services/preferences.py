"""What a reader wants to get, and how."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.core.rules import gettext_noop
from apps.notifications import rules
from apps.notifications.enums import Channel, MessageState
from apps.notifications.models import AddressRetry, Message, Preference
from apps.notifications.queries.inbox import dead_address
from apps.notifications.services.suppression import lift


@transaction.atomic
def set_preference(*, person: User, kind: str, channel: str) -> None:
    """Keep how the person wants letters of this kind; what still waits to be sent stays on the site only."""
    if kind not in rules.CHOICES:
        raise rules.NoChoice(gettext_noop("Letters of this kind always come by e-mail too."))
    Preference.objects.update_or_create(person=person, kind=kind, defaults={"channel": channel})
    if channel == Channel.SITE:
        waiting = Message.objects.filter(person=person, kind=kind, state=MessageState.WAITING)
        waiting.update(state=MessageState.NONE, next_try_at=None, lease_until=None)


@transaction.atomic
def try_address_again(*, person: User, at: datetime) -> bool:
    """Send e-mail to the person's address again, at most once a day; answers whether it had been stopped."""
    suppression = dead_address(person)
    if suppression is None:
        return False
    last = AddressRetry.objects.select_for_update().filter(person=person).first()
    if last and not rules.may_try_again(last.at, at):
        raise rules.TooSoon(
            gettext_noop(
                "You asked for this within the last day, and the letters came back again. Check that the address is"
                " right and that its mailbox takes letters, or use another address. You can ask again tomorrow."
            ),
            way_on="/accounts/email/",
        )
    lift(suppression=suppression, by=person)
    AddressRetry.objects.update_or_create(person=person, defaults={"at": at})
    return True
