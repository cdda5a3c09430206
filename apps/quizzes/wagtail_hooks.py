"""What quizzes add to the Wagtail admin."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.log_actions import LogActionRegistry
from wagtail.snippets.action_menu import ActionMenuItem
from wagtail.snippets.models import register_snippet

from apps.core.refusals import explain
from apps.quizzes import rules
from apps.quizzes.models import Question
from apps.quizzes.viewsets import QuizGroup

register_snippet(QuizGroup)


@hooks.register("register_log_actions")
def actions(registry: LogActionRegistry) -> None:
    """How the audit trail calls our acts."""
    registry.register_action("quizzes.publish_version", _("Make a version"), _("A version of it was made"))
    registry.register_action("quizzes.retire_question", _("Retire a question"), _("It was retired"))
    registry.register_action("quizzes.void_version", _("Void a version"), _("A version of it was voided"))


@hooks.register("construct_snippet_action_menu")
def say_retire(items: list[ActionMenuItem], _request: HttpRequest, context: dict[str, Any]) -> None:
    """A question is retired, not unpublished: so says its button."""
    if context["model"] is Question:
        for item in items:
            if item.name == "action-unpublish":
                item.label = _("Retire")


@hooks.register("before_delete_snippet")
def keep_what_was_asked(request: HttpRequest, things: Iterable[Model]) -> HttpResponse | None:
    """A question that was published once is retired, never deleted."""
    questions = [thing for thing in things if isinstance(thing, Question)]
    try:
        rules.check_deletion([str(question) for question in questions if question.versions.exists()])
    except rules.QuestionInUse as refusal:
        messages.error(request, explain(refusal))
        return redirect("quiz_questions:list")
    return None
