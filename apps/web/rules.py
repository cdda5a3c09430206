"""How often one may write to staff and search, and what comes next for a person."""

import re
from collections.abc import Collection
from datetime import timedelta

from apps.core.rules import Refusal, gettext_noop
from apps.web.enums import Step

# What was begun comes before what would be new; who has begun nothing is first asked how they will sell.
ORDER_OF_STEPS = (Step.CONTINUE, Step.QUIZ, Step.FINISH, Step.RENEWED, Step.ROUTE, Step.COURSE, Step.CATALOGUE)

QUESTIONS_AN_HOUR = 5
QUESTIONS_OF_ALL_AN_HOUR = 300
SEARCHES_A_MINUTE = 240
SEARCHES_COUNTED_FOR = timedelta(minutes=1)
MISSED_KEPT_DAYS = 180
MOST_MISSED = 5000
# An address, or figures as long as those of orders and telephones.
SOMEBODYS_OWN = re.compile(r"@|\d{6}")


class TooManySearches(Refusal):
    """Somebody searches faster than people type."""

    status = 429


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


def check_search_pace(recent: int) -> None:
    """Refuse what one person or network asks for beyond 240 times a minute; a whole town may share a network."""
    if recent > SEARCHES_A_MINUTE:
        reason = gettext_noop(
            "Too many searches came from your network during the last minute. Wait a minute, then go on."
        )
        raise TooManySearches(reason, retry_after=SEARCHES_COUNTED_FOR.seconds)


def is_somebodys_own(text: str) -> bool:
    """Whether what was looked for may tell of somebody: it isn't kept for editors.

    >>> is_somebodys_own("ayu@example.com"), is_somebodys_own("order 88121004"), is_somebodys_own("7 days")
    (True, True, False)
    """
    return SOMEBODYS_OWN.search(text) is not None


def first_step(possible: Collection[Step]) -> Step:
    """The one thing to do next, of those that a person could do; where there is nothing else, the catalogue.

    >>> first_step({Step.ROUTE, Step.COURSE}).value
    'route'
    >>> first_step({Step.ROUTE, Step.CONTINUE}).value
    'continue'
    """
    return next((step for step in ORDER_OF_STEPS if step in possible), Step.CATALOGUE)
