"""The shapes of a bank, of a question and of a voiding."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminModelForm

from apps.core.refusals import explain
from apps.quizzes import rules
from apps.quizzes.queries.bank import draft_from


class BankForm(WagtailAdminModelForm):
    """A bank; its code is given once, since whoever gives quizzes calls it by that."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].disabled = self.instance.pk is not None


class QuestionForm(WagtailAdminModelForm):
    """A question. A draft may lack anything; what is to be published is told, beside each field, what it lacks."""

    def clean(self) -> dict[str, Any]:
        """Ask the rules, unless only a draft is saved."""
        cleaned = super().clean()
        if not self.is_deferred_validation:
            for problem in rules.problems_of(self.draft(cleaned)):
                self.tell(problem)
        return cleaned

    def draft(self, cleaned: dict[str, Any]) -> rules.Draft:
        """What would be published."""
        return draft_from(
            key=self.instance.translation_key,
            language=self.instance.locale.language_code,
            prompt=cleaned.get("prompt") or "",
            kind=cleaned.get("kind") or "",
            explanation=cleaned.get("explanation") or "",
            answers=self.answers(),
            page=cleaned.get("cited_page"),
            section=cleaned.get("cited_section") or "",
        )

    def answers(self) -> list[rules.Answer]:
        """The answers, in the order in which they were put."""
        formset = self.formsets["options"]
        filled = [*formset.initial_forms, *(each for each in formset.extra_forms if each.has_changed())]
        kept = [each for each in filled if each.is_valid() and not each.cleaned_data.get("DELETE")]
        kept.sort(key=lambda each: each.cleaned_data.get("ORDER") or 0)
        return [rules.Answer(each.cleaned_data["text"], each.cleaned_data["is_right"]) for each in kept]

    def tell(self, problem: rules.QuestionUnready) -> None:
        """Put a problem beside its field, unless the field has one already."""
        if problem.field == "options":
            self.formsets["options"].non_form_errors().append(explain(problem))
        elif problem.field not in self.errors:
            self.add_error(problem.field, explain(problem))


class VoidForm(forms.Form):
    """Why a version is faulty."""

    reason = forms.CharField(
        label=_("What is wrong with it"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=rules.LONGEST_REASON,
        help_text=_("Staff read it in the history. Voiding can’t be undone."),
    )

    def clean_reason(self) -> str:
        """A reason that a colleague can understand."""
        try:
            return rules.check_reason(self.cleaned_data["reason"])
        except rules.ReasonMissing as refusal:
            raise forms.ValidationError(explain(refusal)) from None
