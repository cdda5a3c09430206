"""What changes about sellers: their records, their state, and who stands for each.

The marketplace names a seller by `PUT /api/v1/sellers/{code}`, staff do it in the admin, and a person's sign-in with
the marketplace's account names one too. Who stands for it must be proven; the address that the marketplace names
is proven by who reads the mail there.
"""

from datetime import datetime

from allauth.account.adapter import get_adapter
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode

from apps.accounts import rules
from apps.accounts.enums import Link, Region, SellerState
from apps.accounts.models import Seller, User
from apps.accounts.queries import link_facts, link_of, person_at, seller_named_for
from apps.accounts.services.audit import Actor, log_act
from apps.accounts.signals import seller_joined, seller_state_changed
from apps.core.rules import Refusal, gettext_noop


@transaction.atomic
def register_seller(
    *, code: str, shop_name: str, region: str, at: datetime, by: Actor, state: str = SellerState.ACTIVE
) -> Seller:
    """Make or update the record of a seller as the marketplace names it."""
    word = rules.SellerWord(shop_name=shop_name.strip(), region=region, state=state)
    return note_word(code=rules.normal_code(code), word=word, at=at, by=by)


def note_word(*, code: str, word: rules.SellerWord, at: datetime, by: Actor) -> Seller:
    """Write down what the marketplace says of a seller, new or known. The same word again changes nothing."""
    facts = {"shop_name": word.shop_name, "region": word.region, "state": word.state, "named_email": word.email}
    facts = {name: value for name, value in facts.items() if value is not None}
    # Made first where it is new, so that two calls at once are one seller; then held.
    _seller, is_new = Seller.objects.get_or_create(code=code, defaults=facts)
    seller = Seller.objects.select_for_update().get(code=code)
    was = seller.state
    changed = [name for name, value in facts.items() if getattr(seller, name) != value]
    for name in changed:
        setattr(seller, name, facts[name])
    if changed:
        seller.save(update_fields=changed)
    if is_new or changed:
        log_act(seller, "wagtail.create" if is_new else "wagtail.edit", by=by)
    if seller.state != was:
        seller_state_changed.send(sender=Seller, seller=seller, was=was, at=at)
    return seller


@transaction.atomic
def name_seller(*, code: str, word: rules.SellerWord, at: datetime, by: Actor, may_be_new: bool) -> tuple[Seller, Link]:
    """Take the marketplace's word on a seller, and link or invite whom it names; the same word again does nothing.

    Refused where there is no such seller and `may_be_new` is False. Nobody is unlinked here: who stands for a seller
    has proven it, and an address that they have changed since would end that with the marketplace's next word.
    """
    code = rules.normal_code(code)
    if not may_be_new and not Seller.objects.filter(code=code).exists():
        raise rules.SellerUnknown(gettext_noop("There is no seller %(code)s."), code=code)
    seller = note_word(code=code, word=word, at=at, by=by)
    if seller.person_id is None and seller.named_email:
        seller = link_or_invite(seller=seller, at=at, by=by)
    return seller, link_of(seller)


def link_or_invite(*, seller: Seller, at: datetime, by: Actor) -> Seller:
    """Link the person who has proven the named address; else invite the address, once for each that is named."""
    person = person_at(seller.named_email)
    if person is not None:
        try:
            with transaction.atomic():
                seller = link_seller(seller=seller, person=person, at=at, by=by)
            context = {"user": person, "seller_code": seller.code, "shop_name": seller.shop_name}
            get_adapter().send_mail("account/email/seller_linked", person.email, context)
            return seller
        except rules.PersonTaken:
            return seller
        except rules.EmailUnproven:
            pass
    if seller.state != SellerState.CLOSED and seller.invited_email != seller.named_email:
        invite(seller=seller, person=person, at=at)
    return seller


def invite(*, seller: Seller, person: User | None, at: datetime) -> None:
    """Write to the named address: who signs up or in with it stands for the seller."""
    seller.invited_email, seller.invited_at = seller.named_email, at
    seller.save(update_fields=["invited_email", "invited_at"])
    path = reverse("account_login") if person else reverse("account_signup")
    context = {
        "user": person,
        "seller_code": seller.code,
        "shop_name": seller.shop_name,
        "way_in": f"{path}?{urlencode({'email': seller.named_email})}",
    }
    # Who has no account yet is written to in the language of the shop's region.
    with translation.override(person.language if person else rules.LANGUAGES[Region(seller.region)]):
        get_adapter().send_mail("account/email/seller_invitation", seller.named_email, context)


@transaction.atomic
def link_named_seller(*, person: User, at: datetime) -> Seller | None:
    """Link who has proven an address to the seller that the marketplace named it for; None where nothing waits."""
    seller = seller_named_for(person)
    if seller is None:
        return None
    try:
        with transaction.atomic():
            return link_seller(seller=seller, person=person, at=at, by=person)
    except Refusal:
        return None


@transaction.atomic
def link_seller(*, seller: Seller, person: User, at: datetime, by: Actor) -> Seller:
    """Let the person stand for the seller; the same link again changes nothing.

    The person's chosen route becomes the seller's where the seller has none yet; then both say the same.
    """
    # The seller first, as naming does: who signs in and who is named never wait for each other in a circle.
    seller = Seller.objects.select_for_update().get(pk=seller.pk)
    person = User.objects.select_for_update().get(pk=person.pk)
    rules.check_link(link_facts(seller, person))
    if seller.person_id == person.pk:
        return seller
    seller.person, seller.linked_at = person, at
    seller.route = seller.route or person.chosen_route
    seller.save(update_fields=["person", "linked_at", "route"])
    User.objects.filter(pk=person.pk).update(chosen_route=seller.route)
    log_act(seller, "accounts.link_seller", by=by, data={"person": person.pk})
    seller_joined.send(sender=Seller, seller=seller, person=person, at=at)
    return seller


@transaction.atomic
def unlink_seller(*, seller: Seller, by: User | None) -> None:
    """End the link; the seller's records and the person's stay as they are.

    Whom the marketplace named is forgotten too: else the next sign-in would link the same person again.
    """
    seller = Seller.objects.select_for_update().get(pk=seller.pk)
    if seller.person_id is None:
        return
    log_act(seller, "accounts.unlink_seller", by=by, data={"person": seller.person_id})
    seller.person, seller.linked_at = None, None
    seller.named_email = seller.invited_email = ""
    seller.save(update_fields=["person", "linked_at", "named_email", "invited_email"])


@transaction.atomic
def take_over_claim(*, claim: rules.SellerClaim, person: User, at: datetime) -> Seller:
    """Let the person stand for the seller that the marketplace names at sign-in; make its record where there is none.

    Name and region of the shop are the marketplace's word, its state isn't touched: a claim doesn't speak of it.
    """
    word = rules.SellerWord(shop_name=claim.shop_name, region=claim.region)
    seller = note_word(code=claim.code, word=word, at=at, by=person)
    rules.check_claim(link_facts(seller, person))
    return link_seller(seller=seller, person=person, at=at, by=person)
