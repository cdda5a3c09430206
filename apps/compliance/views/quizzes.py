"""Doors of a violation's quiz: what it is worth, the questions, the look before submitting, the result."""

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.compliance.models import QuizStake, Violation
from apps.compliance.queries.cards import card_of
from apps.compliance.queries.programmes import programme_row
from apps.compliance.queries.quizzes import stake_by
from apps.compliance.queries.standing import balance_of, standing_row
from apps.compliance.services import attempts as services
from apps.compliance.views.standing import own_violation, private
from apps.core.clock import now
from apps.core.htmx import go_to
from apps.core.rules import Refusal, gettext_noop
from apps.learning.queries.quizzes import answers_to_keep, read_again, sheet_with
from apps.learning.rules import right_needed
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt
from apps.quizzes.queries.attempts import Sheet, result_of, sheet_of
from apps.quizzes.rules import AttemptClosed, AttemptLate, answers_in

KEPT_ANSWERS = "quiz-answers"

Answers = Mapping[str, Sequence[str]]


def quiz_at(reference: str) -> str:
    """The page of a violation's quiz."""
    return reverse("compliance:take-quiz", args=[reference])


def try_url(stake: QuizStake) -> str:
    """Where an attempt is answered, and later its result."""
    return reverse("compliance:result", args=[stake.violation.reference, stake.attempt.reference])


def own_stake(request: HttpRequest, reference: str, attempt: str) -> QuizStake:
    """The attempt of this reference, if it is the reader's own; nobody else learns that there is one."""
    found = stake_by(request.user, own_violation(request, reference), attempt)  # type: ignore[arg-type]
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def take_quiz(request: HttpRequest, reference: str) -> HttpResponse:
    """What a pass would take off, said before the start; a POST begins, or goes on with what is open."""
    if not request.user.is_authenticated:
        return sign_in_first(request, quiz_at(reference))
    violation = own_violation(request, reference)
    return start(request, violation) if request.method == "POST" else card(request, violation)


def card(request: HttpRequest, violation: Violation) -> HttpResponse:
    """What the quiz asks, and what comes of a pass now."""
    person: User = request.user  # type: ignore[assignment]
    at = now()
    programme = programme_row(violation.seller.region, at).value
    context = {
        "violation": violation,
        "card": card_of(violation, violation.seller, programme, person.language, at),
        "questions": programme.questions_per_attempt,
        "right_needed": right_needed(programme.questions_per_attempt, violation.pass_mark),
    }
    return private(render(request, "compliance/quiz.html", context))


def start(request: HttpRequest, violation: Violation) -> HttpResponse:
    """Begin, or go on with the attempt at this quiz that is open, and say so where it is for another violation."""
    try:
        attempt = services.start_quiz(violation=violation, person=request.user, at=now())  # type: ignore[arg-type]
    except Refusal as refusal:
        refusal.way_on = refusal.way_on or reverse("compliance:violation", args=[violation.reference])
        raise
    stake = QuizStake.objects.select_related("violation", "attempt").get(attempt=attempt)
    if stake.violation_id != violation.pk:
        text = _("You had begun this quiz for violation %(other)s. A pass takes points off that one.")
        messages.info(request, text % {"other": stake.violation.reference})
    return go_to(request, try_url(stake))


@require_safe
@login_required
def quiz_try(request: HttpRequest, reference: str, attempt: str) -> HttpResponse:
    """The questions of an attempt that is open, the result of one that is submitted."""
    stake = own_stake(request, reference, attempt)
    if stake.attempt.is_submitted:
        return result(request, stake)
    if stake.attempt.state == AttemptState.LAPSED:
        reason = gettext_noop("The time for this try was up before your answers came. It counts as a try.")
        raise AttemptLate(reason, way_on=quiz_at(reference))
    if stake.attempt.closed_at is not None:
        reason = gettext_noop("This try was closed without counting. You can begin a new one.")
        raise AttemptClosed(reason, way_on=quiz_at(reference))
    return sheet_page(request, stake.violation, kept_sheet(request, stake.attempt))


def kept_sheet(request: HttpRequest, attempt: Attempt) -> Sheet:
    """The questions, with what was answered before the session ended."""
    kept = request.session.pop(KEPT_ANSWERS, {}).get(attempt.reference, {})
    if kept:
        messages.info(request, _("You are signed in again, and your answers are still here. Submit them to finish."))
    return sheet_of(attempt, kept)


def sheet_page(
    request: HttpRequest, violation: Violation, sheet: Sheet, *, template: str = "sheet", is_missing: bool = False
) -> HttpResponse:
    """The questions with what is chosen so far; with `is_missing` those without an answer are named."""
    context = {
        "sheet": sheet,
        "is_missing": is_missing,
        "violation": violation,
        "quiz_url": quiz_at(violation.reference),
        "answer_url": reverse("compliance:answer-quiz", args=[violation.reference, sheet.reference]),
    }
    status = 422 if is_missing else 200
    return private(render(request, f"compliance/quiz_{template}.html", context, status=status))


@require_POST
def answer_quiz(request: HttpRequest, reference: str, attempt: str) -> HttpResponse:
    """Look over the answers, change them, or submit them: the button that was pressed says which.

    Who submits without some answers, and has given them meanwhile, is led to look them over as everybody is.
    """
    answers = answers_in(request.POST.lists())
    if not request.user.is_authenticated:
        here = reverse("compliance:result", args=[reference, attempt])
        return keep_until_signed_in(request, answers, attempt, here)
    stake = own_stake(request, reference, attempt)
    step = request.POST.get("step", "review")
    if stake.attempt.state != AttemptState.OPEN or step == "submit":
        return submit(request, stake, answers)
    sheet = sheet_with(stake.attempt, answers)
    if step == "change":
        return sheet_page(request, stake.violation, sheet)
    if sheet.unanswered:
        if step == "submit-missing":
            return submit(request, stake, answers)
        return sheet_page(request, stake.violation, sheet, is_missing=True)
    return sheet_page(request, stake.violation, sheet, template="review")


def submit(request: HttpRequest, stake: QuizStake, answers: Answers) -> HttpResponse:
    """Have the attempt marked, and go to its result; a second time leads to the first result."""
    try:
        services.submit_quiz(attempt=stake.attempt, answers=answers, at=now())
    except (AttemptClosed, AttemptLate) as refusal:
        refusal.way_on = quiz_at(stake.violation.reference)
        raise
    return go_to(request, try_url(stake))


def keep_until_signed_in(request: HttpRequest, answers: Answers, attempt: str, here: str) -> HttpResponse:
    """The session has ended over the questions: sign in, and find the answers as they were. Nothing is submitted."""
    kept = answers_to_keep(attempt, answers)
    if kept:
        request.session[KEPT_ANSWERS] = {attempt: kept}
    return sign_in_first(request, here)


def sign_in_first(request: HttpRequest, here: str) -> HttpResponse:
    """Who isn't signed in any more signs in and comes back; a POST is never repeated by itself."""
    if request.method == "POST":
        messages.info(request, _("You were signed out. Sign in to go on where you were."))
    return go_to(request, f"{reverse('account_login')}?next={here}")


def result(request: HttpRequest, stake: QuizStake) -> HttpResponse:
    """What came of it, every answer explained, and what comes next."""
    person: User = request.user  # type: ignore[assignment]
    at, violation = now(), stake.violation
    programme = programme_row(stake.seller.region, at).value
    marked = result_of(stake.attempt)
    context = {
        "result": marked,
        "stake": stake,
        "violation": violation,
        "balance": balance_of(standing_row(stake.seller), programme, at),
        "card": card_of(violation, stake.seller, programme, person.language, at),
        "right_needed": right_needed(marked.total, marked.pass_mark),
        "read_again": read_again(marked),
    }
    return private(render(request, "compliance/quiz_result.html", context))
