"""Two languages meet in a request, the page's and the reader's; what allauth leaves unsaid; the admin is for staff.

And machines: who calls the API, how often, and that it is written down.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.translation import gettext as _
from wagtail.models import Page
from wagtail.permissions import policy_registry

from apps.accounts.enums import Kept
from apps.accounts.models import MachineToken
from apps.accounts.queries import has_second_factor, is_staff, machine_token, reader_language
from apps.accounts.rules import CalledTooOften, check_token
from apps.accounts.services import count_call, note_call
from apps.core.api import LARGEST_BODY, faults, plain_fault, refused
from apps.core.clock import now
from apps.core.rules import Refusal, network_of

logger = logging.getLogger(__name__)


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


# How the names of allauth's addresses begin.
NAMES_OF_SIGN_IN = ("account_", "mfa_", "socialaccount_", "usersessions_")
# Where a code is typed in; their views send everyone on whose code isn't waited for any more.
CODE_PAGES = ("account_email_verification_sent", "account_confirm_login_code")


class SignInAnswersMiddleware:
    """What allauth's views leave out, which have no common place for it.

    A form that is shown again with errors answers 422, and a code that no longer counts isn't dropped in silence.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        name = request.resolver_match.url_name if request.resolver_match else ""
        if name in CODE_PAGES and "code" in request.POST and sends_away(response) and not len(get_messages(request)):
            messages.warning(request, _("This code no longer counts. Begin again here, and you get a new one."))
        return response

    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        """Only for allauth's addresses, whose names begin alike. Secrets that they show stay in no cache."""
        name = (request.resolver_match.url_name if request.resolver_match else "") or ""
        if not name.startswith(NAMES_OF_SIGN_IN):
            return response
        forms = [(response.context_data or {}).get(each) for each in ("form", "webauthn_form")]
        if any(form.errors for form in forms if form is not None):
            response.status_code = 422
        add_never_cache_headers(response)
        return response


def sends_away(response: HttpResponse) -> bool:
    """Whether the answer leads back to where codes are asked for."""
    return response.get("Location", "").split("?")[0] in map(
        reverse, ("account_login", "account_request_login_code", "account_email")
    )


# They send everyone on: in, out, or back to the start page.
DOORS_OF_ADMIN = ("/cms/login/", "/cms/logout/")


# Wagtail guards its other reports itself, and opens this one to all staff.
SITE_HISTORY = "/cms/reports/site-history/"


def may_see_history(user: Any) -> bool:
    """Whether this person works with pages, or looks after persons as operators do."""
    works_with_pages = policy_registry.get_by_type(Page).user_has_any_permission(user, ["add", "change", "publish"])
    return works_with_pages or user.has_perm("accounts.change_user")


class StaffOnlyMiddleware:
    """Says no to who is signed in and is no staff; Wagtail would send them to sign in, and round again.

    The history of the site is for those staff alone whose work it tells of.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_args: Any) -> None:
        """Only under the admin's address."""
        if not request.path.startswith("/cms/") or request.path in DOORS_OF_ADMIN or not request.user.is_authenticated:
            return
        if not is_staff(request.user):
            raise PermissionDenied
        if request.path.startswith(SITE_HISTORY) and not may_see_history(request.user):
            raise PermissionDenied


class StaffSecondFactorMiddleware:
    """Where `REQUIRE_STAFF_MFA` is on, the admin is entered with a second factor only.

    Who has none is sent to set one up, who didn't use theirs in this session to use it, and both come back. Who gave
    theirs up, here or in another session, has none. What isn't a page that somebody opens (a form sent, a request by
    a script) is refused: a redirect would lose it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_args: Any) -> HttpResponse | None:
        """Only under the admin's address; who isn't staff was turned away before."""
        if not settings.REQUIRE_STAFF_MFA or not request.path.startswith("/cms/") or request.path in DOORS_OF_ADMIN:
            return None
        if not request.user.is_authenticated:
            return None
        has_one = has_second_factor(request.user)
        if has_one and request.session.get(Kept.SECOND_FACTOR) == request.user.pk:
            request.session.pop(Kept.WAY_ON, None)
            return None
        if request.method not in ("GET", "HEAD") or not opens_a_page(request):
            return render(request, "accounts/second_factor_missing.html", status=403)
        where = "mfa_reauthenticate" if has_one else "accounts:second-factor"
        return redirect(f"{reverse(where)}?{urlencode({'next': request.get_full_path()})}")


def opens_a_page(request: HttpRequest) -> bool:
    """Whether a person opens it in a window, as far as the browser says."""
    asked_by_script = request.headers.get("X-Requested-With") == "XMLHttpRequest"
    return not asked_by_script and request.headers.get("Sec-Fetch-Dest", "document") == "document"


# Oftener would write to the database for pages that only read from it.
SEEN_EVERY = timedelta(hours=1)


class LastSeenMiddleware:
    """Keeps when each session was last used, for the list of devices; to the hour."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            at = now()
            if request.session.get(Kept.LAST_SEEN, 0) < (at - SEEN_EVERY).timestamp():
                UserSession.objects.create_from_request(request)
                request.session[Kept.LAST_SEEN] = int(at.timestamp())
        return self.get_response(request)


API = "/api/"
# What a refusal tells beside its reason, and the page that it replaces didn't say otherwise.
TELLING_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


class MachineMiddleware:
    """Finds out which machine calls the API, holds it to its pace, writes its call down, and answers in JSON only.

    `request.machine` is its token, or the `Refusal` that whoever needs one is answered with (`core.api.Bearer`): the
    document is read without. Calls without a known token aren't written down, since anyone could fill the table; of
    those that come too often one a minute is. What the site would answer with a page (no such address, a method that
    it doesn't know, our own failure) becomes JSON of the one shape. Reasons are in English.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(API):
            return self.get_response(request)
        began, address = now(), address_of(request)
        token = machine_token(request.headers.get("Authorization", ""))
        with translation.override("en"):
            response = self.answer(request, token, began, address)
        if token is not None and not getattr(request, "machine_held", False):
            write_down(request, response, token=token, began=began, address=address)
        return response

    def process_view(self, request: HttpRequest, *_args: Any) -> None:
        """Whatever language a browser asks for: this is for machines and who reads their logs."""
        if request.path.startswith(API):
            translation.activate("en")

    def answer(self, request: HttpRequest, token: MachineToken | None, at: datetime, address: str) -> HttpResponse:
        """Refused before anything is read, or what the API answers."""
        who = f"token {token.pk}" if token else f"address {network_of(address)}"
        try:
            count_call(who=who, allowed=settings.API_CALLS_PER_MINUTE, at=at)
        except CalledTooOften as refusal:
            request.machine_held = not refusal.is_first  # type: ignore[attr-defined]
            return refused(refusal)
        try:
            check_token(token.facts if token else None, at)
            request.machine = token  # type: ignore[attr-defined]
        except Refusal as refusal:
            request.machine = refusal  # type: ignore[attr-defined]
        if not take_body(request):
            return faults(413, plain_fault(413))
        response = as_json(self.get_response(request))
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def address_of(request: HttpRequest) -> str:
    """Where the call comes from, "" where nothing tells (a socket file, a proxy that garbles its header)."""
    try:
        return get_adapter().get_client_ip(request) or ""
    except PermissionDenied:
        return ""


def take_body(request: HttpRequest) -> bool:
    """Whether what is sent is small enough. One that doesn't say its length (chunked) is read up to the limit."""
    length = request.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit():
        return int(length) <= LARGEST_BODY
    if not request.META.get("wsgi.input_terminated") or "chunked" not in request.headers.get("Transfer-Encoding", ""):
        return True
    body = request.META["wsgi.input"].read(LARGEST_BODY + 1)
    request._body = body  # type: ignore[attr-defined]
    return len(body) <= LARGEST_BODY


def as_json(response: HttpResponse) -> HttpResponse:
    """The answer, or in place of a page that says no the same in JSON."""
    if response.status_code < 400 or response.get("Content-Type", "").startswith("application/json"):
        return response
    told = {name: response[name] for name in TELLING_HEADERS if name in response}
    return faults(response.status_code, plain_fault(response.status_code), told)


def route_of(request: HttpRequest) -> str:
    """The template of the address, also of a call that was refused before it was looked at; "" where there is none."""
    try:
        return (request.resolver_match or resolve(request.path_info)).route
    except Resolver404:
        return ""


def write_down(
    request: HttpRequest, response: HttpResponse, *, token: MachineToken, began: datetime, address: str
) -> None:
    """Keep the call. One that can't be kept has happened all the same."""
    try:
        note_call(
            token=token,
            method=request.method or "",
            route=route_of(request),
            status=response.status_code,
            counts=getattr(request, "machine_counts", {}),
            began=began,
            ended=now(),
            address=address,
        )
    except DatabaseError:
        logger.exception("A call of %s can't be written down.", token)
