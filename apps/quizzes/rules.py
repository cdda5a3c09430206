"""What is drawn, when an answer is right, when an attempt is passed: plain functions over values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Protocol, TypeVar
from uuid import UUID

from apps.core import rules as core
from apps.core.rules import Refusal, StateMachine, gettext_noop
from apps.quizzes.enums import AttemptState, QuestionKind, VersionState

FEWEST_OPTIONS, MOST_OPTIONS = 2, 6
READY_AT_LEAST = 9
"""How many ready questions a bank should have: three times the three of a policy quiz (the policy programme)."""
SHORTEST_REASON, LONGEST_REASON = 5, 300
FIELD_PREFIX = "q-"
QUIZ_FIRST = gettext_noop("You have a quiz open that asks the same questions. Submit your quiz first.")


class TooFewQuestions(Refusal):
    """The banks hold fewer ready questions than the quiz asks."""


class QuizFirst(Refusal):
    """Practice would explain questions that stand in a quiz which the person has open in earnest."""


class BankUnknown(Refusal):
    """The quiz names a bank that there isn't."""


class AttemptLate(Refusal):
    """Submitted at the deadline or after it: the attempt has lapsed."""


class AttemptClosed(Refusal):
    """The attempt was closed without counting."""


class AttemptOpen(Refusal):
    """There is no result yet, and no answer is shown before there is one."""


class AnswerTampered(Refusal):
    """What came is no answer that the form could have sent."""

    status = 400


class QuestionUnready(Refusal):
    """The question lacks something; `field` is where: a field's name, or "options" for the answers."""

    status = 422

    @property
    def field(self) -> str:
        """Beside which field it stands."""
        return str(self.facts["field"])


class VersionVoid(Refusal):
    """The version was voided before."""


class ReasonMissing(Refusal):
    """A version isn't voided without saying why."""

    status = 422


class QuestionInUse(Refusal):
    """A question with versions is retired, never deleted."""


# --- Terms -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class QuizTerms:
    """What the app with the stakes decides of an attempt; all of it is pinned on the attempt at its start.

    `quiz` is that app's own key, `bank_codes` from which banks, `size` how many questions, `pass_mark` in percent
    (1 to 100). Where `only` names questions, by their identities, no others are asked.
    It ends `deadline` after its start and at `closes_at`, whichever comes first; None means no such end.
    """

    quiz: str
    bank_codes: tuple[str, ...]
    size: int
    pass_mark: int
    deadline: timedelta | None = None
    closes_at: datetime | None = None
    only: frozenset[UUID] | None = None

    def deadline_from(self, start: datetime) -> datetime | None:
        """The instant at which an attempt that starts now is too late; None for never."""
        ends = [start + self.deadline] if self.deadline is not None else []
        return min([*ends, *([self.closes_at] if self.closes_at is not None else [])], default=None)


# --- Drawing ---------------------------------------------------------------------------------------------


class HasKey(Protocol):
    """What has the identity of a question."""

    @property
    def key(self) -> UUID:
        """The question, over all languages and versions."""


Candidate = TypeVar("Candidate", bound=HasKey)
Option = TypeVar("Option")


def draw(candidates: Sequence[Candidate], seen: Mapping[UUID, datetime], size: int, random: Random) -> list[Candidate]:
    """So many questions, each once, in an order of chance: the unseen first, then those seen longest ago.

    `seen` says when the person last got a question. Refused where there are fewer than asked for.
    """
    each_once = list({candidate.key: candidate for candidate in candidates}.values())
    if len(each_once) < size:
        raise TooFewQuestions(
            gettext_noop("This quiz is being written: %(ready)s of %(size)s questions are ready. Come back soon."),
            ready=len(each_once),
            size=size,
        )
    random.shuffle(each_once)
    unseen = [candidate for candidate in each_once if candidate.key not in seen]
    again = sorted((each for each in each_once if each.key in seen), key=lambda each: seen[each.key])
    drawn = (unseen + again)[:size]
    random.shuffle(drawn)
    return drawn


def leave_out(candidates: Sequence[Candidate], asked: Collection[UUID], size: int) -> list[Candidate]:
    """The candidates but for those that are `asked` in earnest now; refused where only those make too few."""
    left = [candidate for candidate in candidates if candidate.key not in asked]
    if len(left) < size <= len(candidates):
        raise QuizFirst(QUIZ_FIRST)
    return left


def check_not_asked(drawn: Iterable[UUID], asked: Collection[UUID]) -> None:
    """Refuse to explain the drawn questions of practice while one of them is `asked` in earnest."""
    if any(key in asked for key in drawn):
        raise QuizFirst(QUIZ_FIRST)


def order_options(options: Sequence[Option], random: Random) -> list[Option]:
    """The options in an order of chance."""
    return random.sample(list(options), len(options))


# --- Answers and marks -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Drawn:
    """One drawn question as it is marked: `field` names it in the form; `options` are ids, in the order shown."""

    field: str
    kind: str
    options: tuple[int, ...]
    right: frozenset[int]
    is_void: bool = False


@dataclass(frozen=True)
class Marking:
    """Which of the drawn questions, in their order, were answered right."""

    marks: tuple[bool, ...]

    @property
    def right(self) -> int:
        """How many."""
        return sum(self.marks)


Chosen = Mapping[str, frozenset[int]]


def answers_in(posted: Iterable[tuple[str, Sequence[str]]]) -> dict[str, list[str]]:
    """The answers among all that a form sent (`request.POST.lists()`); what isn't named like one is left out.

    >>> answers_in([("q-7", ["3"]), ("csrfmiddlewaretoken", ["x"])])
    {'q-7': ['3']}
    """
    return {name: list(values) for name, values in posted if name.startswith(FIELD_PREFIX)}


def check_answers(drawn: Sequence[Drawn], posted: Mapping[str, Sequence[str]]) -> Chosen:
    """What was chosen, by field; a question without an answer is left out.

    Refused as tampered: a question that wasn't drawn, an option that isn't one of its question, an option twice, more
    than one option of a question that has one right answer.
    """
    by_field = {question.field: question for question in drawn}
    if set(posted) - set(by_field):
        raise AnswerTampered(gettext_noop("One of the answers belongs to a question that you weren't asked."))
    return {field: check_options(by_field[field], values) for field, values in posted.items() if values}


def places_of(options: Sequence[int]) -> dict[str, int]:
    """The options by the places where they are shown, which is what a form calls them.

    >>> places_of([31, 29, 30])
    {'1': 31, '2': 29, '3': 30}
    """
    return {str(place): option for place, option in enumerate(options, start=1)}


def check_options(question: Drawn, values: Sequence[str]) -> frozenset[int]:
    """The options chosen of one question, given by their places."""
    by_place = places_of(question.options)
    if any(value not in by_place for value in values):
        raise AnswerTampered(gettext_noop("One of the answers isn't one that its question offers."))
    if len(set(values)) < len(values) or (question.kind == QuestionKind.SINGLE and len(values) > 1):
        raise AnswerTampered(gettext_noop("One of the questions was answered twice."))
    return frozenset(by_place[value] for value in values)


def mark(drawn: Sequence[Drawn], chosen: Chosen) -> Marking:
    """Each question is right with exactly its right options, no more and no fewer; unanswered is wrong.

    A voided question counts as right whatever was answered.
    """
    return Marking(tuple(each.is_void or chosen.get(each.field, frozenset()) == each.right for each in drawn))


def passes(right: int, total: int, pass_mark: int) -> bool:
    """Whether so many right answers reach the pass mark, in percent of all.

    >>> passes(2, 3, 66), passes(2, 3, 67)
    (True, False)
    """
    return right * 100 >= pass_mark * total


def state_for(right: int, total: int, pass_mark: int) -> AttemptState:
    """How an attempt with so many right answers ends."""
    return AttemptState.PASSED if passes(right, total, pass_mark) else AttemptState.FAILED


def remark(right: int, gained: int, total: int, pass_mark: int) -> tuple[int, AttemptState]:
    """How many are right, and how the attempt ends, once so many that were wrong count as right: never lower.

    >>> remark(1, 1, 3, 60)
    (2, <AttemptState.PASSED: 'passed'>)
    """
    return right + gained, state_for(right + gained, total, pass_mark)


def check_counts(state: str, reason: str = "") -> None:
    """Refuse an attempt that ended without a mark; `reason` is the one with which it was closed."""
    if state == AttemptState.LAPSED:
        raise AttemptLate(gettext_noop("The time for this quiz was up before your answers came."))
    if state == AttemptState.SUPERSEDED:
        unexplained = gettext_noop("This quiz has changed since you began. This try doesn't count.")
        raise AttemptClosed(reason or unexplained)


def is_late(deadline_at: datetime | None, at: datetime) -> bool:
    """Whether the deadline has come; at the deadline is late."""
    return deadline_at is not None and at >= deadline_at


# --- Questions -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """An option as it is written."""

    text: str
    is_right: bool


@dataclass(frozen=True)
class Draft:
    """A question as it stands before it is published.

    `has_section` says whether the cited page has the cited section: None where the page has no numbered sections.
    `original` is how the version of the site's first language has its right answers, None where this is that language
    or has no such version.
    """

    prompt: str
    kind: str
    explanation: str
    answers: tuple[Answer, ...]
    is_cited: bool
    cited_section: str
    has_section: bool | None
    original: tuple[bool, ...] | None

    @property
    def shape(self) -> tuple[bool, ...]:
        """Which answers are right, in their order."""
        return tuple(answer.is_right for answer in self.answers)


def problems_of(draft: Draft) -> list[QuestionUnready]:
    """All that keeps a question from being published, each with the field that it stands beside."""
    return [*_problems_of_text(draft), *_problems_of_answers(draft), *_problems_of_citation(draft)]


def check_draft(draft: Draft) -> None:
    """Refuse to publish a question that lacks something, with the first thing that it lacks."""
    for problem in problems_of(draft):
        raise problem


def _problems_of_text(draft: Draft) -> list[QuestionUnready]:
    """What is asked, and why the answer is right, are given."""
    found = []
    if not draft.prompt.strip():
        found.append(QuestionUnready(gettext_noop("Write the question."), field="prompt"))
    if not draft.explanation.strip():
        reason = gettext_noop("Say why the right answer is right: everyone reads it after answering.")
        found.append(QuestionUnready(reason, field="explanation"))
    return found


def _problems_of_answers(draft: Draft) -> list[QuestionUnready]:
    """Two to six answers, no two alike, and right ones as the kind has them."""
    texts = [answer.text.strip().casefold() for answer in draft.answers]
    right = sum(draft.shape)
    reasons = {
        gettext_noop("Give two to six answers."): not FEWEST_OPTIONS <= len(texts) <= MOST_OPTIONS,
        gettext_noop("No answer may be empty."): not all(texts),
        gettext_noop("Two answers are the same."): len(set(texts)) < len(texts),
    }
    if draft.kind == QuestionKind.SINGLE:
        reasons[gettext_noop("Mark exactly one answer as right, or let the question have several.")] = right != 1
    else:
        reason = gettext_noop("Mark at least one answer as right, and leave at least one that isn't.")
        reasons[reason] = not 0 < right < len(texts)
    if draft.original is not None:
        reason = gettext_noop("A translation has as many answers as the original, with the same ones right.")
        reasons[reason] = draft.shape != draft.original
    return [QuestionUnready(reason, field="options") for reason, is_wrong in reasons.items() if is_wrong]


def _problems_of_citation(draft: Draft) -> list[QuestionUnready]:
    """A page, and where it has numbered sections, one that it has."""
    if not draft.is_cited:
        return [QuestionUnready(gettext_noop("Choose the page that explains the answer."), field="cited_page")]
    if draft.has_section is False and not draft.cited_section:
        reason = gettext_noop("Name the section of the policy, such as 2.1.")
        return [QuestionUnready(reason, field="cited_section")]
    if draft.has_section is False:
        reason = gettext_noop("That page has no section %(section)s.")
        return [QuestionUnready(reason, field="cited_section", section=draft.cited_section)]
    return []


def check_reason(reason: str) -> str:
    """Why a version is voided, in 5 to 300 characters."""
    missing = gettext_noop("Say what is wrong with the question.")
    return core.check_reason(
        reason, shortest=SHORTEST_REASON, longest=LONGEST_REASON, missing=missing, refused=ReasonMissing
    )


def check_deletion(published: Collection[str]) -> None:
    """Refuse to delete questions of which these were published once: attempts are marked on their versions."""
    if published:
        raise QuestionInUse(
            gettext_noop("Attempts are marked on what was published. Retire it instead: %(questions)s."),
            questions=", ".join(published),
        )


# --- States ----------------------------------------------------------------------------------------------

ATTEMPT = StateMachine(
    name="Attempt",
    start={AttemptState.OPEN: "questions are drawn"},
    transitions={
        AttemptState.OPEN: {
            AttemptState.PASSED: "submitted, with the pass mark",
            AttemptState.FAILED: "submitted, without",
            AttemptState.LAPSED: "its deadline comes",
            AttemptState.SUPERSEDED: "what it asks has changed",
        },
        AttemptState.PASSED: {},
        AttemptState.FAILED: {AttemptState.PASSED: "a question of it is voided"},
        AttemptState.LAPSED: {},
        AttemptState.SUPERSEDED: {},
    },
)

QUESTION_VERSION = StateMachine(
    name="Version of a question",
    start={VersionState.READY: "the question is published"},
    transitions={
        VersionState.READY: {VersionState.RETIRED: "a newer version, or the question is retired or voided"},
        VersionState.RETIRED: {},
    },
)

MACHINES = (ATTEMPT, QUESTION_VERSION)
