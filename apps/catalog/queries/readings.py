"""The reading path: one record for an address, its body rendered once per version, language and audience.

Walk through it with one lesson: `find_reading("en/courses/anchors/in-live/")` answers the row with its course in
one statement. `body_of` looks in the cache under a key made of the row's version, the reader's language, the
audience and the state of the templates; where nothing is kept yet one caller renders and the others wait for it.
Nothing is purged: what changed gives the row a new version, and old renderings fall out of the cache by age.
"""

import functools
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Model, Q, prefetch_related_objects
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from wagtail.blocks import StreamValue
from wagtail.images.models import Image
from wagtail.models import Page
from wagtail.rich_text import expand_db_html, extract_references_from_rich_text, get_text_for_indexing

from apps.catalog import rules
from apps.catalog.enums import Kind
from apps.catalog.models import CoursePage, EditorialPage, PolicyPage, Reading, walk

KEEP_SECONDS = 60 * 60 * 24 * 30
RENDER_LOCK_SECONDS = 20

page_addresses: ContextVar[dict[str, str] | None] = ContextVar("page_addresses", default=None)


@dataclass(frozen=True)
class OutlineLine:
    """One lesson in the outline of its course; its language may not be the course's."""

    number: int
    key: UUID
    title: str
    summary: str
    url: str
    minutes: int
    language: str


@dataclass(frozen=True)
class Language:
    """A language in which a page exists, and where."""

    code: str
    name: str
    url: str


def find_reading(path: str) -> Reading | None:
    """The page under this address with its course, in one statement; None where nobody may open one.

    The statement is built once and not for every request, which halves its cost (performance.md).
    """
    sql, names = _finding_statement(connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(sql, [path])
        row = cursor.fetchone()
    if row is None:
        return None
    reading, parent = _reading_from(names, row[: len(names)]), row[len(names) :]
    if reading.parent_id is not None:
        reading.parent = _reading_from(names, parent)
    return reading


@functools.cache
def _finding_statement(_vendor: str) -> tuple[str, tuple[str, ...]]:
    """The SQL of `find_reading` and the names of the columns that it gives for a page, then for its course."""
    query = Reading.objects.select_related("parent").filter(path="").query
    return query.sql_with_params()[0], tuple(field.attname for field in Reading._meta.concrete_fields)


def _reading_from(names: tuple[str, ...], values: tuple[Any, ...]) -> Reading:
    """A row as the model."""
    reading = Reading.from_db("default", names, values)
    reading.key, reading.version = as_uuid(reading.key), as_uuid(reading.version)
    return reading


def as_uuid(value: UUID | str) -> UUID:
    """What a database without UUIDs gives back as text."""
    return UUID(value) if isinstance(value, str) else value


def outline_of(course: Reading) -> list[OutlineLine]:
    """The lessons of a course in their order; one that isn't translated yet stands in it in the site's first language.

    So half a translation is no shorter course: what is left to do is the same as in the first language. Kept per
    version of the course; a change in one language renews the course in all.
    """

    def make() -> list[OutlineLine]:
        languages = (course.language, settings.LANGUAGE_CODE)
        rows = Reading.objects.filter(parent__key=course.key, language__in=languages).order_by("page__path")
        lines = best_versions(rows, course.language)
        return [
            OutlineLine(number, line.key, line.title, line.summary, line.url, line.minutes, line.language)
            for number, line in enumerate(lines, start=1)
        ]

    return keep_once(f"outline:{course.version.hex}", make)


def course_around(lesson: Reading, course: Reading) -> Reading:
    """The course of a lesson as its reader goes through it.

    Who gets a lesson in another language only because it isn't translated goes on in their own, where the course
    exists in it. Kept per version of both.
    """
    language = get_language() or settings.LANGUAGE_CODE
    if language in {lesson.language, *(other.code for other in languages_of(lesson))}:
        return course

    def make() -> Reading:
        return Reading.objects.filter(key=course.key, language=language).first() or course

    return keep_once(f"course:{course.version.hex}:{language}", make)


def best_versions(rows: Iterable[Reading], language: str) -> list[Reading]:
    """Each lesson once, in this language where it exists, in the order of the site's first language."""
    best: dict[UUID, Reading] = {}
    for lesson in sorted(rows, key=lambda each: each.language != settings.LANGUAGE_CODE):
        if lesson.key not in best or lesson.language == language:
            best[lesson.key] = lesson
    return list(best.values())


def languages_of(reading: Reading) -> list[Language]:
    """The other languages in which this page can be read; kept per version of the page."""

    def make() -> list[Language]:
        names = dict(settings.LANGUAGES)
        others = Reading.objects.filter(key=reading.key).exclude(pk=reading.pk).order_by("language")
        return [Language(other.language, names.get(other.language, ""), other.url) for other in others]

    return keep_once(f"languages:{reading.version.hex}", make)


def rendering_key(reading: Reading, *, language: str, audience: str) -> str:
    """The cache key of a body: what it depends on, and nothing else."""
    return f"body:{reading.version.hex}:{language}:{audience}"


def body_of(reading: Reading, *, audience: str) -> dict[str, Any]:
    """What the page's template needs of the page itself, rendered for this audience.

    The key bears the language that is active, since labels inside blocks are the reader's.
    """
    key = rendering_key(reading, language=get_language() or settings.LANGUAGE_CODE, audience=audience)

    def make() -> dict[str, Any]:
        return render_page_parts(page_of(reading), audience)

    return keep_once(key, make)


def page_of(reading: Reading) -> EditorialPage:
    """The page itself with its language, in one statement: a reading knows its kind."""
    models = {model.kind: model for model in apps.get_models() if issubclass(model, EditorialPage)}
    return models[Kind(reading.kind)]._default_manager.select_related("locale").get(pk=reading.page_id)


def keep_once(key: str, make: Callable[[], Any]) -> Any:
    """The kept value, or a new one made by one caller at a time.

    Who finds another at work waits for its result; if none comes in time, makes it alone. Every key bears the
    state of the code and templates, so that nothing outlives a deployment.
    """
    key = f"{templates_version()}:{key}"
    deadline = time.monotonic() + RENDER_LOCK_SECONDS
    while (value := cache.get(key)) is None:
        if not cache.add(f"making:{key}", 1, RENDER_LOCK_SECONDS) and time.monotonic() < deadline:
            time.sleep(0.02)
            continue
        try:
            # Another may have finished between the look and the turn.
            value = cache.get(key)
            if value is None:
                value = make()
                cache.set(key, value, KEEP_SECONDS)
        finally:
            cache.delete(f"making:{key}")
        break
    return value


def templates_version() -> str:
    """A digest of what turns a page into HTML; new with every deployment that changes any of it.

    The names of static files are among it, since pages hold them.
    """
    return _digest_of_templates() if settings.DEBUG else _kept_digest_of_templates()


def _digest_of_templates() -> str:
    base = settings.BASE_DIR
    files = [*(base / "templates").rglob("*.html"), *(base / "locale").rglob("*.po")]
    files += [*(base / "apps").rglob("*.py"), *Path(settings.STATIC_ROOT).glob("staticfiles.json")]
    digest = hashlib.sha256(settings.MARKET_NAME.encode())
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


_kept_digest_of_templates = functools.cache(_digest_of_templates)


def render_page_parts(page: EditorialPage, audience: str) -> dict[str, Any]:
    """The parts of a page by the names that its template uses, as plain values that a cache can keep."""
    quote_in_own_language(page)
    with addresses_for(page):
        parts = {name: shape(page) for name, shape in PARTS.get(type(page).__name__, {}).items()}
        if hasattr(page, "body"):
            parts["body"] = render_stream(page.body, page, audience)
    return parts


def render_stream(stream: StreamValue, page: EditorialPage, audience: str) -> SafeString:
    """A body as HTML: every block in a wrapper that bears its id, those for other routes left out."""
    prefetch_related_objects(chosen(stream, "video", "video"), "tracks", "poster")
    prefetch_related_objects(chosen(stream, "picture", "image"), "renditions")
    prefetch_related_objects(chosen(stream, "policy_excerpt", "policy"), "locale", "reading")
    context = {
        "audience": audience,
        "language": page.locale.language_code,
        "lesson_key": page.translation_key,
        "reader_language": get_language(),
    }
    children = [
        {"id": child.id, "html": child.render(context | {"block_id": child.id})}
        for child in stream
        if child.block_type != "route_only" or rules.shows_to(child.value["route"], audience)
    ]
    return render_to_string("catalog/blocks/body.html", {"children": children})


def chosen_blocks(stream: StreamValue, kind: str) -> list[Any]:
    """The values of the blocks of this kind."""
    return [child.value for child in walk(stream) if child.block_type == kind]


def chosen(stream: StreamValue, kind: str, name: str) -> list[Any]:
    """What the blocks of this kind hold under this name, where anything was chosen."""
    return [value[name] for value in chosen_blocks(stream, kind) if value[name]]


@contextmanager
def addresses_for(page: EditorialPage) -> Iterator[None]:
    """Resolve all page links of the page's rich text in one statement, for as long as it is rendered.

    A link leads to the page in the language of the text where it can be read in it, whichever language the editor
    chose: so a translation needs no links of its own.
    """
    ids = {thing_id for model, thing_id in references_of(page) if model is Page}
    keys = Page.objects.filter(pk__in=ids).values("translation_key")
    wanted = Q(page_id__in=ids) | Q(page__locale_id=page.locale_id, key__in=keys)
    rows = Reading.objects.filter(wanted).values_list("page_id", "page__locale_id", "key", "path") if ids else []
    found = list(rows)
    own = {key: path for _id, locale_id, key, path in found if locale_id == page.locale_id}
    token = page_addresses.set({str(page_id): f"/{own.get(key, path)}" for page_id, _locale_id, key, path in found})
    try:
        yield
    finally:
        page_addresses.reset(token)


def quote_in_own_language(page: EditorialPage) -> None:
    """Let excerpts quote the policy in the page's language, where it can be read in it and has that section."""
    excerpts = [value for stream in page.body_streams for value in chosen_blocks(stream, "policy_excerpt")]
    keys = {value["policy"].translation_key for value in excerpts if value["policy"]}
    mine = PolicyPage.objects.filter(reading__key__in=keys, locale_id=page.locale_id)
    own = {policy.translation_key: policy for policy in mine} if keys else {}
    for value in excerpts:
        policy = own.get(value["policy"].translation_key) if value["policy"] else None
        if policy is not None and policy.section(value["section"]):
            value["policy"] = policy


def references_of(page: EditorialPage) -> set[tuple[type[Model], str]]:
    """What the page shows or links to: (model, primary key as text); every kind of page counts as `Page`."""
    found = [each for stream in page.body_streams for each in stream.stream_block.extract_references(stream)]
    found += extract_references_from_rich_text(getattr(page, "introduction", "") or "")
    for stream in page.body_streams:
        for excerpt in chosen_blocks(stream, "policy_excerpt"):
            found += extract_references_from_rich_text(excerpt.source)
        clips = chosen(stream, "video", "video")
        found += [(Image, clip.poster_id, "", "") for clip in clips if clip.poster_id]
    if isinstance(page, CoursePage) and page.cover_id:
        found.append((type(page.cover), page.cover_id, "", ""))
    return {(Page if issubclass(model, Page) else model, str(thing_id)) for model, thing_id, *_place in found}


def minutes_of(page: EditorialPage) -> int:
    """How long a reading takes, from its words and clips."""
    words, seconds = 0, 0
    for stream in page.body_streams:
        words += len(" ".join(stream.stream_block.get_searchable_content(stream)).split())
        for child in walk(stream):
            if child.block_type == "video" and child.value["video"]:
                seconds += child.value["video"].seconds
    if isinstance(page, CoursePage):
        words += len(get_text_for_indexing(page.introduction).split())
    return rules.reading_minutes(words, seconds)


def rich(text: str) -> SafeString:
    """Rich text as HTML, its links resolved."""
    return mark_safe(expand_db_html(text))  # noqa: S308 - Wagtail's whitelist cleaned it when it was saved


def course_facts(page: Any) -> dict[str, Any]:
    """What a course says of itself."""
    return {
        "subject": page.subject,
        "subject_label": page.get_subject_display(),
        "level_label": page.get_level_display(),
        "route": page.for_route,
        "route_label": page.get_for_route_display(),
        "outcomes": page.outcome_lines,
        "introduction": rich(page.introduction),
        "cover_url": page.cover.file.url if page.cover else "",
        "cover_alt": page.cover.description if page.cover else "",
    }


def policy_sections(page: Any) -> list[dict[str, Any]]:
    """A policy's sections with the anchors that violations and lessons cite."""
    return [
        {
            "number": child.value["number"],
            "title": child.value["title"],
            "html": rich(child.value["text"].source),
            "anchor": page.anchor_of(child.value["number"]),
        }
        for child in page.sections
    ]


PARTS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "HomePage": {
        "headline": lambda page: page.headline,
        "lead": lambda page: page.lead,
        "promises": lambda page: [dict(child.value) for child in page.promises],
        "routes": lambda page: [dict(child.value) for child in page.routes],
    },
    "CoursePage": {"course": course_facts},
    "PolicyPage": {
        "effective_on": lambda page: page.effective_on,
        "introduction": lambda page: rich(page.introduction),
        "sections": policy_sections,
    },
    "UpdatePage": {
        "dated_on": lambda page: page.dated_on,
        "route": lambda page: page.for_route,
        "route_label": lambda page: page.get_for_route_display(),
    },
}
