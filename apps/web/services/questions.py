"""Takes questions to staff."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from apps.accounts.models import User
from apps.notifications.services.letters import post_letter
from apps.web import rules
from apps.web.letters import question_letter
from apps.web.models import HelpRequest


@transaction.atomic
def ask_staff(
    *, person: User | None, address: str, email: str, topic: str, text: str, language: str, at: datetime
) -> HelpRequest:
    """Keep the question and write it to support. Refused beyond five an hour from one sender."""
    sender = f"person {person.pk}" if person else salted_hmac("web.questions", address).hexdigest()
    lately = HelpRequest.objects.filter(asked_at__gt=at - timedelta(hours=1))
    rules.check_pace(recent=lately.filter(sender=sender).count(), of_all=lately.count())
    question = HelpRequest.objects.create(
        person=person, sender=sender, email=email.lower(), topic=topic, text=text, language=language, asked_at=at
    )
    tell_support(question=question, at=at)
    return question


def tell_support(*, question: HelpRequest, at: datetime) -> None:
    """Write the question to support; a reply reaches who asked."""
    post_letter(letter=question_letter(question), at=at, address=settings.SUPPORT_EMAIL, reply_to=question.email)


def mark_answered(*, question: HelpRequest, answered: bool, at: datetime) -> None:
    """Note that somebody took care of it, the first time counts; or that nobody did after all."""
    rows = HelpRequest.objects.filter(pk=question.pk)
    if answered:
        rows.filter(answered_at=None).update(answered_at=at)
    else:
        rows.update(answered_at=None)
