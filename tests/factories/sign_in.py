"""Second factors and linked accounts of persons."""

import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.socialaccount.models import SocialAccount

from apps.accounts.models import User

PERIOD = 30
# What a browser once handed over for a passkey, whose private half is thrown away: it can be listed and asked for.
READABLE_CREDENTIAL: dict[str, Any] = {
    "id": "AQEBAQEBAQEBAQEBAQEBAQ",
    "rawId": "AQEBAQEBAQEBAQEBAQEBAQ",
    "type": "public-key",
    "response": {
        "clientDataJSON": "eyJ0eXBlIjogIndlYmF1dGhuLmNyZWF0ZSIsICJjaGFsbGVuZ2UiOiAiQUFBQSIsICJvcmlnaW4iOiAiaHR0cHM6Ly94In0",
        "attestationObject": (
            "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YViUAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgJFAAAAAAAAAAAAAAAAAAAA"
            "AAAAAAAAEAEBAQEBAQEBAQEBAQEBAQGlAQIDJiABIVggJHZD_A-KSK6DlqeSCdcNbsHaEDLN2hw_GV-tOnTIOlkiWCCc6r-Bjze6jwGp"
            "WgU8Evt4ExYvvk_mRsEGPfdOQ8gsqw"
        ),
    },
    "clientExtensionResults": {"credProps": {"rk": True}},
}


def code_of(secret: str, *, steps: int = 0) -> str:
    """What an app with this secret shows now, or so many half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD + steps))


def set_up_app(person: User) -> str:
    """An app with codes for this person, with recovery codes; its secret."""
    secret = generate_totp_secret()
    TOTP.activate(person, secret)
    RecoveryCodes.activate(person)
    return secret


def recovery_codes_of(person: User) -> list[str]:
    """The recovery codes that still count."""
    return Authenticator.objects.get(user=person, type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()


def link_account(person: User, *, issuer: str, sub: str, **told: Any) -> SocialAccount:
    """An account of the marketplace, linked."""
    return SocialAccount.objects.create(user=person, provider=issuer, uid=sub, extra_data=told)
