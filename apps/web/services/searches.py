"""Counts searches that come from outside, and keeps what was looked for in vain."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from apps.core.pace import count_up
from apps.web import rules
from apps.web.models import MissedSearch


def count_search(*, who: str, at: datetime) -> None:
    """Count a search of a person or from a network; refused beyond 240 a minute."""
    rules.check_search_pace(count_up("searches", who=who, window=rules.SEARCHES_COUNTED_FOR, at=at))


@transaction.atomic
def note_missed_search(*, text: str, language: str, at: datetime) -> None:
    """Keep what nothing was found for, once a text and language; what was handled is open again.

    What looks like somebody's own is left out. Once 5,000 are kept, a new one takes the place of the oldest that was
    asked for once: a flood neither fills the table nor keeps others out.
    """
    if rules.is_somebodys_own(text):
        return
    text = text.lower()[: MissedSearch._meta.get_field("text").max_length]
    known = MissedSearch.objects.filter(text=text, language=language)
    if known.update(times=F("times") + 1, last_asked_at=at, handled_at=None):
        return
    if MissedSearch.objects.count() >= rules.MOST_MISSED:
        oldest = MissedSearch.objects.filter(times=1).order_by("last_asked_at").values("pk")[:1]
        if not MissedSearch.objects.filter(pk__in=list(oldest.values_list("pk", flat=True))).delete()[0]:
            return
    MissedSearch.objects.bulk_create(
        [MissedSearch(text=text, language=language, last_asked_at=at)], ignore_conflicts=True
    )


def mark_handled(*, missed: MissedSearch, handled: bool, at: datetime) -> None:
    """Note that an editor took care of it, the first time counts; or that nobody did after all."""
    rows = MissedSearch.objects.filter(pk=missed.pk)
    if handled:
        rows.filter(handled_at=None).update(handled_at=at)
    else:
        rows.update(handled_at=None)


def forget_missed_searches(*, at: datetime) -> int:
    """Delete what nobody looked for during 180 days; answers how many."""
    old = MissedSearch.objects.filter(last_asked_at__lt=at - timedelta(days=rules.MISSED_KEPT_DAYS))
    deleted, _by_model = old.delete()
    return deleted
