"""Keys that sign tokens for anyone to verify (JWS, RS256), kept as a ring: the newest signs, all of it vouches."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import RSAAlgorithm

ALGORITHM = "RS256"
KEY_BITS = 2048
Jwk = Mapping[str, str]


@dataclass(frozen=True)
class Keyring:
    """Public keys as JSON Web Keys, the newest first, and the private half of that one.

    What an older key has signed holds as long as the key stays on the ring. Older keys sign nothing more: their
    private halves are gone.
    """

    keys: tuple[Jwk, ...]
    signer: RSAPrivateKey

    @property
    def signing_id(self) -> str:
        """The id of the key that signs."""
        return self.keys[0]["kid"]


def public_jwk(key: RSAPrivateKey) -> Jwk:
    """The public half as a JSON Web Key. Its id is its thumbprint (RFC 7638), so that it never names another key."""
    parts = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    named = {name: parts[name] for name in ("e", "kty", "n")}
    digest = hashlib.sha256(json.dumps(named, separators=(",", ":"), sort_keys=True).encode()).digest()
    kid = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return named | {"alg": ALGORITHM, "use": "sig", "kid": kid}


def make_keyring() -> Keyring:
    """A ring with one new key."""
    signer = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    return Keyring((public_jwk(signer),), signer)


def rotated(ring: Keyring) -> Keyring:
    """The ring with a new key that signs from now on; those before it keep vouching for what they signed."""
    new = make_keyring()
    return Keyring(new.keys + ring.keys, new.signer)


def without(ring: Keyring, key_id: str) -> Keyring:
    """The ring without an older key: nothing that it signed holds any more.

    Raises KeyError where the ring has no such key, ValueError for the key that signs.
    """
    if key_id == ring.signing_id:
        raise ValueError(key_id)
    if key_id not in {key["kid"] for key in ring.keys}:
        raise KeyError(key_id)
    return replace(ring, keys=tuple(key for key in ring.keys if key["kid"] != key_id))


def written(ring: Keyring) -> str:
    """The ring as a JSON Web Key Set, in one line; its first key is private."""
    private = RSAAlgorithm.to_jwk(ring.signer, as_dict=True)
    secret = {name: private[name] for name in ("d", "p", "q", "dp", "dq", "qi")}
    return json.dumps({"keys": [{**ring.keys[0], **secret}, *ring.keys[1:]]}, separators=(",", ":"))


@lru_cache(maxsize=4)
def read_keyring(text: str) -> Keyring:
    """The ring that was written. Raises ValueError where the text is none, or its first key can't sign."""
    try:
        first, *older = json.loads(text)["keys"]
        signer = RSAAlgorithm.from_jwk(first)
        keys = [{name: key[name] for name in ("e", "kty", "n", "alg", "use", "kid")} for key in older]
    except (TypeError, KeyError, ValueError, jwt.PyJWTError) as error:
        raise ValueError("A key ring is a JSON Web Key Set of RSA keys.") from error
    if not isinstance(signer, RSAPrivateKey):
        raise ValueError("The first key of a key ring must be a private one.")
    return Keyring((public_jwk(signer), *keys), signer)


def sign_token(ring: Keyring, payload: Mapping[str, Any], *, key_prefix: str) -> str:
    """The payload as a signed token (JWT). Its header names the key: the prefix, then the key's id."""
    return jwt.encode(dict(payload), ring.signer, algorithm=ALGORITHM, headers={"kid": key_prefix + ring.signing_id})
