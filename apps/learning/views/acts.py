"""Doors that change: enrol, mark complete, remember the place."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from apps.catalog.enums import Kind
from apps.catalog.models import Reading
from apps.catalog.queries.readings import course_around, outline_of
from apps.core.clock import now
from apps.core.htmx import go_to
from apps.learning import rules, services
from apps.learning.enums import QuizState
from apps.learning.queries import progress

P = ParamSpec("P")


def reading_of(language: str, key: UUID, kind: Kind) -> Reading | None:
    """The page of this identity, in the language that it was read in."""
    return Reading.objects.select_related("parent").filter(language=language, key=key, kind=kind).first()


def signed_in(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Who isn't signed in any more signs in and comes back to the page; a POST is never repeated by itself."""

    @wraps(view)
    def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        reading = Reading.objects.filter(language=kwargs["language"], key=kwargs["key"]).first()
        back = reading.url if reading else reverse("web:dashboard")
        messages.info(request, _("You were signed out. Sign in to go on where you were."))
        return go_to(request, f"{reverse('account_login')}?next={back}")

    return inner


@require_POST
@signed_in
def enrol(request: HttpRequest, language: str, key: UUID) -> HttpResponse:
    """Begin the course and open its first lesson that isn't done."""
    course = reading_of(language, key, Kind.COURSE)
    if course is None:
        raise rules.CourseGone(
            rules.gettext_noop("This course was taken off. What you finished is kept in your records."),
            way_on=reverse("web:dashboard"),
        )
    services.enrol(person=request.user, course=course, at=now())  # type: ignore[arg-type]
    return go_to(request, following_url(request, course) or course.url)


@require_POST
@signed_in
def complete(request: HttpRequest, language: str, key: UUID) -> HttpResponse:
    """Mark the lesson complete and go on: to the next lesson, after the last to the quiz, or to the certificate."""
    lesson = reading_of(language, key, Kind.LESSON)
    if lesson is None or lesson.parent is None:
        raise rules.LessonGone(
            rules.gettext_noop("This lesson was taken off while you had it open. What you finished is kept."),
            way_on=reverse("web:dashboard"),
        )
    before = progress.personal_facts(request.user.pk, lesson.parent, key)
    enrolment = services.complete_lesson(person=request.user, lesson=lesson, at=now())  # type: ignore[arg-type]
    if before.asked:
        messages.success(request, _("Thank you. You have done the lesson that you were asked to do."))
    course = course_around(lesson, lesson.parent)
    if enrolment.completed_at and not before.completed_at:
        return go_to(request, reverse("learning:course-done", args=[course.language, course.key]))
    return go_to(request, following_url(request, course) or course.url)


def following_url(request: HttpRequest, course: Reading) -> str:
    """Where the person goes on in this course: a lesson, then the quiz, "" when nothing is left.

    Says so when lessons before are open.
    """
    outline = outline_of(course)
    facts = progress.personal_facts(request.user.pk, course)  # type: ignore[arg-type]
    following = next((line for line in progress.lesson_lines(outline, facts) if line.is_next), None)
    if following is None:
        is_left = progress.quiz_state_in(course, facts) is QuizState.OPEN
        return reverse("learning:quiz", args=[course.language, course.key]) if is_left else ""
    last = next((line.number for line in outline if line.key == facts.last_lesson_key), 0)
    if following.number < last:
        left = sum(line.key not in facts.done for line in outline)
        text = ngettext("%(left)s lesson before this one is still open.", "%(left)s lessons are still open.", left)
        messages.info(request, text % {"left": left})
    return following.url


@require_POST
@signed_in
def finish(request: HttpRequest, language: str, key: UUID) -> HttpResponse:
    """Finish a course of which nothing is left to do, and go to its certificate."""
    course = reading_of(language, key, Kind.COURSE)
    if course is None:
        raise rules.CourseGone(
            rules.gettext_noop("This course was taken off. What you finished is kept in your records."),
            way_on=reverse("web:dashboard"),
        )
    enrolment = services.finish_course(person=request.user, course=course, at=now())  # type: ignore[arg-type]
    if enrolment is None or enrolment.completed_at is None:
        return go_to(request, course.url)
    return go_to(request, reverse("learning:course-done", args=[language, key]))


@require_POST
def keep_place(request: HttpRequest, language: str, key: UUID) -> HttpResponse:
    """Remember the block that the reader has come to; sent by the page as it is read, so it never complains."""
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    lesson = reading_of(language, key, Kind.LESSON)
    if lesson is None:
        raise Http404
    services.keep_place(
        person=request.user,  # type: ignore[arg-type]
        lesson=lesson,
        block=request.POST.get("block", ""),
        at=now(),
    )
    return HttpResponse(status=204)
