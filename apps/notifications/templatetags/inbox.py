"""What pages show of a reader's letters."""

from typing import Any

from django import template
from django.template.defaultfilters import linebreaks, urlize
from django.utils.safestring import SafeString, mark_safe

from apps.notifications.queries.inbox import bar_facts, unread_count
from apps.notifications.rules import text_on_site

register = template.Library()


@register.simple_tag(takes_context=True)
def count_unread(context: dict[str, Any]) -> str:
    """Lay the reader's unread letters where `personal` and `own` look for them, for the rest of this template.

    On pages that are kept these stay holes; the view fills them. A page that has counted says so as `unread_count`.
    """
    if not context.get("keeping"):
        unread = context.get("unread_count")
        flags, values = bar_facts(unread_count(context["request"].user) if unread is None else unread)
        context["flags"] = {*context.get("flags", ()), *flags}
        context["values"] = {**context.get("values", {}), **values}
    return ""


@register.filter
def letter_text(text: str) -> SafeString:
    """A letter's plain text in paragraphs, with its addresses as links and nothing else as HTML."""
    return mark_safe(linebreaks(urlize(text_on_site(text), autoescape=True), autoescape=False))  # noqa: S308
