"""The shape of a violation type."""

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminPageChooser
from wagtail.models import Page

from apps.catalog.models import LessonPage, PolicyPage
from apps.compliance.enums import Channel
from apps.compliance.models import ViolationType
from apps.compliance.rules.programme import MOST_POINTS


def choosable(model: type[Page], chosen: int | None) -> QuerySet[Page]:
    """Open pages of the site's first language; the one that was chosen before may stay, whatever became of it."""
    return model.objects.filter(
        Q(locale__language_code=settings.LANGUAGE_CODE, reading__isnull=False) | Q(pk=chosen)
    ).distinct()


class ViolationTypeForm(forms.ModelForm):
    """What a violation of this type is, costs and leads to, with its name in each language of the site."""

    points = forms.IntegerField(
        label=_("Points"),
        min_value=1,
        max_value=MOST_POINTS,
        help_text=_("From 1 to 1,000. Violations that stand keep theirs."),
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=Channel.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Where it happens usually. A report may name any other."),
    )
    policy_page = forms.ModelChoiceField(
        label=_("Policy"),
        queryset=PolicyPage.objects.none(),
        required=False,
        widget=AdminPageChooser(target_models=[PolicyPage]),
        error_messages={"invalid_choice": _("Choose a published policy in the site’s first language.")},
    )
    lesson_page = forms.ModelChoiceField(
        label=_("Lesson"),
        queryset=LessonPage.objects.none(),
        required=False,
        widget=AdminPageChooser(target_models=[LessonPage]),
        error_messages={"invalid_choice": _("Choose a published lesson in the site’s first language.")},
    )

    class Meta:
        model = ViolationType
        fields = [
            "code",
            "severity",
            "points",
            "channels",
            "policy_page",
            "section",
            "lesson_page",
            "bank",
            "is_active",
        ]
        labels = {
            "section": _("Section"),
            "bank": _("Questions of its quiz"),
            "is_active": _("May be reported"),
        }
        help_texts = {
            "section": _("The number of the section, as it stands in the policy: 2.3."),
            "bank": _("Leave it empty where there is no quiz."),
            "is_active": _("What may not be reported any more stays where it was reported."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].disabled = self.instance.pk is not None
        self.fields["policy_page"].queryset = choosable(PolicyPage, self.instance.policy_page_id)
        self.fields["lesson_page"].queryset = choosable(LessonPage, self.instance.lesson_page_id)
        self._add_names()

    def _add_names(self) -> None:
        """A title and a sentence for each language, before all else but the code."""
        texts = {each.language: each for each in self.instance.texts.all()} if self.instance.pk else {}
        names: dict[str, forms.Field] = {"code": self.fields.pop("code")}
        for language, name in settings.LANGUAGES:
            text = texts.get(language)
            names[f"title_{language}"] = forms.CharField(
                label=_("Name in %(language)s") % {"language": _(name)},
                max_length=120,
                required=language == settings.LANGUAGE_CODE,
                initial=text.title if text else "",
            )
            names[f"description_{language}"] = forms.CharField(
                label=_("In a sentence, in %(language)s") % {"language": _(name)},
                max_length=300,
                required=False,
                initial=text.description if text else "",
            )
        self.fields = names | self.fields

    def clean_code(self) -> str:
        """In capitals, as the contract compares it."""
        code = self.cleaned_data["code"].upper()
        if ViolationType.objects.filter(code__iexact=code).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is a type of this code already."))
        return code if self.instance.pk is None else self.instance.code

    def clean(self) -> dict[str, Any]:
        """A section is one of a policy's; a name comes before its sentence."""
        facts = super().clean() or {}
        policy, section = facts.get("policy_page"), (facts.get("section") or "").strip()
        if section and policy is None and "policy_page" not in self.errors:
            self.add_error("policy_page", _("Choose the policy that the section stands in."))
        elif section and policy is not None and policy.section(section) is None:
            self.add_error(
                "section",
                _("“%(policy)s” has no section %(section)s.")
                % {
                    "policy": policy.title,
                    "section": section,
                },
            )
        for language, _name in settings.LANGUAGES:
            if facts.get(f"description_{language}") and not facts.get(f"title_{language}"):
                field = f"title_{language}"
                if field not in self.errors:
                    self.add_error(field, _("Give the name too."))
        return facts | {"section": section}

    def texts(self) -> dict[str, tuple[str, str]]:
        """Its names by language, those that were given."""
        return {
            language: (self.cleaned_data[f"title_{language}"], self.cleaned_data[f"description_{language}"])
            for language, _name in settings.LANGUAGES
            if self.cleaned_data[f"title_{language}"]
        }
