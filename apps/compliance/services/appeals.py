"""Sellers appeal violations; the policy team decides."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from PIL import Image, UnidentifiedImageError
from wagtail.log_actions import log

from apps.accounts.models import User
from apps.compliance.enums import AppealState, FileKind
from apps.compliance.models import Appeal, AppealFile, AppealText, Violation, new_reference
from apps.compliance.queries.appeals import appealable, most_appeals
from apps.compliance.rules import appeals as rules
from apps.compliance.rules.reasons import check_reason
from apps.compliance.services.ledger import hold_standing
from apps.compliance.services.notices import tell_of_appeal_decided, tell_of_appeal_received
from apps.compliance.services.violations import revoke_violation

# No more than this is read of a file: enough to see that it is too large.
MOST_READ = (rules.MOST_MEGABYTES + 1) * 1024 * 1024
READERS = {FileKind.JPEG: "JPEG", FileKind.PNG: "PNG", FileKind.WEBP: "WEBP"}


def make_appeal(*, violation: Violation, text: str, files: Sequence[UploadedFile], at: datetime) -> Appeal:
    """Keep what the seller says against a violation, with up to three files, and confirm it by letter.

    Raises AppealFaulty with all that is wrong with text and files; NothingToAppeal, AppealPending, AppealsUsed,
    AppealTooLate. Files are judged by their content, and kept where only their owner and the policy team get them.
    Whatever goes wrong, neither rows nor files of it stay.
    """
    contents = [file.read(MOST_READ) for file in files[: rules.MOST_FILES + 1]]
    values = [file_value(file.name or "", content, file.size) for file, content in zip(files, contents, strict=False)]
    text = rules.check_contents(text, values)
    with files_or_none() as written, transaction.atomic():
        standing = hold_standing(violation.seller, at=at)
        violation = Violation.objects.select_for_update().get(pk=violation.pk)
        rules.check_appeal(appealable(violation), most=most_appeals(violation, at), at=at)
        appeal = Appeal.objects.create(reference=free_reference(), violation=violation, made_at=at)
        AppealText.objects.create(appeal=appeal, text=text)
        for position, (value, content) in enumerate(zip(values, contents, strict=True), start=1):
            row = file_row(appeal, position, value)
            written.append(row)
            row.content.save(f"{uuid4().hex}{rules.SUFFIXES[FileKind(row.kind)][0]}", ContentFile(content))
        tell_of_appeal_received(standing=standing, appeal=appeal, at=at)
    return appeal


@contextmanager
def files_or_none() -> Iterator[list[AppealFile]]:
    """Collects the files that are written inside; where that fails, none of them stays in the storage."""
    written: list[AppealFile] = []
    try:
        yield written
    except BaseException:
        for row in written:
            if row.content.name:
                row.content.storage.delete(row.content.name)
        raise


def file_value(name: str, content: bytes, size: int | None) -> rules.AppealFile:
    """A file by what is in it. A picture that can't be read is no picture."""
    kind, pixels = rules.kind_of(content), 0
    if kind is not None and kind in READERS:
        pixels = pixels_of(content, READERS[kind])
        kind = kind if pixels else None
    is_active = kind == FileKind.PDF and rules.is_active_pdf(content)
    return rules.AppealFile(rules.plain_name(name, kind), size or len(content), kind, pixels, is_active)


def pixels_of(content: bytes, reader: str) -> int:
    """Width times height, as the picture's head says; 0 where it can't be read. Nothing is unpacked."""
    try:
        with Image.open(BytesIO(content), formats=[reader]) as picture:
            return picture.width * picture.height
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return rules.MOST_MEGAPIXELS * 1_000_000 + 1
    except (UnidentifiedImageError, OSError, ValueError):
        return 0


def file_row(appeal: Appeal, position: int, value: rules.AppealFile) -> AppealFile:
    """The row of a file. It is kept under a name of chance; what the seller called it stands in the row only."""
    return AppealFile(appeal=appeal, position=position, name=value.name, kind=value.kind or "", size=value.size)


def free_reference() -> str:
    """A reference that no appeal bears yet; the unique key stands behind it."""
    reference = new_reference("A")
    while Appeal.objects.filter(reference=reference).exists():
        reference = new_reference("A")
    return reference


@transaction.atomic
def decide_appeal(*, appeal: Appeal, verdict: AppealState, reason: str, at: datetime, by: User) -> Appeal:
    """Decide an appeal, once, for a reason that the seller reads; upheld revokes the violation.

    Raises AppealDecided, ReasonMissing.
    """
    reason = check_reason(reason)
    standing = hold_standing(appeal.violation.seller, at=at)
    rows = Appeal.objects.select_for_update(of=("self",)).select_related("violation__seller", "violation__type")
    appeal = rows.get(pk=appeal.pk)
    rules.check_decision(AppealState(appeal.state), verdict)
    if verdict == AppealState.UPHELD:
        revoke_violation(violation=appeal.violation, reason=reason, at=at, by=by, appeal=appeal)
        log(appeal, "compliance.uphold_appeal", user=by)
        return appeal
    appeal.state, appeal.decided_at, appeal.decided_by = verdict, at, by
    appeal.save(update_fields=["state", "decided_at", "decided_by"])
    AppealText.objects.filter(appeal=appeal).update(reason=reason)
    log(appeal, "compliance.reject_appeal", user=by)
    tell_of_appeal_decided(standing=standing, appeal=appeal, at=at)
    return appeal
