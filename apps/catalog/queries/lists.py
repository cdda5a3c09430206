"""Lists of pages, shaped for cards and lines; a fixed number of statements each, whatever the catalogue holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Count, Exists, Model, OuterRef, Q, QuerySet, Sum, When
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from apps.accounts.enums import Route
from apps.accounts.rules import readable_routes
from apps.catalog import rules
from apps.catalog.enums import Kind, Level, Subject
from apps.catalog.models import CoursePage, PolicyPage, Reading, UpdatePage

NEW_COURSES = 3
NEW_UPDATES = 3

FilterValues = Mapping[str, tuple[str, Sequence[tuple[str, str]]]]


@dataclass(frozen=True)
class CourseCard:
    """A course in a list."""

    key: UUID
    title: str
    url: str
    summary: str
    subject: str
    subject_label: str
    level_label: str
    route: str
    route_label: str
    language_code: str
    is_other_language: bool
    cover_url: str
    lessons: int
    minutes: int


@dataclass(frozen=True)
class UpdateLine:
    """A shop update in a list."""

    title: str
    url: str
    summary: str
    dated_on: date
    route: str
    route_label: str
    language_code: str


@dataclass(frozen=True)
class PolicyLine:
    """A policy in a list."""

    title: str
    url: str
    summary: str
    effective_on: date
    sections: int


@dataclass(frozen=True)
class Choice:
    """One value of a filter, with the address of the list that it leads to."""

    value: str
    label: str
    url: str
    selected: bool
    count: str = ""


@dataclass(frozen=True)
class Filter:
    """One way to narrow the catalogue."""

    name: str
    label: str
    choices: list[Choice]


def in_best_language(rows: QuerySet[Any], language: str) -> QuerySet[Any]:
    """Each page once: in the reader's language where it exists, else in the site's first, else as it is."""
    own = Exists(Reading.objects.filter(key=OuterRef("reading__key"), language=language))
    first = Exists(Reading.objects.filter(key=OuterRef("reading__key"), language=settings.LANGUAGE_CODE))
    return rows.filter(
        Q(reading__language=language) | (~own & Q(reading__language=settings.LANGUAGE_CODE)) | (~own & ~first)
    )


def courses_in_catalogue(chosen: Mapping[str, str]) -> QuerySet[CoursePage]:
    """The courses that anyone may open and that the filters leave; the reader's language first, then as in the tree."""
    language = get_language() or settings.LANGUAGE_CODE
    rows = CoursePage.objects.filter(reading__isnull=False)
    if chosen.get("language"):
        rows = rows.filter(reading__language=chosen["language"])
    else:
        rows = in_best_language(rows, language)
    if chosen.get("subject"):
        rows = rows.filter(subject=chosen["subject"])
    if chosen.get("level"):
        rows = rows.filter(level=chosen["level"])
    if chosen.get("route"):
        rows = rows.filter(for_route__in=readable_routes(chosen["route"]))
    return rows.order_by(Case(When(reading__language=language, then=0), default=1), "path")


def course_cards(rows: QuerySet[CoursePage]) -> list[CourseCard]:
    """Cards of these courses, in one statement."""
    language = get_language() or settings.LANGUAGE_CODE
    rows = rows.select_related("reading", "cover").annotate(
        lesson_count=Count("reading__children"), lesson_minutes=Sum("reading__children__minutes")
    )
    return [
        CourseCard(
            key=course.reading.key,
            title=course.reading.title,
            url=course.reading.url,
            summary=course.reading.summary,
            subject=course.subject,
            subject_label=course.get_subject_display(),
            level_label=course.get_level_display(),
            route=course.for_route,
            route_label=course.get_for_route_display(),
            language_code=course.reading.language,
            is_other_language=course.reading.language != language,
            cover_url=course.cover.file.url if course.cover else "",
            lessons=course.lesson_count,
            minutes=course.lesson_minutes or 0,
        )
        for course in rows
    ]


def cards_of(keys: Iterable[UUID]) -> dict[UUID, CourseCard]:
    """Cards of the courses of these keys that anyone may open, each in the reader's best language."""
    language = get_language() or settings.LANGUAGE_CODE
    rows = in_best_language(CoursePage.objects.filter(reading__key__in=list(keys)), language)
    return {card.key: card for card in course_cards(rows)}


def suggested_courses(route: str, *, without: Iterable[UUID] = (), most: int = NEW_COURSES) -> list[CourseCard]:
    """The first courses of the catalogue that suit the route, besides those named."""
    rows = courses_in_catalogue({}).filter(for_route__in=readable_routes(route))
    return course_cards(rows.exclude(reading__key__in=list(without))[:most])


def update_lines(rows: QuerySet[UpdatePage]) -> list[UpdateLine]:
    """Lines of these updates, in one statement."""
    return [
        UpdateLine(
            title=update.reading.title,
            url=update.reading.url,
            summary=update.reading.summary,
            dated_on=update.dated_on,
            route=update.for_route,
            route_label=update.get_for_route_display(),
            language_code=update.reading.language,
        )
        for update in rows.select_related("reading")
    ]


def updates_newest_first(route: str = "") -> QuerySet[UpdatePage]:
    """The updates that anyone may open and that suit the route, the latest first."""
    rows = UpdatePage.objects.filter(reading__isnull=False, for_route__in=readable_routes(route))
    rows = in_best_language(rows, get_language() or settings.LANGUAGE_CODE)
    return rows.order_by("-dated_on", "-path")


def newest_updates(route: str = "", most: int = NEW_UPDATES) -> list[UpdateLine]:
    """The latest updates for a route."""
    return update_lines(updates_newest_first(route)[:most])


def update_neighbours(reading: Reading) -> tuple[UpdateLine | None, UpdateLine | None]:
    """The next newer and the next older update of the same language, in two statements."""
    update = UpdatePage.objects.get(pk=reading.page_id)
    rows = UpdatePage.objects.filter(reading__language=reading.language).exclude(pk=update.pk)
    later = Q(dated_on__gt=update.dated_on) | Q(dated_on=update.dated_on, path__gt=update.path)
    newer = update_lines(rows.filter(later).order_by("dated_on", "path")[:1])
    older = update_lines(rows.exclude(later).order_by("-dated_on", "-path")[:1])
    return (newer[0] if newer else None, older[0] if older else None)


def policy_lines() -> list[PolicyLine]:
    """All policies that anyone may open, in the order of their tree, in one statement."""
    rows = in_best_language(PolicyPage.objects.filter(reading__isnull=False), get_language() or "en")
    return [
        PolicyLine(
            title=policy.reading.title,
            url=policy.reading.url,
            summary=policy.reading.summary,
            effective_on=policy.effective_on,
            sections=len(policy.sections.raw_data),
        )
        for policy in rows.select_related("reading").order_by("path")
    ]


def titles_showing(thing: Model) -> list[str]:
    """The pages that show or link to this thing and that anyone may open, by title."""
    return list(Reading.objects.showing(thing).order_by("title").values_list("title", flat=True))


def course_titles(keys: Iterable[UUID] | None = None) -> dict[UUID, str]:
    """What courses (None for all) are called in the site's first language, else in another; taken-off ones too."""
    courses = CoursePage.objects.all() if keys is None else CoursePage.objects.filter(translation_key__in=list(keys))
    # The first language comes last, and so replaces the others.
    ordered = courses.order_by(Case(When(locale__language_code=settings.LANGUAGE_CODE, then=1), default=0), "pk")
    return dict(ordered.values_list("translation_key", "title"))


def catalogue_counts() -> dict[str, int]:
    """How many courses and lessons anyone may open, each counted once over all languages."""
    return Reading.objects.aggregate(
        courses_count=Count("key", filter=Q(kind=Kind.COURSE), distinct=True),
        lessons_count=Count("key", filter=Q(kind=Kind.LESSON), distinct=True),
    )


def filter_values() -> FilterValues:
    """Every filter by name: its label and its values."""
    routes = [route for route in Route if route != Route.BOTH]
    return {
        "subject": (_("Subject"), [(each.value, str(each.label)) for each in Subject]),
        "route": (pgettext("of selling", "Route"), [(each.value, str(each.label)) for each in routes]),
        "level": (_("Level"), [(each.value, str(each.label)) for each in Level]),
        "language": (_("Language"), list(settings.LANGUAGES)),
    }


def chosen_filters(
    query: Mapping[str, str], known: FilterValues | None = None, way_on: str = "/courses/"
) -> dict[str, str]:
    """The filters that an address names, of the catalogue or of those `known`.

    Raises UnknownFilter for a value that isn't one.
    """
    known = known or filter_values()
    chosen = {name: query[name] for name in known if query.get(name)}
    for name, value in chosen.items():
        label, values = known[name]
        if value not in dict(values):
            raise rules.UnknownFilter(
                rules.gettext_noop("There is no %(filter)s “%(value)s”. Choose one from the list."),
                filter=label.lower(),
                value=value[:40],
                way_on=way_on,
            )
    return chosen


def filters(
    address: str,
    chosen: Mapping[str, str],
    known: FilterValues | None = None,
    counts: Mapping[str, Mapping[str, str]] | None = None,
) -> list[Filter]:
    """The filters with an address for every choice: one for each view of the list.

    What is `chosen` besides stays in the address. `counts` say what a choice leaves, by filter and value.
    """

    def url(name: str, value: str) -> str:
        wanted = {key: each for key, each in {**chosen, name: value}.items() if each}
        return f"{address}?{urlencode(wanted)}" if wanted else address

    def choices(name: str, values: Sequence[tuple[str, str]]) -> list[Choice]:
        count = (counts or {}).get(name, {})
        return [
            Choice(value, label, url(name, value), chosen.get(name, "") == value, count.get(value, ""))
            for value, label in [("", _("All")), *values]
        ]

    known = known or filter_values()
    return [Filter(name, label, choices(name, values)) for name, (label, values) in known.items()]
