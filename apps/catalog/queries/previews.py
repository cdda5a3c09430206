"""What a draft needs to be shown as its readers would see it, without being published."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.urls import reverse
from wagtail.models import Page

from apps.catalog.enums import Kind
from apps.catalog.models import EditorialPage, LessonPage, Reading
from apps.catalog.queries import lists
from apps.catalog.queries.quizzes import quiz_set_on, quizzes_of
from apps.catalog.queries.readings import OutlineLine, best_versions, minutes_of, render_page_parts
from apps.catalog.rules import CourseQuiz

Facts = dict[str, Any]


def preview_context(page: EditorialPage, audience: str, *, drafts: bool) -> Facts:
    """The context of the page's own template, as for a reader who is signed out.

    With `drafts`, for staff alone, outlines hold the lessons that aren't published yet.
    """
    own = {
        "title": page.title,
        "summary": page.summary,
        "url": "",
        "key": page.translation_key,
        "minutes": 1,
        "language_code": page.locale.language_code,
    }
    parts = render_page_parts(page, audience)
    around = AROUND.get(page.kind, lambda *_facts: {})(page, own, parts, drafts)
    general = {
        "reading": SimpleNamespace(**own),
        "language_code": own["language_code"],
        "languages_of_page": [],
        "title": page.title,
    }
    return general | parts | around


@dataclass(frozen=True)
class PreviewLine(OutlineLine):
    """One lesson in the outline of a preview; a draft's address is where staff see it."""

    is_draft: bool


def preview_outline(course: Page, *, drafts: bool) -> list[PreviewLine]:
    """The outline of a course as it is, or as it will be once the drafts among its lessons are published."""
    language = course.locale.language_code
    readings = Reading.objects.filter(
        parent__key=course.translation_key, language__in=(language, settings.LANGUAGE_CODE)
    ).select_related("page")
    others = LessonPage.objects.child_of(course).filter(reading__isnull=True) if drafts else []
    lessons = sorted([*readings, *map(_unsaved_reading, others)], key=lambda each: each.page.path)
    return [
        PreviewLine(
            number,
            line.key,
            line.title,
            line.summary,
            line.url if line.pk else reverse("wagtailadmin_pages:view_draft", args=[line.page_id]),
            line.minutes,
            line.language,
            is_draft=not line.page.live,
        )
        for number, line in enumerate(best_versions(lessons, language), start=1)
    ]


def _unsaved_reading(lesson: LessonPage) -> Reading:
    """What the reading of a lesson that nobody may open yet would say."""
    return Reading(
        page=lesson,
        key=lesson.translation_key,
        language=lesson.locale.language_code,
        title=lesson.title,
        summary=lesson.summary,
        minutes=minutes_of(lesson),
    )


def _lesson(page: EditorialPage, own: Facts, _parts: Facts, drafts: bool) -> Facts:
    """The outline around a lesson; a lesson that was never saved isn't in it."""
    parent = page.get_parent()
    course = Reading.objects.filter(page_id=parent.pk).first()
    lessons = preview_outline(parent, drafts=drafts)
    place = next((line.number for line in lessons if line.key == page.translation_key), len(lessons) + 1)
    around = {"title": parent.title, "url": course.url if course else "", "key": parent.translation_key}
    return {
        "lesson": own,
        "course": around | {"language": own["language_code"]},
        "lessons": lessons,
        "number": place,
        "total": max(place, len(lessons)),
        "quiz": quizzes_of([parent.translation_key]).get(parent.translation_key),
    }


def _course(page: EditorialPage, own: Facts, parts: Facts, drafts: bool) -> Facts:
    lessons = preview_outline(page, drafts=drafts) if page.pk else []
    minutes = sum(line.minutes for line in lessons)
    return {
        "course": own | parts["course"] | {"minutes": minutes},
        "lessons": lessons,
        "quiz": quiz_of_draft(page),
        "action": {"kind": "none", "url": ""},
    }


def quiz_of_draft(course: Any) -> CourseQuiz | None:
    """The quiz as the draft has it; of a translation, that of the page which decides."""
    if course.locale.language_code != settings.LANGUAGE_CODE:
        return quizzes_of([course.translation_key]).get(course.translation_key)
    return quiz_set_on(course, course.quiz_bank) if course.quiz_bank else None


def _catalogue(*_facts: Any) -> Facts:
    rows = lists.courses_in_catalogue({})
    cards = lists.course_cards(rows)
    items = [SimpleNamespace(card=card, progress=None) for card in cards]
    return {"items": items, "total": len(cards), "filters": lists.filters("", {})}


AROUND: dict[str, Callable[[EditorialPage, Facts, Facts, bool], Facts]] = {
    Kind.HOME: lambda *_facts: lists.catalogue_counts() | {"updates": lists.newest_updates(), "items": []},
    Kind.CATALOGUE: _catalogue,
    Kind.COURSE: _course,
    Kind.LESSON: _lesson,
    Kind.POLICIES: lambda *_facts: {"policies": lists.policy_lines()},
    Kind.POLICY: lambda _page, own, parts, _drafts: {"policy": own | parts},
    Kind.UPDATES: lambda *_facts: {"updates": lists.newest_updates(most=24)},
    Kind.UPDATE: lambda _page, own, parts, _drafts: {"update": own | parts},
}
