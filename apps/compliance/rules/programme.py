"""The programme of a region as a value: its settings, three presets, and what the policy team may type into it.

Rungs are kept as balances on both scales. A rating is only how a balance is shown: `start_score` less the balance.
"""

import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import cache
from itertools import pairwise

from apps.accounts.enums import Region
from apps.accounts.rules import ZONES
from apps.compliance.enums import Action, CapPeriod, CapScope, Scale
from apps.compliance.rules.fields import Faulty, FieldReader
from apps.core.rules import gettext_noop

MOST_DAYS = 730
MOST_POINTS = 1000
MOST_TIMES = 1000
MOST_QUESTIONS = 20
MOST_APPEALS = 10
MOST_MILESTONES = 20

# What a programme may do without; that has to be said.
MAY_BE_NONE = ("attempt_cap", "credit_cap", "expiry_days", "repeat_rule")

RESTRICTING = frozenset(
    {Action.NO_CAMPAIGNS, Action.NO_PROMOTION_PLANS, Action.NO_LIVE, Action.ANCHORS_OFF, Action.SELLING_CLOSED}
)


@dataclass(frozen=True)
class Cap:
    """At most `limit` of what `scope` counts together, each for its `period`; `days` is for rolling ones only."""

    limit: int
    scope: CapScope = CapScope.QUIZ
    period: CapPeriod = CapPeriod.MONTH
    days: int | None = None


@dataclass(frozen=True)
class Milestone:
    """A rung of the ladder: what a balance of `points` brings about, for so many days.

    `days` is None for what ends only when staff end it, and for what is no enforcement.
    """

    points: int
    actions: tuple[Action, ...]
    days: int | None = None

    @property
    def is_restricting(self) -> bool:
        """Whether it takes something from the seller, and so is an enforcement with a beginning and an end."""
        return not RESTRICTING.isdisjoint(self.actions)


@dataclass(frozen=True)
class RepeatRule:
    """The seller is warned at so many violations of one type within `days`, staff are told at so many more."""

    warn_at: int = 4
    flag_at: int = 6
    days: int = 90


LADDER = (
    Milestone(6, (Action.NOTICE, Action.LESSONS)),
    Milestone(12, (Action.NO_CAMPAIGNS,), days=7),
    Milestone(24, (Action.NO_PROMOTION_PLANS, Action.NO_LIVE), days=14),
    Milestone(36, (Action.ANCHORS_OFF,), days=28),
    Milestone(48, (Action.SELLING_CLOSED, Action.STAFF_REVIEW)),
)
RATING_LADDER = (
    Milestone(50, (Action.NOTICE, Action.LESSONS)),
    Milestone(100, (Action.NO_CAMPAIGNS,), days=7),
    Milestone(150, (Action.NO_PROMOTION_PLANS, Action.NO_LIVE), days=14),
    Milestone(200, (Action.SELLING_CLOSED, Action.STAFF_REVIEW)),
)


@dataclass(frozen=True)
class Programme:
    """The settings of one version of a region's programme, with the defaults of policy-programme.md.

    `pass_mark` is in percent. A cap, `expiry_days` or `repeat_rule` of None means that there is none.
    """

    zone: str
    scale: Scale = Scale.POINTS
    start_score: int = 200
    questions_per_attempt: int = 3
    pass_mark: int = 100
    points_per_pass: int = 1
    attempt_cap: Cap | None = Cap(3)
    credit_cap: Cap | None = Cap(3)
    expiry_days: int | None = 90
    appeal_days: int = 30
    appeal_max: int = 2
    quiz_during_appeal: bool = True
    repeat_rule: RepeatRule | None = RepeatRule()
    warn_within: int = 3
    milestones: tuple[Milestone, ...] = LADDER

    def shown(self, balance: int) -> int:
        """The balance as sellers see it. A rating may fall below 0: otherwise what is taken off would not show."""
        return self.start_score - balance if self.scale == Scale.RATING else balance

    def next_milestone(self, balance: int) -> Milestone | None:
        """The lowest rung above this balance; None on the last one."""
        return next((each for each in self.milestones if each.points > balance), None)


def default_preset(zone: str) -> Programme:
    """The programme that the product follows where nobody chose otherwise."""
    return Programme(zone)


def rolling_30_preset(zone: str) -> Programme:
    """One point per quiz in 30 days, however often it is tried."""
    return Programme(zone, attempt_cap=None, credit_cap=Cap(1, CapScope.QUIZ, CapPeriod.ROLLING, days=30))


def rating_preset(zone: str) -> Programme:
    """A rating that falls from 200, with rungs at 150, 100, 50 and 0."""
    return Programme(zone, scale=Scale.RATING, expiry_days=180, milestones=RATING_LADDER)


PRESETS: Mapping[str, Callable[[str], Programme]] = {
    "default": default_preset,
    "rolling-30": rolling_30_preset,
    "rating": rating_preset,
}


def preset_for(region: Region, name: str = "default") -> Programme:
    """A preset in the zone of a region."""
    return PRESETS[name](ZONES[region])


@dataclass(frozen=True)
class Version:
    """A programme and the instant from which it holds; of two for the same instant, the later `number` does."""

    number: int
    effective_from: datetime
    programme: Programme


def version_in_force(versions: Iterable[Version], at: datetime) -> Version:
    """The version that holds at this instant; for what was before all of them, the first.

    Raises ValueError where there is no version: a region is never without one.
    """
    ordered = sorted(versions, key=lambda version: (version.effective_from, version.number))
    if not ordered:
        raise ValueError("A region without a programme.")
    return next((each for each in reversed(ordered) if each.effective_from <= at), ordered[0])


# --- Typed by the policy team, and kept as JSON ---------------------------------------------------------------


class ProgrammeRefused(Faulty):
    """Settings that make no programme, with the reason beside each field."""


def read_programme(given: Mapping[str, object]) -> Programme:
    """The programme that these settings make, all of them given. Raises ProgrammeRefused with every fault."""
    reader = FieldReader(given)
    reader.check_names([each.name for each in fields(Programme)])
    for name in MAY_BE_NONE:
        if name not in given:
            reader.refuse(name, gettext_noop("Give this, or say that there is none."))
    programme = Programme(
        zone=_zone(reader),
        scale=Scale(reader.one_of("scale", Scale.values)),
        start_score=reader.whole("start_score", 1, MOST_POINTS),
        questions_per_attempt=reader.whole("questions_per_attempt", 1, MOST_QUESTIONS),
        pass_mark=reader.whole("pass_mark", 1, 100),
        points_per_pass=reader.whole("points_per_pass", 0, MOST_POINTS),
        attempt_cap=_cap(reader.nested("attempt_cap")),
        credit_cap=_cap(reader.nested("credit_cap")),
        expiry_days=reader.whole_or_none("expiry_days", 1, MOST_DAYS),
        appeal_days=reader.whole("appeal_days", 1, MOST_DAYS),
        appeal_max=reader.whole("appeal_max", 0, MOST_APPEALS),
        quiz_during_appeal=_yes_or_no(reader, "quiz_during_appeal"),
        repeat_rule=_repeat_rule(reader.nested("repeat_rule")),
        warn_within=reader.whole("warn_within", 0, MOST_POINTS),
        milestones=_milestones(reader),
    )
    if programme.scale == Scale.RATING and not reader.faults:
        _check_rating(reader, programme)
    if reader.faults:
        raise ProgrammeRefused(reader.faults)
    return programme


@cache
def known_zones() -> frozenset[str]:
    """The zones of the IANA database: read once, since looking for them walks through many folders."""
    return frozenset(zoneinfo.available_timezones())


def _zone(reader: FieldReader) -> str:
    zone = reader.given.get("zone")
    if isinstance(zone, str) and zone in known_zones():
        return zone
    reader.refuse("zone", gettext_noop("%(zone)s is no time zone."), zone=str(zone)[:50])
    return "UTC"


def _yes_or_no(reader: FieldReader, name: str) -> bool:
    value = reader.given.get(name)
    if not isinstance(value, bool):
        reader.refuse(name, gettext_noop("Say yes or no."))
    return value is True


def _cap(reader: FieldReader | None) -> Cap | None:
    if reader is None:
        return None
    reader.check_names([each.name for each in fields(Cap)])
    period = CapPeriod(reader.one_of("period", CapPeriod.values))
    is_rolling = period == CapPeriod.ROLLING
    if not is_rolling and reader.given.get("days") is not None:
        reader.refuse("days", gettext_noop("Days are for rolling periods only."))
    return Cap(
        limit=reader.whole("limit", 1, MOST_TIMES),
        scope=CapScope(reader.one_of("scope", CapScope.values)),
        period=period,
        days=reader.whole("days", 1, MOST_DAYS) if is_rolling else None,
    )


def _repeat_rule(reader: FieldReader | None) -> RepeatRule | None:
    if reader is None:
        return None
    reader.check_names([each.name for each in fields(RepeatRule)])
    warn_at = reader.whole("warn_at", 2, MOST_TIMES - 1)
    return RepeatRule(warn_at, reader.whole("flag_at", warn_at + 1, MOST_TIMES), reader.whole("days", 1, MOST_DAYS))


def _milestones(reader: FieldReader) -> tuple[Milestone, ...]:
    given = reader.given.get("milestones")
    if not isinstance(given, list | tuple) or not 1 <= len(given) <= MOST_MILESTONES:
        reader.refuse("milestones", gettext_noop("Give from 1 to %(most)s milestones."), most=MOST_MILESTONES)
        return ()
    by_place = FieldReader({str(place): rung or {} for place, rung in enumerate(given)}, under="milestones.")
    rungs = tuple(_milestone(rung) for place in by_place.given if (rung := by_place.nested(place)))
    for place, (lower, upper) in enumerate(pairwise(rungs), start=1):
        if upper.points <= lower.points:
            reason = gettext_noop("Milestones rise: give more points than the one before has.")
            by_place.refuse(f"{place}.points", reason)
    reader.faults += by_place.faults
    return rungs


def _milestone(reader: FieldReader) -> Milestone:
    reader.check_names([each.name for each in fields(Milestone)])
    rung = Milestone(
        points=reader.whole("points", 1, MOST_POINTS),
        actions=_actions(reader),
        days=reader.whole_or_none("days", 1, MOST_DAYS),
    )
    if rung.days is not None and not rung.is_restricting:
        reader.refuse("days", gettext_noop("Only what restricts the seller lasts for days."))
    return rung


def _actions(reader: FieldReader) -> tuple[Action, ...]:
    given = reader.given.get("actions")
    names = list(given) if isinstance(given, list | tuple) else []
    is_known = bool(names) and all(name in Action.values for name in names)
    if not is_known or len(set(names)) < len(names):
        choices = ", ".join(Action.values)
        reader.refuse("actions", gettext_noop("Choose one or more, each once: %(choices)s."), choices=choices)
        return ()
    return tuple(Action(name) for name in names)


def _check_rating(reader: FieldReader, programme: Programme) -> None:
    """A rung below a rating of 0 would never be understood."""
    for place, rung in enumerate(programme.milestones):
        if rung.points > programme.start_score:
            reason = gettext_noop("A rating falls from %(start)s to 0: give at most %(start)s points.")
            reader.refuse(f"milestones.{place}.points", reason, start=programme.start_score)


def programme_data(programme: Programme) -> dict[str, object]:
    """The settings as JSON keeps them; `read_programme` makes the same programme of them."""
    return asdict(programme)
