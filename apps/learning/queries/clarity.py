"""How lessons do, for editors: learners, completions, and how clear readers find them. Nobody is named."""

from uuid import UUID

from django.conf import settings
from django.db.models import Case, Count, Exists, F, FloatField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Coalesce

from apps.catalog.enums import Kind
from apps.catalog.models import CoursePage, LessonPage, Reading
from apps.learning.models import ClarityAnswer, Completion, Enrolment
from apps.learning.rules import Clarity


def explored_lessons() -> QuerySet[Reading]:
    """Every lesson that anyone may open, once over all languages, with its numbers.

    `learners` are the persons in its course, `completions` those who did it, `answers` those who said whether it was
    clear, `clear` those who found it so, `share` their part (None without answers). `review_on` is the page's own.
    """
    first = Reading.objects.filter(key=OuterRef("key"), language=settings.LANGUAGE_CODE)
    lessons = Reading.objects.filter(kind=Kind.LESSON, parent__isnull=False)
    lessons = lessons.filter(Q(language=settings.LANGUAGE_CODE) | ~Exists(first)).select_related("parent")
    answers = ClarityAnswer.objects.filter(lesson_key=OuterRef("key"))
    lessons = lessons.annotate(
        learners=counted(Enrolment.objects.filter(course_key=OuterRef("parent__key")), "course_key"),
        completions=counted(Completion.objects.filter(lesson_key=OuterRef("key")), "lesson_key"),
        answers=counted(answers, "lesson_key"),
        clear=counted(answers.filter(is_clear=True), "lesson_key"),
        subject=Subquery(CoursePage.objects.filter(pk=OuterRef("parent__page_id")).values("subject")),
        review_on=Subquery(LessonPage.objects.filter(pk=OuterRef("page_id")).values("review_on")),
    )
    share = Cast(F("clear"), FloatField()) / F("answers")
    return lessons.annotate(share=Case(When(answers__gt=0, then=share), default=Value(None), output_field=FloatField()))


def counted(rows: QuerySet, name: str) -> Coalesce:
    """How many of these rows there are, as a number of the row outside."""
    return Coalesce(Subquery(rows.order_by().values(name).annotate(number=Count("pk")).values("number")), 0)


def clarity_of(lesson: Reading) -> Clarity:
    """The numbers of one of the `explored_lessons`."""
    return Clarity(lesson.answers, lesson.clear)  # type: ignore[attr-defined]


def words_about(lesson_key: UUID) -> QuerySet[ClarityAnswer]:
    """What readers say of a lesson in their own words, the newest first, without who said it."""
    said = ClarityAnswer.objects.filter(lesson_key=lesson_key).exclude(words="")
    return said.only("words", "is_clear", "language", "answered_at").order_by("-answered_at", "-pk")
