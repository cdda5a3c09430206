"""How one signs in: second steps, recovery codes, devices, the address, the password; and staff at the admin's door."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from wagtail.models import ModelLogEntry

from apps.accounts import rules, services
from apps.accounts.enums import Kept, Role
from apps.accounts.models import EmailChange, User
from tests.factories.accounts import PASSWORD, PersonFactory
from tests.factories.catalog import Market
from tests.factories.sign_in import code_of, recovery_codes_of, set_up_app
from tests.screens import address, code_in_mail, delivered, follow, go, heading, links, press, soup_of, text_of, words

SIGN_IN, CONFIRM = "Sign in", "Confirm"
PHONE = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36"


def said(page: HttpResponse) -> list[str]:
    """The messages on top of the page."""
    return [" ".join(each.get_text(" ").split()) for each in soup_of(page).select(".message")]


def by_password(client: Client, person: User, path: str = "/accounts/login/") -> HttpResponse:
    """Sign in; what comes next."""
    return press(client, client.get(path), SIGN_IN, login=person.email, password=PASSWORD)


def shown_again(client: Client, path: str) -> HttpResponse:
    """Open a page that asks first whether it is oneself."""
    page = follow(client, client.get(path))
    return press(client, page, CONFIRM, password=PASSWORD) if heading(page) == "Is it you?" else page


Committed = Callable[..., AbstractContextManager[list[Callable[[], Any]]]]


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Committed) -> Committed:
    """What allauth does once second factors are committed, which no test here ever does."""
    return django_capture_on_commit_callbacks


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


class TestAnAppWithCodes:
    def secret_on(self, page: HttpResponse) -> str:
        return soup_of(page).select_one(".secret code").get_text().replace(" ", "")

    def test_is_set_up_by_its_first_code_and_asked_from_then_on(
        self, market: Market, person: User, person_client: Client, visitor: Client, committed: Committed
    ) -> None:
        page = shown_again(person_client, "/accounts/2fa/totp/activate/")
        assert heading(page) == "Set up an app with codes"
        assert soup_of(page).select_one("img.qr")["src"].startswith("data:image/svg+xml;base64,")
        secret = self.secret_on(page)
        wrong = press(person_client, page, "Turn it on", code="000000")
        assert wrong.status_code == 422
        assert "This did not match." in words(wrong)
        with committed(execute=True):
            page = press(person_client, wrong, "Turn it on", code=code_of(secret))
        assert heading(page) == "Recovery codes"
        assert delivered()[-1].subject == "An app was set up for your account"

        second = by_password(visitor, person)
        assert (heading(second), is_in(visitor)) == ("The second step", False)
        assert "Use a passkey" not in words(second), "there is none"
        assert heading(press(visitor, second, SIGN_IN, code=code_of(secret))) == "Hello, Ayu"

    def test_keeps_its_secret_locked_up(self, person: User) -> None:
        secret = set_up_app(person)
        rows = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
        assert secret not in rows
        assert Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret))

    def test_opens_with_a_former_key_of_the_site_too(self, person: User, settings: Any) -> None:
        secret = set_up_app(person)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "a-new-one-since-this-morning"
        assert Authenticator.objects.get(type="totp").wrap().validate_code(code_of(secret))

    def test_whose_key_is_lost_gives_no_right_code(
        self, market: Market, person: User, visitor: Client, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        secret = set_up_app(person)
        settings.SECRET_KEY = "a-new-one-and-the-former-is-lost"
        page = by_password(visitor, person)
        for code in (code_of(secret), "12345678"):
            page = press(visitor, page, SIGN_IN, code=code)
            assert (page.status_code, is_in(visitor)) == (422, False)
            assert "This did not match." in words(page)
        assert "put the former SECRET_KEY into SECRET_KEY_FALLBACKS" in caplog.text

    def test_gives_no_code_twice(self, market: Market, person: User, visitor: Client) -> None:
        code = code_of(set_up_app(person))
        assert heading(press(visitor, by_password(visitor, person), SIGN_IN, code=code)) == "Hello, Ayu"
        for typed in (code, f" {code[:3]} {code[3:]} ", f"{code[:3]}-{code[3:]}", f"{code}.", ".".join(code)):
            cache.delete(f"allauth.mfa.totp.used?user={person.pk}&code={code}")  # half a minute later
            thief = Client()
            again = press(thief, by_password(thief, person), SIGN_IN, code=typed)
            assert (again.status_code, is_in(thief)) == (422, False)

    @pytest.mark.parametrize("steps", [-3, 3])
    def test_gives_no_code_of_another_time(self, market: Market, person: User, visitor: Client, steps: int) -> None:
        secret = set_up_app(person)
        answer = press(visitor, by_password(visitor, person), SIGN_IN, code=code_of(secret, steps=steps))
        assert (answer.status_code, is_in(visitor)) == (422, False)

    def test_of_somebody_else_opens_nothing(
        self, market: Market, person: User, other_person: User, visitor: Client
    ) -> None:
        set_up_app(person)
        answer = press(visitor, by_password(visitor, person), SIGN_IN, code=code_of(set_up_app(other_person)))
        assert (answer.status_code, is_in(visitor)) == (422, False)

    def test_is_asked_for_after_a_code_by_e_mail_and_after_a_new_password_too(
        self, market: Market, person: User, visitor: Client
    ) -> None:
        set_up_app(person)
        page = press(visitor, visitor.get("/accounts/login/code/"), "Send the code", email=person.email)
        page = press(visitor, page, CONFIRM, code=code_in_mail())
        assert (heading(page), is_in(visitor)) == ("The second step", False)

    def test_is_turned_off_only_by_who_shows_it(self, market: Market, person: User, person_client: Client) -> None:
        secret = set_up_app(person)
        page = follow(person_client, person_client.get("/accounts/2fa/totp/deactivate/"))
        assert heading(page) == "Is it you?"
        page = press(person_client, page, CONFIRM, password=PASSWORD)
        assert heading(page) == "Turn off the app?"
        page = press(person_client, page, "Turn it off")
        assert (address(page), said(page)) == ("/security/", ["The app is turned off."])
        assert not Authenticator.objects.exists(), "the recovery codes go with it"
        assert secret

    def test_guessing_codes_is_stopped_even_for_the_right_one(
        self, market: Market, person: User, visitor: Client
    ) -> None:
        secret = set_up_app(person)
        page = by_password(visitor, person)
        for _try in range(5):
            page = press(visitor, page, SIGN_IN, code="00000000")
        right = press(visitor, page, SIGN_IN, code=code_of(secret))
        assert "Too many failed login attempts" in words(right)
        other_browser = Client(REMOTE_ADDR="203.0.113.9")
        assert not is_in(visitor)
        page = by_password(other_browser, person)
        press(other_browser, page, SIGN_IN, code=code_of(secret))
        assert not is_in(other_browser), "another address doesn't help"
        cache.clear()  # five minutes later
        later = Client()
        assert heading(press(later, by_password(later, person), SIGN_IN, code=code_of(secret))) == "Hello, Ayu"

    def test_cannot_be_skipped_by_going_elsewhere(self, market: Market, person: User, visitor: Client) -> None:
        set_up_app(person)
        by_password(visitor, person)
        for path in ("/dashboard/", "/security/", "/accounts/2fa/recovery-codes/"):
            assert heading(follow(visitor, visitor.get(path))) != "Hello, Ayu"
        assert not is_in(visitor)


class TestWhoHasOnlyTheMailbox:
    """Without a password and a second factor there is nothing to show again but the mailbox."""

    def by_code(self, client: Client, page: HttpResponse, person: User) -> HttpResponse:
        page = press(client, page, "Send the code", email=person.email)
        return press(client, page, CONFIRM, code=code_in_mail())

    @pytest.mark.parametrize(
        "path", ["/accounts/2fa/webauthn/add/", "/accounts/2fa/totp/activate/", "/accounts/password/set/"]
    )
    def test_signs_in_anew_before_a_way_in_is_added(self, market: Market, visitor: Client, path: str) -> None:
        person = PersonFactory(password=None)
        self.by_code(visitor, visitor.get("/accounts/login/code/"), person)
        assert address(visitor.get(path)) == path, "just now one did"
        session = visitor.session
        session["account_authentication_methods"][-1]["at"] -= 301
        session.save()
        page = follow(visitor, visitor.get(path))
        assert (heading(page), is_in(visitor)) == ("Send me a code", False)
        assert said(page) == ["First sign in once more, so that we know that it is you. Then you can go on."]
        assert address(self.by_code(visitor, page, person)) == path

    def test_adds_nothing_by_a_form_either(
        self, market: Market, client_of: Callable[[User], Client], settings: Any
    ) -> None:
        settings.OIDC_ISSUER = "https://market.example"
        for path in ("/accounts/2fa/webauthn/add/", "/accounts/2fa/totp/activate/", "/security/market/link/"):
            client = client_of(PersonFactory(password=None))
            assert client.post(path)["Location"] == "/accounts/login/code/?next=%2Fsecurity%2F"
            assert not is_in(client)


class TestRecoveryCodes:
    def test_let_in_once_each(self, market: Market, person: User, visitor: Client) -> None:
        set_up_app(person)
        first, second = recovery_codes_of(person)[:2]
        assert heading(press(visitor, by_password(visitor, person), SIGN_IN, code=first)) == "Hello, Ayu"
        thief = Client()
        again = press(thief, by_password(thief, person), SIGN_IN, code=first)
        assert (again.status_code, is_in(thief)) == (422, False)
        assert heading(press(thief, again, SIGN_IN, code=second)) == "Hello, Ayu"
        assert len(recovery_codes_of(person)) == 8

    def test_are_shown_and_downloaded_after_showing_who_one_is(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        set_up_app(person)
        codes = recovery_codes_of(person)
        for path in ("/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/download/"):
            assert heading(follow(person_client, person_client.get(path))) == "Is it you?"
        page = shown_again(person_client, "/accounts/2fa/recovery-codes/")
        shown = [each.get_text().replace(" ", "") for each in soup_of(page).select(".codes code")]
        assert shown == codes
        assert "no-store" in page["Cache-Control"]
        file = person_client.get(links(page)["Download"])
        assert [line for line in file.content.decode().splitlines() if line.isdigit()] == codes
        assert file["Content-Disposition"] == 'attachment; filename="recovery-codes.txt"'

    def test_made_anew_take_the_place_of_the_old(
        self, market: Market, person: User, person_client: Client, committed: Committed
    ) -> None:
        set_up_app(person)
        old = recovery_codes_of(person)
        page = shown_again(person_client, "/accounts/2fa/recovery-codes/generate/")
        assert "The 10 codes that you still have count no longer then." in words(page)
        with committed(execute=True):
            page = press(person_client, page, "Make new codes")
        assert heading(page) == "Recovery codes"
        assert set(old).isdisjoint(recovery_codes_of(person))
        assert delivered()[-1].subject == "New recovery codes were made for your account"

    def test_do_not_exist_without_an_app_or_a_passkey(self, market: Market, person_client: Client) -> None:
        page = shown_again(person_client, "/accounts/2fa/recovery-codes/generate/")
        answer = press(person_client, page, "Make new codes")
        assert answer.status_code == 422
        assert "Set one up first." in words(answer)
        assert not Authenticator.objects.exists()


class TestPasskeysWithoutABrowser:
    """What a browser does with them stands in tests/browser; this is what somebody sends who has none."""

    @pytest.mark.parametrize(
        "credential",
        [
            '{"id": "AAAA", "rawId": "AAAA", "response": {"authenticatorData": "AAAA"}}',
            "",
            "x",
            "{}",
            "[]",
            "7",
            '{"id": "x"}',
            '{"response": {"userHandle": "AAAA"}}',
            '{"id": {}}',
            "null",
        ],
    )
    def test_rubbish_lets_nobody_in(self, market: Market, person: User, visitor: Client, credential: str) -> None:
        answer = follow(visitor, visitor.post("/accounts/2fa/webauthn/login/", {"credential": credential}))
        assert (answer.status_code, address(answer), is_in(visitor)) == (200, "/accounts/login/", False)

    def test_are_asked_for_by_anyone_a_few_times_a_minute(self, db: None, visitor: Client) -> None:
        ask = lambda: visitor.get("/accounts/2fa/webauthn/login/", headers={"Accept": "application/json"})  # noqa: E731
        options = ask().json()["request_options"]["publicKey"]
        assert (options["rpId"], options["userVerification"]) == ("testserver", "required")
        assert "allowCredentials" not in options or options["allowCredentials"] == [], "nobody is named"

    def test_of_somebody_else_are_not_mine_to_rename_or_remove(
        self, market: Market, other_person: User, person_client: Client
    ) -> None:
        theirs = Authenticator.objects.create(
            user=other_person, type=Authenticator.Type.WEBAUTHN, data={"name": "Ben's phone", "credential": {}}
        )
        for verb in ("edit", "remove"):
            answer = shown_again(person_client, f"/accounts/2fa/webauthn/keys/{theirs.pk}/{verb}/")
            assert answer.status_code == 404
            assert person_client.post(f"/accounts/2fa/webauthn/keys/{theirs.pk}/{verb}/").status_code == 404
        assert Authenticator.objects.get().wrap().name == "Ben's phone"


class TestThePageSecurity:
    def test_is_linked_from_ones_own_page(self, market: Market, person_client: Client) -> None:
        page = go(person_client, person_client.get("/profile/"), "Passkeys, password, devices")
        assert (address(page), heading(page)) == ("/security/", "Security")

    def test_offers_a_passkey_first(self, market: Market, person_client: Client) -> None:
        page = person_client.get("/security/")
        assert links(page)["Add a passkey"] == "/accounts/2fa/webauthn/add/"
        assert [text for text in ("Off.", "Not set up", "1 device") if text not in words(page)] == ["1 device"]

    def test_says_what_is_on(self, market: Market, person: User, person_client: Client) -> None:
        set_up_app(person)
        page = words(person_client.get("/security/"))
        assert "On since" in page
        assert "10 left; each counts once" in page

    def test_is_ones_own(self, db: None, visitor: Client) -> None:
        assert visitor.get("/security/")["Location"] == "/accounts/login/?next=/security/"

    @pytest.mark.parametrize("path", ["/accounts/2fa/", "/accounts/2fa/webauthn/"])
    def test_stands_for_the_pages_of_allauth(self, person_client: Client, path: str) -> None:
        assert person_client.get(path)["Location"] == "/security/"

    def test_costs_the_same_with_many_passkeys(
        self, person: User, person_client: Client, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(20):
            data = {"name": f"Key {number}", "credential": {}}
            Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data=data)
        person_client.get("/security/")
        with django_assert_max_num_queries(12):
            page = person_client.get("/security/")
        assert words(page).count("second step after your password or code") == 20


class TestDevices:
    def test_are_listed_without_places(self, market: Market, person: User) -> None:
        phone, laptop = Client(headers={"User-Agent": PHONE}), Client(headers={"User-Agent": "curl/8"})
        for client in (phone, laptop):
            by_password(client, person)
        page = phone.get("/accounts/sessions/")
        shown = words(page)
        assert "Chrome on Android" in shown
        assert "An unknown device" in shown
        assert shown.count("This device") == 1
        assert "127.0.0.1" not in page.content.decode()

    def test_all_others_are_signed_out_at_once(self, market: Market, person: User, other_person: User) -> None:
        here, elsewhere, bens = Client(), Client(), Client()
        by_password(here, person)
        by_password(elsewhere, person)
        by_password(bens, other_person)
        page = press(here, here.get("/accounts/sessions/"), "Sign out everywhere else")
        assert said(page) == ["You are signed out everywhere but here."]
        assert here.get("/dashboard/").status_code == 200
        assert elsewhere.get("/dashboard/").status_code == 302
        assert bens.get("/dashboard/").status_code == 200
        assert UserSession.objects.filter(user=person).count() == 1

    def test_are_told_by_the_hour(self, market: Market, person: User) -> None:
        here, just_now, long_ago = (Client() for _device in range(3))
        for client in (long_ago, just_now, here):
            by_password(client, person)
        first = UserSession.objects.order_by("pk")[0]
        UserSession.objects.filter(pk=first.pk).update(last_seen_at=datetime(2026, 3, 2, 9, tzinfo=UTC))
        lines = [text_of(each) for each in soup_of(here.get("/accounts/sessions/")).select(".way .label")]
        said = (
            "in use now ·",
            "used in the last hour ·",
            "last used on March 2, 2026, 9 a.m. UTC or up to an hour later ·",
        )
        assert [sum(each in line for line in lines) for each in said] == [1, 1, 1]

    def test_are_noted_as_used_once_an_hour(self, market: Market, person: User, django_assert_num_queries: Any) -> None:
        client = Client()
        by_password(client, person)
        before = UserSession.objects.get().last_seen_at
        client.get("/dashboard/")
        assert UserSession.objects.get().last_seen_at == before, "within the hour nothing is written"
        session = client.session
        session[Kept.LAST_SEEN] -= 3601
        session.save()
        client.get("/dashboard/")
        assert UserSession.objects.get().last_seen_at > before

    @pytest.mark.parametrize(
        ("agent", "known"),
        [
            (PHONE, ("Chrome", "Android")),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604.1", ("Safari", "iPhone")),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/131 Safari/604.1", ("Chrome", "iPhone")),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/131 Safari/537.36 Edg/131", ("Edge", "Windows")),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0",
                ("Firefox", "Mac"),
            ),
            ("Mozilla/5.0 (Linux; Android 14) SamsungBrowser/27 Chrome/125", ("Samsung Internet", "Android")),
            ("curl/8.5", ("", "")),
            ("", ("", "")),
        ],
    )
    def test_are_told_apart(self, agent: str, known: tuple[str, str]) -> None:
        assert rules.device_of(agent) == rules.Device(*known)


@pytest.mark.django_db
class TestTheAddress:
    def ask(self, client: Client, email: str = "new@example.com") -> HttpResponse:
        return press(client, client.get("/accounts/email/"), "Change the address", email=email)

    def test_changes_by_a_code_at_the_old_and_one_at_the_new(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        page = self.ask(person_client)
        assert delivered()[-1].to == ["ayu@example.com"]
        assert "wants to change its e-mail to new@example.com" in delivered()[-1].body
        assert "Then one goes to new@example.com." in words(page)
        page = press(person_client, page, CONFIRM, code=code_in_mail())
        assert delivered()[-1].to == ["new@example.com"]
        person.refresh_from_db()
        assert person.email == "ayu@example.com", "not yet"
        press(person_client, page, CONFIRM, code=code_in_mail())
        person.refresh_from_db()
        assert person.email == "new@example.com"
        assert list(EmailAddress.objects.values_list("email", "verified")) == [("new@example.com", True)]
        assert delivered()[-1].to == ["ayu@example.com"]
        assert not EmailChange.objects.exists()

    def test_never_changes_without_the_old_one(self, market: Market, person: User, person_client: Client) -> None:
        """Whoever sits down at an unlocked phone has the session, and not the mailbox."""
        for typed in ({"action_add": ""}, {"action_send": ""}, {"action_primary": ""}, {}):
            person_client.post("/accounts/email/", {"email": "thief@example.com"} | typed)
        assert {to for letter in delivered() for to in letter.to} == {"ayu@example.com"}
        assert person_client.get("/accounts/confirm-email/").status_code == 302
        assert list(EmailAddress.objects.values_list("email", flat=True)) == ["ayu@example.com"]

    def test_a_wrong_code_is_told_and_three_end_it(self, market: Market, person: User, person_client: Client) -> None:
        page = self.ask(person_client)
        right = code_in_mail()
        for _try in range(3):
            page = press(person_client, page, CONFIRM, code="WRONG1")
            assert page.status_code == 422
            assert "This is not the code that we sent." in words(page)
        page = press(person_client, page, CONFIRM, code=right)
        assert said(page) == ["This code no longer counts. Begin again here, and you get a new one."]
        assert address(page) == "/accounts/email/"
        assert [letter.to for letter in delivered()] == [["ayu@example.com"]]

    def test_a_code_counts_once_and_for_its_person(
        self, market: Market, person: User, person_client: Client, other_person: User, other_client: Client
    ) -> None:
        page = self.ask(person_client)
        code = code_in_mail()
        self.ask(other_client, "other-new@example.com")
        assert other_client.post("/security/email/confirm/", {"code": code}).status_code == 422
        press(person_client, page, CONFIRM, code=code.lower().replace("-", " "))
        assert delivered()[-1].to == ["new@example.com"]
        again = follow(person_client, person_client.post("/security/email/confirm/", {"code": code}))
        assert said(again)[0].startswith("This code no longer counts.")

    def test_a_code_still_counts_where_none_could_be_sent_to_the_new_address(
        self, market: Market, person_client: Client, other_client: Client
    ) -> None:
        for client in (other_client, person_client):
            page = self.ask(client)
            code = code_in_mail()
            answer = press(client, page, CONFIRM, code=code)
        assert answer.status_code == 429, "another code went there just now"
        assert EmailChange.objects.get().wrong_codes == 0
        cache.clear()  # minutes later
        press(person_client, page, CONFIRM, code=code)
        assert delivered()[-1].to == ["new@example.com"]
        assert not EmailChange.objects.exists()

    def test_a_code_counts_for_a_quarter_of_an_hour(self, person: User, at: datetime) -> None:
        services.ask_for_email_change(person=person, new_address="new@example.com", at=at)
        code = code_in_mail()
        with pytest.raises(rules.CodeGone):
            services.confirm_old_address(person=person, code=code, at=at + timedelta(minutes=15))
        late = at + timedelta(minutes=14, seconds=59)
        assert services.confirm_old_address(person=person, code=code, at=late) == "new@example.com"

    def test_may_stay_as_it_is(self, market: Market, person: User, person_client: Client) -> None:
        page = self.ask(person_client)
        assert address(press(person_client, page, "Keep the old address")) == "/accounts/email/"
        assert not EmailChange.objects.exists()

    def test_that_somebody_has_is_not_given_away(
        self, market: Market, person: User, person_client: Client, other_person: User
    ) -> None:
        page = self.ask(person_client, other_person.email)
        assert heading(page) == "Enter the code"
        page = press(person_client, page, CONFIRM, code=code_in_mail())
        assert heading(page) == "Enter the code"
        page = press(person_client, page, CONFIRM, code=code_in_mail())
        assert page.status_code == 409, "who reads the code there has the address"
        assert f"There is another account with the address {other_person.email}." in words(page)
        assert links(page)["Go on from here"] == "/accounts/email/"
        assert person_client.get("/accounts/confirm-email/").status_code == 302, "nothing is left to be confirmed"
        person.refresh_from_db()
        assert person.email == "ayu@example.com"
        assert EmailAddress.objects.get(email=other_person.email).user == other_person

    def test_that_is_dead_is_a_matter_for_staff(self, market: Market, person_client: Client) -> None:
        page = self.ask(person_client)
        assert "Staff make sure that it is you and change the address." in words(page)
        assert "/help/?topic=sign_in" in links(page).values()

    def test_cannot_be_asked_for_without_end(self, market: Market, person: User, person_client: Client) -> None:
        answers = [person_client.post("/accounts/email/", {"email": "new@example.com"}) for _try in range(11)]
        assert [answer.status_code for answer in answers] == [303] * 10 + [429]


class TestThePassword:
    def add_passkey(self, person: User) -> None:
        told = {"clientExtensionResults": {"credProps": {"rk": True}}}
        data = {"name": "Phone", "credential": told}
        Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data=data)

    def test_can_go_where_a_passkey_is(self, market: Market, person: User, person_client: Client) -> None:
        self.add_passkey(person)
        page = shown_again(person_client, "/security/password/remove/")
        page = press(person_client, page, "Remove the password")
        assert said(page) == ["Your password is removed. You come in without one from now on."]
        person.refresh_from_db()
        assert not person.has_usable_password()
        assert person_client.get("/dashboard/").status_code == 200, "this session stays"
        assert delivered()[-1].subject == "Your password was removed"
        assert links(person_client.get("/security/"))["Set a password"] == "/accounts/password/set/"

    def test_stays_where_only_the_mailbox_would_be_left(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        page = shown_again(person_client, "/security/password/remove/")
        page = press(person_client, page, "Remove the password")
        assert "Add a passkey first." in said(page)[0]
        person.refresh_from_db()
        assert person.has_usable_password()

    def test_ends_other_sessions(self, market: Market, person: User, client_of: Callable[[User], Client]) -> None:
        self.add_passkey(person)
        here, elsewhere = client_of(person), client_of(person)
        press(here, shown_again(here, "/security/password/remove/"), "Remove the password")
        assert elsewhere.get("/dashboard/").status_code == 302


class TestStaff:
    @pytest.fixture(autouse=True)
    def required(self, settings: Any) -> None:
        settings.REQUIRE_STAFF_MFA = True

    @pytest.fixture
    def staff(self, db: None) -> User:
        return PersonFactory(email="ops@example.com", name="Olga", role=Role.OPERATOR)

    @pytest.mark.django_db(transaction=True)
    def test_without_a_second_factor_set_one_up_and_come_back(
        self, market: Market, staff: User, visitor: Client
    ) -> None:
        by_password(visitor, staff)
        page = follow(visitor, visitor.get("/cms/sellers/?q=ayu"))
        assert heading(page) == "First a second step"
        page = go(visitor, page, "Set up an app")
        page = press(visitor, page, CONFIRM, password=PASSWORD)
        secret = soup_of(page).select_one(".secret code").get_text().replace(" ", "")
        page = press(visitor, page, "Turn it on", code=code_of(secret))
        assert heading(page) == "Recovery codes"
        page = go(visitor, page, "I have kept them: go on")
        assert (page.status_code, address(page)) == (200, "/cms/sellers/?q=ayu")
        assert Kept.WAY_ON not in visitor.session

    def test_with_one_that_this_session_did_not_use_use_it(
        self, market: Market, staff: User, client_of: Callable[[User], Client]
    ) -> None:
        """A session from before the second factor, perhaps in a stranger's hands, doesn't get in by it."""
        client = client_of(staff)
        secret = set_up_app(staff)
        page = follow(client, client.get("/cms/"))
        assert heading(page) == "Is it you?"
        page = press(client, page, CONFIRM, code=code_of(secret))
        assert (page.status_code, address(page)) == (200, "/cms/")

    def test_who_signed_in_with_one_just_go_in(self, market: Market, staff: User, visitor: Client) -> None:
        secret = set_up_app(staff)
        press(visitor, by_password(visitor, staff), SIGN_IN, code=code_of(secret))
        assert visitor.get("/cms/").status_code == 200

    def test_who_give_it_up_are_kept_out_again(self, market: Market, staff: User, visitor: Client) -> None:
        secret = set_up_app(staff)
        press(visitor, by_password(visitor, staff), SIGN_IN, code=code_of(secret))
        elsewhere = Client()
        cache.clear()  # when the app shows another code
        press(elsewhere, by_password(elsewhere, staff), SIGN_IN, code=code_of(secret))
        assert elsewhere.get("/cms/").status_code == 200
        press(visitor, shown_again(visitor, "/accounts/2fa/totp/deactivate/"), "Turn it off")
        for client in (visitor, elsewhere):
            assert heading(follow(client, client.get("/cms/"))) == "First a second step"

    @pytest.mark.parametrize(
        ("method", "path", "headers"),
        [
            ("post", "/cms/sellers/new/", {}),
            ("get", "/cms/api/main/pages/", {"X-Requested-With": "XMLHttpRequest"}),
            ("get", "/cms/api/main/pages/", {"Sec-Fetch-Dest": "empty"}),
            ("get", "/cms/sprite/", {"Sec-Fetch-Dest": "image"}),
            ("get", "/cms/jsi18n/", {"Sec-Fetch-Dest": "script"}),
            ("delete", "/cms/sellers/new/", {}),
        ],
    )
    def test_without_one_nothing_answers(
        self, staff: User, client_of: Callable[[User], Client], method: str, path: str, headers: dict[str, str]
    ) -> None:
        answer = getattr(client_of(staff), method)(path, headers=headers)
        assert answer.status_code == 403

    def test_without_one_may_learn_and_sign_out(
        self, market: Market, staff: User, client_of: Callable[[User], Client]
    ) -> None:
        client = client_of(staff)
        assert client.get("/dashboard/").status_code == 200
        assert client.post("/cms/logout/")["Location"] == "/"

    def test_are_sent_nowhere_else(self, staff: User, client_of: Callable[[User], Client]) -> None:
        client = client_of(staff)
        page = client.get("/security/second-factor/?next=https://evil.example/")
        assert Kept.WAY_ON not in client.session
        assert page.status_code == 200

    def test_others_are_still_told_that_it_is_not_for_them(self, person_client: Client) -> None:
        assert person_client.get("/cms/").status_code == 403

    def test_need_none_where_it_is_off(
        self, market: Market, staff: User, client_of: Callable[[User], Client], settings: Any
    ) -> None:
        settings.REQUIRE_STAFF_MFA = False
        assert client_of(staff).get("/cms/").status_code == 200


def test_the_demo_says_that_staff_need_none_there(market: Market, visitor: Client, settings: Any) -> None:
    settings.DEBUG = True
    assert "Staff enter the admin here without a second step" in words(visitor.get("/accounts/login/"))
    settings.REQUIRE_STAFF_MFA = True
    assert "Staff enter the admin here without a second step" not in words(visitor.get("/accounts/login/"))


class TestStaffWhoHelp:
    """Who lost the mailbox or the phone writes to staff, who make sure who it is."""

    def form(self, operator: Client, person: User) -> HttpResponse:
        return operator.get(f"/cms/users/edit/{person.pk}/")

    def save(self, operator: Client, person: User, **typed: str) -> HttpResponse:
        facts = {"email": person.email, "name": person.name, "is_active": "on"}
        return operator.post(f"/cms/users/edit/{person.pk}/", facts | typed)

    def test_change_an_address_that_is_dead(
        self, market: Market, person: User, operator: Client, visitor: Client
    ) -> None:
        elsewhere = Client()
        by_password(elsewhere, person)
        assert self.save(operator, person, email="New@example.com").status_code == 302
        person.refresh_from_db()
        assert (person.email, person.name) == ("new@example.com", "Ayu Lestari")
        assert elsewhere.get("/dashboard/").status_code == 302, "signed out"
        assert (delivered()[-1].to, delivered()[-1].subject) == (["ayu@example.com"], "Your e-mail address was changed")
        page = by_password(visitor, person)
        assert heading(page) == "Enter the code", "the password alone doesn't do: the address is to be proven"
        assert delivered()[-1].to == ["new@example.com"]
        assert heading(press(visitor, page, CONFIRM, code=code_in_mail())) == "Hello, Ayu"
        entries = ModelLogEntry.objects.filter(action="accounts.change_email")
        assert [(entry.user.email, entry.data) for entry in entries] == [
            ("operator@example.com", {"from": "ayu@example.com"})
        ]

    def test_take_no_address_that_somebody_has(self, person: User, other_person: User, operator: Client) -> None:
        answer = self.save(operator, person, email=other_person.email)
        assert answer.status_code == 200
        person.refresh_from_db()
        assert person.email == "ayu@example.com"

    def test_remove_the_second_step_of_who_lost_the_phone(
        self, market: Market, person: User, operator: Client, visitor: Client
    ) -> None:
        set_up_app(person)
        assert 'name="remove_second_factor"' in self.form(operator, person).content.decode()
        self.save(operator, person, remove_second_factor="on")
        assert not Authenticator.objects.exists()
        assert delivered()[-1].subject == "Your second step was removed"
        assert heading(by_password(visitor, person)) == "Hello, Ayu"
        assert ModelLogEntry.objects.get(action="accounts.remove_second_factor").user.email == "operator@example.com"

    def test_change_nothing_else_by_saving(self, person: User, operator: Client) -> None:
        set_up_app(person)
        self.save(operator, person, name="Ayu L.")
        person.refresh_from_db()
        assert (person.name, person.email) == ("Ayu L.", "ayu@example.com")
        assert Authenticator.objects.count() == 2
        assert delivered() == []

    def test_do_not_help_themselves(self, operator: Client) -> None:
        me = User.objects.get(email="operator@example.com")
        set_up_app(me)
        self.save(operator, me, email="other@example.com", remove_second_factor="on")
        me.refresh_from_db()
        assert me.email == "operator@example.com"
        assert Authenticator.objects.count() == 2

    def test_need_to_be_operators(self, person: User, editor: Client) -> None:
        assert self.save(editor, person, email="new@example.com").status_code in {302, 403}
        person.refresh_from_db()
        assert person.email == "ayu@example.com"
