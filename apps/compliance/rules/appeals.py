"""Whether a violation may be appealed, with what, and how an appeal is decided."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.compliance.enums import AppealState, FileKind, ViolationState
from apps.compliance.rules.dates import midnight_after_days
from apps.compliance.rules.fields import Fault, Faulty
from apps.compliance.rules.states import APPEAL
from apps.core.rules import Refusal, gettext_noop

SHORTEST_TEXT, LONGEST_TEXT = 20, 5000
MOST_FILES = 3
MOST_MEGABYTES = 5
MOST_MEGAPIXELS = 24
LONGEST_NAME = 150

# How the names of files of each kind end, the first where one has to be given.
SUFFIXES = {
    FileKind.JPEG: (".jpg", ".jpeg"),
    FileKind.PNG: (".png",),
    FileKind.WEBP: (".webp",),
    FileKind.PDF: (".pdf",),
}

# How a file of each kind begins (and, for WebP, goes on after its length).
SIGNATURES = ((b"\xff\xd8\xff", FileKind.JPEG), (b"\x89PNG\r\n\x1a\n", FileKind.PNG), (b"%PDF-", FileKind.PDF))
# What makes a PDF do something when it is opened or clicked (ISO 32000-1, 12.6.4). Not `/JS`, which never comes
# without `/JavaScript`: so short a mark turns up in compressed pictures by chance.
ACTIVE_IN_PDF = (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/XFA", b"/RichMedia")


class AppealTooLate(Refusal):
    """The time to appeal is over."""


class NothingToAppeal(Refusal):
    """A revoked violation costs nothing any more."""


class AppealPending(Refusal):
    """One appeal of a violation is looked at before the next."""


class AppealsUsed(Refusal):
    """A violation is appealed so many times and no more."""


class AppealDecided(Refusal):
    """A decision is final."""


class AppealFaulty(Faulty):
    """The text or a file of an appeal, with the reason beside each."""


@dataclass(frozen=True)
class Appealable:
    """What decides whether a violation may be appealed: its state, the deadline pinned on it, its appeals so far."""

    state: ViolationState
    closes_at: datetime
    appeals: Sequence[AppealState] = ()


@dataclass(frozen=True)
class AppealFile:
    """A file by what is in it; `pixels` is width times height, 0 of a PDF."""

    name: str
    size: int
    kind: FileKind | None
    pixels: int = 0
    is_active: bool = False


def appeal_closes_at(issued_at: datetime, appeal_days: int, zone: str) -> datetime:
    """Until when a violation may be appealed: the first local midnight at or after so many local days."""
    return midnight_after_days(issued_at, appeal_days, zone)


def check_appeal(violation: Appealable, *, most: int, at: datetime) -> None:
    """Refuse to take an appeal of what is revoked, too late, while another is pending, or once too often."""
    if violation.state == ViolationState.REVOKED:
        raise NothingToAppeal(gettext_noop("This violation is revoked: there is nothing left to appeal."))
    if AppealState.PENDING in violation.appeals:
        raise AppealPending(gettext_noop("Your appeal is being looked at. You can write again once it is decided."))
    if len(violation.appeals) >= most:
        raise AppealsUsed(gettext_noop("This violation can't be appealed any more."))
    if at >= violation.closes_at:
        raise AppealTooLate(gettext_noop("The time to appeal this violation is over."))


def check_decision(state: AppealState, verdict: AppealState) -> None:
    """Refuse to decide an appeal twice."""
    if not APPEAL.allows(state, verdict):
        raise AppealDecided(gettext_noop("This appeal is decided already."))


def check_contents(text: str, files: Sequence[AppealFile]) -> str:
    """The text, trimmed. Raises AppealFaulty with all that is wrong with text and files."""
    text = text.strip()
    faults = _faults_of_text(text)
    if len(files) > MOST_FILES:
        faults.append(Fault("files", gettext_noop("Add at most %(most)s files."), {"most": MOST_FILES}))
    faults += [fault for file in files if (fault := _fault_of_file(file))]
    if faults:
        raise AppealFaulty(faults)
    return text


def _faults_of_text(text: str) -> list[Fault]:
    if len(text) < SHORTEST_TEXT:
        return [Fault("text", gettext_noop("Say in a sentence or two why the violation is wrong."), {})]
    if len(text) > LONGEST_TEXT:
        return [Fault("text", gettext_noop("Keep the text to %(most)s characters."), {"most": LONGEST_TEXT})]
    return []


def _fault_of_file(file: AppealFile) -> Fault | None:
    if file.kind is None:
        reason = gettext_noop("%(name)s is neither a picture (JPEG, PNG, WebP) nor a PDF.")
    elif file.size > MOST_MEGABYTES * 1024 * 1024:
        reason = gettext_noop("%(name)s is larger than %(megabytes)s MB.")
    elif file.pixels > MOST_MEGAPIXELS * 1_000_000:
        reason = gettext_noop("%(name)s has more than %(megapixels)s megapixels. Make the picture smaller.")
    elif file.is_active:
        reason = gettext_noop("%(name)s has a script or another file in it. Print it to a plain PDF.")
    else:
        return None
    facts = {"name": file.name, "megabytes": MOST_MEGABYTES, "megapixels": MOST_MEGAPIXELS}
    return Fault("files", reason, facts)


def kind_of(content: bytes) -> FileKind | None:
    """What a file is by its first bytes, whatever it is called; None for what isn't allowed.

    >>> kind_of(b"MZ a renamed program") is None
    True
    """
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return FileKind.WEBP
    return next((kind for begins, kind in SIGNATURES if content.startswith(begins)), None)


def plain_name(name: str, kind: FileKind | None) -> str:
    """What the seller called a file, without folders and signs that nobody sees, ending as what it is.

    >>> plain_name("..\\\\my folder\\\\paid.exe", FileKind.PDF), plain_name("shot.JPEG", FileKind.JPEG)
    ('paid.exe.pdf', 'shot.JPEG')
    """
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C" and sign not in '"<>').strip(" .")
    suffixes = SUFFIXES[kind] if kind is not None else ("",)
    if not name.lower().endswith(suffixes):
        return f"{(name or 'file')[: LONGEST_NAME - 5]}{suffixes[0]}"
    return name[-LONGEST_NAME:]


def is_active_pdf(content: bytes) -> bool:
    """Whether a PDF says in plain view that it does something; what is compressed inside it is not looked at.

    Files are kept private and offered for download only, so this is a courtesy to staff, not their protection.
    """
    return content.startswith(b"%PDF-") and any(mark in content for mark in ACTIVE_IN_PDF)
