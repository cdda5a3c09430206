"""Keeps `Reading` true: which pages anyone may open, and a new version for each whose look has changed."""

from collections.abc import Iterable
from typing import cast

from django.db import transaction
from django.db.models import Model
from wagtail.models import Page, PageViewRestriction
from wagtail.rich_text import get_text_for_indexing

from apps.catalog import rules
from apps.catalog.blocks import PICTURE_FILTERS
from apps.catalog.enums import Kind
from apps.catalog.models import CoursePage, EditorialPage, LessonPage, Reading, ReadingUse, walk
from apps.catalog.queries.readings import chosen, references_of


@transaction.atomic
def refresh_readings(page: Page) -> None:
    """Bring the readings of this page and of those below it in line with the tree, after any change to it.

    Below it only when the page itself came, went or moved: publishing the home page reads one page, not all.
    """
    before = Reading.objects.filter(page_id=page.pk).values_list("path", flat=True).first()
    page = Page.objects.filter(pk=page.pk).first() or page
    after = refresh_one(page)
    if before != (after.path if after else None):
        for below in page.get_descendants().order_by("path").iterator():
            refresh_one(below)
    touch_course_of(page)


def refresh_one(page: Page) -> Reading | None:
    """Make, renew or remove the reading of one page; whoever links to it or quotes it gets a new version."""
    touch_users_of(page)
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
    make_renditions(specific)
    return reading


def is_open(page: Page) -> bool:
    """Whether anyone may open the page: it and all above it are live, and none is restricted."""
    line = page.get_ancestors(inclusive=True)
    return all_live(page) and not PageViewRestriction.objects.filter(page__in=line).exists()


def all_live(page: Page) -> bool:
    """Whether the page and all pages above it are published."""
    return not page.get_ancestors(inclusive=True).filter(depth__gt=1, live=False).exists()


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


def keep_uses(reading: Reading, page: EditorialPage) -> None:
    """Write down what the reading shows or links to."""
    ReadingUse.objects.filter(reading=reading).delete()
    ReadingUse.objects.bulk_create(
        ReadingUse(reading=reading, thing=thing_label(model), thing_id=thing_id)
        for model, thing_id in sorted(references_of(page), key=str)
    )


def make_renditions(page: EditorialPage) -> None:
    """Scale the page's photographs now, not while its first reader waits; drawings need none."""
    for stream in page.body_streams:
        for image in chosen(stream, "picture", "image"):
            if not image.is_svg():
                image.get_renditions(*PICTURE_FILTERS)


def thing_label(model: type[Model]) -> str:
    """One name for all kinds of pages, the model's label for everything else."""
    return "page" if issubclass(model, Page) else model._meta.label_lower


def touch_users_of(thing: Model) -> None:
    """A new version for every reading that shows or links to this thing."""
    users = Reading.objects.filter(uses__thing=thing_label(type(thing)), uses__thing_id=str(thing.pk))
    users.touch()


def refresh_users_of(thing: Model) -> None:
    """The same, and what each reading took over from the thing is taken over anew: its length, its still picture."""
    for page in Page.objects.filter(
        reading__uses__thing=thing_label(type(thing)), reading__uses__thing_id=str(thing.pk)
    ).distinct():
        refresh_one(page)


def touch_children_of(parent: Page) -> None:
    """Children of this page came, went or changed places: what lists them is new."""
    Reading.objects.filter(key=parent.translation_key).touch()


def touch_course_of(page: Page) -> None:
    """A lesson came, went or changed its title: its course's outline is new. A course changed: so are its lessons."""
    if isinstance(page.specific, LessonPage):
        touch_children_of(page.get_parent())
    elif isinstance(page.specific, CoursePage):
        touch_children_of(page)


def rebuild_readings(pages: Iterable[Page] | None = None) -> int:
    """Make the whole index anew from the tree; answers how many pages anyone may open."""
    for page in pages if pages is not None else Page.objects.filter(depth__gt=1).order_by("path").iterator():
        refresh_one(cast(Page, page))
    return Reading.objects.count()
