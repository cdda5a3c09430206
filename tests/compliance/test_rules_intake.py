"""The normal form of violations that are sent in, and what is said of those that aren't taken."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.compliance.enums import Channel, Outcome
from apps.compliance.rules import intake as rules
from apps.compliance.rules.intake import Content, Report

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
TYPES = {"V01", "V02"}

SENT: dict[str, Any] = {
    "external_id": "lm-88121",
    "seller_code": "ALICE-01",
    "type": "V02",
    "channel": "live",
    "issued_at": "2026-11-02T09:30:00+07:00",
    "points": 4,
    "message": "text shown to the seller",
    "content": {"title": "Evening live", "url": "https://lantern.example/live/7", "at_seconds": 734},
}
LEAST = {name: SENT[name] for name in ("external_id", "seller_code", "type", "channel", "issued_at")}


def read(**changes: object) -> Report:
    return rules.read_item(SENT | changes, types=TYPES, at=NOW)


def faults(item: object) -> list[tuple[str, str]]:
    """What is refused, field by field."""
    with pytest.raises(rules.ItemRefused) as refused:
        rules.read_item(item, types=TYPES, at=NOW)
    assert refused.value.status == 422
    return [(fault.field, fault.reason % fault.facts) for fault in refused.value.faults]


class TestNormalForm:
    def test_the_example_of_the_contract(self) -> None:
        assert read() == Report(
            external_id="lm-88121",
            seller_code="ALICE-01",
            type="V02",
            channel=Channel.LIVE,
            issued_at=datetime(2026, 11, 2, 2, 30, tzinfo=UTC),
            points=4,
            message="text shown to the seller",
            content=Content("Evening live", "https://lantern.example/live/7", 734),
        )

    def test_points_message_and_content_are_optional(self) -> None:
        report = rules.read_item(LEAST, types=TYPES, at=NOW)
        assert (report.points, report.message, report.content) == (None, "", Content())

    def test_null_is_as_good_as_nothing(self) -> None:
        report = rules.read_item(LEAST | {"points": None, "message": None, "content": None}, types=TYPES, at=NOW)
        assert report == rules.read_item(LEAST, types=TYPES, at=NOW)

    def test_codes_are_trimmed_and_upper_cased(self) -> None:
        assert read(seller_code="  alice-01 ", type=" v02", channel=" LIVE ") == read()

    def test_the_marketplaces_own_id_keeps_its_case(self) -> None:
        assert read(external_id=" Lm-88121 ").external_id == "Lm-88121"

    @pytest.mark.parametrize(
        ("sent", "instant"),
        [
            ("2026-11-02T09:30:00Z", datetime(2026, 11, 2, 9, 30, tzinfo=UTC)),
            ("2026-11-02t09:30:00z", datetime(2026, 11, 2, 9, 30, tzinfo=UTC)),
            ("2026-11-02T09:30+00:00", datetime(2026, 11, 2, 9, 30, tzinfo=UTC)),
            ("2026-11-02T09:30:00.250-08:00", datetime(2026, 11, 2, 17, 30, 0, 250_000, tzinfo=UTC)),
            ("2000-01-01T00:00:00Z", rules.EARLIEST),
            ("2026-11-22T09:00:00Z", NOW),
        ],
    )
    def test_instants_with_an_offset(self, sent: str, instant: datetime) -> None:
        assert read(issued_at=sent).issued_at == instant

    @pytest.mark.parametrize("points", [1, 1000])
    def test_points_at_the_bounds(self, points: int) -> None:
        assert read(points=points).points == points

    @pytest.mark.parametrize("channel", Channel)
    def test_every_channel(self, channel: Channel) -> None:
        assert read(channel=str(channel)).channel == channel


class TestRefused:
    @pytest.mark.parametrize(
        ("changes", "field", "reason"),
        [
            ({"external_id": ""}, "external_id", "This is missing."),
            ({"external_id": 88121}, "external_id", "This is no text that can be read."),
            ({"external_id": "lm 88121"}, "external_id", "An id has letters, digits and . _ : - only, and starts with a letter or digit."),
            ({"external_id": "x" * 65}, "external_id", "This is longer than 64 characters."),
            ({"seller_code": "ALICE 01"}, "seller_code", "A seller code has 2 to 32 letters, digits and hyphens, and starts with a letter or digit."),
            ({"seller_code": None}, "seller_code", "This is missing."),
            ({"type": "V99"}, "type", "There is no violation type V99."),
            ({"type": ["V02"]}, "type", "This is no text that can be read."),
            ({"channel": "radio"}, "channel", "Choose one of: live, video, listing, order, other."),
            ({"issued_at": "2026-11-02T09:30:00"}, "issued_at", "Give date, time and offset, as in 2026-11-02T09:30:00+07:00."),
            ({"issued_at": "2026-11-02"}, "issued_at", "Give date, time and offset, as in 2026-11-02T09:30:00+07:00."),
            ({"issued_at": "2026-02-30T09:30:00Z"}, "issued_at", "Give date, time and offset, as in 2026-11-02T09:30:00+07:00."),
            ({"issued_at": "0001-01-01T00:00:00+23:59"}, "issued_at", "Give date, time and offset, as in 2026-11-02T09:30:00+07:00."),
            ({"issued_at": "٢٠٢٦-11-02T09:30:00Z"}, "issued_at", "Give date, time and offset, as in 2026-11-02T09:30:00+07:00."),
            ({"issued_at": 1793613000}, "issued_at", "This is no text that can be read."),
            ({"issued_at": "1999-12-31T23:59:59Z"}, "issued_at", "This is before the year 2000."),
            ({"issued_at": "2026-11-22T09:00:01Z"}, "issued_at", "This is in the future."),
            ({"points": -5}, "points", "Give a whole number from 1 to 1000."),
            ({"points": 0}, "points", "Give a whole number from 1 to 1000."),
            ({"points": 1_000_000}, "points", "Give a whole number from 1 to 1000."),
            ({"points": "4"}, "points", "Give a whole number from 1 to 1000."),
            ({"points": 4.0}, "points", "Give a whole number from 1 to 1000."),
            ({"points": True}, "points", "Give a whole number from 1 to 1000."),
            ({"message": "x" * 2001}, "message", "This is longer than 2000 characters."),
            ({"message": "a\x00b"}, "message", "This is no text that can be read."),
            ({"message": "half \ud83d"}, "message", "This is no text that can be read."),
            ({"content": "Evening live"}, "content", "This is no object with fields."),
            ({"content": {"url": "javascript:alert(1)"}}, "content.url", "Give a whole address that begins with https:// or http://."),
            ({"content": {"url": "https://[::1"}}, "content.url", "Give a whole address that begins with https:// or http://."),
            ({"content": {"at_seconds": -1}}, "content.at_seconds", "Give a whole number from 0 to 604800."),
            ({"content": {"titel": "x"}}, "content.titel", "There is no such field."),
            ({"point": 4}, "point", "There is no such field."),
        ],
    )  # fmt: skip
    def test_with_the_field_and_the_reason(self, changes: dict[str, object], field: str, reason: str) -> None:
        assert faults(SENT | changes) == [(field, reason)]

    @pytest.mark.parametrize("item", [None, 7, "lm-88121", [], [SENT]])
    def test_what_is_no_object(self, item: object) -> None:
        assert faults(item) == [("", "This is no object with fields.")]

    def test_everything_that_is_wrong_is_told_at_once(self) -> None:
        assert [field for field, _reason in faults({"points": 0, "content": {"at_seconds": "x"}})] == [
            "external_id",
            "seller_code",
            "type",
            "channel",
            "issued_at",
            "points",
            "content.at_seconds",
        ]


class TestBatch:
    @pytest.mark.parametrize("count", [1, 1000])
    def test_from_one_to_a_thousand(self, count: int) -> None:
        assert rules.check_batch([SENT] * count) == [SENT] * count

    @pytest.mark.parametrize("violations", [[], [SENT] * 1001])
    def test_not_none_and_not_more(self, violations: list[object]) -> None:
        with pytest.raises(rules.BatchRefused, match="from 1 to 1000") as refused:
            rules.check_batch(violations)
        assert refused.value.status == 422

    @pytest.mark.parametrize("violations", [None, SENT, "x"])
    def test_only_a_list(self, violations: object) -> None:
        with pytest.raises(rules.BatchRefused, match="as a list"):
            rules.check_batch(violations)


class TestSentAgain:
    def outcome(self, first: Report, again: Report, points: int = 4) -> Outcome:
        return rules.outcome_of_known(again, fingerprint=first.fingerprint, points=points)

    def test_the_same_is_known(self) -> None:
        assert self.outcome(read(), read()) == Outcome.KNOWN

    @pytest.mark.parametrize(
        "changes",
        [
            {"seller_code": " alice-01"},
            {"issued_at": "2026-11-02T02:30:00Z"},
            {"message": " text shown to the seller\n"},
            {"points": None},
        ],
    )
    def test_the_same_written_otherwise_is_known(self, changes: dict[str, object]) -> None:
        assert self.outcome(read(), read(**changes)) == Outcome.KNOWN

    @pytest.mark.parametrize(
        "changes",
        [
            {"seller_code": "BAYU-01"},
            {"type": "V01"},
            {"channel": "video"},
            {"issued_at": "2026-11-02T09:30:01+07:00"},
            {"points": 5},
            {"message": "another text"},
            {"content": {"title": "Evening live"}},
        ],
    )
    def test_other_content_is_a_conflict(self, changes: dict[str, object]) -> None:
        assert self.outcome(read(), read(**changes)) == Outcome.CONFLICT

    def test_one_without_points_is_the_same_after_the_type_costs_more(self) -> None:
        first = rules.read_item(LEAST, types=TYPES, at=NOW)
        assert self.outcome(first, rules.read_item(LEAST, types=TYPES, at=NOW), points=4) == Outcome.KNOWN

    def test_the_fingerprint_never_changes_between_versions_of_this_code(self) -> None:
        assert read().fingerprint == "2cfc104c7c1e0a76c314a132edf7603ba8108f98be8bf1cb14fe10a561259235"


class TestCsv:
    ROW = {
        "external_id": "lm-88121",
        "seller_code": "alice-01 ",
        "type": "v02",
        "channel": "live",
        "issued_at": "2026-11-02T09:30:00+07:00",
        "points": "4",
        "message": "text shown to the seller",
        "title": "Evening live",
        "url": "https://lantern.example/live/7",
        "at_seconds": "734",
    }

    def test_a_row_is_the_same_violation(self) -> None:
        assert list(self.ROW) == list(rules.CSV_FIELDS)
        assert rules.read_item(rules.item_of_row(self.ROW), types=TYPES, at=NOW) == read()

    def test_empty_cells_are_left_out(self) -> None:
        row = self.ROW | {"points": " ", "message": None, "title": "", "url": "", "at_seconds": ""}
        assert rules.item_of_row(row) == {name: str(cell).strip() for name, cell in self.ROW.items() if name in LEAST}

    @pytest.mark.parametrize("cell", ["four", "4.5", "1e3", "٤", "9" * 30])
    def test_a_number_that_is_none_is_refused_and_nothing_breaks(self, cell: str) -> None:
        item = rules.item_of_row(self.ROW | {"points": cell})
        assert faults(item) == [("points", "Give a whole number from 1 to 1000.")]

    def test_a_message_of_digits_stays_a_text(self) -> None:
        assert rules.item_of_row({"message": "734"}) == {"message": "734"}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from([*SENT, "title", "url", "x"]), inside)
    ),
    max_leaves=8,
)


@given(anything | st.dictionaries(st.sampled_from([*SENT, "other"]), anything).map(lambda changes: SENT | changes))
def test_whatever_is_sent_has_a_normal_form_or_reasons_that_can_be_told(item: object) -> None:
    try:
        report = rules.read_item(item, types=TYPES, at=NOW)
    except rules.ItemRefused as refused:
        answer = json.dumps([{"field": each.field, "reason": each.reason % each.facts} for each in refused.faults])
        assert answer.encode()
    else:
        assert rules.EARLIEST <= report.issued_at <= NOW
        assert report.type in TYPES
        again = {"issued_at": report.issued_at.isoformat(), "seller_code": report.seller_code}
        assert isinstance(item, dict)
        assert rules.read_item(item | again, types=TYPES, at=NOW).fingerprint == report.fingerprint


@given(st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)), st.integers(-23 * 60, 23 * 60))  # noqa: DTZ001
def test_an_instant_is_taken_exactly_between_2000_and_now(shown: datetime, offset: int) -> None:
    sign, hours, minutes = "-" if offset < 0 else "+", *divmod(abs(offset), 60)
    sent = f"{shown:%Y-%m-%dT%H:%M:%S}{sign}{hours:02}:{minutes:02}"
    instant = (shown.replace(microsecond=0) - timedelta(minutes=offset)).replace(tzinfo=UTC)
    if rules.EARLIEST <= instant <= NOW:
        assert read(issued_at=sent).issued_at == instant
    else:
        assert [field for field, _reason in faults(SENT | {"issued_at": sent})] == ["issued_at"]
