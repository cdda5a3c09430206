"""Signatures of Standard Webhooks, with its own package as the judge."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from apps.core import signing

# The worked case of the specification.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}'
AT = datetime.fromtimestamp(1614265330, tz=UTC)


def test_the_worked_case_of_the_specification() -> None:
    signature = signing.sign(secret=SECRET, message_id=MESSAGE_ID, at=AT, body=BODY)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(min_size=24, max_size=64), st.text(), st.integers(10**9, 10**10))
def test_the_independent_implementation_signs_alike(key: bytes, text: str, seconds: int) -> None:
    secret, at = "whsec_" + base64.b64encode(key).decode(), datetime.fromtimestamp(seconds, tz=UTC)
    ours = signing.sign(secret=secret, message_id="msg_1", at=at, body=text.encode(errors="replace"))
    assert ours == Webhook(secret).sign("msg_1", at, text.encode(errors="replace").decode())


def test_each_secret_signs_and_each_holder_is_content() -> None:
    old, new, at = signing.make_secret(), signing.make_secret(), datetime.now(tz=UTC)
    headers = signing.signed_headers(signed_with=[new, old], message_id="msg_1", at=at, body=b'{"a":1}')
    assert headers["webhook-id"] == "msg_1"
    assert headers["webhook-timestamp"] == str(int(at.timestamp()))
    assert [Webhook(secret).verify(b'{"a":1}', headers) for secret in (old, new)] == [{"a": 1}, {"a": 1}]
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(signing.make_secret()).verify(b'{"a":1}', headers)
    with pytest.raises(Exception, match="too old"):
        late = signing.signed_headers(signed_with=[new], message_id="msg_1", at=at - timedelta(minutes=6), body=b"{}")
        Webhook(new).verify(b"{}", late)


def test_a_made_secret_is_long_and_never_the_same() -> None:
    made = {signing.make_secret() for _time in range(50)}
    assert len(made) == 50
    assert {len(signing.key_of(secret)) for secret in made} == {32}


@pytest.mark.parametrize(
    "secret",
    ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_nö", "whsec_?", "whsec_YQ==", "whsec_" + "QUFB" * 22],
)
def test_no_other_secret_is_taken(secret: str) -> None:
    with pytest.raises(ValueError, match="base64"):
        signing.key_of(secret)
