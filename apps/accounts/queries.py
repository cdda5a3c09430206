"""What others may ask about persons and sellers."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.accounts.enums import Link
from apps.accounts.models import EmailChange, MachineAccount, MachineToken, Seller, User
from apps.accounts.rules import LinkFacts, Passkey, WaysIn, digest_of_token, token_in

SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def seller_of(person: User) -> Seller | None:
    """The seller that this person stands for, or None."""
    return Seller.objects.filter(person=person).first()


def person_at(address: str) -> User | None:
    """The person who signs in with this address, or None."""
    return User.objects.filter(email=address.lower()).first()


def link_facts(seller: Seller, person: User) -> LinkFacts:
    """What decides whether this person may stand for this seller."""
    return LinkFacts(
        seller_code=seller.code,
        seller_person_id=seller.person_id,
        seller_person_email=seller.person.email if seller.person else "",
        person_id=person.pk,
        person_seller_code=Seller.objects.filter(person=person).values_list("code", flat=True).first(),
        email_verified=EmailAddress.objects.filter(user=person, email=person.email, verified=True).exists(),
    )


def seller_named_for(person: User) -> Seller | None:
    """The seller that waits for who reads mail at this person's address, the oldest first; or None."""
    return Seller.objects.filter(named_email=person.email, person=None).order_by("pk").first()


def link_of(seller: Seller) -> Link:
    """How far this seller is from the person whom the marketplace named for it."""
    if seller.person is not None:
        return Link.LINKED if seller.named_email in ("", seller.person.email) else Link.OTHER
    if not seller.named_email:
        return Link.UNNAMED
    return Link.INVITED if seller.invited_email == seller.named_email else Link.WAITING


def machine_token(header: str) -> MachineToken | None:
    """The token, with its account, that an `Authorization` header bears; whether it counts is for the rules."""
    token = token_in(header)
    if token is None:
        return None
    return MachineToken.objects.select_related("account").filter(digest=digest_of_token(token)).first()


def tokens_of(account: MachineAccount) -> QuerySet[MachineToken]:
    """Every token that this machine ever had, the newest first."""
    return account.tokens.select_related("account", "made_by").order_by("-made_at", "-pk")


def reader_language(request: HttpRequest, fallback: str) -> str:
    """The language to speak to this reader: the person's, else the one chosen on this device, else `fallback`."""
    user = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
    chosen = user.language if user and user.is_authenticated else device_language(request)
    return chosen if chosen in dict(settings.LANGUAGES) else fallback


def device_language(request: HttpRequest) -> str:
    """The language that was chosen on this device, or ""."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else ""


def is_staff(user: Any) -> bool:
    """Whether a role lets this person into the admin."""
    return user.has_perm("wagtailadmin.access_admin")


def is_unproven(person: User) -> bool:
    """Whether anybody may have made this account: the address was never proven, and nobody came in yet.

    Staff aren't, whose accounts operators made, nor is who was shut out.
    """
    if person.last_login is not None or not person.is_active or is_staff(person):
        return False
    return not EmailAddress.objects.filter(user=person, verified=True).exists()


def has_second_factor(person: User) -> bool:
    """Whether an app or a passkey is set up. Recovery codes alone are none."""
    return Authenticator.objects.filter(user=person, type__in=SECOND_FACTORS).exists()


def ways_in(person: User) -> WaysIn:
    """By what this person comes in."""
    found: dict[str, list[Authenticator]] = {}
    for each in Authenticator.objects.filter(user=person).order_by("created_at", "pk"):
        found.setdefault(each.type, []).append(each)
    apps, codes = found.get(Authenticator.Type.TOTP, []), found.get(Authenticator.Type.RECOVERY_CODES, [])
    accounts = SocialAccount.objects.filter(user=person, provider=settings.OIDC_ISSUER).order_by("pk")
    return WaysIn(
        has_password=person.has_usable_password(),
        app_since=apps[0].created_at if apps else None,
        passkeys=tuple(passkey_of(each) for each in found.get(Authenticator.Type.WEBAUTHN, [])),
        recovery_codes=len(codes[0].wrap().get_unused_codes()) if codes else None,
        linked=tuple(linked_name(each) for each in accounts),
    )


def passkey_of(row: Authenticator) -> Passkey:
    """What its owner wants to know of a passkey."""
    wrapped = row.wrap()
    return Passkey(row.pk, wrapped.name, bool(wrapped.is_passwordless), row.created_at, row.last_used_at)


def linked_name(account: SocialAccount) -> str:
    """How its owner knows an account of the marketplace."""
    return str(account.extra_data.get("email") or account.extra_data.get("name") or account.uid)


def email_change_of(person: User) -> EmailChange | None:
    """The change of address that waits for a code from the present one, or None."""
    return EmailChange.objects.filter(person=person).first()
