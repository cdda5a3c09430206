"""Codes, links, routes."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts import rules
from apps.accounts.enums import Region, Route
from tests.factories import AT

GOOD = rules.LinkFacts(
    seller_code="ALICE-01",
    seller_person_id=None,
    seller_person_email="",
    person_id=7,
    person_seller_code=None,
    email_verified=True,
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
        (
            replace(GOOD, seller_person_id=8, seller_person_email="ben@example.com"),
            rules.SellerTaken,
            "ALICE-01 is linked to ben@example.com. .* first empty the e-mail of its person and save",
        ),
        (
            replace(GOOD, person_seller_code="BAYU-01"),
            rules.PersonTaken,
            "This person is linked to BAYU-01. .* first open BAYU-01, empty the e-mail of its person and save",
        ),
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
    facts = rules.LinkFacts("A1", seller_person, "", person, person_seller, verified)
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


@pytest.mark.parametrize(
    ("language", "zone"), [("id", "Asia/Jakarta"), ("en", "America/Los_Angeles"), ("fr", "UTC"), ("", "UTC")]
)
def test_a_language_has_a_usual_zone(language: str, zone: str) -> None:
    assert rules.usual_zone(language) == zone


def test_every_region_has_a_language_and_a_zone() -> None:
    assert set(rules.ZONES) == set(rules.LANGUAGES) == set(Region)


CLAIM_NAMES = {"code": "code", "shop_name": "shop", "region": "region"}


class TestReadClaim:
    @given(
        code=st.text(max_size=40) | st.none() | st.integers(),
        shop=st.text(max_size=130) | st.none(),
        region=st.sampled_from(["ID", "us", "", None, "Mars", 7]),
    )
    def test_is_a_whole_claim_none_or_refused(self, code: object, shop: object, region: object) -> None:
        try:
            claim = rules.read_claim({"code": code, "shop": shop, "region": region}, **CLAIM_NAMES)
        except rules.ClaimUnreadable:
            return
        if claim is not None:
            assert rules.normal_code(claim.code) == claim.code
            assert 0 < len(claim.shop_name) <= 120
            assert claim.region in {"ID", "US"}

    def test_without_a_code_is_none_whatever_else_is_said(self) -> None:
        assert rules.read_claim({"shop": "Ayu", "region": "Mars"}, **CLAIM_NAMES) is None


class TestCheckClaim:
    def facts(self, **changed: object) -> rules.LinkFacts:
        known = {
            "seller_code": "A-01",
            "seller_person_id": None,
            "seller_person_email": "",
            "person_id": 1,
            "person_seller_code": None,
            "email_verified": True,
        }
        return rules.LinkFacts(**known | changed)

    @pytest.mark.parametrize("changed", [{}, {"seller_person_id": 1, "person_seller_code": "A-01"}])
    def test_lets_pass_what_is_free_or_ones_own(self, changed: dict[str, object]) -> None:
        rules.check_claim(self.facts(**changed))

    @pytest.mark.parametrize(
        "changed", [{"seller_person_id": 2, "seller_person_email": "b@example.com"}, {"person_seller_code": "B-02"}]
    )
    def test_refuses_what_stands_otherwise_and_names_nobody(self, changed: dict[str, object]) -> None:
        with pytest.raises(rules.ClaimTaken) as refused:
            rules.check_claim(self.facts(**changed))
        assert "@" not in str(refused.value)


class TestCheckPasswordCanGo:
    @pytest.mark.parametrize(
        ("linked", "alone", "may"),
        [((), (), False), ((), (False,), False), ((), (False, True), True), (("a",), (), True)],
    )
    def test_needs_another_way_in(self, linked: tuple[str, ...], alone: tuple[bool, ...], may: bool) -> None:
        passkeys = tuple(rules.Passkey(number, "x", each, AT, None) for number, each in enumerate(alone))
        ways = rules.WaysIn(True, None, passkeys, None, linked)
        if may:
            rules.check_password_can_go(ways)
        else:
            with pytest.raises(rules.PasswordNeeded):
                rules.check_password_can_go(ways)


@given(st.text())
def test_any_browser_is_some_device(user_agent: str) -> None:
    device = rules.device_of(user_agent)
    assert device.browser in {"", *(name for _sign, name in rules.BROWSERS)}
    assert device.system in {"", *(name for _sign, name in rules.SYSTEMS)}
