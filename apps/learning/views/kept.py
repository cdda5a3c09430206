"""How a page that is kept with holes reaches one reader: made once, filled, or not sent at all (304)."""

import functools
import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control
from django.utils.html import escape
from django.utils.translation import get_language

from apps.accounts.models import User
from apps.catalog.queries import readings
from apps.core.htmx import is_fragment_request
from apps.core.kept import Parts, cut, fill
from apps.notifications.queries.inbox import bar_facts


def reader(request: HttpRequest) -> User | None:
    """The person who reads, or None; without a session cookie no session is looked for."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return None
    return request.user  # type: ignore[return-value]


def digest_of(facts: Any) -> str:
    """A short name for facts: equal for equal ones."""
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:32]


def unless_same(request: HttpRequest, facts: tuple[Any, ...], make: Callable[[], HttpResponse]) -> HttpResponse:
    """304 where the browser has the page as it would be made from these facts; else the page with its tag.

    The tag holds the CSRF cookie too: a page kept from before a sign-in bears a token that is void.
    """
    person = reader(request)
    everything = (
        *facts,
        get_language(),
        readings.templates_version(),
        (person.pk, person.name, person.language, person.zone) if person else None,
        request.COOKIES.get(settings.CSRF_COOKIE_NAME),
        is_fragment_request(request),
        request.GET.urlencode(),
    )
    tag = f'W/"{digest_of(everything)}"'
    if request.COOKIES.get("messages"):
        # A message waits for its reader: no kept page shows it, and what shows it is not to be kept.
        response = make()
        patch_cache_control(response, private=True, no_store=True)
        return response
    response = HttpResponseNotModified() if request.headers.get("If-None-Match") == tag else make()
    response["ETag"] = tag
    patch_cache_control(response, private=True, no_cache=True)
    return response


def kept_page(request: HttpRequest, template: str, key: str, context: Callable[[], dict[str, Any]]) -> Parts:
    """The page with holes, made once for this key, the reader's language and whether they are signed in."""
    signed_in = reader(request) is not None
    full_key = f"page:{template}:{key}:{get_language()}:{signed_in:d}"

    def make() -> Parts:
        text = render_to_string(template, context() | {"keeping": True}, request=request)
        if "csrfmiddlewaretoken" in text:
            raise ValueError(f"{template} holds one reader's token: use own_csrf in pages that are kept.")
        return cut(text)

    return readings.keep_once(full_key, make)


def filled(request: HttpRequest, page: Parts, flags: set[str], values: dict[str, str], *, unread: int) -> HttpResponse:
    """The page for this reader, who has so many unread letters."""
    address = request.get_full_path()
    bar_flags, bar_values = bar_facts(unread)
    common = {
        "csrf": f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">',
        "messages": waiting_messages(request),
        "address": escape(address),
        "address_encoded": quote(address, safe=""),
    }
    return HttpResponse(fill(page, flags=flags | bar_flags, values=common | bar_values | values))


def waiting_messages(request: HttpRequest) -> str:
    """The place for messages with those that wait; empty for nearly every reader, so made once."""
    waiting = list(get_messages(request)) if request.COOKIES.get("messages") else []
    return messages_html(waiting) if waiting else no_messages()


def messages_html(waiting: list[Any]) -> str:
    """Messages as the page shows them."""
    return render_to_string("_components/messages.html", {"messages": waiting})


no_messages = functools.cache(functools.partial(messages_html, []))
