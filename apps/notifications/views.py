"""Doors of the mailroom for readers: the inbox, what comes by e-mail, and the way out of it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.queries import device_language
from apps.core.clock import now
from apps.core.htmx import go_to, local_address, page_urls
from apps.core.rules import gettext_noop
from apps.notifications import rules
from apps.notifications.enums import Channel, Kind
from apps.notifications.forms import PreferencesForm
from apps.notifications.letters import STOP_SALT
from apps.notifications.queries import inbox as letters
from apps.notifications.services.letters import mark_read
from apps.notifications.services.preferences import set_preference, try_address_again

PAGE_SIZE = 24
P = ParamSpec("P")


def signed_in(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Who isn't signed in signs in first: back to a page, but to the inbox after a POST, which is never repeated."""

    @wraps(view)
    def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.method == "POST":
            messages.info(request, _("You were signed out. Sign in to go on where you were."))
        back = reverse("notifications:inbox") if request.method == "POST" else request.path
        return go_to(request, f"{reverse('account_login')}?next={back}")

    return inner


@require_safe
@never_cache
@signed_in
def inbox(request: HttpRequest) -> HttpResponse:
    """All letters of the reader, the newest first. Looking at the list reads none of them."""
    pages = Paginator(letters.inbox_of(request.user), PAGE_SIZE)  # type: ignore[arg-type]
    page = pages.get_page(request.GET.get("page"))
    context = {
        "letters": page.object_list,
        "page": page,
        "page_urls": page_urls(request.path, {}, page),
        "unread_count": letters.unread_count(request.user),  # type: ignore[arg-type]
        "seen_at": max([now(), *(letter.written_at for letter in page.object_list)]),
        "dead_address": letters.dead_address(request.user),  # type: ignore[arg-type]
    }
    return render(request, "notifications/inbox.html", context)


@require_safe
@never_cache
@signed_in
def open_letter(request: HttpRequest, reference: UUID) -> HttpResponse:
    """One letter; opening it marks it read.

    A GET that writes, though only that somebody looked: links in e-mails, bookmarks and new tabs open letters too,
    and a button in the list would know nothing of them. A browser that fetches ahead, or asks for the head, hasn't.
    """
    letter = letters.letter_of(request.user, reference)  # type: ignore[arg-type]
    if letter is None:
        raise Http404
    if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        mark_read(person=request.user, at=now(), reference=str(reference))  # type: ignore[arg-type]
    link = letter.link if rules.is_local(letter.link) else ""
    return render(request, "notifications/letter.html", {"letter": letter, "link": link})


@require_POST
@signed_in
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """Mark as read what stood on the list; what came since stays unread."""
    try:
        until = parse_datetime(request.POST.get("until", ""))
    except ValueError:
        until = None
    if until is None or until.tzinfo is None:
        until = now()
    mark_read(person=request.user, at=now(), until=until)  # type: ignore[arg-type]
    messages.success(request, _("All letters are marked as read."))
    return go_to(request, reverse("notifications:inbox"))


def chosen(sent: QueryDict) -> dict[str, str]:
    """The choices among what was sent: those of a kind that may be chosen, to a channel that there is."""
    return {kind: sent[kind] for kind in rules.CHOICES if sent.get(kind) in Channel.values}


def sign_in_to_choose(request: HttpRequest) -> HttpResponse:
    """Sign in first; what was chosen comes back with the form, to be saved."""
    if request.method == "POST":
        messages.info(request, _("You were signed out. Sign in, then save your choice."))
    back = f"{request.path}?{urlencode(chosen(request.POST))}".removesuffix("?")
    return go_to(request, f"{reverse('account_login')}?{urlencode({'next': back}, safe='/')}")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def settings_page(request: HttpRequest) -> HttpResponse:
    """Which letters come by e-mail too."""
    if not request.user.is_authenticated:
        return sign_in_to_choose(request)
    person = request.user
    kept = letters.channels_of(person)  # type: ignore[arg-type]
    form = PreferencesForm(request.POST if request.method == "POST" else None, initial={**kept, **chosen(request.GET)})
    if request.method == "POST" and form.is_valid():
        for kind, channel in form.cleaned_data.items():
            if channel != kept[kind]:
                set_preference(person=person, kind=kind, channel=channel)  # type: ignore[arg-type]
        messages.success(request, _("Your settings are saved."))
        return go_to(request, reverse("notifications:settings"))
    context = {"form": form, "dead_address": letters.dead_address(person), "always": Kind.ACCOUNT}  # type: ignore[arg-type]
    return render(request, "notifications/settings.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def use_address_again(request: HttpRequest) -> HttpResponse:
    """Send letters again to an address that had been given up."""
    if try_address_again(person=request.user, at=now()):  # type: ignore[arg-type]
        text = _("We send letters to %(address)s again. If one comes back, we will tell you here.")
        messages.success(request, text % {"address": request.user.email})  # type: ignore[union-attr]
    return go_to(request, local_address(request, request.POST.get("next", ""), reverse("notifications:inbox")))


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the e-mail of one kind (RFC 8058): whoever holds the token may, signed in or not, by one POST.

    Opening the link changes nothing, since programs that check mail open links; they never press the button.
    """
    person_id, kind = holder_of(token)
    person = User.objects.filter(pk=person_id, is_active=True).first()
    if person is None:
        return render_stop(request, None, {"state": "gone"})
    status = 200
    if "undo" in request.POST:
        set_preference(person=person, kind=kind, channel=Channel.BOTH)
        state = "undone"
    elif request.POST.get("List-Unsubscribe") == "One-Click":
        set_preference(person=person, kind=kind, channel=Channel.SITE)
        state = "stopped"
    else:
        state = "stopped" if letters.channels_of(person)[kind] == Channel.SITE else "ask"
        status = 422 if request.method == "POST" else 200
    context = {"state": state, "kind": kind, "address": rules.masked(person.email)}
    return render_stop(request, person, context, status)


def holder_of(token: str) -> tuple[int, Kind]:
    """Whom and which kind an unsubscribe link names. Raises LinkUnreadable where it isn't whole."""
    try:
        person_id, kind = signing.Signer(salt=STOP_SALT).unsign_object(token)
        if kind in rules.CHOICES:
            return int(person_id), Kind(kind)
    except (signing.BadSignature, ValueError, TypeError):
        pass
    raise rules.LinkUnreadable(
        gettext_noop(
            "This link is not whole; a character was lost or changed on its way. Nothing was changed. You can choose"
            " which letters come by e-mail in your settings."
        ),
        way_on=reverse("notifications:settings"),
    )


def render_stop(request: HttpRequest, person: User | None, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page, in the language of the letter where this device has not chosen another."""
    chosen = request.user.is_authenticated or device_language(request)
    language = person.language if person and not chosen else translation.get_language() or settings.LANGUAGE_CODE
    with translation.override(language):
        response = render(request, "notifications/stop.html", context, status=status)
    response["Content-Language"] = language
    response["X-Robots-Tag"] = "noindex"
    return response
