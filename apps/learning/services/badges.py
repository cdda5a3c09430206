"""Badges are signed when their holders take them, with the newest key of the ring; the ring is kept here."""

import os
import secrets
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.core.cache import cache

from apps.core.signing.keyrings import Keyring, make_keyring, read_keyring, rotated, sign_token, without, written
from apps.learning.models import Certificate
from apps.learning.queries import credentials

STATUS_LIST_KEPT_SECONDS = 60


def sign_badge(*, certificate: Certificate) -> str:
    """The certificate as a signed badge, for its holder only. Taken twice it is the same, while the key stays."""
    assert certificate.person is not None, "a badge is given to its holder"
    document = credentials.credential(certificate, email=certificate.person.email)
    return sign_document(document=document, since=certificate.issued_at)


def sign_status_list(*, number: int, at: datetime) -> str | None:
    """What is revoked now of one list, signed; None where the list holds no certificate.

    The token is kept for a minute while nothing changes: anyone may ask for it, and a signature costs a processor.
    """
    document = credentials.status_list(number, at=at)
    if document is None:
        return None
    revoked = sha256(document["credentialSubject"]["encodedList"].encode()).hexdigest()
    key = f"badges.status_list:{document['id']}:{badge_keyring().signing_id}:{revoked}"
    token: str | None = cache.get(key)
    if token is None:
        token = sign_document(document=document, since=at - credentials.SLOW_CLOCKS)
        cache.set(key, token, STATUS_LIST_KEPT_SECONDS)
    return token


def sign_document(*, document: credentials.Document, since: datetime) -> str:
    """A credential as a token (VC-JWT): its members, and those that every token has."""
    issuer = credentials.issuer_id()
    claims = {"iss": issuer, "jti": document["id"], "nbf": int(since.timestamp())}
    return sign_token(badge_keyring(), document | claims, key_prefix=f"{issuer}#")


# --- The ring --------------------------------------------------------------------------------------------


def badge_keyring() -> Keyring:
    """The ring that signs badges: BADGE_KEYS, or what its file holds. Made at first use where there is neither."""
    if settings.BADGE_KEYS:
        return read_keyring(settings.BADGE_KEYS)
    try:
        return read_keyring(settings.BADGE_KEYS_FILE.read_text())
    except FileNotFoundError:
        make_keyring_file(path=settings.BADGE_KEYS_FILE)
        return read_keyring(settings.BADGE_KEYS_FILE.read_text())


def make_keyring_file(*, path: Path) -> None:
    """Write a new ring where there is none. Of several processes that try, one's ring stays, and all read that."""
    draft = write_draft(path=path, ring=make_keyring())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def write_draft(*, path: Path, ring: Keyring) -> Path:
    """The ring in a file of its own beside the real one, readable for nobody else."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(written(ring))
    return draft


def rotate_badge_key() -> Keyring:
    """Have a new key sign what is taken from now on. What older keys signed stays valid."""
    return keep_keyring(ring=rotated(badge_keyring()))


def withdraw_badge_key(*, key_id: str) -> Keyring:
    """Take a key off that somebody else may hold: badges signed with it are invalid, holders take new ones.

    Raises KeyError for a key that isn't there, ValueError for the one that signs.
    """
    return keep_keyring(ring=without(badge_keyring(), key_id))


def keep_keyring(*, ring: Keyring) -> Keyring:
    """Have the file hold this ring from now on. Where BADGE_KEYS holds it, only the operator can change it."""
    if not settings.BADGE_KEYS:
        path = settings.BADGE_KEYS_FILE
        draft, before = write_draft(path=path, ring=ring), path.stat()
        # An operator who rotates as root leaves it readable for the web server.
        os.chown(draft, before.st_uid, before.st_gid)
        draft.replace(path)
    return ring
