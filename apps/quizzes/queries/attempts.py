"""What a quiz shows: the sheet before it is submitted, which knows no answers, and the result after."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max
from wagtail.models import Page

from apps.accounts.models import User
from apps.core.rules import gettext_noop
from apps.quizzes import rules
from apps.quizzes.enums import QuestionKind
from apps.quizzes.models import Attempt, AttemptQuerySet, DrawnQuestion, Question, QuestionVersion, VersionOption
from apps.quizzes.queries.bank import options_by_version


@dataclass(frozen=True)
class SheetOption:
    """An answer to choose; `id` is what the form sends: the place where it stands, from "1".

    Not the key of its row: rows are written in the authors' order, and sorting the keys would undo that of chance.
    """

    id: str
    text: str
    is_chosen: bool


@dataclass(frozen=True)
class SheetQuestion:
    """A question to answer: nothing here says which answer is right, or why."""

    position: int
    field: str
    prompt: str
    kind: str
    language: str
    options: tuple[SheetOption, ...]

    @property
    def is_multiple(self) -> bool:
        """Whether more than one answer may be chosen."""
        return self.kind == QuestionKind.MULTIPLE

    @property
    def is_answered(self) -> bool:
        """Whether anything is chosen."""
        return any(option.is_chosen for option in self.options)


@dataclass(frozen=True)
class Sheet:
    """An attempt as it is answered."""

    reference: str
    language: str
    deadline_at: datetime | None
    pass_mark: int
    is_practice: bool
    questions: tuple[SheetQuestion, ...]

    @property
    def unanswered(self) -> list[SheetQuestion]:
        """Those without an answer."""
        return [question for question in self.questions if not question.is_answered]


@dataclass(frozen=True)
class ResultOption:
    """An answer, whether it was chosen, whether it is right."""

    text: str
    is_chosen: bool
    is_right: bool


@dataclass(frozen=True)
class ResultQuestion:
    """A question explained: `cited_url` is "" where nobody may open the page any more."""

    position: int
    prompt: str
    language: str
    options: tuple[ResultOption, ...]
    explanation: str
    cited_title: str
    cited_section: str
    cited_url: str
    is_right: bool
    is_void: bool

    @property
    def is_answered(self) -> bool:
        """Whether anything was chosen."""
        return any(option.is_chosen for option in self.options)


@dataclass(frozen=True)
class Result:
    """A submitted attempt, every question of it explained."""

    reference: str
    language: str
    right: int
    total: int
    pass_mark: int
    is_passed: bool
    is_practice: bool
    submitted_at: datetime
    questions: tuple[ResultQuestion, ...]


def field_name(drawn: DrawnQuestion) -> str:
    """How the form calls a drawn question."""
    return f"{rules.FIELD_PREFIX}{drawn.pk}"


def open_attempt(person: User, quiz: str, at: datetime, *, is_practice: bool = False) -> Attempt | None:
    """The attempt that the person has open, if its deadline hasn't come."""
    found = Attempt.objects.open().filter(person=person, quiz=quiz, is_practice=is_practice).first()
    return found if found is not None and not rules.is_late(found.deadline_at, at) else None


def attempts_of(person: User, quiz: str) -> AttemptQuerySet:
    """All that the person did in a quiz, the newest first, practice among it."""
    return Attempt.objects.filter(person=person, quiz=quiz).order_by("-started_at", "-pk")


def last_seen(person: User) -> dict[UUID, datetime]:
    """When the person last got each question that they ever got, in any quiz."""
    rows = DrawnQuestion.objects.filter(attempt__person=person).values_list("version__key")
    return dict(rows.annotate(at=Max("attempt__started_at")))


def asked_now(person: User, at: datetime) -> set[UUID]:
    """The questions of all quizzes that the person has open in earnest: practice explains none of them yet."""
    earnest = Attempt.objects.open().filter(person=person, is_practice=False).exclude(deadline_at__lte=at)
    return set(DrawnQuestion.objects.filter(attempt__in=earnest).values_list("version__key", flat=True))


def drawn_facts(drawn: Iterable[DrawnQuestion]) -> list[rules.Drawn]:
    """What decides how the drawn questions, read with their versions, are marked."""
    drawn = list(drawn)
    options = options_by_version([each.version for each in drawn])
    return [
        rules.Drawn(
            field=field_name(each),
            kind=each.version.kind,
            options=tuple(each.option_order),
            right=frozenset(option.pk for option in options[each.version_id] if option.is_right),
            is_void=each.version.is_void,
        )
        for each in drawn
    ]


def sheet_of(attempt: Attempt, chosen: Mapping[str, Sequence[str]] | None = None) -> Sheet:
    """The attempt to answer, in the order in which it was drawn; `chosen` is what was answered so far, as posted."""
    drawn = list(attempt.drawn.select_related("version").order_by("position"))
    options = options_by_version([each.version for each in drawn])
    return Sheet(
        reference=attempt.reference,
        language=attempt.language,
        deadline_at=attempt.deadline_at,
        pass_mark=attempt.pass_mark,
        is_practice=attempt.is_practice,
        questions=tuple(_to_answer(each, options[each.version_id], chosen or {}) for each in drawn),
    )


def _to_answer(
    drawn: DrawnQuestion, options: Iterable[VersionOption], chosen: Mapping[str, Sequence[str]]
) -> SheetQuestion:
    """One question of the sheet."""
    field, texts = field_name(drawn), {option.pk: option.text for option in options}
    picked = set(chosen.get(field, ()))
    return SheetQuestion(
        position=drawn.position,
        field=field,
        prompt=drawn.version.prompt,
        kind=drawn.version.kind,
        language=drawn.version.language,
        options=tuple(
            SheetOption(place, texts[pk], place in picked) for place, pk in rules.places_of(drawn.option_order).items()
        ),
    )


def result_of(attempt: Attempt) -> Result:
    """A submitted attempt with all its answers. Raises AttemptOpen for one that has no result."""
    if attempt.submitted_at is None or attempt.right is None:
        raise rules.AttemptOpen(gettext_noop("This quiz has no result: its answers weren't submitted."))
    drawn = list(attempt.drawn.select_related("version").prefetch_related("chosen").order_by("position"))
    options = options_by_version([each.version for each in drawn])
    addresses = addresses_of([each.version for each in drawn])
    return Result(
        reference=attempt.reference,
        language=attempt.language,
        right=attempt.right,
        total=attempt.total,
        pass_mark=attempt.pass_mark,
        is_passed=rules.passes(attempt.right, attempt.total, attempt.pass_mark),
        is_practice=attempt.is_practice,
        submitted_at=attempt.submitted_at,
        questions=tuple(_explained(each, options[each.version_id], addresses[each.version_id]) for each in drawn),
    )


def _explained(drawn: DrawnQuestion, options: Iterable[VersionOption], address: str) -> ResultQuestion:
    """One question of the result, its options as they were shown."""
    version, by_id = drawn.version, {option.pk: option for option in options}
    chosen = {choice.option_id for choice in drawn.chosen.all()}
    shown = [by_id[pk] for pk in drawn.option_order]
    return ResultQuestion(
        position=drawn.position,
        prompt=version.prompt,
        language=version.language,
        options=tuple(ResultOption(option.text, option.pk in chosen, option.is_right) for option in shown),
        explanation=version.explanation,
        cited_title=version.cited_title,
        cited_section=version.cited_section,
        cited_url=address,
        is_right=bool(drawn.is_right),
        is_void=version.is_void,
    )


def addresses_of(cited: Sequence[QuestionVersion | Question]) -> dict[int, str]:
    """Where each version's, or question's, cited section stands; "" where not anyone may open its page any more."""
    pages = Page.objects.live().filter(pk__in={each.cited_page_id for each in cited}).specific()
    by_key = pages.select_related("locale", for_specific_subqueries=True).in_bulk()
    return {each.pk: _address(by_key.get(each.cited_page_id), each.cited_section) for each in cited}


def _address(page: Page | None, section: str) -> str:
    """The page's address, with its anchor for the section where it has one.

    Pages of other apps stand above: one that may be closed though it is live, as below a page that was taken off,
    is known by its property `is_open`.
    """
    if page is None or not page.url or not getattr(page, "is_open", True):
        return ""
    anchor_of = getattr(page, "anchor_of", None)
    return f"{page.url}#{anchor_of(section)}" if anchor_of and section else page.url


def sheet_of_draft(question: Question) -> SheetQuestion:
    """A draft as a seller would see it: options in their written order."""
    options = enumerate(question.options.all(), start=1)
    return SheetQuestion(
        position=1,
        field=f"{rules.FIELD_PREFIX}draft",
        prompt=question.prompt,
        kind=question.kind,
        language=question.locale.language_code,
        options=tuple(SheetOption(str(number), option.text, False) for number, option in options),
    )


def result_of_draft(question: Question) -> ResultQuestion:
    """A draft as a seller would see it afterwards, who had it right."""
    return ResultQuestion(
        position=1,
        prompt=question.prompt,
        language=question.locale.language_code,
        options=tuple(ResultOption(each.text, each.is_right, each.is_right) for each in question.options.all()),
        explanation=question.explanation,
        cited_title=question.cited_page.title if question.cited_page else "",
        cited_section=question.cited_section,
        cited_url=_address(question.cited_page.specific if question.cited_page else None, question.cited_section),
        is_right=True,
        is_void=False,
    )
