"""Where balance and rungs stand on the line."""

import pytest

from apps.compliance.rules.gauge import gauge_of
from apps.compliance.rules.programme import default_preset, rating_preset

POINTS, RATING = default_preset("Asia/Jakarta"), rating_preset("Asia/Jakarta")


@pytest.mark.parametrize(("balance", "filled"), [(0, "0.00"), (9, "17.36"), (48, "92.59"), (60, "100.00")])
def test_points_fill_the_line(balance: int, filled: str) -> None:
    assert gauge_of(POINTS, balance).filled == filled


def test_beyond_the_last_rung_the_line_is_as_long_as_the_balance() -> None:
    assert [mark.place for mark in gauge_of(POINTS, 96).marks] == ["6.25", "12.50", "25.00", "37.50", "50.00"]


@pytest.mark.parametrize(("balance", "filled"), [(0, "100.00"), (50, "75.00"), (200, "0.00"), (230, "0.00")])
def test_a_rating_empties_it(balance: int, filled: str) -> None:
    assert gauge_of(RATING, balance).filled == filled


def test_the_rungs_of_a_rating_fall() -> None:
    marks = gauge_of(RATING, 120).marks
    assert [(mark.shown, mark.place) for mark in marks] == [(150, "75.00"), (100, "50.00"), (50, "25.00"), (0, "0.00")]
    assert [mark.is_reached for mark in marks] == [True, True, False, False]
    assert [mark.is_restricting for mark in marks] == [False, True, True, True]
