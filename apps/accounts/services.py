"""What changes about persons and sellers."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction
from wagtail.log_actions import log

from apps.accounts import rules
from apps.accounts.enums import SellerState
from apps.accounts.models import Seller, User
from apps.accounts.queries import link_facts


@transaction.atomic
def register_seller(
    *, code: str, shop_name: str, region: str, by: User | None, state: str = SellerState.ACTIVE
) -> Seller:
    """Make or update the record of a seller as the marketplace names it."""
    seller, created = Seller.objects.update_or_create(
        code=rules.normal_code(code),
        defaults={"shop_name": shop_name.strip(), "region": region, "state": state},
    )
    log(seller, "wagtail.create" if created else "wagtail.edit", user=by)
    return seller


@transaction.atomic
def link_seller(*, seller: Seller, person: User, at: datetime, by: User | None) -> Seller:
    """Let the person stand for the seller; the same link again changes nothing.

    The person's chosen route becomes the seller's where the seller has none yet; then both say the same.
    """
    person = User.objects.select_for_update().get(pk=person.pk)
    seller = Seller.objects.select_for_update().get(pk=seller.pk)
    rules.check_link(link_facts(seller, person))
    if seller.person_id == person.pk:
        return seller
    seller.person, seller.linked_at = person, at
    seller.route = seller.route or person.chosen_route
    seller.save(update_fields=["person", "linked_at", "route"])
    User.objects.filter(pk=person.pk).update(chosen_route=seller.route)
    log(seller, "accounts.link_seller", user=by, data={"person": person.pk})
    return seller


@transaction.atomic
def unlink_seller(*, seller: Seller, by: User | None) -> None:
    """End the link; the seller's records and the person's stay as they are."""
    seller = Seller.objects.select_for_update().get(pk=seller.pk)
    if seller.person_id is None:
        return
    log(seller, "accounts.unlink_seller", user=by, data={"person": seller.person_id})
    seller.person, seller.linked_at = None, None
    seller.save(update_fields=["person", "linked_at"])


@transaction.atomic
def choose_route(*, person: User, route: str) -> None:
    """Keep how the person will sell: on the seller where one is linked, and on the person."""
    Seller.objects.filter(person=person).update(route=route)
    User.objects.filter(pk=person.pk).update(chosen_route=route)


def change_profile(*, person: User, name: str, language: str, zone: str) -> None:
    """Keep the reader's own settings. Certificates already given keep the name they bear."""
    User.objects.filter(pk=person.pk).update(name=name, language=language, zone=zone)


def choose_language(*, person: User, language: str) -> None:
    """Keep the language that this reader wants everywhere."""
    User.objects.filter(pk=person.pk).update(language=language)


def confirm_email(*, person: User) -> None:
    """Take the person's e-mail as verified, on staff's word (seed, and persons made by operators)."""
    EmailAddress.objects.update_or_create(user=person, email=person.email, defaults={"verified": True, "primary": True})
