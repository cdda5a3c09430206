"""The site as a whole: where one begins, one's own pages, help, errors, and what machines ask."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode
from xml.etree import ElementTree

import pytest
from django.conf import settings as project
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext

from apps.accounts.models import Seller, User
from apps.accounts.services import choose_route
from apps.core.clock import now
from apps.core.jobs import run_slot
from apps.learning import services
from apps.learning.models import Certificate
from apps.web.letters import all_samples
from apps.web.models import HelpRequest
from apps.web.services.questions import ask_staff
from config.celery import SCHEDULE
from tests.factories import AT
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import LessonFactory, Market, UpdateFactory
from tests.factories.learning import CertificateFactory, EnrolmentFactory
from tests.screens import (
    address,
    buttons,
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

QUESTION = {"email": "ayu@example.com", "topic": "courses", "text": "Where is my certificate?\nI finished."}


class TestTheStart:
    def test_leads_each_reader_to_where_they_begin(
        self, market: Market, visitor: Client, person_client: Client
    ) -> None:
        assert visitor.get("/")["Location"] == "/en/"
        assert person_client.get("/")["Location"] == "/dashboard/"

    @pytest.mark.parametrize("name", ["courses", "policies", "updates"])
    def test_short_addresses_lead_to_the_readers_language(self, market: Market, visitor: Client, name: str) -> None:
        assert visitor.get(f"/{name}/?subject=tools")["Location"] == f"/en/{name}/?subject=tools"
        visitor.post("/language/", {"language": "id", "next": "/"})
        assert visitor.get(f"/{name}/")["Location"] == f"/id/{name}/"


class TestTheDashboard:
    def next_step(self, client: Client) -> str:
        return text_of(soup_of(client.get("/dashboard/")).select_one("section.next"))

    def test_asks_first_how_one_sells(self, market: Market, person_client: Client) -> None:
        assert "Your next step Choose how you will sell" in self.next_step(person_client)
        assert links(person_client.get("/dashboard/"))["Choose"] == "/welcome/"

    def test_then_offers_a_course_that_suits(self, market: Market, seller_client: Client) -> None:
        assert "A course that suits you Product anchors" in self.next_step(seller_client)
        assert links(seller_client.get("/dashboard/"))["Look at the course"] == market.anchors.url

    def test_then_the_lesson_at_hand(self, market: Market, seller_person: User, seller_client: Client) -> None:
        services.complete_lesson(person=seller_person, lesson=market.reading(market.anchor_lessons[0]), at=AT)
        page = seller_client.get("/dashboard/")
        assert "Your next lesson On a live Product anchors" in self.next_step(seller_client)
        assert links(page)["Continue"] == market.anchor_lessons[1].url
        assert "1 of 3 done" in words(page)

    def test_goes_on_with_a_course_before_asking_how_one_sells(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        services.complete_lesson(person=person, lesson=market.reading(market.anchor_lessons[0]), at=AT)
        page = person_client.get("/dashboard/")
        assert "Your next lesson On a live Product anchors" in self.next_step(person_client)
        assert links(page)["Compare and choose"] == "/welcome/"
        titles = [text_of(each) for each in soup_of(page).select("main h2")]
        assert titles.index("On a live") < titles.index("How will you sell?")
        choose_route(person=person, route="both")
        assert "How will you sell?" not in words(person_client.get("/dashboard/"))

    def test_finishes_a_course_whose_last_open_lesson_was_taken_off(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        for lesson in market.anchor_lessons[:2]:
            services.complete_lesson(person=person, lesson=market.reading(lesson), at=AT)
        market.anchor_lessons[2].unpublish()
        page = person_client.get("/dashboard/")
        assert "Your next step Product anchors All its lessons are done." in self.next_step(person_client)
        assert soup_of(page).find(id="next-step")["lang"] == "en"
        done = press(person_client, page, "Finish the course")
        assert address(done).endswith("/done/")
        assert Certificate.objects.get().person == person
        assert "Finish the course" not in buttons(person_client.get("/dashboard/"))

    def test_leads_to_what_came_into_a_finished_course(
        self, market: Market, seller_person: User, seller_client: Client
    ) -> None:
        for lesson in market.anchor_lessons:
            services.complete_lesson(person=seller_person, lesson=market.reading(lesson), at=AT)
        new = LessonFactory(parent=market.anchors, title="On the shelf", slug="shelf")
        page = seller_client.get("/dashboard/")
        assert "1 new lesson since you finished On the shelf Product anchors" in self.next_step(seller_client)
        assert links(page)["Read what is new"] == new.url

    def test_in_the_end_the_whole_catalogue(self, market: Market, seller_person: User, seller_client: Client) -> None:
        for lesson in (*market.anchor_lessons, *market.claim_lessons):
            services.complete_lesson(person=seller_person, lesson=market.reading(lesson), at=AT)
        page = seller_client.get("/dashboard/")
        assert "You have begun every course for your route" in self.next_step(seller_client)
        assert links(page)["See all courses"] == "/en/courses/"
        references = set(Certificate.objects.values_list("reference", flat=True))
        assert {each.split("/")[-2] for each in links(page).values() if "/certificates/" in each} == references

    def test_shows_the_shop_or_how_it_is_linked(
        self, market: Market, seller_client: Client, person_client: Client
    ) -> None:
        assert "Carla's Kitchen CARLA-01 United States Affiliate" in words(seller_client.get("/dashboard/"))
        own = person_client.get("/dashboard/")
        assert "No shop is linked to you yet." in words(own)
        assert "CARLA-01" not in own.content.decode()

    def test_shows_the_newest_updates_for_ones_route(self, market: Market, seller_client: Client) -> None:
        UpdateFactory(parent=market.updates, title="For self-sellers", slug="self", for_route="self_selling")
        UpdateFactory(parent=market.updates, title="For affiliates", slug="aff", for_route="affiliate")
        titles = [text_of(each) for each in soup_of(seller_client.get("/dashboard/")).select(".update__title")]
        assert sorted(titles) == ["For affiliates", "The anchor button moved"]

    def test_keeps_a_course_that_was_taken_off(self, market: Market, person: User, person_client: Client) -> None:
        EnrolmentFactory(person=person, course_title="Gone for good")
        page = person_client.get("/dashboard/")
        assert "Gone for good This course has been taken off." in words(page)
        assert "/certificates/" not in "".join(links(page).values())

    def test_keeps_the_certificate_of_a_course_that_was_taken_off(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        for lesson in market.claim_lessons:
            services.complete_lesson(person=person, lesson=market.reading(lesson), at=AT)
        market.claims.unpublish()
        certificate = Certificate.objects.get()
        page = person_client.get("/dashboard/")
        assert links(page)["Certificate : Claims"] == f"/certificates/{certificate.reference}/"
        Certificate.objects.update(revoked_at=AT, revoke_reason="Given by mistake.")
        assert "/certificates/" not in "".join(links(person_client.get("/dashboard/")).values())

    def test_in_indonesian_leads_to_indonesian_pages(self, market: Market, client_of: Callable) -> None:
        person = PersonFactory(indonesian=True, affiliate=True)
        services.complete_lesson(person=person, lesson=market.reading(market.claim_lessons[0]), at=AT)
        services.enrol(person=person, course=market.reading(market.anchors_id), at=AT + timedelta(days=1))
        page = client_of(person).get("/dashboard/")
        assert page["Content-Language"] == "id"
        assert market.first_lesson_id.url in links(page).values()
        assert soup_of(page).find(id="next-step")["lang"] == "id"
        assert "Jangkar produk" in words(page)


class TestTheWelcome:
    def test_keeps_the_route_on_person_and_shop(
        self, market: Market, seller_person: User, seller_client: Client
    ) -> None:
        page = seller_client.get("/welcome/")
        assert soup_of(page).find("input", value="affiliate").has_attr("checked")
        after = press(seller_client, page, "Continue", route="both")
        assert address(after) == "/dashboard/"
        seller_person.refresh_from_db()
        assert seller_person.chosen_route == "both"
        assert Seller.objects.get().route == "both"

    def test_goes_on_to_where_the_reader_wanted(self, market: Market, person_client: Client) -> None:
        page = person_client.get(f"/welcome/?next={market.anchors.url}")
        assert address(press(person_client, page, "Continue", route="both")) == market.anchors.url

    @pytest.mark.parametrize("foreign", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "", "\x00"])
    def test_never_leads_off_the_site(self, person_client: Client, foreign: str) -> None:
        address = f"/welcome/?{urlencode({'next': foreign})}"
        answer = person_client.post(address, {"route": "both"})
        assert (answer.status_code, answer.get("Location", "/dashboard/")) in {
            (303, "/dashboard/"),
            (400, "/dashboard/"),
        }

    def test_says_beside_each_route_what_it_means(self, person_client: Client) -> None:
        options = [text_of(each) for each in soup_of(person_client.get("/welcome/")).select("label.choice")]
        assert options == [
            "Self-selling You show your products in your own LIVEs and videos.",
            "Affiliate Creators show your products, for a commission.",
            "Both routes You show some yourself, and creators show them too.",
        ]

    @pytest.mark.parametrize(
        ("typed", "reason"), [({}, "Choose how you will sell."), ({"route": "pyramid"}, "pyramid")]
    )
    def test_refuses_what_is_no_route(self, person: User, typed: dict[str, str], reason: str) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(person)
        answer = press(client, client.get("/welcome/"), "Continue", **typed)
        assert answer.status_code == 422
        assert reason in words(answer)
        assert links(answer).popitem()[1] == "#id_route_0" or "#id_route_0" in links(answer).values()
        person.refresh_from_db()
        assert person.chosen_route == ""


class TestTheProfile:
    def test_saves_and_says_so(self, person: User, person_client: Client) -> None:
        page = person_client.get("/profile/")
        after = press(person_client, page, "Save", name="Ayu L.", language="en", zone="Asia/Makassar")
        assert heading(after) == "Ayu L."
        assert "Your settings are saved." in words(after)
        person.refresh_from_db()
        assert (person.name, person.zone) == ("Ayu L.", "Asia/Makassar")

    def test_in_error_keeps_what_was_typed(self, person: User, person_client: Client) -> None:
        page = person_client.get("/profile/")
        answer = press(person_client, page, "Save", name="N" * 121, language="id", zone="Mars/Olympus")
        assert answer.status_code == 422
        form, _button = form_with(answer, "Save")
        kept = typed_in(form)
        assert (kept["name"], kept["language"]) == ("N" * 121, "id")
        shown = soup_of(answer).select_one(".summary-of-errors")
        assert [each["href"] for each in shown.find_all("a")] == ["#id_name", "#id_zone"]
        assert soup_of(answer).find(id="id_name")["aria-invalid"] == "true"
        person.refresh_from_db()
        assert (person.name, person.language, person.zone) == ("Ayu Lestari", "en", "UTC")

    def test_lists_ones_own_certificates_only(self, person: User, other_person: User, person_client: Client) -> None:
        own = CertificateFactory(person=person, course_title="Mine")
        gone = CertificateFactory(person=person, course_title="Mine too", revoked=True)
        CertificateFactory(person=other_person, course_title="Not mine")
        page = person_client.get("/profile/")
        assert {"Mine", "Mine too"} <= links(page).keys()
        assert "Not mine" not in words(page)
        assert links(page)["Mine"] == f"/certificates/{own.reference}/"
        assert "Withdrawn on March 4, 2026" in words(page)
        assert gone.reference in page.content.decode()

    def test_a_certificates_day_is_the_same_in_every_zone(self, db: None, client_of: Callable) -> None:
        """What it says on the day can't change with who looks."""
        for zone in ("Asia/Jayapura", "America/Los_Angeles"):
            person = PersonFactory(zone=zone)
            CertificateFactory(person=person, issued_at=AT.replace(day=2, hour=20))
            assert "Issued on March 2, 2026" in words(client_of(person).get("/profile/"))


class TestHelp:
    def test_a_question_is_kept_and_reaches_support(self, market: Market, person: User, person_client: Client) -> None:
        page = person_client.get("/help/?topic=courses")
        form, _button = form_with(page, "Send the question")
        assert (typed_in(form)["email"], typed_in(form)["topic"]) == ("ayu@example.com", "courses")
        after = press(person_client, page, "Send the question", text="Where is my certificate?")
        assert heading(after) == "Your question is with us"
        question = HelpRequest.objects.get()
        assert (question.person, question.topic, question.language) == (person, "courses", "en")
        (letter,) = delivered()
        assert letter.to == [project.SUPPORT_EMAIL]
        assert letter.reply_to == ["ayu@example.com"]
        assert "Where is my certificate?" in letter.body
        assert "Courses and certificates" in letter.subject

    def test_may_be_asked_signed_out(self, market: Market, visitor: Client) -> None:
        after = press(visitor, visitor.get("/help/"), "Send the question", **QUESTION)
        assert heading(after) == "Your question is with us"
        assert HelpRequest.objects.get().person is None

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [({"email": "ayu@"}, "id_email"), ({"email": ""}, "id_email"), ({"topic": "weather"}, "id_topic")],
    )
    def test_in_error_keeps_the_text(self, db: None, visitor: Client, wrong: dict[str, str], field: str) -> None:
        answer = press(visitor, visitor.get("/help/"), "Send the question", **QUESTION | wrong)
        assert answer.status_code == 422
        form, _button = form_with(answer, "Send the question")
        assert typed_in(form)["text"].replace("\r\n", "\n") == QUESTION["text"]
        assert [each["href"] for each in soup_of(answer).select(".summary-of-errors a")] == [f"#{field}"]
        assert not HelpRequest.objects.exists()

    def test_a_text_too_long_is_kept_whole(self, db: None, visitor: Client) -> None:
        text = "long " * 900
        answer = press(visitor, visitor.get("/help/"), "Send the question", **QUESTION | {"text": text})
        assert answer.status_code == 422
        assert typed_in(form_with(answer, "Send the question")[0])["text"].strip() == text.strip()

    def test_the_sixth_in_an_hour_is_refused_and_what_was_typed_is_not_lost(
        self, market: Market, visitor: Client
    ) -> None:
        for number in range(5):
            facts = QUESTION | {"text": f"Question {number}"}
            ask_staff(
                person=None, address="127.0.0.1", language="en", at=timezone.now() - timedelta(minutes=10), **facts
            )
        answer = press(visitor, visitor.get("/help/"), "Send the question", **QUESTION)
        assert answer.status_code == 429
        assert "Too many questions came in during the last hour." in words(answer)
        assert HelpRequest.objects.count() == 5
        assert "Where is my certificate?" in answer.content.decode()
        again = press(visitor, visitor.get("/help/"), "Send the question", **QUESTION | {"email": "b@example.com"})
        assert again.status_code == 429, "another e-mail is the same sender"

    def test_an_operator_reads_it_and_notes_that_it_was_answered(
        self, market: Market, visitor: Client, operator: Client, editor: Client
    ) -> None:
        press(visitor, visitor.get("/help/"), "Send the question", **QUESTION)
        question = HelpRequest.objects.get()
        path = f"/cms/questions/edit/{question.pk}/"
        assert "ayu@example.com" in words(operator.get("/cms/questions/"))
        assert "Where is my certificate?" in operator.get(path).content.decode()
        operator.post(path, {"answered": "on", "text": "Changed by staff"})
        question.refresh_from_db()
        assert question.answered_at is not None
        assert question.text.startswith("Where is my certificate?")
        assert "Where is my certificate?" not in editor.get(path, follow=True).content.decode()

        # The first time counts, and a slip can be taken back.
        first = question.answered_at
        operator.post(path, {"answered": "on"})
        question.refresh_from_db()
        assert question.answered_at == first
        operator.post(path, {})
        question.refresh_from_db()
        assert question.answered_at is None

    def test_an_operator_answers_by_mail_in_the_language_of_the_question(self, operator: Client, at: datetime) -> None:
        facts = {"email": "ayu+shop@example.com", "topic": "courses", "text": "Di mana?", "language": "id"}
        question = ask_staff(person=None, address="127.0.0.1", at=at, **facts)
        link = links(operator.get(f"/cms/questions/edit/{question.pk}/"))["Answer ayu+shop@example.com"]
        to, _question_mark, rest = link.removeprefix("mailto:").partition("?")
        with translation.override("id"):
            topic = gettext("Courses and certificates")
        assert unquote(to) == "ayu+shop@example.com"
        assert parse_qs(rest)["subject"][0].endswith(f": {topic}")


@pytest.mark.urls("tests.web.failing")
class TestErrors:
    SAID = {
        "/fail/400/": (400, "We could not read that"),
        "/fail/403/": (403, "This page is not for this account"),
        "/nothing/": (404, "There is nothing at this address"),
        "/language/": (405, "This address takes a form, not a visit"),
        "/fail/409/": (409, "That is not possible now"),
        "/fail/429/": (429, "Not so fast"),
        "/fail/500/": (500, "Something broke on our side"),
    }

    @pytest.mark.parametrize("language", ["en", "id"])
    @pytest.mark.parametrize("path", SAID)
    def test_have_a_page_with_a_way_on_in_the_readers_language(self, db: None, path: str, language: str) -> None:
        client = Client(raise_request_exception=False, headers={"Accept-Language": language})
        status, said = self.SAID[path]
        answer = client.get(path)
        with translation.override(language):
            expected = gettext(said)
        assert (answer.status_code, heading(answer)) == (status, expected)
        assert (expected == said) is (language == "en"), "untranslated"
        assert soup_of(answer).html["lang"] == language
        assert len(links(answer)) >= 1
        assert "secret detail" not in answer.content.decode()

    def test_a_refusal_says_why_and_leads_on_and_is_never_markup(self, db: None, visitor: Client) -> None:
        answer = visitor.get("/fail/409/")
        assert "Nobody has <b>seats</b>." in words(answer)
        assert links(answer)["Go on from here"] == "/help/"

    def test_a_refusal_by_htmx_is_a_fragment(self, db: None, visitor: Client) -> None:
        answer = visitor.get("/fail/409/", headers={"HX-Request": "true"})
        assert answer.status_code == 409
        assert answer.content.decode().strip().startswith('<div class="message message--warning" data-refusal>')

    def test_a_dead_link_in_the_demo_is_our_page_not_djangos(self, db: None, visitor: Client, settings: Any) -> None:
        settings.DEBUG = True
        answer = visitor.get("/nothing/")
        assert (answer.status_code, heading(answer)) == (404, "There is nothing at this address")

    def test_a_form_from_another_site_is_refused_in_words(self, db: None) -> None:
        answer = Client(enforce_csrf_checks=True).post("/help/", QUESTION)
        assert (answer.status_code, heading(answer)) == (403, "This form had lain open too long")
        assert links(answer)["Load the page anew"] == "/help/"

    def test_a_method_that_no_page_takes(self, db: None, visitor: Client) -> None:
        for path in ("/dashboard/", "/help/", "/en/", "/certificates/"):
            assert visitor.delete(path).status_code in {302, 405}


class TestWhatMachinesAsk:
    def test_healthz_needs_no_database(self, visitor: Client) -> None:
        """This test has no database: any statement would fail it."""
        answer = visitor.get("/healthz")
        assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"ok", "text/plain")

    def test_readyz_names_every_part(self, db: None, visitor: Client) -> None:
        for job in SCHEDULE:
            run_slot(job=job, at=now(), clock=now, work=lambda _at: {})
        answer = visitor.get("/readyz")
        parts = {"database": "ok", "migrations": "ok", "cache": "ok", "jobs": "ok"}
        assert (answer.status_code, answer.json()) == (200, parts)

    def test_readyz_names_a_job_that_has_not_run(self, db: None, visitor: Client) -> None:
        lazy, *others = SCHEDULE
        for job in others:
            run_slot(job=job, at=now(), clock=now, work=lambda _at: {})
        run_slot(job=lazy, at=now() - timedelta(hours=30), clock=now, work=lambda _at: {})
        answer = visitor.get("/readyz")
        assert (answer.status_code, answer.json()["jobs"]) == (503, f"late: {lazy.name}")

    def test_a_load_balancer_asks_for_the_web_alone(self, db: None, visitor: Client) -> None:
        answer = visitor.get("/readyz?of=web")
        assert (answer.status_code, answer.json()) == (200, {"database": "ok", "migrations": "ok", "cache": "ok"})

    def test_readyz_waits_for_migrations(self, db: None, visitor: Client) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'web' AND name = '0003_search'")
        answer = visitor.get("/readyz")
        assert (answer.status_code, answer.json()["migrations"]) == (503, "1 waiting")

    def test_readyz_says_when_the_cache_forgets(self, db: None, visitor: Client, settings: Any) -> None:
        settings.CACHES = settings.CACHES | {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
        answer = visitor.get("/readyz")
        assert (answer.status_code, answer.json()["cache"]) == (503, "forgetful")

    def test_robots_stay_out_of_what_is_personal(self, visitor: Client) -> None:
        lines = visitor.get("/robots.txt").content.decode().splitlines()
        assert {f"Disallow: /{each}/" for each in ("accounts", "certificates", "cms", "search")} <= set(lines)
        assert lines[-1] == f"Sitemap: {project.BASE_URL}/sitemap.xml"

    def test_the_sitemap_names_what_anyone_may_open_in_every_language(self, market: Market, visitor: Client) -> None:
        assert "/sitemap-pages.xml" in visitor.get("/sitemap.xml").content.decode()
        answer = visitor.get("/sitemap-pages.xml")
        space = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
        found = {
            each.text.split("testserver")[-1]
            for each in ElementTree.fromstring(answer.content).iterfind(".//s:loc", space)
        }
        assert {"/en/", "/id/", "/en/courses/anchors/a1/", "/id/courses/anchors/a1/", "/en/about/"} <= found
        assert len(found) == 21

    def test_only_the_demo_shows_style_and_mail(self, db: None, visitor: Client, settings: Any, tmp_path: Any) -> None:
        for path in ("/style/", "/demo/mail/"):
            assert visitor.get(path).status_code == 404
        settings.DEBUG = True
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = tmp_path / "mail"
        assert visitor.get("/style/").status_code == 200
        assert "No letter yet." in words(visitor.get("/demo/mail/"))
        for number in (1, 2):
            EmailMessage(f"Letter {number}", "Open https://example.com/x\n<b>", to=["ayu@example.com"]).send()
        page = visitor.get("/demo/mail/")
        assert [text_of(each) for each in soup_of(page).select(".letter h2")] == ["Letter 2", "Letter 1"]
        assert links(page)["https://example.com/x"] == "https://example.com/x"
        assert "<b>" in words(page)

    def test_letters_arrive_in_the_demos_mail(
        self, db: None, person: User, visitor: Client, settings: Any, tmp_path: Any
    ) -> None:
        settings.DEBUG = True
        settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
        settings.EMAIL_FILE_PATH = tmp_path / "mail"
        for path in ("/accounts/login/code/", "/accounts/password/reset/"):
            visitor.post(path, {"email": person.email})
        delivered()
        page = visitor.get("/demo/mail/")
        subjects = [text_of(each) for each in soup_of(page).select(".letter h2")]
        assert subjects == ["Choose a new password", "Your sign-in code"]
        assert any("/accounts/password/reset/key/" in address for address in links(page))

    def test_the_demos_mail_is_never_shown_where_mail_is_sent(self, db: None, visitor: Client, settings: Any) -> None:
        settings.DEBUG = True
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        assert visitor.get("/demo/mail/").status_code == 404


class TestEveryLetter:
    """What `/style/letters/` shows to who builds the site."""

    @pytest.mark.parametrize("path", ["/style/letters/", "/style/letters/login_code/"])
    def test_on_a_real_site_there_is_nothing(self, db: None, visitor: Client, path: str) -> None:
        assert visitor.get(path).status_code == 404

    def test_lists_them_in_either_language(self, db: None, visitor: Client, settings: Any) -> None:
        settings.DEBUG = True
        for language in ("en", "id"):
            page = soup_of(visitor.get(f"/style/letters/?language={language}&scheme=dark"))
            samples = all_samples(language)
            assert [text_of(each) for each in page.select(".sample h2")] == [each.subject for each in samples.values()]
            frames = [each["src"] for each in page.select("iframe")]
            assert frames == [f"/style/letters/{name}/?language={language}&scheme=dark" for name in samples]
            assert page.select_one(".sample__text")["lang"] == language

    @pytest.mark.parametrize("name", sorted(all_samples("en")))
    def test_shows_one_by_itself(self, db: None, visitor: Client, settings: Any, name: str) -> None:
        settings.DEBUG = True
        letter = all_samples("id")[name]
        page = visitor.get(f"/style/letters/{name}/?language=id")
        assert soup_of(page).title.get_text() == letter.subject
        text = visitor.get(f"/style/letters/{name}/?language=id&part=text")
        assert text["Content-Type"] == "text/plain; charset=utf-8"
        assert text.content.decode() == letter.text

    def test_light_and_dark(self, db: None, visitor: Client, settings: Any) -> None:
        settings.DEBUG = True
        for scheme, media in (("dark", "@media all {"), ("light", "@media not all {"), ("pink", "@media not all {")):
            assert media in visitor.get(f"/style/letters/welcome/?scheme={scheme}").content.decode()

    def test_nothing_in_it_runs(self, db: None, visitor: Client, settings: Any) -> None:
        settings.DEBUG = True
        policy = visitor.get("/style/letters/welcome/")["Content-Security-Policy"].split("; ")
        assert {"sandbox", "default-src 'none'", "style-src 'unsafe-inline'"} <= set(policy)

    @pytest.mark.parametrize("path", ["nothing/", "welcome/?language=xx"])
    def test_what_is_unknown(self, db: None, visitor: Client, settings: Any, path: str) -> None:
        settings.DEBUG = True
        answer = visitor.get(f"/style/letters/{path}")
        assert answer.status_code == (404 if path == "nothing/" else 200)


class TestMedia:
    @pytest.fixture
    def clip(self) -> str:
        """A file of ten bytes."""
        return default_storage.save("clips/ten.mp4", ContentFile(b"0123456789"))

    def test_a_whole_file(self, clip: str, visitor: Client) -> None:
        answer = visitor.get(f"/media/{clip}")
        assert answer.getvalue() == b"0123456789"
        assert (answer["Content-Type"], answer["Accept-Ranges"]) == ("video/mp4", "bytes")
        assert answer["X-Content-Type-Options"] == "nosniff"

    @pytest.mark.parametrize(
        ("asked", "part", "told"),
        [
            ("bytes=2-4", b"234", "bytes 2-4/10"),
            ("bytes=7-", b"789", "bytes 7-9/10"),
            ("bytes=8-99", b"89", "bytes 8-9/10"),
        ],
    )
    def test_a_part(self, clip: str, visitor: Client, asked: str, part: bytes, told: str) -> None:
        answer = visitor.get(f"/media/{clip}", headers={"Range": asked})
        assert (answer.status_code, answer.content, answer["Content-Range"]) == (206, part, told)
        assert answer["Content-Type"] == "video/mp4"

    def test_a_part_beyond_the_end(self, clip: str, visitor: Client) -> None:
        answer = visitor.get(f"/media/{clip}", headers={"Range": "bytes=10-12"})
        assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */10")

    @pytest.mark.parametrize("asked", ["bytes=-3", "bytes=0-1,4-5", "lines=1-2", "bytes=x-"])
    def test_what_it_does_not_understand_it_answers_with_the_whole(
        self, clip: str, visitor: Client, asked: str
    ) -> None:
        answer = visitor.get(f"/media/{clip}", headers={"Range": asked})
        assert (answer.status_code, answer.getvalue()) == (200, b"0123456789")

    def test_a_drawing_runs_no_scripts_on_our_address(self, visitor: Client) -> None:
        name = default_storage.save("images/a.svg", ContentFile(b"<svg><script>alert(1)</script></svg>"))
        policy = visitor.get(f"/media/{name}")["Content-Security-Policy"]
        assert "sandbox" in policy
        assert "default-src 'none'" in policy
        assert "allow-scripts" not in policy

    @pytest.mark.parametrize("path", ["nothing.png", "../manage.py", "..%2f..%2fmanage.py", "clips"])
    def test_nothing_beyond_the_folder(self, clip: str, visitor: Client, path: str) -> None:
        answer = Client(raise_request_exception=False).get(f"/media/{path}")
        assert answer.status_code in {400, 404}


class TestTheSecurityHeaders:
    def directives(self, client: Client, path: str) -> dict[str, str]:
        policy = follow(client, client.get(path))["Content-Security-Policy"]
        return {each.split()[0]: each for each in policy.split(";") if each.strip()}

    @pytest.mark.parametrize("path", ["/en/", "/accounts/login/", "/help/", "/en/courses/anchors/a1/", "/nothing/"])
    def test_are_strict_on_the_site(self, market: Market, visitor: Client, path: str) -> None:
        policy = self.directives(visitor, path)
        assert "unsafe" not in "".join(policy.values())
        assert policy["default-src"].strip() == "default-src 'none'"
        assert "http" not in "".join(policy.values())
        assert policy["frame-ancestors"].strip() == "frame-ancestors 'self'"

    def test_are_relaxed_under_the_admins_address_only(self, market: Market, editor: Client) -> None:
        assert "'unsafe-inline'" in self.directives(editor, "/cms/")["script-src"]
        assert "'unsafe-inline'" not in self.directives(editor, "/dashboard/")["script-src"]
        assert "'unsafe-inline'" not in self.directives(editor, "/cmsx/")["script-src"]

    def test_no_page_holds_inline_scripts_or_styles(self, market: Market, person_client: Client) -> None:
        for path in ("/en/", "/dashboard/", "/profile/", "/help/", market.anchors.url, market.anchor_lessons[0].url):
            soup = soup_of(person_client.get(path))
            assert [each for each in soup.find_all("script") if not each.get("src")] == []
            assert soup.find_all("style") == []
            assert soup.select("[style], [onclick], [onload]") == []

    def test_a_page_is_not_sniffed_nor_framed_elsewhere(self, market: Market, visitor: Client) -> None:
        answer = visitor.get("/en/")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "SAMEORIGIN"
        assert answer["Referrer-Policy"] == "same-origin"


def test_the_way_to_help_is_on_every_page(market: Market, visitor: Client) -> None:
    page = visitor.get("/en/courses/")
    foot = {text_of(each): each["href"] for each in soup_of(page).find("footer").find_all("a")}
    assert foot["Help"] == "/help/"
    for path in foot.values():
        assert follow(visitor, visitor.get(path)).status_code == 200, path
    assert heading(go(visitor, visitor.get("/help/"), "Check a certificate")) == "Check a certificate"
