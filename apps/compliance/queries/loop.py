"""The closed loop: who took the lesson or passed the quiz after a first violation, and who repeated it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from apps.compliance.models import QuizStake, Violation, ViolationType
from apps.compliance.queries.types import titles_of
from apps.learning.models import Completion
from apps.quizzes.enums import AttemptState

WINDOWS = (30, 90)
LOOKED_BACK = timedelta(days=730)
ENOUGH_SELLERS = 30


@dataclass(frozen=True)
class Rate:
    """Of so many sellers, how many repeated the type."""

    sellers: int = 0
    repeated: int = 0

    @property
    def percent(self) -> int | None:
        """The share; None of nobody."""
        return (200 * self.repeated + self.sellers) // (2 * self.sellers) if self.sellers else None

    @property
    def is_small(self) -> bool:
        """Whether they are so few that the share misleads."""
        return self.sellers < ENOUGH_SELLERS

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(self.sellers + other.sellers, self.repeated + other.repeated)


@dataclass(frozen=True)
class LoopOfType:
    """One type: the rates within each of `WINDOWS`, by what sellers did after their first violation of it.

    Who took the lesson and passed the quiz is counted in both.
    """

    kind: ViolationType
    title: str
    lesson: Sequence[Rate]
    quiz: Sequence[Rate]
    neither: Sequence[Rate]


def closed_loop(at: datetime, language: str) -> list[LoopOfType]:
    """Every type that was violated, by its code; one statement for each window, and two for the names.

    Only first violations of the last two years whose window has passed, of sellers for whom somebody stands now: what
    others have learnt isn't known. What was done counts until the repeat, or the end of the window.
    """
    counted = {days: counts_within(days, at) for days in WINDOWS}
    kinds = list(ViolationType.objects.filter(pk__in={pk for each in counted.values() for pk in each}).order_by("code"))
    titles = titles_of(kinds, language)
    nothing = (Rate(), Rate(), Rate())
    found = []
    for kind in kinds:
        rates = [counted[days].get(kind.pk, nothing) for days in WINDOWS]
        lesson, quiz, neither = zip(*rates, strict=True)
        found.append(LoopOfType(kind, titles[kind.pk], lesson, quiz, neither))
    return found


def counts_within(days: int, at: datetime) -> dict[int, tuple[Rate, Rate, Rate]]:
    """By type: the rates of those who took the lesson, passed the quiz, did neither, in so many days."""
    rates: dict[int, dict[str, Rate]] = defaultdict(lambda: defaultdict(Rate))
    found: QuerySet[Any] = first_violations(days, at)
    rows = found.values_list("type", "took_lesson", "passed_quiz", "repeated")
    for kind, took_lesson, passed_quiz, repeated, sellers in rows.annotate(sellers=Count("pk")).order_by():
        rate = Rate(sellers, sellers if repeated else 0)
        done = [name for name, was_done in (("lesson", took_lesson), ("quiz", passed_quiz)) if was_done]
        for name in done or ["neither"]:
            rates[kind][name] += rate
    return {kind: (each["lesson"], each["quiz"], each["neither"]) for kind, each in rates.items()}


def first_violations(days: int, at: datetime) -> QuerySet[Violation]:
    """The first violation of a type of each seller, with what followed within so many days."""
    window = timedelta(days=days)
    same = Violation.objects.standing().filter(seller=OuterRef("seller"), type=OuterRef("type"))
    before = Q(issued_at__lt=OuterRef("issued_at")) | Q(issued_at=OuterRef("issued_at"), pk__lt=OuterRef("pk"))
    after = Q(issued_at__gt=OuterRef("issued_at")) | Q(issued_at=OuterRef("issued_at"), pk__gt=OuterRef("pk"))
    rows = Violation.objects.standing().filter(
        ~Exists(same.filter(before)),
        seller__person__isnull=False,
        issued_at__gte=at - LOOKED_BACK,
        issued_at__lte=at - window,
    )
    rows = rows.annotate(
        until=ExpressionWrapper(F("issued_at") + Value(window), output_field=DateTimeField()),
    )
    lessons = Completion.objects.filter(
        person=OuterRef("seller__person"),
        lesson_key=OuterRef("type__lesson_page__translation_key"),
        completed_at__gte=OuterRef("issued_at"),
        completed_at__lt=OuterRef("until"),
    )
    quizzes = QuizStake.objects.filter(
        seller=OuterRef("seller"),
        violation__type=OuterRef("type"),
        attempt__state=AttemptState.PASSED,
        attempt__submitted_at__gte=OuterRef("issued_at"),
        attempt__submitted_at__lt=OuterRef("until"),
    )
    rows = rows.annotate(
        next_at=first_of(same.filter(after, issued_at__lt=OuterRef("until")), "issued_at"),
        lesson_at=first_of(lessons, "completed_at"),
        quiz_at=first_of(quizzes, "attempt__submitted_at"),
    )
    return rows.annotate(
        took_lesson=is_before_repeat("lesson_at"),
        passed_quiz=is_before_repeat("quiz_at"),
        repeated=told(Q(next_at__isnull=False)),
    )


def first_of(rows: QuerySet, field: str) -> Subquery:
    """The earliest of these instants."""
    return Subquery(rows.order_by(field).values(field)[:1])


def is_before_repeat(name: str) -> Case:
    """Whether this was done, and not only after the repeat."""
    in_time = Q(next_at=None) | Q(**{f"{name}__lt": F("next_at")})
    return told(Q(**{f"{name}__isnull": False}) & in_time)


def told(condition: Q) -> Case:
    """A condition as a value."""
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())
