"""Doors of the site: `pages` and `search` for people, `errors`, `operations` for machines, staff and the demo."""

from apps.web.views.errors import bad_request, forbidden, not_found, server_error
from apps.web.views.operations import (
    demo_mail,
    healthz,
    media,
    private_page_sign_in,
    readyz,
    robots,
    staff_sign_in,
    staff_sign_out,
    style,
    style_letter,
    style_letters,
)
from apps.web.views.pages import dashboard, help_page, profile, section, start, welcome
from apps.web.views.search import search

__all__ = [
    "bad_request",
    "dashboard",
    "demo_mail",
    "forbidden",
    "healthz",
    "help_page",
    "media",
    "not_found",
    "private_page_sign_in",
    "profile",
    "readyz",
    "robots",
    "search",
    "section",
    "server_error",
    "staff_sign_in",
    "staff_sign_out",
    "start",
    "style",
    "style_letter",
    "style_letters",
    "welcome",
]
