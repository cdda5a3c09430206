"""Wagtail says that a question was published or taken off; versions follow, in the same transaction."""

from typing import Any

from django.dispatch import receiver
from wagtail.log_actions import get_active_log_context
from wagtail.models import Revision
from wagtail.signals import published, unpublished

from apps.core.clock import now
from apps.quizzes.models import Question
from apps.quizzes.services import publish_version, retire_row


@receiver(published, sender=Question)
def follow_publication(instance: Question, revision: Revision, **_kwargs: Any) -> None:
    """A question was published; one that is only scheduled isn't live yet."""
    if instance.live:
        by = get_active_log_context().user or revision.user
        publish_version(question=instance, at=now(), by=by)


@receiver(unpublished, sender=Question)
def follow_retirement(instance: Question, **_kwargs: Any) -> None:
    """A question was taken off in one language."""
    retire_row(question=instance, at=now(), by=get_active_log_context().user)
