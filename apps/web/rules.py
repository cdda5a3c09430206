"""How often one may write to staff, and which demo pages exist."""

from apps.core.rules import Refusal, gettext_noop

QUESTIONS_AN_HOUR = 5


class TooManyQuestions(Refusal):
    """One sender wrote as often as one hour allows."""

    status = 429


def check_pace(recent: int) -> None:
    """Refuse the sixth question of an hour from one address."""
    if recent >= QUESTIONS_AN_HOUR:
        raise TooManyQuestions(
            gettext_noop("You have sent %(count)s questions in the last hour. Staff have them all; write again later."),
            count=recent,
            way_on="/help/",
        )
