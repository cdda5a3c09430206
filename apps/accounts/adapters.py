"""What allauth asks of this site."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from apps.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Keeps the name and the reader's language at sign-up."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """The person with the name as typed and the language that the form was read in."""
        user.name = form.cleaned_data.get("name", "").strip()
        user.language = get_language() or settings.LANGUAGE_CODE
        return super().save_user(request, user, form, commit)

    def populate_username(self, request: HttpRequest, user: User) -> None:
        """There are no user names here."""
