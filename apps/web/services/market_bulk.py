"""A market as large as a benchmark wants, written set-based: thousands of lessons in seconds, not hours.

`add_child` costs about 100 ms a page, so the tree's rows are written as the tree would write them.
"""

import uuid
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from wagtail.models import Page

from apps.catalog.enums import Kind
from apps.catalog.models import CataloguePage, CoursePage, LessonPage, Reading, SearchEntry
from apps.catalog.queries.passages import entries_of
from apps.catalog.services.readings import refresh_one

LESSONS_A_COURSE = 40


@transaction.atomic
def load_large(lessons: int) -> None:
    """Fill the English catalogue up with courses of 40 lessons until it holds at least `lessons`."""
    catalogue = CataloguePage.objects.get(locale__language_code="en")
    catalogue.refresh_from_db()
    have = Reading.objects.filter(kind=Kind.LESSON).count()
    model = LessonPage.objects.filter(reading__isnull=False, locale=catalogue.locale).order_by("path").first()
    if model is None:
        return
    first = catalogue.numchild
    courses = max(0, -(-(lessons - have) // LESSONS_A_COURSE))
    for number in range(first + 1, first + courses + 1):
        write_course(catalogue, number, model)
    Page.objects.filter(pk=catalogue.pk).update(numchild=first + courses)


def write_course(catalogue: CataloguePage, number: int, model: LessonPage) -> None:
    """One course with 40 lessons, each with the model's body, and their readings."""
    slug = f"bulk-{number:05d}"
    template = CoursePage.objects.child_of(catalogue).order_by("path").first()
    (course,) = write_pages(catalogue, CoursePage, [(number, slug, f"Course {number:05d}")], LESSONS_A_COURSE)
    copy_fields(CoursePage, template, [course])
    steps = [(each, f"lesson-{each:03d}", f"Lesson {number:05d}-{each:03d}") for each in range(1, LESSONS_A_COURSE + 1)]
    pages = write_pages(course, LessonPage, steps, 0)
    copy_fields(LessonPage, model, pages)
    reading = refresh_one(course)
    lessons = Reading.objects.bulk_create(
        Reading(
            page=page,
            kind=Kind.LESSON,
            key=page.translation_key,
            language="en",
            path=f"en/{'/'.join(page.url_path.strip('/').split('/')[1:])}/",
            parent=reading,
            title=page.title,
            summary=model.summary,
            minutes=4,
            version=uuid.uuid4(),
        )
        for page in pages
    )
    SearchEntry.objects.bulk_create(entry for lesson in lessons for entry in entries_like(model, course, lesson))


def entries_like(model: LessonPage, course: CoursePage, lesson: Reading) -> list[SearchEntry]:
    """What a search may find of a lesson that says what the model says."""
    entries = entries_of(model)
    for entry in entries:
        entry.reading, entry.key, entry.title, entry.context = lesson, lesson.key, lesson.title, course.title
    return entries


def write_pages(parent: Page, kind: type[Page], children: list[tuple[int, str, str]], numchild: int) -> list[Page]:
    """Rows of the page tree under the parent: (position, slug, title) each, live."""
    content_type = ContentType.objects.get_for_model(kind)
    return Page.objects.bulk_create(
        Page(
            path=parent.path + Page._int2str(position).rjust(Page.steplen, "0"),
            depth=parent.depth + 1,
            numchild=numchild,
            title=title,
            draft_title=title,
            slug=slug,
            url_path=f"{parent.url_path}{slug}/",
            locale_id=parent.locale_id,
            content_type=content_type,
            live=True,
            translation_key=uuid.uuid4(),
        )
        for position, slug, title in children
    )


def copy_fields(kind: type[Page], model: Any, pages: list[Page]) -> None:
    """Rows of the kind's own table with the model page's values; Django can't bulk-create children of a table."""
    fields: list[models.Field] = [field for field in kind._meta.local_concrete_fields if not field.primary_key]
    values = [field.get_db_prep_save(getattr(model, field.attname), connection) for field in fields]
    columns = ", ".join(["page_ptr_id", *(str(field.column) for field in fields)])
    marks = ", ".join(["%s"] * (len(fields) + 1))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {kind._meta.db_table} ({columns}) VALUES ({marks})",  # noqa: S608 - names are ours
            [(page.pk, *values) for page in pages],
        )
