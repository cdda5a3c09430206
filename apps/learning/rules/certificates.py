"""Why a certificate is revoked, who guesses references, and what a badge says."""

import hashlib
import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from apps.core import rules as core
from apps.core.rules import Refusal, gettext_noop, slot_end

SHORTEST_REASON, LONGEST_REASON = 5, 300
# One certificate's bit hides among as many, at least, as Bitstring Status List asks for.
PLACES_IN_STATUS_LIST = 131_072
GUESSES_ALLOWED = 30
GUESSES_COUNTED_FOR = timedelta(minutes=10)


class ReasonMissing(Refusal):
    """A certificate isn't revoked without saying why, nor a person asked to do a lesson."""

    status = 422


class CertificateWithdrawn(Refusal):
    """A certificate that was revoked is handed out no more."""

    status = 410


class PaperUnavailable(Refusal):
    """This server can't draw a PDF; the page can be printed."""

    status = 503


class GuessedTooOften(Refusal):
    """One network asked for many references that there aren't."""

    status = 429


def check_reason(reason: str) -> str:
    """A reason of 5 to 300 characters that the holder can read. Raises ReasonMissing."""
    missing = gettext_noop("Give a reason that the holder can understand.")
    return core.check_reason(
        reason, shortest=SHORTEST_REASON, longest=LONGEST_REASON, missing=missing, refused=ReasonMissing
    )


def check_not_withdrawn(revoked_at: datetime | None, *, way_on: str) -> None:
    """Refuse to hand out what was revoked. Raises CertificateWithdrawn."""
    if revoked_at is not None:
        reason = gettext_noop("This certificate was withdrawn, so its PDF and its badge are given out no more.")
        raise CertificateWithdrawn(reason, way_on=way_on)


def check_guesses(count: int, *, at: datetime, way_on: str) -> None:
    """Refuse the 31st unknown reference of one network in ten minutes. Raises GuessedTooOften."""
    if count > GUESSES_ALLOWED:
        reason = gettext_noop(
            "Many references that do not exist were asked for from your network. Wait ten minutes, then check again."
        )
        wait = math.ceil((slot_end(GUESSES_COUNTED_FOR, at) - at).total_seconds())
        raise GuessedTooOften(reason, way_on=way_on, retry_after=wait)


def place_in_status_list(number: int) -> tuple[int, int]:
    """Which status list says whether the certificate of this number is revoked, and at which of its bits.

    >>> place_in_status_list(7), place_in_status_list(131_075)
    ((0, 7), (1, 3))
    """
    return divmod(number, PLACES_IN_STATUS_LIST)


def status_bits(revoked: Iterable[int]) -> bytes:
    """A status list: one bit a place, the first place the highest bit of the first byte; 1 is revoked.

    >>> status_bits([0, 9])[:2].hex()
    '8040'
    """
    bits = bytearray(PLACES_IN_STATUS_LIST // 8)
    for place in revoked:
        bits[place // 8] |= 0x80 >> place % 8
    return bytes(bits)


def recipient_hash(email: str, salt: str) -> str:
    """Whose badge it is, for who knows the address already: Open Badges hash the address with the salt after it."""
    return "sha256$" + hashlib.sha256((email + salt).encode()).hexdigest()
