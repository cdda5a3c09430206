"""Guesses, status lists and hashed addresses, as plain functions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openbadgeslib.ob3 import IdentityObject
from openbadgeslib.ob3.status import set_indices

from apps.core.rules import network_of, slot_end
from apps.learning import rules
from tests.factories import AT

instants = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
places = st.frozensets(st.integers(0, rules.PLACES_IN_STATUS_LIST - 1), max_size=50)


class TestGuesses:
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"),
            ("2001:db8:1:2::9", "2001:db8:1:2"),
            ("2001:db8:1:3::9", "2001:db8:1:3"),
            ("", "unknown"),
            ("nonsense", "unknown"),
        ],
    )
    def test_are_counted_for_a_network(self, address: str, network: str) -> None:
        assert network_of(address) == network

    @given(instants)
    def test_are_counted_for_ten_minutes_at_most(self, at: datetime) -> None:
        end = slot_end(rules.GUESSES_COUNTED_FOR, at)
        assert timedelta() < end - at <= rules.GUESSES_COUNTED_FOR
        assert slot_end(rules.GUESSES_COUNTED_FOR, end - timedelta(microseconds=1)) == end

    def test_thirty_are_let_pass_and_the_next_says_when_to_come_back(self) -> None:
        at = AT.replace(minute=7, second=30, microsecond=1)
        for count in range(1, 31):
            rules.check_guesses(count, at=at, way_on="/")
        with pytest.raises(rules.GuessedTooOften) as refused:
            rules.check_guesses(31, at=at, way_on="/")
        assert (refused.value.status, refused.value.retry_after) == (429, 150)


class TestAStatusList:
    @given(places)
    def test_is_read_by_others_as_it_was_written(self, revoked: frozenset[int]) -> None:
        bits = rules.status_bits(revoked)
        assert len(bits) * 8 == rules.PLACES_IN_STATUS_LIST
        assert set_indices(bits) == revoked

    @given(st.integers(1, 10**9), st.integers(1, 10**9))
    def test_has_a_place_for_each_certificate(self, one: int, other: int) -> None:
        number, place = rules.place_in_status_list(one)
        assert 0 <= place < rules.PLACES_IN_STATUS_LIST
        assert number * rules.PLACES_IN_STATUS_LIST + place == one
        assert (rules.place_in_status_list(other) == (number, place)) == (one == other)


@given(st.emails(), st.text(max_size=30))
def test_an_address_is_hashed_as_others_do(email: str, salt: str) -> None:
    assert rules.recipient_hash(email, salt) == IdentityObject.create(email, salt=salt).identity_hash


def test_what_was_revoked_is_handed_out_no_more() -> None:
    rules.check_not_withdrawn(None, way_on="/")
    with pytest.raises(rules.CertificateWithdrawn) as refused:
        rules.check_not_withdrawn(AT, way_on="/certificates/X/")
    assert (refused.value.status, refused.value.way_on) == (410, "/certificates/X/")
