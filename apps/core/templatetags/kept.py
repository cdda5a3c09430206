"""What is personal about a page, in its template.

`{% personal "flag" %}…{% otherwise %}…{% endpersonal %}` is a choice that a flag of the reader decides,
`{% own "name" %}` a value of the reader's. In a page rendered for keeping (`keeping` in the context) both become
holes; elsewhere they are decided at once from `flags` and `values` of the context.
"""

from typing import Any
from urllib.parse import quote

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.core.kept import mark_choice, mark_value

register = template.Library()


class PersonalNode(template.Node):
    """A choice that a flag of the reader decides."""

    child_nodelists = ("yes", "no")

    def __init__(self, flag: FilterExpression, yes: NodeList, no: NodeList) -> None:
        self.flag, self.yes, self.no = flag, yes, no

    def render(self, context: template.Context) -> SafeString:
        """Both sides, or the reader's."""
        flag = str(self.flag.resolve(context))
        if context.get("keeping"):
            return mark_safe(mark_choice(flag, self.yes.render(context), self.no.render(context)))  # noqa: S308
        return (self.yes if flag in context.get("flags", ()) else self.no).render(context)


@register.tag
def personal(parser: Parser, token: Token) -> PersonalNode:
    """Read `{% personal flag %}` up to its end."""
    _name, flag = token.split_contents()
    yes, no = parser.parse(("otherwise", "endpersonal")), NodeList()
    if parser.next_token().contents == "otherwise":
        no = parser.parse(("endpersonal",))
        parser.delete_first_token()
    return PersonalNode(parser.compile_filter(flag), yes, no)


@register.simple_tag(takes_context=True)
def own(context: dict[str, Any], name: str) -> str:
    """A value of the reader's, as HTML."""
    if context.get("keeping"):
        return mark_safe(mark_value(name))  # noqa: S308
    return context.get("values", {}).get(name, "")


@register.simple_tag(takes_context=True)
def own_csrf(context: dict[str, Any]) -> str:
    """The hidden field with the reader's CSRF token, on pages that are kept and on those that aren't."""
    if context.get("keeping"):
        return mark_safe(mark_value("csrf"))  # noqa: S308
    token = context.get("csrf_token")
    return mark_safe(f'<input type="hidden" name="csrfmiddlewaretoken" value="{token}">') if token else ""  # noqa: S308


@register.simple_tag(takes_context=True)
def own_address(context: dict[str, Any], encoded: str = "") -> str:
    """Where the reader is, with what stands behind the `?`; `"encoded"` for the inside of another address."""
    if context.get("keeping"):
        return mark_safe(mark_value("address_encoded" if encoded else "address"))  # noqa: S308
    address = context["request"].get_full_path() if "request" in context else ""
    return quote(address, safe="") if encoded else escape(address)


@register.simple_tag(takes_context=True)
def own_messages(context: dict[str, Any]) -> str:
    """What the site has to say to this reader since the last page."""
    if context.get("keeping"):
        return mark_safe(mark_value("messages"))  # noqa: S308
    return render_to_string("_components/messages.html", {"messages": context.get("messages", [])})
