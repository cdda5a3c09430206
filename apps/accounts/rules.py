"""Who may be linked to which seller, and how codes, languages and zones are read."""

import re
from dataclasses import dataclass

from apps.accounts.enums import Region, Route
from apps.core.rules import Refusal, gettext_noop

CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,31}")

ZONES = {Region.INDONESIA: "Asia/Jakarta", Region.UNITED_STATES: "America/Los_Angeles"}
LANGUAGES = {Region.INDONESIA: "id", Region.UNITED_STATES: "en"}


class CodeUnreadable(Refusal):
    """The text is no seller code."""

    status = 422


class SellerTaken(Refusal):
    """Another person stands for this seller already."""


class PersonTaken(Refusal):
    """This person stands for another seller already."""


class EmailUnproven(Refusal):
    """The person hasn't verified the e-mail that the link would rest on."""


@dataclass(frozen=True)
class LinkFacts:
    """What decides whether a person may be linked to a seller."""

    seller_code: str
    seller_person_id: int | None
    person_id: int
    person_seller_code: str | None
    email_verified: bool


def normal_code(text: str) -> str:
    """A seller code as it is kept: trimmed and upper-cased (`policy-programme.md`, "Violations in").

    >>> normal_code("  alice-01 ")
    'ALICE-01'
    """
    code = text.strip().upper()
    if not CODE.fullmatch(code):
        raise CodeUnreadable(
            gettext_noop("A seller code has 2 to 32 letters, digits and hyphens, and starts with a letter or digit.")
        )
    return code


def check_link(facts: LinkFacts) -> None:
    """Refuse a link that would give one seller two persons, one person two sellers, or rest on hearsay."""
    if facts.seller_person_id not in (None, facts.person_id):
        raise SellerTaken(
            gettext_noop("Another person stands for %(code)s. Unlink that person first."), code=facts.seller_code
        )
    if facts.person_seller_code not in (None, facts.seller_code):
        raise PersonTaken(
            gettext_noop("This person stands for %(code)s already. Unlink that seller first."),
            code=facts.person_seller_code,
        )
    if not facts.email_verified:
        raise EmailUnproven(gettext_noop("This person has not verified the e-mail yet. Ask them to sign in once."))


def readable_routes(route: str) -> tuple[str, ...]:
    """The values of a page's route that suit a seller of `route`; all of them where none is chosen.

    >>> readable_routes("affiliate")
    ('affiliate', 'both')
    """
    if route in (Route.AFFILIATE, Route.SELF_SELLING):
        return (str(route), str(Route.BOTH))
    return tuple(str(each) for each in Route)
