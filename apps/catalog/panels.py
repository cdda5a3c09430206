"""What editors set of a course's quiz and of a policy's change, and what is checked of it before publishing."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.panels import FieldPanel, MultiFieldPanel, Panel
from wagtail.models import Page

from apps.catalog import rules
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


# --- Changes of a policy ---------------------------------------------------------------------------------

CHANGE_FIELDS = ("change_kind", "what_changed")

REACH_OF_CHANGE = "policy_change_reach"
"""The hook by which apps above say whom a material change touches: takes the page, answers lines of text."""


def brings_changes(policy: Page) -> bool:
    """Whether publishing this page can change the policy: in the site's first language, or where it isn't in that."""
    first = settings.LANGUAGE_CODE
    if not policy.locale_id or policy.locale.language_code == first:
        return True
    originals = Page.objects.filter(translation_key=policy.translation_key, locale__language_code=first)
    return not originals.exists()


class ReachPanel(Panel):
    """Whom a material change of this policy would touch, counted by the apps that know."""

    class BoundPanel(Panel.BoundPanel):
        """For one page."""

        template_name = "catalog/admin/change_reach.html"

        def is_shown(self) -> bool:
            """Only where somebody may have learned it: a page that is published, in the language that decides."""
            return bool(
                super().is_shown() and self.instance.pk and self.instance.live and brings_changes(self.instance)
            )

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            """What each app says."""
            context = super().get_context_data(parent_context)
            lines = [line for count in hooks.get_hooks(REACH_OF_CHANGE) for line in count(self.instance)]
            return context | {"lines": lines}


CHANGE_PANEL = MultiFieldPanel(
    [*(FieldPanel(name) for name in CHANGE_FIELDS), ReachPanel()],
    heading=_("What this publication changes"),
    help_text=_(
        "With a material change, those who learned the policy as it was get the difference between the two texts and a "
        "short re-check, and quizzes on it that are under way are closed without counting. It acts when the change "
        "comes into force."
    ),
)
