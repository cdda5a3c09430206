"""The signed-in (and signed-out) way through all pages: one row finds the page, one statement the personal facts."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from wagtail.views import serve

from apps.catalog.enums import Kind
from apps.catalog.models import Reading
from apps.catalog.queries import lists, readings
from apps.catalog.rules import audience_of
from apps.core.htmx import answer
from apps.learning import queries, rules
from apps.learning.queries import PersonalFacts
from apps.learning.views.kept import digest_of, filled, kept_page, reader, unless_same

PAGE_SIZE = 24


@require_safe
def read(request: HttpRequest, language: str, path: str) -> HttpResponse:
    """Any page of the site by its address; what the index doesn't know goes Wagtail's own way."""
    if path and not path.endswith("/"):
        query = request.META.get("QUERY_STRING", "")
        return redirect(f"/{language}/{path}/" + (f"?{query}" if query else ""), permanent=True)
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

    return unless_same(request, (reading.version, course.version, audience, facts.fingerprint), make)


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


def course(request: HttpRequest, reading: Reading) -> HttpResponse:
    """A course: what one will be able to do, its lessons, and the one thing to do next.

    Readers who have done the same lessons see the same page: it is kept once for all of them.
    """
    person = reader(request)
    facts = queries.personal_facts(person.pk, reading) if person else PersonalFacts()

    def make() -> HttpResponse:
        state = (sorted(facts.done), facts.last_lesson_key, facts.enrolled, facts.completed_at is not None)
        page = kept_page(
            request,
            "catalog/course.html",
            f"{reading.version.hex}:{digest_of(state)}",
            lambda: course_context(reading, facts, signed_in=person is not None),
        )
        flags = {"certificate"} if facts.certificate_reference else set()
        return filled(request, page, flags, {"certificate_url": certificate_url(facts.certificate_reference)})

    return unless_same(request, (reading.version, facts.fingerprint), make)


def course_context(reading: Reading, facts: PersonalFacts, *, signed_in: bool) -> dict[str, Any]:
    """What of a course's page is the same for all readers who have done the same lessons."""
    lines = queries.lesson_lines(readings.outline_of(reading), facts)
    keys = [line.key for line in lines]
    about = {
        "title": reading.title,
        "summary": reading.summary,
        "url": reading.url,
        "key": reading.key,
        "language_code": reading.language,
        "minutes": sum(line.minutes for line in lines),
    }
    return page_context(reading) | {
        "course": readings.body_of(reading, audience="all")["course"] | about,
        "lessons": lines,
        "progress": rules.progress_of(keys, facts.done, facts.completed_at) if facts.enrolled else None,
        "action": next_action(reading, lines, facts, signed_in=signed_in),
    }


def next_action(
    reading: Reading, lines: list[queries.LessonLine], facts: PersonalFacts, *, signed_in: bool
) -> dict[str, str]:
    """What the course page offers, and where it leads."""
    following = next((line for line in lines if line.is_next), None)
    kind = rules.next_act(
        signed_in=signed_in,
        enrolled=facts.enrolled,
        lessons=len(lines),
        undone=sum(not line.done for line in lines),
        completed=facts.completed_at is not None,
    )
    urls = {
        rules.NextAct.SIGN_IN: f"{reverse('account_login')}?next={reading.url}",
        rules.NextAct.ENROL: reverse("learning:enrol", args=[reading.language, reading.key]),
        rules.NextAct.CONTINUE: following.url if following else reading.url,
        rules.NextAct.FINISH: reverse("learning:finish", args=[reading.language, reading.key]),
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

    def context() -> dict[str, Any]:
        parts = page_context(reading) | readings.body_of(reading, audience="all")
        about = {"title": reading.title, "summary": reading.summary}
        return parts | {"policy": about | {name: parts[name] for name in ("effective_on", "introduction")}}

    return same_for_all(request, "catalog/policy.html", reading, "", context)


def same_for_all(
    request: HttpRequest, template: str, reading: Reading, audience: str, context: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """A page without anything personal: kept once for everyone of this audience."""

    def make() -> HttpResponse:
        page = kept_page(request, template, f"{reading.version.hex}:{audience}", context)
        return filled(request, page, set(), {})

    return unless_same(request, (reading.version, audience), make)


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

    def context() -> dict[str, Any]:
        return page_context(reading) | readings.body_of(reading, audience=audience) | {"title": reading.title}

    return same_for_all(request, "catalog/plain.html", reading, audience, context)


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
