"""Doors of what a person keeps, says and plans: saved lessons, whether a lesson was clear, the weekly goal."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.catalog.enums import Kind
from apps.catalog.models import Reading
from apps.core.clock import now
from apps.core.htmx import go_to, is_fragment_request, local_address, page_urls
from apps.learning import rules, services
from apps.learning.forms import ClarityForm, GoalForm
from apps.learning.queries import own
from apps.learning.views.acts import reading_of, signed_in
from apps.learning.views.pages import PAGE_SIZE


def open_lesson(language: str, key: UUID) -> Reading:
    """The lesson of this identity. Raises LessonGone."""
    lesson = reading_of(language, key, Kind.LESSON)
    if lesson is None:
        raise rules.LessonGone(
            rules.gettext_noop("This lesson was taken off while you had it open. What you finished is kept."),
            way_on=reverse("web:dashboard"),
        )
    return lesson


@require_POST
@signed_in
def save(request: HttpRequest, language: str, key: UUID) -> HttpResponse:
    """Save the lesson, or take it off the list: `saved` says which, so that a second press changes nothing."""
    person, wanted = request.user, request.POST.get("saved")
    if wanted not in ("0", "1"):
        raise BadRequest
    if wanted == "1":
        services.save_lesson(person=person, lesson=open_lesson(language, key), at=now())  # type: ignore[arg-type]
        text = _("Saved. You find it under your saved lessons.")
    else:
        services.unsave_lesson(person=person, lesson_key=key)  # type: ignore[arg-type]
        text = _("The lesson is off your list.")
    back = local_address(request, request.POST.get("next", ""), reverse("learning:saved"))
    if is_fragment_request(request):
        flags = {"saved"} if wanted == "1" else set()
        context = {"save_url": request.path, "next": back, "flags": flags, "news": text}
        return render(request, "learning/_save.html", context)
    messages.success(request, text)
    return go_to(request, back)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def clarity(request: HttpRequest, language: str, key: UUID) -> HttpResponse:
    """Whether the lesson was clear, and what wasn't: two buttons at its end, or a page with room for words.

    Who presses "not quite" has answered, and is asked what was missing.
    """
    lesson = open_lesson(language, key)
    said = own.clarity_answer(request.user, key)  # type: ignore[arg-type]
    initial = {"clear": "yes" if said.is_clear else "no", "words": said.words} if said else {}
    form = ClarityForm(request.POST if request.method == "POST" else None, initial=initial)
    context = {"lesson": lesson, "form": form, "clarity_url": request.path}
    if request.method != "POST" or not form.is_valid():
        template = "learning/_clarity.html" if is_fragment_request(request) else "learning/clarity.html"
        flags = {"found_unclear"} if said and not said.is_clear else set()
        return render(request, template, context | {"flags": flags}, status=422 if form.errors else 200)
    is_clear, says_more = form.cleaned_data["clear"] == "yes", "words" in request.POST
    services.say_clarity(
        person=request.user,  # type: ignore[arg-type]
        lesson=lesson,
        is_clear=is_clear,
        words=form.cleaned_data["words"] if says_more else None,
        at=now(),
    )
    if is_fragment_request(request):
        ask = {} if is_clear or says_more else {"form": ClarityForm(initial=initial | {"clear": "no"})}
        flags = {"found_clear" if is_clear else "found_unclear"}
        return render(request, "learning/_clarity.html", context | {"form": None, "flags": flags, "is_new": True} | ask)
    messages.success(request, _("Thank you. Our editors read what you say, without your name."))
    return go_to(request, lesson.url if is_clear or says_more else request.path)


@require_safe
@login_required
def saved(request: HttpRequest) -> HttpResponse:
    """The lessons that the reader saved, the newest first."""
    pages = Paginator(own.bookmarks_of(request.user), PAGE_SIZE)  # type: ignore[arg-type]
    page = pages.get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "lessons": own.saved_lessons(page.object_list, request.user),  # type: ignore[arg-type]
        "page": page,
        "page_urls": page_urls(request.path, {}, page),
    }
    return render(request, "learning/saved.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def goal(request: HttpRequest) -> HttpResponse:
    """How many lessons a week the reader wants to do, or none."""
    person = request.user
    form = GoalForm(
        request.POST if request.method == "POST" else None,
        initial={"lessons": own.goal_of(person)},  # type: ignore[arg-type]
    )
    if request.method == "POST" and form.is_valid():
        chosen = services.choose_goal(person=person, lessons=form.cleaned_data["lessons"], at=now())  # type: ignore[arg-type]
        messages.success(
            request, _("Your weekly goal is set.") if chosen.lessons else _("You have no weekly goal now.")
        )
        return go_to(request, reverse("web:dashboard"))
    return render(request, "learning/goal.html", {"form": form}, status=422 if form.errors else 200)
