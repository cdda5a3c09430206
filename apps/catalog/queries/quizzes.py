"""Which quiz a course asks."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from apps.catalog.models import CoursePage, Reading
from apps.catalog.queries.readings import keep_once
from apps.catalog.rules import CourseQuiz
from apps.quizzes.models import Bank, QuestionVersion


def courses_asking() -> QuerySet[CoursePage]:
    """The courses whose quiz can be asked, each by its page in the site's first language, which decides for all."""
    courses = CoursePage.objects.live().filter(locale__language_code=settings.LANGUAGE_CODE, quiz_bank__isnull=False)
    return courses.annotate(ready=ready_questions()).filter(ready__gte=F("quiz_questions"))


def quizzes_of(course_keys: Iterable[UUID]) -> dict[UUID, CourseQuiz]:
    """The quizzes that these courses ask, in one statement; courses without one that can be asked are left out."""
    courses = courses_asking().filter(translation_key__in=list(course_keys)).select_related("quiz_bank")
    return {course.translation_key: quiz_set_on(course, course.quiz_bank) for course in courses if course.quiz_bank}


def ready_questions() -> Coalesce:
    """How many questions of a course's bank anyone can be asked: those ready in the site's first language."""
    ready = QuestionVersion.objects.ready().filter(
        language=settings.LANGUAGE_CODE, question__bank=OuterRef("quiz_bank")
    )
    count = ready.order_by().values("question__bank").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(count, output_field=IntegerField()), 0)


def quiz_set_on(course: CoursePage, bank: Bank) -> CourseQuiz:
    """The quiz as the fields of a course have it, which asks this bank."""
    pause = timedelta(minutes=course.quiz_pause_minutes)
    return CourseQuiz(bank.code, course.quiz_questions, course.quiz_pass_mark, pause)


def quiz_of(course: Reading) -> CourseQuiz | None:
    """The quiz that a course asks, kept per version of the course; None where it asks none.

    Publishing or retiring a question gives the courses that ask its bank a new version.
    """
    kept: dict[UUID, CourseQuiz] = keep_once(f"quiz:{course.version.hex}", lambda: quizzes_of([course.key]))
    return kept.get(course.key)
