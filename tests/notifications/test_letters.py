"""How letters are rendered: the reader's language and zone, what is secret, how they are stopped."""

from datetime import UTC, datetime
from importlib.resources import files

import pytest
from bs4 import BeautifulSoup
from django.core.signing import Signer
from django.utils import timezone, translation

from apps.accounts.models import User
from apps.notifications.enums import Kind
from apps.notifications.letters import STOP_SALT, account_letter, render_letter, samples, stop_url
from apps.notifications.rules import Letter

BAYU = User(pk=7, email="bayu@example.com", name="Bayu Pratama", language="id", zone="Asia/Jayapura")
ALICE = User(pk=8, email="alice@example.com", name="Alice & <Co>", language="en", zone="America/New_York")
CHANGED = {"timestamp": datetime(2026, 3, 2, 20, 15, tzinfo=UTC), "ip": "203.0.113.7"}


def welcome(person: User, kind: str = Kind.NEWS) -> Letter:
    """A letter that may be chosen, with a link."""
    return render_letter("web/letters/welcome", kind=kind, person=person, context={}, link="/en/courses/")


def told(person: User | None, language: str = "") -> Letter:
    """A letter with a time in it."""
    return account_letter("account/email/password_changed", person=person, context=CHANGED, language=language)


class TestRenderLetter:
    def test_speaks_the_readers_language_whatever_the_pages(self) -> None:
        with translation.override("en"):
            letter = welcome(BAYU)
            assert translation.get_language() == "en"
        assert letter.subject == "Selamat datang di Seller University Lantern Market"
        assert "Senang Anda di sini, Bayu." in letter.text
        assert BeautifulSoup(letter.html, "html.parser").html["lang"] == "id"

    @pytest.mark.parametrize(
        ("person", "said"),
        [
            (BAYU, "3 Maret 2026, 5.15 WIT"),
            (ALICE, "March 2, 2026, 3:15 p.m. EST"),
            (None, "March 2, 2026, 8:15 p.m. UTC"),
        ],
    )
    def test_times_are_the_readers_and_name_their_zone(self, person: User | None, said: str) -> None:
        with timezone.override("Europe/Paris"):
            letter = told(person)
        assert said.lower() in letter.text.lower()
        assert said.lower() in BeautifulSoup(letter.html, "html.parser").get_text(" ").lower()

    def test_an_address_without_a_person_is_written_to_in_the_language_that_is_named(self) -> None:
        assert told(None, "id").subject == "Kata sandi Anda sudah diganti"
        assert told(None).subject == "Your password was changed"

    def test_plain_text_is_plain_and_html_is_safe(self) -> None:
        letter = render_letter(
            "web/letters/welcome", kind=Kind.NEWS, person=User(pk=1, name="A&B <b>", language="en"), context={}
        )
        assert "Good to have you here, A&B." in letter.text
        assert "Good to have you here, A&amp;B." in letter.html

    def test_the_link_is_local_on_the_site_and_absolute_in_the_mail(self, settings: object) -> None:
        settings.BASE_URL = "https://university.example"
        letter = welcome(BAYU)
        assert letter.link == "/en/courses/"
        assert "\nhttps://university.example/en/courses/\n" in letter.text
        links = [each["href"] for each in BeautifulSoup(letter.html, "html.parser").find_all("a")]
        assert links[0] == "https://university.example/en/courses/"

    def test_a_kind_that_is_a_choice_says_how_to_stop_it(self) -> None:
        letter = welcome(ALICE)
        assert f"Get these on the site only:\n{stop_url(ALICE, Kind.NEWS)}" in letter.text
        assert stop_url(ALICE, Kind.NEWS) in letter.html
        assert "/letters/settings/" in letter.text
        assert "/letters/settings/" in letter.html

    @pytest.mark.parametrize("kind", [Kind.ACCOUNT, Kind.STAFF])
    def test_a_kind_that_is_no_choice_does_not(self, kind: str) -> None:
        letter = welcome(ALICE, kind)
        assert "/letters/" not in letter.text + letter.html

    def test_what_stands_beside_the_subject_is_the_first_paragraph_and_isnt_seen_in_the_letter(self) -> None:
        hidden = BeautifulSoup(welcome(ALICE).html, "html.parser").body.div
        assert hidden.get_text().startswith("Good to have you here, Alice.")
        assert "display:none" in hidden["style"]

    def test_the_reason_stands_in_both_parts(self) -> None:
        letter = welcome(ALICE)
        for part in (letter.text, letter.html):
            assert "You get this letter because you sell at Lantern Market." in part


class TestStopUrl:
    def test_names_person_and_kind_and_nothing_else(self) -> None:
        token = stop_url(BAYU, Kind.LEARNING).rstrip("/").rpartition("/")[2]
        assert Signer(salt=STOP_SALT).unsign_object(token) == [7, "learning"]

    def test_is_the_same_for_nobody_else(self) -> None:
        assert len({stop_url(person, kind) for person in (BAYU, ALICE) for kind in (Kind.LEARNING, Kind.NEWS)}) == 4

    def test_there_is_none_where_there_is_no_choice(self) -> None:
        assert stop_url(BAYU, Kind.ACCOUNT) == ""


class TestAccountLetters:
    @pytest.mark.parametrize("name", sorted(samples(ALICE)))
    def test_what_lets_its_reader_in_is_secret_and_only_that(self, name: str) -> None:
        letter = samples(ALICE)[name]
        lets_in = "K7QX-MRTB" in letter.text or "/reset/key/" in letter.text
        assert letter.is_secret == lets_in
        assert letter.link == ""

    @pytest.mark.parametrize("name", ["login_code", "email_confirmation", "email_confirmation_signup"])
    def test_a_code_stands_in_the_letter_and_not_in_its_subject(self, name: str) -> None:
        letter = samples(ALICE)[name]
        assert "\n    K7QX-MRTB\n" in letter.text
        assert "K7QX-MRTB" not in letter.subject
        page = BeautifulSoup(letter.html, "html.parser")
        assert page.select_one(".code").get_text() == "K7QX-MRTB"
        assert page.body.div.get_text() == "K7QX-MRTB", "the phone shows it beside the subject"

    def test_one_that_nobody_has_looked_at_is_secret(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a later version of allauth adds gives nothing away."""
        monkeypatch.setattr("apps.notifications.letters.INFORMING", frozenset())
        assert told(ALICE).is_secret

    def test_every_letter_that_allauth_may_send_here_is_ours(self) -> None:
        """Codes instead of links for a new password are off, so that one is left out."""
        names = {
            each.name.removesuffix("_subject.txt")
            for app in ("account", "mfa", "socialaccount")
            for each in (files("allauth") / "templates" / app / "email").iterdir()
            if each.name.endswith("_subject.txt")
        }
        assert names - {"password_reset_code"} <= set(samples(ALICE))
