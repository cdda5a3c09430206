"""Doors for people: start, dashboard, welcome, profile, help."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts import services as accounts
from apps.accounts.forms import ProfileForm, RouteForm
from apps.accounts.queries import seller_of
from apps.core.clock import now
from apps.core.htmx import go_to, local_address, speak
from apps.core.refusals import explain
from apps.learning.queries.certificates import certificates_of
from apps.notifications.queries.inbox import dead_address
from apps.web import queries
from apps.web.forms import HelpForm
from apps.web.rules import TooManyQuestions
from apps.web.services import questions


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The shortest address leads to where this reader begins."""
    if request.user.is_authenticated:
        return redirect("web:dashboard")
    return redirect(f"/{get_language()}/")


@require_safe
def section(request: HttpRequest, name: str) -> HttpResponse:
    """`/courses/` and its like lead to the section in the reader's language, filters kept."""
    query = request.GET.urlencode()
    return redirect(f"/{get_language()}/{name}/" + (f"?{query}" if query else ""))


@require_safe
@login_required
def dashboard(request: HttpRequest) -> HttpResponse:
    """What is my next step, how far am I, what is new."""
    return render(request, "web/dashboard.html", queries.dashboard_of(request.user, now()))  # type: ignore[arg-type]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def welcome(request: HttpRequest) -> HttpResponse:
    """Choose how to sell; asked once after sign-up, on the way to `next`, and changed in the profile."""
    person = request.user
    initial = {"route": person.chosen_route}  # type: ignore[union-attr]
    form = RouteForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        accounts.choose_route(person=person, route=form.cleaned_data["route"])  # type: ignore[arg-type]
        return go_to(request, local_address(request, request.GET.get("next", ""), reverse("web:dashboard")))
    return render(request, "web/welcome.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """The reader's own settings, the shop, the certificates."""
    person = request.user
    initial = {"name": person.name, "language": person.language, "zone": person.zone}  # type: ignore[union-attr]
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        accounts.change_profile(person=person, **form.cleaned_data)  # type: ignore[arg-type]
        messages.success(request, _("Your settings are saved."))
        return speak(request, go_to(request, "/profile/"), form.cleaned_data["language"])
    context = {
        "form": form,
        "route_label": person.get_chosen_route_display(),  # type: ignore[union-attr]
        "seller": seller_of(person),  # type: ignore[arg-type]
        "certificates": certificates_of(person),  # type: ignore[arg-type]
        "dead_address": dead_address(person),  # type: ignore[arg-type]
    }
    return render(request, "web/profile.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def help_page(request: HttpRequest) -> HttpResponse:
    """Answers to what is asked most, and a form that reaches staff."""
    person = request.user if request.user.is_authenticated else None
    initial = {"email": person.email if person else "", "topic": request.GET.get("topic", "")}
    form = HelpForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            questions.ask_staff(
                person=person,
                address=get_adapter().get_client_ip(request),
                language=get_language() or "en",
                at=now(),
                **form.cleaned_data,
            )
            return go_to(request, "/help/?sent=1")
        except TooManyQuestions as refusal:
            form.add_error(None, explain(refusal))
            status = refusal.status
    context = {"form": form, "sent": request.GET.get("sent") == "1"}
    return render(request, "web/help.html", context, status=422 if form.errors and status == 200 else status)
