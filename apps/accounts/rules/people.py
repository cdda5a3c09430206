"""Who may be linked to which seller, who may change how one comes in, and how codes, languages and zones are read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

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
    seller_person_email: str
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


def usual_zone(language: str) -> str:
    """The zone of the region that speaks this language: the best guess where no browser names one.

    >>> usual_zone("en")
    'America/Los_Angeles'
    """
    return next((ZONES[region] for region, spoken in LANGUAGES.items() if spoken == language), "UTC")


def check_link(facts: LinkFacts) -> None:
    """Refuse a link that would give one seller two persons, one person two sellers, or rest on hearsay."""
    if facts.seller_person_id not in (None, facts.person_id):
        raise SellerTaken(
            gettext_noop(
                "%(code)s is linked to %(email)s. To link somebody else, first empty the e-mail of its person and save."
            ),
            code=facts.seller_code,
            email=facts.seller_person_email,
        )
    if facts.person_seller_code not in (None, facts.seller_code):
        raise PersonTaken(
            gettext_noop(
                "This person is linked to %(code)s. To link another seller, first open %(code)s, empty the e-mail of "
                "its person and save."
            ),
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


# --- What the marketplace's own sign-in says --------------------------------------------------------------


class AddressKnown(Refusal):
    """An account here has this address already; who has it must sign in and link the other one."""


class ClaimUnreadable(Refusal):
    """What the marketplace says of the shop is incomplete or makes no sense."""

    status = 422


class ClaimTaken(Refusal):
    """What the marketplace says of the shop contradicts whom somebody stands for here."""


@dataclass(frozen=True)
class SellerClaim:
    """The shop that a person stands for, in the marketplace's own words. It says nothing of the seller's state."""

    code: str
    shop_name: str
    region: str


def read_claim(claims: Mapping[str, object], *, code: str, shop_name: str, region: str) -> SellerClaim | None:
    """The shop that the claims of these names tell of; None where they name no seller code.

    >>> read_claim({"code": "alice-01", "shop": "Alice", "in": "id"}, code="code", shop_name="shop", region="in")
    SellerClaim(code='ALICE-01', shop_name='Alice', region='ID')
    """
    told = {
        name: str(claims.get(key) or "").strip() for name, key in (("code", code), ("shop", shop_name), ("in", region))
    }
    if not told["code"]:
        return None
    known = told["in"].upper() in set(Region)
    if not known or not 0 < len(told["shop"]) <= 120 or not CODE.fullmatch(told["code"].upper()):
        raise ClaimUnreadable(
            gettext_noop(
                "You are signed in, but your shop was not linked: what the marketplace tells us of it is incomplete. "
                "Write to us through the help page."
            )
        )
    return SellerClaim(normal_code(told["code"]), told["shop"], told["in"].upper())


def check_claim(facts: LinkFacts) -> None:
    """Refuse a claim against what stands here, without telling who the other one is."""
    if facts.seller_person_id not in (None, facts.person_id):
        raise ClaimTaken(
            gettext_noop(
                "You are signed in, but not for %(code)s: somebody else stands for that shop here. If it is yours, "
                "write to us through the help page."
            ),
            code=facts.seller_code,
        )
    if facts.person_seller_code not in (None, facts.seller_code):
        raise ClaimTaken(
            gettext_noop(
                "You are signed in and stand for %(linked)s here, but the marketplace names %(code)s now. Nothing was "
                "changed. To change over, write to us through the help page."
            ),
            linked=facts.person_seller_code,
            code=facts.seller_code,
        )


# --- How one comes in -------------------------------------------------------------------------------------

CODE_COUNTS_FOR = timedelta(minutes=15)
MOST_WRONG_CODES = 3


class PasswordNeeded(Refusal):
    """Without the password only the mailbox would be left to come in by."""


class CodeWrong(Refusal):
    """The code isn't the one that was sent."""

    status = 422


class CodeGone(Refusal):
    """There is no code to be entered: none was asked for, it is too old, or too many were wrong."""


@dataclass(frozen=True)
class Passkey:
    """A passkey or security key; `number` is how its addresses name it, `opens_alone` whether it needs no password."""

    number: int
    name: str
    opens_alone: bool
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class WaysIn:
    """By what a person comes in, besides the code by e-mail that everyone has.

    `recovery_codes` are those not used yet, None where there are none at all; `linked` the marketplace's accounts.
    """

    has_password: bool
    app_since: datetime | None
    passkeys: tuple[Passkey, ...]
    recovery_codes: int | None
    linked: tuple[str, ...]

    @property
    def has_second_factor(self) -> bool:
        """Whether signing in takes two steps, or one that counts for two."""
        return self.app_since is not None or bool(self.passkeys)


def check_password_can_go(ways: WaysIn) -> None:
    """Refuse to remove a password that nothing but the mailbox would be left of."""
    if not (ways.linked or any(each.opens_alone for each in ways.passkeys)):
        raise PasswordNeeded(
            gettext_noop(
                "Add a passkey first. Without it only codes by e-mail would be left, and who loses the mailbox would "
                "lose the account."
            )
        )


def check_code_counts(*, asked_at: datetime | None, wrong: int, at: datetime) -> None:
    """Refuse any code where none is waited for. `asked_at` is None where none was asked for."""
    if asked_at is None or wrong >= MOST_WRONG_CODES or at - asked_at >= CODE_COUNTS_FOR:
        raise CodeGone(gettext_noop("This code no longer counts. Begin again here, and you get a new one."))


# --- Devices ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Device:
    """A browser and a system by the names that people know; "" for what can't be told."""

    browser: str
    system: str


# The first that is found counts: every browser also names those that it wants to pass for.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> Device:
    """What a browser calls itself, in two words.

    >>> device_of("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537 (KHTML, like Gecko) Chrome/131 Safari/537")
    Device(browser='Chrome', system='Android')
    """
    browser = next((name for sign, name in BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in SYSTEMS if sign in user_agent), "")
    return Device(browser, system)
