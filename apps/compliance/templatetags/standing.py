"""What templates say of a standing."""

from typing import Any

from django import template

from apps.accounts.models import Seller
from apps.compliance.enums import StandingWord
from apps.compliance.queries.brief import brief_of
from apps.core.clock import now
from apps.core.refusals import explain
from apps.core.rules import Refusal

register = template.Library()

ICONS = {
    StandingWord.HEALTHY: "shield-check",
    StandingWord.CAUTION: "info",
    StandingWord.AT_RISK: "triangle-alert",
    StandingWord.RESTRICTED: "ban",
}


@register.filter
def explained(refusal: Refusal) -> str:
    """Why not, in the reader's language and zone."""
    return explain(refusal)


@register.filter
def icon_of(word: str) -> str:
    """The icon that stands beside a word for a standing."""
    return ICONS[StandingWord(word)]


@register.filter
def css_name(word: str) -> str:
    """A word for a standing as style sheets write it.

    >>> css_name("at_risk")
    'at-risk'
    """
    return word.replace("_", "-")


@register.inclusion_tag("compliance/_brief.html")
def standing_brief(seller: Seller) -> dict[str, Any]:
    """Where this seller stands, in a few words; one statement."""
    return {"brief": brief_of(seller, now())}
