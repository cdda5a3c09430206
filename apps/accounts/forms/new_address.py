"""The code from a new address: allauth's form, in our words; named in the settings, as those of second factors."""

from allauth.account.forms import ConfirmEmailVerificationCodeForm
from allauth.account.internal.flows.email_verification_by_code import EMAIL_VERIFICATION_CODE_SESSION_KEY
from allauth.core import context
from django.core.exceptions import ValidationError
from django.urls import reverse

from apps.accounts.rules import AddressKnown
from apps.core.rules import gettext_noop


class NewAddressForm(ConfirmEmailVerificationCodeForm):
    """Who enters the code reads the address, so it gives nothing away to say that it has an account already."""

    def clean_code(self) -> str:
        """The code. Refused where another account has the address, and this change is over then."""
        try:
            code: str = super().clean_code()
        except ValidationError as error:
            if error.code != "email_taken":
                raise
            context.request.session.pop(EMAIL_VERIFICATION_CODE_SESSION_KEY, None)
            signed_in = context.request.user.is_authenticated
            raise AddressKnown(
                gettext_noop(
                    "There is another account with the address %(email)s. Sign in with it to use that account, or "
                    "choose another address for this one."
                ),
                email=self.email,
                way_on=reverse("account_email" if signed_in else "account_login"),
            ) from error
        return code
