"""What standing hears of others, in the same transaction: somebody stands for a seller, marks rose, attempts closed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from apps.accounts.models import Seller
from apps.accounts.signals import seller_joined
from apps.compliance.services.attempts import note_late_passes, tell_of_closed
from apps.compliance.services.intake import enter_waiting
from apps.quizzes.models import Attempt
from apps.quizzes.signals import attempts_remarked, attempts_superseded


@receiver(seller_joined)
def enter_what_waited(seller: Seller, at: datetime, **_kwargs: Any) -> None:
    """Their standing begins, and with it counts what was reported until now."""
    enter_waiting(seller=seller, at=at)


@receiver(attempts_remarked)
def note_passes_after_remark(newly_passed: Sequence[Attempt], **_kwargs: Any) -> None:
    """A faulty question counts as right now, and with it some have passed: a job credits them."""
    note_late_passes(attempts=newly_passed)


@receiver(attempts_superseded)
def tell_of_superseded_attempts(attempts: Sequence[Attempt], at: datetime, **_kwargs: Any) -> None:
    """Attempts were closed without counting: those who had begun them are told."""
    tell_of_closed(attempts=attempts, at=at)
