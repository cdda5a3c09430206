"""Names of the choices of this app."""

from enum import StrEnum


class NextAct(StrEnum):
    """What a course page offers its reader to do."""

    SIGN_IN = "sign_in"
    ENROL = "enrol"
    CONTINUE = "continue"
    QUIZ = "quiz"
    FINISH = "finish"
    AGAIN = "again"
    NONE = "none"


class QuizState(StrEnum):
    """How a person stands to the quiz of a course."""

    NONE = "none"
    OPEN = "open"
    PASSED = "passed"
