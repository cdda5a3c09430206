"""When milestones fire, what runs for how long, who is warned, and the word for a standing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.compliance.enums import EnforcementState, StandingWord
from apps.compliance.rules import milestones as rules
from apps.compliance.rules.milestones import Enforcement, Reached, Standing
from apps.compliance.rules.programme import Programme, rating_preset
from apps.compliance.rules.states import ENFORCEMENT
from tests.compliance import JAKARTA, LOS_ANGELES, local, many, tight

PROGRAMME = Programme(JAKARTA)
NOTICE, CAMPAIGNS, LIVE, ANCHORS, SELLING = PROGRAMME.milestones
NOW = local("2026-05-04 09:00")
DAY = timedelta(days=1)


def moved(*deltas: int, programme: Programme = PROGRAMME, start: Standing | None = None) -> tuple[Standing, Reached]:
    """What a balance that moves so, within one hour, comes to, and what the last move leads to."""
    standing, reached = start or Standing(), Reached()
    for count, delta in enumerate(deltas):
        standing, reached = rules.move(standing, delta, programme, at=NOW + timedelta(minutes=count))
    return standing, reached


class TestFiring:
    @pytest.mark.parametrize(
        ("deltas", "fired"),
        [
            ((5,), None),
            ((6,), NOTICE),  # at the rung is on it
            ((5, 1), NOTICE),
            ((6, 5), None),
            ((6, 6), CAMPAIGNS),
            ((6, 6, 1), None),
            ((24,), LIVE),
            ((48,), SELLING),
            ((100,), SELLING),
        ],
    )
    def test_a_milestone_fires_when_the_balance_crosses_it_upwards(self, deltas: Sequence[int], fired: object) -> None:
        assert moved(*deltas)[1].fired == fired

    @pytest.mark.parametrize("deltas", [(8, -2), (8, -3), (13, -1), (8, 0), (8, -8)])
    def test_nothing_fires_downwards_or_in_standing_still(self, deltas: Sequence[int]) -> None:
        assert moved(*deltas)[1] == Reached()

    def test_one_violation_that_jumps_several_fires_the_highest_and_records_the_others(self) -> None:
        standing, reached = moved(4, 24)
        assert (reached.fired, reached.recorded) == (LIVE, (NOTICE, CAMPAIGNS))
        assert [each.points for each in standing.enforcements] == [24]

    def test_a_notice_is_no_enforcement(self) -> None:
        assert moved(6)[0].enforcements == ()

    def test_points_added_by_staff_cross_as_those_of_a_violation_do(self) -> None:
        assert moved(11, 1)[1].fired == CAMPAIGNS

    def test_a_rating_fires_where_it_has_fallen_to_the_rung(self) -> None:
        rating = rating_preset(JAKARTA)
        assert moved(49, programme=rating)[1].fired is None
        assert moved(49, 1, programme=rating)[1].fired == rating.milestones[0]

    def test_a_ladder_that_comes_down_to_the_balance_fires_nothing(self) -> None:
        lower = replace(PROGRAMME, milestones=tight().milestones)
        standing, _reached = moved(4)
        assert moved(1, programme=lower, start=standing)[1].fired == lower.milestones[1]
        assert moved(0, programme=lower, start=moved(5)[0])[1].fired is None
        assert moved(1, programme=lower, start=moved(5)[0])[1].fired is None


class TestEnforcement:
    def test_it_runs_so_many_days_to_the_same_time(self) -> None:
        (enforcement,) = moved(12)[0].enforcements
        assert enforcement == Enforcement(12, NOW, local("2026-05-11 09:00"))

    def test_days_are_those_of_the_programmes_clock(self) -> None:
        at = local("2026-03-06 09:00", LOS_ANGELES)
        standing, _reached = rules.move(Standing(), 12, Programme(LOS_ANGELES), at=at)
        assert standing.enforcements[0].ends_at == local("2026-03-13 09:00", LOS_ANGELES)
        assert standing.enforcements[0].ends_at - at == 7 * DAY - timedelta(hours=1)

    def test_the_last_rung_closes_selling_until_staff_have_looked(self) -> None:
        (enforcement,) = moved(48)[0].enforcements
        assert enforcement.ends_at is None
        assert enforcement.runs_at(NOW + 1000 * DAY)

    def test_it_runs_from_its_start_up_to_and_not_at_its_end(self) -> None:
        (enforcement,) = moved(12)[0].enforcements
        times = (NOW - timedelta(seconds=1), NOW, NOW + 7 * DAY - timedelta(microseconds=1), NOW + 7 * DAY)
        assert [enforcement.runs_at(at) for at in times] == [False, True, True, False]

    def test_falling_below_by_quiz_or_expiry_does_not_end_it(self) -> None:
        standing, _reached = moved(12, -1, -11)
        assert standing.balance == 0
        assert standing.enforcements[0].runs_at(NOW + DAY)
        assert standing.enforcements == moved(12)[0].enforcements

    def test_its_end_is_written_down_once_its_time_is_over(self) -> None:
        standing, _reached = moved(12)
        assert rules.settle(standing, at=NOW + 6 * DAY) == standing
        ended = rules.settle(standing, at=NOW + 7 * DAY)
        assert [each.state for each in ended.enforcements] == [EnforcementState.ENDED]
        assert rules.settle(ended, at=NOW + 8 * DAY) == ended

    def test_staff_end_one_without_an_end(self) -> None:
        (enforcement,) = moved(48)[0].enforcements
        ended = rules.ended_by_staff(enforcement, at=NOW + DAY)
        assert (ended.state, ended.ends_at) == (EnforcementState.ENDED, NOW + DAY)
        with pytest.raises(rules.EnforcementOver, match="without an end"):
            rules.ended_by_staff(ended, at=NOW + 2 * DAY)

    def test_but_none_that_ends_by_itself(self) -> None:
        with pytest.raises(rules.EnforcementOver):
            rules.ended_by_staff(moved(12)[0].enforcements[0], at=NOW + DAY)

    def test_nothing_follows_what_has_ended_or_was_lifted(self) -> None:
        arrows = {(a, b) for a in EnforcementState for b in EnforcementState if ENFORCEMENT.allows(a, b)}
        assert arrows == {
            (EnforcementState.ACTIVE, EnforcementState.ENDED),
            (EnforcementState.ACTIVE, EnforcementState.LIFTED),
        }


class TestArming:
    AFTER = NOW + 8 * DAY

    def again(self, standing: Standing, delta: int, at: datetime) -> Reached:
        return rules.move(rules.settle(standing, at=at), delta, PROGRAMME, at=at)[1]

    def test_while_its_enforcement_runs_a_milestone_does_not_fire_again(self) -> None:
        below, _reached = moved(12, -2)
        assert self.again(below, 4, NOW + 2 * DAY).fired is None

    def test_it_is_armed_once_its_enforcement_has_ended_and_the_balance_is_below(self) -> None:
        below, _reached = moved(12, -2)
        assert self.again(below, 4, self.AFTER).fired == CAMPAIGNS

    def test_or_falls_below_after_the_end(self) -> None:
        above, _reached = moved(12)
        below, _reached = rules.move(rules.settle(above, at=self.AFTER), -2, PROGRAMME, at=self.AFTER)
        assert self.again(below, 4, self.AFTER + DAY).fired == CAMPAIGNS

    def test_one_that_ends_while_the_balance_is_above_does_not_fire_again(self) -> None:
        above, _reached = moved(14)
        ended = rules.settle(above, at=self.AFTER)
        assert len(ended.enforcements) == 1
        assert self.again(ended, 4, self.AFTER).fired is None

    def test_an_end_that_nobody_has_written_down_is_an_end(self) -> None:
        below, _reached = moved(12, -2)
        assert rules.move(below, 4, PROGRAMME, at=self.AFTER)[1].fired == CAMPAIGNS

    def test_notices_arm_again_as_soon_as_the_balance_falls_below(self) -> None:
        assert moved(6, -1, 1)[1].fired == NOTICE

    def test_one_that_was_jumped_over_has_no_enforcement_to_wait_for(self) -> None:
        standing, reached = moved(24, -13, 2)
        assert reached.fired == CAMPAIGNS
        assert [each.points for each in standing.enforcements] == [24, 12]

    def test_where_the_highest_is_not_armed_the_next_below_fires(self) -> None:
        standing, reached = moved(24, -20, 21)
        assert (reached.fired, reached.recorded) == (CAMPAIGNS, (NOTICE,))
        assert [each.points for each in standing.enforcements] == [24, 12]


class TestNearMilestone:
    @pytest.mark.parametrize(
        ("deltas", "near"),
        [
            ((2,), None),
            ((3,), NOTICE),
            ((5,), NOTICE),
            ((8,), None),
            ((9,), CAMPAIGNS),
            ((8, 1), CAMPAIGNS),
            ((9, 1), None),  # once per approach
            ((9, 1, 1), None),
            ((9, -1, 1), CAMPAIGNS),  # went away and came back
            ((9, 0), None),
            ((13, -2), None),  # who falls is not approaching
            ((13, -3, 1), CAMPAIGNS),  # but who rises again is, and wasn't warned in this approach
            ((13, -3, 1, 1), None),
            ((21,), LIVE),  # past two rungs and near the third
            ((9, 12), LIVE),
            ((45, 2), None),
            ((48,), None),
            ((60,), None),
        ],
    )
    def test_who_comes_near_is_warned_once(self, deltas: Sequence[int], near: object) -> None:
        assert moved(*deltas)[1].near == near

    def test_a_quiz_within_the_approach_does_not_begin_another(self) -> None:
        assert moved(11, -1, 1)[1].near is None

    def test_nobody_is_warned_where_the_programme_warns_within_0(self) -> None:
        assert moved(11, programme=replace(PROGRAMME, warn_within=0))[1].near is None

    def test_a_milestone_may_fire_and_the_next_be_near_at_once(self) -> None:
        reached = moved(9, 13)[1]
        assert (reached.fired, reached.near) == (CAMPAIGNS, LIVE)


class TestStandingWord:
    @pytest.mark.parametrize(
        ("balance", "word"),
        [
            (0, StandingWord.HEALTHY),
            (2, StandingWord.HEALTHY),
            (3, StandingWord.CAUTION),  # within 3 of the notice
            (6, StandingWord.CAUTION),  # on it
            (8, StandingWord.CAUTION),
            (9, StandingWord.AT_RISK),  # within 3 of the first that restricts
            (11, StandingWord.AT_RISK),
            (12, StandingWord.CAUTION),  # above it, with its enforcement ended
            (20, StandingWord.CAUTION),
            (21, StandingWord.AT_RISK),
            (48, StandingWord.CAUTION),
        ],
    )
    def test_by_the_balance(self, balance: int, word: StandingWord) -> None:
        assert rules.standing_word(Standing(balance), PROGRAMME, at=NOW) == word

    def test_an_enforcement_that_runs_is_restricted_whatever_the_balance(self) -> None:
        standing, _reached = moved(12, -12)
        assert rules.standing_word(standing, PROGRAMME, at=NOW + DAY) == StandingWord.RESTRICTED
        assert rules.standing_word(standing, PROGRAMME, at=NOW + 7 * DAY) == StandingWord.HEALTHY

    def test_who_has_no_points_is_healthy_however_low_the_first_rung(self) -> None:
        low = tight(warn_within=5)
        assert rules.standing_word(Standing(0), low, at=NOW) == StandingWord.HEALTHY
        assert rules.standing_word(Standing(1), low, at=NOW) == StandingWord.AT_RISK

    def test_alice_of_the_demo_is_at_risk(self) -> None:
        assert rules.standing_word(Standing(9), Programme(LOS_ANGELES), at=NOW) == StandingWord.AT_RISK


class TestProperties:
    @many
    @given(st.lists(st.tuples(st.integers(-6, 8), st.integers(1, 60)), max_size=25))
    def test_what_fires_was_crossed_upwards_and_had_nothing_running(self, moves: list[tuple[int, int]]) -> None:
        standing, at, programme = Standing(), NOW, tight()
        for delta, hours in moves:
            at += timedelta(hours=hours)
            before, delta = standing, max(delta, -standing.balance)
            standing, reached = rules.move(before, delta, programme, at=at)
            assert standing.balance == before.balance + delta
            started = set(standing.enforcements) - set(before.enforcements)
            if reached.fired:
                assert before.balance < reached.fired.points <= standing.balance
                assert not any(each.runs_at(at) and each.points == reached.fired.points for each in before.enforcements)
                assert all(rung.points < reached.fired.points for rung in reached.recorded)
            assert [each.points for each in started] == [
                rung.points for rung in (reached.fired,) if rung and rung.is_restricting
            ]
            if reached.near:
                assert 0 < reached.near.points - standing.balance <= programme.warn_within
                assert delta > 0

    @many
    @given(st.lists(st.integers(-6, 8), max_size=25))
    def test_between_two_warnings_of_one_milestone_the_balance_was_not_near_it(self, deltas: list[int]) -> None:
        standing, warned_since_away = Standing(), set[int]()
        for delta in deltas:
            standing, reached = rules.move(standing, max(delta, -standing.balance), PROGRAMME, at=NOW)
            rung = PROGRAMME.next_milestone(standing.balance)
            near = {rung.points} if rung and rung.points - standing.balance <= PROGRAMME.warn_within else set()
            warned_since_away &= near
            if reached.near:
                assert reached.near.points not in warned_since_away
                warned_since_away.add(reached.near.points)
