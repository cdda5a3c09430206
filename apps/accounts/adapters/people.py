"""What allauth asks of this site."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.queries import device_language
from apps.accounts.rules import usual_zone
from apps.accounts.services import choose_language
from apps.core.clock import now

SIGNED_IN = "account/messages/logged_in.txt"


class AccountAdapter(DefaultAccountAdapter):
    """Keeps name, language and zone at sign-up, and knows where people go from allauth's pages."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """The person with the name as typed, the language that the form was read in, and the browser's zone."""
        user.name = form.cleaned_data.get("name", "").strip()
        user.language = get_language() or settings.LANGUAGE_CODE
        user.zone = form.cleaned_data.get("zone") or usual_zone(user.language)
        return super().save_user(request, user, form, commit)

    def clean_email(self, email: str) -> str:
        """An address that fits its column: allauth's own field lets longer ones through to the database."""
        User._meta.get_field("email").run_validators(email)
        return email

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """There are no user names here."""

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in. What language was chosen on this device before the first time is the person's."""
        chosen = device_language(request)
        if chosen and user.last_login is None:
            choose_language(person=user, language=chosen)
            user.language = chosen
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse:
        """Who has just signed up is first asked what the site asks of new persons, then goes where they wanted to."""
        wanted, first = facts["redirect_url"], self.get_signup_redirect_url(request)
        if facts["signup"] and wanted and urlsplit(wanted).path != first:
            facts["redirect_url"] = f"{first}?{urlencode({'next': wanted}, safe='/')}"
        return super().post_login(request, user, **facts)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Say it, unless it only says that one is signed in and there is something else to say."""
        if message_template != SIGNED_IN or not len(get_messages(request)):
            super().add_message(request, level, message_template, *args, **kwargs)

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """By what one shows again that it is oneself, in our words."""
        words = {
            "reauthenticate": _("Use the password"),
            "mfa_reauthenticate": _("Use a code"),
            "mfa_reauthenticate:webauthn": _("Use a passkey"),
        }
        return [each | {"description": words[each["id"]]} for each in super().get_reauthentication_methods(user)]

    def is_reauthentication_required(self, *, app: str, **facts: Any) -> bool:
        """Who can't show again that it is oneself, having neither password nor second factor, signs in anew first.

        allauth would take such a session at its word, however old it is and whoever holds it.
        """
        request = context.request
        if not self.get_reauthentication_methods(request.user) and not signed_in_lately(request):
            wanted = request.get_full_path() if request.method == "GET" else resolve_url("accounts:security")
            self.logout(request)
            messages.info(request, _("First sign in once more, so that we know that it is you. Then you can go on."))
            where = f"{reverse('account_request_login_code')}?{urlencode({'next': wanted})}"
            raise ImmediateHttpResponse(redirect(where))
        return super().is_reauthentication_required(app=app, **facts)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to where one sees how one signs in."""
        return resolve_url("accounts:security")

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """A changed address is shown on one's own page."""
        return resolve_url(settings.OWN_PAGE_URL)


def signed_in_lately(request: HttpRequest) -> bool:
    """Whether this session's last sign-in still counts for something weighty."""
    records = get_authentication_records(request, request.user)
    return bool(records) and now().timestamp() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


# What libraries say to sellers and our catalogue says better in Bahasa Indonesia: named here so that it keeps them.
SAID_BETTER = [
    gettext_noop("The email address and/or password you specified are not correct."),
    gettext_noop("Please type your current password."),
    gettext_noop("Be patient, you are sending too many requests."),
    gettext_noop("Incorrect code."),
    gettext_noop("Invalid login."),
    gettext_noop("You must type the same password each time."),
    gettext_noop("This email address is already associated with this account."),
    gettext_noop("You cannot remove your primary email address."),
    gettext_noop("This field is required."),
    gettext_noop("Enter a valid email address."),
    gettext_noop("Your password can’t be too similar to your other personal information."),
    gettext_noop("Your password can’t be a commonly used password."),
]
