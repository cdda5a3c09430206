"""Worked cases of the mailroom's rules."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.rules import StateMachine
from apps.notifications import rules
from apps.notifications.enums import Channel, DeliveryState, Kind, MessageState, SendingState, SuppressionReason
from apps.notifications.rules import Recipient

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("kind", "to", "state"),
    [
        (Kind.LEARNING, Recipient("ayu@example.com"), MessageState.WAITING),
        (Kind.LEARNING, Recipient("ayu@example.com", channel=Channel.SITE), MessageState.NONE),
        (Kind.ACCOUNT, Recipient("ayu@example.com", channel=Channel.SITE), MessageState.WAITING),
        (Kind.LEARNING, Recipient(""), MessageState.NONE),
        (Kind.LEARNING, Recipient("ayu@example.com", SuppressionReason.BOUNCED), MessageState.NONE),
        (Kind.ACCOUNT, Recipient("ayu@example.com", SuppressionReason.BOUNCED), MessageState.NONE),
        (Kind.NEWS, Recipient("ayu@example.com", SuppressionReason.COMPLAINED), MessageState.NONE),
        (Kind.ACCOUNT, Recipient("ayu@example.com", SuppressionReason.COMPLAINED), MessageState.WAITING),
    ],
)
def test_how_a_letter_goes(kind: str, to: Recipient, state: MessageState) -> None:
    assert rules.state_for(kind, to) == state


def test_a_closed_seller_gets_only_what_lets_them_in() -> None:
    closed = Recipient("ayu@example.com", is_closed=True)
    assert [kind for kind in Kind if rules.gets_letters(kind, closed)] == [Kind.ACCOUNT]


@pytest.mark.parametrize(
    ("tries", "minutes"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60), (1000, 60)]
)
def test_pauses_grow(tries: int, minutes: int) -> None:
    again = rules.next_try(tries=tries, written_at=AT, at=AT, give_up_after=timedelta(days=1))
    assert again == AT + minutes * MINUTE


@pytest.mark.parametrize(
    ("waited", "pause"),
    [
        (timedelta(hours=23), timedelta(minutes=60)),
        (timedelta(hours=23, minutes=50), timedelta(minutes=10)),
        (timedelta(hours=24), None),
        (timedelta(days=9), None),
    ],
)
def test_the_last_try_is_at_the_end_of_the_day(waited: timedelta, pause: timedelta | None) -> None:
    at = AT + waited
    again = rules.next_try(tries=20, written_at=AT, at=at, give_up_after=rules.GIVE_UP_LETTER_AFTER)
    assert again == (at + pause if pause else None)


@given(st.integers(5, 2000), st.timedeltas(timedelta(), timedelta(days=4)))
def test_every_try_is_later_and_none_after_the_end(tries: int, waited: timedelta) -> None:
    again = rules.next_try(tries=tries, written_at=AT, at=AT + waited, give_up_after=rules.GIVE_UP_LETTER_AFTER)
    assert again is None or AT + waited < again <= AT + rules.GIVE_UP_LETTER_AFTER


@pytest.mark.parametrize("tries", [1, 2, 3, 4])
def test_what_our_own_workers_left_lying_for_days_is_tried_five_times(tries: int) -> None:
    at = AT + timedelta(days=3)
    again = rules.next_try(tries=tries, written_at=AT, at=at, give_up_after=rules.GIVE_UP_LETTER_AFTER)
    assert again == at + 2 ** (tries - 1) * MINUTE


@pytest.mark.parametrize(
    ("said", "is_dead"),
    [
        ("550 5.1.1 No such mailbox", True),
        ("550-5.1.1 The email account does not exist", True),
        ("553 5.1.3 Bad syntax", True),
        ("550 No such user", False),
        ("550 relay not permitted", False),
        ("553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", False),
        ("450 4.1.1 greylisted", False),
        ("550 5.7.1 Looks like spam", False),
        ("552 5.2.2 Mailbox full", False),
        ("554 Refused", False),
        ("no code at all", False),
    ],
)
def test_which_refusal_names_a_dead_address(said: str, is_dead: bool) -> None:
    assert rules.names_dead_address(said) is is_dead


@pytest.mark.parametrize(
    ("machine", "arrows"),
    [
        (
            rules.LETTER,
            {
                (MessageState.WAITING, MessageState.SENT),
                (MessageState.WAITING, MessageState.FAILED),
                (MessageState.WAITING, MessageState.STOPPED),
                (MessageState.WAITING, MessageState.NONE),
                (MessageState.FAILED, MessageState.WAITING),
            },
        ),
        (
            rules.SENDING,
            {
                (SendingState.WRITING, SendingState.WRITTEN),
                (SendingState.WRITING, SendingState.STOPPED),
                (SendingState.WRITTEN, SendingState.STOPPED),
            },
        ),
        (
            rules.DELIVERY,
            {
                (DeliveryState.WAITING, DeliveryState.DELIVERED),
                (DeliveryState.WAITING, DeliveryState.FAILED),
                (DeliveryState.DELIVERED, DeliveryState.WAITING),
                (DeliveryState.FAILED, DeliveryState.WAITING),
            },
        ),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_which_state_may_follow_which(machine: StateMachine, arrows: set[tuple[str, str]]) -> None:
    (states,) = {type(state) for state in machine.transitions}
    assert set(machine.transitions) == set(states)
    assert {(one, other) for one in states for other in states if machine.allows(one, other)} == arrows


@pytest.mark.parametrize("machine", rules.MACHINES, ids=lambda machine: machine.name)
def test_what_no_table_knows_follows_nothing_and_nothing_follows_it(machine: StateMachine) -> None:
    for state in machine.transitions:
        assert not machine.allows(state, "lost")
        assert not machine.allows("lost", state)
