"""Signs what goes to other machines, as Standard Webhooks (standardwebhooks.com) has it."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime

PREFIX = "whsec_"
SHORTEST_KEY, LONGEST_KEY = 24, 64


def make_secret() -> str:
    """A new secret: `whsec_` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """The bytes of a secret. Raises ValueError where it isn't one of 24 to 64 bytes."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError as error:
        raise ValueError("A secret is whsec_ and base64.") from error
    if not secret.startswith(PREFIX) or not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise ValueError("A secret is whsec_ and base64 of 24 to 64 bytes.")
    return key


def sign(*, secret: str, message_id: str, at: datetime, body: bytes) -> str:
    """The signature of this body at this instant: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`."""
    signed = f"{message_id}.{int(at.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key_of(secret), signed, hashlib.sha256)).decode()


def signed_headers(*, signed_with: Iterable[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks; each secret signs, so that keys can be changed over."""
    signatures = [sign(secret=each, message_id=message_id, at=at, body=body) for each in signed_with]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
