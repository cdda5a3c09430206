"""Doors of what changed in a policy since its reader learned it: the difference, and a short re-check."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.core.clock import now
from apps.core.htmx import go_to
from apps.learning import services
from apps.learning.models import PolicyNotice
from apps.learning.queries import changes
from apps.learning.queries.quizzes import sheet_with
from apps.learning.views.quizzes import private
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt
from apps.quizzes.queries.attempts import Sheet, result_of, sheet_of
from apps.quizzes.rules import AttemptClosed, AttemptLate, QuizFirst, answers_in


def change_url(key: UUID) -> str:
    """The page on what changed in this policy."""
    return reverse("learning:policy-change", args=[key])


def own_notice(request: HttpRequest, key: UUID) -> PolicyNotice:
    """The reader's own notice of this policy; nobody learns who else got one."""
    notice = changes.notice_of(request.user, key)  # type: ignore[arg-type]
    if notice is None:
        raise Http404
    return notice


def own_recheck(request: HttpRequest, key: UUID, reference: str) -> Attempt:
    """The reader's own re-check of this reference."""
    attempt = changes.recheck_by(request.user, key, reference)  # type: ignore[arg-type]
    if attempt is None:
        raise Http404
    return attempt


@require_safe
@login_required
def policy_change(request: HttpRequest, key: UUID) -> HttpResponse:
    """What changed since the reader learned it, old and new, and what there is to do about it."""
    notice = own_notice(request, key)
    context = {"changed": changes.changed_policy(notice, get_language() or ""), "notice": notice}
    return private(render(request, "learning/policy_change.html", context))


@require_POST
@login_required
def confirm_change(request: HttpRequest, key: UUID) -> HttpResponse:
    """The reader has read it."""
    services.confirm_change(notice=own_notice(request, key), at=now())
    messages.success(request, _("Thank you. You are up to date with this policy."))
    return go_to(request, reverse("web:dashboard"))


@require_POST
@login_required
def put_change_away(request: HttpRequest, key: UUID) -> HttpResponse:
    """Not on the home page any more."""
    services.put_change_away(notice=own_notice(request, key), at=now())
    messages.success(request, _("It is off your home page. You find it again through its letter."))
    return go_to(request, reverse("web:dashboard"))


@require_POST
@login_required
def start_recheck(request: HttpRequest, key: UUID) -> HttpResponse:
    """Draw the questions, or go on with those that are drawn."""
    try:
        attempt = services.start_recheck(
            person=request.user,  # type: ignore[arg-type]
            notice=own_notice(request, key),
            language=get_language() or "",
            at=now(),
        )
    except QuizFirst as refusal:
        refusal.way_on = change_url(key)
        raise
    return go_to(request, reverse("learning:recheck", args=[key, attempt.reference]))


@require_safe
@login_required
def recheck(request: HttpRequest, key: UUID, reference: str) -> HttpResponse:
    """The questions of a re-check, or its answers explained."""
    attempt, notice = own_recheck(request, key, reference), own_notice(request, key)
    if attempt.is_submitted:
        context = page_context(request, notice) | {"result": result_of(attempt)}
        return private(render(request, "learning/recheck_result.html", context))
    if attempt.state != AttemptState.OPEN:
        raise AttemptClosed(attempt.closed_reason, way_on=change_url(key))
    return sheet_page(request, notice, sheet_of(attempt))


@require_POST
@login_required
def answer_recheck(request: HttpRequest, key: UUID, reference: str) -> HttpResponse:
    """Submit the answers; where one is missing it is named first, once."""
    attempt, notice = own_recheck(request, key, reference), own_notice(request, key)
    answers = answers_in(request.POST.lists())
    if attempt.state == AttemptState.OPEN and request.POST.get("step") != "submit":
        sheet = sheet_with(attempt, answers)
        if sheet.unanswered:
            return sheet_page(request, notice, sheet, is_missing=True)
    try:
        services.submit_recheck(notice=notice, attempt=attempt, answers=answers, at=now())
    except (AttemptClosed, AttemptLate, QuizFirst) as refusal:
        refusal.way_on = change_url(key)
        raise
    return go_to(request, reverse("learning:recheck", args=[key, reference]))


def sheet_page(request: HttpRequest, notice: PolicyNotice, sheet: Sheet, *, is_missing: bool = False) -> HttpResponse:
    """The questions with what is chosen so far; with `is_missing` those without an answer are named."""
    context = page_context(request, notice) | {
        "sheet": sheet,
        "is_missing": is_missing,
        "answer_url": reverse("learning:answer-recheck", args=[notice.policy_key, sheet.reference]),
    }
    return private(render(request, "learning/recheck_sheet.html", context, status=422 if is_missing else 200))


def page_context(request: HttpRequest, notice: PolicyNotice) -> dict[str, Any]:
    """The policy around a re-check."""
    person: User = request.user  # type: ignore[assignment]
    titles, change = changes.titles_of(notice.news.change), notice.news.change
    mine = get_language() or person.language
    return {
        "notice": notice,
        "title": titles.get(mine, change.title),
        "title_language": mine if mine in titles else change.new.language,
        "change_url": change_url(notice.policy_key),
    }
