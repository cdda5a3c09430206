"""Verbs of quizzes: `attempts` starts, submits and closes them; `questions` publishes, retires and voids."""

from apps.quizzes.services.attempts import settle_attempt, start_attempt, submit_attempt, supersede_attempts
from apps.quizzes.services.questions import (
    publish_version,
    retire_question,
    retire_row,
    translate_question,
    void_version,
)

__all__ = [
    "publish_version",
    "retire_question",
    "retire_row",
    "settle_attempt",
    "start_attempt",
    "submit_attempt",
    "supersede_attempts",
    "translate_question",
    "void_version",
]
