"""What comes next, and how often one may write to staff."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.web import rules
from apps.web.enums import Step


@pytest.mark.parametrize(
    ("possible", "first"),
    [
        (set(), Step.CATALOGUE),
        ({Step.CATALOGUE}, Step.CATALOGUE),
        ({Step.COURSE, Step.CATALOGUE}, Step.COURSE),
        # A new person: the route decides which courses suit.
        ({Step.ROUTE, Step.COURSE, Step.CATALOGUE}, Step.ROUTE),
        # Who is in a course goes on, route or not.
        ({Step.CONTINUE, Step.ROUTE, Step.COURSE, Step.CATALOGUE}, Step.CONTINUE),
        ({Step.CONTINUE, Step.FINISH}, Step.CONTINUE),
        # A certificate that waits comes before more to read, and both before something new.
        ({Step.FINISH, Step.RENEWED, Step.ROUTE, Step.COURSE}, Step.FINISH),
        ({Step.RENEWED, Step.ROUTE, Step.COURSE, Step.CATALOGUE}, Step.RENEWED),
    ],
)
def test_what_is_first(possible: set[Step], first: Step) -> None:
    assert rules.first_step(possible) == first


@given(st.sets(st.sampled_from(Step), min_size=1))
def test_the_first_step_is_one_that_is_possible(possible: set[Step]) -> None:
    assert rules.first_step(possible) in possible


@pytest.mark.parametrize(("recent", "of_all"), [(5, 5), (0, 300), (9, 999)])
def test_too_many_questions_are_refused(recent: int, of_all: int) -> None:
    with pytest.raises(rules.TooManyQuestions):
        rules.check_pace(recent, of_all)


@pytest.mark.parametrize(("recent", "of_all"), [(0, 0), (4, 299)])
def test_a_few_questions_are_welcome(recent: int, of_all: int) -> None:
    rules.check_pace(recent, of_all)
