"""The shapes of an appeal, and of what the policy team answers."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.compliance.enums import AppealState, FileKind
from apps.compliance.models import ReasonTemplate
from apps.compliance.rules.appeals import LONGEST_TEXT, MOST_FILES, MOST_MEGABYTES, AppealFaulty
from apps.compliance.rules.reasons import LONGEST_REASON, ReasonMissing, check_reason
from apps.core.refusals import explain


class FilesInput(forms.FileInput):
    """Several files at once, of the kinds that are taken."""

    allow_multiple_selected = True


class FilesField(forms.Field):
    """The files that were sent, as they came: the service judges them by their content."""

    widget = FilesInput

    def clean(self, value: Any) -> list[Any]:
        """A list in any case."""
        return list(value or [])


class AppealForm(forms.Form):
    """What a seller says against a violation."""

    text = forms.CharField(
        label=_("Why the violation is wrong"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "Say what happened, and what in the content shows it. A few sentences are enough; the text may be long."
        ),
        error_messages={"required": _("Say in a sentence or two why the violation is wrong.")},
    )
    files = FilesField(
        label=_("Pictures or papers that show it"),
        required=False,
        widget=FilesInput(attrs={"accept": ",".join(FileKind.values)}),
        help_text=format_lazy(
            _(
                "Up to {files} files: pictures (JPEG, PNG, WebP) or PDFs, {megabytes} MB each. Only you and the "
                "policy team can open them."
            ),
            files=MOST_FILES,
            megabytes=MOST_MEGABYTES,
        ),
    )

    def clean_text(self) -> str:
        """Line ends count as one sign, however the browser sends them."""
        return self.cleaned_data["text"].replace("\r\n", "\n")

    def refuse(self, refusal: AppealFaulty) -> None:
        """Put what is wrong beside the fields."""
        for fault in refusal.faults:
            self.add_error(fault.field, gettext(fault.reason) % dict(fault.facts))

    def ask_for_files_again(self) -> None:
        """Browsers never send a file twice by themselves."""
        self.add_error("files", gettext("The files were not kept. Choose them again."))


def shortened(text: str) -> str:
    """So much of a text as an appeal may hold."""
    return text[:LONGEST_TEXT]


class DecisionForm(forms.Form):
    """How an appeal is decided, and why. The seller reads the reason."""

    verdict = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (AppealState.UPHELD.value, _("Uphold: the violation is revoked")),
            (AppealState.REJECTED.value, _("Reject: the violation stays")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=format_lazy(_("The seller reads it. At most {most} characters."), most=LONGEST_REASON),
    )

    def clean_reason(self) -> str:
        """As the service takes it."""
        try:
            return check_reason(self.cleaned_data["reason"].replace("\r\n", "\n"))
        except ReasonMissing as refusal:
            raise forms.ValidationError(explain(refusal)) from None


class ReasonTemplateForm(forms.ModelForm):
    """Words for a decision, in one language."""

    class Meta:
        model = ReasonTemplate
        fields = ["title", "verdict", "language", "text"]
        help_texts = {
            "title": _("For the team: sellers don't see it."),
            "language": _("It is offered where the seller reads this language."),
            "text": _("Say what was seen and what it means. It can be changed in each decision."),
        }

    def clean_text(self) -> str:
        """As long as a reason may be, and no shorter."""
        try:
            return check_reason(self.cleaned_data["text"].replace("\r\n", "\n"))
        except ReasonMissing as refusal:
            raise forms.ValidationError(explain(refusal)) from None
