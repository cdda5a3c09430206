"""Shapes of what people type about themselves and of what staff type about sellers."""

import zoneinfo
from collections.abc import Mapping
from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.users.forms import UserCreationForm, UserEditForm

from apps.accounts.enums import Role, Route
from apps.accounts.models import Seller, User
from apps.accounts.queries import link_facts
from apps.accounts.rules import CodeUnreadable, check_link, normal_code, usual_zone
from apps.core.refusals import explain
from apps.core.rules import Refusal

ZONES = sorted(
    zone
    for zone in zoneinfo.available_timezones()
    if zone.startswith(("Asia/", "America/", "Europe/", "Australia/", "Pacific/", "Africa/")) or zone == "UTC"
)


class SignupForm(forms.Form):
    """What allauth's sign-up asks beyond e-mail and password."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        help_text=_("As it should stand on your certificates."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    zone = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ["name", "email", "password1"]

    def clean_zone(self) -> str:
        """The zone that the browser names, if it is one of ours: nobody is held up by what they can't see."""
        zone = self.cleaned_data["zone"]
        return zone if zone in ZONES else ""

    def signup(self, request: HttpRequest, user: User) -> None:
        """Nothing more to keep: the adapter kept the name."""


class HintedRadios(forms.RadioSelect):
    """Radio buttons, each with a sentence beside it."""

    def __init__(self, hints: Mapping[str, Any]) -> None:
        super().__init__()
        self.hints = hints

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The option with its `hint`, which `_components/field.html` shows."""
        return super().create_option(name, value, *args, **kwargs) | {"hint": self.hints[value]}


class RouteForm(forms.Form):
    """How the person will sell, in the order in which the page compares the routes."""

    route = forms.ChoiceField(
        label=_("How will you sell?"),
        choices=[(route.value, route.label) for route in (Route.SELF_SELLING, Route.AFFILIATE, Route.BOTH)],
        widget=HintedRadios(
            {
                Route.SELF_SELLING: _("You show your products in your own LIVEs and videos."),
                Route.AFFILIATE: _("Creators show your products, for a commission."),
                Route.BOTH: _("You show some yourself, and creators show them too."),
            }
        ),
        error_messages={"required": _("Choose how you will sell. You can change it later.")},
    )


class ProfileForm(forms.Form):
    """The reader's own settings."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        help_text=_("As it should stand on certificates you earn from now on."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=[(zone, zone.replace("_", " ")) for zone in ZONES],
        help_text=_("Times on the site and in letters are shown in it."),
    )


class SellerForm(forms.ModelForm):
    """A seller as staff take it over from the marketplace, and the person who stands for it."""

    person_email = forms.EmailField(
        label=_("E-mail of the person who stands for it"),
        required=False,
        help_text=_("A person who has verified this address. Empty: nobody is linked."),
    )

    class Meta:
        model = Seller
        fields = ["code", "shop_name", "region", "state"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["code"].disabled = True
            self.fields["person_email"].initial = self.instance.person and self.instance.person.email

    def clean_code(self) -> str:
        """The code as it is kept."""
        try:
            return normal_code(self.cleaned_data["code"])
        except CodeUnreadable as refusal:
            raise forms.ValidationError(explain(refusal)) from None

    def clean_person_email(self) -> User | None:
        """The person of this address, if the link is one that the rules allow."""
        email = self.cleaned_data["person_email"].lower()
        if not email:
            return None
        person = User.objects.filter(email=email).first()
        if person is None:
            raise forms.ValidationError(_("Nobody has signed up with %(email)s."), params={"email": email})
        try:
            check_link(link_facts(self.instance, person))
        except Refusal as refusal:
            raise forms.ValidationError(explain(refusal)) from None
        return person


class PersonFields(forms.Form):
    """What staff may say of a person: a name and roles. Rights of an administrator come from the command line."""

    first_name = last_name = None
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("As it stands on certificates."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["groups"].queryset = Group.objects.filter(name__in=Role.values)
        if "is_superuser" in self.fields:
            self.fields["is_superuser"].disabled = True

    def clean_email(self) -> str:
        """One address is one person, whatever its case."""
        return self.cleaned_data["email"].lower()


class PersonCreationForm(PersonFields, UserCreationForm):
    """A person made by staff: verifies the e-mail and signs in with a code at the first sign-in."""

    class Meta(UserCreationForm.Meta):
        fields = {"email", "name", "groups", "is_superuser"}

    def save(self, commit: bool = True) -> User:
        """The person, in the zone that is usual where their language is spoken until they choose another."""
        self.instance.zone = usual_zone(self.instance.language)
        return super().save(commit=commit)


class PersonEditForm(PersonFields, UserEditForm):
    """A person as staff may change one; oneself, one's own roles and superusers are not theirs to change.

    Another e-mail and the end of second factors are for who lost the mailbox or the phone; services see to both.
    """

    remove_second_factor = forms.BooleanField(
        label=_("Remove passkeys, app and recovery codes"),
        required=False,
        help_text=_("For who lost the phone and the codes. Make sure first that it is this person."),
    )

    class Meta(UserEditForm.Meta):
        fields = {"email", "name", "groups", "is_superuser", "is_active"}

    def __init__(self, *args: Any, editing_self: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, editing_self=editing_self, **kwargs)
        self.fields["email"].help_text = _(
            "For who can no longer read mail at the old address. Make sure first that it is this person: whoever has "
            "the address has the account. Other devices are signed out."
        )
        if editing_self:
            for name in ("email", "groups", "remove_second_factor"):
                self.fields[name].disabled = True
        if self.instance.is_superuser:
            for field in self.fields.values():
                field.disabled = True

    def clean_email(self) -> str:
        """An address that nobody else has, proven or not."""
        email = super().clean_email()
        if EmailAddress.objects.filter(email=email).exclude(user=self.instance).exists():
            raise forms.ValidationError(_("Another person has this address."))
        return email


class OldAddressForm(forms.Form):
    """The code that went to the present address."""

    code = forms.CharField(
        label=_("Code"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "one-time-code"})
    )
