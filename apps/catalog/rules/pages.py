"""How long a reading takes, whom a block is for, what keeps a page from being published or translated."""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from apps.catalog.enums import Audience
from apps.core.rules import Refusal, gettext_noop

WORDS_A_MINUTE = 200


class NotReadyToPublish(Refusal):
    """The page holds something that readers couldn't use."""


class ClipInUse(Refusal):
    """Published pages show the clip; what they need of it stays."""


class NotTranslatable(Refusal):
    """The page can't be translated now, or not as it stands."""


class ParentNotTranslated(NotTranslatable):
    """The page above it comes first."""


class UnknownFilter(Refusal):
    """The catalogue has no such filter value."""

    status = 422


@dataclass(frozen=True)
class VideoFacts:
    """What a reader needs of a video: captions and a transcript."""

    has_captions: bool
    has_transcript: bool


@dataclass(frozen=True)
class CourseQuiz:
    """The quiz that a course asks, as its editors set it: how many questions of which bank, and what passes it.

    `pass_mark` is in percent; `pause` is how long to wait after a try that wasn't passed, zero for not at all.
    """

    bank: str
    questions: int
    pass_mark: int
    pause: timedelta


def check_quiz(questions: int, ready: int) -> None:
    """Refuse to publish a course whose quiz asks more questions than its bank has ready."""
    if questions > ready:
        raise NotReadyToPublish(
            gettext_noop(
                "The quiz asks %(questions)s questions, and this bank has %(ready)s ready. Publish more questions, "
                "ask fewer, or leave the bank empty."
            ),
            questions=questions,
            ready=ready,
        )


def reading_minutes(words: int, video_seconds: int = 0) -> int:
    """Whole minutes to read the words (200 a minute) and watch the clips, at least one.

    >>> reading_minutes(500, 40)
    4
    """
    return max(1, math.ceil(words / WORDS_A_MINUTE + video_seconds / 60))


def audience_of(route: str) -> str:
    """The audience that a reader of `route` belongs to; both routes, or none chosen, see everything.

    >>> audience_of("affiliate"), audience_of("both"), audience_of("")
    ('affiliate', 'all', 'all')
    """
    return route if route in (Audience.AFFILIATE, Audience.SELF_SELLING) else str(Audience.ALL)


def shows_to(block_route: str, audience: str) -> bool:
    """Whether a block for one route is rendered for this audience."""
    return audience in (Audience.ALL, block_route)


def video_problem(video: VideoFacts) -> str:
    """Why not everyone could follow it, or "" (WCAG 2.2, 1.2.1 and 1.2.2)."""
    if not video.has_captions:
        return gettext_noop("The video “%(title)s” has no captions. Add a caption file to it, then publish.")
    if not video.has_transcript:
        return gettext_noop("The video “%(title)s” has no transcript. Write one, then publish.")
    return ""


def check_clip_change(after: VideoFacts, pages: Sequence[str]) -> None:
    """Refuse to take the captions or the transcript from a clip that these published pages show."""
    if pages and video_problem(after):
        raise ClipInUse(
            gettext_noop("Published pages show this clip and need its captions and its transcript: %(pages)s."),
            pages=", ".join(pages),
        )


def check_clip_deletion(title: str, pages: Sequence[str]) -> None:
    """Refuse to delete a clip that these published pages show."""
    if pages:
        raise ClipInUse(
            gettext_noop("Published pages show “%(title)s”. Take it out of them first: %(pages)s."),
            title=title,
            pages=", ".join(pages),
        )


def check_translatable(title: str, *, is_live: bool, parent: str, has_parent: bool, has_page: bool) -> None:
    """Refuse to begin the translation of a page; the facts are about the page, and about the other language.

    A draft still changes, and under a course that isn't translated nobody could open the lesson. `parent` is the
    title of the page above.
    """
    if not is_live:
        raise NotTranslatable(
            gettext_noop("“%(title)s” isn't published yet. Publish it first, then translate it."), title=title
        )
    if not has_parent:
        raise ParentNotTranslated(
            gettext_noop("Translate “%(parent)s” first: “%(title)s” stands below it."), parent=parent, title=title
        )
    if has_page:
        raise NotTranslatable(gettext_noop("“%(title)s” stands in this language already."), title=title)


def check_translated(waiting: int) -> None:
    """Refuse to show readers, or approvers, a page of which passages (their number) still wait for a translation."""
    if waiting:
        raise NotReadyToPublish(
            gettext_noop("Passages that still wait for a translation: %(waiting)s. Translate them first."),
            waiting=waiting,
        )


def check_alike(original: Sequence[str], translated: Sequence[str]) -> None:
    """Refuse to pair two pages that differ in more than their words; both are the places of their passages."""
    if list(original) != list(translated):
        raise NotTranslatable(
            gettext_noop(
                "The two pages aren't built alike. Give them the same blocks in the same order, then try again."
            )
        )


def section_anchor(number: str) -> str:
    """Where a policy's section stands on its page: what violations, lessons and quizzes link to.

    >>> section_anchor("2.1")
    's-2.1'
    """
    return f"s-{number}"


def block_anchor(block: str) -> str:
    """Where a block of a body stands on its page."""
    return f"b-{block}"


def repeated_numbers(numbers: Iterable[str]) -> list[str]:
    """Section numbers that stand more than once: each names one section for ever.

    >>> repeated_numbers(["2.1", "2.2", "2.1"])
    ['2.1']
    """
    seen: set[str] = set()
    return [number for number in numbers if number in seen or seen.add(number)]  # type: ignore[func-returns-value]


def timestamp_seconds(text: str) -> float:
    """Seconds of a WebVTT time: `01:02.500` or `00:01:02.500`. ValueError where it is none.

    >>> timestamp_seconds("01:02.500")
    62.5
    """
    parts = text.strip().split(":")
    if not 2 <= len(parts) <= 3 or not text.strip().replace(":", "").replace(".", "").isdecimal():
        raise ValueError(text)
    return sum(float(part) * 60**power for power, part in enumerate(reversed(parts)))


def caption_problem(text: str) -> str:
    """What is wrong with a caption file, or "" (WebVTT: header, then at least one timed line)."""
    lines = text.lstrip("\ufeff").splitlines()
    if not lines or not lines[0].startswith("WEBVTT"):
        return gettext_noop("A caption file is WebVTT: its first line is WEBVTT.")
    times = [line for line in lines if "-->" in line]
    if not times:
        return gettext_noop("The caption file has no timed line.")
    for line in times:
        start, _arrow, end = line.partition("-->")
        try:
            in_order = timestamp_seconds(start) < timestamp_seconds(end.split()[0])
        except (ValueError, IndexError):
            in_order = False
        if not in_order:
            return gettext_noop("A line of the caption file has no readable start and end.")
    return ""


def spoken_words(captions: str) -> str:
    """What a caption file says, without its times, cue numbers and marks.

    >>> spoken_words("WEBVTT\\n\\n1\\n00:00.000 --> 00:02.000\\n<v Ana>Pin it,\\nthen speak.")
    'Pin it, then speak.'
    """
    said: list[str] = []
    for cue in re.split(r"\n\s*\n", captions.replace("\r\n", "\n")):
        lines = cue.strip().splitlines()
        timed = next((number for number, line in enumerate(lines) if "-->" in line), None)
        said += [re.sub(r"<[^>]*>", "", line).strip() for line in lines[timed + 1 :]] if timed is not None else []
    return " ".join(filter(None, said))
