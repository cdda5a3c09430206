"""Doors of the quiz of a course: what it asks, the questions, the look before submitting, the result."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.catalog.enums import Kind
from apps.catalog.models import Reading
from apps.catalog.queries.quizzes import quiz_of
from apps.catalog.queries.readings import outline_of
from apps.core.clock import now
from apps.core.htmx import go_to
from apps.learning import rules, services
from apps.learning.queries import progress, quizzes
from apps.learning.views.acts import reading_of, signed_in
from apps.learning.views.pages import certificate_url
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt
from apps.quizzes.queries.attempts import Sheet, result_of, sheet_of
from apps.quizzes.rules import AttemptClosed, AttemptLate, answers_in

KEPT_ANSWERS = "quiz-answers"

Answers = Mapping[str, Sequence[str]]


def quiz_at(language: str, key: UUID) -> str:
    """The page of the quiz, also of a course that was taken off."""
    return reverse("learning:quiz", args=[language, key])


def try_url(language: str, key: UUID, reference: str) -> str:
    """Where a try is answered, and later its result."""
    return reverse("learning:quiz-try", args=[language, key, reference])


def course_of(language: str, key: UUID) -> Reading:
    """The course of this address. Refused where it was taken off."""
    course = reading_of(language, key, Kind.COURSE)
    if course is None:
        raise rules.CourseGone(
            rules.gettext_noop("This course was taken off. What you finished is kept in your records."),
            way_on=reverse("web:dashboard"),
        )
    return course


def own_try(request: HttpRequest, key: UUID, reference: str) -> Attempt:
    """The try of this reference, if it is this person's; nobody else learns that there is one."""
    attempt = quizzes.try_by(request.user, key, reference)  # type: ignore[arg-type]
    if attempt is None:
        raise Http404
    return attempt


@require_safe
@login_required
def quiz(request: HttpRequest, language: str, key: UUID) -> HttpResponse:
    """What the quiz asks, what passes it, and the one thing to do now."""
    course, at = course_of(language, key), now()
    asked = quizzes.asked_quiz(course)
    person: User = request.user  # type: ignore[assignment]
    context = place_of(course, person) | {
        "quiz": asked,
        "right_needed": rules.right_needed(asked.questions, asked.pass_mark),
        "pause_minutes": int(asked.pause.total_seconds()) // 60,
        "standing": quizzes.standing_of(person, key, asked.pause, at),
        "start_url": reverse("learning:start-quiz", args=[language, key]),
    }
    return private(render(request, "learning/quiz.html", context))


def place_of(course: Reading, person: User) -> dict[str, Any]:
    """How far the person is in the course around the quiz, and where they go on."""
    facts = progress.personal_facts(person.pk, course)
    lines = progress.lesson_lines(outline_of(course), facts)
    undone = [line for line in lines if not line.done]
    return {
        "course": course,
        "facts": facts,
        "lessons_left": len(undone),
        "lesson_url": next((line.url for line in lines if line.is_next), undone[0].url if undone else course.url),
        "certificate_url": certificate_url(facts.certificate_reference),
    }


@require_POST
@signed_in
def start_quiz(request: HttpRequest, language: str, key: UUID) -> HttpResponse:
    """Begin a try, or go on with the one that is open."""
    attempt = services.start_quiz(person=request.user, course=course_of(language, key), at=now())  # type: ignore[arg-type]
    return go_to(request, try_url(language, key, attempt.reference))


@require_safe
@login_required
def quiz_try(request: HttpRequest, language: str, key: UUID, reference: str) -> HttpResponse:
    """The questions of a try that is open, the result of one that is submitted."""
    attempt = own_try(request, key, reference)
    if attempt.is_submitted:
        return result(request, language, key, attempt)
    if attempt.closed_at is not None:
        unexplained = rules.gettext_noop("This try was closed without counting. You can begin a new one.")
        raise AttemptClosed(attempt.closed_reason or unexplained, way_on=quiz_at(language, key))
    kept = request.session.pop(KEPT_ANSWERS, {}).get(reference, {})
    if kept:
        messages.info(request, _("You are signed in again, and your answers are still here. Submit them to finish."))
    return sheet_page(request, language, key, sheet_of(attempt, kept))


def sheet_page(
    request: HttpRequest, language: str, key: UUID, sheet: Sheet, *, template: str = "sheet", is_missing: bool = False
) -> HttpResponse:
    """The questions with what is chosen so far; with `is_missing` those without an answer are named."""
    context = {
        "sheet": sheet,
        "is_missing": is_missing,
        "course": reading_of(language, key, Kind.COURSE),
        "quiz_url": quiz_at(language, key),
        "answer_url": reverse("learning:answer-quiz", args=[language, key, sheet.reference]),
    }
    return private(render(request, f"learning/quiz_{template}.html", context, status=422 if is_missing else 200))


@require_POST
def answer_quiz(request: HttpRequest, language: str, key: UUID, reference: str) -> HttpResponse:
    """Look over the answers, change them, or submit them: the button that was pressed says which.

    Who submits without some answers, and has given them meanwhile, is led to look them over as everybody is.
    """
    answers = answers_in(request.POST.lists())
    if not request.user.is_authenticated:
        return keep_until_signed_in(request, answers, language, key, reference)
    attempt = own_try(request, key, reference)
    step = request.POST.get("step", "review")
    if attempt.state != AttemptState.OPEN or step == "submit":
        return submit(request, language, key, attempt, answers)
    sheet = quizzes.sheet_with(attempt, answers)
    if step == "change":
        return sheet_page(request, language, key, sheet)
    if sheet.unanswered:
        if step == "submit-missing":
            return submit(request, language, key, attempt, answers)
        return sheet_page(request, language, key, sheet, is_missing=True)
    return sheet_page(request, language, key, sheet, template="review")


def submit(request: HttpRequest, language: str, key: UUID, attempt: Attempt, answers: Answers) -> HttpResponse:
    """Have the try marked, and go to its result; a second time leads to the first result."""
    try:
        services.submit_quiz(attempt=attempt, answers=answers, at=now())
    except (AttemptClosed, AttemptLate) as refusal:
        refusal.way_on = quiz_at(language, key)
        raise
    return go_to(request, try_url(language, key, attempt.reference))


def keep_until_signed_in(
    request: HttpRequest, answers: Answers, language: str, key: UUID, reference: str
) -> HttpResponse:
    """The session has ended over the questions: sign in, and find the answers as they were. Nothing is submitted."""
    kept = quizzes.answers_to_keep(reference, answers)
    if kept:
        request.session[KEPT_ANSWERS] = {reference: kept}
    messages.info(request, _("You were signed out. Sign in to go on where you were."))
    return go_to(request, f"{reverse('account_login')}?next={try_url(language, key, reference)}")


def result(request: HttpRequest, language: str, key: UUID, attempt: Attempt) -> HttpResponse:
    """Every answer explained, what to read again, and what comes next; the course may have been taken off since."""
    person: User = request.user  # type: ignore[assignment]
    course = reading_of(language, key, Kind.COURSE)
    marked = result_of(attempt)
    asked = quiz_of(course) if course is not None else None
    context = (place_of(course, person) if course is not None else {}) | {
        "result": marked,
        "right_needed": rules.right_needed(marked.total, marked.pass_mark),
        "read_again": quizzes.read_again(marked),
        "is_asked": asked is not None,
        "standing": quizzes.standing_of(person, key, asked.pause, now()) if asked is not None else None,
        "quiz_url": quiz_at(language, key),
        "start_url": reverse("learning:start-quiz", args=[language, key]),
        "done_url": reverse("learning:course-done", args=[language, key]),
    }
    return private(render(request, "learning/quiz_result.html", context))


def private(response: HttpResponse) -> HttpResponse:
    """For this reader alone, and asked for anew when they come back to it."""
    patch_cache_control(response, private=True, no_cache=True)
    return response
