"""What a search may find of a page: its words as readers of each audience see them.

A kind of page is searched once it stands in `SEARCHED`; an app above adds its own when it gets ready.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.blocks import StreamValue
from wagtail.rich_text import get_text_for_indexing

from apps.accounts.enums import Route
from apps.catalog import rules
from apps.catalog.enums import Audience, Kind, Subject
from apps.catalog.models import CoursePage, EditorialPage, SearchEntry, Video, walk


@dataclass(frozen=True)
class Passage:
    """A page, or a part of it that has an address of its own, in plain words; see `SearchEntry`."""

    title: str
    text: str
    context: str = ""
    anchor: str = ""
    audience: str = ""


@dataclass(frozen=True)
class SearchedKind:
    """A kind of page that is searched: what one is called, what many are, and its passages."""

    one: Any
    many: Any
    passages: Callable[[Any], list[Passage]]


@dataclass(frozen=True)
class Place:
    """Where a page belongs: the filters that leave it, and what stands around it."""

    subject: str = ""
    route: str = str(Route.BOTH)
    context: str = ""


def place_of(page: EditorialPage) -> Place:
    """A lesson belongs where its course does; policies and updates are subjects of their own."""
    if page.kind == Kind.LESSON:
        course = page.get_parent().specific
        return Place(course.subject, course.for_route, course.title)
    if isinstance(page, CoursePage):
        return Place(page.subject, page.for_route)
    if page.kind == Kind.POLICY:
        return Place(Subject.POLICIES.value)
    return Place(Subject.UPDATES.value, getattr(page, "for_route", str(Route.BOTH)))


def entries_of(page: EditorialPage) -> list[SearchEntry]:
    """The rows for this page, not yet of any reading; none for a kind that isn't searched."""
    if page.kind not in SEARCHED:
        return []
    place = place_of(page)
    return [
        SearchEntry(
            key=page.translation_key,
            kind=page.kind,
            language=page.locale.language_code,
            subject=place.subject,
            route=place.route,
            title=passage.title,
            context=passage.context or place.context,
            anchor=passage.anchor,
            audience=passage.audience,
            text=passage.text,
        )
        for passage in SEARCHED[page.kind].passages(page)
    ]


def course_passages(page: Any) -> list[Passage]:
    """A course by what it promises."""
    return [Passage(page.title, as_lines([page.summary, plain(page.introduction), *page.outcome_lines]))]


def policy_passages(page: Any) -> list[Passage]:
    """A policy, and each of its sections with its own address."""
    whole = Passage(page.title, as_lines([page.summary, plain(page.introduction)]))
    sections = [
        Passage(
            title=f"{section['number']} {section['title']}",
            text=plain(section["text"].source),
            context=page.title,
            anchor=page.anchor_of(section["number"]),
        )
        for section in (child.value for child in page.sections)
    ]
    return [whole, *sections]


def body_passages(page: Any) -> list[Passage]:
    """A page with a body: once for everyone, or once for each audience where blocks are for one route only."""
    splits = any(child.block_type == "route_only" for child in page.body)
    audiences = [each.value for each in Audience] if splits else [""]
    return [
        Passage(page.title, as_lines([page.summary, *body_words(page, audience)]), audience=audience)
        for audience in audiences
    ]


SEARCHED: dict[str, SearchedKind] = {
    Kind.COURSE: SearchedKind(_("Course"), _("Courses"), course_passages),
    Kind.LESSON: SearchedKind(_("Lesson"), _("Lessons"), body_passages),
    Kind.POLICY: SearchedKind(_("Policy"), _("Policies"), policy_passages),
    Kind.UPDATE: SearchedKind(_("Shop update"), _("Updates"), body_passages),
}


def body_words(page: Any, audience: str) -> Iterator[str]:
    """The words of every block that this audience sees."""
    for child in shown_blocks(page.body, audience):
        yield from words_of(child, page.locale.language_code)


def shown_blocks(body: StreamValue, audience: str) -> Iterator[Any]:
    """Every block that this audience sees, those inside a block for its route included."""
    hidden = {
        id(inner)
        for child in body
        if child.block_type == "route_only" and not rules.shows_to(child.value["route"], audience)
        for inner in child.value["body"]
    }
    for block in walk(body):
        if block.block_type != "route_only" and id(block) not in hidden:
            yield block


def words_of(child: Any, language: str) -> Iterable[str]:
    """What a block says.

    What is explained after an answer isn't given away. An excerpt of a policy is found in the policy, which may
    change while the page doesn't.
    """
    value = child.value
    if child.block_type == "policy_excerpt":
        return []
    if child.block_type == "knowledge_check":
        return [value["question"], *(option["text"] for option in value["options"])]
    if child.block_type == "callout":
        return [value["title"], plain(value["text"].source)]
    if child.block_type == "file":
        return [value.title, value["description"]] if value["document"] else []
    if child.block_type == "video":
        return [value.title, plain(str(value.transcript or "")), captions_of(value["video"], language)]
    return child.block.get_searchable_content(value)


def captions_of(clip: Video | None, language: str) -> str:
    """What is said in the clip, in this language; "" without captions in it, or where the file is lost."""
    track = next((each for each in clip.tracks.all() if each.language == language), None) if clip else None
    if track is None:
        return ""
    try:
        with track.file.open("rb") as file:
            return rules.spoken_words(file.read().decode("utf-8", errors="replace"))
    except OSError:
        return ""


def plain(html: str) -> str:
    """Rich text without its marks."""
    return get_text_for_indexing(html)


def as_lines(parts: Iterable[str | None]) -> str:
    """One line a part, empty ones left out."""
    return "\n".join(" ".join(part.split()) for part in parts if part and part.strip())
