"""What is drawn, marked, passed, and what keeps a question from being published."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.quizzes import rules
from apps.quizzes.enums import AttemptState, QuestionKind
from apps.quizzes.rules import Answer, Draft, Drawn, QuizTerms
from tests.factories import AT

HALF_AN_HOUR = timedelta(minutes=30)


@dataclass(frozen=True)
class Candidate:
    """A question that may be drawn."""

    key: UUID


keys = st.integers(1, 40).map(lambda number: UUID(int=number))
randoms = st.integers(0, 2**32).map(Random)


@st.composite
def drawings(draw: st.DrawFn) -> list[Drawn]:
    """What an attempt drew: one to six questions of two to six options each, each marked right or wrong as its kind has it."""
    drawn = []
    for number in range(draw(st.integers(1, 6))):
        options = draw(st.permutations(range(number * 10, number * 10 + draw(st.integers(2, 6)))))
        kind = draw(st.sampled_from(QuestionKind.values))
        fewest, most = (1, 1) if kind == QuestionKind.SINGLE else (1, len(options) - 1)
        right = draw(st.frozensets(st.sampled_from(sorted(options)), min_size=fewest, max_size=most))
        drawn.append(Drawn(f"q-{number}", kind, tuple(options), right, draw(st.booleans())))
    return drawn


@st.composite
def answered(draw: st.DrawFn) -> tuple[list[Drawn], dict[str, frozenset[int]]]:
    """A drawing, and any answers that its form could send."""
    drawn = draw(drawings())
    chosen = {}
    for each in drawn:
        most = 1 if each.kind == QuestionKind.SINGLE else len(each.options)
        chosen[each.field] = draw(st.frozensets(st.sampled_from(sorted(each.options)), max_size=most))
    return drawn, chosen


class TestTerms:
    @pytest.mark.parametrize(
        ("deadline", "closes_at", "ends"),
        [
            (None, None, None),
            (HALF_AN_HOUR, None, AT + HALF_AN_HOUR),
            (None, AT + timedelta(days=3), AT + timedelta(days=3)),
            (HALF_AN_HOUR, AT + timedelta(days=3), AT + HALF_AN_HOUR),
            (HALF_AN_HOUR, AT + timedelta(minutes=5), AT + timedelta(minutes=5)),
        ],
    )
    def test_the_deadline_is_what_comes_first(
        self, deadline: timedelta | None, closes_at: datetime | None, ends: datetime | None
    ) -> None:
        assert QuizTerms("violation-type:V02", ("claims",), 3, 100, deadline, closes_at).deadline_from(AT) == ends

    def test_at_the_deadline_is_late(self) -> None:
        moments = (AT - timedelta(microseconds=1), AT, AT + timedelta(microseconds=1))
        assert [rules.is_late(AT, moment) for moment in moments] == [False, True, True]
        assert not rules.is_late(None, AT)


class TestDrawing:
    def test_too_few_are_refused_with_how_many_there_are(self) -> None:
        with pytest.raises(rules.TooFewQuestions, match="1 of 3 questions are ready"):
            rules.draw([Candidate(UUID(int=1))] * 3, {}, 3, Random(1))

    @given(
        st.lists(keys, min_size=1),
        st.dictionaries(keys, st.integers(0, 99).map(lambda days: AT + timedelta(days=days))),
        st.data(),
        randoms,
    )
    def test_never_repeats_and_takes_the_unseen_first_then_those_seen_longest_ago(
        self, candidates: list[UUID], seen: dict[UUID, datetime], data: st.DataObject, random: Random
    ) -> None:
        size = data.draw(st.integers(1, len(set(candidates))))
        drawn = [each.key for each in rules.draw([Candidate(key) for key in candidates], seen, size, random)]
        left = set(candidates) - set(drawn)
        assert len(drawn) == len(set(drawn)) == size
        assert set(drawn) <= set(candidates)
        if any(key in seen for key in drawn):
            assert left <= set(seen), "no unseen one is left out while a seen one is drawn"
        again = [seen[key] for key in drawn if key in seen]
        assert all(max(again) <= seen[key] for key in left) if again else True

    @given(st.lists(st.integers(), unique=True), randoms)
    def test_options_are_all_shown_once(self, options: list[int], random: Random) -> None:
        assert sorted(rules.order_options(options, random)) == sorted(options)


SINGLE = Drawn("q-1", QuestionKind.SINGLE, (3, 1, 2), frozenset({1}))
MULTIPLE = Drawn("q-2", QuestionKind.MULTIPLE, (6, 5, 4), frozenset({4, 5}))


class TestAnswers:
    def test_what_the_form_can_send_is_read(self) -> None:
        posted = {"q-1": ["3"], "q-2": ["3", "2"]}
        chosen = {"q-1": frozenset({2}), "q-2": frozenset({4, 5})}
        assert rules.check_answers([SINGLE, MULTIPLE], posted) == chosen

    @pytest.mark.parametrize("posted", [{}, {"q-1": []}])
    def test_a_missing_answer_is_none(self, posted: dict[str, list[str]]) -> None:
        assert rules.check_answers([SINGLE, MULTIPLE], posted) == {}

    @pytest.mark.parametrize(
        ("posted", "why"),
        [
            ({"q-3": ["1"]}, "weren't asked"),
            ({"q-1": ["0"]}, "isn't one that its question offers"),
            ({"q-1": ["4"]}, "isn't one that its question offers"),
            ({"q-1": ["seven"]}, "isn't one that its question offers"),
            ({"q-1": ["01"]}, "isn't one that its question offers"),
            ({"q-1": ["١"]}, "isn't one that its question offers"),
            ({"q-1": [""]}, "isn't one that its question offers"),
            ({"q-1": ["1", "1"]}, "answered twice"),
            ({"q-1": ["1", "2"]}, "answered twice"),
            ({"q-2": ["3", "3"]}, "answered twice"),
        ],
    )
    def test_what_it_cannot_send_is_refused_as_tampered(self, posted: dict[str, list[str]], why: str) -> None:
        with pytest.raises(rules.AnswerTampered, match=why) as refused:
            rules.check_answers([SINGLE, MULTIPLE], posted)
        assert refused.value.status == 400

    @settings(max_examples=40)
    @given(drawings(), st.dictionaries(st.from_regex(r"q-\d", fullmatch=True), st.lists(st.integers(-1, 60).map(str))))
    def test_whatever_comes_is_refused_or_answers_of_what_was_drawn(
        self, drawn: list[Drawn], posted: dict[str, list[str]]
    ) -> None:
        try:
            chosen = rules.check_answers(drawn, posted)
        except rules.AnswerTampered:
            return
        offered = {each.field: each.options for each in drawn}
        assert all(options <= set(offered[field]) for field, options in chosen.items())


class TestMarking:
    @pytest.mark.parametrize(
        ("picked", "is_right"),
        [([4, 5], True), ([4], False), ([4, 5, 6], False), ([6], False), ([], False)],
    )
    def test_several_right_answers_count_all_together_only(self, picked: list[int], is_right: bool) -> None:
        assert rules.mark([MULTIPLE], {"q-2": frozenset(picked)}).marks == (is_right,)

    def test_no_answer_is_wrong(self) -> None:
        assert rules.mark([SINGLE, MULTIPLE], {}).right == 0

    def test_a_void_question_is_right_whatever_was_answered(self) -> None:
        void = replace(SINGLE, is_void=True)
        assert rules.mark([void, SINGLE], {"q-1": frozenset({3})}).marks == (True, False)

    @settings(max_examples=40)
    @given(answered())
    def test_a_question_is_right_with_its_right_options_or_void(
        self, attempt: tuple[list[Drawn], dict[str, frozenset[int]]]
    ) -> None:
        drawn, chosen = attempt
        marks = rules.mark(drawn, chosen).marks
        assert marks == tuple(each.is_void or chosen[each.field] == each.right for each in drawn)

    @settings(max_examples=40)
    @given(answered(), st.data())
    def test_voiding_never_lowers(
        self, attempt: tuple[list[Drawn], dict[str, frozenset[int]]], data: st.DataObject
    ) -> None:
        drawn, chosen = attempt
        before = rules.mark(drawn, chosen)
        voided = [replace(each, is_void=each.is_void or data.draw(st.booleans())) for each in drawn]
        after = rules.mark(voided, chosen)
        assert all(now or not then for then, now in zip(before.marks, after.marks, strict=True))

    @given(st.integers(1, 20), st.integers(1, 100), st.data())
    def test_one_more_right_never_makes_it_worse(self, total: int, pass_mark: int, data: st.DataObject) -> None:
        right = data.draw(st.integers(0, total - 1))
        before = rules.state_for(right, total, pass_mark)
        after, state = rules.remark(right, 1, total, pass_mark)
        assert after == right + 1
        assert state == before or (before, state) == (AttemptState.FAILED, AttemptState.PASSED)

    @pytest.mark.parametrize(
        ("right", "total", "pass_mark", "is_enough"),
        [
            (3, 3, 100, True),
            (2, 3, 100, False),
            (2, 3, 66, True),
            (2, 3, 67, False),
            (7, 10, 70, True),
            (1, 100, 1, True),
            (0, 100, 1, False),
        ],
    )
    def test_the_pass_mark_is_reached_exactly(self, right: int, total: int, pass_mark: int, is_enough: bool) -> None:
        assert rules.passes(right, total, pass_mark) is is_enough


GOOD = Draft(
    prompt="Which price does the buyer see?",
    kind=QuestionKind.SINGLE,
    explanation="The anchor shows it.",
    answers=(Answer("The product page's", True), Answer("Mine", False)),
    is_cited=True,
    cited_section="",
    has_section=None,
    original=None,
)
SEVERAL = replace(GOOD, kind=QuestionKind.MULTIPLE)


class TestPublishing:
    @pytest.mark.parametrize("draft", [GOOD, SEVERAL, replace(GOOD, original=(True, False))])
    def test_a_whole_question_has_no_problem(self, draft: Draft) -> None:
        assert rules.problems_of(draft) == []
        rules.check_draft(draft)

    @pytest.mark.parametrize(
        ("draft", "field", "why"),
        [
            (replace(GOOD, prompt=" "), "prompt", "Write the question."),
            (replace(GOOD, explanation=""), "explanation", "Say why the right answer is right"),
            (replace(GOOD, is_cited=False), "cited_page", "Choose the page"),
            (replace(GOOD, has_section=False), "cited_section", "Name the section"),
            (replace(GOOD, has_section=False, cited_section="9.9"), "cited_section", "has no section 9.9"),
            (replace(GOOD, answers=GOOD.answers[:1]), "options", "two to six"),
            (replace(GOOD, answers=tuple(Answer(str(n), n == 1) for n in range(7))), "options", "two to six"),
            (replace(GOOD, answers=(*GOOD.answers, Answer(" mine", False))), "options", "are the same"),
            (replace(GOOD, answers=(*GOOD.answers, Answer("", False))), "options", "may be empty"),
            (replace(GOOD, answers=(*GOOD.answers, Answer("All", True))), "options", "exactly one"),
            (replace(GOOD, answers=(Answer("a", False), Answer("b", False))), "options", "exactly one"),
            (replace(SEVERAL, answers=(Answer("a", True), Answer("b", True))), "options", "at least one that isn't"),
            (replace(SEVERAL, answers=(Answer("a", False), Answer("b", False))), "options", "at least one answer"),
            (replace(GOOD, original=(False, True)), "options", "the same ones right"),
            (replace(GOOD, original=(True, False, False)), "options", "as many answers as the original"),
        ],
    )
    def test_what_is_missing_is_named_with_its_field(self, draft: Draft, field: str, why: str) -> None:
        problems = rules.problems_of(draft)
        assert [problem.field for problem in problems] == [field]
        assert why in str(problems[0])
        with pytest.raises(rules.QuestionUnready):
            rules.check_draft(draft)

    @given(
        st.lists(st.tuples(st.sampled_from("abc "), st.booleans()), max_size=8), st.sampled_from(QuestionKind.values)
    )
    def test_what_passes_can_be_answered_right_and_wrong(self, answers: list[tuple[str, bool]], kind: str) -> None:
        draft = replace(GOOD, kind=kind, answers=tuple(Answer(text, is_right) for text, is_right in answers))
        if not rules.problems_of(draft):
            options = tuple(range(len(answers)))
            right = frozenset(place for place, is_right in enumerate(draft.shape) if is_right)
            drawn = [Drawn("q-1", kind, options, right)]
            assert rules.mark(drawn, {"q-1": right}).right == 1
            assert any(rules.mark(drawn, {"q-1": frozenset({option})}).right == 0 for option in options)


@pytest.mark.parametrize("reason", ["", "  bad ", "x" * 301])
def test_a_reason_says_something_and_not_too_much(reason: str) -> None:
    with pytest.raises(rules.ReasonMissing):
        rules.check_reason(reason)
    assert rules.check_reason(" Two answers are right. ") == "Two answers are right."
