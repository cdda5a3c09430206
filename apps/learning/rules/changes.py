"""What a changed policy asks of those who learned it: a short re-check without any stakes."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from apps.core.rules import Refusal, gettext_noop

QUIZ_OF_RECHECK = "recheck:"
MOST_QUESTIONS = 3
POLICY_CHANGED = gettext_noop(
    "A policy that this quiz asks about has changed. This try was closed and doesn't count. You can begin a new one."
)
"""Why a quiz was closed, as who took it reads it."""


class RecheckGone(Refusal):
    """There are no questions for a re-check; reading and confirming is all."""


def recheck_name(policy: UUID) -> str:
    """By what the engine of quizzes knows the re-check of a policy.

    >>> recheck_name(UUID(int=1))
    'recheck:00000000000000000000000000000001'
    """
    return f"{QUIZ_OF_RECHECK}{policy.hex}"


def pick_questions(by_section: Mapping[UUID, str], changed: Collection[str]) -> frozenset[UUID]:
    """Which questions a re-check may draw, by the section that each cites: those on what changed, where there are any.

    Otherwise all on the policy: one that cites it as a whole, or a section that stayed, is still about it.

    >>> claims, prices = UUID(int=1), UUID(int=2)
    >>> pick_questions({claims: "1.1", prices: "1.2"}, ["1.2"]) == {prices}
    True
    """
    on_change = {key for key, section in by_section.items() if section in changed}
    return frozenset(on_change or by_section)


def learned_at(completed: datetime | None, begun: datetime | None, known: datetime | None) -> datetime:
    """When a person learned a policy: the last of completing a lesson, beginning a quiz, confirming a change before.

    Beginning a quiz only counts for who did nothing else.
    """
    done = [each for each in (completed, known) if each is not None]
    if not done and begun is None:
        raise ValueError("Somebody who learned nothing has nothing to be told.")
    return max(done) if done else begun  # type: ignore[return-value]
