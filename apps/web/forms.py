"""The shape of a question to staff."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.web.enums import HelpTopic
from apps.web.models import HelpRequest


class HelpForm(forms.Form):
    """A question, and where the answer goes."""

    email = forms.EmailField(
        label=_("Your e-mail"),
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
    """A question as it came, for staff; only that it was answered can be added."""

    answered = forms.BooleanField(label=_("I have answered it by e-mail"), required=False)

    class Meta:
        model = HelpRequest
        fields = ["email", "topic", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("email", "topic", "text"):
            self.fields[name].disabled = True
        self.fields["answered"].initial = self.instance.answered_at is not None
