"""Tells a reader why not, in the reader's language."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext

from apps.core.rules import Refusal


def explain(refusal: Refusal) -> str:
    """The reason, translated, with its facts filled in; instants in the reader's zone, which is named."""
    return gettext(refusal.reason) % {name: told(fact) for name, fact in refusal.facts.items()}


def told(fact: object) -> object:
    """A fact as it is said to the reader."""
    if not isinstance(fact, datetime):
        return fact
    here = localtime(fact)
    return f"{date_format(here, 'DATETIME_FORMAT')} {date_format(here, 'T')}"
