"""What the preview of a question shows: its draft as a seller would see it."""

from django import template

from apps.quizzes.models import Question
from apps.quizzes.queries.attempts import ResultQuestion, SheetQuestion, result_of_draft, sheet_of_draft

register = template.Library()


@register.simple_tag
def draft_to_answer(question: Question) -> SheetQuestion:
    """The draft before submitting."""
    return sheet_of_draft(question)


@register.simple_tag
def draft_explained(question: Question) -> ResultQuestion:
    """The draft after submitting, all right."""
    return result_of_draft(question)
