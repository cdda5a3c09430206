"""What every template may ask about the site itself."""

from django import template
from django.conf import settings
from django.utils.translation import get_language, get_language_info

register = template.Library()


@register.simple_tag
def market_name() -> str:
    """The marketplace whose training hub this is."""
    return settings.MARKET_NAME


@register.simple_tag
def site_languages() -> list[tuple[str, str]]:
    """Code and own name of every language of the site."""
    return settings.LANGUAGES


@register.simple_tag
def is_debug() -> bool:
    """Whether this is a demo or a developer's machine."""
    return settings.DEBUG


@register.simple_tag
def section_url(section: str) -> str:
    """The address of `courses`, `policies` or `updates` (or "" for the home page) in the reader's language."""
    return f"/{get_language()}/{section}/" if section else f"/{get_language()}/"


@register.filter
def language_name(code: str) -> str:
    """A language's name as the reader calls it: `id` → Indonesian, or Indonesia."""
    return str(get_language_info(code)["name_translated"])


@register.simple_tag
def base_url() -> str:
    """Where the site stands, for addresses that others follow: `https://university.example`."""
    return settings.BASE_URL
