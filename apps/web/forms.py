"""The shape of a question to staff, and of a search that found nothing."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.web.enums import HelpTopic
from apps.web.models import HelpRequest, MissedSearch


class HelpForm(forms.Form):
    """A question, and where the answer goes."""

    email = forms.EmailField(
        label=_("Your e-mail"),
        max_length=254,
        help_text=_("The answer comes to this address."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    topic = forms.ChoiceField(label=_("What is it about?"), choices=HelpTopic.choices)
    text = forms.CharField(
        label=_("Your question"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("What you did, what happened, what you expected. At most 4,000 characters."),
    )


class AnsweredForm(forms.ModelForm):
    """A question as it came, for staff; only whether it was answered can be changed."""

    answered = forms.BooleanField(label=_("I have answered it by e-mail"), required=False)

    class Meta:
        model = HelpRequest
        fields = ["email", "topic", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("email", "topic", "text"):
            self.fields[name].disabled = True
        self.fields["answered"].initial = self.instance.answered_at is not None


class HandledForm(forms.ModelForm):
    """What was looked for, for editors; only whether it was handled can be changed."""

    handled = forms.BooleanField(label=_("There is a page for it now, or there need not be one"), required=False)

    class Meta:
        model = MissedSearch
        fields = ["text", "language", "times"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.Meta.fields:
            self.fields[name].disabled = True
        self.fields["handled"].initial = self.instance.handled_at is not None
