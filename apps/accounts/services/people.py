"""What changes about persons: their settings, and how they come in."""

from collections.abc import Collection
from datetime import datetime

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac
from wagtail.log_actions import log

from apps.accounts import rules
from apps.accounts.models import EmailChange, Seller, User
from apps.accounts.queries import email_change_of, is_unproven, ways_in
from apps.core.rules import gettext_noop


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
    """Take the person's e-mail as verified: on staff's word, or because a link that went there was opened."""
    EmailAddress.objects.update_or_create(user=person, email=person.email, defaults={"verified": True, "primary": True})


@transaction.atomic
def close_unproven_ways(*, person: User, with_password: bool, with_accounts: Collection[str] = ()) -> bool:
    """Let in only by what who has just proven the address used for it; whether a password was taken away.

    Anybody may have signed up with the address before, and would come in by what they chose then.
    `with_accounts` are the subjects of linked accounts that were used. There are no sessions and no second factors
    yet: those begin with the first sign-in.
    """
    SocialAccount.objects.filter(user=person).exclude(uid__in=with_accounts).delete()
    if with_password or not person.has_usable_password():
        return False
    person.set_unusable_password()
    person.save(update_fields=["password"])
    return True


@transaction.atomic
def take_over_password_reset(*, person: User) -> None:
    """A link that went to an unproven address was opened: it's proven, and nothing but the new password opens."""
    if is_unproven(person):
        close_unproven_ways(person=person, with_password=True)
        confirm_email(person=person)


@transaction.atomic
def give_up_unproven(*, person: User) -> bool:
    """Delete an account that nobody has proven, for who proves its address elsewhere; whether it was one."""
    person = User.objects.select_for_update().get(pk=person.pk)
    if not is_unproven(person):
        return False
    log(person, "wagtail.delete", user=None)
    person.delete()
    return True


@transaction.atomic
def ask_for_email_change(*, person: User, new_address: str, at: datetime) -> None:
    """Send a code to the person's present address: only who reads it there may go on to another one."""
    code = get_adapter().generate_email_verification_code()
    EmailChange.objects.update_or_create(
        person=person,
        defaults={
            "new_address": new_address,
            "code_digest": digest_of(person, code),
            "asked_at": at,
            "wrong_codes": 0,
        },
    )
    context = {"user": person, "code": code, "new_address": new_address}
    get_adapter().send_mail("account/email/email_change", person.email, context)


def confirm_old_address(*, person: User, code: str, at: datetime) -> str:
    """The address that the person may change to, now that the code from the old one was entered. It counts once.

    A wrong code is counted before it is looked at, so that many at a time are no more than a few.
    """
    change = email_change_of(person) or EmailChange(person=person)
    rules.check_code_counts(asked_at=change.asked_at, wrong=change.wrong_codes, at=at)
    waiting = EmailChange.objects.filter(person=person, wrong_codes__lt=rules.MOST_WRONG_CODES)
    counted = waiting.update(wrong_codes=F("wrong_codes") + 1)
    if not counted or not constant_time_compare(change.code_digest, digest_of(person, code)):
        raise rules.CodeWrong(gettext_noop("This is not the code that we sent. Look at the newest letter."))
    change.delete()
    return change.new_address


def digest_of(person: User, code: str) -> str:
    """What is kept of a code; typed small, with blanks or without the hyphen it is the same code."""
    plain = "".join(each for each in code.upper() if each.isalnum())
    return salted_hmac("accounts.email_change", f"{person.pk}:{plain}", algorithm="sha256").hexdigest()


def forget_email_change(*, person: User) -> None:
    """Stay with the present address."""
    EmailChange.objects.filter(person=person).delete()


@transaction.atomic
def change_email(*, person: User, new_address: str, by: User) -> None:
    """Give the person another address on staff's word. It is proven by the code that the next sign-in asks for."""
    old = person.email
    EmailAddress.objects.filter(user=person).delete()
    EmailAddress.objects.create(user=person, email=new_address, primary=True)
    person.email = new_address
    person.save(update_fields=["email"])
    forget_email_change(person=person)
    end_sessions(person=person)
    log(person, "accounts.change_email", user=by, data={"from": old})
    context = {"user": person, "from_email": old, "to_email": new_address}
    get_adapter().send_mail("account/email/email_changed_by_staff", old, context)


@transaction.atomic
def remove_second_factor(*, person: User, by: User) -> None:
    """Let a person who lost phone and codes in by password or code again, and tell them."""
    gone, _by_model = Authenticator.objects.filter(user=person).delete()
    if not gone:
        return
    end_sessions(person=person)
    log(person, "accounts.remove_second_factor", user=by)
    get_adapter().send_mail("account/email/second_factor_removed", person.email, {"user": person})


def end_sessions(*, person: User) -> None:
    """Sign the person out everywhere."""
    for session in UserSession.objects.filter(user=person):
        session.end()


@transaction.atomic
def remove_password(*, person: User) -> None:
    """Let the person in by passkey, linked account and code only; refused where only the code would be left."""
    person = User.objects.select_for_update().get(pk=person.pk)
    rules.check_password_can_go(ways_in(person))
    person.set_unusable_password()
    person.save(update_fields=["password"])
    get_adapter().send_notification_mail("account/email/password_removed", person)
