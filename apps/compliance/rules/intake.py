"""The normal form of a violation that is sent in, by the API or by CSV, and what is done with one sent again.

Field names and outcomes are a contract with the marketplace (policy-programme.md, "Violations in").
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from apps.accounts.rules import CodeUnreadable, normal_code
from apps.compliance.enums import Channel, Outcome
from apps.compliance.rules.fields import Fault, Faulty, FieldReader
from apps.compliance.rules.programme import MOST_POINTS
from apps.core.rules import Refusal, gettext_noop

MOST_IN_BATCH = 1000
LONGEST_ID, LONGEST_TYPE, LONGEST_MESSAGE, LONGEST_TITLE, LONGEST_URL = 64, 16, 2000, 200, 1000
MOST_SECONDS = 7 * 24 * 3600
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

FIELDS = ("external_id", "seller_code", "type", "channel", "issued_at", "points", "message", "content")
CONTENT_FIELDS = ("title", "url", "at_seconds")
CSV_FIELDS = (*FIELDS[:-1], *CONTENT_FIELDS)

EXTERNAL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
# Half characters, and control characters but tab and line ends: no text has them, and PostgreSQL takes no NUL.
UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class BatchRefused(Refusal):
    """A batch is a list of 1 to 1,000 violations."""

    status = 422


class ReportUnknown(Refusal):
    """Nothing was sent under this id."""

    status = 404


class ItemRefused(Faulty):
    """One violation of a batch that can't be taken, with the reason beside each field."""


@dataclass(frozen=True)
class Content:
    """What a violation is about; `at_seconds` is how far into it."""

    title: str = ""
    url: str = ""
    at_seconds: int | None = None


@dataclass(frozen=True)
class Report:
    """A violation as it was sent, in normal form. `points` of None means those of the type."""

    external_id: str
    seller_code: str
    type: str
    channel: Channel
    issued_at: datetime
    points: int | None = None
    message: str = ""
    content: Content = Content()

    @property
    def fingerprint(self) -> str:
        """What two reports of the same content share; points stand apart, see `outcome_of_known`."""
        facts = asdict(self) | {"points": None, "issued_at": self.issued_at.astimezone(UTC).isoformat()}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def check_batch(violations: object) -> list[object]:
    """The items of a batch. Raises BatchRefused."""
    if not isinstance(violations, list):
        raise BatchRefused(gettext_noop("Send the violations as a list."))
    if not 1 <= len(violations) <= MOST_IN_BATCH:
        raise BatchRefused(gettext_noop("Send from 1 to %(most)s violations at once."), most=MOST_IN_BATCH)
    return violations


def outcome_of_known(report: Report, *, fingerprint: str, points: int) -> Outcome:
    """What a report is whose `external_id` is there already, by what is kept of the first one.

    One without points agrees with whatever the type cost then, so that a batch sent again after the type's points
    were changed is still the same batch.
    """
    agrees = report.fingerprint == fingerprint and report.points in (None, points)
    return Outcome.KNOWN if agrees else Outcome.CONFLICT


def read_item(item: object, *, types: Collection[str], at: datetime) -> Report:
    """The normal form of one violation. Raises ItemRefused with every fault that it has.

    Codes are trimmed and upper-cased, times brought to UTC.
    """
    if not isinstance(item, Mapping):
        raise ItemRefused([Fault("", gettext_noop("This is no object with fields."), {})])
    reader = _Reader(item)
    reader.check_names(FIELDS)
    report = Report(
        external_id=reader.external_id(),
        seller_code=reader.seller_code(),
        type=reader.type_code(types),
        channel=reader.channel(),
        issued_at=reader.instant("issued_at", at),
        points=reader.whole_or_none("points", 1, MOST_POINTS),
        message=reader.text("message", LONGEST_MESSAGE),
        content=_content(reader.nested("content")),
    )
    if reader.faults:
        raise ItemRefused(reader.faults)
    return report


def item_of_row(row: Mapping[str, str | None]) -> dict[str, object]:
    """What a row of a CSV file would be as JSON. Empty cells are left out; numbers that are none stay text."""
    cells = {name: cell.strip() for name, cell in row.items() if cell and cell.strip()}
    typed = {name: int(cell) if _is_number(name, cell) else cell for name, cell in cells.items()}
    content = {name: typed.pop(name) for name in CONTENT_FIELDS if name in typed}
    return typed | ({"content": content} if content else {})


def _is_number(name: str, cell: str) -> bool:
    return name in ("points", "at_seconds") and WHOLE.fullmatch(cell) is not None


def _content(reader: "_Reader | None") -> Content:
    if reader is None:
        return Content()
    reader.check_names(CONTENT_FIELDS)
    return Content(
        title=reader.text("title", LONGEST_TITLE),
        url=reader.address("url"),
        at_seconds=reader.whole_or_none("at_seconds", 0, MOST_SECONDS),
    )


class _Reader(FieldReader):
    """Knows the kinds of fields that a violation has."""

    def text(self, name: str, most: int, *, required: bool = False) -> str:
        """A text of at most so many characters, trimmed."""
        value = self.given.get(name)
        text = "" if value is None else value
        if not isinstance(text, str) or UNREADABLE.search(text):
            self.refuse(name, gettext_noop("This is no text that can be read."))
            return ""
        text = text.strip()
        if required and not text:
            self.refuse(name, gettext_noop("This is missing."))
        elif len(text) > most:
            self.refuse(name, gettext_noop("This is longer than %(most)s characters."), most=most)
            return ""
        return text

    def external_id(self) -> str:
        """The marketplace's own id, as it was sent but for blanks around it."""
        text = self.text("external_id", LONGEST_ID, required=True)
        if text and not EXTERNAL_ID.fullmatch(text):
            reason = gettext_noop("An id has letters, digits and . _ : - only, and starts with a letter or digit.")
            self.refuse("external_id", reason)
        return text

    def seller_code(self) -> str:
        """A seller code in upper case, whether or not we know the seller."""
        text = self.text("seller_code", LONGEST_ID, required=True)
        try:
            return normal_code(text) if text else ""
        except CodeUnreadable as refusal:
            self.refuse("seller_code", refusal.reason)
            return ""

    def type_code(self, types: Collection[str]) -> str:
        """The code of a type that we know, in upper case."""
        text = self.text("type", LONGEST_TYPE, required=True).upper()
        if text and text not in types:
            self.refuse("type", gettext_noop("There is no violation type %(code)s."), code=text)
        return text

    def channel(self) -> Channel:
        """Where it happened."""
        text = self.text("channel", LONGEST_TYPE, required=True).lower()
        if text and text not in Channel.values:
            choices = ", ".join(Channel.values)
            self.refuse("channel", gettext_noop("Choose one of: %(choices)s."), choices=choices)
        return Channel(text) if text in Channel.values else Channel.OTHER

    def instant(self, name: str, at: datetime) -> datetime:
        """An instant since 2000 and not ahead of us, in UTC; it must bear an offset."""
        text = self.text(name, 40, required=True).upper()
        instant = _instant_of(text)
        if text and instant is None:
            reason = gettext_noop("Give date, time and offset, as in 2026-11-02T09:30:00+07:00.")
            self.refuse(name, reason)
        elif instant is not None and instant < EARLIEST:
            self.refuse(name, gettext_noop("This is before the year 2000."))
        elif instant is not None and instant > at:
            self.refuse(name, gettext_noop("This is in the future."))
        return instant or EARLIEST

    def address(self, name: str) -> str:
        """An address of the web, or "" where none was sent."""
        text = self.text(name, LONGEST_URL)
        if text and not _is_web_address(text):
            self.refuse(name, gettext_noop("Give a whole address that begins with https:// or http://."))
            return ""
        return text


def _instant_of(text: str) -> datetime | None:
    if not INSTANT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)
    except ValueError:
        return False
