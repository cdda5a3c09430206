"""Who gets a letter, where, and how."""

from collections.abc import Collection

from apps.accounts.enums import SellerState
from apps.accounts.models import Seller, User
from apps.notifications.enums import Channel
from apps.notifications.models import Message, Preference, Suppression
from apps.notifications.rules import Recipient


def recipients_of(persons: Collection[User], kind: str) -> dict[int, Recipient]:
    """What decides how a letter of this kind reaches these persons, by their id: three statements for any number."""
    ids = [person.pk for person in persons]
    suppressed = suppressions_of([person.email for person in persons])
    channels = dict(Preference.objects.filter(person__in=ids, kind=kind).values_list("person_id", "channel"))
    closed = Seller.objects.filter(person__in=ids, state=SellerState.CLOSED).values_list("person_id", flat=True)
    closed_ids = set(closed)
    return {
        person.pk: Recipient(
            address=person.email if person.is_active else "",
            suppressed=suppressed.get(person.email.lower(), ""),
            channel=channels.get(person.pk, Channel.BOTH),
            is_closed=person.pk in closed_ids,
        )
        for person in persons
    }


def recipients_of_letters(letters: Collection[Message]) -> dict[int, Recipient]:
    """How each of these letters reaches its reader today, by the letter's id: three statements for each kind."""
    found = {each.pk: recipient_at(each.address) for each in letters if each.address}
    own = [each for each in letters if each.person and not each.address]
    for kind in {each.kind for each in own}:
        of_kind = [each for each in own if each.kind == kind]
        readers = recipients_of([each.person for each in of_kind if each.person], kind)
        found |= {each.pk: readers[each.person_id] for each in of_kind if each.person_id}
    return found


def recipient_at(address: str) -> Recipient:
    """The same for an address that no person has, or that a person is about to have."""
    return Recipient(address=address, suppressed=suppressions_of([address]).get(address.lower(), ""))


def suppressions_of(addresses: Collection[str]) -> dict[str, str]:
    """Why these addresses get no e-mail, for those that don't."""
    wanted = {address.lower() for address in addresses}
    return dict(Suppression.objects.filter(address__in=wanted).values_list("address", "reason"))
