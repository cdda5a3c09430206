"""When the text of a policy is in force, and what a change of it needs before it is published."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from apps.catalog.enums import ChangeKind
from apps.catalog.rules.pages import NotReadyToPublish
from apps.core.rules import gettext_noop

MOST_WORDS_OF_CHANGE = 400


class ChangeUnsaid(NotReadyToPublish):
    """A material change doesn't say what changed."""


def check_change(kind: str, words: str) -> None:
    """Refuse a material change that doesn't say, in its editor's words, what changed: those it touches read them."""
    if kind == ChangeKind.MATERIAL and not words.strip():
        raise ChangeUnsaid(gettext_noop("Say what changed, in a sentence or two. Those whom it touches read it."))


def day_begins(day: date, zone: str) -> datetime:
    """The first instant of a day on the clock of this zone.

    >>> day_begins(date(2026, 12, 1), "Asia/Jakarta").isoformat()
    '2026-11-30T17:00:00+00:00'
    """
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def in_force_from(effective_on: date | None, published_at: datetime, *, is_first: bool, zone: str) -> datetime:
    """From when a published text holds: from the beginning of its day, but never before it was published.

    The first text that we have of a policy holds from its day also where we got it later: what it replaced isn't here.
    """
    begins = day_begins(effective_on, zone) if effective_on is not None else published_at
    return begins if is_first else max(begins, published_at)


@dataclass(frozen=True)
class Edition:
    """When a version of a policy was published, and from when it was to hold."""

    number: int
    published_at: datetime
    in_force_from: datetime


@dataclass(frozen=True)
class InForce:
    """The number of the version that held at an instant; `is_first_known` where the instant lies before all we have."""

    number: int
    is_first_known: bool = False


def edition_at(editions: Sequence[Edition], at: datetime) -> InForce | None:
    """Which version was in force at this instant; None where there is none at all.

    A version that was published anew before its day never came into force: the later one took its place, with its own
    day. For an instant before the first one's day the first one answers.
    """
    came = [each for each in editions if not _is_overtaken(each, editions)]
    held = [each.number for each in came if each.in_force_from <= at]
    if held:
        return InForce(max(held))
    return InForce(min(each.number for each in came), is_first_known=True) if came else None


def _is_overtaken(edition: Edition, editions: Sequence[Edition]) -> bool:
    """Whether a later version was published before this one came into force."""
    return any(later.number > edition.number and later.published_at < edition.in_force_from for later in editions)


def seen_at(editions: Sequence[Edition], at: datetime, *, before: datetime) -> int | None:
    """The number of the version that readers saw at this instant, of those published before another instant.

    Readers see what is published, also where its day is still to come. The first one answers for earlier instants.
    """
    known = [each for each in editions if each.published_at < before]
    seen = [each.number for each in known if each.published_at <= at]
    return max(seen) if seen else min((each.number for each in known), default=None)
