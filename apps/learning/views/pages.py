"""The signed-in (and signed-out) way through all pages: one row finds the page, one statement the personal facts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from wagtail.views import serve

from apps.catalog.enums import Kind
from apps.catalog.models import Reading
from apps.catalog.queries import lists, readings
from apps.catalog.queries.quizzes import quiz_of
from apps.catalog.queries.related import lessons_about, lessons_teaching, related_lessons
from apps.catalog.rules import audience_of
from apps.core.clock import now
from apps.core.htmx import answer, is_fragment_request, page_urls
from apps.learning import rules
from apps.learning.enums import NextAct, QuizState
from apps.learning.queries import progress
from apps.learning.queries.own import day_of
from apps.learning.queries.progress import PersonalFacts
from apps.learning.views.kept import digest_of, filled, kept_page, reader, unless_same
from apps.notifications.queries.inbox import unread_count

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


def list_context(request: HttpRequest, reading: Reading) -> dict[str, Any]:
    """What every list's template is given; its filters go along where the reader changes the language."""
    query = request.GET.urlencode()
    return page_context(reading) | {"is_fallback": False, "list_query": f"?{query}" if query else ""}


def lesson(request: HttpRequest, reading: Reading) -> HttpResponse:
    """A lesson with its outline, and for who is signed in what is done and where they stopped.

    The page is kept with holes for each version of lesson and course, language, audience and being signed in;
    a reader costs one row, one statement and the filling of the holes.
    """
    course, person = reading.parent, reader(request)
    if course is None:
        raise Http404
    facts = progress.personal_facts(person.pk, course, reading.key) if person else PersonalFacts()
    audience = audience_of(person.chosen_route if person else "")
    is_late = bool(person and facts.asked and rules.is_past(facts.asked.due_on, day_of(person, now())))

    def make() -> HttpResponse:
        page = kept_page(
            request,
            "learning/lesson.html",
            f"{reading.version.hex}:{course.version.hex}:{audience}",
            lambda: lesson_context(reading, course, audience) | {"signed_in": person is not None},
        )
        flags, values = facts_for_lesson(reading, course, facts, is_late=is_late)
        return filled(request, page, flags, values, unread=facts.unread)

    return unless_same(request, (reading.version, course.version, audience, facts.fingerprint, is_late), make)


def lesson_context(reading: Reading, course: Reading, audience: str) -> dict[str, Any]:
    """What of a lesson's page is the same for every reader of this audience."""
    course = readings.course_around(reading, course)
    lines = progress.lesson_lines(readings.outline_of(course), PersonalFacts(), reading.key)
    asked = quiz_of(course)
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
            "quiz": asked,
            "quiz_url": quiz_url(course) if asked else "",
            "complete_url": reverse("learning:complete", args=[reading.language, reading.key]),
            "place_url": reverse("learning:keep-place", args=[reading.language, reading.key]),
            "save_url": reverse("learning:save", args=[reading.language, reading.key]),
            "clarity_url": reverse("learning:clarity", args=[reading.language, reading.key]),
            "related": related_lessons(reading, course, audience),
        }
    )


def facts_for_lesson(
    reading: Reading, course: Reading, facts: PersonalFacts, *, is_late: bool
) -> tuple[set[str], dict[str, str]]:
    """The reader's own: flags that decide the page's choices, and values for its holes.

    `is_late` says that the day by which the lesson is asked for is over.
    """
    done = reading.key in facts.done
    could_finish = done and facts.completed_at is None
    place = facts.last_block if facts.last_lesson_key == reading.key and not done else ""
    named = {
        "enrolled": facts.enrolled,
        "done": done,
        "finished": facts.completed_at is not None,
        "certificate": bool(facts.certificate_reference),
        "place": bool(place),
        "quiz-passed": facts.quiz_passed,
        "quiz-next": could_finish and quiz_is_next(course, facts),
        "saved": facts.saved,
        "found_clear": facts.clarity == "yes",
        "found_unclear": facts.clarity == "no",
        "asked": facts.asked is not None,
        "asked_by_a_day": bool(facts.asked and facts.asked.due_on),
        "asked_late": is_late,
    }
    flags = {name for name, holds in named.items() if holds} | {progress.done_flag(key) for key in facts.done}
    values = {"place": place, "certificate_url": certificate_url(facts.certificate_reference)}
    return flags, values | asked_values(facts.asked)


def asked_values(asked: progress.Asked | None) -> dict[str, str]:
    """Why, and by which day, the reader is asked to do the lesson, as HTML."""
    due_on = asked.due_on if asked else None
    return {
        "asked_reason": escape(asked.reason) if asked else "",
        "asked_due": date_format(due_on, "DATE_FORMAT") if due_on else "",
    }


def quiz_is_next(course: Reading, facts: PersonalFacts) -> bool:
    """Whether nothing of the course is left but its quiz."""
    lessons = [line.key for line in readings.outline_of(course)]
    state = progress.quiz_state_in(course, facts)
    return rules.progress_of(lessons, facts.done, facts.completed_at, state).quiz_is_next


def quiz_url(course: Reading) -> str:
    """The page of the course's quiz."""
    return reverse("learning:quiz", args=[course.language, course.key])


def certificate_url(reference: str) -> str:
    """Where the certificate stands, or "" where there is none."""
    return reverse("learning:certificate", args=[reference]) if reference else ""


def course(request: HttpRequest, reading: Reading) -> HttpResponse:
    """A course: what one will be able to do, its lessons, and the one thing to do next.

    Readers who have done the same lessons see the same page: it is kept once for all of them.
    """
    person = reader(request)
    facts = progress.personal_facts(person.pk, reading) if person else PersonalFacts()

    def make() -> HttpResponse:
        finished = facts.completed_at is not None
        state = (sorted(facts.done), facts.last_lesson_key, facts.enrolled, finished, facts.quiz_passed)
        page = kept_page(
            request,
            "catalog/course.html",
            f"{reading.version.hex}:{digest_of(state)}",
            lambda: course_context(reading, facts, signed_in=person is not None),
        )
        flags = {"certificate"} if facts.certificate_reference else set()
        values = {"certificate_url": certificate_url(facts.certificate_reference)}
        return filled(request, page, flags, values, unread=facts.unread)

    return unless_same(request, (reading.version, facts.fingerprint), make)


def course_context(reading: Reading, facts: PersonalFacts, *, signed_in: bool) -> dict[str, Any]:
    """What of a course's page is the same for all readers who have done the same lessons."""
    lines = progress.lesson_lines(readings.outline_of(reading), facts)
    keys = [line.key for line in lines]
    state = progress.quiz_state_in(reading, facts)
    made = rules.progress_of(keys, facts.done, facts.completed_at, state)
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
        "progress": made if facts.enrolled else None,
        "quiz": quiz_of(reading),
        "quiz_url": quiz_url(reading),
        "quiz_state": state.value,
        "quiz_is_next": facts.enrolled and made.quiz_is_next,
        "action": next_action(reading, lines, facts, state, signed_in=signed_in),
    }


def next_action(
    reading: Reading, lines: list[progress.LessonLine], facts: PersonalFacts, quiz: QuizState, *, signed_in: bool
) -> dict[str, str]:
    """What the course page offers, and where it leads."""
    following = next((line for line in lines if line.is_next), None)
    kind = rules.next_act(
        signed_in=signed_in,
        enrolled=facts.enrolled,
        lessons=len(lines),
        undone=sum(not line.done for line in lines),
        completed=facts.completed_at is not None,
        quiz=quiz,
    )
    urls = {
        NextAct.SIGN_IN: f"{reverse('account_login')}?next={reading.url}",
        NextAct.ENROL: reverse("learning:enrol", args=[reading.language, reading.key]),
        NextAct.CONTINUE: following.url if following else reading.url,
        NextAct.QUIZ: quiz_url(reading),
        NextAct.FINISH: reverse("learning:finish", args=[reading.language, reading.key]),
        NextAct.AGAIN: lines[0].url if lines else "",
        NextAct.NONE: "",
    }
    return {"kind": kind.value, "url": urls[kind]}


def catalogue(request: HttpRequest, reading: Reading) -> HttpResponse:
    """All courses, narrowed by the filters that the address names.

    Kept once for all readers who are equally far in the courses that it shows.
    """
    chosen, person = lists.chosen_filters(request.GET), reader(request)
    listing = listing_of(reading, chosen, request.GET.get("page", ""))
    items = progress.items_for(listing.cards, person)
    unread = unread_count(person) if person else 0

    def context() -> dict[str, Any]:
        return catalogue_context(reading, chosen, listing, items)

    def make() -> HttpResponse:
        if is_fragment_request(request):
            return answer(request, "catalog/catalogue.html", context(), partials={"results": "results"})
        key = f"{reading.version.hex}:{digest_of((chosen, listing.number, far_in(items)))}"
        page = kept_page(request, "catalog/catalogue.html", key, context)
        return filled(request, page, set(), {}, unread=unread)

    response = unless_same(request, (reading.version, far_in(items), unread), make)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def far_in(items: list[progress.Item]) -> list[Any]:
    """How far a reader is in the courses of a list: what of it is their own."""
    return [item.progress for item in items]


@dataclass(frozen=True)
class Listing:
    """One page of the catalogue, as it is kept."""

    cards: list[lists.CourseCard]
    total: int
    number: int


def listing_of(reading: Reading, chosen: dict[str, str], number: str) -> Listing:
    """This page of what the filters leave, the first for a number that is none; kept per version of the catalogue."""
    wanted = int(number) if number.isdecimal() and len(number) < 5 else 1

    def make() -> Listing:
        pages = Paginator(lists.courses_in_catalogue(chosen), PAGE_SIZE)
        page = pages.get_page(wanted)
        cards = lists.course_cards(page.object_list)  # type: ignore[arg-type]
        return Listing(cards, pages.count, page.number)

    return readings.keep_once(f"listing:{reading.version.hex}:{get_language()}:{digest_of((chosen, wanted))}", make)


def catalogue_context(
    reading: Reading, chosen: dict[str, str], listing: Listing, items: list[progress.Item]
) -> dict[str, Any]:
    """What the catalogue's template is given: nothing that the address alone holds."""
    page = Paginator(range(listing.total), PAGE_SIZE).page(listing.number)
    query = urlencode(chosen | ({"page": listing.number} if listing.number > 1 else {}))
    return page_context(reading) | {
        "is_fallback": False,
        "list_query": f"?{query}" if query else "",
        "items": items,
        "filters": lists.filters(reading.url, chosen),
        "chosen": chosen,
        "total": listing.total,
        "page": page,
        "page_urls": page_urls(reading.url, chosen, page),
        "is_filtered": bool(chosen),
        "clear_url": reading.url,
    }


def home(request: HttpRequest, reading: Reading) -> HttpResponse:
    """The front door, kept once for all readers who are equally far in the courses that it shows."""
    person = reader(request)
    route = person.chosen_route if person else ""
    key = f"{reading.version.hex}:{route}"
    cards = readings.keep_once(f"suggested:{key}:{get_language()}", lambda: lists.suggested_courses(route))
    items = progress.items_for(cards, person)
    unread = unread_count(person) if person else 0

    def context() -> dict[str, Any]:
        parts = page_context(reading) | readings.body_of(reading, audience="all") | lists.catalogue_counts()
        return parts | {"items": items, "updates": lists.newest_updates(route)}

    def make() -> HttpResponse:
        page = kept_page(request, "catalog/home.html", f"{key}:{digest_of(far_in(items))}", context)
        return filled(request, page, set(), {}, unread=unread)

    return unless_same(request, (reading.version, route, far_in(items), unread), make)


def policies(request: HttpRequest, reading: Reading) -> HttpResponse:
    """All policies."""
    context = list_context(request, reading) | {"policies": lists.policy_lines()}
    return render(request, "catalog/policies.html", context)


def policy(request: HttpRequest, reading: Reading) -> HttpResponse:
    """One policy, the text of record, which is the same for every audience; the lessons that teach it aren't."""
    person = reader(request)
    audience = audience_of(person.chosen_route if person else "")

    def context() -> dict[str, Any]:
        parts = page_context(reading) | readings.body_of(reading, audience="all")
        about = {"title": reading.title, "summary": reading.summary}
        policy = about | {name: parts[name] for name in ("effective_on", "introduction")}
        return parts | {"policy": policy, "related": lessons_teaching(reading, audience)}

    return same_for_all(request, "catalog/policy.html", reading, audience, context)


def same_for_all(
    request: HttpRequest, template: str, reading: Reading, audience: str, context: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """A page of which nothing but the bar is personal: kept once for everyone of this audience."""
    person = reader(request)
    unread = unread_count(person) if person else 0

    def make() -> HttpResponse:
        page = kept_page(request, template, f"{reading.version.hex}:{audience}", context)
        return filled(request, page, set(), {}, unread=unread)

    return unless_same(request, (reading.version, audience, unread), make)


def updates(request: HttpRequest, reading: Reading) -> HttpResponse:
    """What's new, the latest first."""
    pages = Paginator(lists.updates_newest_first(), PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    context = list_context(request, reading) | {
        "updates": lists.update_lines(page.object_list),  # type: ignore[arg-type]
        "page": page,
        "page_urls": page_urls(reading.url, {}, page),
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
        "related": lessons_about(reading, audience),
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
