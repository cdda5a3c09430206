"""How every app's letters become values: rendered in the reader's language and zone. And those of sign-in."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.signing import Signer
from django.template import Context
from django.template.loader import get_template, render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode

from apps.accounts.models import User
from apps.notifications.enums import Kind
from apps.notifications.models import Sending
from apps.notifications.queries.audiences import audience_named
from apps.notifications.rules import NOT_A_CHOICE, Letter, fill_in, preview_of

STOP_SALT = "notifications.stop"

# What is written of signing in only to inform. All other letters of it hold a code or a link that lets their reader in.
INFORMING = frozenset(
    {
        "account/email/account_already_exists",
        "account/email/email_changed",
        "account/email/email_changed_by_staff",
        "account/email/email_confirm",
        "account/email/email_deleted",
        "account/email/password_changed",
        "account/email/password_removed",
        "account/email/password_reset",
        "account/email/password_set",
        "account/email/second_factor_removed",
        "account/email/seller_invitation",
        "account/email/seller_linked",
        "account/email/unknown_account",
        "mfa/email/recovery_codes_generated",
        "mfa/email/totp_activated",
        "mfa/email/totp_deactivated",
        "mfa/email/webauthn_added",
        "mfa/email/webauthn_removed",
        "socialaccount/email/account_connected",
        "socialaccount/email/account_disconnected",
    }
)
LETTING_IN = frozenset(
    f"account/email/{name}"
    for name in (
        "email_change",
        "email_confirmation",
        "email_confirmation_signup",
        "login_code",
        "password_reset_key",
    )
)


def render_letter(
    template: str,
    *,
    kind: str,
    person: User | None,
    context: dict[str, Any],
    link: str = "",
    is_secret: bool = False,
    language: str = "",
) -> Letter:
    """The letter for this person, from `<template>_subject.txt`, `<template>.txt` and `<template>.html`.

    The templates extend `notifications/letters/base.*` and find `person`, `link` (absolute), `stop_url` ("" for
    kinds that aren't a choice) and the context. `link` is local: `/certificates/…/`. An address without a person is
    written to in `language`, and its times are UTC. A secret letter's subject is not secret: no code stands in it.
    """
    facts = context | {
        "person": person,
        "kind": Kind(kind),
        "link": settings.BASE_URL + link if link else "",
        "stop_url": stop_url(person, kind) if person else "",
        "settings_url": settings.BASE_URL + reverse("notifications:settings"),
        "inbox_url": settings.BASE_URL + reverse("notifications:inbox"),
        "site_url": settings.BASE_URL,
    }
    spoken, zone = (person.language, person.zone) if person else (settings.LANGUAGE_CODE, "UTC")
    with translation.override(language or spoken), timezone.override(zone):
        facts["subject"] = " ".join(plain(f"{template}_subject.txt", facts).split())[:250]
        text = plain(f"{template}.txt", facts).strip() + "\n"
        html = render_to_string(f"{template}.html", facts | {"preview": preview_of(text)}).strip() + "\n"
    return Letter(kind, facts["subject"], text, html, link, is_secret)


def plain(template: str, facts: dict[str, Any]) -> str:
    """A template as plain text: an ampersand in a title stays one."""
    return get_template(template).template.render(Context(facts, autoescape=False))  # type: ignore[attr-defined]


def stop_url(person: User, kind: str) -> str:
    """Where letters of this kind are stopped by one click, signed out; "" where that isn't a choice."""
    if kind in NOT_A_CHOICE:
        return ""
    # Without the instant: a letter that is rendered again is the same letter.
    token = Signer(salt=STOP_SALT).sign_object([person.pk, kind])
    return settings.BASE_URL + reverse("notifications:stop", args=[token])


def account_letter(template: str, *, person: User | None, context: dict[str, Any], language: str) -> Letter:
    """A letter of sign-in, by the name that allauth gives it or would: `account/email/login_code`."""
    is_secret = template not in INFORMING
    return render_letter(
        template, kind=Kind.ACCOUNT, person=person, context=context, is_secret=is_secret, language=language
    )


def samples(person: User) -> dict[str, Letter]:
    """Every letter of sign-in and account by its name, with example data."""
    facts = {
        "email": person.email,
        "code": "K7QX-MRTB",
        "password_reset_url": f"{settings.BASE_URL}/accounts/password/reset/",
        "signup_url": f"{settings.BASE_URL}/accounts/signup/",
        "timestamp": datetime(2026, 11, 22, 2, 30, tzinfo=UTC),
        "ip": "203.0.113.7",
        "from_email": "old@lantern.example",
        "to_email": person.email,
        "deleted_email": "old@lantern.example",
        "new_address": "new@lantern.example",
        "provider": {"name": settings.MARKET_NAME},
        "seller_code": "ALICE-01",
        "shop_name": "Alice's Lamps",
        "way_in": f"{reverse('account_signup')}?{urlencode({'email': person.email})}",
    }
    key = {"password_reset_url": f"{facts['password_reset_url']}key/3-d2k1q7-5b1e0c1f/"}
    return {
        template.rpartition("/")[2]: account_letter(
            template,
            person=person,
            context=facts | (key if template.endswith("/password_reset_key") else {}),
            language=person.language,
        )
        for template in sorted(INFORMING | LETTING_IN)
    }


def letter_to_many(sending: Sending, person: User) -> Letter:
    """What staff wrote to many, for one of them."""
    subject, text, language = sending.words_for(person.language)
    name = person.get_full_name()
    context = {
        "subject": fill_in(subject, name=name),
        "text": fill_in(text, name=name),
        "text_language": language,
        "why": audience_named(sending.audience).reason,
    }
    return render_letter(
        "notifications/letters/sending", kind=Kind.NEWS, person=person, context=context, link=sending.link
    )
