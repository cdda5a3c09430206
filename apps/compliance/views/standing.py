"""Doors of where a seller stands: the overview, the whole ledger, one violation. Nobody sees another's."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from apps.accounts.models import Seller, User
from apps.accounts.queries import seller_of
from apps.compliance.models import Violation
from apps.compliance.queries import standing as standings
from apps.compliance.queries.violations import violation_by, violation_page
from apps.core.clock import now
from apps.core.htmx import page_urls

LINES_A_PAGE = 50


def own_seller(request: HttpRequest) -> Seller:
    """The seller that the reader stands for. 404 for who stands for none: there is nothing of theirs here."""
    seller = seller_of(request.user)  # type: ignore[arg-type]
    if seller is None:
        raise Http404
    return seller


def own_violation(request: HttpRequest, reference: str) -> Violation:
    """The violation of this reference, if it is the reader's; nobody else learns that there is one."""
    violation = violation_by(own_seller(request), reference)
    if violation is None:
        raise Http404
    return violation


@require_safe
@login_required
def standing(request: HttpRequest) -> HttpResponse:
    """Where I stand, what is in force, what I can put right, how it came to be."""
    person: User = request.user  # type: ignore[assignment]
    seller = seller_of(person)
    if seller is None:
        return private(render(request, "compliance/unlinked.html"))
    context = {"seller": seller, "overview": standings.overview_of(seller, person.language, now())}
    return private(render(request, "compliance/standing.html", context))


@require_safe
@login_required
def ledger(request: HttpRequest) -> HttpResponse:
    """Every line of the ledger, the newest first."""
    person: User = request.user  # type: ignore[assignment]
    page = Paginator(standings.entries_of(own_seller(request)), LINES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "lines": standings.ledger_lines(list(page.object_list), person.language),
        "page": page,
        "page_urls": page_urls(request.path, {}, page),
    }
    return private(render(request, "compliance/ledger.html", context))


@require_safe
@login_required
def violation(request: HttpRequest, reference: str) -> HttpResponse:
    """What happened, which rule it is about, what can be done, what has come of it."""
    person: User = request.user  # type: ignore[assignment]
    found = own_violation(request, reference)
    context = {"violation": found, "shown": violation_page(found, person.language, now())}
    return private(render(request, "compliance/violation.html", context))


def private(response: HttpResponse) -> HttpResponse:
    """For this reader alone, and asked for anew when they come back to it."""
    patch_cache_control(response, private=True, no_cache=True)
    return response
