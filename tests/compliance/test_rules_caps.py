"""Caps of every scope and period: what is left, and when there is the next."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.compliance.enums import CapPeriod, CapScope
from apps.compliance.rules.caps import Allowance, Use, allowance
from apps.compliance.rules.dates import local_time
from apps.compliance.rules.programme import Cap
from tests.compliance import JAKARTA, LOS_ANGELES, ZONES, local, many

THREE_A_MONTH = Cap(3)


def used(*times: str, quiz: str = "V02", violation: str = "V-1") -> list[Use]:
    """Uses of one quiz for one violation at these local times."""
    return [Use(local(each), quiz, violation) for each in times]


def left(
    cap: Cap | None, uses: list[Use], at: str, *, quiz: str = "V02", violation: str = "V-1", zone: str = JAKARTA
) -> Allowance:
    return allowance(cap, uses, quiz=quiz, violation=violation, at=local(at, zone), zone=zone)


class TestCalendarMonth:
    THREE_IN_MAY = used("2026-05-01 00:00", "2026-05-10 08:00", "2026-05-20 08:00")

    def test_the_fourth_in_a_month_is_possible_on_the_first_of_the_next(self) -> None:
        assert left(THREE_A_MONTH, self.THREE_IN_MAY, "2026-05-21 09:00") == Allowance(0, local("2026-06-01 00:00"))

    def test_a_new_month_brings_all_of_them(self) -> None:
        assert left(THREE_A_MONTH, self.THREE_IN_MAY, "2026-05-31 23:59").left == 0
        assert left(THREE_A_MONTH, self.THREE_IN_MAY, "2026-06-01 00:00").left == 3

    def test_two_used_leave_one_now(self) -> None:
        at = "2026-05-21 09:00"
        assert left(THREE_A_MONTH, self.THREE_IN_MAY[:2], at) == Allowance(1, local(at))

    def test_the_month_is_that_of_the_programmes_zone(self) -> None:
        # 1 May in Jakarta is still 30 April in Los Angeles.
        assert left(THREE_A_MONTH, self.THREE_IN_MAY, "2026-05-21 09:00", zone=LOS_ANGELES).left == 1


class TestRollingDays:
    ONE_IN_THIRTY = Cap(1, CapScope.QUIZ, CapPeriod.ROLLING, days=30)

    def test_the_next_is_possible_thirty_local_days_later_at_the_same_time(self) -> None:
        uses = used("2026-05-10 08:30")
        assert left(self.ONE_IN_THIRTY, uses, "2026-05-11 09:00") == Allowance(0, local("2026-06-09 08:30"))
        assert left(self.ONE_IN_THIRTY, uses, "2026-06-09 08:29").left == 0
        assert left(self.ONE_IN_THIRTY, uses, "2026-06-09 08:30").left == 1

    def test_days_are_counted_on_the_clock_of_the_zone(self) -> None:
        # On 8 March 2026 the clocks of Los Angeles go forward.
        use = Use(local("2026-03-01 08:30", LOS_ANGELES), "V02", "V-1")
        assert left(self.ONE_IN_THIRTY, [use], "2026-03-20 09:00", zone=LOS_ANGELES).next_at == local(
            "2026-03-31 08:30", LOS_ANGELES
        )

    def test_of_several_the_one_that_frees_the_first_place_counts(self) -> None:
        two = replace(self.ONE_IN_THIRTY, limit=2)
        uses = used("2026-05-20 08:00", "2026-05-10 08:00")
        assert left(two, uses, "2026-05-21 08:00") == Allowance(0, local("2026-06-09 08:00"))

    def test_where_a_cap_was_lowered_as_many_must_be_over_as_it_takes(self) -> None:
        uses = used("2026-05-10 08:00", "2026-05-12 08:00", "2026-05-20 08:00")
        assert left(self.ONE_IN_THIRTY, uses, "2026-05-21 08:00") == Allowance(0, local("2026-06-19 08:00"))


class TestLifetime:
    def test_there_never_is_another(self) -> None:
        cap = Cap(1, CapScope.VIOLATION, CapPeriod.LIFETIME)
        assert left(cap, used("2020-01-01 00:00"), "2026-05-21 09:00") == Allowance(0, None)
        assert left(cap, [], "2026-05-21 09:00") == Allowance(1, local("2026-05-21 09:00"))


class TestScope:
    USES = [
        *used("2026-05-01 09:00", quiz="V02", violation="V-1"),
        *used("2026-05-02 09:00", quiz="V02", violation="V-2"),
        *used("2026-05-03 09:00", quiz="V10", violation="V-3"),
    ]

    @pytest.mark.parametrize(("scope", "count"), [(CapScope.ACCOUNT, 3), (CapScope.QUIZ, 2), (CapScope.VIOLATION, 1)])
    @pytest.mark.parametrize(
        ("period", "days"), [(CapPeriod.MONTH, None), (CapPeriod.ROLLING, 30), (CapPeriod.LIFETIME, None)]
    )
    def test_what_is_counted_together(self, scope: CapScope, count: int, period: CapPeriod, days: int | None) -> None:
        cap = Cap(5, scope, period, days)
        assert left(cap, self.USES, "2026-05-21 09:00").left == 5 - count

    @pytest.mark.parametrize("scope", CapScope)
    @pytest.mark.parametrize(
        ("period", "days", "next_at"),
        [
            (CapPeriod.MONTH, None, local("2026-06-01 00:00")),
            (CapPeriod.ROLLING, 30, local("2026-05-31 09:00")),
            (CapPeriod.LIFETIME, None, None),
        ],
    )
    def test_when_there_is_the_next(
        self, scope: CapScope, period: CapPeriod, days: int | None, next_at: datetime | None
    ) -> None:
        assert left(Cap(1, scope, period, days), self.USES[:1], "2026-05-21 09:00") == Allowance(0, next_at)

    def test_no_cap_leaves_any_number(self) -> None:
        free = left(None, self.USES, "2026-05-21 09:00")
        assert free == Allowance(None, local("2026-05-21 09:00"))
        assert free.is_free


class TestWhatCounts:
    def test_what_was_superseded_does_not(self) -> None:
        uses = [replace(each, is_superseded=True) for each in used("2026-05-01 09:00", "2026-05-02 09:00")]
        assert left(THREE_A_MONTH, uses, "2026-05-21 09:00").left == 3

    def test_nor_what_belongs_to_a_revoked_violation(self) -> None:
        uses = [replace(each, is_revoked=True) for each in used("2026-05-01 09:00", "2026-05-02 09:00")]
        assert left(THREE_A_MONTH, uses, "2026-05-21 09:00").left == 3

    def test_nor_what_is_later_than_the_instant_asked_about(self) -> None:
        assert left(THREE_A_MONTH, used("2026-05-22 09:00"), "2026-05-21 09:00").left == 3


class TestNextBefore:
    def test_a_chance_at_the_close_or_after_it_is_none(self) -> None:
        free = Allowance(0, local("2026-06-01 00:00"))
        assert free.next_before(local("2026-06-01 00:00")) is None
        assert free.next_before(local("2026-06-01 00:01")) == local("2026-06-01 00:00")
        assert Allowance(0, None).next_before(local("2026-06-01 00:00")) is None


caps = st.builds(
    Cap, st.integers(1, 4), st.sampled_from(CapScope), st.sampled_from([CapPeriod.MONTH, CapPeriod.LIFETIME])
) | st.builds(Cap, st.integers(1, 4), st.sampled_from(CapScope), st.just(CapPeriod.ROLLING), st.integers(1, 60))
instants = st.datetimes(datetime(2024, 1, 1), datetime(2024, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
uses = st.lists(
    st.builds(Use, instants, st.sampled_from(["V01", "V02"]), st.sampled_from(["V-1", "V-2"]), st.booleans()),
    max_size=12,
)
zones = st.sampled_from(ZONES)


class TestProperties:
    @many
    @given(caps, uses, instants, zones)
    def test_one_more_use_never_leaves_more_nor_comes_free_earlier(
        self, cap: Cap, known: list[Use], at: datetime, zone: str
    ) -> None:
        def ask(uses: list[Use]) -> Allowance:
            return allowance(cap, uses, quiz="V01", violation="V-1", at=at, zone=zone)

        more = [*known, Use(at - timedelta(hours=1), "V01", "V-1")]
        assert ask(more).left <= ask(known).left
        before, after = ask(known).next_at, ask(more).next_at
        assert after is None or (before is not None and before <= after)

    @many
    @given(caps, uses, instants, zones)
    def test_a_higher_limit_never_leaves_less_nor_comes_free_later(
        self, cap: Cap, known: list[Use], at: datetime, zone: str
    ) -> None:
        low = allowance(cap, known, quiz="V01", violation="V-1", at=at, zone=zone)
        high = allowance(replace(cap, limit=cap.limit + 1), known, quiz="V01", violation="V-1", at=at, zone=zone)
        assert low.left <= high.left <= low.left + 1
        assert low.next_at is None or high.next_at <= low.next_at

    @many
    @given(caps, uses, instants, zones, st.sampled_from([CapScope.QUIZ, CapScope.VIOLATION]))
    def test_a_wider_scope_never_leaves_more(
        self, cap: Cap, known: list[Use], at: datetime, zone: str, narrower: CapScope
    ) -> None:
        wide = allowance(replace(cap, scope=CapScope.ACCOUNT), known, quiz="V01", violation="V-1", at=at, zone=zone)
        narrow = allowance(replace(cap, scope=narrower), known, quiz="V01", violation="V-1", at=at, zone=zone)
        assert wide.left <= narrow.left

    @many
    @given(caps, uses, instants, zones)
    def test_the_next_chance_is_one_and_nothing_earlier_is(
        self, cap: Cap, known: list[Use], at: datetime, zone: str
    ) -> None:
        def ask(when: datetime) -> Allowance:
            past = [use for use in known if use.at <= at]
            return allowance(cap, past, quiz="V01", violation="V-1", at=when, zone=zone)

        next_at = ask(at).next_at
        if next_at is None:
            assert not ask(at + timedelta(days=4000)).is_free
        else:
            assert ask(next_at).is_free
            assert ask(at).is_free or not ask(next_at - timedelta(microseconds=1)).is_free

    @many
    @given(st.integers(1, 3), st.lists(instants, max_size=12), zones)
    def test_who_asks_before_every_use_never_has_more_than_the_cap_in_a_month(
        self, limit: int, times: list[datetime], zone: str
    ) -> None:
        known: list[Use] = []
        for at in sorted(times):
            if allowance(Cap(limit), known, quiz="V01", violation="V-1", at=at, zone=zone).is_free:
                known.append(Use(at, "V01", "V-1"))
        months = Counter((local_time(use.at, zone).year, local_time(use.at, zone).month) for use in known)
        asked = Counter((local_time(at, zone).year, local_time(at, zone).month) for at in times)
        assert months == Counter({month: min(limit, count) for month, count in asked.items()})
