"""Security headers and refusals, for every answer."""

from collections.abc import Callable

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render

from apps.core.htmx import is_fragment_request
from apps.core.refusals import explain
from apps.core.rules import Refusal

GetResponse = Callable[[HttpRequest], HttpResponse]


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The strict policy for everyone; the one that Wagtail's editors need under its address only."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Add the header, replaced in part for the admin."""
        if request.path.startswith("/cms/"):
            response._csp_replace = settings.ADMIN_CONTENT_SECURITY_POLICY  # type: ignore[attr-defined]
        return super().process_response(request, response)


COMPRESSIBLE = ("text/", "application/json", "application/javascript", "image/svg+xml")


class CompressionMiddleware(GZipMiddleware):
    """Compresses text for readers without a proxy in between; never clips, fonts or parts of a file."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Leave alone what doesn't shrink."""
        if response.status_code == 206 or not response.get("Content-Type", "").startswith(COMPRESSIBLE):
            return response
        return super().process_response(request, response)


TECHNICAL_404 = b"You\xe2\x80\x99re seeing this error because you have"


class RefusalMiddleware:
    """Turns a `Refusal` that a door let through into its page, or into a fragment for htmx."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Give an act that was asked for by its address (GET) a page of its own, with a way on.

        The demo runs with DEBUG on; who follows a dead link there sees our page, not Django's.
        """
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return render(request, "400.html", status=400)
        response = self.get_response(request)
        if response.status_code == 404 and not response.streaming and TECHNICAL_404 in response.content[-800:]:
            return render(request, "404.html", status=404)
        if response.status_code == 405 and not response.content:
            page = render(request, "405.html", status=405)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer with the refusal's own status and reason."""
        if not isinstance(exception, Refusal):
            return None
        template = "_components/refusal.html" if is_fragment_request(request) else "errors/refusal.html"
        context = {"reason": explain(exception), "way_on": exception.way_on, "status": exception.status}
        response = render(request, template, context, status=exception.status)
        if exception.retry_after is not None:
            response["Retry-After"] = str(exception.retry_after)
        return response
