"""Which lessons go with a lesson, a policy or an update: the same for every reader of an audience.

What it answers is kept with the page that shows it. `services.readings` gives that page a new version when a lesson
or a course comes, goes or changes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db.models import CharField, Count, Exists, IntegerField, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from apps.accounts.rules import readable_routes
from apps.catalog import rules
from apps.catalog.enums import Kind
from apps.catalog.models import CoursePage, Reading, ReadingUse
from apps.catalog.queries.readings import keep_once

MOST_TEACHING = 6


@dataclass(frozen=True)
class LessonLink:
    """A lesson that is named outside of its course."""

    key: UUID
    title: str
    url: str
    language: str
    minutes: int
    course_key: UUID
    course_title: str
    course_url: str


def lesson_links(keys: Iterable[UUID], language: str) -> dict[UUID, LessonLink]:
    """These lessons, those that anyone may open: in this language, else in the site's first, else as they are."""
    return links_to(Reading.objects.filter(key__in=list(keys)), language)


def links_to(lessons: QuerySet[Reading], language: str) -> dict[UUID, LessonLink]:
    """Links to the lessons among these readings, each once in its best language, in the order of the page tree."""
    rows = lessons.filter(kind=Kind.LESSON, parent__isnull=False).select_related("parent").order_by("page__path")
    ranks = {settings.LANGUAGE_CODE: 1, language: 0}
    best: dict[UUID, Reading] = {}
    for lesson in rows:
        if lesson.key not in best or ranks.get(lesson.language, 2) < ranks.get(best[lesson.key].language, 2):
            best[lesson.key] = lesson
    return {lesson.key: link_to(lesson, lesson.parent) for lesson in best.values() if lesson.parent}


def link_to(lesson: Reading, course: Reading) -> LessonLink:
    """The lesson as it is named outside of its course."""
    return LessonLink(
        key=lesson.key,
        title=lesson.title,
        url=lesson.url,
        language=lesson.language,
        minutes=lesson.minutes,
        course_key=course.key,
        course_title=course.title,
        course_url=course.url,
    )


def related_lessons(lesson: Reading, course: Reading, audience: str) -> list[LessonLink]:
    """Up to three lessons of other courses: those that cite the same policies, then the beginnings of like courses.

    Three statements.
    """
    sharing = lessons_citing(policies_of(lesson), lesson.language, audience)
    sharing = [(key, course_key) for key, course_key in sharing if course_key != course.key]
    citing = rules.pick_related(sharing)
    met = {course_key for _key, course_key in sharing}
    following = rules.courses_after(course.key, catalogue_of(lesson.language), audience)
    next_courses = [key for key in following if key not in met][: rules.MOST_RELATED]
    links = links_to(Reading.objects.filter(Q(key__in=citing) | Q(parent__key__in=next_courses)), lesson.language)
    candidates = [(key, links[key].course_key) for key in citing if key in links]
    for course_key in next_courses:
        candidates += [(key, course_key) for key, link in links.items() if link.course_key == course_key]
    return [links[key] for key in rules.pick_related(candidates)]


def lessons_teaching(policy: Reading, audience: str) -> list[LessonLink]:
    """Up to six lessons that cite or link to this policy, in any of its languages. Two statements."""
    citing = lessons_citing(versions_of([policy.key]), policy.language, audience)
    return in_this_order([lesson for lesson, _course in citing][:MOST_TEACHING], policy.language)


def lessons_about(update: Reading, audience: str) -> list[LessonLink]:
    """Up to three lessons that go with an update: linked by it or to it, else citing a policy that it names.

    Kept per version of the update.
    """

    def make() -> list[LessonLink]:
        linked = Q(page_id__in=used_pages(update)) | uses_one_of(versions_of([update.key]))
        lessons = open_lessons(update.language, audience).filter(linked).order_by("page__path")
        candidates = list(lessons.values_list("key", "parent__key"))
        candidates += lessons_citing(policies_of(update), update.language, audience)
        return in_this_order(rules.pick_related(candidates), update.language)

    return keep_once(f"related:{update.version.hex}:{audience}:{update.language}", make)


def in_this_order(keys: list[UUID], language: str) -> list[LessonLink]:
    """Links to these lessons, in the order of the keys."""
    links = lesson_links(keys, language) if keys else {}
    return [links[key] for key in keys if key in links]


def open_lessons(language: str, audience: str) -> QuerySet[Reading]:
    """The lessons of courses that suit the audience, in this language or the site's first."""
    courses = CoursePage.objects.filter(for_route__in=readable_routes(audience)).values("translation_key")
    return Reading.objects.filter(
        kind=Kind.LESSON, parent__key__in=courses, language__in=(language, settings.LANGUAGE_CODE)
    )


def used_pages(reading: Reading) -> QuerySet:
    """Ids of the pages that this reading shows or links to."""
    uses = ReadingUse.objects.filter(reading=reading, thing="page")
    return uses.annotate(used_id=Cast("thing_id", IntegerField())).values("used_id")


def policies_of(reading: Reading) -> QuerySet:
    """Ids of the policies that this reading cites or links to, in all their languages, as uses name them."""
    cited = Reading.objects.filter(kind=Kind.POLICY, page_id__in=used_pages(reading))
    return versions_of(cited.values("key"))


def versions_of(keys: Iterable[UUID] | QuerySet) -> QuerySet:
    """Ids of all language versions of the pages of these identities, as uses name them."""
    versions = Reading.objects.filter(key__in=keys)
    return versions.annotate(named=Cast("page_id", CharField(max_length=100))).values("named")


def uses_one_of(page_ids: QuerySet) -> Q:
    """The readings that show or link to one of these pages."""
    uses = ReadingUse.objects.filter(thing="page", thing_id__in=page_ids)
    return Q(pk__in=uses.values("reading_id"))


def lessons_citing(page_ids: QuerySet, language: str, audience: str) -> list[tuple[UUID, UUID]]:
    """Lessons that cite these pages, each with its course: most of them first, then in the order of the catalogue."""
    cited = Count("uses", filter=Q(uses__thing="page", uses__thing_id__in=page_ids))
    lessons = open_lessons(language, audience).filter(uses_one_of(page_ids)).annotate(cited=cited)
    return list(dict.fromkeys(lessons.order_by("-cited", "page__path").values_list("key", "parent__key")))


def catalogue_of(language: str) -> list[rules.CoursePlace]:
    """Every course with lessons once, in the order of the site's first language, then those of this one alone.

    Where a course is for another route in another language, this language's word counts.
    """
    lessons = Reading.objects.filter(parent=OuterRef("reading"))
    rows = CoursePage.objects.filter(Exists(lessons), reading__language__in=(language, settings.LANGUAGE_CODE))
    facts = list(rows.order_by("path").values_list("reading__language", "reading__key", "subject", "for_route"))
    facts.sort(key=lambda each: each[0] != settings.LANGUAGE_CODE)
    places: dict[UUID, rules.CoursePlace] = {}
    for _language, key, subject, route in facts:
        places[key] = rules.CoursePlace(key, subject, route)
    return list(places.values())
