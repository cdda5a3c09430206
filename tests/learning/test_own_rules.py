"""Weeks on a person's own clock, goals, when to remind, how clear, by which day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.learning import rules

ZONES = ["UTC", "Asia/Jakarta", "Asia/Kathmandu", "America/Los_Angeles", "Pacific/Kiritimati", "Pacific/Pago_Pago"]
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
instants = st.integers(0, 6 * 366 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
zones = st.sampled_from(ZONES)
FRIDAY = datetime(2026, 3, 6, tzinfo=UTC)


class TestTheWeek:
    @pytest.mark.parametrize(
        ("at", "zone", "monday"),
        [
            (datetime(2026, 3, 2, 0, 0, tzinfo=UTC), "UTC", date(2026, 3, 2)),
            (datetime(2026, 3, 1, 23, 59, tzinfo=UTC), "UTC", date(2026, 2, 23)),
            (datetime(2026, 3, 1, 16, 59, tzinfo=UTC), "Asia/Jakarta", date(2026, 2, 23)),
            (datetime(2026, 3, 1, 17, 0, tzinfo=UTC), "Asia/Jakarta", date(2026, 3, 2)),
            (datetime(2026, 3, 2, 7, 59, tzinfo=UTC), "America/Los_Angeles", date(2026, 2, 23)),
            (datetime(2026, 3, 2, 8, 0, tzinfo=UTC), "America/Los_Angeles", date(2026, 3, 2)),
            (datetime(2026, 1, 1, 12, 0, tzinfo=UTC), "UTC", date(2025, 12, 29)),
        ],
    )
    def test_begins_on_monday_where_the_person_is(self, at: datetime, zone: str, monday: date) -> None:
        assert rules.monday_of(at, zone) == monday

    @pytest.mark.parametrize(
        ("monday", "hours"),
        [(date(2026, 3, 2), 167), (date(2026, 10, 26), 169), (date(2026, 6, 1), 168)],
        ids=["the clock goes forward", "the clock goes back", "neither"],
    )
    def test_is_as_long_as_the_clock_makes_it(self, monday: date, hours: int) -> None:
        begin, end = rules.week_from(monday, "America/Los_Angeles")
        assert (end - begin) / timedelta(hours=1) == hours

    @given(instants, zones)
    def test_every_instant_lies_in_its_own_week_and_in_no_other(self, at: datetime, zone: str) -> None:
        monday = rules.monday_of(at, zone)
        begin, end = rules.week_from(monday, zone)
        assert begin <= at < end
        assert monday.weekday() == 0
        assert rules.week_from(monday + timedelta(days=7), zone)[0] == end


class TestWhenToRemind:
    @pytest.mark.parametrize(
        ("at", "zone", "now"),
        [
            (FRIDAY.replace(hour=9, minute=59), "UTC", False),
            (FRIDAY.replace(hour=10), "UTC", True),
            (FRIDAY.replace(hour=19, minute=59), "UTC", True),
            (FRIDAY.replace(hour=20), "UTC", False),
            (FRIDAY.replace(hour=3), "Asia/Jakarta", True),
            (FRIDAY.replace(hour=2, minute=59), "Asia/Jakarta", False),
            (FRIDAY.replace(hour=17), "America/Los_Angeles", False),
            (FRIDAY.replace(hour=18), "America/Los_Angeles", True),
            (FRIDAY.replace(hour=12) + timedelta(days=1), "UTC", False),
            (FRIDAY.replace(hour=12) - timedelta(days=1), "UTC", False),
        ],
    )
    def test_is_friday_by_day_on_the_readers_clock(self, at: datetime, zone: str, now: bool) -> None:
        assert rules.is_time_to_remind(at, zone) is now

    @given(instants)
    def test_all_zones_to_remind_are_in_the_same_week(self, at: datetime) -> None:
        mondays = {rules.monday_of(at, zone) for zone in rules.zones_to_remind(ZONES, at)}
        assert len(mondays) <= 1

    @given(instants, zones)
    def test_never_at_night(self, at: datetime, zone: str) -> None:
        if rules.is_time_to_remind(at, zone):
            assert 10 <= at.astimezone(ZoneInfo(zone)).hour < 20


class TestGoals:
    @pytest.mark.parametrize(
        ("goal", "done", "reached", "left", "shown"),
        [
            (0, 0, False, 0, 0),
            (0, 4, False, 0, 0),
            (3, 0, False, 3, 0),
            (3, 2, False, 1, 2),
            (3, 3, True, 0, 3),
            (3, 9, True, 0, 3),
        ],
    )
    def test_how_the_week_stands(self, goal: int, done: int, reached: bool, left: int, shown: int) -> None:
        week = rules.Week(goal, done)
        assert (week.reached, week.left, week.shown) == (reached, left, shown)

    @pytest.mark.parametrize("lessons", [-1, 4, 6, 100])
    def test_only_those_offered(self, lessons: int) -> None:
        with pytest.raises(rules.GoalUnknown):
            rules.check_goal(lessons)
        assert [rules.check_goal(each) for each in rules.GOALS] == [0, 1, 2, 3, 5]


class TestClarity:
    @pytest.mark.parametrize(
        ("answers", "clear", "percent", "too_few"),
        [(0, 0, None, True), (1, 1, 100, True), (4, 2, 50, True), (5, 4, 80, False), (7, 2, 29, False)],
    )
    def test_the_share_and_whether_it_says_anything(
        self, answers: int, clear: int, percent: int | None, too_few: bool
    ) -> None:
        said = rules.Clarity(answers, clear)
        assert (said.percent, said.too_few) == (percent, too_few)

    def test_words_are_trimmed_and_no_longer_than_kept(self) -> None:
        assert rules.check_words("  Too\r\nfast \x00 ") == "Too\nfast"
        assert rules.check_words("x" * 600) == "x" * 600
        with pytest.raises(rules.WordsTooLong, match=r"600 characters. You have written 601"):
            rules.check_words("x" * 601)


class TestTheDayToDoItBy:
    TODAY = date(2026, 3, 2)

    @pytest.mark.parametrize(
        ("due_on", "past"),
        [(None, False), (date(2026, 3, 1), True), (date(2026, 3, 2), False), (date(2026, 3, 3), False)],
    )
    def test_counts_itself(self, due_on: date | None, past: bool) -> None:
        assert rules.is_past(due_on, self.TODAY) is past

    def test_is_today_or_later(self) -> None:
        assert rules.check_due(self.TODAY, self.TODAY) == self.TODAY
        assert rules.check_due(None, self.TODAY) is None
        with pytest.raises(rules.DayPassed, match="today or a later day"):
            rules.check_due(self.TODAY - timedelta(days=1), self.TODAY)
