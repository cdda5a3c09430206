"""How far a person is, when a course is finished, where to go on."""

import contextlib
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.learning import rules
from apps.learning.enums import NextAct
from tests.factories import AT

A, B, C, D = (UUID(int=number) for number in range(1, 5))

keys = st.integers(1, 9).map(lambda number: UUID(int=number))
courses = st.lists(keys, max_size=8, unique=True)
sets = st.frozensets(keys)


class TestProgress:
    @pytest.mark.parametrize(
        ("lessons", "done", "completed_at", "expected", "percent"),
        [
            ([A, B, C], set(), None, rules.Progress(0, 3, False, 0), 0),
            ([A, B, C], {A}, None, rules.Progress(1, 3, False, 0), 33),
            ([A, B, C], {A, B}, None, rules.Progress(2, 3, False, 0), 66),
            ([A, B, C], {A, B, C}, AT, rules.Progress(3, 3, True, 0), 100),
            # An editor added D after the person had finished: still finished, one lesson is new.
            ([A, B, C, D], {A, B, C}, AT, rules.Progress(3, 4, True, 1), 75),
            # Lesson A left the course: what was done of it doesn't count here any more.
            ([B, C], {A, B}, None, rules.Progress(1, 2, False, 0), 50),
            ([], {A}, None, rules.Progress(0, 0, False, 0), 0),
            ([], {A}, AT, rules.Progress(0, 0, True, 0), 0),
        ],
    )
    def test_worked_cases(
        self, lessons: list[UUID], done: set[UUID], completed_at: object, expected: rules.Progress, percent: int
    ) -> None:
        progress = rules.progress_of(lessons, done, completed_at)
        assert progress == expected
        assert progress.percent == percent

    @given(courses, sets, st.booleans())
    def test_it_adds_up(self, lessons: list[UUID], done: frozenset[UUID], completed: bool) -> None:
        progress = rules.progress_of(lessons, done, AT if completed else None)
        assert 0 <= progress.done <= progress.total == len(lessons)
        assert 0 <= progress.percent <= 100
        assert (progress.percent == 100) == rules.finishes_course(lessons, done)
        assert progress.completed is completed
        assert progress.new_lessons == (progress.total - progress.done if completed else 0)

    @given(courses, sets, keys)
    def test_doing_one_more_lesson_never_takes_progress_back(
        self, lessons: list[UUID], done: frozenset[UUID], one: UUID
    ) -> None:
        before = rules.progress_of(lessons, done, None)
        after = rules.progress_of(lessons, done | {one}, None)
        assert after.done - before.done == int(one in lessons and one not in done)


class TestFinishesCourse:
    @pytest.mark.parametrize(
        ("lessons", "done", "finished"),
        [([A, B], {A, B}, True), ([A, B], {A, B, C}, True), ([A, B], {A}, False), ([], set(), False), ([], {A}, False)],
    )
    def test_worked_cases(self, lessons: list[UUID], done: set[UUID], finished: bool) -> None:
        assert rules.finishes_course(lessons, done) is finished


class TestNextLesson:
    @pytest.mark.parametrize(
        ("done", "last_read", "expected"),
        [
            (set(), None, A),
            ({A}, A, B),
            (set(), B, B),  # stopped in the middle: there one goes on, though A is open
            ({B}, B, C),  # the first undone after the one just done
            ({B, C}, C, A),  # nothing left behind it: back to what was passed over
            ({A, B, C}, C, None),
            ({A}, D, B),  # the lesson last read left the course
        ],
    )
    def test_worked_cases(self, done: set[UUID], last_read: UUID | None, expected: UUID | None) -> None:
        assert rules.next_lesson([A, B, C], done, last_read) == expected

    def test_a_course_without_lessons_leads_nowhere(self) -> None:
        assert rules.next_lesson([], set(), A) is None

    @given(courses, sets, st.none() | keys)
    def test_it_leads_to_an_open_lesson_of_the_course_while_there_is_one(
        self, lessons: list[UUID], done: frozenset[UUID], last_read: UUID | None
    ) -> None:
        key = rules.next_lesson(lessons, done, last_read)
        undone = [each for each in lessons if each not in done]
        assert (key in undone) if undone else (key is None)

    @given(courses, st.none() | keys)
    def test_following_it_finishes_the_course_in_as_many_steps_as_it_has_lessons(
        self, lessons: list[UUID], last_read: UUID | None
    ) -> None:
        done: set[UUID] = set()
        while (key := rules.next_lesson(lessons, done, last_read)) is not None:
            assert key not in done
            done.add(key)
            last_read = key
        assert done == set(lessons)


@pytest.mark.parametrize(
    ("signed_in", "enrolled", "lessons", "undone", "completed", "act"),
    [
        (False, False, 3, 3, False, NextAct.SIGN_IN),
        (True, False, 3, 3, False, NextAct.ENROL),
        (True, False, 3, 0, False, NextAct.ENROL),
        (True, True, 3, 2, False, NextAct.CONTINUE),
        (True, True, 3, 1, True, NextAct.CONTINUE),
        (True, True, 3, 0, False, NextAct.FINISH),
        (True, True, 3, 0, True, NextAct.AGAIN),
        (False, False, 0, 0, False, NextAct.NONE),
        (True, True, 0, 0, False, NextAct.NONE),
    ],
)
def test_a_course_offers_exactly_one_thing(
    signed_in: bool, enrolled: bool, lessons: int, undone: int, completed: bool, act: NextAct
) -> None:
    offered = rules.next_act(
        signed_in=signed_in, enrolled=enrolled, lessons=lessons, undone=undone, completed=completed
    )
    assert offered is act


@given(st.uuids())
def test_a_place_is_the_id_of_a_block(block: UUID) -> None:
    assert rules.check_place(str(block).upper()) == str(block)


@pytest.mark.parametrize("block", ["", "top", "b-1", "0" * 31, "<script>"])
def test_another_place_is_refused(block: str) -> None:
    with pytest.raises(rules.PlaceUnknown, match="unknown"):
        rules.check_place(block)


@given(st.text(max_size=60))
def test_whatever_is_sent_as_a_place_is_an_id_or_refused(block: str) -> None:
    with contextlib.suppress(rules.PlaceUnknown):
        assert len(rules.check_place(block)) == 36


def test_a_reason_is_trimmed() -> None:
    assert rules.check_reason("  Given twice. ") == "Given twice."


@pytest.mark.parametrize("reason", ["", "    ", "no", " why \n"])
def test_a_reason_that_says_nothing_is_refused(reason: str) -> None:
    with pytest.raises(rules.ReasonMissing, match="holder can understand"):
        rules.check_reason(reason)
