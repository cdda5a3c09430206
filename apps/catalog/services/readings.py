"""Keeps `Reading` true: which pages anyone may open, a new version for each whose look has changed, and what of
them a search may find.
"""

from collections.abc import Iterable
from typing import cast

from django.db import transaction
from django.db.models import F, Model, Q
from wagtail.models import Page, PageViewRestriction

from apps.catalog.blocks import PICTURE_FILTERS
from apps.catalog.enums import Kind
from apps.catalog.models import (
    CataloguePage,
    CoursePage,
    EditorialPage,
    HomePage,
    LessonPage,
    Reading,
    ReadingUse,
    SearchEntry,
    thing_label,
)
from apps.catalog.queries.passages import SEARCHED, entries_of, place_of
from apps.catalog.queries.readings import chosen, minutes_of, references_of
from apps.catalog.queries.related import uses_one_of, versions_of


@transaction.atomic
def refresh_readings(page: Page, *, has_moved: bool = False) -> None:
    """Bring the readings of this page and of those below it in line with the tree, after any change to it.

    Below it only when the page itself came, went or moved: publishing the home page reads one page, not all. A
    lesson of which only the text changed is nothing new to who names it; `has_moved` says that it may have changed
    places with its siblings, which no reading shows.
    """
    before = Reading.objects.filter(page_id=page.pk).first()
    cited = pages_cited_by_lessons(page)
    page = Page.objects.filter(pk=page.pk).first() or page
    after = refresh_one(page)
    has_gone_elsewhere = (before.path if before else None) != (after.path if after else None)
    if has_gone_elsewhere:
        for below in page.get_descendants().order_by("path").iterator():
            refresh_one(below)
    touch_course_of(page)
    cites = pages_cited_by_lessons(page)
    is_named_otherwise = has_moved or named_of(before) != named_of(after) or cited != cites
    if (
        isinstance(page.specific, CoursePage)
        or (is_named_otherwise and isinstance(page.specific, LessonPage))
        or (has_gone_elsewhere and isinstance(page.specific, CataloguePage | HomePage))
    ):
        touch_what_names_lessons(cited | cites)


def named_of(reading: Reading | None) -> tuple | None:
    """What of a lesson stands where it is named elsewhere (`queries.related`)."""
    return (reading.path, reading.title, reading.minutes, reading.parent_id) if reading else None


def refresh_one(page: Page) -> Reading | None:
    """Make, renew or remove the reading of one page; whoever links to it or quotes it gets a new version.

    So does who links to it in another language: it may lead to this one now.
    """
    for each in page.get_translations(inclusive=True):
        touch_users_of(each)
    Reading.objects.filter(key=page.translation_key).exclude(page_id=page.pk).touch()
    specific = page.specific
    if not isinstance(specific, EditorialPage) or not is_open(page):
        Reading.objects.filter(page_id=page.pk).delete()
        return None
    parent = Reading.objects.filter(page_id=page.get_parent().pk).first()
    facts = {
        "kind": specific.kind,
        "key": page.translation_key,
        "language": page.locale.language_code,
        "path": specific.address,
        "parent": parent if specific.kind == Kind.LESSON else None,
        "title": specific.title,
        "summary": specific.summary,
        "minutes": minutes_of(specific),
    }
    reading, _created = Reading.objects.update_or_create(page=page, defaults=facts)
    Reading.objects.filter(pk=reading.pk).touch()
    keep_uses(reading, specific)
    keep_entries(reading, specific)
    make_renditions(specific)
    return reading


def is_open(page: Page) -> bool:
    """Whether anyone may open the page: it and all above it are live and its own, and none is restricted."""
    line = page.get_ancestors(inclusive=True)
    return all_live(page) and not PageViewRestriction.objects.filter(page__in=line).exists()


def all_live(page: Page) -> bool:
    """Whether the page and all pages above it are published, and none is an alias of a page in another language.

    Such an alias isn't translated: readers get the original, with a note that says so.
    """
    line = page.get_ancestors(inclusive=True).filter(depth__gt=1)
    untranslated = Q(alias_of__isnull=False) & ~Q(alias_of__locale=F("locale"))
    return not line.filter(Q(live=False) | untranslated).exists()


def keep_uses(reading: Reading, page: EditorialPage) -> None:
    """Write down what the reading shows or links to."""
    ReadingUse.objects.filter(reading=reading).delete()
    ReadingUse.objects.bulk_create(
        ReadingUse(reading=reading, thing=thing_label(model), thing_id=thing_id)
        for model, thing_id in sorted(references_of(page), key=str)
    )


def keep_entries(reading: Reading, page: EditorialPage) -> None:
    """Write down what a search may find of the reading; a course hands its place on to its lessons."""
    SearchEntry.objects.filter(reading=reading).delete()
    entries = entries_of(page)
    for entry in entries:
        entry.reading = reading
    SearchEntry.objects.bulk_create(entries)
    if isinstance(page, CoursePage):
        place = place_of(page)
        lessons = SearchEntry.objects.filter(reading__parent=reading)
        lessons.update(subject=place.subject, route=place.route, context=page.title)


def index_unsearched() -> int:
    """Write down the same for readings from before there was a search; answers how many there were."""
    unsearched = Reading.objects.filter(kind__in=list(SEARCHED), entries=None).select_related("page")
    for reading in (found := list(unsearched)):
        keep_entries(reading, cast(EditorialPage, reading.page.specific))
    return len(found)


def make_renditions(page: EditorialPage) -> None:
    """Scale the page's photographs now, not while its first reader waits; drawings need none."""
    for stream in page.body_streams:
        for image in chosen(stream, "picture", "image"):
            if not image.is_svg():
                image.get_renditions(*PICTURE_FILTERS)


def touch_users_of(thing: Model) -> None:
    """A new version for every reading that shows or links to this thing."""
    Reading.objects.showing(thing).touch()


def refresh_users_of(thing: Model) -> None:
    """The same, and what each reading took over from the thing is taken over anew: length, still picture, words."""
    for page in Page.objects.filter(reading__in=Reading.objects.showing(thing)):
        refresh_one(page)


def touch_children_of(parent: Page) -> None:
    """Children of this page came, went or changed places: what lists them is new."""
    Reading.objects.filter(key=parent.translation_key).touch()


def touch_courses_with_quizzes() -> None:
    """A question came or went, or left its bank for another: what courses say of their quizzes may be new.

    All of them, since a question doesn't know in which bank it was.
    """
    asking = CoursePage.objects.exclude(quiz_bank=None)
    Reading.objects.filter(key__in=asking.values("translation_key")).touch()


def touch_course_of(page: Page) -> None:
    """A lesson came, went or changed its title: its course's outline is new. A course changed: so are its lessons."""
    if isinstance(page.specific, LessonPage):
        touch_children_of(page.get_parent())
    elif isinstance(page.specific, CoursePage):
        touch_children_of(page)


def pages_cited_by_lessons(page: Page) -> set[str]:
    """Ids of the pages that the open lessons at and below this page show or link to, as uses name them."""
    uses = ReadingUse.objects.filter(thing="page", reading__kind=Kind.LESSON, reading__page__path__startswith=page.path)
    return set(uses.values_list("thing_id", flat=True))


def touch_what_names_lessons(cited: set[str]) -> None:
    """Lessons came, went or changed: what names them elsewhere (`queries.related`) is new.

    A lesson's page is kept under the version of its course, so that a new one of each course is enough and no body
    is rendered anew. `cited` are the pages which the lessons cite or cited: policies name the lessons that teach
    them, and so do updates that name the same policies.
    """
    told = Reading.objects.filter(kind__in=(Kind.POLICY, Kind.UPDATE), page_id__in=[int(each) for each in cited])
    keys = told.values("key")
    naming = Q(kind=Kind.COURSE) | Q(key__in=keys) | (Q(kind=Kind.UPDATE) & uses_one_of(versions_of(keys)))
    Reading.objects.filter(naming).touch()


def rebuild_readings(pages: Iterable[Page] | None = None) -> int:
    """Make the whole index anew from the tree; answers how many pages anyone may open."""
    for page in pages if pages is not None else Page.objects.filter(depth__gt=1).order_by("path").iterator():
        refresh_one(cast(Page, page))
    return Reading.objects.count()
