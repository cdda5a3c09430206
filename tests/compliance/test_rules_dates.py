"""When quiz windows open and close, when points expire, on the clocks of many zones."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.compliance.rules import dates
from tests.compliance import JAKARTA, LOS_ANGELES, ZONES, local, many

zones = st.sampled_from(ZONES)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
days = st.dates(date(2000, 1, 1), date(2040, 1, 1))

TICK = timedelta(microseconds=1)


class TestQuizWindow:
    @pytest.mark.parametrize(
        ("issued_at", "closes_at", "last_day"),
        [
            (local("2026-01-31 10:00"), local("2026-03-01 00:00"), date(2026, 2, 28)),
            (local("2028-01-31 10:00"), local("2028-03-01 00:00"), date(2028, 2, 29)),
            (local("2026-07-01 00:00"), local("2026-09-01 00:00"), date(2026, 8, 31)),
            (local("2026-12-31 23:59"), local("2027-02-01 00:00"), date(2027, 1, 31)),
            (datetime(2026, 3, 31, 18, 30, tzinfo=UTC), local("2026-06-01 00:00"), date(2026, 5, 31)),
        ],
        ids=["31 January", "31 January of a leap year", "1 July at midnight", "31 December 23:59", "31 March in UTC"],
    )
    def test_worked_cases(self, issued_at: datetime, closes_at: datetime, last_day: date) -> None:
        window = dates.quiz_window(issued_at, JAKARTA)
        assert window == dates.Window(issued_at, closes_at)
        assert dates.local_time(closes_at - TICK, JAKARTA).date() == last_day

    def test_it_is_open_from_the_moment_of_issue(self) -> None:
        window = dates.quiz_window(local("2026-01-31 10:00"), JAKARTA)
        assert window.opens_at in window
        assert window.opens_at - TICK not in window

    def test_it_is_open_up_to_and_not_at_the_midnight_that_closes_it(self) -> None:
        window = dates.quiz_window(local("2026-01-31 10:00"), JAKARTA)
        assert window.closes_at - TICK in window
        assert window.closes_at not in window

    def test_the_month_is_that_of_the_programmes_zone(self) -> None:
        issued_at = local("2026-04-01 01:30", JAKARTA)
        assert dates.quiz_window(issued_at, LOS_ANGELES).closes_at == local("2026-05-01 00:00", LOS_ANGELES)

    def test_a_midnight_that_the_clock_skips_is_the_first_instant_after_it(self) -> None:
        # In Cairo 26 April 2024 begins at 01:00; in Sao Paulo so did 4 November 2018.
        assert dates.local_midnight(date(2024, 4, 26), "Africa/Cairo") == local("2024-04-26 01:00", "Africa/Cairo")
        assert dates.local_midnight(date(2018, 11, 4), "America/Sao_Paulo") == datetime(2018, 11, 4, 3, tzinfo=UTC)

    def test_a_day_that_a_zone_skips_begins_with_the_next(self) -> None:
        # Samoa went from 29 to 31 December 2011 over the date line.
        skipped = dates.local_midnight(date(2011, 12, 30), "Pacific/Apia")
        assert skipped == dates.local_midnight(date(2011, 12, 31), "Pacific/Apia")
        assert skipped == datetime(2011, 12, 30, 10, tzinfo=UTC)

    def test_a_skip_that_begins_before_midnight_ends_the_day_at_the_skip(self) -> None:
        # Toronto in 1919 went from 23:30 to 00:30.
        assert dates.local_midnight(date(1919, 3, 31), "America/Toronto") == datetime(1919, 3, 31, 4, 30, tzinfo=UTC)

    def test_of_a_midnight_that_comes_twice_it_is_the_first(self) -> None:
        # Havana put its clock back from 01:00 to 00:00 on 1 November 2026.
        assert dates.local_midnight(date(2026, 11, 1), "America/Havana") == datetime(2026, 11, 1, 4, tzinfo=UTC)

    @many
    @given(instants, zones)
    def test_it_always_holds_the_issue_and_closes_in_the_second_month_after(self, at: datetime, zone: str) -> None:
        window = dates.quiz_window(at, zone)
        issued, last = dates.local_time(at, zone), dates.local_time(window.closes_at - TICK, zone)
        assert at in window
        assert (last.year * 12 + last.month) - (issued.year * 12 + issued.month) == 1
        assert timedelta(27) < window.closes_at - at < timedelta(63)

    @many
    @given(instants, zones)
    def test_it_closes_at_the_first_instant_of_a_month_on_that_clock(self, at: datetime, zone: str) -> None:
        closes_at = dates.quiz_window(at, zone).closes_at
        assert dates.local_time(closes_at, zone).day == 1
        assert dates.local_time(closes_at - TICK, zone).day > 27
        assert closes_at.astimezone(ZoneInfo(zone)).astimezone(UTC) == closes_at

    @many
    @given(instants, st.timedeltas(timedelta(), timedelta(days=400)), zones)
    def test_who_is_issued_later_is_never_closed_earlier(self, at: datetime, later: timedelta, zone: str) -> None:
        assert dates.quiz_window(at, zone).closes_at <= dates.quiz_window(at + later, zone).closes_at


class TestFirstInstant:
    @many
    @given(days, zones)
    def test_nothing_before_it_shows_the_day_and_it_does(self, day: date, zone: str) -> None:
        midnight = dates.local_midnight(day, zone)
        assert dates.local_time(midnight, zone).date() >= day
        assert dates.local_time(midnight - TICK, zone).date() < day

    @many
    @given(st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)), zones)  # noqa: DTZ001
    def test_it_shows_the_time_or_the_first_after_a_skip(self, shown: datetime, zone: str) -> None:
        at = dates.first_instant(shown, zone)
        assert dates.local_time(at, zone) >= shown
        assert dates.local_time(at - TICK, zone) < shown

    @many
    @given(st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1)), st.timedeltas(timedelta()), zones)  # noqa: DTZ001
    def test_a_later_time_never_comes_earlier(self, shown: datetime, more: timedelta, zone: str) -> None:
        later = shown + min(more, timedelta(days=3))
        assert dates.first_instant(shown, zone) <= dates.first_instant(later, zone)


class TestExpiry:
    @pytest.mark.parametrize(
        ("issued_at", "zone", "expires_at"),
        [
            # 10:00 on the 90th day is past that day's midnight: the next one.
            (local("2026-01-31 10:00"), JAKARTA, local("2026-05-02 00:00")),
            (local("2026-01-31 00:00"), JAKARTA, local("2026-05-01 00:00")),
            (local("2026-01-31 00:00:00.000001"), JAKARTA, local("2026-05-02 00:00")),
            # Days of 23 and 25 hours are days.
            (local("2026-02-01 00:00", LOS_ANGELES), LOS_ANGELES, local("2026-05-02 00:00", LOS_ANGELES)),
            (local("2026-09-01 12:00", LOS_ANGELES), LOS_ANGELES, local("2026-12-01 00:00", LOS_ANGELES)),
        ],
    )
    def test_worked_cases(self, issued_at: datetime, zone: str, expires_at: datetime) -> None:
        assert dates.expiry_of(issued_at, 90, zone) == expires_at

    def test_points_may_never_expire(self) -> None:
        assert dates.expiry_of(local("2026-01-31 10:00"), None, JAKARTA) is None

    @many
    @given(instants, st.integers(1, 730), zones)
    def test_it_is_the_first_local_midnight_at_or_after_so_many_local_days(
        self, at: datetime, count: int, zone: str
    ) -> None:
        expires_at = dates.expiry_of(at, count, zone)
        due = dates.local_time(at, zone) + timedelta(days=count)
        assert expires_at > at
        assert dates.local_time(expires_at, zone) >= due
        assert expires_at == dates.local_midnight(dates.local_time(expires_at, zone).date(), zone)
        # No midnight lies between: the one before was before its time.
        assert datetime.combine(dates.local_time(expires_at - TICK, zone).date(), time()) < due


class TestReminder:
    def test_it_is_three_local_days_before_the_quiz_closes(self) -> None:
        window = dates.quiz_window(local("2026-02-10 09:00", LOS_ANGELES), LOS_ANGELES)
        assert dates.reminder_of(window, LOS_ANGELES) == local("2026-03-29 00:00", LOS_ANGELES)

    def test_a_window_that_opens_later_has_none(self) -> None:
        window = dates.Window(local("2026-03-30 09:00"), local("2026-04-01 00:00"))
        assert dates.reminder_of(window, JAKARTA) is None

    @given(instants, zones)
    def test_every_quiz_has_one(self, at: datetime, zone: str) -> None:
        window = dates.quiz_window(at, zone)
        assert dates.reminder_of(window, zone) in window


class TestMonths:
    @pytest.mark.parametrize(
        ("day", "months", "first"),
        [
            (date(2026, 1, 31), 0, date(2026, 1, 1)),
            (date(2026, 11, 30), 1, date(2026, 12, 1)),
            (date(2026, 12, 31), 1, date(2027, 1, 1)),
            (date(2026, 12, 31), 13, date(2028, 1, 1)),
        ],
    )
    def test_no_day_number_is_ever_added_to(self, day: date, months: int, first: date) -> None:
        assert dates.month_start(day, months=months) == first

    def test_a_calendar_month_ends_at_local_midnight(self) -> None:
        assert dates.month_end(local("2026-03-31 23:59"), JAKARTA) == local("2026-04-01 00:00")
        assert dates.month_end(local("2026-04-01 00:00"), JAKARTA) == local("2026-05-01 00:00")
