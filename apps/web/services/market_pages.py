"""Loads the demo market's pages from `fixtures/lantern_market/`; its README says how the files are written.

Two passes: first every page is made empty, so that texts can link to each other; then each is filled and
published. A second run touches only pages whose file changed since (`SeededPage`): what editors wrote, renamed,
retired or deleted meanwhile stays as they left it.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import yaml
from wagtail.blocks import StreamValue
from wagtail.models import Page

from apps.accounts.enums import Route
from apps.catalog.models import (
    CataloguePage,
    CoursePage,
    HomePage,
    LessonPage,
    PlainPage,
    PolicyIndexPage,
    PolicyPage,
    UpdateIndexPage,
    UpdatePage,
)
from apps.catalog.rules import NotTranslatable
from apps.catalog.services import media
from apps.catalog.services.translations import pair_pages
from apps.catalog.services.tree import ensure_home, put_page, put_stub
from apps.web.models import SeededPage

REFERENCE = re.compile(r'href="ref:([^"#]+)(#[^"]*)?"')
SECTION_TITLES = {
    "en": {"courses": "Courses", "policies": "Policies", "updates": "What's new"},
    "id": {"courses": "Kursus", "policies": "Kebijakan", "updates": "Yang baru"},
}
CLIP_SECONDS = {"pin-an-anchor": 42, "make-a-promotion-plan": 43}


@dataclass(frozen=True)
class Draft:
    """One page of the market before it is filled: where it goes and what its file says."""

    ref: str
    language: str
    kind: type[Page]
    text: dict[str, Any]
    at: datetime


@dataclass
class Market:
    """The folder that is loaded, and every page of it by its reference (`courses/SLUG/LESSON`, by language).

    A page that an editor deleted is None: it stays deleted, and links to it lead nowhere.
    """

    folder: Path
    pages: dict[tuple[str, str], Any] = field(default_factory=dict)

    def read(self, file: Path) -> dict[str, Any]:
        """One YAML file."""
        return yaml.safe_load(file.read_text(encoding="utf-8"))

    def page(self, ref: str, language: str) -> Page | None:
        """The page of this reference, in this language or else in English."""
        return self.pages.get((ref, language)) or self.pages.get((ref, "en"))


def load_pages(folder: Path, tick: Callable[[str], None]) -> Market:
    """Load all pages; `tick` is told each title as it is done."""
    market = Market(folder)
    for language in ("en", "id"):
        load_home(market, language)
    for draft in drafts_of(market):
        fill(market, draft)
        tick(draft.text["title"])
    return market


def count_pages(folder: Path) -> int:
    """How many pages the folder holds, for a progress bar."""
    files = [*folder.glob("policies/**/*.yaml"), *folder.glob("updates/*.yaml"), *folder.glob("pages/**/*.yaml")]
    courses = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in folder.glob("courses/**/*.yaml")]
    return len(files) - 2 + sum(1 + len(course["lessons"]) for course in courses)


def load_home(market: Market, language: str) -> None:
    """The home page of a language with its sections."""
    text = market.read(market.folder / ("pages" if language == "en" else "pages/id") / "home.yaml")
    home = ensure_home(
        language=language,
        title=text["title"],
        headline=text["headline"],
        lead=text["lead"],
        sections=SECTION_TITLES[language],
    )
    facts: dict[str, Any] = {
        "title": text["title"],
        "headline": text["headline"],
        "lead": text["lead"],
        "summary": text["lead"],
        "promises": blocks_from(f"home/{language}/promises", [("promise", each) for each in text["promises"]]),
        "routes": blocks_from(f"home/{language}/routes", [("route", each) for each in text["routes"]]),
    }
    market.pages["home", language] = home
    put_if_changed(Draft("home", language, HomePage, text, noon(date(2026, 2, 2))), home, facts)


def drafts_of(market: Market) -> list[Draft]:
    """A stub of every page, in the order in which they are published: policies first, since lessons quote them."""
    return [*policy_drafts(market), *course_drafts(market), *update_drafts(market), *plain_drafts(market)]


def stub(
    market: Market, ref: str, language: str, parent: Page, kind: type[Page], text: dict[str, Any], at: datetime
) -> Draft:
    """Find the page, or make it where it never was, and remember it under its reference."""
    known = SeededPage.objects.filter(ref=ref, language=language).first()
    if known is not None:
        market.pages[ref, language] = kind.objects.filter(
            translation_key=known.key, locale__language_code=language
        ).first()
        return Draft(ref, language, kind, text, at)
    facts = {"dated_on": text["dated_on"]} if kind is UpdatePage else {}
    twin = market.pages.get((ref, "en")) if language != "en" else None
    if twin is not None:
        facts["translation_key"] = twin.translation_key
    slug = ref.rpartition("/")[2]
    market.pages[ref, language] = put_stub(parent=parent, kind=kind, slug=slug, title=text["title"], facts=facts)
    return Draft(ref, language, kind, text, at)


def noon(day: date) -> datetime:
    """Noon of a day, for pages that only have a date."""
    return datetime.combine(day, time(12), UTC)


def policy_drafts(market: Market) -> Iterator[Draft]:
    """The policies, in the order of their first section; first the originals, then what is translated."""
    for language, folder in (("en", "policies"), ("id", "policies/id")):
        parent = PolicyIndexPage.objects.child_of(market.pages["home", language]).get()
        files = [(file, market.read(file)) for file in market.folder.joinpath(folder).glob("*.yaml")]
        for file, text in sorted(files, key=lambda each: float(each[1]["sections"][0]["number"])):
            at = noon(text["effective_on"]) - timedelta(days=14)
            yield stub(market, f"policies/{file.stem}", language, parent, PolicyPage, text, at)


COURSES = [
    "first-steps-in-seller-center",
    "product-anchors-and-showcase",
    "promotion-plans-and-commission",
    "claims-you-can-stand-behind",
    "live-that-stays-healthy",
    "labels-music-and-rights",
    "live-changes-2026",
    "commission-settings-2026",
    "points-and-dispatch-2026",
]


def course_drafts(market: Market) -> Iterator[Draft]:
    """The courses with their lessons, in the catalogue's order, each with its translation after it."""
    for number, slug in enumerate(COURSES):
        for language, folder in (("en", "courses"), ("id", "courses/id")):
            file = market.folder / folder / f"{slug}.yaml"
            if not file.exists():
                continue
            at = datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(days=21 * number)
            text = market.read(file)
            parent = CataloguePage.objects.child_of(market.pages["home", language]).get()
            course = stub(market, f"courses/{slug}", language, parent, CoursePage, text, at)
            yield course
            page = market.pages[course.ref, language]
            for lesson in text["lessons"] if page else []:
                ref = f"courses/{slug}/{lesson['slug']}"
                yield stub(market, ref, language, page, LessonPage, lesson, at)


def update_drafts(market: Market) -> Iterator[Draft]:
    """The shop updates, the oldest first."""
    parent = UpdateIndexPage.objects.child_of(market.pages["home", "en"]).get()
    files = [(file, market.read(file)) for file in market.folder.glob("updates/*.yaml")]
    for file, text in sorted(files, key=lambda each: each[1]["dated_on"]):
        yield stub(market, f"updates/{file.stem}", "en", parent, UpdatePage, text, noon(text["dated_on"]))


def plain_drafts(market: Market) -> Iterator[Draft]:
    """The plain pages in both languages."""
    for language, folder in (("en", "pages"), ("id", "pages/id")):
        for file in sorted((market.folder / folder).glob("*.yaml")):
            if file.stem != "home":
                at = datetime(2026, 2, 2, 9, tzinfo=UTC)
                yield stub(
                    market, file.stem, language, market.pages["home", language], PlainPage, market.read(file), at
                )


def fill(market: Market, draft: Draft) -> None:
    """Give the page what its file says, and publish it."""
    facts = {"title": draft.text["title"], "summary": draft.text.get("summary", "")}
    shape: dict[type[Page], Callable[[Market, Draft], dict[str, Any]]] = {
        CoursePage: course_facts,
        LessonPage: body_facts,
        PolicyPage: policy_facts,
        UpdatePage: update_facts,
        PlainPage: body_facts,
    }
    page = market.pages[draft.ref, draft.language]
    if page is not None:
        put_if_changed(draft, page, facts | shape[draft.kind](market, draft))


def put_if_changed(draft: Draft, page: Page, facts: dict[str, Any]) -> None:
    """Publish what the file says, unless it says what it said at the last run."""
    digest = hashlib.sha256(json.dumps(facts, default=str, sort_keys=True).encode()).hexdigest()
    known = SeededPage.objects.filter(ref=draft.ref, language=draft.language).first()
    if known is not None and known.digest == digest:
        return
    page = type(page).objects.get(pk=page.pk)
    twin = page.get_translations().filter(locale__language_code="en").first() if draft.language != "en" else None
    if twin is not None:
        facts = {name: like_original(getattr(twin, name), value) for name, value in facts.items()}
    put_page(page=page, facts=facts, at=draft.at)
    if twin is not None:
        with suppress(NotTranslatable):  # An editor rebuilt one of them meanwhile: they stay apart.
            pair_pages(original=twin, translated=page)
    SeededPage.objects.update_or_create(
        ref=draft.ref, language=draft.language, defaults={"key": page.translation_key, "digest": digest}
    )


def like_original(original: Any, value: Any) -> Any:
    """The value, with its blocks bearing the ids of the original's at the same places, as in Wagtail's own copies.

    So a translation stands beside its original passage by passage, and who stopped at a block finds it in either.
    """
    before = list(original.raw_data) if isinstance(original, StreamValue) else original
    if isinstance(before, list) and isinstance(value, list):
        pairs = zip_longest(value, before[: len(value)])
        return [like_original(twin, each) for each, twin in pairs]
    if isinstance(before, dict) and isinstance(value, dict) and before.get("type") == value.get("type"):
        ids = {"id": before["id"]} if "id" in before and "id" in value else {}
        return {name: like_original(before.get(name), each) for name, each in value.items()} | ids
    return value


def course_facts(market: Market, draft: Draft) -> dict[str, Any]:
    """The fields of a course."""
    text = draft.text
    cover = market.folder / "media" / text["cover"]
    return {
        "subject": text["subject"],
        "for_route": route_of(text["routes"]),
        "level": text["level"],
        "cover": media.put_image(file=cover, title=f"Cover: {cover.stem}", description=""),
        "introduction": linked(market, draft.language, text["introduction"]),
        "outcomes": blocks_from(f"{draft.ref}/outcomes", [("outcomes", text["outcomes"])]),
    }


def policy_facts(market: Market, draft: Draft) -> dict[str, Any]:
    """The fields of a policy."""
    text = draft.text
    sections = [
        ("section", each | {"number": str(each["number"]), "text": linked(market, draft.language, each["text"])})
        for each in text["sections"]
    ]
    return {
        "effective_on": text["effective_on"],
        "introduction": linked(market, draft.language, text["introduction"]),
        "sections": blocks_from(draft.ref, sections),
    }


def update_facts(market: Market, draft: Draft) -> dict[str, Any]:
    """The fields of a shop update."""
    return body_facts(market, draft) | {
        "dated_on": draft.text["dated_on"],
        "for_route": route_of(draft.text["routes"]),
    }


def body_facts(market: Market, draft: Draft) -> dict[str, Any]:
    """A body of blocks."""
    blocks = [block_from(market, draft.language, each) for each in draft.text["body"]]
    return {"body": blocks_from(f"{draft.ref}/{draft.language}", blocks)}


def route_of(routes: list[str]) -> str:
    """One route, or both."""
    return str(Route.BOTH) if len(routes) > 1 else routes[0]


def blocks_from(place: str, blocks: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Raw stream data; a block keeps its id from run to run, since it is made of its place."""
    return [
        {"type": kind, "value": itemised(f"{place}/{number}/{kind}", value), "id": block_id(f"{place}/{number}/{kind}")}
        for number, (kind, value) in enumerate(blocks)
    ]


def block_id(place: str) -> str:
    """The id of the block at this place of the market."""
    return str(uuid5(NAMESPACE_URL, place))


def itemised(place: str, value: Any) -> Any:
    """The value with every plain list written as Wagtail stores lists, so that items keep their ids as well."""
    if isinstance(value, dict):
        return {name: itemised(f"{place}/{name}", each) for name, each in value.items()}
    if not isinstance(value, list) or (value and isinstance(value[0], dict) and "type" in value[0]):
        return value
    places = [f"{place}/{number}" for number in range(len(value))]
    return [
        {"type": "item", "value": itemised(at, each), "id": block_id(at)}
        for at, each in zip(places, value, strict=True)
    ]


def linked(market: Market, language: str, html: str) -> str:
    """The text with its `ref:` links made into Wagtail's own."""

    def link(found: re.Match[str]) -> str:
        ref = found[1].strip("/")
        if (ref, "en") not in market.pages:
            raise ValueError(f"No page for ref:{ref}")
        page = market.page(ref, language)
        return f'linktype="page" id="{page.pk}"' if page else ""

    return REFERENCE.sub(link, html.strip())


def block_from(market: Market, language: str, block: dict[str, Any]) -> tuple[str, Any]:
    """One block of a file as (kind, raw value)."""
    ((kind, value),) = block.items()
    shape = SHAPES.get(kind)
    return kind, shape(market, language, value) if shape else value


def _text(market: Market, language: str, value: str) -> str:
    return linked(market, language, value)


def _picture(market: Market, _language: str, value: dict[str, Any]) -> dict[str, Any]:
    file = market.folder / "media" / value["file"]
    image = media.put_image(file=file, title=f"Picture: {file.stem}", description="")
    return {
        "image": image.pk,
        "alt": value.get("alt", ""),
        "decorative": value.get("decorative", False),
        "caption": value.get("caption", ""),
    }


def _video(market: Market, language: str, value: dict[str, Any]) -> dict[str, Any]:
    folder = market.folder / "media"
    file, poster = folder / value["file"], folder / value["poster"]
    captions = {code: file.with_suffix(f".{code}.vtt") for code in ("en", "id")}
    video = media.put_video(
        file=file,
        title=value["title"],
        seconds=CLIP_SECONDS[file.stem],
        transcript=linked(market, language, value["transcript"]),
        poster=media.put_image(file=poster, title=f"Still: {file.stem}", description=""),
        captions={code: caption for code, caption in captions.items() if caption.exists()},
    )
    return {"video": video.pk, "address": "", "address_title": "", "address_transcript": ""}


def _steps(market: Market, language: str, value: dict[str, Any]) -> dict[str, Any]:
    steps = [
        {"title": each["title"], "text": linked(market, language, each.get("text", ""))} for each in value["items"]
    ]
    return {"title": value.get("title", ""), "steps": steps}


def _callout(market: Market, language: str, value: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": value["kind"],
        "title": value.get("title", ""),
        "text": linked(market, language, value["text"]),
    }


def _table(_market: Market, _language: str, value: dict[str, Any]) -> dict[str, Any]:
    rows = [[str(cell) for cell in row] for row in value["rows"]]
    return {"caption": value["caption"], "header": value["header"], "rows": rows}


def _file(market: Market, _language: str, value: dict[str, Any]) -> dict[str, Any]:
    document = media.put_document(file=market.folder / "media" / value["file"], title=value["title"])
    return {"document": document.pk, "description": value.get("description", "")}


def _excerpt(market: Market, language: str, value: dict[str, Any]) -> dict[str, Any]:
    policy = market.page(f"policies/{value['policy']}", language)
    return {"policy": policy.pk if policy else None, "section": str(value["section"])}


def _check(_market: Market, _language: str, value: dict[str, Any]) -> dict[str, Any]:
    options = [
        {"text": str(each["text"]), "right": each.get("right", False), "explanation": each["explanation"]}
        for each in value["options"]
    ]
    return {"question": value["question"], "options": options}


def _route_only(market: Market, language: str, value: dict[str, Any]) -> dict[str, Any]:
    blocks = [block_from(market, language, each) for each in value["body"]]
    place = f"route-only/{value['route']}/{blocks!r}"
    return {"route": value["route"], "body": blocks_from(place, blocks)}


SHAPES: dict[str, Callable[[Market, str, Any], Any]] = {
    "text": _text,
    "picture": _picture,
    "video": _video,
    "steps": _steps,
    "callout": _callout,
    "table": _table,
    "file": _file,
    "policy_excerpt": _excerpt,
    "knowledge_check": _check,
    "route_only": _route_only,
}
