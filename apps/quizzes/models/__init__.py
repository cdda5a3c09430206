"""Tables of quizzes: `bank` holds what is asked, `attempts` what was answered."""

from apps.quizzes.models.attempts import Attempt, AttemptQuerySet, ChosenOption, DrawnQuestion, new_reference
from apps.quizzes.models.bank import (
    Bank,
    Question,
    QuestionOption,
    QuestionTag,
    QuestionVersion,
    QuestionVersionQuerySet,
    VersionOption,
)

__all__ = [
    "Attempt",
    "AttemptQuerySet",
    "Bank",
    "ChosenOption",
    "DrawnQuestion",
    "Question",
    "QuestionOption",
    "QuestionTag",
    "QuestionVersion",
    "QuestionVersionQuerySet",
    "VersionOption",
    "new_reference",
]
