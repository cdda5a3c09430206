"""What a person says, plans and is asked to do: clarity, weekly goals, assigned lessons."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.core import rules as core
from apps.core.rules import Refusal, gettext_noop, whole_percent
from apps.learning.rules.certificates import LONGEST_REASON, SHORTEST_REASON, ReasonMissing


class WordsTooLong(Refusal):
    """More was said about a lesson than is kept."""

    status = 422


class GoalUnknown(Refusal):
    """A weekly goal that isn't offered."""

    status = 422


class DayPassed(Refusal):
    """A lesson can't be asked for by a day that is over."""

    status = 422


class AssignmentEnded(Refusal):
    """What is done isn't withdrawn any more."""


MOST_WORDS = 600
ENOUGH_ANSWERS = 5
CLEAR_ENOUGH = 0.8


@dataclass(frozen=True)
class Clarity:
    """What the readers of a lesson say of it: how many answered, and how many of them found it clear."""

    answers: int
    clear: int

    @property
    def percent(self) -> int | None:
        """Whole percent who found it clear, rounded; None where nobody answered."""
        return whole_percent(self.clear, self.answers) if self.answers else None

    @property
    def too_few(self) -> bool:
        """Whether so few answered that their share says little."""
        return self.answers < ENOUGH_ANSWERS


def check_words(words: str) -> str:
    """What a reader says in their own words: nothing, or up to 600 characters. Raises WordsTooLong."""
    words = words.replace("\x00", "").replace("\r\n", "\n").strip()
    if len(words) > MOST_WORDS:
        raise WordsTooLong(
            gettext_noop("Keep it to %(most)s characters. You have written %(count)s."),
            most=MOST_WORDS,
            count=len(words),
        )
    return words


GOALS = (0, 1, 2, 3, 5)


REMINDER_WEEKDAY = 4
REMINDER_HOURS = range(10, 20)
SETTLES_IN = timedelta(days=2)


@dataclass(frozen=True)
class Week:
    """How a person stands to their goal this week."""

    goal: int
    done: int

    @property
    def reached(self) -> bool:
        """Whether the goal is reached; never where there is none."""
        return 0 < self.goal <= self.done

    @property
    def left(self) -> int:
        """How many lessons are left to the goal."""
        return max(0, self.goal - self.done)

    @property
    def shown(self) -> int:
        """How many lights of the goal burn: what was done beyond it lights no more."""
        return min(self.goal, self.done)


def check_asking(reason: str) -> str:
    """Why a person is asked to do a lesson, in 5 to 300 characters that they can read. Raises ReasonMissing."""
    missing = gettext_noop("Give a reason that the person can understand.")
    return core.check_reason(
        reason, shortest=SHORTEST_REASON, longest=LONGEST_REASON, missing=missing, refused=ReasonMissing
    )


def check_goal(lessons: int) -> int:
    """One of the goals that are offered; 0 is none. Raises GoalUnknown."""
    if lessons not in GOALS:
        raise GoalUnknown(gettext_noop("Choose one of the goals that are offered."))
    return lessons


def monday_of(at: datetime, zone: str) -> date:
    """The Monday with which this instant's week begins where the person is.

    >>> sunday_night = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
    >>> monday_of(sunday_night, "UTC").isoformat(), monday_of(sunday_night, "Asia/Jakarta").isoformat()
    ('2026-02-23', '2026-03-02')
    """
    day = at.astimezone(ZoneInfo(zone)).date()
    return day - timedelta(days=day.weekday())


def week_from(monday: date, zone: str) -> tuple[datetime, datetime]:
    """The instants, in UTC, with which a week begins and the next one does: midnights of the person's clock.

    A week in which the clock changes is an hour shorter or longer.

    >>> begin, end = week_from(date(2026, 3, 2), "America/Los_Angeles")
    >>> begin.isoformat(), (end - begin) / timedelta(hours=1)
    ('2026-03-02T08:00:00+00:00', 167.0)
    """
    begin, end = (
        datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for day in (monday, monday + timedelta(days=7))
    )
    return begin, end


def is_time_to_remind(at: datetime, zone: str) -> bool:
    """Whether a reminder may be written now: Fridays from ten in the morning to eight in the evening of their clock.

    Three days of the week are left then; the evening gives room to a job that was held up.
    """
    here = at.astimezone(ZoneInfo(zone))
    return here.weekday() == REMINDER_WEEKDAY and here.hour in REMINDER_HOURS


def zones_to_remind(zones: Iterable[str], at: datetime) -> list[str]:
    """Those of the zones where reminders may be written now."""
    return sorted(zone for zone in zones if is_time_to_remind(at, zone))


def check_due(due_on: date | None, today: date) -> date | None:
    """A day to do a lesson by: none, today, or a later one. Raises DayPassed."""
    if due_on is not None and due_on < today:
        raise DayPassed(gettext_noop("Choose today or a later day."))
    return due_on


def is_past(due_on: date | None, today: date) -> bool:
    """Whether the day to do a lesson by is over; the day itself still counts."""
    return due_on is not None and due_on < today
