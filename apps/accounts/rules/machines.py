"""Which token opens what: how one reads, whether it still counts, and what a machine is told that it doesn't.

A token is `sut_` and 43 signs, 256 random bits. Only its SHA-256 is kept: nobody guesses that many bits, so a slow or
keyed hash would add nothing but time to every call.
"""

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from apps.accounts.enums import Scope, TokenState
from apps.core.rules import Refusal, gettext_noop

TOKEN = re.compile(r"sut_[A-Za-z0-9_-]{43}")
BEARER = re.compile(r"bearer +(\S+) *", re.I)
SIGNS_SHOWN = 10
"""How much of a token is kept to know it by: `sut_` and six of its 43 signs."""
LONGEST_LIFE = 3650
"""Days that a token may count; without a limit one is asked for by leaving the days out."""
USE_NOTED_EVERY = timedelta(hours=1)
CALLS_COUNTED_FOR = timedelta(minutes=1)
CALLS_KEPT_FOR = timedelta(days=90)


class TokenUnfit(Refusal):
    """The call bears no token, or one that opens nothing (any more)."""

    status = 401


class CalledTooOften(Refusal):
    """This token, or this address without one, has called oftener than it may; `is_first` of this minute to do so."""

    status = 429
    is_first = False


class TokenFactsUnfit(Refusal):
    """A token can't be made like this."""

    status = 422


class TokenMade(Refusal):
    """The form that asks for a token came a second time."""


class MachineOff(Refusal):
    """The machine account is off and gets no tokens."""


class SellerUnknown(Refusal):
    """There is no seller of this code."""

    status = 404


@dataclass(frozen=True)
class TokenFacts:
    """What decides whether a token counts."""

    account_is_active: bool
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class SellerWord:
    """What the marketplace says of a seller; None is what it doesn't speak of. The address is in lower case."""

    email: str | None = None
    shop_name: str | None = None
    region: str | None = None
    state: str | None = None


def new_token() -> str:
    """A token that nobody had before."""
    return f"sut_{secrets.token_urlsafe(32)}"


def digest_of_token(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode()).hexdigest()


def token_in(header: str) -> str | None:
    """The token that an `Authorization` header bears, None where it bears none of ours.

    >>> token_in("bearer sut_" + "a" * 43) == "sut_" + "a" * 43, token_in("Basic c3V0"), token_in("")
    (True, None, None)
    """
    found = BEARER.fullmatch(header)
    return found[1] if found and TOKEN.fullmatch(found[1]) else None


def state_of_token(facts: TokenFacts, at: datetime) -> TokenState:
    """Whether it counts, and if not, what ended it; at `expires_at` it has expired."""
    if facts.revoked_at is not None:
        return TokenState.REVOKED
    if facts.expires_at is not None and facts.expires_at <= at:
        return TokenState.EXPIRED
    return TokenState.VALID if facts.account_is_active else TokenState.OFF


NOT_VALID = {
    TokenState.REVOKED: gettext_noop("This token was revoked."),
    TokenState.EXPIRED: gettext_noop("This token has expired."),
    TokenState.OFF: gettext_noop("The machine account of this token is off."),
}


def check_token(facts: TokenFacts | None, at: datetime) -> None:
    """Refuse a token that doesn't count; None is one that nobody knows. Who holds a real one is told what ended it."""
    if facts is None:
        raise TokenUnfit(gettext_noop("Send a valid token: Authorization: Bearer TOKEN."))
    if reason := NOT_VALID.get(state_of_token(facts, at)):
        raise TokenUnfit(reason)


def check_pace(*, calls: int, allowed: int, left: timedelta) -> None:
    """Refuse what goes beyond `allowed` calls a minute; `left` is how much of this minute is left."""
    if calls > allowed:
        refusal = CalledTooOften(
            gettext_noop("Too many calls: %(allowed)s a minute are allowed. Wait, then go on."),
            retry_after=max(1, -(-left // timedelta(seconds=1))),
            allowed=allowed,
        )
        refusal.is_first = calls == allowed + 1
        raise refusal


def check_scopes(scopes: Collection[str]) -> list[str]:
    """The scopes of a new token, each once, in the order in which we name them; at least one, and known ones only."""
    known = [str(scope) for scope in Scope if scope in set(scopes)]
    if not known or len(known) != len(set(scopes)):
        raise TokenFactsUnfit(gettext_noop("Choose at least one scope: %(scopes)s."), scopes=", ".join(Scope))
    return known


def expiry_of(*, days: int | None, at: datetime) -> datetime | None:
    """When a token of so many days ends; None is one that counts until it is revoked."""
    if days is None:
        return None
    if not 1 <= days <= LONGEST_LIFE:
        raise TokenFactsUnfit(gettext_noop("A token counts for 1 to %(most)s days."), most=LONGEST_LIFE)
    return at + timedelta(days=days)
