"""How far letters to many are."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, QuerySet

from apps.notifications.enums import MessageState, SendingState
from apps.notifications.models import Message, Sending


@dataclass(frozen=True)
class Progress:
    """One letter to many in numbers. `failed` counts those given up, for whatever reason."""

    readers: int
    written: int
    sent: int = 0
    waiting: int = 0
    failed: int = 0
    stopped: int = 0
    site_only: int = 0
    is_writing: bool = False
    is_stopped: bool = False

    @property
    def is_under_way(self) -> bool:
        """Whether anything is left to write or to send, and so to stop."""
        return self.is_writing or (bool(self.waiting) and not self.is_stopped)


def progress_of(sendings: Collection[Sending]) -> dict[int, Progress]:
    """How far these are, by their id, in one statement whatever their number; none for those that move no more."""
    moving = letters_by_state([sending.pk for sending in sendings if sending.counted_at is None])
    return {
        each.pk: in_numbers(each, kept_numbers(each) if each.counted_at else moving.get(each.pk, {}))
        for each in sendings
    }


def letters_by_state(sendings: Collection[int]) -> dict[int, dict[str, int]]:
    """How many letters these have in each state, by their id, counted now."""
    rows = Message.objects.filter(sending__in=sendings)
    counted: dict[int, dict[str, int]] = {}
    for sending_id, state, letters in rows.values_list("sending", "state").annotate(letters=Count("pk")).order_by():
        counted.setdefault(sending_id, {})[state] = letters
    return counted


def kept_numbers(sending: Sending) -> dict[str, int]:
    """What was counted once no letter waited any more."""
    return {
        MessageState.SENT: sending.sent,
        MessageState.FAILED: sending.given_up,
        MessageState.STOPPED: sending.held_back,
        MessageState.NONE: sending.site_only,
    }


def unsettled() -> QuerySet[Sending]:
    """Those that are written or stopped, of which no letter waits any more, and that weren't counted yet."""
    waiting = Message.objects.filter(sending=OuterRef("pk"), state=MessageState.WAITING)
    return Sending.objects.filter(~Exists(waiting), counted_at=None).exclude(state=SendingState.WRITING)


def in_numbers(sending: Sending, letters: dict[str, int]) -> Progress:
    """The numbers of one. What waits of a stopped one isn't sent any more, marked or not."""
    is_stopped = sending.state == SendingState.STOPPED
    waiting = letters.get(MessageState.WAITING, 0)
    return Progress(
        # Who joins the audience while it is written to gets the letter too.
        readers=max(sending.total, sending.written),
        written=sending.written,
        sent=letters.get(MessageState.SENT, 0),
        waiting=0 if is_stopped else waiting,
        failed=letters.get(MessageState.FAILED, 0),
        stopped=letters.get(MessageState.STOPPED, 0) + (waiting if is_stopped else 0),
        site_only=letters.get(MessageState.NONE, 0),
        is_writing=sending.state == SendingState.WRITING,
        is_stopped=is_stopped,
    )
