"""How the quiz of a violation type is called in the engine, which knows no violations."""

QUIZ_OF_TYPE = "policy:"


def quiz_name(code: str) -> str:
    """The quiz of a violation type, as the engine of quizzes keeps it.

    >>> quiz_name("V02")
    'policy:V02'
    """
    return f"{QUIZ_OF_TYPE}{code}"


def type_of_quiz(quiz: str) -> str | None:
    """The code of the violation type whose quiz this is; None for a quiz of another app.

    >>> type_of_quiz("policy:V02"), type_of_quiz("course:5f0c")
    ('V02', None)
    """
    return quiz.removeprefix(QUIZ_OF_TYPE) if quiz.startswith(QUIZ_OF_TYPE) else None
