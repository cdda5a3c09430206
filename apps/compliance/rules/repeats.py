"""When repeating one type of violation is pointed out to the seller, and when to staff."""

from collections.abc import Iterable
from datetime import datetime

from apps.compliance.enums import RepeatLevel
from apps.compliance.rules.dates import days_later
from apps.compliance.rules.programme import RepeatRule

ORDER = (RepeatLevel.NONE, RepeatLevel.WARNED, RepeatLevel.FLAGGED)


def level_of(rule: RepeatRule, issued: Iterable[datetime], *, zone: str, at: datetime) -> RepeatLevel:
    """The level that violations of one type, by their instants of issue, make up at this instant.

    Those issued in the last `rule.days` local days count. Leave revoked ones out.
    """
    since = days_later(at, -rule.days, zone)
    count = sum(since < each <= at for each in issued)
    if count >= rule.flag_at:
        return RepeatLevel.FLAGGED
    return RepeatLevel.WARNED if count >= rule.warn_at else RepeatLevel.NONE


def risen_to(
    rule: RepeatRule | None, earlier: Iterable[datetime], new: datetime, *, zone: str, at: datetime
) -> RepeatLevel:
    """The level that this new violation leads to, where it is a higher one than without it; else NONE.

    One that reaches us after its days are over leads to nothing.
    """
    if rule is None:
        return RepeatLevel.NONE
    known = list(earlier)
    before = level_of(rule, known, zone=zone, at=at)
    after = level_of(rule, [*known, new], zone=zone, at=at)
    return after if ORDER.index(after) > ORDER.index(before) else RepeatLevel.NONE
