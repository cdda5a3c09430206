"""When things begin and end, on the clock of the programme's zone. Instants come and go in UTC.

Days are counted on the calendar, never in hours, and a time that the clock skips becomes the first instant after it
(policy-programme.md, "The quiz window").
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MIDNIGHT = time()


@dataclass(frozen=True)
class Window:
    """From `opens_at` up to, not including, `closes_at`."""

    opens_at: datetime
    closes_at: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.opens_at <= at < self.closes_at


def local_time(at: datetime, zone: str) -> datetime:
    """What calendar and clock of the zone show at this instant; naive."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def first_instant(shown: datetime, zone: str) -> datetime:
    """The first instant at which calendar and clock of the zone show this naive time or a later one.

    The earlier of two where the clock was put back; where it skips this time, the instant of the skip.

    >>> first_instant(datetime(2026, 6, 1), "Asia/Jakarta")
    datetime.datetime(2026, 5, 31, 17, 0, tzinfo=datetime.timezone.utc)
    """
    at = shown.replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)
    return at if local_time(at, zone) == shown else _instant_of_skip(shown, zone)


def _instant_of_skip(shown: datetime, zone: str) -> datetime:
    """When the clock jumped over this time: between what the offsets before and after the jump make of it."""
    early, late = (shown.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (1, 0))
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        early, late = (early, middle) if local_time(middle, zone) >= shown else (middle, late)
    return late.replace(microsecond=0)


def local_midnight(day: date, zone: str) -> datetime:
    """When this day begins, or the first instant after the skip of a day that doesn't begin at midnight."""
    return first_instant(datetime.combine(day, MIDNIGHT), zone)


def days_later(at: datetime, days: int, zone: str) -> datetime:
    """The same time on the zone's clock, so many days later (or earlier, where negative)."""
    return first_instant(local_time(at, zone) + timedelta(days=days), zone)


def midnight_after_days(issued_at: datetime, days: int, zone: str) -> datetime:
    """The first local midnight at or after so many local days: when points expire and appeals close."""
    shown = local_time(issued_at, zone) + timedelta(days=days)
    started = 0 if shown.time() == MIDNIGHT else 1
    return local_midnight(shown.date() + timedelta(days=started), zone)


def month_start(day: date, *, months: int = 0) -> date:
    """The first day of the day's month, or of the one so many months later.

    >>> month_start(date(2026, 12, 31), months=2)
    datetime.date(2027, 2, 1)
    """
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def month_end(at: datetime, zone: str) -> datetime:
    """When the calendar month of this instant is over."""
    return local_midnight(month_start(local_time(at, zone).date(), months=1), zone)


def quiz_window(issued_at: datetime, zone: str) -> Window:
    """When the quiz of a violation may be taken: until the last day of the month that follows the month of issue."""
    issued_on = local_time(issued_at, zone).date()
    return Window(issued_at, local_midnight(month_start(issued_on, months=2), zone))


def expiry_of(issued_at: datetime, expiry_days: int | None, zone: str) -> datetime | None:
    """When what remains of a violation expires; None where points never do."""
    return None if expiry_days is None else midnight_after_days(issued_at, expiry_days, zone)


def reminder_of(window: Window, zone: str, *, days: int = 3) -> datetime | None:
    """When to remind of a quiz that closes in so many days; None where it wasn't open by then."""
    remind_at = days_later(window.closes_at, -days, zone)
    return remind_at if remind_at in window else None
