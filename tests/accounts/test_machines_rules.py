"""Tokens: how they read, which count, what they are told."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts import rules
from apps.accounts.enums import Scope, TokenState

AT = datetime(2026, 11, 22, 9, 0, 30, tzinfo=UTC)
WORDS = "sut_" + "aB3-_" * 8 + "xyz"


class TestTokenIn:
    @pytest.mark.parametrize("header", [f"Bearer {WORDS}", f"bearer {WORDS}", f"BEARER   {WORDS} "])
    def test_a_bearer(self, header: str) -> None:
        assert rules.token_in(header) == WORDS

    @pytest.mark.parametrize(
        "header",
        [
            "",
            "Bearer",
            "Bearer ",
            WORDS,
            f"Basic {WORDS}",
            f"Bearer {WORDS}x",
            f"Bearer {WORDS[:-1]}",
            f"Bearer {WORDS} {WORDS}",
            f"Bearer {WORDS[:-1]}é",
            f"Bearer\n{WORDS}",
            f"Bearer {WORDS}\x00",
        ],
    )
    def test_anything_else(self, header: str) -> None:
        assert rules.token_in(header) is None

    @given(st.text())
    def test_whatever_comes(self, header: str) -> None:
        assert rules.token_in(header) is None or header.lower().startswith("bearer ")

    def test_a_new_token_reads_as_one_and_is_new(self) -> None:
        words = {rules.new_token() for _time in range(50)}
        assert len(words) == 50
        assert all(rules.token_in(f"Bearer {each}") == each for each in words)

    def test_what_is_kept_tells_nothing_of_it(self) -> None:
        digest = rules.digest_of_token(WORDS)
        assert len(digest) == 64
        assert WORDS[4:] not in digest
        assert digest != rules.digest_of_token(WORDS[:-1] + "w")


class TestCheckToken:
    def facts(self, **changed: object) -> rules.TokenFacts:
        known = {"account_is_active": True, "expires_at": None, "revoked_at": None}
        return rules.TokenFacts(**known | changed)

    def test_one_without_an_end_counts(self) -> None:
        rules.check_token(self.facts(), AT)
        assert rules.state_of_token(self.facts(), AT) == TokenState.VALID

    def test_it_counts_until_its_end_and_not_at_it(self) -> None:
        facts = self.facts(expires_at=AT)
        rules.check_token(facts, AT - timedelta(microseconds=1))
        with pytest.raises(rules.TokenUnfit, match=r"^This token has expired\.$"):
            rules.check_token(facts, AT)

    @pytest.mark.parametrize(
        ("changed", "state", "reason"),
        [
            ({"revoked_at": AT}, TokenState.REVOKED, "This token was revoked."),
            ({"revoked_at": AT, "expires_at": AT}, TokenState.REVOKED, "This token was revoked."),
            ({"account_is_active": False}, TokenState.OFF, "The machine account of this token is off."),
            ({"account_is_active": False, "expires_at": AT}, TokenState.EXPIRED, "This token has expired."),
        ],
    )
    def test_what_ended_it(self, changed: dict[str, object], state: TokenState, reason: str) -> None:
        facts = self.facts(**changed)
        assert rules.state_of_token(facts, AT) == state
        with pytest.raises(rules.TokenUnfit) as refused:
            rules.check_token(facts, AT)
        assert (refused.value.reason, refused.value.status) == (reason, 401)

    def test_one_that_nobody_knows_is_told_nothing(self) -> None:
        with pytest.raises(rules.TokenUnfit, match="Send a valid token"):
            rules.check_token(None, AT)


class TestCheckPace:
    def test_as_many_as_are_allowed(self) -> None:
        rules.check_pace(calls=300, allowed=300, left=timedelta(seconds=30))

    @pytest.mark.parametrize(
        ("calls", "left", "wait", "is_first"),
        [
            (301, timedelta(seconds=30), 30, True),
            (302, timedelta(seconds=30), 30, False),
            (301, timedelta(milliseconds=200), 1, True),
            (301, timedelta(seconds=29, milliseconds=1), 30, True),
        ],
    )
    def test_one_more_waits_for_the_next_minute(self, calls: int, left: timedelta, wait: int, is_first: bool) -> None:
        with pytest.raises(rules.CalledTooOften) as refused:
            rules.check_pace(calls=calls, allowed=300, left=left)
        found = refused.value
        assert (found.status, found.retry_after, found.is_first) == (429, wait, is_first)


class TestWhatATokenIs:
    def test_scopes_stand_once_in_our_order(self) -> None:
        scopes = ["sellers:write", "violations:write", "sellers:write"]
        assert rules.check_scopes(scopes) == ["violations:write", "sellers:write"]
        assert rules.check_scopes(list(Scope)) == [
            "violations:write",
            "standing:read",
            "tasks:write",
            "sellers:write",
        ]

    @pytest.mark.parametrize("scopes", [[], ["violations"], ["violations:write", "*"], [""]])
    def test_no_scope_or_an_unknown_one(self, scopes: list[str]) -> None:
        with pytest.raises(rules.TokenFactsUnfit, match="violations:write, standing:read"):
            rules.check_scopes(scopes)

    def test_days(self) -> None:
        assert rules.expiry_of(days=None, at=AT) is None
        assert rules.expiry_of(days=30, at=AT) == datetime(2026, 12, 22, 9, 0, 30, tzinfo=UTC)
        for days in (0, -1, 3651, 10**9):
            with pytest.raises(rules.TokenFactsUnfit, match="1 to 3650 days"):
                rules.expiry_of(days=days, at=AT)
