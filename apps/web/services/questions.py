"""Takes questions to staff."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils.crypto import salted_hmac

from apps.accounts.models import User
from apps.web import rules
from apps.web.models import HelpRequest


@transaction.atomic
def ask_staff(
    *, person: User | None, address: str, email: str, topic: str, text: str, language: str, at: datetime
) -> HelpRequest:
    """Keep the question and tell support by mail after commit. Refused beyond five an hour from one sender."""
    sender = f"person {person.pk}" if person else salted_hmac("web.questions", address).hexdigest()
    lately = HelpRequest.objects.filter(asked_at__gt=at - timedelta(hours=1))
    rules.check_pace(recent=lately.filter(sender=sender).count(), of_all=lately.count())
    question = HelpRequest.objects.create(
        person=person, sender=sender, email=email.lower(), topic=topic, text=text, language=language, asked_at=at
    )
    transaction.on_commit(lambda: tell_support(question), robust=True)
    return question


def tell_support(question: HelpRequest) -> None:
    """Send the question on; it is kept in the admin whatever happens to the mail."""
    EmailMessage(
        subject=f"[Seller University] {question.get_topic_display()}",
        body=f"{question.text}\n\n-- \n{question.email} ({question.language})\n{settings.BASE_URL}/cms/questions/",
        to=[settings.SUPPORT_EMAIL],
        reply_to=[question.email],
    ).send()


def mark_answered(*, question: HelpRequest, at: datetime) -> None:
    """Note that somebody took care of it; the first time counts."""
    HelpRequest.objects.filter(pk=question.pk, answered_at=None).update(answered_at=at)
