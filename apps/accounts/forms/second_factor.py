"""What is typed for second factors: allauth's forms, in our words."""

import struct
from typing import Any

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _
from fido2.webauthn import AuthenticationResponse, RegistrationResponse

LONGEST_NAME = 60
# What fido2 raises for what no browser sends.
UNREADABLE = (TypeError, ValueError, KeyError, AttributeError, IndexError, struct.error)


class CredentialField(forms.JSONField):
    """What a browser hands over of a passkey, filled in by scripts; rubbish is refused like a wrong passkey."""

    widget = forms.HiddenInput

    def __init__(self, response: type[AuthenticationResponse] | type[RegistrationResponse]) -> None:
        super().__init__()
        self.response = response

    def to_python(self, value: Any) -> Any:
        """The JSON, if fido2 can read it."""
        found = super().to_python(value)
        try:
            self.response.from_dict(found)
        except UNREADABLE:
            raise get_adapter().validation_error("incorrect_code") from None
        return found


def code_field(label: Any, help_text: Any = "") -> forms.CharField:
    """Six or eight digits, which phones offer to fill in."""
    attributes = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": 12}
    return forms.CharField(label=label, help_text=help_text, max_length=12, widget=forms.TextInput(attributes))


def name_field(*, required: bool = False) -> forms.CharField:
    """How its owner tells one passkey from another."""
    return forms.CharField(
        label=_("Name"),
        required=required,
        max_length=LONGEST_NAME,
        help_text=_("So that you know it again in the list: the device, or where you keep it."),
    )


class AppForm(ActivateTOTPForm):
    """The first code of an app shows that it has the secret."""

    code = code_field(_("Code from the app"))


class CountsOnce:
    """A code that was used is refused for as long as its app would still show it or we would still take it.

    allauth remembers it for its own half minute only. It is the same code however it's written: with hyphens, dots,
    blanks. What is known to be used isn't tried: it would clear the count of wrong codes.
    """

    def clean_code(self) -> str:
        """The code, used now."""
        code = normalize_user_code(self.cleaned_data["code"])  # type: ignore[attr-defined]
        used = f"accounts.code_used:{self.user.pk}:{code}"  # type: ignore[attr-defined]
        if cache.get(used):
            raise get_adapter().validation_error("incorrect_code")
        super().clean_code()  # type: ignore[misc]
        if not cache.add(used, True, app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)):
            raise get_adapter().validation_error("incorrect_code")
        return code


class SecondStepForm(CountsOnce, AuthenticateForm):
    """The second step of signing in."""

    code = code_field(_("Code"), _("From your app, or one of your recovery codes."))


class SecondStepAgainForm(CountsOnce, ReauthenticateForm):
    """The second step once more, before something weighty."""

    code = code_field(_("Code"), _("From your app, or one of your recovery codes."))


class PasskeySignInForm(LoginWebAuthnForm):
    """A passkey instead of everything else."""

    credential = CredentialField(AuthenticationResponse)


class PasskeyStepForm(AuthenticateWebAuthnForm):
    """A passkey as the second step."""

    credential = CredentialField(AuthenticationResponse)


class PasskeyAgainForm(ReauthenticateWebAuthnForm):
    """A passkey once more, before something weighty."""

    credential = CredentialField(AuthenticationResponse)


class PasskeyForm(AddWebAuthnForm):
    """A new passkey: for signing in by itself, unless its owner wants it as a second step only."""

    credential = CredentialField(RegistrationResponse)
    name = name_field()
    passwordless = forms.BooleanField(
        label=_("Sign in with it alone"),
        required=False,
        initial=True,
        help_text=_("Without a password or a code. Without this it is the second step after your password."),
    )
    field_order = ["name", "passwordless", "credential"]


class PasskeyNameForm(EditWebAuthnForm):
    """Another name for a passkey."""

    name = name_field(required=True)
