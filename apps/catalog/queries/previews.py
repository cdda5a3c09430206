"""What a draft needs to be shown as its readers would see it, without being published."""

from types import SimpleNamespace
from typing import Any

from apps.catalog.enums import Kind
from apps.catalog.models import EditorialPage, Reading
from apps.catalog.queries.lists import catalogue_counts, newest_updates
from apps.catalog.queries.readings import outline_of, render_page_parts


def preview_context(page: EditorialPage, audience: str) -> dict[str, Any]:
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
    context: dict[str, Any] = {"reading": SimpleNamespace(**own), "is_preview": True, "languages_of_page": []}
    context |= parts
    if page.kind == Kind.LESSON:
        context |= _lesson_around(page) | {"lesson": own}
    elif page.kind == Kind.COURSE:
        course = Reading.objects.filter(page_id=page.pk).first()
        context |= {
            "course": own | parts["course"],
            "lessons": outline_of(course) if course else [],
            "action": {"kind": "none", "url": ""},
        }
    elif page.kind == Kind.HOME:
        context |= catalogue_counts() | {"updates": newest_updates(), "items": []}
    elif page.kind == Kind.UPDATE:
        context["update"] = own | parts
    elif page.kind == Kind.POLICY:
        context["policy"] = own | parts
    return context | {"title": page.title}


def _lesson_around(page: EditorialPage) -> dict[str, Any]:
    """The outline around a lesson; a lesson that isn't published yet isn't in it."""
    course = Reading.objects.filter(page_id=page.get_parent().pk).first()
    lessons = outline_of(course) if course else []
    parent = page.get_parent()
    return {
        "course": {"title": parent.title, "url": course.url if course else "", "key": parent.translation_key},
        "lessons": lessons,
        "number": len(lessons) + 1,
        "total": len(lessons) + 1,
    }
