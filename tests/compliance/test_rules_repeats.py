"""When repeating one type of violation is pointed out."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.compliance.enums import RepeatLevel
from apps.compliance.rules.programme import RepeatRule
from apps.compliance.rules.repeats import level_of, risen_to
from tests.compliance import JAKARTA, local

RULE = RepeatRule()
NOW = local("2026-05-20 12:00")

NONE, WARNED, FLAGGED = RepeatLevel.NONE, RepeatLevel.WARNED, RepeatLevel.FLAGGED


def risen(earlier: Sequence[int], new: int = 0, rule: RepeatRule | None = RULE) -> RepeatLevel:
    """What a violation of so many days ago leads to after others of so many days ago."""
    issued = [NOW - timedelta(days=days) for days in earlier]
    return risen_to(rule, issued, NOW - timedelta(days=new), zone=JAKARTA, at=NOW)


@pytest.mark.parametrize(
    ("earlier", "level"),
    [
        ([], NONE),
        ([5, 6], NONE),
        ([5, 6, 7], WARNED),  # the fourth
        ([5, 6, 7, 8], NONE),  # the fifth: warned already
        ([5, 6, 7, 8, 9], FLAGGED),  # the sixth
        ([5, 6, 7, 8, 9, 10], NONE),
        ([5, 6, 90], NONE),  # one of 90 days ago is out
        ([5, 6, 89], WARNED),
    ],
)
def test_warn_at_four_and_flag_at_six_in_ninety_days(earlier: list[int], level: RepeatLevel) -> None:
    assert risen(earlier) == level


def test_one_that_comes_too_late_to_count_leads_to_nothing() -> None:
    assert risen([5, 6, 7], new=100) == NONE


def test_one_that_comes_late_but_counts_leads_to_a_warning() -> None:
    assert risen([5, 6, 7], new=60) == WARNED


def test_a_programme_may_have_no_such_rule() -> None:
    assert risen([1, 2, 3, 4, 5, 6], rule=None) == NONE


def test_the_level_falls_as_days_go_by() -> None:
    issued = [NOW - timedelta(days=days) for days in (80, 81, 82, 83)]
    assert level_of(RULE, issued, zone=JAKARTA, at=NOW) == WARNED
    assert level_of(RULE, issued, zone=JAKARTA, at=NOW + timedelta(days=8)) == NONE


@given(st.lists(st.integers(0, 120), max_size=10))
def test_each_level_is_told_once_on_the_way_up(days: list[int]) -> None:
    ages = sorted(days, reverse=True)
    told = [risen(ages[:place], new) for place, new in enumerate(ages)]
    counted = sum(age < 90 for age in days)
    assert [level for level in told if level != NONE] == [WARNED, FLAGGED][: (counted >= 4) + (counted >= 6)]
