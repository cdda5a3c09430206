"""What templates ask about signing in."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django import template
from django.conf import settings
from django.utils.translation import gettext as _

from apps.accounts.enums import Kept
from apps.accounts.models import User
from apps.accounts.rules import device_of
from apps.core.clock import now

register = template.Library()


@register.filter
def device(user_agent: str) -> str:
    """A browser and its system in words: Chrome on Android."""
    found = device_of(user_agent)
    if found.browser and found.system:
        return _("%(browser)s on %(system)s") % {"browser": found.browser, "system": found.system}
    return found.browser or found.system or _("An unknown device")


@register.filter
def has_passkey(person: User) -> bool:
    """Whether the person has a passkey to show."""
    return is_mfa_enabled(person, [Authenticator.Type.WEBAUTHN])


@register.filter
def within_hour(instant: datetime) -> bool:
    """Whether it is less than an hour ago."""
    return now() - instant < timedelta(hours=1)


@register.simple_tag
def own_market() -> str:
    """The name of the marketplace whose accounts sign in here, or "" where none do."""
    return settings.OIDC_NAME if settings.OIDC_ISSUER else ""


@register.simple_tag
def staff_need_second_factor() -> bool:
    """Whether the admin is entered with a second factor only."""
    return settings.REQUIRE_STAFF_MFA


@register.filter
def in_groups(code: str) -> str:
    """A long code in groups of four, as people read and type it."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


@register.filter
def way_on(session: Mapping[str, str]) -> str:
    """Where staff were going when they were sent to set up a second factor, or ""."""
    return session.get(Kept.WAY_ON, "")
