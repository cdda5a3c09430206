"""Tells a reader why not, in the reader's language."""

from django.utils.translation import gettext

from apps.core.rules import Refusal


def explain(refusal: Refusal) -> str:
    """The reason, translated, with its facts filled in."""
    return gettext(refusal.reason) % refusal.facts
