"""JSON that comes in: nothing hides in it, and nothing in it brings us down."""

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.api import DEEPEST, Fault, Faulty, Unreadable, at_field, path_of, read_json, reason_of
from apps.core.rules import Refusal

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3),
    max_leaves=10,
)


def fault(body: bytes) -> tuple[int, Fault]:
    """How this is refused."""
    with pytest.raises(Unreadable) as refused:
        read_json(body)
    return refused.value.status, refused.value.faults[0]


@given(VALUES)
def test_what_is_json_is_read(value: object) -> None:
    import json

    assert read_json(json.dumps(value).encode()) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        read_json(body)
    except Unreadable as refused:
        assert refused.status in {400, 422}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "This is no JSON."),
        (b"{", "This is no JSON."),
        (b"{'a': 1}", "This is no JSON."),
        (b"{} {}", "This is no JSON."),
        (b"\xef\xbb\xbf{}", "This is no JSON."),
        (b'{"a": "\xff"}', "This is no UTF-8."),
        (b'{"a": "\xed\xa0\x80"}', "This is no UTF-8."),
        ('{"a": 1}'.encode("utf-16"), "This is no UTF-8."),
        (b'{"a": NaN}', "NaN is no JSON."),
        (b'{"a": -Infinity}', "-Infinity is no JSON."),
        (b'{"a": 1e999}', "A number is too large."),
        (b'{"a": ' + b"9" * 5000 + b"}", "This is no JSON."),
        (b'{"a": 1, "a": 1}', "A key stands in one object twice."),
        (b'{"b": [{"a": 1, "c": 2, "\\u0061": 3}]}', "A key stands in one object twice."),
        (b"[" * 100_000, "This is nested too deeply."),
        (b"[" * 100_000 + b"]" * 100_000, "This is nested too deeply."),
        (b'{"a":' * 100_000, "This is nested too deeply."),
        (b"[" * (DEEPEST + 2) + b"]" * (DEEPEST + 2), "This is nested too deeply."),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else None,
)
def test_what_is_none(body: bytes, reason: str) -> None:
    assert fault(body) == (400, Fault("", reason))


def test_as_deep_as_is_allowed() -> None:
    read_json(b"[" * DEEPEST + b"1" + b"]" * DEEPEST)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"a": "x\\u0000"}', "a"),
        (b'{"a": [{"b": "\\ud800"}]}', "a.0.b"),
        (b'"\\udfff"', ""),
        (b'{"a": {"\\u0000": 1}}', "a"),
    ],
)
def test_texts_that_nothing_can_hold(body: bytes, field: str) -> None:
    assert fault(body) == (422, Fault(field, "A text holds a character that can't be kept."))


def test_pairs_of_surrogates_are_characters() -> None:
    assert read_json(b'"\\ud83d\\ude00"') == "\U0001f600"


class Unfit(Refusal):
    status = 422


def test_a_refusal_at_a_field() -> None:
    with pytest.raises(Faulty) as refused, at_field("seller_code"):
        raise Unfit("No %(what)s.", what="code")
    assert (refused.value.status, refused.value.faults) == (422, [Fault("seller_code", "No code.")])
    with pytest.raises(Refusal, match="Gone"), at_field("seller_code"):
        raise Refusal("Gone")


def test_fields_are_named_as_they_were_sent() -> None:
    assert path_of(("body", "body", "violations", 3, "type")) == "violations.3.type"
    assert path_of(("path", "seller_code")) == "seller_code"
    assert reason_of({"type": "value_error", "msg": "Value error, This is no e-mail address."}) == (
        "This is no e-mail address."
    )
    assert reason_of({"type": "string_too_long", "msg": "String should have at most 120 characters"}) == (
        "String should have at most 120 characters."
    )


def test_a_long_key_over_many_elements_costs_no_more_than_a_short_one() -> None:
    def peak(key: str) -> int:
        body = json.dumps({key: [0] * 20_000}).encode()
        tracemalloc.start()
        read_json(body)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak("a" * 2_000) < 2 * peak("a")


def test_a_refusal_names_the_place_briefly() -> None:
    reason = "A text holds a character that can't be kept."
    assert fault(json.dumps({"a" * 5_000: [{"b": "\x00"}]}).encode()) == (422, Fault("a" * 100 + ".0.b", reason))
