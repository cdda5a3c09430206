"""Courses, lessons, acts and certificates as each reader meets them; nobody sees or changes what is another's."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from wagtail.models import Page

from apps.accounts.enums import Role
from apps.accounts.models import User
from apps.accounts.services import choose_route
from apps.learning import services
from apps.learning.models import Certificate, Completion, Enrolment
from tests.factories import AT
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import CourseFactory, LessonFactory, Market, stream
from tests.factories.learning import CertificateFactory
from tests.screens import address, buttons, follow, go, heading, links, press, soup_of, text_of, words

HTMX = {"HX-Request": "true"}


def act(page: Page, name: str) -> str:
    """The address of an act on a course or lesson: enrol, complete, place."""
    folder = "courses" if name in {"enrol", "done"} else "lessons"
    return f"/{folder}/{page.locale.language_code}/{page.translation_key}/{name}/"


def finish(market: Market, person: User) -> Certificate:
    """Every lesson of the course on claims, done; the certificate."""
    for lesson in market.claim_lessons:
        services.complete_lesson(person=person, lesson=market.reading(lesson), at=AT)
    return Certificate.objects.get(person=person)


@pytest.fixture
def long_lesson(market: Market) -> Page:
    """The second lesson, in three blocks."""
    page = Page.objects.get(pk=market.anchor_lessons[1].pk).specific
    page.body = [("heading", "One"), ("heading", "Two"), ("heading", "Three")]
    page.save_revision().publish()
    return Page.objects.get(pk=page.pk).specific


class TestACourseOffersOneThing:
    def test_to_sign_in_or_to_read_on(self, market: Market, visitor: Client) -> None:
        page = visitor.get(market.anchors.url)
        assert links(page)["Sign in and enrol"] == f"/accounts/login/?next={market.anchors.url}"
        assert links(page)["Read without an account"] == market.anchor_lessons[0].url
        assert buttons(page) == []
        assert "of 3 done" not in words(page)

    def test_to_enrol(self, market: Market, person_client: Client) -> None:
        page = person_client.get(market.anchors.url)
        assert buttons(page) == ["Enrol and begin"]
        assert "Sign in and enrol" not in links(page)

    def test_to_begin_then_to_continue_where_one_stopped(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        services.enrol(person=person, course=market.reading(market.anchors), at=AT)
        page = person_client.get(market.anchors.url)
        assert "0 of 3 done" in words(page)
        assert links(page)["Begin the first lesson"] == market.anchor_lessons[0].url
        services.complete_lesson(person=person, lesson=market.reading(market.anchor_lessons[1]), at=AT)
        page = person_client.get(market.anchors.url)
        assert "1 of 3 done" in words(page)
        assert links(page)["Continue"] == market.anchor_lessons[2].url

    def test_to_see_the_certificate_and_to_read_again(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        certificate = finish(market, person)
        page = person_client.get(market.claims.url)
        assert links(page)["See your certificate"] == f"/certificates/{certificate.reference}/"
        assert links(page)["Read it again"] == market.claim_lessons[0].url
        assert "Complete" in words(page)

    def test_nothing_where_there_are_no_lessons_yet(
        self, market: Market, visitor: Client, person_client: Client
    ) -> None:
        empty = CourseFactory(parent=market.catalogue, title="Soon", slug="soon")
        for client in (visitor, person_client):
            page = client.get(empty.url)
            assert "The lessons are being written" in words(page)
            assert buttons(page) == []
            assert links(page)["See all courses"] == "/en/courses/"

    def test_its_lessons_in_order_with_what_is_done(self, market: Market, person: User, person_client: Client) -> None:
        services.complete_lesson(person=person, lesson=market.reading(market.anchor_lessons[1]), at=AT)
        lines = soup_of(person_client.get(market.anchors.url)).select(".toc > li")
        assert [text_of(line.h3) for line in lines] == ["On a short video", "On a live", "After the live"]
        assert ["Done." in text_of(line) for line in lines] == [False, True, False]
        assert ["Next" in text_of(line) for line in lines] == [False, False, True]


class TestALesson:
    def test_signed_out_is_read_but_not_counted(self, market: Market, visitor: Client) -> None:
        lesson = market.anchor_lessons[1]
        page = visitor.get(lesson.url)
        assert heading(page) == "On a live"
        assert "Lesson 2 of 3" in words(page)
        assert "1 min to read" in words(page)
        assert "Pin the product, then speak." in words(page)
        assert links(page)["Sign in"] == f"/accounts/login/?next={quote(lesson.url, safe='')}"
        assert links(page)["Create an account"] == f"/accounts/signup/?next={quote(lesson.url, safe='')}"
        assert not [each for each in buttons(page) if "complete" in each.lower()]
        assert links(page)["Previous lesson 1. On a short video"] == market.anchor_lessons[0].url
        assert links(page)["Next lesson 3. After the live"] == market.anchor_lessons[2].url

    def test_of_who_is_not_enrolled_enrols_with_it(self, market: Market, person: User, person_client: Client) -> None:
        page = person_client.get(market.anchor_lessons[0].url)
        assert "Enrol and mark complete" in buttons(page)
        assert "Mark complete and continue" not in buttons(page)
        press(person_client, page, "Enrol and mark complete")
        assert Enrolment.objects.get().person == person
        assert Completion.objects.get().lesson_key == market.anchor_lessons[0].translation_key

    def test_of_who_is_enrolled_can_be_marked_complete(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        services.enrol(person=person, course=market.reading(market.anchors), at=AT)
        page = person_client.get(market.anchor_lessons[0].url)
        assert "Mark complete and continue" in buttons(page)
        assert "Enrol and mark complete" not in buttons(page)

    def test_that_is_done_leads_on(self, market: Market, person: User, person_client: Client) -> None:
        services.complete_lesson(person=person, lesson=market.reading(market.anchor_lessons[0]), at=AT)
        page = person_client.get(market.anchor_lessons[0].url)
        assert not [each for each in buttons(page) if "complete" in each.lower()]
        assert links(page)["Next lesson"] == market.anchor_lessons[1].url
        outline = {text_of(each) for each in soup_of(page).select("#outline .outline__line--done")}
        assert outline == {"1 On a short video (done)"}
        assert len(soup_of(page).select(".strip .thread i.lit")) == 1

    def test_the_last_one_done_with_others_open_leads_to_the_contents(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        services.complete_lesson(person=person, lesson=market.reading(market.anchor_lessons[2]), at=AT)
        page = person_client.get(market.anchor_lessons[2].url)
        assert "Some lessons of the course are still open" in words(page)
        assert links(page)["Back to the contents"] == market.anchors.url

    def test_of_a_finished_course_leads_to_the_certificate(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        certificate = finish(market, person)
        page = person_client.get(market.claim_lessons[0].url)
        assert "You have finished this course" in words(page)
        assert links(page)["See your certificate"] == f"/certificates/{certificate.reference}/"


class TestThePlace:
    def test_is_kept_and_offered(self, long_lesson: Page, person: User, person_client: Client) -> None:
        person_client.post(act(long_lesson.get_parent(), "enrol"))
        block = long_lesson.body[1].id
        answer = person_client.post(act(long_lesson, "place"), {"block": block})
        assert (answer.status_code, answer.content) == (204, b"")
        page = person_client.get(long_lesson.url)
        assert links(page)["Continue where you stopped"] == f"#b-{block}"
        article = soup_of(page).find(id="lesson")
        assert article["data-place"] == block
        assert text_of(soup_of(page).find(id=f"b-{block}")) == "Two"

    def test_is_offered_in_its_own_lesson_only(self, market: Market, long_lesson: Page, person_client: Client) -> None:
        person_client.post(act(market.anchors, "enrol"))
        person_client.post(act(long_lesson, "place"), {"block": long_lesson.body[1].id})
        assert "where you stopped" not in words(person_client.get(market.anchor_lessons[2].url))

    def test_goes_when_the_lesson_is_complete(self, market: Market, long_lesson: Page, person_client: Client) -> None:
        person_client.post(act(market.anchors, "enrol"))
        person_client.post(act(long_lesson, "place"), {"block": long_lesson.body[1].id})
        person_client.post(act(long_lesson, "complete"))
        assert "where you stopped" not in words(person_client.get(long_lesson.url))

    def test_of_who_is_signed_out_or_not_enrolled_is_kept_nowhere(
        self, long_lesson: Page, visitor: Client, person_client: Client
    ) -> None:
        for client in (visitor, person_client):
            assert client.post(act(long_lesson, "place"), {"block": long_lesson.body[1].id}).status_code == 204
        assert not Enrolment.objects.exists()

    def test_that_is_none_is_refused(self, market: Market, long_lesson: Page, person_client: Client) -> None:
        person_client.post(act(market.anchors, "enrol"))
        answer = person_client.post(act(long_lesson, "place"), {"block": '"><script>'})
        assert answer.status_code == 422
        assert Enrolment.objects.get().last_block == ""


class TestEnrolling:
    def test_by_an_address_instead_of_a_button_explains_itself(self, market: Market, person_client: Client) -> None:
        answer = person_client.get(act(market.anchors, "enrol"))
        assert answer.status_code == 405
        assert answer["Allow"] == "POST"
        assert heading(answer) == "This address takes a form, not a visit"
        assert "Nothing has been changed." in words(answer)
        assert links(answer)["Go to the start"] == "/"
        assert not Enrolment.objects.exists()

    def test_twice_is_once_and_leads_on(self, market: Market, person_client: Client) -> None:
        open_page = person_client.get(market.anchors.url)
        press(person_client, open_page, "Enrol and begin")
        again = press(person_client, open_page, "Enrol and begin")
        assert heading(again) == "On a short video"
        assert Enrolment.objects.count() == 1

    def test_in_a_course_without_lessons_is_refused_with_a_reason(self, market: Market, person_client: Client) -> None:
        empty = CourseFactory(parent=market.catalogue, title="Soon", slug="soon")
        answer = person_client.post(act(empty, "enrol"))
        assert answer.status_code == 409
        assert "The lessons of this course are being written. Come back soon." in words(answer)
        assert links(answer)["Go on from here"] == empty.url
        assert not Enrolment.objects.exists()

    def test_in_a_course_that_was_taken_off_is_refused_with_a_reason(
        self, market: Market, person_client: Client
    ) -> None:
        Page.objects.get(pk=market.anchors.pk).specific.unpublish()
        answer = person_client.post(act(market.anchors, "enrol"))
        assert answer.status_code == 409
        assert "This course was taken off." in words(answer)

    def test_signed_out_leads_through_sign_in_back_to_the_course(self, market: Market, visitor: Client) -> None:
        answer = visitor.post(act(market.anchors, "enrol"))
        assert answer["Location"] == f"/accounts/login/?next={market.anchors.url}"
        assert not Enrolment.objects.exists()

    def test_by_htmx_names_the_next_page_in_a_header(self, market: Market, person_client: Client) -> None:
        answer = person_client.post(act(market.anchors, "enrol"), headers=HTMX)
        assert (answer.status_code, answer["HX-Redirect"]) == (204, market.anchor_lessons[0].url)

    def test_a_forged_form_is_refused(self, market: Market, person: User) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(person)
        answer = client.post(act(market.anchors, "enrol"))
        assert answer.status_code == 403
        assert heading(answer) == "This form had lain open too long"
        assert not Enrolment.objects.exists()


class TestCompleting:
    def test_twice_is_once_and_leads_on(self, market: Market, person_client: Client) -> None:
        open_page = person_client.get(market.anchor_lessons[0].url)
        press(person_client, open_page, "Enrol and mark complete")
        first = Completion.objects.get()
        again = press(person_client, open_page, "Enrol and mark complete")
        assert heading(again) == "On a live"
        assert Completion.objects.get().completed_at == first.completed_at

    def test_a_lesson_that_was_unpublished_meanwhile_is_refused_and_nothing_is_lost(
        self, market: Market, person_client: Client
    ) -> None:
        page = press(person_client, person_client.get(market.anchors.url), "Enrol and begin")
        page = press(person_client, page, "Mark complete and continue")
        Page.objects.get(pk=market.anchor_lessons[1].pk).specific.unpublish()
        answer = press(person_client, page, "Mark complete and continue")
        assert answer.status_code == 409
        assert "This lesson was taken off while you had it open. What you finished is kept." in words(answer)
        dashboard = go(person_client, answer, "Go on from here")
        assert "1 of 2 done" in words(dashboard)
        assert Completion.objects.get().lesson_title == "On a short video"

    def test_by_htmx_a_refusal_is_a_fragment(self, market: Market, person_client: Client) -> None:
        lesson = market.anchor_lessons[1]
        Page.objects.get(pk=lesson.pk).specific.unpublish()
        answer = person_client.post(act(lesson, "complete"), headers=HTMX)
        assert answer.status_code == 409
        assert "<html" not in answer.content.decode()
        assert "This lesson was taken off" in words(answer)

    def test_with_a_session_that_ended_leads_through_sign_in_back_to_the_lesson(
        self, market: Market, person: User
    ) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(person)
        lesson = market.anchor_lessons[0]
        open_page = client.get(lesson.url)
        client.session.flush()
        sign_in = press(client, open_page, "Enrol and mark complete")
        assert address(sign_in) == f"/accounts/login/?next={lesson.url}"
        assert "You were signed out. Sign in to go on where you were." in words(sign_in)
        back = press(client, sign_in, "Sign in", login=person.email, password="lantern-light-by-the-river")
        assert address(back) == lesson.url
        assert not Completion.objects.exists()
        press(client, back, "Enrol and mark complete")
        assert Completion.objects.get().person == person

    def test_the_last_leads_to_the_certificate(self, market: Market, person_client: Client) -> None:
        for lesson in market.claim_lessons[:2]:
            person_client.post(act(lesson, "complete"))
        answer = person_client.post(act(market.claim_lessons[2], "complete"))
        assert answer["Location"] == act(market.claims, "done")
        again = person_client.post(act(market.claim_lessons[2], "complete"))
        assert again["Location"] == market.claims.url

    @pytest.mark.parametrize("name", ["complete", "place"])
    def test_by_an_address_explains_itself(self, market: Market, person_client: Client, name: str) -> None:
        answer = person_client.get(act(market.anchor_lessons[0], name))
        assert answer.status_code == 405
        assert heading(answer) == "This address takes a form, not a visit"

    def test_what_never_was_is_refused(self, market: Market, person_client: Client) -> None:
        answer = person_client.post(f"/lessons/en/{uuid4()}/complete/")
        assert answer.status_code == 409
        assert person_client.post("/lessons/en/not-a-key/complete/").status_code == 404

    def test_a_course_under_the_name_of_a_lesson_is_refused(self, market: Market, person_client: Client) -> None:
        answer = person_client.post(f"/lessons/en/{market.anchors.translation_key}/complete/")
        assert answer.status_code == 409
        assert not Completion.objects.exists()


class TestAnotherPersonsProgress:
    """Kept pages are filled for each reader; what is one's must never reach another."""

    def test_is_seen_nowhere(
        self, market: Market, long_lesson: Page, person: User, person_client: Client, other_client: Client
    ) -> None:
        finish(market, person)
        person_client.post(act(market.anchors, "enrol"))
        person_client.post(act(market.anchor_lessons[0], "complete"))
        person_client.post(act(long_lesson, "place"), {"block": long_lesson.body[2].id})
        paths = [long_lesson.url, market.claim_lessons[0].url, market.claims.url, market.anchors.url]
        paths += ["/en/courses/", "/en/", "/dashboard/", "/profile/"]
        reference = Certificate.objects.get().reference
        seen_by_owner = "".join(person_client.get(path).content.decode() for path in paths)
        assert reference in seen_by_owner
        assert "Ayu" in seen_by_owner
        for path in paths:
            html = other_client.get(path).content.decode()
            for own in (reference, "Ayu", "ayu@example.com", "of 3 done", "outline__line--done", 'lit"', "data-place="):
                assert own not in html, f"{own} on {path}"

    def test_a_kept_page_is_filled_for_each_reader(
        self, market: Market, person: User, other_person: User, visitor: Client
    ) -> None:
        lesson = market.anchor_lessons[1]
        first, second = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
        first.force_login(person)
        second.force_login(other_person)
        services.complete_lesson(person=person, lesson=market.reading(lesson), at=AT)
        token = r'name="csrfmiddlewaretoken" value="(\w+)"'

        of_first = first.get(lesson.url + "?from=mail&who=ayu").content.decode()
        of_second = second.get(lesson.url).content.decode()
        of_visitor = visitor.get(lesson.url).content.decode()

        assert "?from=mail&amp;who=ayu" in of_first
        assert "outline__line--done" in of_first
        for html in (of_second, of_visitor):
            assert "from=mail" not in html
            assert "outline__line--done" not in html
            assert not set(re.findall(token, html)) & set(re.findall(token, of_first))
        assert first.cookies[settings.CSRF_COOKIE_NAME].value != second.cookies[settings.CSRF_COOKIE_NAME].value
        assert "Enrol and mark complete" in of_second
        assert "Create an account" in of_visitor

        # The token in each page is the reader's own: it works for who got it, and for nobody else.
        (form_token,) = {*re.findall(token, of_second)}
        assert first.post(act(lesson, "complete"), {"csrfmiddlewaretoken": form_token}).status_code == 403
        assert second.post(act(lesson, "complete"), {"csrfmiddlewaretoken": form_token}).status_code == 303
        assert Completion.objects.filter(person=other_person).count() == 1

    def test_a_waiting_message_is_shown_to_its_reader_only(
        self, market: Market, person_client: Client, other_client: Client
    ) -> None:
        person_client.post(act(market.anchor_lessons[2], "complete"))
        other = other_client.get(market.anchor_lessons[0].url)
        own = person_client.get(market.anchor_lessons[0].url)
        assert "2 lessons are still open." in words(own)
        assert "still open" not in words(other)
        assert "still open" not in words(person_client.get(market.anchor_lessons[0].url)), "a message is told once"

    def test_nobody_acts_for_another(self, market: Market, person: User, other_client: Client) -> None:
        other_client.post(act(market.anchors, "enrol"), {"person": person.pk, "person_id": person.pk})
        assert not Enrolment.objects.filter(person=person).exists()


class TestWhatTheBrowserMayKeep:
    def again(self, client: Client, page: Page, **headers: str) -> int:
        """Ask for the page with the tag of the answer before; the status."""
        tag = client.get(page.url)["ETag"]
        return client.get(page.url, headers={"If-None-Match": tag} | headers).status_code

    @pytest.fixture(params=["course", "lesson", "policy", "plain"])
    def page(self, request: pytest.FixtureRequest, market: Market) -> Page:
        """A page of each kind that has a tag."""
        return {
            "course": market.anchors,
            "lesson": market.anchor_lessons[0],
            "policy": market.policy,
            "plain": market.about,
        }[request.param]

    def test_the_same_page_is_not_sent_twice(self, page: Page, visitor: Client, person_client: Client) -> None:
        for client in (visitor, person_client):
            client.get(page.url)
            answer = client.get(page.url, headers={"If-None-Match": client.get(page.url)["ETag"]})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer["Cache-Control"] == "private, no-cache" or "no-cache" in answer["Cache-Control"]

    def test_after_publishing_it_is_sent(self, page: Page, person_client: Client) -> None:
        person_client.get(page.url)
        tag = person_client.get(page.url)["ETag"]
        edited = Page.objects.get(pk=page.pk).specific
        edited.title = "A new title"
        edited.save_revision().publish()
        answer = person_client.get(page.url, headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert heading(answer) == "A new title"

    def test_after_switching_the_language_it_is_sent(self, page: Page, person_client: Client) -> None:
        person_client.get(page.url)
        tag = person_client.get(page.url)["ETag"]
        person_client.post("/language/", {"language": "id", "next": page.url})
        answer = person_client.get(page.url, headers={"If-None-Match": tag})
        assert (answer.status_code, answer["Content-Language"]) == (200, "id")

    def test_after_signing_in_it_is_sent(self, page: Page, person: User, visitor: Client) -> None:
        visitor.get(page.url)
        tag = visitor.get(page.url)["ETag"]
        visitor.force_login(person)
        answer = visitor.get(page.url, headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert "Log out" not in words(answer)
        assert '/profile/"' in answer.content.decode()

    def test_another_persons_tag_is_worth_nothing(
        self, page: Page, person_client: Client, other_client: Client
    ) -> None:
        person_client.get(page.url)
        tag = person_client.get(page.url)["ETag"]
        assert other_client.get(page.url, headers={"If-None-Match": tag}).status_code == 200

    @pytest.mark.parametrize("kind", ["course", "lesson"])
    def test_after_completing_a_lesson_it_is_sent(
        self, market: Market, person: User, person_client: Client, kind: str
    ) -> None:
        """Enrolled before, and not finished by it: what changes is only what is done."""
        page = {"course": market.anchors, "lesson": market.anchor_lessons[0]}[kind]
        last = market.reading(market.anchor_lessons[2])
        services.complete_lesson(person=person, lesson=last, at=AT)
        person_client.get(page.url)
        tag = person_client.get(page.url)["ETag"]
        assert person_client.get(page.url, headers={"If-None-Match": tag}).status_code == 304
        services.complete_lesson(person=person, lesson=market.reading(market.anchor_lessons[1]), at=AT)
        Enrolment.objects.update(last_lesson_key=last.key, last_block="")
        answer = person_client.get(page.url, headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert answer["ETag"] != tag

    def test_after_the_route_was_switched_it_is_sent(self, market: Market, person: User, person_client: Client) -> None:
        lesson = market.anchor_lessons[0]
        person_client.get(lesson.url)
        tag = person_client.get(lesson.url)["ETag"]
        choose_route(person=person, route="affiliate")
        assert person_client.get(lesson.url, headers={"If-None-Match": tag}).status_code == 200

    def test_a_waiting_message_is_never_held_back_nor_kept(self, market: Market, person_client: Client) -> None:
        lesson = market.anchor_lessons[0]
        person_client.post(act(market.anchor_lessons[2], "complete"))
        person_client.get(lesson.url)
        del person_client.cookies["messages"]  # as a browser does with a cookie that is over
        tag = person_client.get(lesson.url)["ETag"]
        assert person_client.get(lesson.url, headers={"If-None-Match": tag}).status_code == 304
        person_client.post(act(market.anchor_lessons[2], "complete"))
        answer = person_client.get(lesson.url, headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert "2 lessons are still open." in words(answer)
        assert "no-store" in answer["Cache-Control"], "going back must not tell it again"

    def test_a_page_kept_from_before_does_not_hide_the_place(
        self, market: Market, long_lesson: Page, person_client: Client
    ) -> None:
        person_client.post(act(market.anchors, "enrol"))
        person_client.get(long_lesson.url)
        tag = person_client.get(long_lesson.url)["ETag"]
        person_client.post(act(long_lesson, "place"), {"block": long_lesson.body[1].id})
        again = person_client.get(long_lesson.url, headers={"If-None-Match": tag})
        assert again.status_code == 200
        assert f'data-place="{long_lesson.body[1].id}"' in again.content.decode()


class TestACertificate:
    @pytest.fixture
    def certificate(self, person: User) -> Certificate:
        """One of Ayu's."""
        return CertificateFactory(person=person, course_title="Claims", reference="ABCDEFGHJKMNPQRSTUVW")

    def test_of_ones_own_can_be_kept_and_shown(self, certificate: Certificate, person_client: Client) -> None:
        page = person_client.get("/certificates/ABCDEFGHJKMNPQRSTUVW/")
        assert heading(page) == "Your certificate is valid"
        assert "Ayu Lestari finished the course “Claims” on March 2, 2026." in words(page)
        assert "ABCDE-FGHJK-MNPQR-STUVW" in words(page)
        assert "Keep it, show it" in words(page)

    def test_can_be_checked_by_anyone(
        self, certificate: Certificate, visitor: Client, other_client: Client, editor: Client
    ) -> None:
        for client in (visitor, other_client, editor):
            page = client.get("/certificates/ABCDEFGHJKMNPQRSTUVW/")
            assert page.status_code == 200
            assert heading(page) == "This certificate is valid"
            assert "Keep it, show it" not in words(page)
            assert "ayu@example.com" not in page.content.decode()
            assert page["X-Robots-Tag"] == "noindex"

    @pytest.mark.parametrize("typed", ["abcdefghjkmnpqrstuvw", "ABCDE-FGHJK-MNPQR-STUVW", "abcde-fghjk-mnpqr-stuvw"])
    def test_is_found_however_it_was_typed(self, certificate: Certificate, visitor: Client, typed: str) -> None:
        assert heading(visitor.get(f"/certificates/{typed}/")) == "This certificate is valid"

    def test_revoked_says_when_and_why(self, person: User, visitor: Client, person_client: Client) -> None:
        certificate = CertificateFactory(person=person, revoked=True)
        for client in (visitor, person_client):
            page = client.get(f"/certificates/{certificate.reference}/")
            assert page.status_code == 200
            assert heading(page) == "This certificate is no longer valid"
            assert "It was withdrawn on March 4, 2026. The reason: Given by mistake." in words(page)
            assert "Keep it, show it" not in words(page)

    def test_unknown_is_not_found_and_says_what_to_look_for(self, visitor: Client, db: None) -> None:
        page = visitor.get("/certificates/AAAAAAAAAAAAAAAAAAAA/")
        assert page.status_code == 404
        assert heading(page) == "There is no certificate with this reference"
        assert links(page)["Type it again"] == "/certificates/"

    def test_outlives_its_holders_account(self, certificate: Certificate, person: User, visitor: Client) -> None:
        person.delete()
        page = visitor.get("/certificates/ABCDEFGHJKMNPQRSTUVW/")
        assert heading(page) == "This certificate is valid"
        assert "Ayu Lestari finished the course" in words(page)

    def test_keeps_the_name_of_its_day(self, certificate: Certificate, person_client: Client) -> None:
        person_client.post("/profile/", {"name": "Ayu Wijaya", "language": "en", "zone": "UTC"})
        page = person_client.get("/certificates/ABCDEFGHJKMNPQRSTUVW/")
        assert "Ayu Lestari finished the course" in words(page)
        assert "Ayu Wijaya" not in words(page)

    def test_speaks_its_own_language_and_the_page_the_readers(self, person: User, visitor: Client) -> None:
        certificate = CertificateFactory(person=person, language="id")
        page = visitor.get(f"/certificates/{certificate.reference}/")
        assert heading(page) == "This certificate is valid"
        sheet = soup_of(page).select_one("article.sheet")
        assert sheet["lang"] == "id"
        assert "This certifies that" not in text_of(sheet)


class TestTheCheckForm:
    def test_leads_to_the_certificate(self, person: User, visitor: Client) -> None:
        CertificateFactory(person=person, reference="ABCDEFGHJKMNPQRSTUVW")
        form = visitor.get("/certificates/")
        page = press(visitor, form, "Check it", reference=" abcde fghjk-mnpqr stuvw ")
        assert address(page) == "/certificates/ABCDEFGHJKMNPQRSTUVW/"

    @pytest.mark.parametrize("typed", ["", "   ", "../../etc", "a/b"])
    def test_says_what_to_type(self, db: None, visitor: Client, typed: str) -> None:
        answer = visitor.get("/certificates/", {"reference": typed})
        assert answer.status_code == 422
        assert "Type the reference: 20 letters and digits." in words(answer)
        assert links(answer)["Type the reference: 20 letters and digits."] == "#reference"

    def test_keeps_what_was_typed(self, db: None, visitor: Client) -> None:
        answer = visitor.get("/certificates/", {"reference": "ABC!DEF"})
        assert answer.status_code == 422
        assert soup_of(answer).find(id="reference").get("value") == "ABC!DEF"


class TestTheEndOfACourse:
    def test_is_shown_to_who_finished_it(self, market: Market, person: User, person_client: Client) -> None:
        certificate = finish(market, person)
        page = person_client.get(act(market.claims, "done"))
        assert heading(page) == "Claims"
        assert links(page)["See your certificate"] == f"/certificates/{certificate.reference}/"
        assert "What suits you next" in words(page)
        assert "Product anchors" in links(page)

    def test_is_not_there_for_who_has_not(
        self, market: Market, person: User, person_client: Client, other_client: Client
    ) -> None:
        finish(market, person)
        assert other_client.get(act(market.claims, "done")).status_code == 404
        assert person_client.get(act(market.anchors, "done")).status_code == 404

    def test_signed_out_leads_to_sign_in(self, market: Market, visitor: Client) -> None:
        answer = visitor.get(act(market.claims, "done"))
        assert answer["Location"] == f"/accounts/login/?next={act(market.claims, 'done')}"

    def test_survives_a_certificate_that_is_missing(self, market: Market, person: User, person_client: Client) -> None:
        finish(market, person)
        Certificate.objects.all().delete()
        page = person_client.get(act(market.claims, "done"))
        assert page.status_code == 200
        assert "You have completed every lesson." in words(page)
        assert "See your certificate" not in links(page)


class TestRevokingInTheAdmin:
    def test_an_operator_and_an_approver_may_an_editor_not(
        self, person: User, operator: Client, approver: Client, editor: Client
    ) -> None:
        for client, allowed in ((editor, False), (operator, True), (approver, True)):
            certificate = CertificateFactory(person=PersonFactory())
            client.post(f"/cms/certificates/edit/{certificate.pk}/", {"revoke_reason": "Not earned."})
            certificate.refresh_from_db()
            assert (certificate.state == "revoked") is allowed

    def test_twice_keeps_the_first_day_and_reason(self, person: User, operator: Client) -> None:
        certificate = CertificateFactory(person=person)
        path = f"/cms/certificates/edit/{certificate.pk}/"
        operator.post(path, {"revoke_reason": "Not earned."})
        certificate.refresh_from_db()
        first = (certificate.revoked_at, certificate.revoke_reason)
        operator.post(path, {"revoke_reason": "Another reason."})
        certificate.refresh_from_db()
        assert (certificate.revoked_at, certificate.revoke_reason) == first
        assert timezone.now() - certificate.revoked_at < timedelta(minutes=1)

    def test_says_what_it_does_and_shows_the_facts(self, person: User, operator: Client) -> None:
        certificate = CertificateFactory(person=person, course_title="Pin in time")
        screen = operator.get(f"/cms/certificates/edit/{certificate.pk}/")
        assert "Revoke certificate" in buttons(screen)
        assert "Save" not in buttons(screen)
        facts = ["Ayu Lestari (ayu@example.com)", "Pin in time", certificate.reference, "March 2, 2026"]
        assert [fact for fact in facts if fact not in words(screen)] == []
        missing = operator.post(f"/cms/certificates/edit/{certificate.pk}/", {"revoke_reason": " "})
        assert missing.status_code == 200
        certificate.refresh_from_db()
        assert certificate.state == "valid"

    def test_revoked_shows_why_when_and_by_whom_and_offers_nothing(self, person: User, client_of: Callable) -> None:
        certificate = CertificateFactory(person=person)
        client = client_of(PersonFactory(name="Olga Operator", role=Role.OPERATOR))
        path = f"/cms/certificates/edit/{certificate.pk}/"
        done = client.post(path, {"revoke_reason": "Not earned."}, follow=True)
        assert "The certificate is revoked." in words(done)
        screen = client.get(path)
        shown = words(screen)
        assert "Revoked certificate" in shown
        assert "Reason Not earned." in shown
        assert "Revoked by Olga Operator" in shown
        assert "Revoked on" in shown
        assert soup_of(screen).select("main button[type=submit]") == []
        again = client.post(path, {"revoke_reason": "Another reason."}, follow=True)
        assert "This certificate was revoked before. Nothing has changed." in words(again)
        assert "Another reason." not in words(again)

    def test_nobody_adds_or_deletes_one_by_hand(self, person: User, operator: Client) -> None:
        certificate = CertificateFactory(person=person)
        for path in ("/cms/certificates/new/", f"/cms/certificates/delete/{certificate.pk}/"):
            operator.post(path, {"revoke_reason": "x"})
        assert list(Certificate.objects.all()) == [certificate]


def test_a_lesson_shows_the_progress_of_its_own_language(market: Market, person_client: Client) -> None:
    """Done in one language is done in the other: a lesson is one thing, however it is read."""
    person_client.post(act(market.anchor_lessons[0], "complete"))
    page = person_client.get(market.first_lesson_id.url)
    assert [text_of(each) for each in soup_of(page).select("#outline .outline__line--done a > span:last-child")] != []
    assert follow(person_client, person_client.post(act(market.anchors_id, "enrol"))).status_code == 200


def test_a_body_without_blocks_is_a_page_like_any_other(market: Market, person_client: Client) -> None:
    lesson = LessonFactory(parent=market.anchors, title="Bare", body=stream())
    page = person_client.get(lesson.url)
    assert heading(page) == "Bare"
    assert "Enrol and mark complete" in buttons(page)


def test_readers_of_different_routes_never_share_a_kept_page(market: Market, client_of: Callable) -> None:
    body = stream(("route_only", {"route": "affiliate", "body": [{"type": "heading", "value": "Samples", "id": None}]}))
    lesson = LessonFactory(parent=market.anchors, body=body)
    clients = [client_of(PersonFactory(affiliate=True)), client_of(PersonFactory(self_selling=True))]
    seen = [["Samples" in words(client.get(lesson.url)) for client in clients] for _turn in range(2)]
    assert seen == [[True, False], [True, False]]
