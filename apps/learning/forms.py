"""The shape of a revocation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.refusals import explain
from apps.learning.models import Certificate
from apps.learning.rules import ReasonMissing, check_reason


class RevocationForm(forms.ModelForm):
    """Why a certificate is void from now on. What it says can't be changed."""

    class Meta:
        model = Certificate
        fields = ["revoke_reason"]
        help_texts = {"revoke_reason": _("Everyone who checks the certificate reads it. A revocation is final.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["revoke_reason"].label = _("Revoke it, because")
        self.fields["revoke_reason"].disabled = self.instance.revoked_at is not None

    def clean_revoke_reason(self) -> str:
        """A reason that the holder can understand."""
        try:
            return check_reason(self.cleaned_data["revoke_reason"])
        except ReasonMissing as refusal:
            raise forms.ValidationError(explain(refusal)) from None
