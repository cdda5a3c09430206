"""Two languages meet in a request, the page's and the reader's; and the admin is for staff."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from apps.accounts.queries import reader_language


class ReaderLanguageMiddleware:
    """Speaks the reader's language: the person's own, else the device's choice, else the address's.

    The language in a page's address (`/id/courses/…`) is the content's; an Indonesian reader of an English
    lesson keeps Indonesian buttons around it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        of_path = translation.get_language_from_path(request.path_info)
        fallback = of_path or translation.get_language_from_request(request)
        language = reader_language(request, fallback)
        with translation.override(language):
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
            response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Content-Language", language)
            patch_vary_headers(response, ["Cookie"] if of_path else ["Cookie", "Accept-Language"])
        return response

    def process_view(self, request: HttpRequest, *_args: Any) -> None:
        """Times are shown in the person's zone."""
        user = getattr(request, "user", None)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and user is not None and user.is_authenticated:
            timezone.activate(user.zone)
        else:
            timezone.deactivate()


# They send everyone on: in, out, or back to the start page.
DOORS_OF_ADMIN = ("/cms/login/", "/cms/logout/")


def is_staff(user: Any) -> bool:
    """Whether a role lets this person into the admin."""
    return user.has_perm("wagtailadmin.access_admin")


class StaffOnlyMiddleware:
    """Says no to who is signed in and is no staff; Wagtail would send them to sign in, and round again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_args: Any) -> None:
        """Only under the admin's address."""
        inside = request.path.startswith("/cms/") and request.path not in DOORS_OF_ADMIN
        if inside and request.user.is_authenticated and not is_staff(request.user):
            raise PermissionDenied
