"""Doors of certificates: the holder's page, the public check, the end of a course."""

from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.catalog.enums import Kind
from apps.catalog.models import Reading
from apps.catalog.queries.lists import suggested_courses
from apps.learning import queries
from apps.learning.views.pages import certificate_url


@require_safe
def certificate(request: HttpRequest, reference: str) -> HttpResponse:
    """The certificate, for its holder and for anyone who has its reference; says whether it is valid."""
    found = queries.certificate_by(reference)
    context = {
        "certificate": found,
        "state": found.state if found else "unknown",
        "is_owner": bool(found and found.person_id and found.person_id == request.user.pk),
        "check_url": settings.BASE_URL + certificate_url(found.reference if found else ""),
    }
    response = render(request, "learning/certificate.html", context, status=200 if found else 404)
    response["X-Robots-Tag"] = "noindex"
    return response


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
    facts = queries.personal_facts(request.user.pk, course) if course else None  # type: ignore[arg-type]
    if course is None or facts is None or facts.completed_at is None:
        raise Http404
    person = request.user
    begun = queries.begun_courses(person)  # type: ignore[arg-type]
    suggestions = suggested_courses(person.chosen_route, without=begun)  # type: ignore[union-attr]
    context = {
        "course": course,
        "certificate_reference": facts.certificate_reference,
        "certificate_url": certificate_url(facts.certificate_reference),
        "suggestions": queries.items_for(suggestions, None),
    }
    return render(request, "learning/course_done.html", context)
