"""Rings of keys: what signs, what still vouches, what a ring looks like when it is written down."""

import json
from functools import cache

import jwt
import pytest
from jwt.algorithms import RSAAlgorithm

from apps.core.signing import keyrings
from apps.core.signing.keyrings import Keyring

CLAIMS = {"iss": "did:web:university.example", "name": "Ayu"}


@cache
def ring() -> Keyring:
    """One ring for all tests that don't change it: making keys takes a while."""
    return keyrings.make_keyring()


def accepted_by(token: str, found: Keyring) -> bool:
    """Whether some key of the ring vouches for the token, by the id that the token names."""
    kid = jwt.get_unverified_header(token)["kid"].partition("#")[2]
    keys = [key for key in found.keys if key["kid"] == kid]
    try:
        return bool(keys) and jwt.decode(token, RSAAlgorithm.from_jwk(dict(keys[0])), algorithms=["RS256"]) == CLAIMS
    except jwt.InvalidSignatureError:
        return False


def sign(found: Keyring) -> str:
    """A token."""
    return keyrings.sign_token(found, CLAIMS, key_prefix="did:web:university.example#")


def test_a_token_names_its_key_and_is_the_same_each_time() -> None:
    token = sign(ring())
    header = jwt.get_unverified_header(token)
    assert header == {"alg": "RS256", "typ": "JWT", "kid": f"did:web:university.example#{ring().signing_id}"}
    assert token == sign(ring())
    assert accepted_by(token, ring())


def test_public_keys_hold_nothing_private() -> None:
    assert [set(key) for key in ring().keys] == [{"e", "kty", "n", "alg", "use", "kid"}]


def test_a_ring_survives_being_written_and_holds_one_private_key() -> None:
    newer = keyrings.rotated(ring())
    text = keyrings.written(newer)
    again = keyrings.read_keyring(text)
    assert again.keys == newer.keys
    assert sign(again) == sign(newer)
    assert ["d" in key for key in json.loads(text)["keys"]] == [True, False]


def test_after_a_rotation_the_new_key_signs_and_the_old_one_still_vouches() -> None:
    old_token, newer = sign(ring()), keyrings.rotated(ring())
    assert newer.signing_id != ring().signing_id
    assert accepted_by(old_token, newer)
    assert accepted_by(sign(newer), newer)
    assert not accepted_by(sign(newer), ring())


def test_a_withdrawn_key_vouches_for_nothing_and_the_others_stay() -> None:
    old_token, newer = sign(ring()), keyrings.rotated(ring())
    left = keyrings.without(newer, ring().signing_id)
    assert not accepted_by(old_token, left)
    assert accepted_by(sign(newer), left)


def test_the_key_that_signs_and_one_that_is_not_there_are_not_withdrawn() -> None:
    with pytest.raises(ValueError, match=ring().signing_id):
        keyrings.without(ring(), ring().signing_id)
    with pytest.raises(KeyError):
        keyrings.without(ring(), "nobody's")


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"keys": []}', '{"keys": ["x"]}', '{"keys": [{"kty": "oct", "k": "YWJj"}]}', '{"keys": 7}', "[1]"],
)
def test_no_other_text_is_a_ring(text: str) -> None:
    with pytest.raises(ValueError, match="JSON Web Key Set"):
        keyrings.read_keyring(text)


def test_a_ring_whose_first_key_is_public_can_not_sign() -> None:
    with pytest.raises(ValueError, match="must be a private one"):
        keyrings.read_keyring(json.dumps({"keys": [dict(ring().keys[0])]}))
