"""The settings of a programme: defaults, presets, versions, and what the policy team may type."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.enums import Region
from apps.compliance.enums import Action, CapPeriod, CapScope, Scale
from apps.compliance.rules import programme as rules
from apps.compliance.rules.programme import Cap, Milestone, Programme, RepeatRule
from tests.compliance import JAKARTA, LOS_ANGELES, local

DEFAULT = rules.preset_for(Region.INDONESIA)


def typed(**changes: object) -> dict[str, Any]:
    """The default programme as JSON, with some settings changed."""
    return json.loads(json.dumps(rules.programme_data(DEFAULT))) | changes


def faults(given: dict[str, Any]) -> dict[str, str]:
    """What is refused, field by field."""
    with pytest.raises(rules.ProgrammeRefused) as refused:
        rules.read_programme(given)
    assert refused.value.status == 422
    return {fault.field: fault.reason % fault.facts for fault in refused.value.faults}


class TestDefaults:
    def test_each_region_has_its_zone(self) -> None:
        assert rules.preset_for(Region.INDONESIA).zone == JAKARTA
        assert rules.preset_for(Region.UNITED_STATES).zone == LOS_ANGELES

    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("scale", Scale.POINTS),
            ("questions_per_attempt", 3),
            ("pass_mark", 100),
            ("points_per_pass", 1),
            ("attempt_cap", Cap(3, CapScope.QUIZ, CapPeriod.MONTH)),
            ("credit_cap", Cap(3, CapScope.QUIZ, CapPeriod.MONTH)),
            ("expiry_days", 90),
            ("appeal_days", 30),
            ("appeal_max", 2),
            ("quiz_during_appeal", True),
            ("repeat_rule", RepeatRule(warn_at=4, flag_at=6, days=90)),
            ("warn_within", 3),
        ],
    )
    def test_as_the_specification_says(self, setting: str, value: object) -> None:
        assert getattr(DEFAULT, setting) == value

    def test_the_ladder(self) -> None:
        assert [(rung.points, rung.days, rung.is_restricting) for rung in DEFAULT.milestones] == [
            (6, None, False),
            (12, 7, True),
            (24, 14, True),
            (36, 28, True),
            (48, None, True),
        ]
        assert DEFAULT.milestones[2].actions == (Action.NO_PROMOTION_PLANS, Action.NO_LIVE)

    def test_staff_review_alone_takes_nothing_from_the_seller(self) -> None:
        assert not Milestone(6, (Action.STAFF_REVIEW, Action.NOTICE)).is_restricting


class TestPresets:
    def test_there_are_three(self) -> None:
        assert list(rules.PRESETS) == ["default", "rolling-30", "rating"]

    def test_rolling_30_gives_one_point_per_quiz_in_thirty_days_and_any_number_of_tries(self) -> None:
        preset = rules.preset_for(Region.INDONESIA, "rolling-30")
        assert preset.credit_cap == Cap(1, CapScope.QUIZ, CapPeriod.ROLLING, days=30)
        assert preset.attempt_cap is None
        assert replace(preset, credit_cap=DEFAULT.credit_cap, attempt_cap=DEFAULT.attempt_cap) == DEFAULT

    def test_rating_falls_from_200_and_its_points_last_180_days(self) -> None:
        preset = rules.preset_for(Region.INDONESIA, "rating")
        assert [preset.shown(balance) for balance in (0, 9, 50)] == [200, 191, 150]
        assert [preset.shown(rung.points) for rung in preset.milestones] == [150, 100, 50, 0]
        assert preset.expiry_days == 180

    def test_a_rating_goes_on_falling_below_0(self) -> None:
        assert rules.preset_for(Region.INDONESIA, "rating").shown(205) == -5

    def test_points_are_shown_as_they_are(self) -> None:
        assert [DEFAULT.shown(balance) for balance in (0, 9, 50)] == [0, 9, 50]

    @pytest.mark.parametrize("name", rules.PRESETS)
    @pytest.mark.parametrize("region", Region)
    def test_each_can_be_kept_and_read_again(self, name: str, region: Region) -> None:
        preset = rules.preset_for(region, name)
        assert rules.read_programme(json.loads(json.dumps(rules.programme_data(preset)))) == preset


class TestNextMilestone:
    @pytest.mark.parametrize(
        ("balance", "points"), [(0, 6), (5, 6), (6, 12), (11, 12), (47, 48), (48, None), (99, None)]
    )
    def test_it_is_the_lowest_rung_above(self, balance: int, points: int | None) -> None:
        rung = DEFAULT.next_milestone(balance)
        assert (rung and rung.points) == points


class TestVersions:
    FIRST = rules.Version(1, local("2026-01-01 00:00"), DEFAULT)
    SECOND = rules.Version(2, local("2026-06-01 00:00"), replace(DEFAULT, pass_mark=60))
    CORRECTED = rules.Version(3, local("2026-06-01 00:00"), replace(DEFAULT, pass_mark=70))

    @pytest.mark.parametrize(
        ("text", "number"),
        [("2025-01-01 00:00", 1), ("2026-05-31 23:59", 1), ("2026-06-01 00:00", 3), ("2027-01-01 00:00", 3)],
    )
    def test_the_latest_that_is_effective_holds(self, text: str, number: int) -> None:
        versions = [self.CORRECTED, self.FIRST, self.SECOND]
        assert rules.version_in_force(versions, local(text)).number == number

    def test_a_version_takes_effect_at_its_instant_and_not_before(self) -> None:
        at = self.SECOND.effective_from
        versions = [self.FIRST, self.SECOND]
        assert rules.version_in_force(versions, at - timedelta(microseconds=1)) == self.FIRST
        assert rules.version_in_force(versions, at) == self.SECOND

    def test_no_region_is_without(self) -> None:
        with pytest.raises(ValueError, match="without a programme"):
            rules.version_in_force([], local("2026-06-01 00:00"))


class TestWhatIsTyped:
    @pytest.mark.parametrize(
        ("changes", "field", "reason"),
        [
            ({"zone": "Asia/Atlantis"}, "zone", "Asia/Atlantis is no time zone."),
            ({"zone": "../etc/passwd"}, "zone", "../etc/passwd is no time zone."),
            ({"scale": "stars"}, "scale", "Choose one of: points, rating."),
            ({"questions_per_attempt": 0}, "questions_per_attempt", "Give a whole number from 1 to 20."),
            ({"questions_per_attempt": 21}, "questions_per_attempt", "Give a whole number from 1 to 20."),
            ({"pass_mark": 0}, "pass_mark", "Give a whole number from 1 to 100."),
            ({"pass_mark": 101}, "pass_mark", "Give a whole number from 1 to 100."),
            ({"pass_mark": "100"}, "pass_mark", "Give a whole number from 1 to 100."),
            ({"pass_mark": True}, "pass_mark", "Give a whole number from 1 to 100."),
            ({"points_per_pass": -1}, "points_per_pass", "Give a whole number from 0 to 1000."),
            ({"expiry_days": 0}, "expiry_days", "Give a whole number from 1 to 730."),
            ({"expiry_days": 731}, "expiry_days", "Give a whole number from 1 to 730."),
            ({"quiz_during_appeal": "no"}, "quiz_during_appeal", "Say yes or no."),
            ({"attempt_cap": 3}, "attempt_cap", "This is no object with fields."),
            ({"attempt_cap": {"limit": 0, "scope": "quiz", "period": "month"}}, "attempt_cap.limit", "Give a whole number from 1 to 1000."),
            ({"attempt_cap": {"limit": 1, "scope": "shop", "period": "month"}}, "attempt_cap.scope", "Choose one of: account, quiz, violation."),
            ({"credit_cap": {"limit": 1, "scope": "quiz", "period": "rolling"}}, "credit_cap.days", "Give a whole number from 1 to 730."),
            ({"credit_cap": {"limit": 1, "scope": "quiz", "period": "month", "days": 3}}, "credit_cap.days", "Days are for rolling periods only."),
            ({"repeat_rule": {"warn_at": 4, "flag_at": 4, "days": 90}}, "repeat_rule.flag_at", "Give a whole number from 5 to 1000."),
            ({"milestones": []}, "milestones", "Give from 1 to 20 milestones."),
            ({"milestones": [{"points": 6, "actions": []}]}, "milestones.0.actions", None),
            ({"milestones": [{"points": 6, "actions": ["fine"]}]}, "milestones.0.actions", None),
            ({"milestones": [{"points": 6, "actions": [["notice"]]}]}, "milestones.0.actions", None),
            ({"milestones": [{"points": 6, "actions": ["notice"], "days": 3}]}, "milestones.0.days", "Only what restricts the seller lasts for days."),
            ({"milestones": ["six"]}, "milestones.0", "This is no object with fields."),
            ({"colour": "red"}, "colour", "There is no such field."),
        ],
    )  # fmt: skip
    def test_what_is_refused(self, changes: dict[str, Any], field: str, reason: str | None) -> None:
        found = faults(typed(**changes))
        assert list(found) == [field]
        assert reason is None or found[field] == reason

    @pytest.mark.parametrize("points", [(6, 6), (12, 6)])
    def test_a_ladder_rises(self, points: tuple[int, int]) -> None:
        rungs = [{"points": each, "actions": ["notice"], "days": None} for each in points]
        found = faults(typed(milestones=rungs))
        assert found == {"milestones.1.points": "Milestones rise: give more points than the one before has."}

    def test_a_rating_has_no_rung_below_0(self) -> None:
        found = faults(typed(scale="rating", start_score=40))
        assert found == {"milestones.4.points": "A rating falls from 40 to 0: give at most 40 points."}

    def test_every_fault_is_told_at_once(self) -> None:
        assert set(faults(typed(zone="", pass_mark=0, expiry_days="never"))) == {"zone", "pass_mark", "expiry_days"}

    @pytest.mark.parametrize("name", typed())
    def test_a_setting_that_is_missing_is_not_guessed(self, name: str) -> None:
        given = typed()
        del given[name]
        assert set(faults(given)) == {name}

    @pytest.mark.parametrize("name", rules.MAY_BE_NONE)
    def test_what_there_may_be_none_of(self, name: str) -> None:
        assert getattr(rules.read_programme(typed(**{name: None})), name) is None

    @given(
        st.dictionaries(
            st.sampled_from([*typed(), "other"]),
            st.recursive(
                st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=5),
                lambda inside: (
                    st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(["points", "limit"]), inside)
                ),
                max_leaves=6,
            ),
        )
    )
    def test_whatever_is_typed_makes_a_programme_or_is_refused(self, changes: dict[str, Any]) -> None:
        try:
            read = rules.read_programme(typed(**changes))
        except rules.ProgrammeRefused as refused:
            assert all(fault.reason % fault.facts for fault in refused.faults)
        else:
            assert isinstance(read, Programme)
            points = [rung.points for rung in read.milestones]
            assert points == sorted(set(points))
