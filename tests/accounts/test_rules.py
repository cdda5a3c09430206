"""Codes, links, routes."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts import rules
from apps.accounts.enums import Region, Route

GOOD = rules.LinkFacts(
    seller_code="ALICE-01", seller_person_id=None, person_id=7, person_seller_code=None, email_verified=True
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("alice-01", "ALICE-01"), ("  BAYU-01\n", "BAYU-01"), ("42", "42"), ("a" * 32, "A" * 32), ("7-", "7-")],
)
def test_a_code_is_trimmed_and_upper_cased(typed: str, kept: str) -> None:
    assert rules.normal_code(typed) == kept


@pytest.mark.parametrize("typed", ["", "A", "-ALICE", "AL ICE", "ALICE_01", "A" * 33, "ALICÉ", "A\nB"])
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(rules.CodeUnreadable, match="2 to 32 letters"):
        rules.normal_code(typed)
    assert rules.CodeUnreadable.status == 422


@given(st.text(max_size=40))
def test_a_code_is_normal_or_refused_and_normal_for_ever(typed: str) -> None:
    try:
        code = rules.normal_code(typed)
    except rules.CodeUnreadable:
        return
    assert re.fullmatch(r"[A-Z0-9][A-Z0-9-]{1,31}", code)
    assert rules.normal_code(code) == code
    assert rules.normal_code(f" {code.lower()} ") == code


def test_a_free_seller_and_a_free_person_may_be_linked() -> None:
    rules.check_link(GOOD)


def test_the_same_link_again_is_no_harm() -> None:
    rules.check_link(replace(GOOD, seller_person_id=7, person_seller_code="ALICE-01"))


@pytest.mark.parametrize(
    ("facts", "refusal", "reason"),
    [
        (replace(GOOD, seller_person_id=8), rules.SellerTaken, "Another person stands for ALICE-01"),
        (replace(GOOD, person_seller_code="BAYU-01"), rules.PersonTaken, "This person stands for BAYU-01"),
        (replace(GOOD, email_verified=False), rules.EmailUnproven, "has not verified"),
    ],
)
def test_a_link_is_refused_with_its_reason(facts: rules.LinkFacts, refusal: type[Exception], reason: str) -> None:
    with pytest.raises(refusal, match=reason):
        rules.check_link(facts)


@given(
    seller_person=st.none() | st.integers(1, 3),
    person=st.integers(1, 3),
    person_seller=st.none() | st.sampled_from(["A1", "B2"]),
    verified=st.booleans(),
)
def test_a_link_never_gives_one_seller_two_persons_nor_one_person_two_sellers(
    seller_person: int | None, person: int, person_seller: str | None, verified: bool
) -> None:
    facts = rules.LinkFacts("A1", seller_person, person, person_seller, verified)
    try:
        rules.check_link(facts)
    except rules.Refusal:
        assert seller_person not in (None, person) or person_seller not in (None, "A1") or not verified
    else:
        assert seller_person in (None, person)
        assert person_seller in (None, "A1")
        assert verified


@pytest.mark.parametrize(
    ("route", "suits"),
    [
        ("affiliate", ("affiliate", "both")),
        ("self_selling", ("self_selling", "both")),
        ("both", ("affiliate", "self_selling", "both")),
        ("", ("affiliate", "self_selling", "both")),
        ("nonsense", ("affiliate", "self_selling", "both")),
    ],
)
def test_what_a_route_may_read(route: str, suits: tuple[str, ...]) -> None:
    assert rules.readable_routes(route) == suits


@pytest.mark.parametrize("route", list(Route))
def test_everyone_reads_what_is_for_both_and_what_is_for_them(route: Route) -> None:
    assert {route.value, "both"} <= set(rules.readable_routes(route.value))


def test_every_region_has_a_language_and_a_zone() -> None:
    assert set(rules.ZONES) == set(rules.LANGUAGES) == set(Region)
