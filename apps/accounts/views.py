"""Doors of the person's own settings: the language, how they come in, their address, the marketplace's accounts."""

from allauth.account.decorators import reauthentication_required
from allauth.account.forms import AddEmailForm
from allauth.account.internal.flows.email_verification import (
    consume_email_verification_rate_limit,
    send_verification_email_to_address,
)
from allauth.account.models import EmailAddress
from allauth.account.views import PasswordSetView
from allauth.core import ratelimit
from allauth.socialaccount.adapter import get_adapter as get_market_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import services
from apps.accounts.enums import Kept
from apps.accounts.forms import OldAddressForm
from apps.accounts.queries import email_change_of, has_second_factor, is_staff, ways_in
from apps.accounts.rules import CodeGone, CodeWrong
from apps.core.clock import now
from apps.core.htmx import go_to, local_address, speak
from apps.core.refusals import explain
from apps.core.rules import Refusal


@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on, and go back to where the reader was."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return HttpResponse("Unknown language.", status=400, content_type="text/plain")
    if request.user.is_authenticated:
        services.choose_language(person=request.user, language=language)
    address = local_address(request, request.POST.get("next", ""), reverse("web:start"))
    response = go_to(request, address)
    return speak(request, response, language)


# --- How one comes in --------------------------------------------------------------------------------------


@require_safe
@login_required
@never_cache
def security(request: HttpRequest) -> HttpResponse:
    """All by which the reader comes in, on one page."""
    person = request.user
    context = {
        "ways": ways_in(person),  # type: ignore[arg-type]
        "devices": UserSession.objects.filter(user=person).count(),
        "is_staff": is_staff(person),
        "way_on": request.session.get(Kept.WAY_ON, "") if has_second_factor(person) else "",  # type: ignore[arg-type]
        "market_account": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
    }
    return render(request, "accounts/security.html", context)


@require_safe
@login_required
def second_factor(request: HttpRequest) -> HttpResponse:
    """Why staff need a second factor, and the ways to one; afterwards they go on to `next`."""
    wanted = local_address(request, request.GET.get("next", ""), "")
    if wanted:
        request.session[Kept.WAY_ON] = wanted
    if has_second_factor(request.user):  # type: ignore[arg-type]
        return redirect(wanted or "accounts:security")
    return render(request, "accounts/second_factor.html")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required(app="allauth.mfa")
def remove_password(request: HttpRequest) -> HttpResponse:
    """Come in without a password from now on; asked before it is done."""
    if not request.user.has_usable_password():
        return redirect("accounts:security")
    if request.method != "POST":
        return render(request, "accounts/remove_password.html")
    try:
        services.remove_password(person=request.user)  # type: ignore[arg-type]
    except Refusal as refusal:
        messages.error(request, explain(refusal))
        return go_to(request, reverse("accounts:security"))
    stay_signed_in(request)
    messages.success(request, _("Your password is removed. You come in without one from now on."))
    return go_to(request, reverse("accounts:security"))


@login_required
@reauthentication_required(app="allauth.account")
def set_password(request: HttpRequest) -> HttpResponse:
    """Come in by password as well. allauth would let whoever holds an old session set one, and keep the account."""
    answer: HttpResponse = PasswordSetView.as_view()(request)
    return answer


def stay_signed_in(request: HttpRequest) -> None:
    """A password that changes ends every session; not the one that changed it."""
    request.user.refresh_from_db()
    update_session_auth_hash(request, request.user)  # type: ignore[arg-type]


# --- The address -------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change_email(request: HttpRequest) -> HttpResponse:
    """Ask for another address. A code goes to the present one first."""
    person = request.user
    form = AddEmailForm(person, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if limited := ratelimit.consume_or_429(request, action="manage_email", user=person):
            return limited
        if form.is_valid():
            services.ask_for_email_change(person=person, new_address=form.cleaned_data["email"], at=now())  # type: ignore[arg-type]
            return go_to(request, reverse("accounts:confirm-old-address"))
    return render(request, "account/email_change.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def confirm_old_address(request: HttpRequest) -> HttpResponse:
    """The code from the present address; then one goes to the new address, and allauth asks for it.

    It isn't used up while no code may be sent there.
    """
    form = OldAddressForm(request.POST if request.method == "POST" else None)
    change = email_change_of(request.user)  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        if change and not consume_email_verification_rate_limit(request, change.new_address, dry_run=True):
            return ratelimit.respond_429(request)
        try:
            address = services.confirm_old_address(person=request.user, code=form.cleaned_data["code"], at=now())  # type: ignore[arg-type]
        except CodeWrong as refusal:
            form.add_error("code", explain(refusal))
        except CodeGone as refusal:
            messages.warning(request, explain(refusal))
            return go_to(request, reverse("account_email"))
        else:
            send_verification_email_to_address(request, EmailAddress(user=request.user, email=address))
            return go_to(request, reverse("account_email_verification_sent"))
    context = {"form": form, "change": change}
    return render(request, "accounts/confirm_old_address.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
def keep_email(request: HttpRequest) -> HttpResponse:
    """Stay with the present address after all."""
    services.forget_email_change(person=request.user)  # type: ignore[arg-type]
    return go_to(request, reverse("account_email"))


# --- The marketplace's accounts ----------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def market_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in with an account of the marketplace; asked first where it wasn't a button here that was pressed."""
    wanted = local_address(request, request.POST.get("next") or request.GET.get("next", ""), "")
    if not settings.OIDC_ISSUER:
        raise Http404
    if request.method != "POST":
        return render(request, "accounts/market_sign_in.html", {"market_account": settings.OIDC_NAME, "next": wanted})
    return leave_for_market(request, AuthProcess.LOGIN, wanted)


@require_POST
@login_required
@reauthentication_required(app="allauth.socialaccount")
def market_link(request: HttpRequest) -> HttpResponse:
    """Link an account of the marketplace to one's own."""
    return leave_for_market(request, AuthProcess.CONNECT, reverse("accounts:security"))


def leave_for_market(request: HttpRequest, process: str, wanted: str) -> HttpResponse:
    """On to the marketplace by a page of ours: a form may lead to this site only (`form-action`)."""
    if limited := ratelimit.consume_or_429(request, action="login"):
        return limited
    provider = get_market_adapter().get_provider(request, settings.OIDC_ISSUER)
    away = provider.redirect(request, process, wanted or None)
    if away.status_code != 302:
        return away
    page = render(
        request, "accounts/market_leave.html", {"market_account": settings.OIDC_NAME, "address": away["Location"]}
    )
    page["Refresh"] = f"0; url={away['Location']}"
    return page
