"""What passing policy quizzes by a voided question would take off, told before it is done; and how they are called."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext

from apps.compliance.enums import ViolationState
from apps.compliance.models import QuizStake, ViolationType
from apps.compliance.queries.programmes import Programmes
from apps.compliance.queries.quizzes import case_of_stake, use_of
from apps.compliance.queries.types import titles_of
from apps.compliance.rules.attempts import Credit, late_credit_of
from apps.compliance.rules.caps import Use
from apps.compliance.rules.quizzes import type_of_quiz
from apps.quizzes.models import Attempt


def titles_of_quizzes(quizzes: Collection[str]) -> dict[str, str]:
    """What the types of these quizzes are called, for staff; one that is gone is left out."""
    names = {code: quiz for quiz in quizzes if (code := type_of_quiz(quiz))}
    kinds = list(ViolationType.objects.filter(code__in=names))
    titles = titles_of(kinds, get_language() or settings.LANGUAGE_CODE)
    return {names[kind.code]: f"{kind.code} {titles[kind.pk]}" for kind in kinds}


def worth_of_passes(attempts: Collection[Attempt], at: datetime) -> dict[int, str]:
    """What each of these attempts would take off if it passed now by a voided question, in words.

    Judged as the job will: seller by seller, in the order of submission, so that one counts against the caps of the
    next and takes of what it leaves. A fixed number of statements.
    """
    stakes = QuizStake.objects.filter(attempt__in=list(attempts)).select_related("attempt", "seller", "violation__type")
    passes = list(stakes.order_by("seller", "attempt__submitted_at", "pk"))
    credits = credits_of({stake.seller_id for stake in passes})
    programmes = {region: Programmes(region) for region in {stake.seller.region for stake in passes}}
    taken: dict[int, int] = defaultdict(int)
    found = {}
    for stake in passes:
        violation, submitted_at = stake.violation, stake.attempt.submitted_at
        if submitted_at is None:
            continue
        violation.remaining -= taken[violation.pk]
        if taken[violation.pk] and not violation.remaining:
            violation.state = ViolationState.CLEARED
        programme = programmes[stake.seller.region].row(submitted_at).value
        credit = late_credit_of(
            case_of_stake(stake), programme, credits[stake.seller_id], submitted_at=submitted_at, at=at
        )
        if credit.points:
            taken[violation.pk] += credit.points
            credits[stake.seller_id].append(use_of(stake, submitted_at))
        found[stake.attempt_id] = credit_words(credit, violation.reference)
    return found


def credits_of(sellers: Collection[int]) -> dict[int, list[Use]]:
    """The passes that took points off, by seller."""
    found: dict[int, list[Use]] = defaultdict(list)
    rows = QuizStake.objects.filter(seller__in=sellers, points__gt=0).select_related("attempt", "violation")
    for stake in rows:
        if stake.attempt.submitted_at is not None:
            found[stake.seller_id].append(use_of(stake, stake.attempt.submitted_at))
    return found


def credit_words(credit: Credit, reference: str) -> str:
    """So many points off a violation, or why none."""
    if credit.points:
        words = ngettext("%(points)s point off %(reference)s", "%(points)s points off %(reference)s", credit.points)
        return words % {"points": credit.points, "reference": reference}
    why_not = str(credit.why_not.label) if credit.why_not else ""
    return gettext("No point off %(reference)s: %(why_not)s") % {"reference": reference, "why_not": why_not}
