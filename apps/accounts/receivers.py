"""What is heard of sign-in: when a session began, that a second factor was used in it, whom the marketplace names."""

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import unstash_login
from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed, email_confirmed, password_reset
from allauth.account.signals import user_logged_in as came_in
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_used
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.signals import social_account_added
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import Signal, receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

from apps.accounts.enums import Kept
from apps.accounts.models import User
from apps.accounts.queries import SECOND_FACTORS, has_second_factor
from apps.accounts.rules import read_claim
from apps.accounts.services import (
    close_unproven_ways,
    forget_email_change,
    link_named_seller,
    take_over_claim,
    take_over_password_reset,
)
from apps.core.clock import now
from apps.core.refusals import explain
from apps.core.rules import Refusal


@receiver(user_logged_in)
def hear_that_a_session_began(request: HttpRequest, **_facts: Any) -> None:
    """allauth notes the session itself; the next note is due in an hour."""
    request.session[Kept.LAST_SEEN] = int(now().timestamp())


@receiver(authenticator_added, sender=Authenticator)
@receiver(authenticator_used, sender=Authenticator)
def hear_that_a_second_factor_was_used(
    request: HttpRequest, user: User, authenticator: Authenticator, signal: Signal, **_facts: Any
) -> None:
    """Who sets one up has it at hand. A recovery code counts where it was used, not where the codes were made."""
    if signal is authenticator_used or authenticator.type in SECOND_FACTORS:
        request.session[Kept.SECOND_FACTOR] = user.pk


@receiver(authenticator_removed, sender=Authenticator)
def hear_that_a_second_factor_went(request: HttpRequest, user: User, **_facts: Any) -> None:
    """With the last one goes what it opened."""
    if not has_second_factor(user):
        request.session.pop(Kept.SECOND_FACTOR, None)


@receiver(came_in)
def hear_whom_the_marketplace_names(
    request: HttpRequest, user: User, sociallogin: SocialLogin | None = None, **_facts: Any
) -> None:
    """Signed in all the way, second step included, with an account of the marketplace."""
    if sociallogin is not None:
        take_over_seller(request, user, sociallogin)
    take_named_seller(request, user)


@receiver(social_account_added, sender=SocialLogin)
def hear_that_an_account_was_linked(request: HttpRequest, sociallogin: SocialLogin, **_facts: Any) -> None:
    """Linked on the page Security by who is signed in already."""
    if request.user.is_authenticated:
        take_over_seller(request, request.user, sociallogin)


def take_named_seller(request: HttpRequest, person: User) -> None:
    """Link the shop for which the marketplace named the address that this person has proven, and say so."""
    if seller := link_named_seller(person=person, at=now()):
        messages.success(request, _("Your shop %(shop)s is linked.") % {"shop": seller.shop_name})


def take_over_seller(request: HttpRequest, person: User, sociallogin: SocialLogin) -> None:
    """Link the shop that the marketplace names, and say so, or why not. Signing in doesn't fail for it."""
    at = now()
    try:
        claim = read_claim(
            sociallogin.account.extra_data,
            code=settings.OIDC_CLAIM_SELLER_CODE,
            shop_name=settings.OIDC_CLAIM_SHOP_NAME,
            region=settings.OIDC_CLAIM_REGION,
        )
        seller = take_over_claim(claim=claim, person=person, at=at) if claim else None
    except Refusal as refusal:
        messages.warning(request, explain(refusal))
        return
    if seller and seller.linked_at == at:
        messages.success(request, _("Your shop %(shop)s is linked.") % {"shop": seller.shop_name})


@receiver(email_confirmed)
def hear_that_an_address_was_proven(request: HttpRequest, email_address: EmailAddress, **_facts: Any) -> None:
    """Before the first sign-in it shows whose the account is: theirs who signed up, or who only reads the mail."""
    person = email_address.user
    if person.last_login is not None:
        return
    used = get_authentication_records(request, person)
    closed = close_unproven_ways(
        person=person,
        with_password=signed_up_here(request, person) or any(each["method"] == "password" for each in used),
        with_accounts=[each["uid"] for each in used if each["method"] == "socialaccount"],
    )
    if closed:
        messages.warning(
            request,
            _(
                "A password was set for this account before its e-mail was confirmed. It no longer counts; you can "
                "set your own on the page Security."
            ),
        )


def signed_up_here(request: HttpRequest, person: User) -> bool:
    """Whether it was in this session that the person's account was made."""
    pending = unstash_login(request, peek=True)
    return pending is not None and pending.signup and pending.user == person


@receiver(password_reset)
def hear_that_a_password_was_reset(user: User, **_facts: Any) -> None:
    """The link to it was read at the person's address."""
    take_over_password_reset(person=user)


@receiver(email_changed)
def hear_that_the_address_changed(request: HttpRequest, user: User, **_facts: Any) -> None:
    """What was asked for before counts no more. The new address may be one that the marketplace named."""
    forget_email_change(person=user)
    take_named_seller(request, user)
