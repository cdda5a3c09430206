"""What a seller can do about each violation, said before they do it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count

from apps.accounts.models import Seller
from apps.catalog.enums import Kind
from apps.catalog.models import Reading
from apps.catalog.queries.related import LessonLink, lesson_links
from apps.catalog.rules import section_anchor
from apps.compliance.enums import AppealState, CapPeriod, ViolationState
from apps.compliance.models import Appeal, QuizStake, Violation, ViolationDetails, ViolationType
from apps.compliance.queries.quizzes import case_of, is_begun, record_of, stakes_of
from apps.compliance.queries.types import titles_of
from apps.compliance.rules.appeals import Appealable, check_appeal
from apps.compliance.rules.attempts import AppealFirst, NoQuiz, Outlook, Record, TriesUsed, outlook, urgency
from apps.compliance.rules.programme import Cap, Programme
from apps.core.rules import Refusal
from apps.quizzes.models import QuestionVersion


@dataclass(frozen=True)
class PolicyLink:
    """Where a section of a policy can be read now; `path` is its reading's."""

    title: str
    section: str
    path: str
    language: str

    @property
    def url(self) -> str:
        """The address of the section, or of the policy where none is named."""
        return f"/{self.path}#{section_anchor(self.section)}" if self.section else f"/{self.path}"


@dataclass(frozen=True)
class Tries:
    """How many tries are left of how many, and for how long these count: a month, so many days, for ever."""

    left: int
    limit: int
    scope: str
    period: str
    days: int | None
    month: date

    @property
    def is_monthly(self) -> bool:
        """Whether the calendar month of `month`, a day, is what counts."""
        return self.period == CapPeriod.MONTH

    @property
    def is_rolling(self) -> bool:
        """Whether the last `days` are what counts."""
        return self.period == CapPeriod.ROLLING


@dataclass(frozen=True)
class FixCard:
    """One violation with all that can be done about it now, and what comes of that.

    `title` is what its type is called. `begun` is the attempt that is open for this violation or for another one of its
    type. `is_ready` is off while its quiz has too few questions. `may_appeal` decides whether an appeal is offered.
    """

    violation: Violation
    details: ViolationDetails | None
    title: str
    outlook: Outlook
    closes_at: datetime
    tries: Tries | None
    begun: QuizStake | None
    is_ready: bool
    lesson: LessonLink | None
    policy: PolicyLink | None
    appeals: Sequence[Appeal]
    may_appeal: bool
    why_no_appeal: Refusal | None

    @property
    def has_quiz(self) -> bool:
        """Whether there is one for this type at all."""
        return not isinstance(self.outlook.refusal, NoQuiz) and bool(self.violation.type.quiz)

    @property
    def takes_now(self) -> bool:
        """Whether a pass takes a point now, of this violation."""
        return self.can_start and self.outlook.credit.points > 0

    @property
    def can_start(self) -> bool:
        """Whether an attempt for this violation can be started, or gone on with, now."""
        return self.has_quiz and self.is_ready and self.outlook.refusal is None and not self.is_begun_elsewhere

    @property
    def is_begun_here(self) -> bool:
        """Whether the open attempt is one for this violation."""
        return self.begun is not None and self.begun.violation_id == self.violation.pk

    @property
    def is_begun_elsewhere(self) -> bool:
        """Whether the open attempt is one for another violation of the type."""
        return self.begun is not None and not self.is_begun_here

    @property
    def waits_for_appeal(self) -> bool:
        """Whether the quiz is shut only while an appeal is looked at."""
        return isinstance(self.outlook.refusal, AppealFirst)

    @property
    def tries_used(self) -> bool:
        """Whether only the cap on tries is in the way."""
        return isinstance(self.outlook.refusal, TriesUsed)

    @property
    def is_active(self) -> bool:
        """Whether points of it are left."""
        return self.violation.state == ViolationState.ACTIVE

    @property
    def pending_appeal(self) -> Appeal | None:
        """The appeal that is being looked at."""
        return next((each for each in self.appeals if each.state == AppealState.PENDING), None)


@dataclass(frozen=True)
class Facts:
    """What all cards of one seller share, each read once."""

    programme: Programme
    record: Record
    begun: Mapping[str, QuizStake]
    titles: Mapping[int, str]
    lessons: Mapping[UUID, LessonLink]
    policies: Mapping[UUID, Reading]
    appeals: Mapping[int, Sequence[Appeal]]
    ready: Mapping[int, int]
    at: datetime


def cards_of(seller: Seller, programme: Programme, language: str, at: datetime) -> list[FixCard]:
    """A card for each active violation, the most urgent first; as many statements for one as for a hundred."""
    rows = Violation.objects.active().filter(seller=seller).select_related("type__lesson_page", "details")
    return fix_cards([row for row in rows if _is_active(row, at)], seller, programme, language, at)


def card_of(violation: Violation, seller: Seller, programme: Programme, language: str, at: datetime) -> FixCard:
    """The card of one violation, whatever its state."""
    (card,) = fix_cards([violation], seller, programme, language, at)
    return card


def _is_active(violation: Violation, at: datetime) -> bool:
    """Whether anything is left of it, also where nobody has written its expiry yet."""
    return violation.holding.state_at(at) == ViolationState.ACTIVE


def fix_cards(
    violations: Sequence[Violation], seller: Seller, programme: Programme, language: str, at: datetime
) -> list[FixCard]:
    """Cards of these violations of one seller, the most urgent first."""
    if not violations:
        return []
    facts = facts_for(violations, seller, programme, language, at)
    cards = [fix_card(each, facts) for each in violations]
    return sorted(cards, key=lambda card: (*urgency(card.outlook, card.closes_at), card.violation.pk))


def facts_for(
    violations: Sequence[Violation], seller: Seller, programme: Programme, language: str, at: datetime
) -> Facts:
    """All that cards of these violations share; eight statements."""
    stakes, types = stakes_of(seller), {each.type_id: each.type for each in violations}.values()
    lesson_keys = {kind.lesson_page.translation_key for kind in types if kind.lesson_page is not None}
    policy_keys = {each.policy_key for each in violations if each.policy_key is not None}
    # Who stood for the seller before may have left one open, which nobody else can go on with.
    own = [each for each in stakes if each.attempt.person_id == seller.person_id]
    return Facts(
        programme=programme,
        record=record_of(stakes),
        begun={each.attempt.quiz: each for each in own if is_begun(each, at)},
        titles=titles_of(types, language),
        lessons=lesson_links(lesson_keys, language),
        policies=policies_in(policy_keys, language),
        appeals=appeals_of(violations),
        ready=ready_questions(types),
        at=at,
    )


def policies_in(keys: Iterable[UUID], language: str) -> dict[UUID, Reading]:
    """Where these policies can be read: in this language, else in the site's first."""
    languages = {settings.LANGUAGE_CODE, language}
    rows = Reading.objects.filter(key__in=list(keys), kind=Kind.POLICY, language__in=languages)
    # The reader's language comes last and so stays.
    return {row.key: row for row in sorted(rows, key=lambda row: row.language == language)}


def appeals_of(violations: Sequence[Violation]) -> dict[int, list[Appeal]]:
    """The appeals of these violations, oldest first."""
    found: dict[int, list[Appeal]] = defaultdict(list)
    for appeal in Appeal.objects.filter(violation__in=violations).order_by("made_at", "pk"):
        found[appeal.violation_id].append(appeal)
    return found


def ready_questions(types: Iterable[ViolationType]) -> dict[int, int]:
    """How many questions of each type's bank anyone can be asked, by the bank's id."""
    banks = [each.bank_id for each in types if each.bank_id]
    ready = QuestionVersion.objects.ready().filter(language=settings.LANGUAGE_CODE, question__bank__in=banks)
    return dict(ready.order_by().values_list("question__bank").annotate(number=Count("pk")))


def fix_card(violation: Violation, facts: Facts) -> FixCard:
    """What can be done about a violation."""
    kind, appeals = violation.type, facts.appeals.get(violation.pk, [])
    pending = any(each.state == AppealState.PENDING for each in appeals)
    case = case_of(violation, has_pending_appeal=pending)
    begun = facts.begun.get(case.quiz)
    seen = outlook(
        case,
        facts.programme,
        facts.record,
        at=facts.at,
        returns_to=begun.violation.reference if begun is not None else "",
    )
    lesson = kind.lesson_page
    return FixCard(
        violation=violation,
        details=getattr(violation, "details", None),
        title=facts.titles[kind.pk],
        outlook=seen,
        closes_at=case.closes_at,
        tries=tries_of(seen, facts.programme, facts.at),
        begun=begun,
        is_ready=facts.ready.get(kind.bank_id or 0, 0) >= facts.programme.questions_per_attempt,
        lesson=facts.lessons.get(lesson.translation_key) if lesson is not None else None,
        policy=policy_link(violation, facts.policies),
        appeals=appeals,
        may_appeal=(why := why_no_appeal(violation, appeals, facts)) is None,
        why_no_appeal=why,
    )


def tries_of(seen: Outlook, programme: Programme, at: datetime) -> Tries | None:
    """The tries that are left in the words of the cap; None where there is none."""
    cap: Cap | None = programme.attempt_cap
    if cap is None or seen.tries_left is None:
        return None
    today = at.astimezone(ZoneInfo(programme.zone)).date()
    return Tries(seen.tries_left, cap.limit, cap.scope, cap.period, cap.days, today)


def policy_link(violation: Violation, policies: Mapping[UUID, Reading]) -> PolicyLink | None:
    """Where the section that a violation cites can be read now; None where nobody may open its policy."""
    reading = policies.get(violation.policy_key) if violation.policy_key else None
    return PolicyLink(reading.title, violation.section, reading.path, reading.language) if reading is not None else None


def why_no_appeal(violation: Violation, appeals: Sequence[Appeal], facts: Facts) -> Refusal | None:
    """Why the violation can't be appealed now; None where it can."""
    states = [AppealState(each.state) for each in appeals]
    appealable = Appealable(violation.holding.state_at(facts.at), violation.appeal_closes_at, states)
    try:
        check_appeal(appealable, most=facts.programme.appeal_max, at=facts.at)
    except Refusal as refusal:
        return refusal
    return None
