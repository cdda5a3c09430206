"""The signed-in (and signed-out) way through all pages: one row finds the page, one statement the personal facts."""

import functools
import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_cache_control
from django.utils.html import escape
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from wagtail.views import serve

from apps.accounts.models import User
from apps.catalog.enums import Kind
from apps.catalog.models import Reading
from apps.catalog.queries import lists, readings
from apps.catalog.rules import audience_of
from apps.core.htmx import answer, is_fragment_request
from apps.core.kept import Parts, cut, fill
from apps.learning import queries, rules
from apps.learning.queries import PersonalFacts

PAGE_SIZE = 24


@require_safe
def read(request: HttpRequest, language: str, path: str) -> HttpResponse:
    """Any page of the site by its address; what the index doesn't know goes Wagtail's own way."""
    if path and not path.endswith("/"):
        return redirect(f"/{language}/{path}/", permanent=True)
    reading = readings.find_reading(f"{language}/{path}")
    if reading is None:
        return serve_by_wagtail(request, language, path)
    return PAGES.get(Kind(reading.kind), plain)(request, reading)


def serve_by_wagtail(request: HttpRequest, language: str, path: str) -> HttpResponse:
    """Private pages and the like: Wagtail finds the page in the tree of this language, or there is none."""
    with translation.override(language):
        response = serve(request, path)
        if hasattr(response, "render"):
            response.render()
        return response


def reader(request: HttpRequest) -> User | None:
    """The person who reads, or None; without a session cookie no session is looked for."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
        return None
    return request.user  # type: ignore[return-value]


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
    tag = f'W/"{hashlib.sha256(repr(everything).encode()).hexdigest()[:32]}"'
    # A message waits for its reader: no kept page would show it.
    if request.headers.get("If-None-Match") == tag and "messages" not in request.COOKIES:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = make()
    response["ETag"] = tag
    patch_cache_control(response, private=True, no_cache=True)
    return response


def page_context(reading: Reading) -> dict[str, Any]:
    """What every page's template is given."""
    return {
        "reading": reading,
        "language_code": reading.language,
        "languages_of_page": readings.languages_of(reading),
        "is_fallback": reading.language != get_language(),
    }


def lesson(request: HttpRequest, reading: Reading) -> HttpResponse:
    """A lesson with its outline, and for who is signed in what is done and where they stopped.

    The page is kept with holes for each version of lesson and course, language, audience and being signed in;
    a reader costs one row, one statement and the filling of the holes.
    """
    course, person = reading.parent, reader(request)
    if course is None:
        raise Http404
    facts = queries.personal_facts(person.pk, course) if person else PersonalFacts()
    audience = audience_of(person.chosen_route if person else "")

    def make() -> HttpResponse:
        page = kept_page(
            request,
            "learning/lesson.html",
            f"{reading.version.hex}:{course.version.hex}:{audience}",
            lambda: lesson_context(reading, course, audience) | {"signed_in": person is not None},
        )
        flags, values = facts_for_lesson(reading, facts)
        return filled(request, page, flags, values)

    # The place is left out of the tag: it moves as one reads, and the page in hand is where the reader is.
    known = (reading.version, course.version, audience, facts.enrolled, facts.completed_at, sorted(facts.done))
    return unless_same(request, known, make)


def lesson_context(reading: Reading, course: Reading, audience: str) -> dict[str, Any]:
    """What of a lesson's page is the same for every reader of this audience."""
    lines = queries.lesson_lines(readings.outline_of(course), PersonalFacts(), reading.key)
    number = next((line.number for line in lines if line.is_current), 0)
    return (
        page_context(reading)
        | readings.body_of(reading, audience=audience)
        | {
            "lesson": reading,
            "course": course,
            "lessons": lines,
            "number": number,
            "total": len(lines),
            "previous": lines[number - 2] if number > 1 else None,
            "next": lines[number] if number < len(lines) else None,
            "complete_url": reverse("learning:complete", args=[reading.language, reading.key]),
            "place_url": reverse("learning:keep-place", args=[reading.language, reading.key]),
        }
    )


def facts_for_lesson(reading: Reading, facts: PersonalFacts) -> tuple[set[str], dict[str, str]]:
    """The reader's own: flags that decide the page's choices, and values for its holes."""
    done = reading.key in facts.done
    place = facts.last_block if facts.last_lesson_key == reading.key and not done else ""
    named = {
        "enrolled": facts.enrolled,
        "done": done,
        "finished": facts.completed_at is not None,
        "certificate": bool(facts.certificate_reference),
        "place": bool(place),
    }
    flags = {name for name, holds in named.items() if holds} | {queries.done_flag(key) for key in facts.done}
    return flags, {"place": place, "certificate_url": certificate_url(facts.certificate_reference)}


def certificate_url(reference: str) -> str:
    """Where the certificate stands, or "" where there is none."""
    return reverse("learning:certificate", args=[reference]) if reference else ""


def kept_page(request: HttpRequest, template: str, key: str, context: Callable[[], dict[str, Any]]) -> Parts:
    """The page with holes, made once for this key, the reader's language and whether they are signed in."""
    signed_in = reader(request) is not None
    full_key = f"page:{template}:{key}:{get_language()}:{signed_in:d}:{readings.templates_version()}"

    def make() -> Parts:
        text = render_to_string(template, context() | {"keeping": True}, request=request)
        if "csrfmiddlewaretoken" in text:
            raise ValueError(f"{template} holds one reader's token: use own_csrf in pages that are kept.")
        return cut(text)

    return readings.keep_once(full_key, make)


def filled(request: HttpRequest, page: Parts, flags: set[str], values: dict[str, str]) -> HttpResponse:
    """The page for this reader."""
    address = request.get_full_path()
    common = {
        "csrf": f'<input type="hidden" name="csrfmiddlewaretoken" value="{get_token(request)}">',
        "messages": waiting_messages(request),
        "address": escape(address),
        "address_encoded": quote(address, safe=""),
    }
    return HttpResponse(fill(page, flags=flags, values=common | values))


def waiting_messages(request: HttpRequest) -> str:
    """The place for messages with those that wait; empty for nearly every reader, so made once."""
    waiting = list(get_messages(request)) if "messages" in request.COOKIES else []
    return messages_html(waiting) if waiting else no_messages()


def messages_html(waiting: list[Any]) -> str:
    """Messages as the page shows them."""
    return render_to_string("_components/messages.html", {"messages": waiting})


no_messages = functools.cache(functools.partial(messages_html, []))


def course(request: HttpRequest, reading: Reading) -> HttpResponse:
    """A course: what one will be able to do, its lessons, and the one thing to do next."""
    person, outline = reader(request), readings.outline_of(reading)
    keys = [line.key for line in outline]
    facts = queries.personal_facts(person.pk, reading) if person else PersonalFacts()

    def make() -> HttpResponse:
        lines = queries.lesson_lines(outline, facts)
        context = page_context(reading)
        parts = readings.body_of(reading, audience="all")["course"]
        minutes = sum(line.minutes for line in outline)
        progress = rules.progress_of(keys, facts.done, facts.completed_at) if facts.enrolled else None
        context |= {
            "course": parts
            | {
                "title": reading.title,
                "summary": reading.summary,
                "url": reading.url,
                "key": reading.key,
                "language_code": reading.language,
                "minutes": minutes,
            },
            "lessons": lines,
            "progress": progress,
            "enrolment": facts if facts.enrolled else None,
            "new_lessons": progress.new_lessons if progress else 0,
            "certificate_reference": facts.certificate_reference,
            "action": next_action(request, reading, lines, facts),
        }
        return render(request, "catalog/course.html", context)

    return unless_same(request, (reading.version, facts), make)


def next_action(
    request: HttpRequest, reading: Reading, lines: list[queries.LessonLine], facts: PersonalFacts
) -> dict[str, str]:
    """What the course page offers, and where it leads."""
    following = next((line for line in lines if line.is_next), None)
    kind = rules.next_act(
        signed_in=reader(request) is not None,
        enrolled=facts.enrolled,
        lessons=len(lines),
        undone=sum(not line.done for line in lines),
    )
    urls = {
        rules.NextAct.SIGN_IN: f"{reverse('account_login')}?next={reading.url}",
        rules.NextAct.ENROL: reverse("learning:enrol", args=[reading.language, reading.key]),
        rules.NextAct.CONTINUE: following.url if following else reading.url,
        rules.NextAct.AGAIN: lines[0].url if lines else "",
        rules.NextAct.NONE: "",
    }
    return {"kind": kind.value, "url": urls[kind]}


def catalogue(request: HttpRequest, reading: Reading) -> HttpResponse:
    """All courses, narrowed by the filters that the address names."""
    chosen = lists.chosen_filters(request.GET)
    pages = Paginator(lists.courses_in_catalogue(chosen), PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    items = queries.items_for(lists.course_cards(page.object_list), reader(request))  # type: ignore[arg-type]
    context = page_context(reading) | {
        "items": items,
        "filters": lists.filters(reading.url, chosen),
        "chosen": chosen,
        "total": pages.count,
        "page": page,
        "page_urls": page_urls(request, page),
        "is_filtered": bool(chosen),
        "is_fallback": False,
        "clear_url": reading.url,
    }
    return answer(request, "catalog/catalogue.html", context, partials={"results": "results"})


def page_urls(request: HttpRequest, page: Any) -> dict[str, str]:
    """Addresses of the pages before and after this one, with the filters kept."""

    def url(number: int) -> str:
        query = request.GET.copy()
        query["page"] = str(number)
        return f"{request.path}?{query.urlencode()}"

    return {
        "previous": url(page.previous_page_number()) if page.has_previous() else "",
        "next": url(page.next_page_number()) if page.has_next() else "",
    }


def home(request: HttpRequest, reading: Reading) -> HttpResponse:
    """The front door."""
    person = reader(request)
    route = person.chosen_route if person else ""
    context = page_context(reading) | readings.body_of(reading, audience="all") | lists.catalogue_counts()
    context |= {
        "items": queries.items_for(lists.suggested_courses(route), person),
        "updates": lists.newest_updates(route),
    }
    return render(request, "catalog/home.html", context)


def policies(request: HttpRequest, reading: Reading) -> HttpResponse:
    """All policies."""
    context = page_context(reading) | {"policies": lists.policy_lines(), "is_fallback": False}
    return render(request, "catalog/policies.html", context)


def policy(request: HttpRequest, reading: Reading) -> HttpResponse:
    """One policy, the text of record."""

    def make() -> HttpResponse:
        context = page_context(reading) | readings.body_of(reading, audience="all")
        context["policy"] = {
            "title": reading.title,
            "summary": reading.summary,
            "effective_on": context["effective_on"],
            "introduction": context["introduction"],
        }
        return render(request, "catalog/policy.html", context)

    return unless_same(request, (reading.version,), make)


def updates(request: HttpRequest, reading: Reading) -> HttpResponse:
    """What's new, the latest first."""
    pages = Paginator(lists.updates_newest_first(), PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    context = page_context(reading) | {
        "updates": lists.update_lines(page.object_list),  # type: ignore[arg-type]
        "page": page,
        "page_urls": page_urls(request, page),
        "is_fallback": False,
    }
    return render(request, "catalog/updates.html", context)


def update(request: HttpRequest, reading: Reading) -> HttpResponse:
    """One shop update."""
    person = reader(request)
    audience = audience_of(person.chosen_route if person else "")
    parts = readings.body_of(reading, audience=audience)
    newer, older = lists.update_neighbours(reading)
    context = page_context(reading) | {
        "update": parts | {"title": reading.title, "summary": reading.summary},
        "body": parts["body"],
        "newer": newer,
        "older": older,
    }
    return render(request, "catalog/update.html", context)


def plain(request: HttpRequest, reading: Reading) -> HttpResponse:
    """A page of plain information."""
    person = reader(request)
    audience = audience_of(person.chosen_route if person else "")

    def make() -> HttpResponse:
        context = page_context(reading) | readings.body_of(reading, audience=audience)
        return render(request, "catalog/plain.html", context | {"title": reading.title})

    return unless_same(request, (reading.version, audience), make)


PAGES: dict[Kind, Callable[[HttpRequest, Reading], HttpResponse]] = {
    Kind.HOME: home,
    Kind.CATALOGUE: catalogue,
    Kind.COURSE: course,
    Kind.LESSON: lesson,
    Kind.POLICIES: policies,
    Kind.POLICY: policy,
    Kind.UPDATES: updates,
    Kind.UPDATE: update,
    Kind.PLAIN: plain,
}
