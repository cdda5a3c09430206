"""Doors of certificates: the holder's page and its PDF, the public check, the end of a course."""

from uuid import UUID

from allauth.account.adapter import get_adapter
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.catalog.enums import Kind
from apps.catalog.models import Reading
from apps.catalog.queries.lists import suggested_courses
from apps.core.clock import now
from apps.learning.models import Certificate
from apps.learning.queries import certificates, papers, progress
from apps.learning.queries.credentials import linkedin_url
from apps.learning.rules import check_not_withdrawn
from apps.learning.services.guesses import count_guess
from apps.learning.views.pages import certificate_url


@require_safe
def certificate(request: HttpRequest, reference: str) -> HttpResponse:
    """The certificate, for its holder and for anyone who has its reference; says whether it is valid.

    Who asks for many references that there aren't is held off; those that there are stay open to their network.
    """
    found = certificates.certificate_by(reference)
    if found is None:
        count_guess(address=get_adapter().get_client_ip(request), at=now())
    context = certificate_context(found, request.user.pk) if found else {"state": "unknown"}
    response = render(request, "learning/certificate.html", context, status=200 if found else 404)
    response["X-Robots-Tag"] = "noindex"
    return response


def certificate_context(found: Certificate, person_pk: int | None) -> dict[str, object]:
    """What the page shows to everyone, and what it offers to the holder."""
    return {
        "certificate": found,
        "state": found.state,
        "is_owner": found.person_id is not None and found.person_id == person_pk,
        "check_url": certificates.check_url(found.reference),
        "linkedin_url": linkedin_url(found),
        "pdf_is_offered": papers.pdf_is_offered(),
    }


@require_safe
@login_required
def certificate_pdf(request: HttpRequest, reference: str) -> HttpResponse:
    """The certificate as a PDF, for its holder."""
    found = held_certificate(request.user, reference)  # type: ignore[arg-type]
    return download(papers.certificate_pdf(found), "application/pdf", f"certificate-{found.reference}.pdf")


def held_certificate(person: User, reference: str) -> Certificate:
    """The person's own valid certificate; to others there is none. Raises CertificateWithdrawn."""
    found = certificates.own_certificate(person, reference)
    if found is None:
        raise Http404
    check_not_withdrawn(found.revoked_at, way_on=reverse("learning:certificate", args=[found.reference]))
    return found


def download(content: bytes | str, kind: str, name: str) -> HttpResponse:
    """A file for its holder, which nobody in between keeps."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=kind, headers=headers)


@require_safe
def check_form(request: HttpRequest) -> HttpResponse:
    """Where a reference from paper is typed in; leads to the certificate's own address."""
    reference = request.GET.get("reference", "").strip().upper().replace("-", "").replace(" ", "")
    if reference.isalnum():
        return redirect("learning:certificate", reference=reference[:40])
    missing = "reference" in request.GET
    return render(request, "learning/check.html", {"missing": missing}, status=422 if missing else 200)


@require_safe
@login_required
def course_done(request: HttpRequest, language: str, key: UUID) -> HttpResponse:
    """The end of a course: the certificate, and what suits next. Only for who has finished it."""
    course = Reading.objects.filter(language=language, key=key, kind=Kind.COURSE).first()
    facts = progress.personal_facts(request.user.pk, course) if course else None  # type: ignore[arg-type]
    if course is None or facts is None or facts.completed_at is None:
        raise Http404
    person = request.user
    begun = progress.begun_courses(person)  # type: ignore[arg-type]
    suggestions = suggested_courses(person.chosen_route, without=begun)  # type: ignore[union-attr]
    context = {
        "course": course,
        "certificate_reference": facts.certificate_reference,
        "quiz_passed": facts.quiz_passed,
        "certificate_url": certificate_url(facts.certificate_reference),
        "suggestions": progress.items_for(suggestions, None),
    }
    return render(request, "learning/course_done.html", context)
