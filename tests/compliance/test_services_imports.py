"""Files of violations: looked at, taken chunk by chunk, by a worker who may die in the middle of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.compliance.enums import ImportState, Outcome
from apps.compliance.models import EntryNote, PointEntry, Report, Standing, Violation, ViolationImport
from apps.compliance.queries.imports import FileNumbers, numbers_of
from apps.compliance.services import imports
from apps.compliance.services.imports import (
    FileRefused,
    ImportOver,
    continue_imports,
    drop_import,
    preview_file,
    start_import,
)
from tests.factories import AT
from tests.factories.accounts import PersonFactory
from tests.factories.compliance import ViolationTypeFactory, linked_seller

pytestmark = pytest.mark.django_db

HEADER = "external_id,seller_code,type,channel,issued_at,points,message"


@pytest.fixture(autouse=True)
def ground(monkeypatch: pytest.MonkeyPatch) -> None:
    """A type, a seller, small chunks."""
    ViolationTypeFactory(code="V02")
    linked_seller(code="ALICE-01")
    monkeypatch.setattr(imports, "CHUNK", 3)


@pytest.fixture
def staff() -> User:
    """Who brings files."""
    return PersonFactory()


def numbers(file: ViolationImport) -> FileNumbers:
    """The file in numbers."""
    return numbers_of([file])[file.pk]


def row(external_id: str, code: str = "ALICE-01", points: object = 1, kind: str = "V02") -> str:
    """A line of a file."""
    return f"{external_id},{code},{kind},live,2026-03-01T09:30:00+07:00,{points},Please read this."


def brought(staff: User, *rows: str, at: datetime = AT) -> ViolationImport:
    """A file with these lines, looked at."""
    return preview_file(name="march.csv", content="\n".join([HEADER, *rows]).encode(), at=at, by=staff)


def take(at: datetime = AT + timedelta(minutes=1)) -> dict[str, int]:
    """One round of a worker."""
    return continue_imports(clock=lambda: at)


def outcomes(file: ViolationImport) -> list[tuple[str, str]]:
    """What was expected of each line, and what became of it."""
    return list(file.lines.order_by("number").values_list("expected", "outcome"))


MIXED = (row("a"), row("b", "NOBODY-01"), row("c", kind="V77"), row("a"), row("a", points=9), row("d"), row("e"))


class TestPreview:
    def test_it_says_what_would_become_of_each_line_and_takes_none(self, staff: User) -> None:
        file = brought(staff, *MIXED)
        assert [expected for expected, _outcome in outcomes(file)] == [
            Outcome.CREATED,
            Outcome.PENDING,
            Outcome.REFUSED,
            Outcome.KNOWN,
            Outcome.CONFLICT,
            Outcome.CREATED,
            Outcome.CREATED,
        ]
        refused = file.lines.get(expected=Outcome.REFUSED)
        assert (refused.number, refused.errors) == (
            4,
            [{"field": "type", "reason": "There is no violation type V77."}],
        )
        assert not Report.objects.exists()
        assert numbers(file).expected[Outcome.CREATED] == 3
        assert (numbers(file).lines, numbers(file).done) == (7, 0)
        assert take() == {"lines": 0, "files": 0}, "nobody said that it is to be taken"

    def test_a_file_that_cannot_be_read_leaves_nothing(self, staff: User) -> None:
        with pytest.raises(FileRefused):
            preview_file(name="march.csv", content=b"colour\nred\n", at=AT, by=staff)
        assert not ViolationImport.objects.exists()


class TestTaking:
    def test_every_line_is_taken_once_as_it_was_expected(self, staff: User) -> None:
        file = start_import(brought=brought(staff, *MIXED), at=AT, by=staff)
        assert take() == {"lines": 6, "files": 1}
        assert take() == {"lines": 0, "files": 0}
        file.refresh_from_db()
        assert (file.state, file.ended_at) == (ImportState.DONE, AT + timedelta(minutes=1))
        assert [expected == outcome for expected, outcome in outcomes(file)] == [True] * 7
        assert Violation.objects.count() == 3
        assert Standing.objects.get().balance == 3
        assert file.lines.get(item__external_id="d").reference == Report.objects.get(external_id="d").reference
        assert numbers(file).done == numbers(file).lines

    def test_who_brought_it_stands_beside_the_points(self, staff: User) -> None:
        start_import(brought=brought(staff, row("a")), at=AT, by=staff)
        take()
        assert EntryNote.objects.get().by == staff

    def test_the_same_file_again_is_known(self, staff: User) -> None:
        start_import(brought=brought(staff, row("a"), row("b")), at=AT, by=staff)
        take()
        again = brought(staff, row("a"), row("b"), at=AT + timedelta(hours=1))
        assert [expected for expected, _outcome in outcomes(again)] == [Outcome.KNOWN] * 2

    def test_a_worker_that_dies_between_taking_and_noting_loses_and_doubles_nothing(
        self, staff: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = start_import(brought=brought(staff, *(row(f"n{number}") for number in range(5))), at=AT, by=staff)
        real = imports.note

        def dies(*_facts: Any) -> bool:
            raise RuntimeError("Killed.")

        monkeypatch.setattr(imports, "note", dies)
        take(AT)
        assert Violation.objects.count() == 3
        monkeypatch.setattr(imports, "note", real)
        assert take(AT + timedelta(minutes=1))["lines"] == 0, "its lease runs still"
        assert take(AT + imports.LEASE)["lines"] == 5
        file.refresh_from_db()
        assert file.state == ImportState.DONE
        assert {outcome for _expected, outcome in outcomes(file)} == {Outcome.CREATED}
        assert PointEntry.objects.count() == 5

    def test_who_lost_the_lease_notes_nothing(self, staff: User) -> None:
        file = start_import(brought=brought(staff, row("a")), at=AT, by=staff)
        lease = imports.claim(file, AT)
        assert lease is not None
        assert imports.claim(file, AT + timedelta(minutes=1)) is None
        assert imports.claim(file, AT + imports.LEASE) is not None
        assert imports.note(file, lease, list(file.lines.all()), [], AT, imports.Counts()) is False
        assert outcomes(file) == [(Outcome.CREATED, "")]

    def test_a_round_ends_in_time_and_the_next_goes_on(self, staff: User) -> None:
        file = start_import(brought=brought(staff, *(row(f"n{number}") for number in range(7))), at=AT, by=staff)
        times = iter(AT + timedelta(seconds=10 * tick) for tick in range(99))
        continue_imports(clock=lambda: next(times), until=AT + timedelta(seconds=25))
        assert numbers(file).done == 3
        take(AT + timedelta(minutes=2))
        assert numbers(file).done == 7

    def test_a_file_that_fails_holds_up_no_other(self, staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
        first = start_import(brought=brought(staff, row("a")), at=AT, by=staff)
        second = start_import(brought=brought(staff, row("b")), at=AT, by=staff)
        real = imports.take_items

        def fails(**facts: Any) -> Any:
            if facts["items"][0]["external_id"] == "a":
                raise RuntimeError("Broken.")
            return real(**facts)

        monkeypatch.setattr(imports, "take_items", fails)
        take()
        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.state, second.state) == (ImportState.RUNNING, ImportState.DONE)


class TestOnce:
    def test_a_file_is_started_or_dropped_once(self, staff: User) -> None:
        started = start_import(brought=brought(staff, row("a")), at=AT, by=staff)
        dropped = drop_import(brought=brought(staff, row("b")), at=AT, by=staff)
        for file in (started, dropped):
            with pytest.raises(ImportOver):
                start_import(brought=file, at=AT, by=staff)
            with pytest.raises(ImportOver):
                drop_import(brought=file, at=AT, by=staff)
        take()
        assert list(Report.objects.values_list("external_id", flat=True)) == ["a"]
