"""A seller's standing in a few words, for pages that are about something else."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Min, OuterRef, Q, Subquery

from apps.accounts.models import Seller
from apps.compliance.enums import EnforcementState, Scale, StandingWord, ViolationState
from apps.compliance.models import Enforcement, PolicyProgramme
from apps.compliance.rules.milestones import Standing, standing_word
from apps.compliance.rules.programme import read_programme


@dataclass(frozen=True)
class Brief:
    """The balance as sellers see it with its word, the points to the next milestone, the quizzes that are open.

    `distance` is None above the last milestone, `closes_at` when the first of `quizzes` open ones closes.
    """

    word: StandingWord
    shown: int
    is_rating: bool
    distance: int | None
    quizzes: int
    closes_at: datetime | None


def brief_of(seller: Seller, at: datetime) -> Brief:
    """All of it in one statement."""
    in_force = PolicyProgramme.objects.filter(region=seller.region, effective_from__lte=at)
    running = Enforcement.objects.filter(seller=OuterRef("pk"), state=EnforcementState.ACTIVE)
    open_quiz = Q(
        violations__state=ViolationState.ACTIVE,
        violations__quiz_closes_at__gt=at,
        violations__type__bank__isnull=False,
    ) & (Q(violations__expires_at=None) | Q(violations__expires_at__gt=at))
    found = (
        Seller.objects.filter(pk=seller.pk)
        .annotate(
            settings=Subquery(in_force.order_by("-effective_from", "-number").values("settings")[:1]),
            is_restricted=Exists(running.filter(Q(ends_at=None) | Q(ends_at__gt=at))),
            quizzes=Count("violations", filter=open_quiz),
            closes_at=Min("violations__quiz_closes_at", filter=open_quiz),
        )
        .values("standing__balance", "settings", "is_restricted", "quizzes", "closes_at")
        .get()
    )
    programme, balance = read_programme(found["settings"]), found["standing__balance"] or 0
    following = programme.next_milestone(balance)
    calm = standing_word(Standing(balance), programme, at=at)
    return Brief(
        word=StandingWord.RESTRICTED if found["is_restricted"] else calm,
        shown=programme.shown(balance),
        is_rating=programme.scale == Scale.RATING,
        distance=following.points - balance if following is not None else None,
        quizzes=found["quizzes"],
        closes_at=found["closes_at"],
    )
