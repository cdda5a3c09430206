"""The engine of quizzes says that marks have risen; courses follow, in the same transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from apps.learning.services import finish_passed_courses
from apps.quizzes.models import Attempt
from apps.quizzes.signals import attempts_remarked


@receiver(attempts_remarked)
def finish_after_remark(newly_passed: Sequence[Attempt], at: datetime, **_kwargs: Any) -> None:
    """A faulty question counts as right now, and with it some have passed."""
    finish_passed_courses(attempts=newly_passed, at=at)
