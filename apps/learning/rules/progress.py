"""When a course is finished, how far a person is, where to go on: plain functions over what is done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.rules import Refusal, gettext_noop
from apps.learning.enums import NextAct, QuizState


class LessonGone(Refusal):
    """The lesson was taken off while it was open; nothing that was finished is lost."""


class CourseGone(Refusal):
    """The course was taken off."""


class CourseEmpty(Refusal):
    """A course without lessons can't be begun."""


class PlaceUnknown(Refusal):
    """The block that a reader stopped at isn't named as blocks are."""

    status = 422


@dataclass(frozen=True)
class Progress:
    """How far a person is in a course as it stands now.

    `completed` stays true once it was, whatever an editor adds; what was added since is `new_lessons`. `done` and
    `total` are lessons; the quiz is one step more, where it is asked of the person.
    """

    done: int
    total: int
    completed: bool
    new_lessons: int
    quiz: QuizState = QuizState.NONE

    @property
    def all_done(self) -> bool:
        """Whether no lesson of the course is left; never of a course without lessons."""
        return 0 < self.total == self.done

    @property
    def quiz_is_next(self) -> bool:
        """Whether nothing but the quiz is left."""
        return self.all_done and self.quiz is QuizState.OPEN

    @property
    def steps_done(self) -> int:
        """Lessons done, and the quiz if it is passed."""
        return self.done + (self.quiz is QuizState.PASSED)

    @property
    def steps(self) -> int:
        """Lessons, and the quiz if it is asked."""
        return self.total + (self.quiz is not QuizState.NONE)

    @property
    def percent(self) -> int:
        """Whole percent of the steps done; 100 only when all are done."""
        return self.steps_done * 100 // self.steps if self.total else 0


def progress_of(
    lessons: Sequence[UUID],
    done: Collection[UUID],
    completed_at: datetime | None,
    quiz: QuizState = QuizState.NONE,
) -> Progress:
    """Progress over the lessons of the course now; those done that left the course don't count.

    >>> a, b = UUID(int=1), UUID(int=2)
    >>> progress_of([a, b], {a}, None).steps_done
    1
    """
    finished = sum(key in done for key in lessons)
    completed = completed_at is not None
    return Progress(finished, len(lessons), completed, len(lessons) - finished if completed else 0, quiz)


def finishes_course(lessons: Sequence[UUID], done: Collection[UUID]) -> bool:
    """Whether every lesson that the course has now is done; a course without lessons is never finished.

    Where the course asks a quiz, that is to be passed too (`quiz_state`).
    """
    return bool(lessons) and all(key in done for key in lessons)


def next_lesson(lessons: Sequence[UUID], done: Collection[UUID], last_read: UUID | None) -> UUID | None:
    """Where to go on: the lesson last read if it isn't done, else the first undone after it, else the first undone.

    None where all are done.
    """
    undone = [key for key in lessons if key not in done]
    if last_read in undone:
        return last_read
    if last_read in lessons:
        later = [key for key in lessons[lessons.index(last_read) :] if key not in done]
        undone = later or undone
    return undone[0] if undone else None


def next_act(
    *,
    signed_in: bool,
    enrolled: bool,
    lessons: int,
    undone: int,
    completed: bool = False,
    quiz: QuizState = QuizState.NONE,
) -> NextAct:
    """What the course page offers: exactly one thing. The lessons come before the quiz.

    Finishing is offered where nothing is left and the course isn't finished: its last open lesson was taken off.
    """
    if not lessons:
        return NextAct.NONE
    if not signed_in:
        return NextAct.SIGN_IN
    if not enrolled:
        return NextAct.ENROL
    if undone:
        return NextAct.CONTINUE
    if quiz is QuizState.OPEN:
        return NextAct.QUIZ
    return NextAct.AGAIN if completed else NextAct.FINISH


def check_place(block: str) -> str:
    """The id of a block as Wagtail makes them. Raises PlaceUnknown for anything else."""
    try:
        return str(UUID(block))
    except ValueError:
        raise PlaceUnknown(gettext_noop("This place in the lesson is unknown. Reload the page.")) from None
