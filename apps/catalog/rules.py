"""How long a reading takes, whom a block is for, what keeps a page from being published."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from apps.catalog.enums import Audience
from apps.core.rules import Refusal, gettext_noop

WORDS_A_MINUTE = 200


class NotReadyToPublish(Refusal):
    """The page holds something that readers couldn't use."""


class UnknownFilter(Refusal):
    """The catalogue has no such filter value."""

    status = 422


@dataclass(frozen=True)
class VideoFacts:
    """What a reader needs of a video: captions and a transcript."""

    title: str
    has_captions: bool
    has_transcript: bool


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


def check_videos(videos: Iterable[VideoFacts]) -> None:
    """Refuse to publish a video that not everyone can follow (WCAG 2.2, 1.2.1 and 1.2.2)."""
    for video in videos:
        if not video.has_captions:
            raise NotReadyToPublish(
                gettext_noop("The video “%(title)s” has no captions. Add a caption file to it, then publish."),
                title=video.title,
            )
        if not video.has_transcript:
            raise NotReadyToPublish(
                gettext_noop("The video “%(title)s” has no transcript. Write one, then publish."), title=video.title
            )


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
