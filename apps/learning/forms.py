"""The shapes of what readers say and plan, and of what staff revoke and ask for."""

from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput, AdminPageChooser

from apps.accounts.models import User
from apps.accounts.queries import person_at
from apps.catalog.models import LessonPage
from apps.core.refusals import explain
from apps.learning.models import Certificate
from apps.learning.rules import GOALS, ReasonMissing, WordsTooLong, check_asking, check_reason, check_words


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


class ClarityForm(forms.Form):
    """Whether a lesson was clear, and what wasn't.

    No `maxlength` on the words: a browser would cut off in silence what was pasted.
    """

    clear = forms.ChoiceField(
        label=_("Was this lesson clear?"),
        choices=[("yes", _("Yes")), ("no", _("Not quite clear"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two answers.")},
    )
    words = forms.CharField(
        label=_("What should we explain better?"),
        required=False,
        help_text=_("Our editors read it without your name. At most 600 characters."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_words(self) -> str:
        """No longer than what is kept."""
        try:
            return check_words(self.cleaned_data["words"])
        except WordsTooLong as refusal:
            raise forms.ValidationError(explain(refusal)) from None


def goal_choices() -> list[tuple[int, str]]:
    """The goals in words."""
    words = [
        ngettext("%(lessons)s lesson a week", "%(lessons)s lessons a week", each) % {"lessons": each} for each in GOALS
    ]
    return list(zip(GOALS, [gettext("No goal"), *words[1:]], strict=True))


class GoalForm(forms.Form):
    """How many lessons a week."""

    lessons = forms.TypedChoiceField(
        label=_("How many lessons a week would you like to do?"),
        choices=goal_choices,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the goals.")},
    )


class AssignmentForm(forms.Form):
    """Whom to ask for which lesson, why, and by when."""

    person = forms.EmailField(label=_("E-mail of the person"), help_text=_("The address with which they sign in."))
    lesson = forms.ModelChoiceField(
        label=_("Lesson"),
        queryset=LessonPage.objects.filter(reading__isnull=False),
        widget=AdminPageChooser(target_models=[LessonPage]),
        help_text=_("Who has done it before is asked to do it again."),
        error_messages={"invalid_choice": _("Nobody can open this lesson now. Publish it, or choose another.")},
    )
    reason = forms.CharField(
        label=_("Reason"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The person reads it, in the letter and on the lesson. At most 300 characters."),
    )
    due_on = forms.DateField(label=_("By (optional)"), required=False, widget=AdminDateInput)

    def clean_person(self) -> User:
        """The person who signs in with the address."""
        person = person_at(self.cleaned_data["person"])
        if person is None:
            raise forms.ValidationError(_("Nobody signs in with this address."))
        return person

    def clean_reason(self) -> str:
        """A reason that the person can understand."""
        try:
            return check_asking(self.cleaned_data["reason"])
        except ReasonMissing as refusal:
            raise forms.ValidationError(explain(refusal)) from None
