"""How questions do at the first try: how many have them right, and whether they tell who knows from who doesn't."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Case, Count, Exists, F, FloatField, IntegerField, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Cast

from apps.core.rules import whole_percent
from apps.quizzes.models import Attempt, DrawnQuestion, Question

ENOUGH_ANSWERS = 30


@dataclass(frozen=True)
class Statistics:
    """Sums over first attempts: `answers` to the question, `right` among them.

    The others are over attempts that asked more than this one question: `pairs` of them, with the share of the other
    questions answered right (`rest`), its squares, and its sum over those who had this question right.
    """

    answers: int = 0
    right: int = 0
    pairs: int = 0
    pairs_right: int = 0
    rest: float = 0.0
    rest_squared: float = 0.0
    rest_of_right: float = 0.0

    @property
    def facility(self) -> int | None:
        """How many of a hundred have it right at the first try; None below `ENOUGH_ANSWERS`."""
        return whole_percent(self.right, self.answers) if self.answers >= ENOUGH_ANSWERS else None

    @property
    def discrimination(self) -> float | None:
        """How being right here goes with being right in the rest of the attempt: a correlation, from -1 to 1.

        None below `ENOUGH_ANSWERS`, and where all answered alike.
        """
        if self.pairs < ENOUGH_ANSWERS:
            return None
        x = self.pairs * self.pairs_right - self.pairs_right**2
        y = self.pairs * self.rest_squared - self.rest**2
        if x <= 0 or y <= 1e-9:
            return None
        return (self.pairs * self.rest_of_right - self.pairs_right * self.rest) / (x * y) ** 0.5


def statistics_of(questions: Collection[Question]) -> dict[int, Statistics]:
    """How these rows do, by their key, over all versions that aren't void; one statement whatever their number.

    A first attempt is the first that a person submitted of a quiz, practice left out.
    """
    rows = first_answers().filter(version__question__in=[each.pk for each in questions], version__voided_at=None)
    many = Q(attempt__total__gt=1)
    got = Q(is_right=True)
    rest = Cast(F("attempt__right") - Case(When(got, then=Value(1)), default=Value(0)), FloatField()) / Cast(
        F("attempt__total") - Value(1, output_field=IntegerField()), FloatField()
    )
    # One question alone has no rest: divided by nothing it must not even be tried.
    share = Case(When(many, then=rest), default=Value(0.0), output_field=FloatField())
    sums = rows.values("version__question").annotate(
        answers=Count("pk"),
        got=Count("pk", filter=got),
        pairs=Count("pk", filter=many),
        pairs_right=Count("pk", filter=many & got),
        rest=Sum(share),
        rest_squared=Sum(share * share),
        rest_of_right=Sum(share, filter=got, default=0.0),
    )
    return {each.pk: Statistics() for each in questions} | {
        each["version__question"]: Statistics(
            each["answers"],
            each["got"],
            each["pairs"],
            each["pairs_right"],
            each["rest"],
            each["rest_squared"],
            each["rest_of_right"],
        )
        for each in sums.order_by()
    }


def first_answers() -> QuerySet[DrawnQuestion]:
    """What was drawn and marked in first attempts."""
    earlier = Attempt.objects.submitted().filter(
        person=OuterRef("attempt__person"), quiz=OuterRef("attempt__quiz"), is_practice=False
    )
    before = Q(submitted_at__lt=OuterRef("attempt__submitted_at")) | Q(
        submitted_at=OuterRef("attempt__submitted_at"), pk__lt=OuterRef("attempt__pk")
    )
    rows = DrawnQuestion.objects.filter(
        is_right__isnull=False, attempt__is_practice=False, attempt__person__isnull=False
    )
    return rows.filter(~Exists(earlier.filter(before)))
