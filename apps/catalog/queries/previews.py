"""What a draft needs to be shown as its readers would see it, without being published."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from apps.catalog.enums import Kind
from apps.catalog.models import EditorialPage, Reading
from apps.catalog.queries import lists
from apps.catalog.queries.readings import outline_of, render_page_parts

Facts = dict[str, Any]


def preview_context(page: EditorialPage, audience: str) -> Facts:
    """The context of the page's own template, as for a reader who is signed out."""
    own = {
        "title": page.title,
        "summary": page.summary,
        "url": "",
        "key": page.translation_key,
        "minutes": 1,
        "language_code": page.locale.language_code,
    }
    parts = render_page_parts(page, audience)
    around = AROUND.get(page.kind, lambda *_facts: {})(page, own, parts)
    general = {
        "reading": SimpleNamespace(**own),
        "language_code": own["language_code"],
        "languages_of_page": [],
        "title": page.title,
    }
    return general | parts | around


def _lesson(page: EditorialPage, own: Facts, _parts: Facts) -> Facts:
    """The outline around a lesson; a lesson that isn't published yet isn't in it."""
    parent = page.get_parent()
    course = Reading.objects.filter(page_id=parent.pk).first()
    lessons = outline_of(course) if course else []
    place = next((line.number for line in lessons if line.key == page.translation_key), len(lessons) + 1)
    return {
        "lesson": own,
        "course": {"title": parent.title, "url": course.url if course else "", "key": parent.translation_key},
        "lessons": lessons,
        "number": place,
        "total": max(place, len(lessons)),
    }


def _course(page: EditorialPage, own: Facts, parts: Facts) -> Facts:
    course = Reading.objects.filter(page_id=page.pk).first()
    lessons = outline_of(course) if course else []
    minutes = sum(line.minutes for line in lessons)
    return {
        "course": own | parts["course"] | {"minutes": minutes},
        "lessons": lessons,
        "action": {"kind": "none", "url": ""},
    }


def _catalogue(_page: EditorialPage, _own: Facts, _parts: Facts) -> Facts:
    rows = lists.courses_in_catalogue({})
    cards = lists.course_cards(rows)
    items = [SimpleNamespace(card=card, progress=None) for card in cards]
    return {"items": items, "total": len(cards), "filters": lists.filters("", {})}


AROUND: dict[str, Callable[[EditorialPage, Facts, Facts], Facts]] = {
    Kind.HOME: lambda _page, _own, _parts: lists.catalogue_counts() | {"updates": lists.newest_updates(), "items": []},
    Kind.CATALOGUE: _catalogue,
    Kind.COURSE: _course,
    Kind.LESSON: _lesson,
    Kind.POLICIES: lambda _page, _own, _parts: {"policies": lists.policy_lines()},
    Kind.POLICY: lambda _page, own, parts: {"policy": own | parts},
    Kind.UPDATES: lambda _page, _own, _parts: {"updates": lists.newest_updates(most=24)},
    Kind.UPDATE: lambda _page, own, parts: {"update": own | parts},
}
