"""What a draft of a programme would have changed, and when a new version may begin."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.compliance.rules.ledger import Entry
from apps.compliance.rules.programme import Milestone, Programme
from apps.compliance.rules.replays import StaffEnding, history_of
from apps.core.rules import Refusal, gettext_noop

TRIED_FOR = timedelta(days=90)
LONGEST_NOTE = 300


class VersionTooEarly(Refusal):
    """A version never begins before it is saved: what has been decided stays decided."""

    status = 422


class VersionMeanwhile(Refusal):
    """Somebody saved another version after this draft was begun."""


def begin_of_version(effective_from: datetime | None, *, at: datetime) -> datetime:
    """From when a version holds that is saved now; None means at once. Raises VersionTooEarly."""
    if effective_from is not None and effective_from < at:
        raise VersionTooEarly(
            gettext_noop("A version can’t begin in the past. Leave this empty to let it begin at once.")
        )
    return effective_from or at


def check_latest(*, latest: int, after: int) -> None:
    """Raises VersionMeanwhile unless the draft was begun after the latest version."""
    if latest != after:
        reason = gettext_noop("Version %(number)s was saved after you began. Look at it, and begin again.")
        raise VersionMeanwhile(reason, number=latest)


@dataclass(frozen=True)
class Trial:
    """The milestones that fired for one seller in the days tried, and those that would have under the draft.

    `warnings` and `warnings_then` count the alerts before a milestone.
    """

    fired: tuple[Milestone, ...]
    fired_then: tuple[Milestone, ...]
    warnings: int
    warnings_then: int

    @property
    def is_changed(self) -> bool:
        """Whether this seller would have met other milestones, or for other days."""
        return self.fired != self.fired_then


def try_draft(
    entries: Sequence[Entry],
    programme_at: Callable[[datetime], Programme],
    draft: Programme,
    *,
    endings: Iterable[StaffEnding] = (),
    since: datetime,
    until: datetime,
) -> Trial:
    """Replay a seller's ledger twice: as it was, and with the draft in force since then.

    The entries are what they are: another expiry, other caps or points per pass are not tried, only the ladder and
    the warnings before its rungs.
    """
    ended = list(endings)
    was = history_of(entries, programme_at, endings=ended, until=until)
    might = history_of(entries, lambda at: draft if at >= since else programme_at(at), endings=ended, until=until)
    late, late_then = ([led for at, led in each.reached if at >= since] for each in (was, might))
    return Trial(
        fired=tuple(led.fired for led in late if led.fired is not None),
        fired_then=tuple(led.fired for led in late_then if led.fired is not None),
        warnings=sum(led.near is not None for led in late),
        warnings_then=sum(led.near is not None for led in late_then),
    )
