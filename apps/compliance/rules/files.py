"""Reads a CSV file of violations into items as the API gets them."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from apps.compliance.rules.intake import CSV_FIELDS, item_of_row
from apps.core.rules import Refusal, gettext_noop

LARGEST_FILE = 5 * 1024 * 1024
MOST_LINES = 20_000
LONGEST_CELL = 10_000
NEEDED = ("external_id", "seller_code", "type", "channel", "issued_at")


class FileRefused(Refusal):
    """A file that can't be read as a table of violations."""

    status = 422


@dataclass(frozen=True)
class FileLine:
    """The item of a line, and the number that a text editor shows beside it."""

    number: int
    item: dict[str, object]


def read_file(content: bytes) -> list[FileLine]:
    """The lines of a CSV file, comma or semicolon between cells, in UTF-8 with or without its mark.

    Blank lines are left out. What stands beyond the columns of the header is kept, so that the line is refused.
    Raises FileRefused.
    """
    rows = _rows_of(_text_of(content))
    header = _header_of(rows.pop(0)[1] if rows else [])
    lines = [FileLine(number, _item(header, cells)) for number, cells in rows if any(cell.strip() for cell in cells)]
    if not lines:
        raise FileRefused(gettext_noop("There is no violation in this file."))
    if len(lines) > MOST_LINES:
        raise FileRefused(gettext_noop("A file may have %(most)s lines. Cut it in parts."), most=MOST_LINES)
    return lines


def _text_of(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise FileRefused(gettext_noop("A file may have 5 MB. Cut it in parts."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused(gettext_noop("This is no text in UTF-8. Save the table as “CSV UTF-8”.")) from None
    if "\x00" in text:
        raise FileRefused(gettext_noop("This is no text in UTF-8. Save the table as “CSV UTF-8”."))
    return text


def _rows_of(text: str) -> list[tuple[int, list[str]]]:
    """The rows with the numbers of the lines on which they begin."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    mark = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    rows: list[tuple[int, list[str]]] = []
    number = 1
    try:
        for cells in reader:
            if any(len(cell) > LONGEST_CELL for cell in cells):
                raise FileRefused(gettext_noop("Line %(number)s: a cell is too long to be one."), number=number)
            if cells:
                rows.append((number, cells))
            number = reader.line_num + 1
    except csv.Error:
        reason = gettext_noop("Line %(number)s: quotation marks are not closed, or stand within a cell.")
        raise FileRefused(reason, number=number) from None
    return rows


def _header_of(cells: Sequence[str]) -> list[str]:
    """The names of the columns. All that is needed must be there, nothing twice, and nothing unknown."""
    names = [cell.strip().lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    unknown = [name for name in names if name not in CSV_FIELDS]
    if unknown:
        known = ", ".join(CSV_FIELDS)
        reason = gettext_noop("There is no column “%(name)s”. The first line names the columns: %(known)s.")
        raise FileRefused(reason, name=unknown[0][:50], known=known)
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise FileRefused(gettext_noop("The column “%(name)s” is there twice."), name=twice[0])
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise FileRefused(gettext_noop("The column “%(name)s” is missing."), name=missing[0])
    return names


def _item(header: Sequence[str], cells: Sequence[str]) -> dict[str, object]:
    item = item_of_row(dict(zip(header, cells, strict=False)))
    beyond = {
        f"column {place}": cell
        for place, cell in enumerate(cells[len(header) :], start=len(header) + 1)
        if cell.strip()
    }
    return item | beyond
