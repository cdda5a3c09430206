"""When a course is finished, how far a person is, where to go on: plain functions over what is done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.core.rules import Refusal, gettext_noop
from apps.learning.enums import NextAct

LONGEST_REASON = 300


class LessonGone(Refusal):
    """The lesson was taken off while it was open; nothing that was finished is lost."""


class CourseGone(Refusal):
    """The course was taken off."""


class CourseEmpty(Refusal):
    """A course without lessons can't be begun."""


class PlaceUnknown(Refusal):
    """The block that a reader stopped at isn't named as blocks are."""

    status = 422


class ReasonMissing(Refusal):
    """A certificate isn't revoked without saying why."""

    status = 422


@dataclass(frozen=True)
class Progress:
    """How far a person is in a course as it stands now.

    `completed` stays true once it was, whatever an editor adds; what was added since is `new_lessons`.
    """

    done: int
    total: int
    completed: bool
    new_lessons: int

    @property
    def percent(self) -> int:
        """Whole percent done; 100 only when all is done."""
        return self.done * 100 // self.total if self.total else 0


def progress_of(lessons: Sequence[UUID], done: Collection[UUID], completed_at: datetime | None) -> Progress:
    """Progress over the lessons of the course now; those done that left the course don't count.

    >>> a, b = UUID(int=1), UUID(int=2)
    >>> progress_of([a, b], {a}, None)
    Progress(done=1, total=2, completed=False, new_lessons=0)
    """
    finished = sum(key in done for key in lessons)
    completed = completed_at is not None
    return Progress(finished, len(lessons), completed, len(lessons) - finished if completed else 0)


def finishes_course(lessons: Sequence[UUID], done: Collection[UUID]) -> bool:
    """Whether every lesson that the course has now is done; a course without lessons is never finished."""
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


def next_act(*, signed_in: bool, enrolled: bool, lessons: int, undone: int, completed: bool = False) -> NextAct:
    """What the course page offers: exactly one thing.

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
    return NextAct.AGAIN if completed else NextAct.FINISH


def check_place(block: str) -> str:
    """The id of a block as Wagtail makes them. Raises PlaceUnknown for anything else."""
    try:
        return str(UUID(block))
    except ValueError:
        raise PlaceUnknown(gettext_noop("This place in the lesson is unknown. Reload the page.")) from None


def check_reason(reason: str) -> str:
    """A reason of 5 to 300 characters that the holder can read. Raises ReasonMissing."""
    reason = reason.strip()
    if len(reason) < 5:
        raise ReasonMissing(gettext_noop("Give a reason that the holder can understand."))
    if len(reason) > LONGEST_REASON:
        raise ReasonMissing(gettext_noop("Keep the reason to %(most)s characters."), most=LONGEST_REASON)
    return reason
