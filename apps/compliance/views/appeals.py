"""Doors of a seller's appeals: the page of a violation's appeals, and the files that stand in them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import User
from apps.compliance.forms.appeals import AppealForm, shortened
from apps.compliance.models import AppealFile, Violation
from apps.compliance.queries.appeals import appeal_page, own_file
from apps.compliance.rules.appeals import AppealFaulty, AppealPending
from apps.compliance.services.appeals import make_appeal
from apps.compliance.views.quizzes import sign_in_first
from apps.compliance.views.standing import own_seller, own_violation, private
from apps.core.clock import now
from apps.core.htmx import go_to
from apps.core.refusals import explain
from apps.core.rules import Refusal

KEPT_TEXT = "appeal-text"


def appeal_at(reference: str) -> str:
    """The page of a violation's appeals."""
    return reverse("compliance:appeal", args=[reference])


@require_http_methods(["GET", "HEAD", "POST"])
def appeal(request: HttpRequest, reference: str) -> HttpResponse:
    """How an appeal goes and what has come of those that were made; a POST makes one.

    Whose session has ended over the text finds it again after signing in; files have to be chosen anew.
    """
    if not request.user.is_authenticated:
        if text := request.POST.get("text", "").strip():
            request.session[KEPT_TEXT] = {reference: shortened(text)}
        return sign_in_first(request, appeal_at(reference))
    violation = own_violation(request, reference)
    if request.method == "POST":
        return send(request, violation)
    return page(request, violation, AppealForm(initial={"text": kept_text(request, reference)}))


def kept_text(request: HttpRequest, reference: str) -> str:
    """What was written before the session ended; "" where nothing was."""
    text = request.session.pop(KEPT_TEXT, {}).get(reference, "")
    if text:
        messages.info(
            request, _("You are signed in again, and your text is still here. Choose your files again, and send it.")
        )
    return text


def page(request: HttpRequest, violation: Violation, form: AppealForm) -> HttpResponse:
    """The appeals of a violation, and the form where one may be made."""
    person: User = request.user  # type: ignore[assignment]
    context = {"violation": violation, "shown": appeal_page(violation, person.language, now()), "form": form}
    return private(render(request, "compliance/appeal.html", context, status=422 if form.errors else 200))


def send(request: HttpRequest, violation: Violation) -> HttpResponse:
    """Make the appeal. Who pressed twice is told that it is being looked at."""
    form, here = AppealForm(request.POST, request.FILES), appeal_at(violation.reference)
    if form.is_valid():
        try:
            make_appeal(violation=violation, at=now(), **form.cleaned_data)
        except AppealFaulty as refusal:
            form.refuse(refusal)
        except AppealPending as refusal:
            messages.info(request, explain(refusal))
            return go_to(request, here)
        except Refusal as refusal:
            refusal.way_on = here
            raise
        else:
            messages.success(request, _("Your appeal has arrived. The policy team answers you by letter, and here."))
            return go_to(request, here)
    if request.FILES:
        form.ask_for_files_again()
    return page(request, violation, form)


@require_safe
@login_required
def appeal_file(request: HttpRequest, reference: str, position: str) -> FileResponse:
    """A file of one's own appeal. Staff have an address of their own in the admin, where a second factor is asked."""
    return download_of(own_file(own_seller(request), reference, position))


def download_of(file: AppealFile | None) -> FileResponse:
    """The file to be saved, never shown on our address: as the kind that it was checked to be, and in a sandbox."""
    if file is None:
        raise Http404
    try:
        content = file.content.open("rb")
    except OSError:
        raise Http404 from None
    response = FileResponse(content, as_attachment=True, filename=file.name, content_type=file.kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
