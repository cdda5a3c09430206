"""Every way to sign in, in a real browser on a phone: password, code, passkey, app, recovery code, OpenID."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.utils import user_pk_to_url_str
from playwright.sync_api import CDPSession, Page, expect

from apps.accounts.enums import Role
from apps.accounts.models import Seller, User
from tests.browser.conftest import DESK, PHONE
from tests.factories.accounts import PASSWORD, PersonFactory
from tests.factories.catalog import Market
from tests.factories.sign_in import code_of, link_account, recovery_codes_of, set_up_app
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, OpenIDProvider, running_provider
from tests.screens import code_in_mail


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(page_at: Callable[..., Page], request: pytest.FixtureRequest) -> Page:
    """A phone, with scripts and without."""
    return page_at(PHONE, javascript=request.param)


def press(page: Page, words: str) -> None:
    """Press the button of exactly these words."""
    page.get_by_role("button", name=words, exact=True).click()


def by_password(page: Page, person: User, path: str = "/accounts/login/") -> None:
    """Type address and password."""
    page.goto(path)
    page.locator("[name=login]").fill(person.email)
    page.locator("[name=password]").fill(PASSWORD)
    press(page, "Sign in")


def expect_heading(page: Page, words: str) -> None:
    """The page says this on top."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def signed_in(page: Page) -> bool:
    """Whether the site knows who this is, asked by opening a page that needs it."""
    page.goto("/security/")
    return urlsplit(page.url).path == "/security/"


def test_by_password(market: Market, person: User, page: Page) -> None:
    by_password(page, person)
    expect_heading(page, "Hello, Ayu")


def test_by_a_code_from_the_mail(market: Market, person: User, page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Send me a code by e-mail").click()
    page.locator("[name=email]").fill(person.email)
    press(page, "Send the code")
    expect_heading(page, "Enter the code")
    page.locator("[name=code]").fill(code_in_mail())
    press(page, "Confirm")
    expect_heading(page, "Hello, Ayu")


def test_with_an_app(market: Market, person: User, page: Page) -> None:
    """Set up on this phone, asked for at the next sign-in."""
    by_password(page, person, "/accounts/login/?next=/security/")
    page.get_by_role("link", name="Set up").click()
    page.locator("[name=password]").fill(PASSWORD)
    press(page, "Confirm")
    page.get_by_text("I can’t scan it").click()
    secret = page.locator(".secret code").inner_text().replace(" ", "")
    page.locator("[name=code]").fill(code_of(secret))
    press(page, "Turn it on")
    expect_heading(page, "Recovery codes")
    expect(page.locator(".codes li")).to_have_count(10)

    page.goto("/profile/")
    press(page, "Sign out")
    by_password(page, person)
    expect_heading(page, "The second step")
    page.locator("[name=code]").fill("000000")
    press(page, "Sign in")
    expect(page.locator(".summary-of-errors")).to_be_visible()
    page.locator("[name=code]").fill(code_of(secret))
    press(page, "Sign in")
    expect_heading(page, "Hello, Ayu")


def test_with_a_recovery_code_once(market: Market, person: User, page_at: Callable[..., Page], page: Page) -> None:
    set_up_app(person)
    code = recovery_codes_of(person)[0]
    by_password(page, person)
    page.locator("[name=code]").fill(f"{code[:4]} {code[4:]}")
    press(page, "Sign in")
    expect_heading(page, "Hello, Ayu")

    thief = page_at(PHONE)
    by_password(thief, person)
    thief.locator("[name=code]").fill(code)
    press(thief, "Sign in")
    expect(thief.locator(".summary-of-errors")).to_be_visible()
    assert not signed_in(thief)


# --- Passkeys: a virtual authenticator, on a host with a name ------------------------------------------------


@pytest.fixture
def named(page_at: Callable[..., Page], live_server: Any) -> Callable[[], Page]:
    """Makes phones that open the site as localhost: numbers have no passkeys."""
    return lambda: page_at(PHONE, base=f"http://localhost:{live_server.thread.port}")


class Device:
    """The part of a phone that holds passkeys and knows its owner's finger."""

    def __init__(self, page: Page) -> None:
        self.chromium: CDPSession = page.context.new_cdp_session(page)
        self.chromium.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = self.chromium.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.ident = made["authenticatorId"]

    def credentials(self) -> list[dict[str, Any]]:
        """What it holds."""
        return self.chromium.send("WebAuthn.getCredentials", {"authenticatorId": self.ident})["credentials"]

    def give(self, credential: dict[str, Any]) -> None:
        """Let it hold one that another device made."""
        self.chromium.send("WebAuthn.addCredential", {"authenticatorId": self.ident, "credential": credential})

    def know_finger(self, known: bool) -> None:
        """Whether the finger on it is its owner's."""
        self.chromium.send("WebAuthn.setUserVerified", {"authenticatorId": self.ident, "isUserVerified": known})


def add_passkey(page: Page, person: User, *, alone: bool = True, name: str = "My phone") -> None:
    """From the page Security to a passkey in the list."""
    by_password(page, person, "/accounts/login/?next=/accounts/2fa/webauthn/add/")
    page.locator("[name=password]").fill(PASSWORD)
    press(page, "Confirm")
    page.locator("[name=name]").fill(name)
    page.locator("[name=passwordless]").set_checked(alone)
    press(page, "Add the passkey")
    expect_heading(page, "Recovery codes")


def sign_out(page: Page) -> None:
    """Sign out."""
    page.goto("/profile/")
    press(page, "Sign out")
    expect(page.locator(".message").first).to_be_visible()


def test_by_a_passkey_alone(market: Market, person: User, named: Callable[[], Page]) -> None:
    page = named()
    device = Device(page)
    add_passkey(page, person)
    assert [each["isResidentCredential"] for each in device.credentials()] == [True]
    page.goto("/security/")
    expect(page.locator(".way", has_text="My phone")).to_contain_text("opens your account alone")
    sign_out(page)

    page.goto("/accounts/login/?next=/help/")
    press(page, "Sign in with a passkey")
    expect_heading(page, "Help")
    assert signed_in(page)


def test_by_a_passkey_that_its_owner_does_not_hold(market: Market, person: User, named: Callable[[], Page]) -> None:
    page = named()
    device = Device(page)
    add_passkey(page, person)
    sign_out(page)
    device.know_finger(False)
    page.goto("/accounts/login/")
    press(page, "Sign in with a passkey")
    expect(page.get_by_text("No passkey came. Try again, or go another way.")).to_be_visible()
    assert not signed_in(page)


def test_by_a_passkey_as_second_step(market: Market, person: User, named: Callable[[], Page]) -> None:
    page = named()
    Device(page)
    add_passkey(page, person, alone=False)
    sign_out(page)
    by_password(page, person)
    expect_heading(page, "The second step")
    press(page, "Use a passkey")
    expect_heading(page, "Hello, Ayu")


def test_a_passkey_of_another_account_opens_nothing(
    market: Market, person: User, other_person: User, named: Callable[[], Page]
) -> None:
    """Ben's own passkey, under the number by which this site knows Ayu, and as Ayu's second step."""
    bens = named()
    bens_device = Device(bens)
    add_passkey(bens, other_person)
    (credential,) = bens_device.credentials()

    ayus = named()
    Device(ayus)
    add_passkey(ayus, person)

    thief = named()
    device = Device(thief)
    set_up_app(person)
    device.give({**credential, "userHandle": handle_of(person)})
    thief.goto("/accounts/login/")
    press(thief, "Sign in with a passkey")
    expect(thief.locator(".message--error")).to_be_visible()
    assert not signed_in(thief)

    by_password(thief, person)
    expect_heading(thief, "The second step")
    press(thief, "Use a passkey")
    expect(thief.locator(".field__error:visible")).to_be_visible()
    assert not signed_in(thief)


def handle_of(person: User) -> str:
    """By what name a passkey knows its person, as the browser's tools write it."""
    return base64.b64encode(user_pk_to_url_str(person).encode()).decode()


def test_a_removed_passkey_opens_nothing(market: Market, person: User, named: Callable[[], Page]) -> None:
    page = named()
    Device(page)
    add_passkey(page, person)
    page.goto("/security/")
    page.get_by_role("link", name="Remove My phone").click()
    press(page, "Remove the passkey")
    expect(page.locator(".message").first).to_be_visible()
    sign_out(page)
    page.goto("/accounts/login/")
    press(page, "Sign in with a passkey")
    expect(page.locator(".message--error")).to_be_visible()
    assert not signed_in(page)


def test_a_number_for_an_address_has_no_passkeys_and_says_so(
    market: Market, person: User, page_at: Callable[..., Page], live_server: Any
) -> None:
    page = page_at(PHONE, base=f"http://127.0.0.1:{live_server.thread.port}")
    Device(page)
    page.goto("/accounts/login/")
    press(page, "Sign in with a passkey")
    expect(page.get_by_text("Passkeys do not work under this address of the site.")).to_be_visible()


def test_without_scripts_there_is_another_way(market: Market, person: User, page_at: Callable[..., Page]) -> None:
    page = page_at(PHONE, javascript=False)
    by_password(page, person, "/accounts/login/?next=/accounts/2fa/webauthn/add/")
    page.locator("[name=password]").fill(PASSWORD)
    press(page, "Confirm")
    expect(page.get_by_role("link", name="Set up an app")).to_be_visible()
    expect(page.get_by_role("button", name="Add the passkey")).to_be_hidden()


# --- The marketplace's own accounts ---------------------------------------------------------------------------


@pytest.fixture
def provider(settings: Any, live_server: Any) -> Iterator[OpenIDProvider]:
    """A provider on another port, and this site set up for it."""
    with running_provider() as provider:
        settings.OIDC_ISSUER, settings.BASE_URL = provider.address, live_server.url
        settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
        yield provider


def test_with_an_account_of_the_marketplace(market: Market, page: Page, provider: OpenIDProvider) -> None:
    told = {"seller_code": "CARLA-01", "shop_name": "Carla’s Kitchen", "region": "US"}
    provider.knows("carla", email="carla@example.com", email_verified=True, name="Carla Ruiz", **told)
    page.goto("/accounts/login/")
    press(page, "Sign in with Lantern Market")
    page.get_by_role("link", name="I am carla").click()
    expect(page.locator(".message").first).to_have_text(re.compile("Your shop Carla’s Kitchen is linked."))
    assert Seller.objects.get().person == User.objects.get()


def test_an_account_of_the_marketplace_with_a_second_step(
    market: Market, person: User, page: Page, provider: OpenIDProvider
) -> None:
    secret = set_up_app(person)
    link_account(person, issuer=provider.address, sub="ayu")
    provider.knows("ayu", name="Ayu")
    page.goto("/accounts/login/")
    press(page, "Sign in with Lantern Market")
    page.get_by_role("link", name="I am ayu").click()
    expect_heading(page, "The second step")
    page.locator("[name=code]").fill(code_of(secret))
    press(page, "Sign in")
    expect_heading(page, "Hello, Ayu")


# --- Staff ----------------------------------------------------------------------------------------------------


def test_staff_without_a_second_factor_are_kept_out_of_the_admin(
    market: Market, page_at: Callable[..., Page], settings: Any
) -> None:
    settings.REQUIRE_STAFF_MFA = True
    staff = PersonFactory(email="ops@example.com", role=Role.OPERATOR)
    page = page_at(DESK)
    by_password(page, staff, "/accounts/login/?next=/cms/")
    expect_heading(page, "First a second step")
    page.get_by_role("link", name="Set up an app").click()
    page.locator("[name=password]").fill(PASSWORD)
    press(page, "Confirm")
    page.get_by_text("I can’t scan it").click()
    page.locator("[name=code]").fill(code_of(page.locator(".secret code").inner_text().replace(" ", "")))
    press(page, "Turn it on")
    page.get_by_role("link", name="I have kept them: go on").click()
    expect(page).to_have_url(re.compile(r"/cms/$"))
