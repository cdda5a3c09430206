"""The shapes of what staff do to a violation, and of one that is typed in by hand."""

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateTimeInput

from apps.compliance.enums import Channel
from apps.compliance.models import ViolationType
from apps.compliance.rules.intake import LONGEST_ID, LONGEST_MESSAGE, LONGEST_TITLE, LONGEST_URL
from apps.compliance.rules.reasons import LONGEST_REASON, ReasonMissing, check_reason
from apps.core.refusals import explain


class ReasonForm(forms.Form):
    """Why: the seller reads it."""

    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The seller reads it, in the letter and in the ledger. At most 500 characters."),
    )

    def clean_reason(self) -> str:
        """One that the seller can understand."""
        try:
            return check_reason(self.cleaned_data["reason"])
        except ReasonMissing as refusal:
            raise forms.ValidationError(explain(refusal)) from None


class AdjustmentForm(ReasonForm):
    """By how much, and why."""

    delta = forms.IntegerField(
        label=_("Points"),
        help_text=_("With a minus, points come off: -2. Without, they are added: 2."),
    )
    field_order = ["delta", "reason"]


class NoteForm(forms.Form):
    """What came of it; only staff read it."""

    note = forms.CharField(
        label=_("What came of it"),
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only staff read it."),
    )


def fresh_id() -> str:
    """An id for a violation that staff type in: the same form sent twice makes it once."""
    return f"staff-{secrets.token_hex(8)}"


class ViolationForm(forms.Form):
    """A violation by hand. `external_id` makes a form one violation, however often it is sent."""

    external_id = forms.CharField(max_length=LONGEST_ID, widget=forms.HiddenInput, initial=fresh_id)
    seller_code = forms.CharField(
        label=_("Seller code"),
        max_length=LONGEST_ID,
        help_text=_("If nobody stands for this seller yet, the violation waits until somebody does."),
    )
    type = forms.ModelChoiceField(
        label=_("Violation type"),
        queryset=ViolationType.objects.filter(is_active=True).order_by("code"),
        to_field_name="code",
    )
    channel = forms.ChoiceField(label=_("Channel"), choices=[("", "—"), *Channel.choices])
    issued_at = forms.DateTimeField(
        label=_("Issued at"),
        widget=AdminDateTimeInput,
        help_text=_("In your own time zone. All dates of the violation run from it."),
    )
    points = forms.IntegerField(label=_("Points"), required=False, help_text=_("Left empty: those of the type."))
    message = forms.CharField(
        label=_("Message to the seller"),
        required=False,
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    title = forms.CharField(label=_("Content"), required=False, max_length=LONGEST_TITLE)
    url = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=LONGEST_URL,
        help_text=_("Where the content is: https://…"),
    )
    at_seconds = forms.IntegerField(label=_("Seconds into it"), required=False)

    def item(self) -> dict[str, Any]:
        """What the marketplace would have sent."""
        facts = self.cleaned_data
        content = {name: facts[name] for name in ("title", "url", "at_seconds") if facts[name] not in (None, "")}
        return {
            "external_id": facts["external_id"],
            "seller_code": facts["seller_code"],
            "type": facts["type"].code,
            "channel": facts["channel"],
            "issued_at": facts["issued_at"].isoformat(),
            "points": facts["points"],
            "message": facts["message"],
            "content": content or None,
        }

    def tell(self, field: str, reason: str) -> None:
        """Put a fault of the item beside its field."""
        name = field.removeprefix("content.")
        self.add_error(name if name in self.fields and name != "external_id" else None, reason)
