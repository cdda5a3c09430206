"""How often one may write to staff, and which demo pages exist."""

from apps.core.rules import Refusal, gettext_noop

QUESTIONS_AN_HOUR = 5
QUESTIONS_OF_ALL_AN_HOUR = 300


class TooManyQuestions(Refusal):
    """One sender wrote as often as one hour allows."""

    status = 429


def check_pace(recent: int, of_all: int) -> None:
    """Refuse the sixth question of an hour from one sender, and everyone's where a flood comes in."""
    if recent >= QUESTIONS_AN_HOUR or of_all >= QUESTIONS_OF_ALL_AN_HOUR:
        raise TooManyQuestions(
            gettext_noop(
                "Too many questions came in during the last hour. Staff have those that were sent; write again later."
            ),
            way_on="/help/",
        )
