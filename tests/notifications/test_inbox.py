"""The inbox and its count in the bar, preferences, the way out by one click, dead addresses: as each reader meets them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.services import choose_route
from apps.learning.queries.progress import personal_facts
from apps.notifications import rules
from apps.notifications.enums import Channel, Kind, MessageState, SuppressionReason
from apps.notifications.letters import stop_url
from apps.notifications.models import AddressRetry, Message, Preference, Suppression
from apps.notifications.queries import inbox
from apps.notifications.rules import Letter
from apps.notifications.services.letters import mark_read, post_letter
from apps.notifications.services.preferences import set_preference, try_address_again
from apps.notifications.services.suppression import suppress
from tests.factories import AT
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import Market
from tests.screens import address, buttons, follow, go, heading, links, press, soup_of, text_of, words

TEXT = "Hello Ayu,\n\nyour certificate is ready: https://example.com/a?b=1&c=2\n\n<script>alert(1)</script>\n"
FOOT = "\n--\nYou get this letter because you finished a course.\n"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def write(person: User, subject: str = "Your certificate", **facts: Any) -> Message:
    """A letter to this person, an hour after the one before."""
    at = facts.pop("at", AT + timedelta(hours=Message.objects.count()))
    given = {"kind": Kind.LEARNING, "text": TEXT + FOOT, "html": "<p>In the e-mail</p>", "link": "/dashboard/"} | facts
    letter = post_letter(letter=Letter(subject=subject, **given), person=person, at=at)
    assert letter is not None
    return letter


def in_bar(response: Any) -> tuple[str, str]:
    """What the bar shows and what it says of letters; empty where it has no link to them."""
    link = soup_of(response).find("a", class_="post")
    if link is None:
        return "", ""
    shown = link.find(class_="post__count")
    return text_of(shown) if shown else "", text_of(link.find(class_="hidden-but-read"))


def path_of(url: str) -> str:
    """The address without its host."""
    return url.removeprefix(settings.BASE_URL)


@pytest.mark.django_db
class TestTheInbox:
    def test_says_what_will_be_here(self, market: Market, person_client: Client) -> None:
        page = person_client.get("/letters/")
        assert heading(page) == "Letters"
        assert "No letters yet" in words(page)
        assert links(page)["Find a course"] == "/en/courses/"
        assert buttons(page) == []

    def test_lists_the_newest_first_and_marks_what_is_unread_in_words(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        old, new = write(person, "Old"), write(person, "New")
        mark_read(person=person, at=AT, reference=str(old.reference))
        lines = soup_of(person_client.get("/letters/")).find_all(class_="letter-line")
        assert [text_of(each) for each in lines] == [
            "New March 2, 2026 Unread · Courses and certificates",
            "Old March 2, 2026 Courses and certificates",
        ]
        assert lines[0].find("a")["href"] == f"/letters/{new.reference}/"
        assert Message.objects.filter(read_at=None).get() == new, "looking at the list reads nothing"

    def test_shows_24_a_page(self, market: Market, person: User, person_client: Client) -> None:
        for number in range(30):
            write(person, f"Letter {number}")
        first = person_client.get("/letters/")
        assert len(soup_of(first).find_all(class_="letter-line")) == 24
        second = go(person_client, first, "Next")
        shown = [text_of(each.find("h2")) for each in soup_of(second).find_all(class_="letter-line")]
        assert (address(second), shown) == ("/letters/?page=2", [f"Letter {number}" for number in range(5, -1, -1)])
        for page in ("99", "x", "-1", ""):
            assert person_client.get("/letters/", {"page": page}).status_code == 200

    def test_asks_as_much_for_thirty_letters_as_for_one(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        write(person)
        person_client.get("/letters/")
        counts = []
        for _step in range(2):
            with CaptureQueriesContext(connection) as asked:
                person_client.get("/letters/")
            counts.append(len(asked))
            for _letter in range(29):
                write(person)
        assert counts[0] == counts[1] <= 7

    def test_is_for_who_is_signed_in(self, market: Market, visitor: Client, other_client: Client, person: User) -> None:
        letter = write(person)
        for path in ("/letters/", "/letters/settings/", f"/letters/{letter.reference}/"):
            assert visitor.get(path)["Location"] == f"/accounts/login/?next={path}"
        for path in ("/letters/read/", "/letters/again/"):
            assert visitor.post(path)["Location"] == "/accounts/login/?next=/letters/"
            assert visitor.get(path).status_code == 405
        assert "Your certificate" not in words(other_client.get("/letters/"))

    def test_speaks_indonesian_in_the_readers_zone(self, market: Market, client_of: Callable) -> None:
        reader = PersonFactory(indonesian=True)
        letter = write(reader, "Sertifikat Anda", at=AT.replace(hour=20))
        client = client_of(reader)
        page = client.get("/letters/")
        assert soup_of(page).find("html")["lang"] == "id"
        assert "3 Maret 2026" in words(page)
        assert "WIB" in words(client.get(f"/letters/{letter.reference}/"))

    def test_pages_are_not_left_on_a_shared_phone(self, market: Market, person: User, person_client: Client) -> None:
        letter = write(person)
        for path in ("/letters/", f"/letters/{letter.reference}/"):
            assert "no-store" in person_client.get(path)["Cache-Control"]


@pytest.mark.django_db
class TestALetter:
    def test_is_read_once_opened(self, market: Market, person: User, person_client: Client) -> None:
        write(person, "Another")
        letter = write(person)
        page = go(person_client, person_client.get("/letters/"), "Your certificate")
        assert heading(page) == "Your certificate"
        assert links(page)["Go on from here"] == "/dashboard/"
        assert in_bar(page) == ("1", "1 unread letter"), "the bar of this very page knows it"
        first = Message.objects.get(pk=letter.pk).read_at
        assert first is not None
        person_client.get(address(page))
        assert Message.objects.get(pk=letter.pk).read_at == first

    def test_is_not_read_by_a_browser_that_fetches_ahead(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        path = f"/letters/{write(person).reference}/"
        person_client.head(path)
        person_client.get(path, headers={"Sec-Purpose": "prefetch;prerender"})
        assert inbox.unread_count(person) == 1

    def test_shows_its_text_and_nothing_that_belongs_to_the_mail(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        html = person_client.get(f"/letters/{write(person).reference}/").content.decode()
        assert '<a href="https://example.com/a?b=1&amp;c=2" rel="nofollow">' in html
        assert "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>" in html
        assert "You get this letter because" not in html
        assert "In the e-mail" not in html

    @pytest.mark.parametrize("link", ["", "https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example"])
    def test_leads_nowhere_but_to_the_site(
        self, market: Market, person: User, person_client: Client, link: str
    ) -> None:
        page = person_client.get(f"/letters/{write(person, link=link).reference}/")
        assert "Go on from here" not in links(page)

    def test_of_another_secret_or_none_at_all_is_not_found(
        self, market: Market, person: User, person_client: Client, other_client: Client
    ) -> None:
        mine, secret = write(person), write(person, "Your code", is_secret=True, kind=Kind.ACCOUNT)
        assert other_client.get(f"/letters/{mine.reference}/").status_code == 404
        assert Message.objects.get(pk=mine.pk).read_at is None
        for reference in (secret.reference, uuid4(), "nonsense", "1"):
            assert person_client.get(f"/letters/{reference}/").status_code == 404
        page = person_client.get("/letters/")
        assert "Your code" not in words(page)
        assert in_bar(page) == ("1", "1 unread letter")


@pytest.mark.django_db
class TestMarkingAllRead:
    def test_leaves_none_unread_and_none_of_anothers(
        self, market: Market, person: User, other_person: User, person_client: Client
    ) -> None:
        for reader in (person, person, other_person):
            write(reader)
        page = press(person_client, person_client.get("/letters/"), "Mark all as read")
        assert address(page) == "/letters/"
        assert "All letters are marked as read." in words(page)
        assert in_bar(page) == ("", "Letters")
        assert inbox.unread_count(other_person) == 1
        assert buttons(page) == []

    def test_leaves_unread_what_came_after_the_list(self, market: Market, person: User, person_client: Client) -> None:
        write(person, "Seen", at=timezone.now() - timedelta(hours=1))
        page = person_client.get("/letters/")
        write(person, "Later", at=timezone.now() + timedelta(seconds=1))
        assert in_bar(press(person_client, page, "Mark all as read")) == ("1", "1 unread letter")

    def test_reads_what_a_clock_that_jumped_wrote_into_the_future(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        write(person, at=timezone.now() + timedelta(hours=2))
        page = press(person_client, person_client.get("/letters/"), "Mark all as read")
        assert in_bar(page) == ("", "Letters")

    @pytest.mark.parametrize("until", ["", "yesterday", "2026-13-45T00:00:00+00:00", "2026-03-02T09:00:00"])
    def test_takes_an_instant_that_cannot_be_read_for_now(
        self, market: Market, person: User, person_client: Client, until: str
    ) -> None:
        write(person)
        assert person_client.post("/letters/read/", {"until": until}).status_code == 303
        assert inbox.unread_count(person) == 0

    def test_needs_the_token_of_the_page(self, market: Market, person: User) -> None:
        write(person)
        client = Client(enforce_csrf_checks=True)
        client.force_login(person)
        assert client.post("/letters/read/").status_code == 403
        assert inbox.unread_count(person) == 1


PAGES = [
    "/en/",
    "/en/courses/",
    "/en/courses/anchors/",
    "/en/courses/anchors/a2/",
    "/en/policies/claims/",
    "/en/about/",
]
OTHERS = ["/en/updates/", "/en/updates/anchor-button/", "/dashboard/", "/profile/", "/help/", "/en/nothing/"]


@pytest.mark.django_db
class TestTheBar:
    @pytest.mark.parametrize("path", [*PAGES, *OTHERS])
    def test_counts_unread_letters_for_each_reader(
        self, market: Market, person: User, person_client: Client, other_client: Client, visitor: Client, path: str
    ) -> None:
        """Kept pages are filled for each reader; a 304 never hides a new letter."""
        person_client.get(path)
        other_client.get(path)
        tag = person_client.get(path).get("ETag")
        headers = {"If-None-Match": tag} if tag else {}
        if tag:
            assert person_client.get(path, headers=headers).status_code == 304
        for _letter in range(3):
            write(person)
        page = person_client.get(path, headers=headers)
        assert page.status_code in (200, 404)
        assert in_bar(page) == ("3", "3 unread letters")
        assert in_bar(other_client.get(path)) == ("", "Letters")
        assert in_bar(visitor.get(path)) == ("", "")

    def test_stops_counting_at_a_hundred(self, market: Market, person: User, person_client: Client) -> None:
        write(person)
        letter = Message.objects.get()
        for number in range(104):
            letter.pk, letter.reference, letter.dedupe_key = None, uuid4(), f"many-{number}"
            letter.save(force_insert=True)
            if number == 97:
                assert in_bar(person_client.get("/en/about/")) == ("99", "99 unread letters")
        for path in ("/en/about/", "/en/courses/anchors/a2/", "/help/"):
            assert in_bar(person_client.get(path)) == ("99+", "More than 99 unread letters")

    def test_asks_nothing_for_visitors(self, market: Market, visitor: Client) -> None:
        for path in [*PAGES, "/help/", "/accounts/login/"]:
            visitor.get(path)
            with CaptureQueriesContext(connection) as asked:
                visitor.get(path)
            assert [each["sql"] for each in asked if "notifications_message" in each["sql"]] == []

    def test_asks_once(self, market: Market, person: User, person_client: Client) -> None:
        write(person)
        choose_route(person=person, route="both")
        for path in [*PAGES, *OTHERS, "/letters/settings/"]:
            person_client.get(path)
            with CaptureQueriesContext(connection) as asked:
                person_client.get(path)
            assert len([each for each in asked if "notifications_message" in each["sql"]]) == 1, path

    def test_has_an_index_for_both_of_its_statements(self, market: Market, person: User) -> None:
        if connection.vendor != "sqlite":
            pytest.skip("a planner with statistics takes what is best for two rows")
        course = market.reading(market.anchors)
        with CaptureQueriesContext(connection) as asked:
            inbox.unread_count(person)
            personal_facts(person.pk, course)
        for statement in asked.captured_queries:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN QUERY PLAN " + statement["sql"])
                plan = " ".join(str(row) for row in cursor.fetchall())
            assert "SCAN notifications_message" not in plan
            assert "SEARCH notifications_message USING INDEX notifications_" in plan


@pytest.mark.django_db
class TestSettings:
    def test_offer_a_choice_where_there_is_one(self, market: Market, person_client: Client) -> None:
        page = go(person_client, person_client.get("/profile/"), "Choose which come by e-mail")
        assert address(page) == "/letters/settings/"
        assert [text_of(each) for each in soup_of(page).find("main").find_all("legend")] == [
            "Courses and certificates",
            "Reminders of your weekly goal",
            "Violations, points and policy quizzes",
            "News from the marketplace",
        ]
        assert "Sign-in and account Always Codes to sign in" in words(page)
        assert "Questions to staff" not in words(page)

    def test_keep_what_was_chosen(
        self, market: Market, person: User, other_person: User, person_client: Client
    ) -> None:
        waiting, account = write(person, kind=Kind.NEWS), write(person, kind=Kind.ACCOUNT)
        page = press(person_client, person_client.get("/letters/settings/"), "Save", news="site")
        assert "Your settings are saved." in words(page)
        checked = [each["value"] for each in soup_of(page).find("main").find_all("input", checked=True)]
        assert checked == ["both", "both", "both", "site"]
        assert inbox.channels_of(other_person) == {
            "learning": "both",
            "reminder": "both",
            "standing": "both",
            "news": "both",
        }
        assert Message.objects.get(pk=waiting.pk).state == MessageState.NONE, "what still waited isn't sent"
        assert Message.objects.get(pk=account.pk).state == MessageState.WAITING
        assert write(person, kind=Kind.NEWS).state == MessageState.NONE
        press(person_client, page, "Save", news="both")
        assert write(person, kind=Kind.NEWS).state == MessageState.WAITING
        assert Preference.objects.filter(person=person).count() == 1

    @pytest.mark.parametrize("typed", [{}, {"learning": "both"}, {"learning": "pigeon", "news": "both"}])
    def test_say_what_is_missing(
        self, market: Market, person: User, person_client: Client, typed: dict[str, str]
    ) -> None:
        page = person_client.post("/letters/settings/", typed)
        assert page.status_code == 422
        assert "Something needs a second look" in words(page)
        assert not Preference.objects.exists()

    def test_a_choice_made_after_being_signed_out_is_not_lost(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        person_client.logout()
        page = person_client.post("/letters/settings/", {"learning": "both", "news": "site", "account": "pigeon"})
        assert page["Location"] == "/accounts/login/?next=/letters/settings/%3Flearning%3Dboth%26news%3Dsite"
        person_client.force_login(person)
        page = person_client.get("/letters/settings/?learning=both&news=site&account=pigeon")
        checked = [each["value"] for each in soup_of(page).find("main").find_all("input", checked=True)]
        assert checked == ["both", "both", "both", "site"]
        assert not Preference.objects.exists(), "an address changes nothing"
        assert "Your settings are saved." in words(press(person_client, page, "Save"))
        assert inbox.channels_of(person)["news"] == "site"

    def test_no_one_stops_letters_without_which_nobody_gets_in(self, person: User, person_client: Client) -> None:
        person_client.post(
            "/letters/settings/",
            {"learning": "both", "reminder": "both", "standing": "both", "news": "both", "account": "site"},
        )
        assert not Preference.objects.exists()
        with pytest.raises(rules.NoChoice, match="always come by e-mail"):
            set_preference(person=person, kind=Kind.ACCOUNT, channel=Channel.SITE)


@pytest.mark.django_db
class TestTheLinkThatStops:
    def test_works_signed_out_and_back(self, market: Market, person: User, visitor: Client) -> None:
        path = path_of(stop_url(person, Kind.LEARNING))
        page = visitor.get(path)
        assert heading(page) == "Stop these e-mails?"
        assert "a…@example.com" in words(page)
        assert "ayu@" not in page.content.decode()
        assert "“Courses and certificates”" in words(page)
        assert inbox.channels_of(person)["learning"] == "both", "a program that opens links stops nothing"
        page = press(visitor, page, "Stop these e-mails")
        assert (page.status_code, heading(page)) == (200, "These e-mails are stopped")
        assert inbox.channels_of(person) == {"learning": "site", "reminder": "both", "standing": "both", "news": "both"}
        assert heading(visitor.get(path)) == "These e-mails are stopped"
        assert links(page)["Choose for every kind of letter"] == "/letters/settings/"
        page = press(visitor, page, "Send them by e-mail again")
        assert (page.status_code, heading(page)) == (200, "These e-mails come again")
        assert inbox.channels_of(person)["learning"] == "both"

    def test_takes_the_one_click_of_a_mail_program(self, market: Market, person: User) -> None:
        """RFC 8058: a POST without cookies, token or redirect; twice is as good as once."""
        path = path_of(stop_url(person, Kind.NEWS))
        client = Client(enforce_csrf_checks=True)
        for content_type in ("application/x-www-form-urlencoded", "multipart"):
            sent = {"data": "List-Unsubscribe=One-Click", "content_type": content_type}
            answer = client.post(path, **sent) if content_type != "multipart" else client.post(path, ONE_CLICK)
            assert answer.status_code == 200
            assert settings.SESSION_COOKIE_NAME not in client.cookies
            client.cookies.clear()
        assert inbox.channels_of(person) == {"learning": "both", "reminder": "both", "standing": "both", "news": "site"}
        assert Preference.objects.count() == 1

    @pytest.mark.parametrize("sent", [{}, {"List-Unsubscribe": "Two-Clicks"}, {"other": "One-Click"}])
    def test_stops_nothing_by_another_word(
        self, market: Market, person: User, visitor: Client, sent: dict[str, str]
    ) -> None:
        page = visitor.post(path_of(stop_url(person, Kind.NEWS)), sent)
        assert (page.status_code, heading(page)) == (422, "Stop these e-mails?")
        assert not Preference.objects.exists()

    def test_changed_by_any_character_changes_nothing(self, market: Market, person: User, visitor: Client) -> None:
        token = path_of(stop_url(person, Kind.NEWS)).split("/")[-2]
        changed = {token[:at] + ("a" if token[at] != "a" else "b") + token[at + 1 :] for at in range(len(token))}
        changed |= {token[:-1], token + "a", token.swapcase(), "x", ":", "WzFd:a:b"}
        for each in sorted(changed):
            page = visitor.post(f"/letters/stop/{each}/", ONE_CLICK)
            assert page.status_code == 400, each
        assert heading(page) == "We could not read that"
        assert "a character was lost or changed" in words(page)
        assert links(page)["Go on from here"] == "/letters/settings/"
        assert not Preference.objects.exists()

    def test_is_no_key_to_other_kinds(self, market: Market, person: User, visitor: Client) -> None:
        from django.core.signing import Signer

        from apps.notifications.letters import STOP_SALT

        assert stop_url(person, Kind.ACCOUNT) == ""
        for facts in ([person.pk, "account"], [person.pk, "none"], [person.pk], "text", ["x", "news"], [None, "news"]):
            token = Signer(salt=STOP_SALT).sign_object(facts)
            assert visitor.post(f"/letters/stop/{token}/", ONE_CLICK).status_code == 400
        other_salt = Signer(salt="elsewhere").sign_object([person.pk, "news"])
        assert visitor.post(f"/letters/stop/{other_salt}/", ONE_CLICK).status_code == 400

    @pytest.mark.parametrize("how", ["erased", "closed"])
    def test_of_a_person_erased_meanwhile(self, market: Market, visitor: Client, how: str) -> None:
        gone = PersonFactory(email="gone@example.com")
        path = path_of(stop_url(gone, Kind.NEWS))
        if how == "erased":
            gone.delete()
        else:
            User.objects.filter(pk=gone.pk).update(is_active=False)
        for page in (visitor.get(path), visitor.post(path, ONE_CLICK)):
            assert (page.status_code, heading(page)) == (200, "Nothing is sent any more")
            assert "gone" not in words(page).replace("is gone", "")
        assert not Preference.objects.exists()

    def test_speaks_the_language_of_the_letter_unless_another_was_chosen(self, market: Market) -> None:
        path = path_of(stop_url(PersonFactory(indonesian=True), Kind.NEWS))
        client = Client(headers={"Accept-Language": "en"})
        page = client.get(path)
        assert (soup_of(page).find("html")["lang"], page["Content-Language"]) == ("id", "id")
        client.post("/language/", {"language": "en", "next": "/"})
        assert soup_of(client.get(path)).find("html")["lang"] == "en"

    def test_is_told_to_no_search_engine(self, market: Market, person: User, visitor: Client) -> None:
        page = visitor.get(path_of(stop_url(person, Kind.NEWS)))
        assert page["X-Robots-Tag"] == "noindex"
        assert "no-store" in page["Cache-Control"]


SHOWN = ["/dashboard/", "/profile/", "/letters/", "/letters/settings/"]


@pytest.mark.django_db
class TestADeadAddress:
    def bounce(self, person: User, reason: str = SuppressionReason.BOUNCED) -> None:
        """The person's address takes no mail."""
        suppress(address=person.email, reason=reason, detail="550 5.1.1", at=AT)

    @pytest.mark.parametrize("path", SHOWN)
    def test_is_told_where_one_looks(
        self, market: Market, person: User, person_client: Client, other_client: Client, path: str
    ) -> None:
        self.bounce(person)
        page = person_client.get(path)
        assert "Letters to ayu@example.com come back." in words(page)
        assert links(page)["Change the e-mail"] == "/accounts/email/"
        assert "550" not in words(page)
        assert "come back." not in words(other_client.get(path))

    def test_is_asked_for_on_no_other_page(self, market: Market, person: User, person_client: Client) -> None:
        self.bounce(person)
        for path in (*PAGES, "/help/", "/welcome/"):
            with CaptureQueriesContext(connection) as asked:
                person_client.get(path)
            assert [each for each in asked if "notifications_suppression" in each["sql"]] == []

    @pytest.mark.parametrize("path", SHOWN)
    def test_is_written_to_again_when_its_reader_says_so(
        self, market: Market, person: User, person_client: Client, path: str
    ) -> None:
        self.bounce(person)
        assert write(person).state == MessageState.NONE
        page = press(person_client, person_client.get(path), "Send to this address again")
        assert address(page) == path
        assert "We send letters to ayu@example.com again." in words(page)
        assert "come back." not in words(page)
        assert write(person).state == MessageState.WAITING

    def test_is_written_to_again_once_a_day(self, market: Market, person: User, person_client: Client) -> None:
        self.bounce(person)
        person_client.post("/letters/again/", {"next": "/profile/"})
        self.bounce(person)
        page = person_client.post("/letters/again/", {"next": "/profile/"})
        assert (page.status_code, heading(page)) == (429, "Not so fast")
        assert links(page)["Go on from here"] == "/accounts/email/"
        assert Suppression.objects.count() == 1
        AddressRetry.objects.update(at=timezone.now() - timedelta(hours=25))
        assert person_client.post("/letters/again/").status_code == 303
        assert not Suppression.objects.exists()
        assert AddressRetry.objects.count() == 1

    def test_who_complained_is_told_in_plain_words(self, market: Market, person: User, person_client: Client) -> None:
        self.bounce(person, SuppressionReason.COMPLAINED)
        page = person_client.get("/dashboard/")
        assert "We send no more letters to ayu@example.com. One of ours was marked there as unwanted." in words(page)
        assert links(page)["Choose letters"] == "/letters/settings/"
        press(person_client, page, "Send to this address again")
        assert not Suppression.objects.exists()

    def test_that_is_none_stays_as_it_is(
        self, market: Market, person: User, other_person: User, person_client: Client
    ) -> None:
        """Pressed twice, or from a page of yesterday; and never another's."""
        self.bounce(other_person)
        answer = person_client.post("/letters/again/", {"next": "https://elsewhere.example/"})
        assert (answer.status_code, answer["Location"]) == (303, "/letters/")
        assert Suppression.objects.count() == 1
        assert "again" not in words(follow(person_client, answer))
        assert not AddressRetry.objects.exists()

    def test_a_clock_that_was_put_back_bars_nobody(self, person: User) -> None:
        AddressRetry.objects.create(person=person, at=AT + timedelta(days=30))
        self.bounce(person)
        assert try_address_again(person=person, at=AT) is True


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hello\n\n-- \nFoot\n", "Hello"),
        ("Hello\r\n--\r\nFoot", "Hello"),
        ("A -- dash\n--- not a foot\n", "A -- dash\n--- not a foot"),
        ("", ""),
    ],
)
def test_what_belongs_to_the_mail_only_is_left_out(text: str, shown: str) -> None:
    assert rules.text_on_site(text) == shown
