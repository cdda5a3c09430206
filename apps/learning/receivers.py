"""Marks have risen, a policy has changed: courses and learners follow, in the same transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from apps.catalog.models import PolicyChange
from apps.catalog.signals import policy_changed
from apps.learning.services import finish_passed_courses
from apps.learning.services.changes import take_up_change
from apps.quizzes.models import Attempt
from apps.quizzes.signals import attempts_remarked


@receiver(attempts_remarked)
def finish_after_remark(newly_passed: Sequence[Attempt], at: datetime, **_kwargs: Any) -> None:
    """A faulty question counts as right now, and with it some have passed."""
    finish_passed_courses(attempts=newly_passed, at=at)


@receiver(policy_changed)
def follow_policy_change(change: PolicyChange, at: datetime, **_kwargs: Any) -> None:
    """A material change is in force: quizzes on the policy are closed, and its learners will be told."""
    take_up_change(change=change, at=at)
