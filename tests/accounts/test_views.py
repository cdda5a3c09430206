"""Signing up and in, switching the language, and who sees what of the admin."""

import json
import re
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from apps.accounts.enums import Role
from apps.accounts.models import User
from tests.factories.accounts import PASSWORD, PersonFactory
from tests.factories.catalog import Market
from tests.screens import (
    address,
    code_in_mail,
    delivered,
    follow,
    form_with,
    go,
    heading,
    links,
    press,
    soup_of,
    text_of,
    typed_in,
    words,
)

NEW = {"name": "Sari Dewi", "email": "sari@example.com", "password1": "pin-it-before-you-speak"}
CREATE, CONFIRM, SIGN_IN = "Create the account", "Confirm", "Sign in"


@pytest.fixture
def stranger() -> Client:
    """A browser with nothing in it, whose forms need their tokens."""
    return Client(enforce_csrf_checks=True)


def sign_up(client: Client, **facts: str) -> HttpResponse:
    """Fill in the form; what it leads to."""
    return press(client, client.get("/accounts/signup/"), CREATE, **NEW | facts)


def said(page: HttpResponse) -> list[str]:
    """The messages on top of the page."""
    return [text_of(each) for each in soup_of(page).select(".message")]


class TestTheLanguageSwitch:
    def test_keeps_the_page(self, market: Market, stranger: Client) -> None:
        page = stranger.get("/en/courses/claims/?from=mail")
        after = press(stranger, page, "ID Bahasa Indonesia", language="id")
        assert address(after) == "/en/courses/claims/?from=mail"
        assert after["Content-Language"] == "id"
        assert heading(after) == "Claims"
        assert stranger.get("/help/")["Content-Language"] == "id"

    def test_goes_to_the_page_in_that_language_where_there_is_one(self, market: Market, stranger: Client) -> None:
        after = press(stranger, stranger.get(market.anchors.url), "ID Bahasa Indonesia", language="id")
        assert (address(after), heading(after)) == ("/id/courses/anchors/", "Jangkar produk")
        back = press(stranger, after, "EN English", language="en")
        assert (address(back), heading(back)) == ("/en/courses/anchors/", "Product anchors")

    def test_the_last_address_wins(self, market: Market, visitor: Client) -> None:
        answer = visitor.post("/language/", {"language": "id", "next": ["/en/about/", "/id/courses/"]})
        assert answer["Location"] == "/id/courses/"

    @pytest.mark.parametrize(
        "foreign",
        [
            "https://evil.example/",
            "//evil.example/en/",
            "javascript:alert(1)",
            "/\\evil.example",
            "http:///evil.example",
            "",
        ],
    )
    def test_never_leads_off_the_site(self, db: None, visitor: Client, foreign: str) -> None:
        answer = visitor.post("/language/", {"language": "id", "next": foreign})
        assert (answer.status_code, answer["Location"]) == (303, "/")

    def test_is_kept_with_the_person(self, market: Market, person: User, person_client: Client) -> None:
        person_client.post("/language/", {"language": "id", "next": "/dashboard/"})
        person.refresh_from_db()
        assert person.language == "id"
        elsewhere = Client()
        elsewhere.force_login(person)
        assert elsewhere.get("/dashboard/")["Content-Language"] == "id"

    def test_is_kept_on_the_device_for_a_year(self, db: None, visitor: Client) -> None:
        cookie = visitor.post("/language/", {"language": "id", "next": "/"}).cookies[settings.LANGUAGE_COOKIE_NAME]
        assert (cookie.value, cookie["max-age"], cookie["samesite"]) == ("id", 31_536_000, "Lax")

    def test_knows_only_the_sites_languages(self, person: User, person_client: Client) -> None:
        assert person_client.post("/language/", {"language": "fr", "next": "/"}).status_code == 400
        person.refresh_from_db()
        assert person.language == "en"

    def test_by_an_address_explains_itself(self, db: None, visitor: Client) -> None:
        assert visitor.get("/language/").status_code == 405

    def test_who_never_chose_gets_what_the_browser_asks_for(self, market: Market, visitor: Client) -> None:
        answer = visitor.get("/", headers={"Accept-Language": "id,en;q=0.5"})
        assert answer["Location"] == "/id/"
        assert visitor.get("/", headers={"Accept-Language": "fr"})["Location"] == "/en/"


class TestSigningUp:
    def test_by_the_code_from_the_mail(self, market: Market, stranger: Client) -> None:
        code_page = sign_up(stranger, email="Sari@Example.com")
        person = User.objects.get()
        assert (person.email, person.name, person.language) == ("sari@example.com", "Sari Dewi", "en")
        assert heading(stranger.get("/dashboard/", follow=True)) != "Hello, Sari", "not before the address is proven"
        assert code_in_mail() not in code_page.content.decode()
        welcome = press(stranger, code_page, CONFIRM, code=code_in_mail())
        assert address(welcome) == "/welcome/"
        assert EmailAddress.objects.get(user=person).verified

    def test_a_wrong_code_says_so_and_the_right_one_still_works(self, market: Market, stranger: Client) -> None:
        code_page = sign_up(stranger)
        again = press(stranger, code_page, CONFIRM, code="WRONG1")
        assert heading(again) == "Enter the code"
        assert "Something needs a second look" in words(again)
        assert soup_of(again).select_one("[name=code]")["aria-invalid"] == "true"
        assert address(press(stranger, again, CONFIRM, code=code_in_mail())) == "/welcome/"

    def test_three_wrong_codes_end_it_and_a_new_one_can_be_had(self, market: Market, stranger: Client) -> None:
        page = sign_up(stranger)
        first = code_in_mail()
        for number in range(3):
            page = press(stranger, page, CONFIRM, code=f"WRONG{number}")
        assert heading(page) != "Enter the code"
        assert not EmailAddress.objects.get().verified
        back = follow(stranger, stranger.post("/accounts/confirm-email/", {"code": first}))
        assert address(back) != "/welcome/"
        assert not EmailAddress.objects.get().verified

    def test_an_expired_code_is_refused_with_a_way_on(self, market: Market, stranger: Client, settings: object) -> None:
        settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = -1
        page = sign_up(stranger)
        page = press(stranger, page, CONFIRM, code=code_in_mail()) if heading(page) == "Enter the code" else page
        assert address(page) != "/welcome/"
        assert not EmailAddress.objects.get().verified
        assert heading(page) in {SIGN_IN, "Create an account"}
        settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 900
        cache.clear()  # a while later: codes are sent at most every ten seconds
        signing_in = press(
            stranger, stranger.get("/accounts/login/"), SIGN_IN, login=NEW["email"], password=NEW["password1"]
        )
        assert heading(signing_in) == "Enter the code"
        assert address(press(stranger, signing_in, CONFIRM, code=code_in_mail())) != "/accounts/login/"
        assert EmailAddress.objects.get().verified

    def test_a_code_that_no_longer_counts_says_so(self, market: Market, stranger: Client, settings: object) -> None:
        page = sign_up(stranger)
        settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = -1
        page = press(stranger, page, CONFIRM, code=code_in_mail())
        assert heading(page) == SIGN_IN
        assert said(page) == ["This code no longer counts. Begin again here, and you get a new one."]

    def test_an_address_that_has_an_account_is_not_given_away(
        self, market: Market, person: User, stranger: Client
    ) -> None:
        new = sign_up(stranger)
        known_stranger = Client(enforce_csrf_checks=True)
        known = sign_up(known_stranger, email=person.email)
        assert (address(known), heading(known)) == (address(new), heading(new))
        assert words(known).replace(person.email, "X") == words(new).replace(NEW["email"], "X")
        letter = delivered()[-1]
        assert letter.to == [person.email]
        assert re.search(r"^ {4}\S+$", letter.body, re.M) is None, "the letter holds no code"
        assert "/accounts/" in letter.body
        assert User.objects.filter(email=person.email).count() == 1

    @pytest.mark.parametrize(
        ("typed", "reason"),
        [
            ({"email": "sari@"}, "Your e-mail"),
            ({"password1": "short"}, "10 characters"),
            ({"password1": "password1234"}, "too common"),
            ({"name": ""}, "required"),
        ],
    )
    def test_a_form_in_error_keeps_what_was_typed(
        self, db: None, stranger: Client, typed: dict[str, str], reason: str
    ) -> None:
        answer = sign_up(stranger, **typed)
        assert "Something needs a second look" in words(answer)
        shown = soup_of(answer).select_one(".summary-of-errors")
        (wrong,) = typed
        assert shown.find("a")["href"] == f"#id_{wrong}"
        assert reason.lower() in answer.content.decode().lower()
        form, _button = form_with(answer, CREATE)
        kept = typed_in(form)
        expected = {**NEW, **typed}
        assert (kept["name"], kept["email"]) == (expected["name"], expected["email"])
        assert "pin-it-before-you-speak" not in answer.content.decode(), "a password is never sent back"
        assert not User.objects.exists()

    def test_asks_for_the_route_and_comes_back_to_the_lesson_where_it_began(
        self, market: Market, stranger: Client
    ) -> None:
        page = go(stranger, stranger.get(market.anchor_lessons[1].url), "Create an account")
        code_page = press(stranger, page, CREATE, **NEW)
        welcome = press(stranger, code_page, CONFIRM, code=code_in_mail())
        assert address(welcome) == f"/welcome/?next={market.anchor_lessons[1].url}"
        assert address(press(stranger, welcome, "Continue")) == address(welcome), "nothing chosen: asked again"
        lesson = press(stranger, welcome, "Continue", route="affiliate")
        assert address(lesson) == market.anchor_lessons[1].url
        assert User.objects.get().chosen_route == "affiliate"

    def test_on_the_way_to_the_route_asks_for_it_once(self, market: Market, stranger: Client) -> None:
        page = go(stranger, follow(stranger, stranger.get("/welcome/")), "Create an account")
        welcome = press(stranger, press(stranger, page, CREATE, **NEW), CONFIRM, code=code_in_mail())
        assert address(welcome) == "/welcome/"
        assert address(press(stranger, welcome, "Continue", route="both")) == "/dashboard/"

    def test_keeps_the_language_that_the_form_was_read_in(self, market: Market, visitor: Client) -> None:
        visitor.post("/language/", {"language": "id", "next": "/"})
        visitor.post("/accounts/signup/", NEW)
        assert User.objects.get().language == "id"
        assert delivered()[-1].subject == "Kode Anda untuk Seller University"

    def test_takes_over_the_language_chosen_while_waiting_for_the_code(self, market: Market, stranger: Client) -> None:
        code_page = sign_up(stranger)
        assert User.objects.get().language == "en"
        code_page = press(stranger, code_page, "ID Bahasa Indonesia", language="id")
        welcome = press(stranger, code_page, "Konfirmasi", code=code_in_mail())
        assert welcome["Content-Language"] == "id"
        assert User.objects.get().language == "id"
        assert Client().get("/")["Location"] == "/en/", "another device has not chosen"

    @pytest.mark.parametrize(
        ("language", "told", "kept"),
        [
            ("en", "Asia/Makassar", "Asia/Makassar"),
            ("en", "", "America/Los_Angeles"),
            ("id", "", "Asia/Jakarta"),
            ("id", "Mars/Olympus", "Asia/Jakarta"),
            ("id", "../etc/passwd" * 40, "Asia/Jakarta"),
        ],
    )
    def test_keeps_the_zone_of_the_browser(self, db: None, language: str, told: str, kept: str) -> None:
        client = Client(headers={"Accept-Language": language})
        form, _button = form_with(client.get("/accounts/signup/"), "Buat akun" if language == "id" else CREATE)
        assert form.find("input", attrs={"name": "zone", "type": "hidden"}) is not None
        assert client.post("/accounts/signup/", NEW | {"zone": told}).status_code == 302
        assert User.objects.get().zone == kept

    def test_an_address_too_long_is_said_so(self, db: None, stranger: Client) -> None:
        answer = sign_up(stranger, email="s" * 250 + "@example.com")
        assert answer.status_code == 422
        assert "at most 254 characters" in words(answer)


class TestSigningIn:
    def test_for_the_first_time_takes_over_the_language_of_the_device(self, market: Market, visitor: Client) -> None:
        made_by_staff = PersonFactory(email="new@example.com")
        typed = {"login": made_by_staff.email, "password": PASSWORD}
        for language, spoken in (("id", "id"), ("en", "id")):
            visitor.post("/language/", {"language": language, "next": "/"})
            assert visitor.post("/accounts/login/", typed, follow=True)["Content-Language"] == spoken
            made_by_staff.refresh_from_db()
            assert made_by_staff.language == spoken, "later the person's own language wins"
            visitor.post("/accounts/logout/")

    @pytest.mark.parametrize("verified", [True, False])
    def test_says_one_thing(self, market: Market, stranger: Client, verified: bool) -> None:
        PersonFactory(email="new@example.com", name="Nia", verified=verified)
        page = stranger.get("/accounts/login/")
        page = press(stranger, page, SIGN_IN, login="new@example.com", password=PASSWORD)
        if not verified:
            page = press(stranger, page, CONFIRM, code=code_in_mail())
        assert said(page) == ["You are signed in, Nia." if verified else "new@example.com is confirmed."]

    @pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/change/", "/accounts/reauthenticate/"])
    def test_tab_goes_from_field_to_field(self, person_client: Client, visitor: Client, path: str) -> None:
        """The link for who forgot the password comes after the password."""
        page = (visitor if "login" in path else person_client).get(path)
        form = soup_of(page).select_one("main form")
        stops = [each.get("name") or each.get("href") for each in form.find_all(["input", "a", "button"])]
        stops = [each for each in stops if each and each != "csrfmiddlewaretoken"]
        field = "oldpassword" if "change" in path else "password"
        assert stops.index(field) + 1 == stops.index("/accounts/password/reset/")
        assert soup_of(page).find("input", attrs={"name": field})["aria-describedby"] == f"id_{field}_helptext"

    def test_by_password_goes_where_one_was_going(self, market: Market, person: User, stranger: Client) -> None:
        page = follow(stranger, stranger.get("/profile/"))
        assert heading(page) == SIGN_IN
        after = press(stranger, page, SIGN_IN, login="AYU@example.com", password=PASSWORD)
        assert (address(after), heading(after)) == ("/profile/", "Ayu Lestari")

    def test_a_wrong_password_keeps_the_address_and_gives_nothing_away(self, person: User, stranger: Client) -> None:
        page = stranger.get("/accounts/login/")
        wrong = press(stranger, page, SIGN_IN, login=person.email, password="not-it-at-all")
        unknown = press(stranger, page, SIGN_IN, login="nobody@example.com", password="not-it-at-all")
        assert typed_in(form_with(wrong, SIGN_IN)[0])["login"] == person.email
        assert words(wrong) == words(unknown)
        assert "not-it-at-all" not in wrong.content.decode()

    def test_by_a_code_from_the_mail(self, market: Market, person: User, stranger: Client) -> None:
        page = go(stranger, stranger.get("/accounts/login/"), "Send me a code by e-mail")
        page = press(stranger, page, "Send the code", email=person.email)
        assert delivered()[-1].to == [person.email]
        after = press(stranger, page, CONFIRM, code=code_in_mail())
        assert heading(after) == "Hello, Ayu"

    def test_by_a_code_that_no_longer_counts(self, person: User, stranger: Client, settings: object) -> None:
        page = press(stranger, stranger.get("/accounts/login/code/"), "Send the code", email=person.email)
        settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = -1
        page = press(stranger, page, CONFIRM, code=code_in_mail())
        assert heading(page) == "Send me a code"
        assert said(page) == ["This code no longer counts. Begin again here, and you get a new one."]

    def test_by_a_code_does_not_give_away_who_has_an_account(self, person: User, stranger: Client) -> None:
        pages = []
        for email in (person.email, "nobody@example.com"):
            page = Client().post("/accounts/login/code/", {"email": email}, follow=True)
            pages.append(words(page).replace(email, "X"))
        assert pages[0] == pages[1]

    def test_a_forgotten_password_is_set_anew_by_a_link(self, market: Market, person: User, stranger: Client) -> None:
        page = press(stranger, stranger.get("/accounts/password/reset/"), "Send me a link", email=person.email)
        assert heading(page) == "Look into your mail"
        (link,) = re.findall(r"https?://\S+", delivered()[-1].body)[:1]
        page = follow(stranger, stranger.get(link.split("testserver")[-1].split("8000")[-1]))
        assert heading(page) == "Choose a new password"
        done = press(stranger, page, "Set the password", password1="a-new-one-for-sure", password2="a-new-one-for-sure")
        assert heading(done) == "Your password is changed"
        after = press(
            stranger, stranger.get("/accounts/login/"), SIGN_IN, login=person.email, password="a-new-one-for-sure"
        )
        assert heading(after) == "Hello, Ayu"

    def test_signing_out_asks_first(self, market: Market, person_client: Client) -> None:
        page = person_client.get("/accounts/logout/")
        assert heading(page) == "Sign out?"
        assert person_client.get("/dashboard/").status_code == 200
        after = press(person_client, page, "Sign out")
        assert address(after) == "/en/"
        assert person_client.get("/dashboard/").status_code == 302

    def test_pages_of_ones_own_lead_through_sign_in(self, db: None, visitor: Client) -> None:
        for path in ("/dashboard/", "/welcome/", "/profile/"):
            assert visitor.get(path)["Location"] == f"/accounts/login/?next={path}"


class TestChangingTheAccount:
    NEW_PASSWORD = "a-new-one-for-sure"

    def test_a_new_password_leads_back_to_security(self, market: Market, person_client: Client) -> None:
        page = person_client.get("/accounts/password/change/")
        new = {"oldpassword": PASSWORD, "password1": self.NEW_PASSWORD, "password2": self.NEW_PASSWORD}
        after = press(person_client, page, "Change the password", **new)
        assert (address(after), said(after)) == ("/security/", ["Your password is changed."])

    def test_a_first_password_leads_back_to_security(self, market: Market, visitor: Client) -> None:
        person = PersonFactory(password=None)
        code_page = press(visitor, visitor.get("/accounts/login/code/"), "Send the code", email=person.email)
        press(visitor, code_page, CONFIRM, code=code_in_mail())
        page = follow(visitor, visitor.get("/accounts/password/change/"))
        new = {"password1": self.NEW_PASSWORD, "password2": self.NEW_PASSWORD}
        after = press(visitor, page, "Set the password", **new)
        assert (address(after), said(after)) == ("/security/", ["Your password is set."])

    def test_a_new_address_leads_back_to_ones_own_page(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        page = person_client.get("/accounts/email/")
        old_code_page = press(person_client, page, "Change the address", email="lestari@example.com")
        new_code_page = press(person_client, old_code_page, CONFIRM, code=code_in_mail())
        after = press(person_client, new_code_page, CONFIRM, code=code_in_mail())
        assert (address(after), said(after)) == ("/profile/", ["lestari@example.com is confirmed."])
        person.refresh_from_db()
        assert person.email == "lestari@example.com"


SIGNED_OUT = {
    "/accounts/signup/": [
        {},
        NEW | {"name": "N" * 121},
        NEW | {"email": "sari@"},
        NEW | {"email": "s" * 250 + "@example.com"},
        NEW | {"password1": "short"},
        NEW | {"password1": "password1234"},
        NEW | {"password1": "sari@example.com"},
        NEW | {"name": "a\x00b"},
    ],
    "/accounts/login/": [{}, {"login": "x", "password": "y"}, {"login": "no@example.com", "password": "not-it"}],
    "/accounts/login/code/": [{}, {"email": "x"}],
    "/accounts/password/reset/": [{}, {"email": "x"}],
    "/help/": [{"email": "x", "topic": "weather", "text": "x" * 4001}, {"email": "e" * 260 + "@example.com"}],
}
SIGNED_IN = {
    "/accounts/password/change/": [
        {},
        {"oldpassword": "not-it", "password1": "short", "password2": "short"},
        {"oldpassword": PASSWORD, "password1": "ayu@example.com", "password2": "other"},
    ],
    "/accounts/email/": [
        {"action_add": "", "email": ""},
        {"action_add": "", "email": "x"},
        {"action_add": "", "email": "ayu@example.com"},
    ],
    "/accounts/reauthenticate/": [{}, {"password": "not-it"}],
    "/profile/": [{}, {"name": "N" * 121, "language": "fr", "zone": "Mars/Olympus"}],
    "/welcome/": [{}, {"route": "pyramid"}],
}


def complaints(answer: HttpResponse) -> list[str]:
    """What a form in error says, without the names of its fields."""
    found = soup_of(answer).select(".summary-of-errors li")
    return [text_of(each).split(": ", 1)[-1] for each in found]


class TestFormsInError:
    """They answer 422, allauth's too, and complain in the reader's language, Django's and allauth's words too."""

    def check(self, answers: list[HttpResponse]) -> None:
        assert [answer.status_code for answer in answers] == [422, 422]
        english, indonesian = map(complaints, answers)
        assert len(english) == len(indonesian) > 0
        assert set(english).isdisjoint(indonesian)

    @pytest.mark.parametrize(("path", "typed"), [(path, typed) for path in SIGNED_OUT for typed in SIGNED_OUT[path]])
    def test_signed_out(self, db: None, path: str, typed: dict[str, str]) -> None:
        self.check([Client(headers={"Accept-Language": code}).post(path, typed) for code in ("en", "id")])

    @pytest.mark.parametrize(("path", "typed"), [(path, typed) for path in SIGNED_IN for typed in SIGNED_IN[path]])
    def test_signed_in(self, person: User, person_client: Client, path: str, typed: dict[str, str]) -> None:
        answers = []
        for language in ("en", "id"):
            User.objects.filter(pk=person.pk).update(language=language)
            answers.append(person_client.post(path, typed))
        self.check(answers)

    def test_a_wrong_code(self, market: Market, stranger: Client) -> None:
        page = sign_up(stranger)
        english = press(stranger, page, CONFIRM, code="WRONG1")
        page = press(stranger, english, "ID Bahasa Indonesia", language="id")
        self.check([english, press(stranger, page, "Konfirmasi", code="WRONG1")])
        ended = press(stranger, page, "Konfirmasi", code="WRONG1")
        assert said(ended) == ["Terlalu banyak percobaan masuk yang gagal. Coba lagi nanti."]

    def test_a_form_that_is_only_shown_is_no_error(self, db: None, visitor: Client) -> None:
        assert {visitor.get(path).status_code for path in SIGNED_OUT} == {200}


class TestTooOften:
    def test_signing_up_answers_with_a_page_of_our_own(self, db: None, visitor: Client) -> None:
        answers = [visitor.post("/accounts/signup/", {"email": "x"}) for _try in range(21)]
        assert [answer.status_code for answer in answers] == [422] * 20 + [429]
        assert heading(answers[-1]) == "That was a lot in a short time"
        assert links(answers[-1])["Ask for help"] == "/help/"

    def test_a_wrong_password_again_and_again_is_stopped(self, person: User, visitor: Client) -> None:
        wrong = {"login": person.email, "password": "not-it-at-all"}
        answers = [visitor.post("/accounts/login/", wrong) for _try in range(6)]
        assert words(answers[-1]) != words(answers[0])
        right = visitor.post("/accounts/login/", wrong | {"password": PASSWORD})
        assert "_auth_user_id" not in visitor.session, "the right one doesn't help for a while"
        assert right.status_code in {422, 429}

    def test_another_person_is_not_held_up_by_it(self, person: User, other_person: User, visitor: Client) -> None:
        for _try in range(6):
            visitor.post("/accounts/login/", {"login": person.email, "password": "not-it-at-all"})
        visitor.post("/accounts/login/", {"login": other_person.email, "password": PASSWORD})
        assert visitor.session["_auth_user_id"] == str(other_person.pk)


PLACES = {
    "pages": "/cms/pages/",
    "images": "/cms/images/",
    "documents": "/cms/documents/",
    "clips": "/cms/snippets/catalog/video/",
    "sellers": "/cms/sellers/",
    "certificates": "/cms/certificates/",
    "questions": "/cms/questions/",
    "people": "/cms/users/",
}
SEEN = {
    Role.EDITOR: {"pages", "images", "documents", "clips"},
    Role.APPROVER: {"pages", "images", "documents", "clips", "certificates"},
    Role.POLICY: {"sellers"},
    Role.EVENT_MANAGER: set(),
    Role.EVENT_STAFF: set(),
    Role.OPERATOR: {"sellers", "certificates", "questions", "people"},
}

HISTORY = {"/cms/reports/site-history/", "/cms/reports/site-history/results/"}
WORK_WITH_PAGES = HISTORY | {
    "/cms/pages/",
    "/cms/pages/search/",
    "/cms/reports/aging-pages/",
    "/cms/reports/locked/",
    "/cms/reports/page-types-usage/",
    "/cms/reports/workflow/",
    "/cms/reports/workflow_tasks/",
}


def menu(answer: HttpResponse) -> str:
    """The admin's menu as it is sent to the browser."""
    return soup_of(answer).find(id="wagtail-sidebar-props").string


def places_in(entries: object) -> set[str]:
    """Every address that stands anywhere in the menu."""
    found = re.findall(r'"(/cms/[^"]*)"', json.dumps(entries).replace("\\/", "/"))
    return {name for name, place in PLACES.items() if any(address.split("?")[0] == place for address in found)}


class TestTheAdmin:
    @pytest.mark.parametrize("role", Role)
    def test_shows_each_role_its_own_menus(self, db: None, client_of: Callable, role: Role) -> None:
        answer = client_of(PersonFactory(role=role)).get("/cms/")
        assert answer.status_code == 200
        modules = json.loads(menu(answer))
        shown = places_in(modules)
        if '"wagtail.sidebar.PageExplorerMenuItem"' in menu(answer):
            shown |= {"pages"}
        assert shown == SEEN[role]

    @pytest.mark.parametrize("role", Role)
    def test_opens_to_each_role_what_its_menu_shows(self, db: None, client_of: Callable, role: Role) -> None:
        client = client_of(PersonFactory(role=role))
        opened = {name for name, place in PLACES.items() if client.get(place).status_code == 200}
        assert opened - {"pages"} == SEEN[role] - {"pages"}

    @pytest.mark.parametrize("role", Role)
    def test_opens_reports_and_pages_to_who_works_with_them(
        self, market: Market, client_of: Callable, role: Role
    ) -> None:
        client = client_of(PersonFactory(role=role))
        opened = {path for path in WORK_WITH_PAGES if client.get(path).status_code == 200}
        assert opened == {
            Role.EDITOR: WORK_WITH_PAGES - {"/cms/reports/locked/"},
            Role.APPROVER: WORK_WITH_PAGES,
            Role.OPERATOR: HISTORY,
        }.get(role, set())

    def test_is_for_staff_only(self, person_client: Client, visitor: Client) -> None:
        assert address(follow(visitor, visitor.get("/cms/"))).startswith("/accounts/login/?next=/cms/")
        refused = follow(person_client, person_client.get("/cms/"))
        assert refused.status_code == 403 or address(refused) == "/dashboard/"
        assert "wagtail-sidebar-props" not in refused.content.decode()

    def test_is_entered_through_the_one_sign_in(self, db: None, visitor: Client, stranger: Client) -> None:
        for path in ("/cms/login/", "/_util/login/"):
            assert visitor.get(path)["Location"] == "/accounts/login/?next=/cms/"
        PersonFactory(email="edda@example.com", role=Role.EDITOR)
        page = follow(stranger, stranger.get("/cms/"))
        after = press(stranger, page, SIGN_IN, login="edda@example.com", password=PASSWORD)
        assert address(after) == "/cms/"

    def test_sign_in_sends_who_is_in_already_where_they_belong(self, person_client: Client, editor: Client) -> None:
        assert editor.get("/cms/login/")["Location"] == "/cms/"
        assert person_client.get("/cms/login/")["Location"] == "/"

    def test_is_left_by_its_own_button(self, editor: Client) -> None:
        assert editor.get("/cms/logout/")["Location"] == "/accounts/logout/"
        assert "_auth_user_id" in editor.session
        assert editor.post("/cms/logout/")["Location"] == "/"
        assert "_auth_user_id" not in editor.session

    def test_an_editor_cannot_publish(self, market: Market, editor: Client, approver: Client) -> None:
        path = f"/cms/pages/{market.about.pk}/edit/"
        assert 'name="action-publish"' not in editor.get(path).content.decode()
        assert 'name="action-publish"' in approver.get(path).content.decode()
        assert editor.post(f"/cms/pages/{market.about.pk}/unpublish/").status_code in {302, 403}
        market.about.refresh_from_db()
        assert market.about.live

    def test_a_person_whom_staff_make_gets_the_usual_zone(self, db: None, operator: Client) -> None:
        answer = operator.post("/cms/users/new/", {"email": "Wira@Example.com", "name": "Wira"})
        assert answer.status_code == 302, complaints(answer)
        made = User.objects.get(email="wira@example.com")
        assert (made.name, made.zone) == ("Wira", "America/Los_Angeles")
