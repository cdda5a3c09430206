"""The only reader of htmx's headers: one address, two answers."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme


def is_fragment_request(request: HttpRequest) -> bool:
    """Whether htmx asks, and not for a whole page (a boosted link, or the page restored from history)."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def answer(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    partials: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, or the partial that `partials` allows for the target that htmx names.

    `partials` maps ids of targets to names of partials defined in `template`. A target that isn't in it gets
    the page: nobody can ask for a template by name.
    """
    name = template
    if is_fragment_request(request):
        partial = (partials or {}).get(request.htmx.target or "")  # type: ignore[attr-defined]
        name = f"{template}#{partial}" if partial else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


class SeeOther(HttpResponseRedirect):
    """303: what was asked is done, go on by GET."""

    status_code = 303


def local_address(request: HttpRequest, address: str, otherwise: str) -> str:
    """The address if it leads to this site, else the other one."""
    safe = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if safe and urlsplit(address).path else otherwise


def page_urls(address: str, kept: Mapping[str, str], page: Page) -> dict[str, str]:
    """Addresses of the pages before and after this one of a list, with its words and filters kept."""

    def url(number: int) -> str:
        return f"{address}?{urlencode({**kept, 'page': number})}"

    return {
        "previous": url(page.previous_page_number()) if page.has_previous() else "",
        "next": url(page.next_page_number()) if page.has_next() else "",
    }


def go_to(request: HttpRequest, address: str) -> HttpResponse:
    """Send the reader on: a redirect, and for htmx the header that makes the browser follow it."""
    if is_fragment_request(request):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return SeeOther(address)


def speak(request: HttpRequest, response: HttpResponse, language: str) -> HttpResponse:
    """Let this device remember the language, for when nobody is signed in."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=60 * 60 * 24 * 365,
        samesite="Lax",
        secure=request.is_secure(),
        httponly=True,
    )
    return response
