"""Who may appeal, until when, with what; how an appeal ends."""

from datetime import timedelta

import pytest

from apps.compliance.enums import AppealState, FileKind, ViolationState
from apps.compliance.rules import appeals as rules
from apps.compliance.rules.appeals import Appealable, AppealFile
from tests.compliance import JAKARTA, local

ISSUED = local("2026-03-02 10:00")
CLOSES = rules.appeal_closes_at(ISSUED, 30, JAKARTA)
NOW = local("2026-03-20 09:00")
TEXT = "The stream was recorded, but marked as such."
MEGABYTE = 1024 * 1024

PENDING, UPHELD, REJECTED = AppealState.PENDING, AppealState.UPHELD, AppealState.REJECTED


def file(
    name: str = "screen.png", size: int = 1000, kind: FileKind | None = FileKind.PNG, **facts: object
) -> AppealFile:
    return AppealFile(name, size, kind, **facts)


class TestWhoMayAppeal:
    @pytest.mark.parametrize("state", [state for state in ViolationState if state != ViolationState.REVOKED])
    def test_what_is_active_cleared_or_expired_may_be_appealed(self, state: ViolationState) -> None:
        rules.check_appeal(Appealable(state, CLOSES), most=2, at=NOW)

    def test_what_is_revoked_may_not(self) -> None:
        with pytest.raises(rules.NothingToAppeal, match="revoked"):
            rules.check_appeal(Appealable(ViolationState.REVOKED, CLOSES), most=2, at=NOW)

    def test_the_deadline_is_the_first_local_midnight_after_thirty_local_days(self) -> None:
        assert local("2026-04-02 00:00") == CLOSES
        open_one = Appealable(ViolationState.ACTIVE, CLOSES)
        rules.check_appeal(open_one, most=2, at=CLOSES - timedelta(microseconds=1))
        with pytest.raises(rules.AppealTooLate, match="is over"):
            rules.check_appeal(open_one, most=2, at=CLOSES)

    @pytest.mark.parametrize(("appeals", "most"), [((REJECTED,), 2), ((), 1)])
    def test_again_while_there_are_appeals_left(self, appeals: tuple[AppealState, ...], most: int) -> None:
        rules.check_appeal(Appealable(ViolationState.ACTIVE, CLOSES, appeals), most=most, at=NOW)

    @pytest.mark.parametrize(("appeals", "most"), [((REJECTED, REJECTED), 2), ((REJECTED,), 1), ((), 0)])
    def test_not_once_too_often(self, appeals: tuple[AppealState, ...], most: int) -> None:
        with pytest.raises(rules.AppealsUsed, match="any more"):
            rules.check_appeal(Appealable(ViolationState.ACTIVE, CLOSES, appeals), most=most, at=NOW)

    def test_not_while_another_is_looked_at(self) -> None:
        with pytest.raises(rules.AppealPending, match="being looked at"):
            rules.check_appeal(Appealable(ViolationState.ACTIVE, CLOSES, (PENDING,)), most=2, at=NOW)


class TestDecision:
    @pytest.mark.parametrize("verdict", [UPHELD, REJECTED])
    def test_pending_becomes_upheld_or_rejected(self, verdict: AppealState) -> None:
        rules.check_decision(PENDING, verdict)

    @pytest.mark.parametrize("state", [UPHELD, REJECTED])
    @pytest.mark.parametrize("verdict", AppealState)
    def test_and_that_is_final(self, state: AppealState, verdict: AppealState) -> None:
        with pytest.raises(rules.AppealDecided, match="decided already"):
            rules.check_decision(state, verdict)

    def test_pending_is_no_decision(self) -> None:
        with pytest.raises(rules.AppealDecided):
            rules.check_decision(PENDING, PENDING)


class TestContents:
    def test_a_text_and_up_to_three_files(self) -> None:
        files = [file(), file("chat.pdf", 5 * MEGABYTE, FileKind.PDF), file(pixels=24_000_000)]
        assert rules.check_contents(f"  {TEXT}\n", files) == TEXT

    @pytest.mark.parametrize(
        ("files", "reason"),
        [
            ([file()] * 4, "Add at most 3 files."),
            ([file("tool.png", kind=None)], "tool.png is neither a picture (JPEG, PNG, WebP) nor a PDF."),
            ([file(size=5 * MEGABYTE + 1)], "screen.png is larger than 5 MB."),
            ([file(pixels=40_000_000)], "screen.png has more than 24 megapixels. Make the picture smaller."),
            (
                [file("chat.pdf", kind=FileKind.PDF, is_active=True)],
                "chat.pdf has a script or another file in it. Print it to a plain PDF.",
            ),
        ],
    )
    def test_files_that_are_refused(self, files: list[AppealFile], reason: str) -> None:
        with pytest.raises(rules.AppealFaulty) as refused:
            rules.check_contents(TEXT, files)
        assert [(fault.field, fault.reason % fault.facts) for fault in refused.value.faults] == [("files", reason)]
        assert str(refused.value) == reason

    @pytest.mark.parametrize(("text", "reason"), [("No!", "Say in a sentence"), ("x" * 5001, "to 5000 characters")])
    def test_texts_that_are_refused(self, text: str, reason: str) -> None:
        with pytest.raises(rules.AppealFaulty, match=reason) as refused:
            rules.check_contents(text, [])
        assert refused.value.status == 422

    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        with pytest.raises(rules.AppealFaulty) as refused:
            rules.check_contents("", [file(kind=None), file(size=6 * MEGABYTE)])
        assert [fault.field for fault in refused.value.faults] == ["text", "files", "files"]


class TestFiles:
    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b"\xff\xd8\xff\xe0 JFIF", FileKind.JPEG),
            (b"\x89PNG\r\n\x1a\n", FileKind.PNG),
            (b"RIFF\x10\x00\x00\x00WEBPVP8 ", FileKind.WEBP),
            (b"%PDF-1.7\n", FileKind.PDF),
            (b"RIFF\x10\x00\x00\x00WAVE", None),
            (b"MZ\x90\x00", None),
            (b"<svg xmlns='http://www.w3.org/2000/svg'>", None),
            (b" %PDF-1.7", None),
            (b"", None),
        ],
    )
    def test_a_file_is_what_is_in_it_whatever_its_name(self, content: bytes, kind: FileKind | None) -> None:
        assert rules.kind_of(content) == kind

    @pytest.mark.parametrize(
        ("content", "is_active"),
        [
            (b"%PDF-1.7 << /S /JavaScript /JS (app.alert(1)) >>", True),
            (b"%PDF-1.7 << /Type /EmbeddedFile >>", True),
            (b"%PDF-1.7 << /Type /Page >>", False),
            (b"/JavaScript", False),
        ],
    )
    def test_a_pdf_with_a_script_is_known(self, content: bytes, is_active: bool) -> None:
        assert rules.is_active_pdf(content) is is_active
