"""What editors set of a course's quiz, and what is checked of it before the course is published."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, MultiFieldPanel

from apps.catalog import rules
from apps.core.refusals import explain
from apps.quizzes.models import Bank
from apps.quizzes.queries.bank import ready_count

QUIZ_FIELDS = ("quiz_bank", "quiz_questions", "quiz_pass_mark", "quiz_pause_minutes")
QUIZ_PANEL = MultiFieldPanel(
    [FieldPanel(name) for name in QUIZ_FIELDS],
    heading=_("Quiz at the end"),
    help_text=_(
        "With a quiz, passing it is part of finishing the course. Who has finished the course before stays finished. "
        "What you set here holds for every language of the course."
    ),
)


def check_bank(bank: Bank | None, questions: int) -> None:
    """Refuse a quiz that asks more questions than its bank has ready; a course may do without a quiz."""
    if bank is not None:
        rules.check_quiz(questions, ready_count((bank.code,), settings.LANGUAGE_CODE))


class CoursePageForm(WagtailAdminPageForm):
    """A course whose quiz can't be asked may be a draft, and isn't published; a translation sets no quiz."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.locale_id and self.instance.locale.language_code != settings.LANGUAGE_CODE:
            for name in QUIZ_FIELDS:
                self.fields.pop(name, None)

    def clean(self) -> dict[str, Any]:
        """Say beside the bank what it lacks, unless a draft is saved or previewed."""
        cleaned = super().clean()
        if not self.is_deferred_validation and "quiz_questions" in cleaned:
            try:
                check_bank(cleaned.get("quiz_bank"), cleaned["quiz_questions"])
            except rules.NotReadyToPublish as refusal:
                self.add_error("quiz_bank", explain(refusal))
        return cleaned
