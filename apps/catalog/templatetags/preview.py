"""Shows an editor's draft through the renderer that readers get."""

from typing import Any

from django import template
from django.template.loader import render_to_string

from apps.catalog.models import EditorialPage
from apps.catalog.queries.previews import preview_context

register = template.Library()


@register.simple_tag(takes_context=True)
def draft_preview(context: dict[str, Any], page: EditorialPage, audience: str) -> str:
    """The whole page as a reader of this audience would see it."""
    shown = preview_context(page, audience, drafts=context.get("drafts", False))
    return render_to_string(page.template_name, shown, request=context.get("request"))
