"""Appeals through the database: what is taken, what is refused, and what a decision leads to."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from apps.accounts.enums import Role
from apps.accounts.models import User
from apps.compliance.enums import AppealState, EnforcementState, EntryKind, FileKind, ViolationState
from apps.compliance.models import (
    Appeal,
    AppealFile,
    AppealText,
    Enforcement,
    EntryNote,
    PointEntry,
    Standing,
    Violation,
)
from apps.compliance.queries.appeals import appeal_page
from apps.compliance.rules.appeals import (
    AppealDecided,
    AppealFaulty,
    AppealPending,
    AppealsUsed,
    AppealTooLate,
    NothingToAppeal,
)
from apps.compliance.rules.ledger import Entry
from apps.compliance.rules.reasons import ReasonMissing
from apps.compliance.services import appeals as services
from apps.compliance.services.appeals import decide_appeal
from apps.compliance.services.attempts import start_quiz, submit_quiz
from apps.compliance.services.ledger import Cause, hold_standing, write_act
from apps.compliance.services.violations import revoke_violation
from apps.notifications.models import Message
from apps.quizzes.enums import AttemptState
from tests.compliance import local
from tests.factories import AT
from tests.factories.accounts import PersonFactory
from tests.factories.compliance import (
    WHY_WRONG,
    appeal_of,
    decided,
    linked_seller,
    paper,
    picture,
    points_of,
    seller_with_violation,
    set_programme,
    upload,
    violation_of,
)
from tests.factories.quizzes import answers_of
from tests.learning.test_services import at_once

pytestmark = pytest.mark.django_db

LATER, MEGABYTE = AT + timedelta(hours=1), 1024 * 1024
REASON = "The content shows that the seller is right."


@pytest.fixture
def staff() -> User:
    """One of the policy team."""
    return PersonFactory(name="Putri", role=Role.POLICY)


def kept() -> list[Path]:
    """The files that lie in the private storage."""
    return [each for each in Path(storages["private"].location).rglob("*") if each.is_file()]


def reasons(refused: pytest.ExceptionInfo[AppealFaulty]) -> list[tuple[str, str]]:
    """What was wrong with which field."""
    return [(fault.field, fault.reason % dict(fault.facts)) for fault in refused.value.faults]


def letters_of(violation: Violation) -> list[str]:
    """The subjects of the letters to the seller, in order."""
    rows = Message.objects.filter(person=violation.seller.person).order_by("pk")
    return list(rows.values_list("subject", flat=True))


def passed(violation: Violation, at=LATER) -> Violation:  # type: ignore[no-untyped-def]
    """The violation after its quiz was passed."""
    attempt = start_quiz(violation=violation, person=violation.seller.person, at=at)
    stake = submit_quiz(attempt=attempt, answers=answers_of(attempt), at=at)
    assert stake.points == 1
    return Violation.objects.get(pk=violation.pk)


class TestMaking:
    def test_it_is_kept_with_its_files_and_confirmed(self) -> None:
        violation = seller_with_violation(questions=9)
        files = [
            upload("shot.png", picture()),
            upload("photo.JPEG", picture(kind="JPEG")),
            upload("terms.pdf", paper()),
        ]
        appeal = appeal_of(violation, *files, text=f"  {WHY_WRONG}\n", at=LATER)
        assert (appeal.state, appeal.made_at, appeal.reference[:2]) == (AppealState.PENDING, LATER, "A-")
        assert appeal.words.text == WHY_WRONG
        rows = list(appeal.files.order_by("position"))
        assert [(row.name, row.kind) for row in rows] == [
            ("shot.png", FileKind.PNG),
            ("photo.JPEG", FileKind.JPEG),
            ("terms.pdf", FileKind.PDF),
        ]
        assert rows[0].content.read() == picture()
        assert rows[0].size == len(picture())
        assert letters_of(violation)[-1] == "We have your appeal: Exaggerated effect"
        assert "its quiz stays open" in Message.objects.latest("pk").text

    def test_what_it_is_called_says_nothing_about_where_it_lies(self) -> None:
        appeal = appeal_of(seller_with_violation(), upload("../../settings.png", picture()))
        row = appeal.files.get()
        assert row.name == "settings.png"
        assert "settings" not in row.content.name
        assert row.content.name.startswith("appeals/")
        assert [path.stat().st_mode & 0o777 for path in kept()] == [0o600]

    def test_no_file_is_needed(self) -> None:
        assert appeal_of(seller_with_violation()).files.count() == 0

    def test_nobody_stands_for_the_seller(self) -> None:
        violation = seller_with_violation(seller=linked_seller(person=None))
        assert appeal_of(violation).state == AppealState.PENDING
        assert Message.objects.count() == 0

    @pytest.mark.parametrize(
        ("name", "content", "called"),
        [
            ("paid.exe", paper(), "paid.exe.pdf"),
            ("C:\\Users\\Ayu\\shot.PNG", picture(), "shot.PNG"),
            ("\u202egnp.exe", picture(), "gnp.exe.png"),
            ('a"b\r\nX: y.png', picture(), "abX: y.png"),
            ("…" * 400 + ".png", picture(), "…" * 146 + ".png"),
            ("🐚" * 400, picture(), "🐚" * 145 + ".png"),
            ("..", picture(), "file.png"),
            ("bukti siaran.png", picture(), "bukti siaran.png"),
        ],
    )
    def test_strange_names_become_plain_ones(self, name: str, content: bytes, called: str) -> None:
        file = upload("plain.png", content)
        file._name = name  # as a browser could send it; Django's own parser is milder
        assert appeal_of(seller_with_violation(), file).files.get().name == called


class TestBadFiles:
    """Each is a clear error, and nothing half-written stays."""

    HUGE = picture(8000, 5000, kind="JPEG")

    @pytest.mark.parametrize(
        ("file", "reason"),
        [
            (
                upload("shot.png", b"MZ\x90\x00" + b"\0" * 500),
                "shot.png is neither a picture (JPEG, PNG, WebP) nor a PDF.",
            ),
            (upload("x.svg", b"<svg onload='alert(1)'/>"), "x.svg is neither a picture (JPEG, PNG, WebP) nor a PDF."),
            (upload("cut.png", picture()[:20]), "cut.png is neither a picture (JPEG, PNG, WebP) nor a PDF."),
            (upload("page.png", b"\xff\xd8\xff<script>"), "page.png is neither a picture (JPEG, PNG, WebP) nor a PDF."),
            (upload("none.png", b""), "none.png is neither a picture (JPEG, PNG, WebP) nor a PDF."),
            (
                upload("a.pdf", paper(b"4 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj")),
                "a.pdf has a script or another file in it. Print it to a plain PDF.",
            ),
            (upload("big.jpg", HUGE), "big.jpg has more than 24 megapixels. Make the picture smaller."),
            (upload("six.pdf", paper(b"%" * 6 * MEGABYTE)), "six.pdf is larger than 5 MB."),
        ],
        ids=["program", "drawing", "cut off", "no JPEG", "empty", "script", "40 megapixels", "6 MB"],
    )
    def test_it_is_refused_by_its_content(self, file: SimpleUploadedFile, reason: str) -> None:
        file.seek(0)
        violation = seller_with_violation()
        with pytest.raises(AppealFaulty) as refused:
            appeal_of(violation, upload("good.png", picture()), file)
        assert reasons(refused) == [("files", reason)]
        assert refused.value.status == 422
        assert (Appeal.objects.count(), AppealFile.objects.count(), kept()) == (0, 0, [])

    def test_a_bomb_of_a_picture_is_not_unpacked(self) -> None:
        header = picture()
        bomb = header[:16] + (60_000).to_bytes(4, "big") * 2 + header[24:]
        with pytest.raises(AppealFaulty) as refused:
            appeal_of(seller_with_violation(), upload("bomb.png", bomb))
        assert len(reasons(refused)) == 1

    def test_of_a_file_without_an_end_no_more_is_read_than_tells_that_it_is_too_large(self) -> None:
        class Endless(SimpleUploadedFile):
            asked = 0

            def read(self, number: int = -1) -> bytes:
                Endless.asked += number
                return paper() + b"%" * 100

        file = Endless("a.pdf", paper())
        file.size = 900 * MEGABYTE
        with pytest.raises(AppealFaulty, match="larger than 5 MB"):
            appeal_of(seller_with_violation(), file)
        assert Endless.asked == 6 * MEGABYTE

    def test_four_are_too_many(self) -> None:
        with pytest.raises(AppealFaulty) as refused:
            appeal_of(seller_with_violation(), *(upload(f"{number}.png", picture()) for number in range(4)))
        assert reasons(refused) == [("files", "Add at most 3 files.")]

    def test_all_that_is_wrong_is_said_at_once(self) -> None:
        with pytest.raises(AppealFaulty) as refused:
            appeal_of(seller_with_violation(), upload("a.png", b"MZ"), upload("b.png", b"PK"), text="No!")
        assert [field for field, _reason in reasons(refused)] == ["text", "files", "files"]

    @pytest.mark.parametrize("text", ["", "  ", "No!", "x" * 5001])
    def test_the_text_has_its_bounds(self, text: str) -> None:
        with pytest.raises(AppealFaulty) as refused:
            appeal_of(seller_with_violation(), text=text)
        assert [field for field, _reason in reasons(refused)] == ["text"]


class TestNothingHalfWritten:
    def test_a_refusal_after_the_files_were_read_leaves_none(self) -> None:
        violation = seller_with_violation()
        appeal_of(violation)
        with pytest.raises(AppealPending):
            appeal_of(violation, upload("shot.png", picture()))
        assert (Appeal.objects.count(), kept()) == (1, [])

    def test_a_failure_after_files_were_written_leaves_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        violation = seller_with_violation()
        seen: list[int] = []

        def fail(**_facts: object) -> None:
            seen.append(len(kept()))
            raise RuntimeError("the mailroom is on fire")

        monkeypatch.setattr(services, "tell_of_appeal_received", fail)
        with pytest.raises(RuntimeError):
            appeal_of(violation, upload("shot.png", picture()), upload("terms.pdf", paper()))
        assert seen == [2]
        assert (Appeal.objects.count(), AppealText.objects.count(), AppealFile.objects.count()) == (0, 0, 0)
        assert kept() == []

    def test_a_second_file_that_cannot_be_written_takes_the_first_along(self, monkeypatch: pytest.MonkeyPatch) -> None:
        storage, save = storages["private"], storages["private"].save

        def disk_full(name: str, content: object, max_length: int | None = None) -> str:
            if kept():
                raise OSError("No space left on device")
            return save(name, content, max_length)

        monkeypatch.setattr(storage, "save", disk_full)
        with pytest.raises(OSError, match="No space"):
            appeal_of(seller_with_violation(), upload("shot.png", picture()), upload("terms.pdf", paper()))
        assert (Appeal.objects.count(), kept()) == (0, [])


class TestWhetherOneMay:
    def test_until_the_last_instant_of_the_last_day(self) -> None:
        violation = seller_with_violation(at=local("2026-04-01 01:30"))
        with pytest.raises(AppealTooLate):
            appeal_of(violation, at=local("2026-05-02 00:00"))
        assert appeal_of(violation, at=local("2026-05-01 23:59")).state == AppealState.PENDING

    def test_one_that_reached_us_late_runs_from_its_issue_all_the_same(self) -> None:
        violation = seller_with_violation(at=AT, issued_at=AT - timedelta(days=31))
        with pytest.raises(AppealTooLate):
            appeal_of(violation)

    def test_a_second_time_and_no_third(self, staff: User) -> None:
        violation = seller_with_violation()
        for number in (1, 2):
            appeal = appeal_of(violation, at=AT + timedelta(days=number))
            decided(appeal, AppealState.REJECTED, by=staff, at=AT + timedelta(days=number, hours=1))
        with pytest.raises(AppealsUsed):
            appeal_of(violation, at=AT + timedelta(days=3))
        assert violation.appeals.count() == 2

    def test_how_often_is_for_the_programme_in_force_now(self, staff: User) -> None:
        violation = seller_with_violation()
        decided(appeal_of(violation), AppealState.REJECTED, by=staff)
        set_programme(violation.seller.region, since=LATER, appeal_max=1)
        with pytest.raises(AppealsUsed):
            appeal_of(violation, at=LATER)

    def test_not_while_another_is_looked_at(self) -> None:
        violation = seller_with_violation()
        appeal_of(violation)
        with pytest.raises(AppealPending):
            appeal_of(violation, at=LATER)

    def test_the_database_knows_one_pending_at_a_time(self) -> None:
        violation = seller_with_violation()
        appeal_of(violation)
        with pytest.raises(IntegrityError), transaction.atomic():
            Appeal.objects.create(reference="A-222222", violation=violation, made_at=LATER)

    def test_another_violation_waits_for_none(self) -> None:
        violation = seller_with_violation()
        appeal_of(violation)
        assert appeal_of(violation_of(violation.seller, "V07")).state == AppealState.PENDING

    def test_not_what_is_revoked(self, staff: User) -> None:
        violation = seller_with_violation()
        revoke_violation(violation=violation, reason=REASON, at=AT, by=staff)
        with pytest.raises(NothingToAppeal):
            appeal_of(violation, at=LATER)

    def test_what_is_cleared_may_still_be_appealed_and_becomes_revoked(self, staff: User) -> None:
        violation = passed(seller_with_violation(questions=9, points=1))
        assert violation.state == ViolationState.CLEARED
        decided(appeal_of(violation, at=LATER), AppealState.UPHELD, by=staff, at=LATER)
        violation.refresh_from_db()
        assert violation.state == ViolationState.REVOKED
        assert violation.entries.get(kind=EntryKind.REVOKE).delta == 0

    def test_what_is_expired_may_still_be_appealed(self, staff: User) -> None:
        set_programme("ID", expiry_days=2)
        violation = seller_with_violation()
        at = AT + timedelta(days=5)
        with transaction.atomic():
            standing = hold_standing(violation.seller, at=at)
            entry = Entry(violation.reference, EntryKind.EXPIRY, -4, violation.expires_at, at)
            write_act(standing=standing, violation=violation, entries=[entry], at=at, cause=Cause())
        decided(appeal_of(violation, at=at), AppealState.UPHELD, by=staff, at=at)
        violation.refresh_from_db()
        assert violation.state == ViolationState.REVOKED
        assert list(violation.entries.order_by("pk").values_list("kind", "delta")) == [
            ("issue", 4),
            ("expiry", -4),
            ("revoke", 0),
        ]


class TestUpheld:
    def test_after_a_quiz_took_a_point_the_rest_comes_back_and_no_more(self, staff: User) -> None:
        violation = passed(seller_with_violation(questions=9))
        appeal = appeal_of(violation, at=LATER)
        decided(appeal, AppealState.UPHELD, by=staff, at=LATER, reason=REASON)
        rows = violation.entries.order_by("pk")
        assert list(rows.values_list("kind", "delta")) == [("issue", 4), ("quiz", -1), ("revoke", -3)]
        assert points_of([violation.seller]) == [0]
        revoked = rows.last()
        assert revoked is not None
        assert revoked.appeal_id == appeal.pk
        assert EntryNote.objects.get(entry=revoked).by == staff
        appeal.refresh_from_db()
        assert (appeal.state, appeal.decided_at, appeal.decided_by) == (AppealState.UPHELD, LATER, staff)
        assert AppealText.objects.get(appeal=appeal).reason == REASON
        assert letters_of(violation)[-1].startswith("A violation was revoked")
        assert "Your appeal was upheld" in Message.objects.latest("pk").text

    def test_its_tries_and_points_count_against_no_cap_any_more(self, staff: User) -> None:
        set_programme("ID", attempt_cap=None)
        violation = passed(seller_with_violation(questions=12))
        other = violation_of(violation.seller, at=AT)
        for _more in range(2):
            other = passed(other)
        attempt = start_quiz(violation=other, person=other.seller.person, at=LATER)
        decided(appeal_of(violation, at=LATER), AppealState.UPHELD, by=staff, at=LATER)
        stake = submit_quiz(attempt=attempt, answers=answers_of(attempt), at=LATER)
        assert stake.points == 1, "three of this month, of which one no longer counts"

    def test_an_open_attempt_is_closed_without_counting(self, staff: User) -> None:
        violation = seller_with_violation(questions=9)
        attempt = start_quiz(violation=violation, person=violation.seller.person, at=LATER)
        decided(appeal_of(violation, at=LATER), AppealState.UPHELD, by=staff, at=LATER)
        attempt.refresh_from_db()
        assert attempt.state == AttemptState.SUPERSEDED

    def test_an_enforcement_that_would_not_have_begun_is_lifted(self, staff: User) -> None:
        violation = seller_with_violation(points=8)
        other = violation_of(violation.seller, "V07", points=5, at=LATER)
        assert Enforcement.objects.get().state == EnforcementState.ACTIVE
        decided(appeal_of(violation, at=LATER), AppealState.UPHELD, by=staff, at=LATER)
        assert Enforcement.objects.get().state == EnforcementState.LIFTED
        assert points_of([other.seller]) == [5]


class TestRejected:
    def test_all_stays_as_it_is_and_the_seller_reads_why(self, staff: User) -> None:
        violation = seller_with_violation()
        appeal = decided(appeal_of(violation), AppealState.REJECTED, by=staff, at=LATER, reason=REASON)
        assert (appeal.state, appeal.decided_at, appeal.decided_by) == (AppealState.REJECTED, LATER, staff)
        assert list(violation.entries.values_list("kind", "delta")) == [("issue", 4)]
        assert letters_of(violation)[-1] == "The answer to your appeal: Exaggerated effect"
        text = Message.objects.latest("pk").text
        assert REASON in text
        assert "you can appeal once more until April 2, 2026, midnight WIB" in text

    def test_the_letter_offers_no_third(self, staff: User) -> None:
        violation = seller_with_violation()
        for _number in range(2):
            decided(appeal_of(violation), AppealState.REJECTED, by=staff, at=LATER)
        assert "appeal once more" not in Message.objects.latest("pk").text


class TestDecidedOnce:
    @pytest.mark.parametrize("first", [AppealState.UPHELD, AppealState.REJECTED])
    @pytest.mark.parametrize("second", [AppealState.UPHELD, AppealState.REJECTED, AppealState.PENDING])
    def test_a_decision_is_final(self, staff: User, first: AppealState, second: AppealState) -> None:
        appeal = appeal_of(seller_with_violation())
        decided(appeal, first, by=staff)
        entries = PointEntry.objects.count()
        with pytest.raises(AppealDecided):
            decided(appeal, second, by=staff, reason="Another view of it.")
        assert Appeal.objects.get().state == first
        assert AppealText.objects.get().reason == "We looked at it."
        assert PointEntry.objects.count() == entries

    def test_pending_is_no_decision(self, staff: User) -> None:
        with pytest.raises(AppealDecided):
            decided(appeal_of(seller_with_violation()), AppealState.PENDING, by=staff)

    def test_a_violation_revoked_meanwhile_decides_it(self, staff: User) -> None:
        violation = seller_with_violation()
        appeal = appeal_of(violation)
        revoke_violation(violation=violation, reason=REASON, at=LATER, by=staff)
        with pytest.raises(AppealDecided):
            decided(appeal, AppealState.REJECTED, by=staff)
        appeal.refresh_from_db()
        assert appeal.state == AppealState.UPHELD

    @pytest.mark.parametrize("reason", ["", "   ", "No", "x" * 501])
    @pytest.mark.parametrize("verdict", [AppealState.UPHELD, AppealState.REJECTED])
    def test_not_without_a_reason(self, staff: User, verdict: AppealState, reason: str) -> None:
        appeal = appeal_of(seller_with_violation())
        with pytest.raises(ReasonMissing):
            decide_appeal(appeal=appeal, verdict=verdict, reason=reason, at=LATER, by=staff)
        assert Appeal.objects.get().state == AppealState.PENDING
        assert points_of([appeal.violation.seller]) == [4]


class TestErased:
    @pytest.mark.parametrize("is_gone", [False, True])
    def test_the_words_may_be_emptied_and_all_goes_on(self, staff: User, is_gone: bool) -> None:
        violation = seller_with_violation()
        appeal = appeal_of(violation)
        rows = AppealText.objects.filter(appeal=appeal)
        _forgotten = rows.delete() if is_gone else rows.update(text="")
        (made,) = appeal_page(violation, "en", LATER).made
        assert (made.text, made.reason) == ("", "")
        decided(appeal, AppealState.UPHELD, by=staff, at=LATER)
        assert Standing.objects.get().balance == 0


def test_letters_and_entries_bear_the_order_of_what_happened(staff: User) -> None:
    violation = seller_with_violation()
    decided(appeal_of(violation, at=LATER), AppealState.REJECTED, by=staff, at=LATER + timedelta(hours=1))
    decided(
        appeal_of(violation, at=LATER + timedelta(hours=2)), AppealState.UPHELD, by=staff, at=LATER + timedelta(hours=3)
    )
    about = [subject.removesuffix(": Exaggerated effect") for subject in letters_of(violation)]
    assert about[-4:] == [
        "We have your appeal",
        "The answer to your appeal",
        "We have your appeal",
        "A violation was revoked",
    ]


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Real threads and real transactions."""

    def test_the_same_appeal_from_many_windows_is_one(self) -> None:
        violation = seller_with_violation()
        failures = at_once(*[lambda: appeal_of(violation, upload("shot.png", picture()))] * 6)
        assert [type(failure) for failure in failures] == [AppealPending] * 5
        assert (Appeal.objects.count(), AppealFile.objects.count(), len(kept())) == (1, 1, 1)
        assert letters_of(violation).count("We have your appeal: Exaggerated effect") == 1

    def test_two_of_the_team_decide_and_one_decision_holds(self, staff: User) -> None:
        violation = seller_with_violation()
        appeal = appeal_of(violation)
        verdicts = (AppealState.UPHELD, AppealState.REJECTED) * 3
        failures = at_once(*[partial(decided, appeal, verdict, by=staff) for verdict in verdicts])
        assert [type(failure) for failure in failures] == [AppealDecided] * 5
        appeal.refresh_from_db()
        violation.refresh_from_db()
        is_upheld = appeal.state == AppealState.UPHELD
        assert violation.state == (ViolationState.REVOKED if is_upheld else ViolationState.ACTIVE)
        assert points_of([violation.seller]) == [0 if is_upheld else 4]
