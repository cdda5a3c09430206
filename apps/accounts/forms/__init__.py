"""Shapes of what people type about themselves and how they sign in, and of what staff type about sellers and machines.

Those of second factors build on allauth's, which import this package for its sign-up form: they are named in the
settings and not imported here.
"""

from apps.accounts.forms.machines import MachineForm, TokenForm
from apps.accounts.forms.people import (
    HintedRadios,
    OldAddressForm,
    PersonCreationForm,
    PersonEditForm,
    ProfileForm,
    RouteForm,
    SellerForm,
    SignupForm,
)

__all__ = [
    "HintedRadios",
    "MachineForm",
    "OldAddressForm",
    "PersonCreationForm",
    "PersonEditForm",
    "ProfileForm",
    "RouteForm",
    "SellerForm",
    "SignupForm",
    "TokenForm",
]
