"""The door to what can be found: one address for each view of the list, with and without scripts."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.catalog import rules
from apps.catalog.queries import lists
from apps.catalog.queries.search import Found, Wish, filter_values, find, lines_of
from apps.core.clock import now
from apps.core.htmx import answer, is_fragment_request, page_urls
from apps.core.rules import network_of
from apps.learning.queries.progress import items_for
from apps.web.services import searches

PAGE_SIZE = 10


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What was found, or what can be done where nothing was.

    Only whole pages are noted as searches in vain: what is asked for while somebody types is half a word.
    """
    person = request.user if request.user.is_authenticated else None
    who = f"person {person.pk}" if person else network_of(get_adapter().get_client_ip(request))
    searches.count_search(who=who, at=now())
    asked = request.GET.get("q", "")
    found = find(wish_of(request, asked, person))
    if was_in_vain(found) and not is_fragment_request(request):
        searches.note_missed_search(text=found.wish.query, language=found.wish.language, at=now())
    context = search_context(found, request.GET.get("page", ""), person)
    context |= {"was_cut": len(asked.strip()) > rules.MOST_CHARACTERS, "most": rules.MOST_CHARACTERS}
    return answer(request, "web/search.html", context, partials={"results": "results"})


def wish_of(request: HttpRequest, asked: str, person: User | None) -> Wish:
    """What this reader looks for."""
    return Wish(
        query=rules.normal_query(asked),
        language=get_language() or settings.LANGUAGE_CODE,
        audience=rules.audience_of(route_of(person)),
        chosen=lists.chosen_filters(request.GET, filter_values(), way_on=reverse("web:search")),
    )


def route_of(person: User | None) -> str:
    """How the reader sells, "" where nobody knows."""
    return person.chosen_route if person else ""


def was_in_vain(found: Found) -> bool:
    """Whether words were looked for everywhere, and found nowhere."""
    return rules.is_enough(found.wish.terms) and not found.every and not found.wish.chosen


def search_context(found: Found, number: str, person: User | None) -> dict[str, Any]:
    """What the page shows."""
    wish, address = found.wish, reverse("web:search")
    page = Paginator(found.hits, PAGE_SIZE).get_page(number)
    kept = {"q": wish.query, **wish.chosen}
    kinds, *filters = lists.filters(address, kept, filter_values(), {"kind": found.counts})
    return {
        "query": wish.query,
        "has_words": bool(wish.terms),
        "is_enough": rules.is_enough(wish.terms),
        "corrected": found.corrected,
        "total": len(found.hits),
        "is_full": found.is_full,
        "lines": lines_of(page.object_list, found.stems),
        "page": page,
        "page_urls": page_urls(address, kept, page),
        "kinds": kinds,
        "filters": filters,
        "chosen": wish.chosen,
        "search_url": address,
        "kept": [(name, value) for name, value in kept.items() if name in ("q", "kind")],
        "clear_url": f"{address}?{urlencode({'q': wish.query})}",
        "items": [] if found.hits else items_for(lists.suggested_courses(route_of(person)), person),
    }
