"""The banks: what may be drawn, what a question lacks, what its versions were used for."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Count, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from taggit.models import Tag
from wagtail.models import Page

from apps.core.rules import gettext_noop
from apps.quizzes import rules
from apps.quizzes.enums import VersionState
from apps.quizzes.models import Attempt, Bank, DrawnQuestion, Question, QuestionVersion, VersionOption


def options_by_version(versions: Sequence[QuestionVersion]) -> dict[int, list[VersionOption]]:
    """The options of each version as they were written, in one statement."""
    found: dict[int, list[VersionOption]] = defaultdict(list)
    for option in VersionOption.objects.filter(version__in=versions).order_by("version", "position"):
        found[option.version_id].append(option)
    return found


def candidates_of(
    bank_codes: Collection[str], language: str, only: Collection[UUID] | None = None
) -> list[QuestionVersion]:
    """What may be drawn of these banks: each question once, in this language or else in the site's first.

    `only` names the questions that may be, None for all. Refused for a bank that there isn't.
    """
    known = set(Bank.objects.filter(code__in=bank_codes).values_list("code", flat=True))
    if unknown := sorted(set(bank_codes) - known):
        raise rules.BankUnknown(gettext_noop("There is no bank “%(code)s”."), code=unknown[0])
    ready = QuestionVersion.objects.ready().of_banks(bank_codes).filter(language__in={language, settings.LANGUAGE_CODE})
    ready = ready if only is None else ready.filter(key__in=only)
    # The reader's language comes last, and so replaces the site's first.
    ordered = ready.order_by(Case(When(language=language, then=1), default=0), "pk")
    return list({version.key: version for version in ordered}.values())


def ready_count(bank_codes: Collection[str], language: str) -> int:
    """How many questions of these banks can be drawn for a reader of this language."""
    return len(candidates_of(bank_codes, language))


@dataclass(frozen=True)
class CitingQuestion:
    """A question that can be asked and says where its answer stands."""

    key: UUID
    bank: str
    section: str


def questions_citing(page_key: UUID, language: str) -> list[CitingQuestion]:
    """The questions on a page, by its identity over all languages, that a reader of this language can be asked."""
    ready = QuestionVersion.objects.ready().filter(
        cited_page__translation_key=page_key, language__in={language, settings.LANGUAGE_CODE}
    )
    rows = ready.order_by("pk").values_list("key", "question__bank__code", "cited_section")
    return list({key: CitingQuestion(key, bank, section) for key, bank, section in rows}.values())


def keys_citing(page_key: UUID) -> set[UUID]:
    """The identities of all questions of which any version cites this page."""
    versions = QuestionVersion.objects.filter(cited_page__translation_key=page_key)
    return set(versions.values_list("key", flat=True))


def ready_version(question: Question) -> QuestionVersion | None:
    """The version of this row that is drawn now."""
    return question.versions.ready().first()


def shape_of(version: QuestionVersion) -> tuple[bool, ...]:
    """Which of a version's answers are right, in the order in which they were written."""
    return tuple(version.options.order_by("position").values_list("is_right", flat=True))


def draft_of(question: Question) -> rules.Draft:
    """What decides whether this question, as it stands in memory, may be published."""
    answers = [rules.Answer(option.text, option.is_right) for option in question.options.all()]
    return draft_from(
        key=question.translation_key,
        language=question.locale.language_code,
        prompt=question.prompt,
        kind=question.kind,
        explanation=question.explanation,
        answers=answers,
        page=question.cited_page,
        section=question.cited_section,
    )


def draft_from(
    *,
    key: UUID,
    language: str,
    prompt: str,
    kind: str,
    explanation: str,
    answers: Sequence[rules.Answer],
    page: Page | None,
    section: str,
) -> rules.Draft:
    """The same of a question that is being written."""
    return rules.Draft(
        prompt=prompt.strip(),
        kind=kind,
        explanation=explanation.strip(),
        answers=tuple(rules.Answer(answer.text.strip(), answer.is_right) for answer in answers),
        is_cited=page is not None,
        cited_section=section.strip(),
        has_section=has_section(page, section.strip()),
        original=original_shape(key, language),
    )


def has_section(page: Page | None, section: str) -> bool | None:
    """Whether the page has the section of this number; None where it has no numbered ones.

    Pages of other apps stand above: one that has numbered sections is known by its method `section`.
    """
    find = getattr(page.specific if page is not None else None, "section", None)
    return None if find is None else find(section) is not None


def original_shape(key: UUID, language: str) -> tuple[bool, ...] | None:
    """Where the right answers stand in the site's first language; None for that language itself."""
    if language == settings.LANGUAGE_CODE:
        return None
    original = QuestionVersion.objects.ready().filter(key=key, language=settings.LANGUAGE_CODE).first()
    return None if original is None else shape_of(original)


# --- For who writes questions ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Readiness:
    """How many questions of a bank a reader of one language can get."""

    language: str
    ready: int

    @property
    def is_enough(self) -> bool:
        """Whether they are as many as a bank should have."""
        return self.ready >= rules.READY_AT_LEAST


@dataclass(frozen=True)
class Gain:
    """What voiding a version would give to one attempt."""

    attempt: Attempt
    before: int
    after: int
    newly_passes: bool


def readiness_of(banks: Sequence[Bank]) -> dict[int, list[Readiness]]:
    """How many questions each bank has ready, for readers of each language of the site; two statements for all."""
    ready = QuestionVersion.objects.ready().filter(question__bank__in=banks)
    keys: dict[tuple[int, str], set[UUID]] = defaultdict(set)
    for bank, language, key in ready.values_list("question__bank", "language", "key"):
        keys[bank, language].add(key)
    return {
        bank.pk: [
            Readiness(language, len(keys[bank.pk, language] | keys[bank.pk, settings.LANGUAGE_CODE]))
            for language, _name in settings.LANGUAGES
        ]
        for bank in banks
    }


def questions_overview() -> QuerySet[Question]:
    """The questions with what editors want to know of each in a list.

    `ready_number` is the version that is drawn now, None where there is none; `last_number` the newest; `drawn` how
    many attempts drew any version of it, `marked` and `right` how many of them were marked, and right.
    """
    versions = QuestionVersion.objects.filter(question=OuterRef("pk"))
    drawn = DrawnQuestion.objects.filter(version__question=OuterRef("pk")).order_by().values("version__question")
    return Question.objects.select_related("bank", "locale", "latest_revision").annotate(
        ready_number=Subquery(versions.filter(state=VersionState.READY).values("number")[:1]),
        last_number=Subquery(versions.order_by("-number").values("number")[:1]),
        drawn=Coalesce(Subquery(drawn.annotate(count=Count("pk")).values("count")), 0),
        marked=Coalesce(Subquery(drawn.annotate(count=Count("is_right")).values("count")), 0),
        right=Coalesce(Subquery(drawn.filter(is_right=True).annotate(count=Count("pk")).values("count")), 0),
    )


def tags_in_use() -> QuerySet[Tag]:
    """The tags that questions bear, by name."""
    return Tag.objects.filter(quizzes_questiontag_items__isnull=False).distinct().order_by("name")


def versions_of(question: Question) -> QuerySet[QuestionVersion]:
    """All versions of a row, the newest first, each with how often it was drawn, marked and answered right."""
    return (
        question.versions.select_related("published_by")
        .prefetch_related(Prefetch("options", VersionOption.objects.order_by("position")))
        .annotate(
            times_drawn=Count("drawn"),
            times_marked=Count("drawn__is_right"),
            times_right=Count("drawn", filter=Q(drawn__is_right=True)),
        )
        .order_by("-number")
    )


def drawings_of(version: QuestionVersion) -> QuerySet[DrawnQuestion]:
    """Where a version was drawn, the newest attempt first."""
    drawn = DrawnQuestion.objects.filter(version=version).select_related("attempt__person")
    return drawn.order_by("-attempt__started_at", "-pk")


def options_chosen(version: QuestionVersion) -> QuerySet[VersionOption]:
    """The options of a version as they were written, each with how often it was chosen."""
    return version.options.annotate(times_chosen=Count("chosen")).order_by("position")


def gains_of(version: QuestionVersion) -> list[Gain]:
    """Whose mark would rise if this version were voided, the newest attempt first."""
    wrong = drawings_of(version).filter(is_right=False)
    return [_gain(drawn.attempt) for drawn in wrong]


def _gain(attempt: Attempt) -> Gain:
    """One more right."""
    before = attempt.right or 0
    after, state = rules.remark(before, 1, attempt.total, attempt.pass_mark)
    return Gain(attempt, before, after, rules.ATTEMPT.allows(attempt.state, state))
