"""Doors of a seller's standing: `standing` shows where they stand, `quizzes` is in earnest, `practice` isn't.

`appeals` takes what they say against a violation.
"""

from apps.compliance.views.appeals import appeal, appeal_file
from apps.compliance.views.practice import answer_practice, practice_try, practise
from apps.compliance.views.quizzes import answer_quiz, quiz_try, take_quiz
from apps.compliance.views.standing import ledger, standing, violation

__all__ = [
    "answer_practice",
    "answer_quiz",
    "appeal",
    "appeal_file",
    "ledger",
    "practice_try",
    "practise",
    "quiz_try",
    "standing",
    "take_quiz",
    "violation",
]
