"""Shapes of what readers choose about their letters, and of what staff write and register."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from apps.accounts.forms import HintedRadios
from apps.core.refusals import explain
from apps.core.rules import Refusal
from apps.notifications.enums import Channel, Event, Kind
from apps.notifications.models import Delivery, Receiver
from apps.notifications.queries.audiences import AUDIENCES, Choices
from apps.notifications.rules import CHOICES, strange_placeholders
from apps.notifications.services.outgoing import check_url

ABOUT = {
    Kind.LEARNING: _("Certificates, courses you are in, lessons that came to one you have finished."),
    Kind.REMINDER: _("One a week at most, and only if you have set a goal and it is not reached yet."),
    Kind.STANDING: _("A violation on your account, what it costs, quizzes that close, appeals, and milestones ahead."),
    Kind.NEWS: _("What changes in the shop, and what the marketplace wants you to know."),
}
HINTS = {
    Channel.BOTH: _("You get an e-mail, and the letter stands here too."),
    Channel.SITE: _("No e-mail. The letter stands here until you read it."),
}


class PreferencesForm(forms.Form):
    """One choice for each kind of letter that is one; the fields are named as the kinds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in CHOICES:
            self.fields[kind.value] = forms.ChoiceField(
                label=kind.label,
                choices=Channel.choices,
                help_text=ABOUT.get(kind, ""),
                widget=HintedRadios(HINTS),
                error_messages={"required": _("Choose how these letters come.")},
            )


def audience_choices() -> Choices:
    """Every audience, those that nothing narrows first: the values are `name` and `name:fact`."""
    found: Choices = [("", _("Choose who gets it"))]
    for audience in sorted(AUDIENCES.values(), key=lambda each: bool(each.fact)):
        if not audience.fact:
            found.append((audience.name, audience.label))
        found += [(f"{audience.name}:{value}", f"{audience.label}: {label}") for value, label in audience.choices()]
    return found


class WrittenText(forms.CharField):
    """A text of staff: plain, with the one placeholder `{name}`."""

    def clean(self, value: Any) -> str:
        """Refuse placeholders that nothing fills in. A line of two dashes would end the letter: it gets a long one."""
        text = super().clean(value)
        if strange := strange_placeholders(text):
            raise forms.ValidationError(
                _("Nothing fills in %(strange)s. Only {name} becomes the reader's name."),
                params={"strange": ", ".join(strange)},
            )
        return re.sub(r"^--[ \t]*$", "—", text.replace("\r\n", "\n"), flags=re.M)


class SendingForm(forms.Form):
    """Who gets the letter, and what stands in it. `reference` comes from the preview."""

    to = forms.ChoiceField(label=_("To"), choices=audience_choices)
    subject = WrittenText(label=_("Subject"), max_length=200)
    text = WrittenText(
        label=_("Text"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_(
            "Plain text. An empty line begins a paragraph, addresses become links, {name} becomes the reader's name."
        ),
    )
    subject_id = WrittenText(label=_("Subject in Indonesian"), max_length=200, required=False)
    text_id = WrittenText(
        label=_("Text in Indonesian"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("For readers who chose Bahasa Indonesia. Left out, they get the English text."),
    )
    link = forms.CharField(
        label=_("Link"),
        max_length=500,
        required=False,
        help_text=_("The page of this site that the letter's button opens: /en/updates/…"),
    )
    reference = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean_link(self) -> str:
        """A place on this site, however it was copied."""
        link = self.cleaned_data["link"].removeprefix(settings.BASE_URL)
        if link and (not link.startswith("/") or link.startswith("//") or re.search(r"[\\\s]", link)):
            raise forms.ValidationError(_("Only a page of this site can be the link. It begins with a slash."))
        return link

    def clean(self) -> dict[str, Any]:
        """Indonesian is whole or left out."""
        facts = super().clean() or {}
        for name, other in (("subject_id", "text_id"), ("text_id", "subject_id")):
            if facts.get(other) and not facts.get(name) and name not in self.errors:
                self.add_error(name, _("Write both, subject and text, or neither."))
        return facts

    def letter(self) -> dict[str, Any]:
        """What `start_sending` takes of it."""
        name, _colon, value = self.cleaned_data["to"].partition(":")
        words = {key: self.cleaned_data[key] for key in ("subject", "text", "subject_id", "text_id", "link")}
        return {"audience": name, "facts": {AUDIENCES[name].fact: value} if value else {}} | words


class ReceiverForm(forms.ModelForm):
    """A machine that listens; its secret is made by us and never entered."""

    url = forms.URLField(
        label=_("Address"),
        max_length=500,
        assume_scheme="https",
        help_text=_("Events are posted here. It must be on the public Internet, and answer within 15 seconds."),
    )
    events = forms.MultipleChoiceField(
        label=_("Events"),
        choices=[(event.value, event.label) for event in Event if event != Event.TEST],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Choose none to send all, also those that come later."),
    )

    class Meta:
        model = Receiver
        fields = ["name", "url", "events", "is_active"]
        help_texts = {
            "is_active": _("A receiver that is off gets nothing. What waits for it is given up after three days."),
        }

    def clean_url(self) -> str:
        """An address that events may go to; one that stands already isn't looked up again."""
        url = self.cleaned_data["url"]
        if "url" in self.changed_data:
            try:
                check_url(url)
            except Refusal as refusal:
                raise forms.ValidationError(explain(refusal)) from None
        return url


class SendAgainForm(forms.ModelForm):
    """Nothing of a delivery can be changed; it can be sent once more."""

    class Meta:
        model = Delivery
        fields: list[str] = []
