"""Sign-in with the marketplace's own accounts, against a provider that really answers."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from apps.accounts.enums import Role, SellerState
from apps.accounts.models import Seller, User
from tests.factories.accounts import PASSWORD, PersonFactory, SellerFactory
from tests.factories.catalog import Market
from tests.factories.sign_in import code_of, link_account, set_up_app
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, FOREIGN_KEY, KEY, KEY_NAME, OpenIDProvider, running_provider
from tests.screens import (
    address,
    buttons,
    code_in_mail,
    delivered,
    follow,
    form_with,
    go,
    heading,
    press,
    soup_of,
    words,
)

SIGN_IN = "Sign in with Lantern Market"
SHOP = {"seller_code": "carla-01", "shop_name": "Carla’s Kitchen", "region": "US"}
FAILED = "That sign-in did not work"


@pytest.fixture(scope="module")
def running() -> Iterator[OpenIDProvider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: OpenIDProvider, settings: Any) -> OpenIDProvider:
    """The provider, honest and empty, and this site set up for it."""
    fresh = OpenIDProvider(address=running.address)
    running.__dict__.update(fresh.__dict__)
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = (
        running.address,
        CLIENT_ID,
        CLIENT_SECRET,
    )
    settings.BASE_URL = "http://testserver"
    return running


def leave(client: Client, page: HttpResponse, button: str) -> str:
    """Press the button that leads to the marketplace; the address there."""
    leaving = press(client, page, button)
    assert heading(leaving) == "On to Lantern Market", words(leaving)
    there = soup_of(leaving).find("a", string=lambda words: words and words.strip() == "Go on")["href"]
    assert leaving["Refresh"] == f"0; url={there}"
    return there


def sign_in(client: Client, provider: OpenIDProvider, sub: str, *, path: str = "/accounts/login/") -> HttpResponse:
    """From our page to the marketplace, sign in there, and back."""
    button = SIGN_IN if "/login/" in path else "Go on to Lantern Market"
    back = provider.sign_in(leave(client, client.get(path), button), sub)
    return follow(client, client.get(back.removeprefix("http://testserver")))


def said(page: HttpResponse) -> list[str]:
    return [" ".join(each.get_text(" ").split()) for each in soup_of(page).select(".message")]


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.django_db
class TestWithoutAnIssuer:
    def test_there_is_no_button_and_no_door(self, visitor: Client, person_client: Client) -> None:
        assert SIGN_IN not in buttons(visitor.get("/accounts/login/"))
        assert visitor.get("/accounts/market/").status_code == 404
        assert visitor.post("/accounts/market/").status_code == 404
        assert visitor.get("/accounts/market/return/?code=x&state=y").status_code == 404
        assert person_client.post("/security/market/link/").status_code in {302, 404}
        assert "Lantern Market account" not in words(person_client.get("/security/"))


class TestANewPerson:
    def test_comes_in_with_name_address_and_shop(
        self, market: Market, visitor: Client, provider: OpenIDProvider
    ) -> None:
        provider.knows("u-1", email="Carla@example.com", email_verified=True, name="Carla Ruiz", **SHOP)
        page = sign_in(visitor, provider, "u-1")
        person = User.objects.get()
        assert address(page) == "/welcome/"
        assert (person.email, person.name, person.language) == ("carla@example.com", "Carla Ruiz", "en")
        assert not person.has_usable_password()
        assert EmailAddress.objects.get(user=person).verified
        seller = Seller.objects.get()
        assert (seller.code, seller.shop_name, seller.region, seller.person) == (
            "CARLA-01",
            "Carla’s Kitchen",
            "US",
            person,
        )
        assert said(page) == ["Your shop Carla’s Kitchen is linked."]
        account = SocialAccount.objects.get()
        assert (account.provider, account.uid) == (provider.address, "u-1")
        assert set(account.extra_data) == {"email", "name", "seller_code", "shop_name", "region"}, "no tokens are kept"

    def test_is_asked_for_with_pkce_and_a_nonce(
        self, market: Market, visitor: Client, provider: OpenIDProvider
    ) -> None:
        provider.knows("u-1", email="a@example.com", email_verified=True, name="A")
        sign_in(visitor, provider, "u-1")
        (asked,) = provider.asked
        assert (asked["code_challenge_method"], asked["response_type"]) == ("S256", "code")
        assert len(asked["nonce"]) == 64
        assert asked["redirect_uri"] == "http://testserver/accounts/market/return/"
        assert set(asked["scope"].split()) == {"openid", "profile", "email"}

    def test_shows_first_that_an_unverified_address_is_theirs(
        self, market: Market, visitor: Client, provider: OpenIDProvider
    ) -> None:
        provider.knows("u-1", email="new@example.com", email_verified="true", name="New", **SHOP)
        page = sign_in(visitor, provider, "u-1")
        assert heading(page) == "Enter the code"
        assert not is_in(visitor)
        assert not Seller.objects.filter(person__isnull=False).exists()
        page = press(visitor, page, "Confirm", code=code_in_mail())
        assert address(page) == "/welcome/"
        assert Seller.objects.get().person == User.objects.get()

    def test_without_a_name_is_asked_for_it(self, market: Market, visitor: Client, provider: OpenIDProvider) -> None:
        provider.knows("u-1", email="a@example.com", email_verified=True)
        page = sign_in(visitor, provider, "u-1")
        assert heading(page) == "One more thing"
        assert not User.objects.exists()
        wrong = press(visitor, page, "Create the account", name="")
        assert wrong.status_code == 422
        page = press(visitor, wrong, "Create the account", name="Ana")
        assert address(page) == "/welcome/"
        assert User.objects.get().name == "Ana"

    def test_goes_on_to_where_they_were_going(self, market: Market, visitor: Client, provider: OpenIDProvider) -> None:
        provider.knows("u-1", email="a@example.com", email_verified=True, name="A")
        page = sign_in(visitor, provider, "u-1", path=f"/accounts/login/?next={market.anchors.url}")
        assert address(page) == f"/welcome/?next={market.anchors.url}"

    def test_may_turn_back(self, market: Market, visitor: Client, provider: OpenIDProvider) -> None:
        page = sign_in(visitor, provider, "nobody")
        assert (heading(page), is_in(visitor)) == ("You turned back", False)


class TestAKnownPerson:
    def test_comes_back_to_the_same_account_whatever_the_address_there(
        self, market: Market, person: User, visitor: Client, provider: OpenIDProvider
    ) -> None:
        link_account(person, issuer=provider.address, sub="u-1")
        provider.knows("u-1", email="another@example.com", email_verified=True, name="X")
        page = sign_in(visitor, provider, "u-1")
        assert heading(page) == "Hello, Ayu"
        person.refresh_from_db()
        assert person.email == "ayu@example.com"

    def test_still_takes_the_second_step(
        self, market: Market, person: User, visitor: Client, provider: OpenIDProvider
    ) -> None:
        secret = set_up_app(person)
        link_account(person, issuer=provider.address, sub="u-1")
        provider.knows("u-1", name="X", **SHOP)
        page = sign_in(visitor, provider, "u-1")
        assert (heading(page), is_in(visitor)) == ("The second step", False)
        assert not Seller.objects.exists(), "nothing is linked before it"
        page = press(visitor, page, "Sign in", code=code_of(secret))
        assert heading(page) == "Hello, Ayu"
        assert Seller.objects.get().person == person

    def test_whom_staff_shut_out_stays_out(
        self, market: Market, person: User, visitor: Client, provider: OpenIDProvider
    ) -> None:
        link_account(person, issuer=provider.address, sub="u-1")
        User.objects.filter(pk=person.pk).update(is_active=False)
        provider.knows("u-1", name="X")
        sign_in(visitor, provider, "u-1")
        assert not is_in(visitor)

    def test_of_another_issuer_is_somebody_else(
        self, market: Market, person: User, visitor: Client, provider: OpenIDProvider
    ) -> None:
        """Operators who change over to another issuer don't hand the accounts to whoever has the numbers there."""
        link_account(person, issuer="https://former.example", sub="u-1")
        provider.knows("u-1", email="new@example.com", email_verified=True, name="New")
        sign_in(visitor, provider, "u-1")
        assert visitor.session["_auth_user_id"] != str(person.pk)


class TestAnAddressThatHasAnAccount:
    def test_is_told_to_sign_in_and_link_where_the_marketplace_has_verified_it(
        self, market: Market, person: User, visitor: Client, provider: OpenIDProvider
    ) -> None:
        provider.knows("u-1", email="AYU@example.com", email_verified=True, name="Ayu", **SHOP)
        page = sign_in(visitor, provider, "u-1")
        assert page.status_code == 409
        assert "Sign in to it first; then link your Lantern Market account" in words(page)
        assert not is_in(visitor)
        assert not SocialAccount.objects.exists()
        assert not Seller.objects.exists()

    @pytest.mark.parametrize("verified", [False, None, "true", "false", 1])
    def test_is_not_given_away_where_it_has_not(
        self, market: Market, person: User, visitor: Client, provider: OpenIDProvider, verified: object
    ) -> None:
        provider.knows("u-1", email=person.email, email_verified=verified, name="Mallory", **SHOP)
        page = sign_in(visitor, provider, "u-1")
        assert heading(page) == "Enter the code", "as for any new address"
        assert delivered()[-1].subject == "You already have an account"
        assert "    " not in delivered()[-1].body, "the letter holds no code"
        assert (is_in(visitor), SocialAccount.objects.count(), User.objects.count()) == (False, 0, 1)

    def test_lets_in_where_operators_trust_it(
        self, market: Market, person: User, visitor: Client, provider: OpenIDProvider, settings: Any
    ) -> None:
        settings.OIDC_TRUST_EMAIL = True
        provider.knows("u-1", email=person.email, email_verified=True, name="Ayu")
        assert heading(sign_in(visitor, provider, "u-1")) == "Hello, Ayu"
        assert SocialAccount.objects.get().user == person
        assert "Your Lantern Market account was linked" in [each.subject for each in delivered()]

    def test_never_lets_in_as_staff(
        self, market: Market, visitor: Client, provider: OpenIDProvider, settings: Any
    ) -> None:
        settings.OIDC_TRUST_EMAIL = True
        staff = PersonFactory(role=Role.OPERATOR)
        provider.knows("u-1", email=staff.email, email_verified=True, name="Mallory")
        assert sign_in(visitor, provider, "u-1").status_code == 409
        assert not is_in(visitor)


class TestAnAddressThatSomebodyElseSignedUpWith:
    """Whoever knows an address can sign up with it; who proves it must not share the account with them."""

    NEW = {"name": "Mallory", "email": "ayu@example.com", "password1": PASSWORD}

    @pytest.fixture
    def mallory(self, market: Market) -> Client:
        return Client()

    def squat(self, mallory: Client, provider: OpenIDProvider, way: str) -> None:
        """Sign up with the address, by password or with an account of the marketplace, and prove nothing."""
        if way == "password":
            page = press(mallory, mallory.get("/accounts/signup/"), "Create the account", **self.NEW)
        else:
            provider.knows("u-m", email="ayu@example.com", email_verified=False, name="Mallory")
            page = sign_in(mallory, provider, "u-m")
        assert heading(page) == "Enter the code"
        assert (is_in(mallory), User.objects.get().email) == (False, "ayu@example.com")

    def come_back(self, provider: OpenIDProvider) -> list[Client]:
        """By the password and with the account of before, in new browsers."""
        by_password, by_market = Client(), Client()
        page = by_password.get("/accounts/login/")
        press(by_password, page, "Sign in", login="ayu@example.com", password=PASSWORD)
        provider.knows("u-m", email="ayu@example.com", email_verified=False, name="Mallory")
        sign_in(by_market, provider, "u-m")
        return [by_password, by_market]

    @pytest.mark.parametrize("trusted", [False, True])
    @pytest.mark.parametrize("way", ["password", "market"])
    def test_is_a_new_persons_whose_marketplace_has_verified_it(
        self, mallory: Client, visitor: Client, provider: OpenIDProvider, settings: Any, way: str, trusted: bool
    ) -> None:
        settings.OIDC_TRUST_EMAIL = trusted
        self.squat(mallory, provider, way)
        provider.knows("u-1", email="ayu@example.com", email_verified=True, name="Ayu")
        assert address(sign_in(visitor, provider, "u-1")) == "/welcome/"
        person = User.objects.get()
        assert (person.name, person.has_usable_password()) == ("Ayu", False)
        assert list(SocialAccount.objects.values_list("uid", "user")) == [("u-1", person.pk)]
        left = mallory.post("/accounts/confirm-email/", {"code": "ABC-DEF"}, follow=True)
        assert left.status_code in {200, 422}
        assert not any(is_in(each) for each in [mallory, *self.come_back(provider)])

    @pytest.mark.parametrize("way", ["password", "market"])
    def test_opens_by_a_code_and_by_nothing_of_theirs(
        self, mallory: Client, visitor: Client, provider: OpenIDProvider, way: str
    ) -> None:
        self.squat(mallory, provider, way)
        page = press(visitor, visitor.get("/accounts/login/code/"), "Send the code", email="ayu@example.com")
        page = press(visitor, page, "Confirm", code=code_in_mail())
        assert is_in(visitor)
        assert any("It no longer counts" in each for each in said(page)) == (way == "password")
        assert visitor.get("/security/").status_code == 200, "and stays open"
        assert not User.objects.get().has_usable_password()
        assert not SocialAccount.objects.exists()
        assert not any(is_in(each) for each in [mallory, *self.come_back(provider)])

    @pytest.mark.parametrize("way", ["password", "market"])
    def test_opens_by_a_password_set_anew_and_by_nothing_of_theirs(
        self, mallory: Client, visitor: Client, provider: OpenIDProvider, way: str
    ) -> None:
        new = "a-new-one-by-its-owner"
        self.squat(mallory, provider, way)
        press(visitor, visitor.get("/accounts/password/reset/"), "Send me a link", email="ayu@example.com")
        link = next(part for part in delivered()[-1].body.split() if "/password/reset/key/" in part)
        page = follow(visitor, visitor.get(link.removeprefix("http://testserver")))
        press(visitor, page, "Set the password", password1=new, password2=new)
        assert not SocialAccount.objects.exists()
        page = visitor.get("/accounts/login/")
        press(visitor, page, "Sign in", login="ayu@example.com", password=new)
        assert is_in(visitor)
        assert User.objects.get().has_usable_password()
        assert not any(is_in(each) for each in [mallory, *self.come_back(provider)])

    @pytest.mark.parametrize("later", [False, True])
    def test_keeps_the_password_of_who_proves_it_and_knows_it(
        self, market: Market, visitor: Client, provider: OpenIDProvider, later: bool
    ) -> None:
        """It was the reader of the mail after all: in the session of the sign-up, or later by the same password."""
        page = press(visitor, visitor.get("/accounts/signup/"), "Create the account", **self.NEW)
        if later:
            visitor.cookies.clear()
            cache.clear()  # minutes later, when the next code may be sent
            page = visitor.get("/accounts/login/")
            page = press(visitor, page, "Sign in", login="ayu@example.com", password=PASSWORD)
        press(visitor, page, "Confirm", code=code_in_mail())
        assert is_in(visitor)
        assert User.objects.get().check_password(PASSWORD)

    @pytest.mark.parametrize("facts", [{"role": Role.OPERATOR}, {"is_active": False}])
    def test_is_not_given_up_where_operators_had_a_hand_in_it(
        self, market: Market, visitor: Client, provider: OpenIDProvider, facts: dict[str, Any]
    ) -> None:
        made = PersonFactory(email="ayu@example.com", verified=False, **facts)
        provider.knows("u-1", email="ayu@example.com", email_verified=True, name="Ayu")
        assert sign_in(visitor, provider, "u-1").status_code == 409
        assert User.objects.get() == made


class TestLinking:
    def link(self, client: Client, provider: OpenIDProvider, sub: str) -> HttpResponse:
        page = press(client, client.get("/security/"), "Link it Lantern Market")
        if heading(page) == "Is it you?":
            page = press(client, page, "Confirm", password=PASSWORD)
        there = soup_of(page).find("a", string=lambda words: words and words.strip() == "Go on")["href"]
        return follow(client, client.get(provider.sign_in(there, sub).removeprefix("http://testserver")))

    def test_by_who_is_signed_in_and_shows_it_again(
        self, market: Market, person: User, person_client: Client, provider: OpenIDProvider
    ) -> None:
        provider.knows("u-1", email="shop@example.com", email_verified=False, **SHOP)
        asked = press(person_client, person_client.get("/security/"), "Link it Lantern Market")
        assert heading(asked) == "Is it you?"
        page = self.link(person_client, provider, "u-1")
        assert address(page) == "/security/"
        assert "Your Lantern Market account is linked." in said(page)
        assert "Your shop Carla’s Kitchen is linked." in said(page)
        assert "shop@example.com" in words(page)
        assert SocialAccount.objects.get().user == person
        assert EmailAddress.objects.get(user=person).email == "ayu@example.com", "its address isn't taken over"
        assert delivered()[-1].subject == "Your Lantern Market account was linked"

    def test_refuses_one_that_is_linked_to_somebody_else(
        self, market: Market, other_person: User, person_client: Client, provider: OpenIDProvider
    ) -> None:
        link_account(other_person, issuer=provider.address, sub="u-1")
        provider.knows("u-1", name="Ben", **SHOP)
        page = self.link(person_client, provider, "u-1")
        assert said(page) == ["This Lantern Market account is linked to another account here. Nothing was changed."]
        assert SocialAccount.objects.get().user == other_person
        assert not Seller.objects.filter(person__isnull=False).exists()

    def test_is_not_begun_by_an_address(self, person_client: Client, provider: OpenIDProvider) -> None:
        assert person_client.get("/security/market/link/").status_code == 405

    def test_is_not_for_who_is_signed_out(self, db: None, visitor: Client, provider: OpenIDProvider) -> None:
        assert visitor.post("/security/market/link/")["Location"].startswith("/accounts/login/")

    def test_ends_on_the_page_of_links(
        self, market: Market, person: User, person_client: Client, provider: OpenIDProvider
    ) -> None:
        link_account(person, issuer=provider.address, sub="u-1", email="shop@example.com")
        page = go(person_client, person_client.get("/security/"), "Unlink Lantern Market")
        page = press(person_client, page, "Unlink")
        page = press(person_client, page, "Confirm", password=PASSWORD) if heading(page) == "Is it you?" else page
        assert not SocialAccount.objects.exists()
        assert delivered()[-1].subject == "Your Lantern Market account was unlinked"

    def test_does_not_end_by_losing_the_last_way_in(
        self, market: Market, client_of: Callable[[User], Client], provider: OpenIDProvider
    ) -> None:
        person = PersonFactory(password=None)
        link_account(person, issuer=provider.address, sub="u-1")
        client = client_of(person)
        answer = press(client, client.get("/accounts/3rdparty/"), "Unlink")
        assert answer.status_code == 422
        assert "Set a password first; then you can unlink it." in words(answer)
        assert SocialAccount.objects.count() == 1

    def test_of_somebody_else_is_not_mine_to_end(
        self, market: Market, other_person: User, person_client: Client, provider: OpenIDProvider
    ) -> None:
        account = link_account(other_person, issuer=provider.address, sub="u-1")
        assert person_client.post("/accounts/3rdparty/", {"account": account.pk}).status_code == 422
        assert SocialAccount.objects.count() == 1


class TestTheShop:
    def test_of_somebody_else_is_not_given_to_me(
        self, market: Market, seller_person: User, visitor: Client, provider: OpenIDProvider
    ) -> None:
        provider.knows(
            "u-2", email="m@example.com", email_verified=True, name="Mal", **SHOP | {"shop_name": "Mine now"}
        )
        page = sign_in(visitor, provider, "u-2")
        assert is_in(visitor), "learning is for everyone"
        (reason,) = said(page)
        assert "somebody else stands for that shop here" in reason
        assert seller_person.email not in reason
        seller = Seller.objects.get()
        assert (seller.person, seller.shop_name) == (seller_person, "Carla's Kitchen")

    def test_does_not_change_over_by_itself(
        self, market: Market, seller_person: User, visitor: Client, provider: OpenIDProvider
    ) -> None:
        link_account(seller_person, issuer=provider.address, sub="u-1")
        provider.knows("u-1", name="Carla", **SHOP | {"seller_code": "OTHER-02"})
        page = sign_in(visitor, provider, "u-1")
        assert "stand for CARLA-01 here, but the marketplace names OTHER-02 now" in said(page)[0]
        assert list(Seller.objects.values_list("code", "person__email")) == [("CARLA-01", "carla@example.com")]

    def test_keeps_its_state(
        self, market: Market, seller_person: User, visitor: Client, provider: OpenIDProvider
    ) -> None:
        Seller.objects.update(state=SellerState.SUSPENDED)
        link_account(seller_person, issuer=provider.address, sub="u-1")
        provider.knows("u-1", **SHOP | {"shop_name": "Carla & Co", "region": "id"})
        sign_in(visitor, provider, "u-1")
        seller = Seller.objects.get()
        assert (seller.state, seller.shop_name, seller.region) == ("suspended", "Carla & Co", "ID")

    @pytest.mark.parametrize(
        "told",
        [{"region": "MARS"}, {"shop_name": ""}, {"region": None}, {"seller_code": "!"}, {"shop_name": "x" * 121}],
    )
    def test_that_is_told_of_by_halves_is_not_linked(
        self, market: Market, person: User, visitor: Client, provider: OpenIDProvider, told: dict[str, Any]
    ) -> None:
        link_account(person, issuer=provider.address, sub="u-1")
        provider.knows("u-1", **SHOP | told)
        assert "what the marketplace tells us of it is incomplete" in said(sign_in(visitor, provider, "u-1"))[0]
        assert not Seller.objects.exists()

    def test_is_told_by_other_names_where_operators_say_so(
        self, market: Market, person: User, visitor: Client, provider: OpenIDProvider, settings: Any
    ) -> None:
        settings.OIDC_CLAIM_SELLER_CODE, settings.OIDC_CLAIM_SHOP_NAME = "https://market/shop", "shopTitle"
        link_account(person, issuer=provider.address, sub="u-1")
        provider.knows("u-1", **{"https://market/shop": "A-01", "shopTitle": "Ayu", "region": "ID"})
        sign_in(visitor, provider, "u-1")
        assert Seller.objects.get(person=person).code == "A-01"

    def test_that_is_there_already_is_linked_without_a_second_record(
        self, market: Market, person: User, visitor: Client, provider: OpenIDProvider
    ) -> None:
        SellerFactory(code="CARLA-01")
        link_account(person, issuer=provider.address, sub="u-1")
        provider.knows("u-1", **SHOP)
        for _time in range(2):
            sign_in(visitor, provider, "u-1")
            visitor.post("/accounts/logout/")
        assert Seller.objects.get().person == person


def unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, None, "none", headers={"kid": KEY_NAME})


def signed_by_our_own_secret(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, CLIENT_SECRET, "HS256", headers={"kid": KEY_NAME})


def signed_by_a_stranger(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, FOREIGN_KEY, "RS256", headers={"kid": KEY_NAME})


def signed_by_an_unknown_key(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, KEY, "RS256", headers={"kid": "2019"})


LIES: dict[str, dict[str, Any]] = {
    "another issuer in the token": {"token_claims": {"iss": "https://evil.example"}},
    "another issuer in the discovery": {"discovery": {"issuer": "https://evil.example"}},
    "another audience": {"token_claims": {"aud": "another-site"}},
    "two audiences, made for the other": {"token_claims": {"aud": [CLIENT_ID, "other"], "azp": "other"}},
    "expired": {"token_claims": {"exp": int(time.time()) - 3600}},
    "no expiry": {"token_claims": {"exp": None}},
    "issued tomorrow": {"token_claims": {"iat": int(time.time()) + 86_400}},
    "another nonce": {"token_claims": {"nonce": "of-another-sign-in"}},
    "no nonce": {"token_claims": {"nonce": None}},
    "no subject": {"token_claims": {"sub": None}},
    "user data of somebody else": {"user_data": {"sub": "u-9"}},
    "not signed": {"sign": unsigned},
    "signed by the shared secret": {"sign": signed_by_our_own_secret},
    "signed by a stranger": {"sign": signed_by_a_stranger},
    "signed by a key that is not theirs": {"sign": signed_by_an_unknown_key},
    "no token": {"sign": lambda _claims: ""},
    "rubbish": {"sign": lambda _claims: "a.b.c"},
    "discovery without keys": {"discovery": {"jwks_uri": "http://127.0.0.1:9/keys"}},
}


class TestWhatIsNotTakenOnTrust:
    @pytest.mark.parametrize("lie", LIES)
    def test_is_refused(
        self, market: Market, person: User, visitor: Client, provider: OpenIDProvider, lie: str
    ) -> None:
        link_account(person, issuer=provider.address, sub="u-1")
        provider.knows("u-1", name="Ayu", **SHOP)
        if lie != "another issuer in the discovery":
            there = leave(visitor, visitor.get("/accounts/login/"), SIGN_IN)
            provider.__dict__.update(LIES[lie])
            page = follow(visitor, visitor.get(provider.sign_in(there, "u-1").removeprefix("http://testserver")))
        else:
            provider.__dict__.update(LIES[lie])
            page = press(visitor, visitor.get("/accounts/login/"), SIGN_IN)
        assert (page.status_code, heading(page)) == (401, FAILED)
        assert not is_in(visitor)
        assert not Seller.objects.exists()

    def test_stays_out_of_the_log(
        self, market: Market, visitor: Client, provider: OpenIDProvider, caplog: pytest.LogCaptureFixture
    ) -> None:
        """An answer without an access token may hold the one that says who it is."""
        provider.knows("u-1", name="Ayu")
        provider.token_answer = {"access_token": None, "id_token": "of-ayu", "email": "ayu@example.com"}
        assert sign_in(visitor, provider, "u-1").status_code == 401
        assert "refused: OAuth2Error: Error retrieving access token" in caplog.text
        assert "of-ayu" not in caplog.text
        assert "ayu@example.com" not in caplog.text

    def test_leaves_its_kind_in_the_log(
        self, market: Market, visitor: Client, provider: OpenIDProvider, caplog: pytest.LogCaptureFixture
    ) -> None:
        provider.knows("u-1", name="Ayu")
        provider.sign = signed_by_a_stranger
        sign_in(visitor, provider, "u-1")
        assert "refused: OAuth2Error from InvalidSignatureError: The token does not count" in caplog.text

    def test_a_return_counts_once(
        self, market: Market, person: User, visitor: Client, provider: OpenIDProvider
    ) -> None:
        link_account(person, issuer=provider.address, sub="u-1")
        provider.knows("u-1", name="Ayu")
        there = leave(visitor, visitor.get("/accounts/login/"), SIGN_IN)
        back = provider.sign_in(there, "u-1").removeprefix("http://testserver")
        assert follow(visitor, visitor.get(back)).status_code == 200
        visitor.post("/accounts/logout/")
        again = visitor.get(back)
        assert (again.status_code, is_in(visitor)) == (401, False)

    def test_a_return_counts_in_the_browser_that_left(
        self, market: Market, person: User, visitor: Client, provider: OpenIDProvider
    ) -> None:
        """Nobody is signed in to a stranger's account by following the stranger's link."""
        link_account(person, issuer=provider.address, sub="u-1")
        provider.knows("u-1", name="Ayu")
        back = provider.sign_in(leave(visitor, visitor.get("/accounts/login/"), SIGN_IN), "u-1")
        victim = Client()
        answer = victim.get(back.removeprefix("http://testserver"))
        assert (answer.status_code, is_in(victim)) == (401, False)

    def test_a_token_of_one_sign_in_opens_no_other(
        self, market: Market, person: User, visitor: Client, provider: OpenIDProvider
    ) -> None:
        """The provider is made to hand out a token that it gave before: same person, same site, still in time."""
        link_account(person, issuer=provider.address, sub="u-1")
        provider.knows("u-1", name="Ayu")
        first = leave(visitor, visitor.get("/accounts/login/"), SIGN_IN)
        provider.consent(dict(part.split("=", 1) for part in first.partition("?")[2].split("&")) | {"who": "u-1"})
        old = provider.id_token(provider.asked[-1])
        provider.sign = lambda _claims: old
        page = sign_in(visitor, provider, "u-1")
        assert (page.status_code, is_in(visitor)) == (401, False)

    @pytest.mark.parametrize("query", ["", "?code=x", "?code=x&state=guessed", "?state=guessed&error=access_denied"])
    def test_a_return_that_nobody_left_for(
        self, market: Market, visitor: Client, provider: OpenIDProvider, query: str
    ) -> None:
        assert visitor.get(f"/accounts/market/return/{query}").status_code == 401

    def test_more_to_ask_for_cannot_be_slipped_in(
        self, market: Market, visitor: Client, provider: OpenIDProvider
    ) -> None:
        form, _button = form_with(visitor.get("/accounts/login/"), SIGN_IN)
        answer = visitor.post(form["action"] + "?auth_params=prompt%3Dnone&scope=payments&process=connect")
        there = soup_of(answer).find("a", string=lambda words: words and words.strip() == "Go on")["href"]
        assert "payments" not in there
        assert "prompt" not in there

    def test_one_that_does_not_answer_is_said_so(
        self, market: Market, visitor: Client, provider: OpenIDProvider, settings: Any
    ) -> None:
        settings.OIDC_ISSUER = "http://127.0.0.1:9"
        page = press(visitor, visitor.get("/accounts/login/"), SIGN_IN)
        assert (page.status_code, heading(page)) == (401, FAILED)

    def test_the_way_there_never_leads_on_to_another_site(
        self, market: Market, person: User, visitor: Client, provider: OpenIDProvider
    ) -> None:
        link_account(person, issuer=provider.address, sub="u-1")
        provider.knows("u-1", name="Ayu")
        page = sign_in(visitor, provider, "u-1", path="/accounts/market/?next=https://evil.example/")
        assert address(page) == "/dashboard/"


def test_by_an_address_one_is_asked_first(market: Market, visitor: Client, provider: OpenIDProvider) -> None:
    page = visitor.get("/accounts/market/?next=/help/")
    assert heading(page) == SIGN_IN
    assert buttons(page) == ["Go on to Lantern Market"]
