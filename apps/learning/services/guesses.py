"""Who asks for references that there aren't is counted."""

from datetime import datetime

from django.urls import reverse

from apps.core.pace import count_up
from apps.core.rules import network_of
from apps.learning import rules


def count_guess(*, address: str, at: datetime) -> None:
    """Note that this address asked for a certificate that there isn't. Raises GuessedTooOften past 30 of them."""
    who = network_of(address)
    count = count_up("certificate-guesses", who=who, window=rules.GUESSES_COUNTED_FOR, at=at)
    rules.check_guesses(count, at=at, way_on=reverse("learning:check"))
