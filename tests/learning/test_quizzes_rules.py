"""The quiz of a course: how a person stands to it, when the next try may begin, how much of a course is done."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.learning import rules
from apps.learning.enums import NextAct, QuizState
from apps.quizzes.rules import passes
from tests.factories import AT

A, B = UUID(int=1), UUID(int=2)
TEN_MINUTES = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("asked", "passed", "completed", "state"),
    [
        (False, False, False, QuizState.NONE),
        (False, True, False, QuizState.NONE),  # passed, and then the editor took the quiz off
        (True, False, False, QuizState.OPEN),
        (True, True, False, QuizState.PASSED),  # lessons are left
        (True, True, True, QuizState.PASSED),
        (True, False, True, QuizState.NONE),  # finished before there was a quiz
    ],
)
def test_how_a_person_stands_to_a_quiz(asked: bool, passed: bool, completed: bool, state: QuizState) -> None:
    assert rules.quiz_state(asked=asked, passed=passed, completed=completed) is state


@pytest.mark.parametrize(
    ("failed_at", "pause", "expected"),
    [
        (None, TEN_MINUTES, None),
        (AT, TEN_MINUTES, AT + TEN_MINUTES),
        (AT - timedelta(minutes=4), TEN_MINUTES, AT + timedelta(minutes=6)),
        (AT - TEN_MINUTES, TEN_MINUTES, None),  # to the second
        (AT + timedelta(seconds=1), TEN_MINUTES, AT + timedelta(minutes=11)),  # a full minute, as it is told
        (AT + timedelta(seconds=59, microseconds=999_999), TEN_MINUTES, AT + timedelta(minutes=11)),
        (AT - TEN_MINUTES + timedelta(microseconds=1), TEN_MINUTES, AT + timedelta(minutes=1)),
        (AT - TEN_MINUTES - timedelta(seconds=1), TEN_MINUTES, None),  # that minute has come
        (AT + timedelta(seconds=30), timedelta(), None),
        (AT - timedelta(minutes=11), TEN_MINUTES, None),
        (AT, timedelta(), None),  # no pause is set
    ],
)
def test_from_when_the_next_try_may_begin(
    failed_at: datetime | None, pause: timedelta, expected: datetime | None
) -> None:
    assert rules.next_try_at(failed_at, pause, AT) == expected


@given(st.integers(1, 1440), st.integers(-3000, 3000))
def test_the_next_try_begins_later_than_now_and_no_later_than_the_pause(pause: int, since: int) -> None:
    opens_at = rules.next_try_at(AT - timedelta(minutes=since), timedelta(minutes=pause), AT)
    assert (opens_at is None) == (since >= pause)
    if opens_at is not None:
        assert AT < opens_at == AT + timedelta(minutes=pause - since)


def test_a_try_is_refused_after_a_pass_and_in_the_pause() -> None:
    rules.check_try(passed=False, next_at=None, way_on="/quiz/")
    with pytest.raises(rules.QuizPassed) as passed:
        rules.check_try(passed=True, next_at=AT, way_on="/quiz/")
    with pytest.raises(rules.QuizPaused) as paused:
        rules.check_try(passed=False, next_at=AT, way_on="/quiz/")
    assert (passed.value.status, passed.value.way_on) == (409, "/quiz/")
    assert (paused.value.status, paused.value.way_on) == (409, "/quiz/")
    assert paused.value.facts == {"time": AT}


@given(st.integers(1, 30), st.integers(1, 100))
def test_as_many_right_as_are_needed_pass_and_one_fewer_does_not(questions: int, pass_mark: int) -> None:
    needed = rules.right_needed(questions, pass_mark)
    assert 1 <= needed <= questions
    assert passes(needed, questions, pass_mark)
    assert not passes(needed - 1, questions, pass_mark)


@given(st.uuids())
def test_a_quiz_names_its_course(course: UUID) -> None:
    assert rules.course_of_quiz(rules.quiz_name(course)) == course


def test_a_quiz_of_another_app_names_none() -> None:
    assert rules.course_of_quiz("violation-type:V02") is None


@pytest.mark.parametrize(
    ("done", "completed", "quiz", "steps", "percent", "quiz_is_next"),
    [
        (set(), False, QuizState.OPEN, (0, 3), 0, False),
        ({A}, False, QuizState.OPEN, (1, 3), 33, False),
        ({A, B}, False, QuizState.OPEN, (2, 3), 66, True),
        ({A}, False, QuizState.PASSED, (2, 3), 66, False),  # the quiz first, a lesson is left
        ({A, B}, True, QuizState.PASSED, (3, 3), 100, False),
        ({A, B}, True, QuizState.NONE, (2, 2), 100, False),
    ],
)
def test_the_quiz_is_one_step_of_the_course(
    done: set[UUID], completed: bool, quiz: QuizState, steps: tuple[int, int], percent: int, quiz_is_next: bool
) -> None:
    progress = rules.progress_of([A, B], done, AT if completed else None, quiz)
    assert (progress.steps_done, progress.steps) == steps
    assert (progress.percent, progress.quiz_is_next) == (percent, quiz_is_next)


@pytest.mark.parametrize(
    ("enrolled", "undone", "completed", "quiz", "act"),
    [
        (False, 3, False, QuizState.OPEN, NextAct.ENROL),
        (True, 1, False, QuizState.OPEN, NextAct.CONTINUE),
        (True, 0, False, QuizState.OPEN, NextAct.QUIZ),
        (True, 0, False, QuizState.PASSED, NextAct.FINISH),  # the last open lesson was taken off
        (True, 0, False, QuizState.NONE, NextAct.FINISH),  # the quiz was taken off
        (True, 0, True, QuizState.PASSED, NextAct.AGAIN),
    ],
)
def test_a_course_offers_its_quiz_after_its_lessons(
    enrolled: bool, undone: int, completed: bool, quiz: QuizState, act: NextAct
) -> None:
    offered = rules.next_act(
        signed_in=True, enrolled=enrolled, lessons=3, undone=undone, completed=completed, quiz=quiz
    )
    assert offered is act
