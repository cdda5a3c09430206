"""What every app's rules share: refusals, when a job is due, state machines. Plain Python on values, no Django."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address


def gettext_noop(text: str) -> str:
    """Mark a text for the translators; `core.refusals.explain` translates it at the door."""
    return text


class Refusal(Exception):
    """The product says no, with a reason that a person can read.

    `reason` is English, with `%(name)s` for the `facts`. `status` is 401 where
    nothing shows who asks, 404 where what was asked for is unknown, 409 where the state forbids the act, 410 where
    what was asked for is gone, 422 where the input forbids it, 429 where it came too often; then `retry_after` is
    in how many seconds it may be tried again, or None where nobody can say. `way_on` is the address that the page
    with the reason offers next, or "" for the start page.
    """

    status = 409

    def __init__(self, reason: str, *, way_on: str = "", retry_after: int | None = None, **facts: object) -> None:
        super().__init__(reason % facts)
        self.reason = reason
        self.facts = facts
        self.way_on = way_on
        self.retry_after = retry_after


@dataclass(frozen=True)
class Job:
    """A periodic job: `task` is the dotted path of the Celery task, which takes the instant as ISO text.

    Time is cut into slots of `every`, the first at `offset` after midnight UTC of 1 January 1970 (a Thursday); each
    slot is run once, at its beginning or as soon after as somebody offers it. `lease` is how long one run may take
    before others hold it for dead: longer than any task may run. It matters for slots that are longer than itself.
    """

    task: str
    every: timedelta
    offset: timedelta = timedelta()
    lease: timedelta = timedelta(minutes=15)

    @property
    def name(self) -> str:
        """What operators see: `notifications.send_due_letters_every_minute`."""
        _apps, app, _tasks, verb = self.task.split(".")
        return f"{app}.{verb}"

    @property
    def offered_every(self) -> timedelta:
        """How often the schedule offers it: oftener than a slot, so that one missed by a restart is caught up."""
        return max(timedelta(seconds=5), min(self.every / 4, timedelta(minutes=1)))

    @property
    def grace(self) -> timedelta:
        """How long after the beginning of its slot a job may end before it is called late."""
        return max(timedelta(minutes=3), min(self.every / 4, timedelta(hours=1)))


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def slot_of(job: Job, at: datetime) -> datetime:
    """The beginning of the slot in which this instant lies.

    >>> slot_of(Job("apps.x.tasks.y", every=timedelta(minutes=5)), datetime(2026, 11, 22, 9, 7, 31, tzinfo=UTC))
    datetime.datetime(2026, 11, 22, 9, 5, tzinfo=datetime.timezone.utc)
    """
    since = at - EPOCH - job.offset
    return EPOCH + job.offset + since // job.every * job.every


def slot_end(window: timedelta, at: datetime) -> datetime:
    """When the window ends in which this instant lies; windows follow each other from 1 January 1970 on.

    >>> slot_end(timedelta(minutes=10), datetime(2026, 11, 22, 9, 7, 31, tzinfo=UTC)).isoformat()
    '2026-11-22T09:10:00+00:00'
    """
    return EPOCH + ((at - EPOCH) // window + 1) * window


def network_of(address: str) -> str:
    """Who stands behind an address: an IPv4 address; of an IPv6 address its /64, which one reader has alone.

    >>> network_of("192.0.2.7"), network_of("::ffff:192.0.2.7"), network_of("2001:db8::1:2:3:4")
    ('192.0.2.7', '192.0.2.7', '2001:db8:0:0')
    """
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    if isinstance(found, IPv6Address):
        return ":".join(f"{int(part, 16):x}" for part in found.exploded.split(":")[:4])
    return str(found)


def is_late(job: Job, *, ended_slot: datetime | None, at: datetime) -> bool:
    """Whether a slot began longer ago than its grace, and neither it nor a later one has ended well.

    `ended_slot` is the latest slot that ended without an error, None where there is none. A clock that jumped back
    leaves a slot of the future: that is not late.
    """
    due = slot_of(job, at - job.grace)
    return ended_slot is None or ended_slot < due


def pause_after(tries: int, *, first: timedelta, most: timedelta) -> timedelta:
    """How long to wait after this many failed tries (1 or more): doubled each time, up to `most`.

    >>> [pause_after(n, first=timedelta(minutes=1), most=timedelta(minutes=30)).seconds // 60 for n in range(1, 8)]
    [1, 2, 4, 8, 16, 30, 30]
    """
    return min(first * 2 ** min(tries - 1, 30), most)


def whole_percent(part: int, whole: int) -> int:
    """How much of the whole (1 or more) a part is, in percent, rounded; halves go up.

    >>> whole_percent(2, 3), whole_percent(1, 8), whole_percent(1, 3)
    (67, 13, 33)
    """
    return (200 * part + whole) // (2 * whole)


def check_reason(reason: str, *, shortest: int, longest: int, missing: str, refused: type[Refusal]) -> str:
    """Why somebody does something, trimmed, in so many characters.

    Raises what `refused` says; one that is too short is answered with the sentence `missing`, marked by the caller.
    """
    reason = reason.strip()
    if len(reason) < shortest:
        raise refused(missing)
    if len(reason) > longest:
        raise refused(gettext_noop("Keep the reason to %(most)s characters."), most=longest)
    return reason


# --- State machines --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StateMachine:
    """In which states a thing may be, and what leads from one to the next.

    `start` holds the states in which it may begin, `transitions` every state with those that may follow it; the
    words say by what act. A state that nothing follows is an end. An app offers its machines as `rules.MACHINES`;
    `manage.py draw_states` draws them.
    """

    name: str
    start: Mapping[str, str]
    transitions: Mapping[str, Mapping[str, str]]

    def allows(self, source: str, target: str) -> bool:
        """Whether the one state may follow the other. What isn't in the table may not, unknown states included."""
        return target in self.transitions.get(source, {})
