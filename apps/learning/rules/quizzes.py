"""When the quiz of a course may be tried, and what a pass is worth there."""

from datetime import datetime, timedelta
from uuid import UUID

from apps.core.rules import Refusal, gettext_noop
from apps.learning.enums import QuizState

QUIZ_OF_COURSE = "course:"


class QuizGone(Refusal):
    """The course asks no quiz, or none any more."""


class QuizPassed(Refusal):
    """Who has passed the quiz of a course doesn't take it again."""


class QuizPaused(Refusal):
    """The pause after a try that wasn't passed isn't over."""


def quiz_state(*, asked: bool, passed: bool, completed: bool) -> QuizState:
    """How a person stands to the quiz of a course; who finished the course before it had a quiz is asked none.

    >>> quiz_state(asked=True, passed=False, completed=True).value
    'none'
    """
    if not asked or (completed and not passed):
        return QuizState.NONE
    return QuizState.PASSED if passed else QuizState.OPEN


def quiz_name(course: UUID) -> str:
    """By what the engine of quizzes knows the quiz of a course.

    >>> quiz_name(UUID(int=1))
    'course:00000000000000000000000000000001'
    """
    return f"{QUIZ_OF_COURSE}{course.hex}"


def course_of_quiz(quiz: str) -> UUID | None:
    """The course whose quiz this is; None for quizzes of other apps."""
    return UUID(quiz.removeprefix(QUIZ_OF_COURSE)) if quiz.startswith(QUIZ_OF_COURSE) else None


def right_needed(questions: int, pass_mark: int) -> int:
    """How many of these questions have to be right for this mark, in percent.

    >>> right_needed(5, 80), right_needed(5, 70), right_needed(3, 1)
    (4, 4, 1)
    """
    return -(-pass_mark * questions // 100)


def next_try_at(failed_at: datetime | None, pause: timedelta, at: datetime) -> datetime | None:
    """From when the next try may begin, after one that failed at this instant; None for now.

    It is a full minute, as it is told: who comes at the time named isn't turned away for some seconds.

    >>> failed_at = datetime(2026, 3, 2, 9, 0, 1)
    >>> next_try_at(failed_at, timedelta(minutes=10), failed_at).isoformat()
    '2026-03-02T09:11:00'
    """
    if failed_at is None or not pause:
        return None
    opens_at = failed_at + pause
    if past := timedelta(seconds=opens_at.second, microseconds=opens_at.microsecond):
        opens_at += timedelta(minutes=1) - past
    return opens_at if opens_at > at else None


def check_try(*, passed: bool, next_at: datetime | None, way_on: str) -> None:
    """Refuse another try of who has passed, and one in the pause; `way_on` is the page of the quiz."""
    if passed:
        raise QuizPassed(gettext_noop("You have passed this quiz. Nothing of it is left to do."), way_on=way_on)
    if next_at is not None:
        raise QuizPaused(
            gettext_noop("There is a pause after a try. The next one is possible from %(time)s."),
            time=next_at,
            way_on=way_on,
        )
