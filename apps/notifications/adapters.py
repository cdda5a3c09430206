"""allauth's letters go through the mailroom, at once and before everything else."""

from typing import Any

from django.utils.translation import get_language

from apps.accounts.adapters import AccountAdapter
from apps.accounts.models import User
from apps.accounts.queries import person_at
from apps.core.clock import now
from apps.notifications.enums import Priority
from apps.notifications.letters import account_letter
from apps.notifications.services.letters import post_letter


class LetterAdapter(AccountAdapter):
    """What allauth would send, written as a letter: in the transaction of what it is about where there is one."""

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write to the address that allauth names, in the person's language; in the page's to who has no account."""
        person = context.get("user") or person_at(email)
        language = person.language if person else get_language() or ""
        facts = {"email": email} | context
        post_letter(
            letter=account_letter(template_prefix, person=person, context=facts, language=language),
            at=now(),
            person=person,
            address=email,
            priority=Priority.URGENT,
            language=language,
        )

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell the person what changed; at an old address too it is this person's letter."""
        super().send_notification_mail(template_prefix, user, (context or {}) | {"user": user}, email)
