"""Addresses that fail, each in its own way, beside those of the site."""

from typing import NoReturn

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest
from django.urls import path

from apps.core.rules import Refusal
from config import urls

handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


class SeatsGone(Refusal):
    """A refusal as the domain makes them."""


class WroteTooOften(Refusal):
    """A refusal for who comes too often."""

    status = 429


def raises(error: Exception) -> object:
    """A view that fails with this."""

    def view(request: HttpRequest) -> NoReturn:
        raise error

    return view


urlpatterns = [
    path("fail/400/", raises(SuspiciousOperation("secret detail"))),
    path("fail/403/", raises(PermissionDenied("secret detail"))),
    path("fail/409/", raises(SeatsGone("Nobody has %(thing)s.", thing="<b>seats</b>", way_on="/help/"))),
    path("fail/429/", raises(WroteTooOften("You wrote often."))),
    path("fail/500/", raises(RuntimeError("secret detail"))),
    *urls.urlpatterns,
]
