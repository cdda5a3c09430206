"""Shapes of what staff say of the marketplace's machines, and of the tokens that they make for them."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.enums import Scope
from apps.accounts.models import MachineAccount
from apps.accounts.rules import LONGEST_LIFE


class MachineForm(forms.ModelForm):
    """A machine account: its tokens are made on its own page."""

    class Meta:
        model = MachineAccount
        fields = ["name", "note", "is_active"]


class TokenForm(forms.Form):
    """What a new token opens, and for how long. One form makes one token, by its `reference`."""

    scopes = forms.MultipleChoiceField(
        label=_("What it opens"),
        choices=[(scope.value, scope.label) for scope in Scope],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only what this machine needs: who steals the token can do as much."),
        error_messages={"required": _("Choose at least one.")},
    )
    days = forms.IntegerField(
        label=_("Days until it ends"),
        required=False,
        initial=365,
        min_value=1,
        max_value=LONGEST_LIFE,
        help_text=_("Left empty, it counts until somebody revokes it."),
    )
    reference = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reference"].initial = uuid4
