"""The site's addresses and the references that figures are ratios of."""

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from apps.accounts.models import User
from apps.core.clock import now
from apps.web.models import HelpRequest
from config import urls as site

handler404 = site.handler404


def hello(_request: HttpRequest) -> HttpResponse:
    """A word, through the whole middleware stack."""
    return HttpResponse("hello")


@login_required
def me(request: HttpRequest) -> HttpResponse:
    """Session and user read, one line returned."""
    return HttpResponse(f"{request.user.email}\n")


@login_required
@transaction.atomic
def one_update(request: HttpRequest) -> HttpResponse:
    """One conditional UPDATE and one INSERT in a transaction."""
    User.objects.filter(pk=request.user.pk, is_active=True).update(is_active=True)
    HelpRequest.objects.create(email="bench@lantern.example", topic="other", text="x", language="en", asked_at=now())
    return HttpResponse("done")


urlpatterns = [
    path("bench/hello/", hello),
    path("bench/me/", me),
    path("bench/update/", one_update),
    *site.urlpatterns,
]
