"""Doors of practice: the quiz of a type as often as one likes, without a point."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.compliance.models import ViolationType
from apps.compliance.queries.practice import practice_card
from apps.compliance.queries.quizzes import practices_of
from apps.compliance.queries.types import title_of
from apps.compliance.queries.violations import type_by
from apps.compliance.services.attempts import start_practice
from apps.compliance.views.quizzes import Answers, keep_until_signed_in, kept_sheet, sign_in_first
from apps.compliance.views.standing import own_seller, private
from apps.core.clock import now
from apps.core.htmx import go_to
from apps.core.rules import gettext_noop
from apps.learning.queries.quizzes import read_again, sheet_with
from apps.learning.rules import right_needed
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt
from apps.quizzes.queries.attempts import Sheet, result_of
from apps.quizzes.rules import AttemptClosed, QuizFirst, answers_in
from apps.quizzes.services import submit_attempt


def practice_at(code: str) -> str:
    """The page of practice of a type."""
    return reverse("compliance:practise", args=[code])


def known_type(code: str) -> ViolationType:
    """The type of this code."""
    kind = type_by(code)
    if kind is None:
        raise Http404
    return kind


def own_practice(request: HttpRequest, kind: ViolationType, reference: str) -> Attempt:
    """The practice of this reference, if it is the reader's own."""
    found = practices_of(request.user, kind).filter(reference=reference).first()  # type: ignore[arg-type]
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def practise(request: HttpRequest, code: str) -> HttpResponse:
    """What practice is; a POST begins, or goes on with what is open."""
    if not request.user.is_authenticated:
        return sign_in_first(request, practice_at(code))
    person: User = request.user  # type: ignore[assignment]
    seller, kind = own_seller(request), known_type(code)
    if request.method == "POST":
        try:
            attempt = start_practice(kind=kind, person=person, region=seller.region, at=now())
        except QuizFirst as refusal:
            refusal.way_on = reverse("compliance:standing")
            raise
        return go_to(request, reverse("compliance:practice-try", args=[code, attempt.reference]))
    context = {"kind": kind, "card": practice_card(kind, seller, person, now())}
    return private(render(request, "compliance/practice.html", context))


@require_safe
@login_required
def practice_try(request: HttpRequest, code: str, attempt: str) -> HttpResponse:
    """The questions of practice that is open, the result of one that is submitted."""
    kind = known_type(code)
    found = own_practice(request, kind, attempt)
    if found.is_submitted:
        return result(request, kind, found)
    if found.closed_at is not None:
        reason = gettext_noop("This quiz has changed since you began. Begin to practise anew.")
        raise AttemptClosed(reason, way_on=practice_at(code))
    return sheet_page(request, kind, kept_sheet(request, found))


def sheet_page(
    request: HttpRequest, kind: ViolationType, sheet: Sheet, *, template: str = "sheet", is_missing: bool = False
) -> HttpResponse:
    """The questions with what is chosen so far; with `is_missing` those without an answer are named."""
    context = {
        "sheet": sheet,
        "is_missing": is_missing,
        "kind": kind,
        "title": title_of(kind, request.user.language),  # type: ignore[union-attr]
        "quiz_url": practice_at(kind.code),
        "answer_url": reverse("compliance:answer-practice", args=[kind.code, sheet.reference]),
    }
    status = 422 if is_missing else 200
    return private(render(request, f"compliance/practice_{template}.html", context, status=status))


@require_POST
def answer_practice(request: HttpRequest, code: str, attempt: str) -> HttpResponse:
    """Look over the answers, change them, or submit them: the button that was pressed says which.

    Who submits without some answers, and has given them meanwhile, is led to look them over as everybody is.
    """
    answers = answers_in(request.POST.lists())
    if not request.user.is_authenticated:
        here = reverse("compliance:practice-try", args=[code, attempt])
        return keep_until_signed_in(request, answers, attempt, here)
    kind = known_type(code)
    found = own_practice(request, kind, attempt)
    step = request.POST.get("step", "review")
    if found.state != AttemptState.OPEN or step == "submit":
        return submit(request, kind, found, answers)
    sheet = sheet_with(found, answers)
    if step == "change":
        return sheet_page(request, kind, sheet)
    if sheet.unanswered:
        if step == "submit-missing":
            return submit(request, kind, found, answers)
        return sheet_page(request, kind, sheet, is_missing=True)
    return sheet_page(request, kind, sheet, template="review")


def submit(request: HttpRequest, kind: ViolationType, attempt: Attempt, answers: Answers) -> HttpResponse:
    """Have the practice marked, and go to its result."""
    try:
        submit_attempt(attempt=attempt, answers=answers, at=now())
    except AttemptClosed as refusal:
        refusal.way_on = practice_at(kind.code)
        raise
    except QuizFirst as refusal:
        refusal.way_on = reverse("compliance:standing")
        raise
    return go_to(request, reverse("compliance:practice-try", args=[kind.code, attempt.reference]))


def result(request: HttpRequest, kind: ViolationType, attempt: Attempt) -> HttpResponse:
    """Every answer explained; no point, and nothing counted."""
    person: User = request.user  # type: ignore[assignment]
    marked = result_of(attempt)
    context = {
        "result": marked,
        "kind": kind,
        "card": practice_card(kind, own_seller(request), person, now()),
        "right_needed": right_needed(marked.total, marked.pass_mark),
        "read_again": read_again(marked),
    }
    return private(render(request, "compliance/practice_result.html", context))
