"""CSV files of violations, as spreadsheets save them and as strangers send them."""

import pytest

from apps.compliance.rules.files import LARGEST_FILE, MOST_LINES, FileRefused, read_file

HEADER = "external_id,seller_code,type,channel,issued_at,points,message,title,url,at_seconds"
ROW = "p-1,ALICE-01,V02,live,2026-03-01T09:30:00+07:00,4,Please read this.,Evening live,https://x.example/7,734"


def read(*lines: str, end: str = "\n", encoding: str = "utf-8") -> list[tuple[int, dict[str, object]]]:
    """Numbers and items of a file."""
    content = end.join(lines) + end
    return [(line.number, line.item) for line in read_file(content.encode(encoding))]


def refusal(content: bytes) -> str:
    """Why a file is refused."""
    with pytest.raises(FileRefused) as refused:
        read_file(content)
    assert refused.value.status == 422
    return str(refused.value)


def test_a_line_is_an_item_as_the_api_gets_it() -> None:
    assert read(HEADER, ROW) == [
        (
            2,
            {
                "external_id": "p-1",
                "seller_code": "ALICE-01",
                "type": "V02",
                "channel": "live",
                "issued_at": "2026-03-01T09:30:00+07:00",
                "points": 4,
                "message": "Please read this.",
                "content": {"title": "Evening live", "url": "https://x.example/7", "at_seconds": 734},
            },
        )
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [",", ";"])
def test_however_a_spreadsheet_saves_it(mark: str, end: str, encoding: str) -> None:
    lines = [line.replace(",", mark) for line in (HEADER, ROW)]
    assert read(*lines, end=end, encoding=encoding) == read(HEADER, ROW)


def test_columns_stand_in_any_order_and_those_not_needed_may_be_missing() -> None:
    found = read(" Type ,channel,SELLER_CODE,external_id,issued_at,", "V02,live,A-1,p-1,2026-03-01T09:30:00Z,")
    assert found[0][1] == {
        "type": "V02",
        "channel": "live",
        "seller_code": "A-1",
        "external_id": "p-1",
        "issued_at": "2026-03-01T09:30:00Z",
    }


def test_numbers_are_those_of_an_editor_though_cells_have_line_ends() -> None:
    long = ROW.replace("Please read this.", '"Please\nread, this."')
    found = read(HEADER, long, "", ",,,", ROW)
    assert [number for number, _item in found] == [2, 6]
    assert found[0][1]["message"] == "Please\nread, this."


def test_cells_beyond_the_header_are_kept_so_that_the_line_is_refused() -> None:
    assert read(HEADER, f"{ROW},more")[0][1]["column 11"] == "more"


def test_a_line_that_is_too_short_lacks_what_it_lacks() -> None:
    assert read(HEADER, "p-1,ALICE-01")[0][1] == {"external_id": "p-1", "seller_code": "ALICE-01"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "There is no column"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        ("id,name\n".encode("utf-16"), "no text in UTF-8"),
        (b"external_id\x00\n", "no text in UTF-8"),
        (HEADER.encode(), "There is no violation in this file."),
        (b"external_id,colour\n1,red\n", "There is no column \u201ccolour\u201d"),
        (b"external_id,external_id,type\n", "is there twice"),
        (b"external_id,seller_code,type,channel\n1,2,3,4\n", "The column \u201cissued_at\u201d is missing."),
        (f'{HEADER}\n{ROW}\np-2,"open\n'.encode(), "Line 3: quotation marks"),
        (f'{HEADER}\n{ROW}\np-2,"a"b,\n'.encode(), "Line 3: quotation marks"),
        (f"{HEADER}\np-1,{'x' * 10_001}\n".encode(), "Line 2: a cell is too long"),
        (f"{HEADER}\np-1,{'x' * 200_000}\n".encode(), "Line 2"),
        (b"x" * (LARGEST_FILE + 1), "A file may have 5 MB"),
        ((HEADER + "\n" + "p,a\n" * (MOST_LINES + 1)).encode(), "A file may have 20000 lines"),
    ],
)
def test_what_is_no_table_of_violations_is_refused_with_the_reason(content: bytes, words: str) -> None:
    said = refusal(content)
    assert words in said or (content == b"" and "is missing" in said)
