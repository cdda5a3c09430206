"""Appeals: as the seller who made them sees them, and with all that the policy team decides by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Case, Count, IntegerField, Prefetch, QuerySet, Value, When

from apps.accounts.models import Seller
from apps.compliance.enums import AppealState, EnforcementState, ViolationState
from apps.compliance.models import Appeal, AppealFile, Enforcement, PointEntry, ReasonTemplate, Violation
from apps.compliance.queries.programmes import programme_row
from apps.compliance.queries.standing import Balance, InForce, balance_of, in_force, standing_row
from apps.compliance.queries.types import title_of, titles_of
from apps.compliance.queries.violations import ViolationPage, violation_page
from apps.compliance.rules import appeals as rules
from apps.compliance.rules.milestones import Standing as StandingValue
from apps.compliance.rules.programme import Programme
from apps.compliance.rules.replays import lifted
from apps.core.rules import Refusal
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt

OTHERS_SHOWN = 20


def appealable(violation: Violation) -> rules.Appealable:
    """What decides whether the violation may be appealed."""
    states = violation.appeals.order_by("made_at", "pk").values_list("state", flat=True)
    return rules.Appealable(
        ViolationState(violation.state), violation.appeal_closes_at, [AppealState(state) for state in states]
    )


def most_appeals(violation: Violation, at: datetime) -> int:
    """How often a violation may be appealed, by the programme in force now."""
    return programme_row(violation.seller.region, at).value.appeal_max


def _with_contents(appeals: QuerySet[Appeal]) -> QuerySet[Appeal]:
    """With what the seller wrote and added."""
    return appeals.select_related("words").prefetch_related(
        Prefetch("files", queryset=AppealFile.objects.order_by("position"))
    )


def text_of(appeal: Appeal) -> str:
    """What the seller wrote; "" once it is erased."""
    words = getattr(appeal, "words", None)
    return words.text if words is not None else ""


def reason_of(appeal: Appeal) -> str:
    """Why it was decided so; "" before it is, and once it is erased."""
    words = getattr(appeal, "words", None)
    return words.reason if words is not None else ""


# --- For the seller ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Made:
    """An appeal that was made: what stands in it, and what was answered."""

    appeal: Appeal
    text: str
    files: Sequence[AppealFile]
    reason: str

    @property
    def is_pending(self) -> bool:
        """Whether it is being looked at."""
        return self.appeal.state == AppealState.PENDING

    @property
    def is_upheld(self) -> bool:
        """Whether it was decided for the seller."""
        return self.appeal.state == AppealState.UPHELD


@dataclass(frozen=True)
class AppealPage:
    """All of the page on which a seller appeals a violation; `refusal` is why they can't now, None where they can.

    `left` of `most` appeals can still be made, whether or not the time for them is over.
    """

    title: str
    made: Sequence[Made]
    refusal: Refusal | None
    left: int
    most: int
    has_quiz: bool
    quiz_waits: bool

    @property
    def pending(self) -> Made | None:
        """The appeal that is being looked at."""
        return next((each for each in self.made if each.is_pending), None)


def appeal_page(violation: Violation, language: str, at: datetime) -> AppealPage:
    """What the seller's page about appeals of a violation shows, newest first, in a fixed number of statements."""
    programme = programme_row(violation.seller.region, at).value
    made = [made_of(each) for each in _with_contents(violation.appeals.order_by("-made_at", "-pk"))]
    states = [AppealState(each.appeal.state) for each in reversed(made)]
    facts = rules.Appealable(ViolationState(violation.state), violation.appeal_closes_at, states)
    return AppealPage(
        title=title_of(violation.type, language),
        made=made,
        refusal=why_not(facts, programme, at),
        left=max(programme.appeal_max - len(made), 0),
        most=programme.appeal_max,
        has_quiz=bool(violation.type.quiz) and violation.state == ViolationState.ACTIVE,
        quiz_waits=not programme.quiz_during_appeal,
    )


def made_of(appeal: Appeal) -> Made:
    """The appeal with its contents, which are read already."""
    return Made(appeal, text_of(appeal), list(appeal.files.all()), reason_of(appeal))


def why_not(facts: rules.Appealable, programme: Programme, at: datetime) -> Refusal | None:
    """Why the violation can't be appealed now; None where it can."""
    try:
        rules.check_appeal(facts, most=programme.appeal_max, at=at)
    except Refusal as refusal:
        return refusal
    return None


def own_file(seller: Seller, reference: str, position: str) -> AppealFile | None:
    """A file that this seller added to an appeal, "1" to "3"; nobody learns of another's that it exists."""
    if position not in map(str, range(1, rules.MOST_FILES + 1)):
        return None
    rows = AppealFile.objects.filter(appeal__violation__seller=seller, appeal__reference=reference)
    return rows.filter(position=int(position)).first()


# --- For the policy team -----------------------------------------------------------------------------------


def appeals_queue() -> QuerySet[Appeal]:
    """Every appeal with what a list shows of it: those that wait first, the oldest on top."""
    waits = Case(When(state=AppealState.PENDING, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = Appeal.objects.select_related("violation__type", "violation__seller").annotate(
        number_of_files=Count("files")
    )
    return rows.order_by(waits, "made_at", "pk")


@dataclass(frozen=True)
class Outcome:
    """What upholding an appeal would do now: so many points come back, these enforcements are lifted.

    `before` and `after` are the balance as sellers see it. `closes_attempt` says that a quiz which the seller has
    begun would be closed without counting. `kept` points were taken off by quizzes before and stay taken off.
    """

    points: int
    before: int
    after: int
    lifts: Sequence[InForce]
    closes_attempt: bool
    kept: int


@dataclass(frozen=True)
class OtherViolation:
    """Another violation of the same seller, and what its type is called."""

    violation: Violation
    title: str


@dataclass(frozen=True)
class CaseFile:
    """All that the policy team decides an appeal by; `outcome` is None once it is decided."""

    made: Made
    violation: Violation
    shown: ViolationPage
    balance: Balance
    others: Sequence[OtherViolation]
    number_of_others: int
    earlier: Sequence[Made]
    outcome: Outcome | None
    language: str


def appeal_by(pk: int) -> Appeal | None:
    """The appeal with its contents."""
    rows = Appeal.objects.select_related("violation__seller__person", "decided_by")
    return _with_contents(rows).filter(pk=pk).first()


def file_by(appeal_pk: int, position: int) -> AppealFile | None:
    """A file of an appeal."""
    return AppealFile.objects.filter(appeal=appeal_pk, position=position).first()


def case_file(appeal: Appeal, language: str, at: datetime) -> CaseFile:
    """What stands beside an appeal, in a number of statements that doesn't grow with the seller's record."""
    rows = Violation.objects.select_related("type__lesson_page", "type__bank", "details", "seller__person")
    violation = rows.get(pk=appeal.violation_id)
    seller = violation.seller
    programme = programme_row(seller.region, at).value
    others = Violation.objects.filter(seller=seller).exclude(pk=violation.pk).select_related("type")
    shown = list(others.order_by("-issued_at", "-pk")[:OTHERS_SHOWN])
    titles = titles_of({each.type_id: each.type for each in shown}.values(), language)
    earlier = Appeal.objects.filter(violation__seller=seller, made_at__lte=appeal.made_at).exclude(pk=appeal.pk)
    earlier = earlier.select_related("violation").order_by("-made_at", "-pk")
    return CaseFile(
        made=made_of(appeal),
        violation=violation,
        shown=violation_page(violation, language, at),
        balance=balance_of(standing_row(seller), programme, at),
        others=[OtherViolation(each, titles[each.type_id]) for each in shown],
        number_of_others=others.count(),
        earlier=[made_of(each) for each in _with_contents(earlier)[:OTHERS_SHOWN]],
        outcome=outcome_of(violation, programme, at) if appeal.state == AppealState.PENDING else None,
        language=language_of(seller),
    )


def language_of(seller: Seller) -> str:
    """The language in which the seller reads what is decided."""
    return seller.person.language if seller.person is not None else settings.LANGUAGE_CODE


def outcome_of(violation: Violation, programme: Programme, at: datetime) -> Outcome:
    """What revoking this violation now would do, by the rules that do it; nothing is written."""
    standing = standing_row(violation.seller)
    rows = list(PointEntry.objects.filter(seller=violation.seller_id).select_related("violation").order_by("pk"))
    entries = [row.as_value(violation=row.violation.reference) for row in rows]
    revoked = {row.violation.reference for row in rows if row.violation.state == ViolationState.REVOKED}
    running = Enforcement.objects.filter(seller=violation.seller_id, state=EnforcementState.ACTIVE)
    in_order = list(running.order_by("starts_at", "points"))
    value = StandingValue(standing.balance, tuple(each.value for each in in_order), standing.warned_of)
    gone = {each.points for each in lifted(value, entries, {*revoked, violation.reference}, at=at)}
    own = [row for row in rows if row.violation_id == violation.pk]
    return Outcome(
        points=violation.remaining,
        before=programme.shown(standing.balance),
        after=programme.shown(standing.balance - violation.remaining),
        lifts=[in_force(each, programme) for each in in_order if each.points in gone],
        closes_attempt=Attempt.objects.filter(stake__violation=violation, state=AttemptState.OPEN).exists(),
        kept=-sum(row.delta for row in own if row.attempt_id is not None),
    )


def templates_for(language: str) -> list[ReasonTemplate]:
    """The reasons in this language that may be chosen, those for upholding first."""
    return sorted(
        ReasonTemplate.objects.filter(language=language), key=lambda row: (row.verdict != AppealState.UPHELD, row.title)
    )
