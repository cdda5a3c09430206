"""What allauth asks about apps with codes, passkeys and recovery codes."""

import logging
from base64 import b32encode, urlsafe_b64encode
from secrets import token_bytes
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.accounts.rules import device_of

log = logging.getLogger(__name__)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Names this site and the reader's devices, and keeps secrets locked up."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This did not match. Try again, with a new code if you use an app."),
        "cannot_generate_recovery_codes": gettext_lazy(
            "Recovery codes come with an app or a passkey. Set one up first."
        ),
        "unverified_email": gettext_lazy("Confirm your e-mail first; then set up an app or a passkey."),
    }

    def get_totp_issuer(self) -> str:
        """Under which name an app lists the account."""
        return settings.SITE_NAME

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """For which site a passkey is: its host, and the name that people read."""
        return super().get_public_key_credential_rp_entity() | {"name": settings.SITE_NAME}

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        """The device that the person sits at, as a first guess."""
        device = device_of(context.request.META.get("HTTP_USER_AGENT", ""))
        return device.system or device.browser or _("Passkey")

    def encrypt(self, text: str) -> str:
        """Whoever reads the database or a backup of it has no second factor yet."""
        return vault().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again; where its key is lost one that nobody has, so that no code is right."""
        try:
            return vault().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            log.error("A second factor can't be read: put the former SECRET_KEY into SECRET_KEY_FALLBACKS")
            return b32encode(token_bytes(20)).decode()


def vault() -> MultiFernet:
    """Locks with a key made from SECRET_KEY; unlocks with those of SECRET_KEY_FALLBACKS too."""
    keys = [
        salted_hmac("accounts.second_factor", "", secret=secret, algorithm="sha256").digest()
        for secret in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    ]
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in keys])
