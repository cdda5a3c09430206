"""What each reader sees of the catalogue, policies, updates and plain pages, and what nobody may reach."""

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from wagtail.models import Page, PageViewRestriction

from apps.accounts.models import User
from apps.catalog.models import LessonPage, Video
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import (
    CourseFactory,
    LessonFactory,
    Market,
    PlainFactory,
    UpdateFactory,
    VideoFactory,
    stream,
)
from tests.journeys.editing import rich
from tests.screens import address, follow, go, heading, links, soup_of, text_of, words

HTMX = {"HX-Request": "true", "HX-Target": "results"}
BOTH_ROUTES = stream(
    ("text", "<p>For all of you.</p>"),
    ("route_only", {"route": "affiliate", "body": [{"type": "heading", "value": "Send samples", "id": None}]}),
    ("route_only", {"route": "self_selling", "body": [{"type": "heading", "value": "Keep stock", "id": None}]}),
)


def courses(client: Client, query: str = "", language: str = "en") -> list[str]:
    """The titles in the catalogue, in order."""
    answer = client.get(f"/{language}/courses/{query}")
    assert answer.status_code == 200
    return [text_of(each) for each in soup_of(answer).select(".entry__title")]


def publish(page: Page, **facts: object) -> None:
    """A new revision, published."""
    page = Page.objects.get(pk=page.pk).specific
    for name, value in facts.items():
        setattr(page, name, value)
    page.save_revision().publish()


@pytest.fixture
def shelf(market: Market) -> Market:
    """Three more courses, so that every filter has something to leave out."""
    CourseFactory(parent=market.catalogue, title="Stock", slug="stock", self_selling=True, level="advanced")
    CourseFactory(parent=market.catalogue, title="New labels", slug="labels", subject="policies")
    CourseFactory(parent=market.catalogue, title="The new button", slug="button", subject="updates")
    return market


class TestHome:
    def test_says_what_the_site_is_and_where_to_begin(self, market: Market, visitor: Client) -> None:
        home = visitor.get("/en/")
        assert heading(home) == "Sell well"
        shown = words(home)
        assert "2 courses" in shown
        assert "6 lessons" in shown
        assert "The anchor button moved" in shown
        assert {"Start learning", "See all courses", "Product anchors", "Claims"} <= links(home).keys()

    def test_leads_who_is_signed_in_to_the_dashboard(self, market: Market, person_client: Client) -> None:
        home = person_client.get("/en/")
        assert links(home)["Go to your next step"] == "/dashboard/"
        assert "Start learning" not in links(home)

    def test_begins_with_courses_for_the_readers_route(self, shelf: Market, client_of: Callable) -> None:
        home = client_of(PersonFactory(self_selling=True)).get("/en/")
        titles = [text_of(each) for each in soup_of(home).select(".entry__title")]
        assert titles == ["Product anchors", "Stock", "New labels"]

    def test_in_indonesian_counts_and_shows_what_exists_in_it_first(self, market: Market, visitor: Client) -> None:
        home = visitor.get("/id/")
        assert heading(home) == "Berjualan dengan baik"
        titles = [text_of(each) for each in soup_of(home).select(".entry__title")]
        assert sorted(titles) == ["Claims", "Jangkar produk"]


class TestTheCatalogue:
    def test_holds_every_course_in_the_order_of_the_tree(self, shelf: Market, visitor: Client) -> None:
        assert courses(visitor) == ["Product anchors", "Claims", "Stock", "New labels", "The new button"]
        assert "5 courses" in words(visitor.get("/en/courses/"))

    @pytest.mark.parametrize(
        ("query", "titles"),
        [
            ("?subject=policies", ["New labels"]),
            ("?subject=updates", ["The new button"]),
            ("?level=advanced", ["Stock"]),
            ("?route=affiliate", ["Product anchors", "Claims", "New labels", "The new button"]),
            ("?route=self_selling", ["Product anchors", "Stock", "New labels", "The new button"]),
            ("?language=id", ["Jangkar produk"]),
            ("?subject=tools&route=self_selling&level=advanced", ["Stock"]),
            ("?subject=", ["Product anchors", "Claims", "Stock", "New labels", "The new button"]),
            ("?colour=blue", ["Product anchors", "Claims", "Stock", "New labels", "The new button"]),
        ],
    )
    def test_is_narrowed_by_its_address(self, shelf: Market, visitor: Client, query: str, titles: list[str]) -> None:
        assert courses(visitor, query) == titles

    def test_every_choice_is_an_address_that_keeps_the_others(self, shelf: Market, visitor: Client) -> None:
        answer = visitor.get("/en/courses/?route=affiliate&level=beginner")
        chosen = soup_of(answer).select(".filters a[aria-current=true]")
        assert [text_of(each) for each in chosen] == ["All", "Affiliate", "Beginner", "All"]
        policies = soup_of(answer).find(id="filter-subject-policies")
        assert parse_qs(urlsplit(policies["href"]).query) == {
            "route": ["affiliate"],
            "level": ["beginner"],
            "subject": ["policies"],
        }
        assert courses(visitor, "?" + urlsplit(policies["href"]).query) == ["New labels"]
        assert links(answer)["Show all courses"] == "/en/courses/"

    def test_nothing_found_says_so_and_leads_back(self, shelf: Market, visitor: Client) -> None:
        answer = visitor.get("/en/courses/?subject=updates&level=advanced")
        assert answer.status_code == 200
        assert "0 courses" in words(answer)
        assert "No course fits these choices" in words(answer)
        assert address(go(visitor, answer, "Show all courses")) == "/en/courses/"

    @pytest.mark.parametrize(
        ("query", "reason"),
        [
            ("?subject=cooking", "There is no subject “cooking”. Choose one from the list."),
            ("?route=both", "There is no route “both”."),
            ("?level=<script>", "There is no level “<script>”."),
            ("?language=fr", "There is no language “fr”."),
        ],
    )
    def test_an_unknown_filter_is_refused_with_a_reason_and_a_way_on(
        self, market: Market, visitor: Client, query: str, reason: str
    ) -> None:
        answer = visitor.get(f"/en/courses/{query}")
        assert answer.status_code == 422
        assert reason in words(answer)
        assert b"<script>\xe2\x80\x9d" not in answer.content
        back = go(visitor, answer, "Go on from here")
        assert (back.status_code, heading(back)) == (200, "Courses")

    def test_an_unknown_filter_by_htmx_is_a_fragment(self, market: Market, visitor: Client) -> None:
        answer = visitor.get("/en/courses/?level=x", headers=HTMX)
        assert answer.status_code == 422
        assert "data-refusal" in answer.content.decode()
        assert "<html" not in answer.content.decode()

    def test_htmx_gets_the_results_and_others_the_page(self, market: Market, visitor: Client) -> None:
        fragment = visitor.get("/en/courses/?subject=tools", headers=HTMX)
        assert fragment.content.decode().strip().startswith('<div id="results"')
        assert "<html" not in fragment.content.decode()
        assert "2 courses" in words(fragment)
        assert {"HX-Request", "HX-Target"} <= {each.strip() for each in fragment["Vary"].split(",")}
        for headers in ({}, HTMX | {"HX-Target": "elsewhere"}, HTMX | {"HX-History-Restore-Request": "true"}):
            page = visitor.get("/en/courses/?subject=tools", headers=headers)
            assert "<html" in page.content.decode()
            assert heading(page) == "Courses"

    def test_is_cut_into_pages_that_keep_the_filters(self, market: Market, visitor: Client) -> None:
        for number in range(24):
            CourseFactory(parent=market.catalogue, title=f"More {number:02d}", slug=f"more-{number}")
        first = visitor.get("/en/courses/?level=beginner")
        assert "Page 1 of 2" in words(first)
        assert "26 courses" in words(first)
        second = go(visitor, first, "Next")
        assert parse_qs(urlsplit(address(second)).query) == {"level": ["beginner"], "page": ["2"]}
        assert [text_of(each) for each in soup_of(second).select(".entry__title")] == ["More 22", "More 23"]
        assert "Next" not in links(second)

    @pytest.mark.parametrize("page", ["99", "0", "-1", "two"])
    def test_a_page_that_is_not_there_is_the_nearest_one(self, market: Market, visitor: Client, page: str) -> None:
        assert courses(visitor, f"?page={page}") == ["Product anchors", "Claims"]

    def test_shows_who_is_signed_in_how_far_they_are(
        self, market: Market, person_client: Client, other_client: Client
    ) -> None:
        key = market.anchor_lessons[0].translation_key
        person_client.post(f"/lessons/en/{key}/complete/")
        assert "1 of 3 done" in words(person_client.get("/en/courses/"))
        assert "of 3 done" not in words(other_client.get("/en/courses/"))

    def test_an_empty_one_says_what_will_be_there(self, market: Market, visitor: Client) -> None:
        for course in (market.anchors, market.claims, market.anchors_id):
            course.delete()
        answer = visitor.get("/en/courses/")
        assert "The first courses are being written" in words(answer)
        assert links(answer)["Read the policies"] == "/en/policies/"

    def test_lists_a_course_once_in_the_readers_language(self, market: Market, visitor: Client) -> None:
        assert sorted(courses(visitor, language="id")) == ["Claims", "Jangkar produk"]
        shown = words(visitor.get("/id/courses/"))
        assert shown.count("English") >= 1, "a course in another language says so"


class TestLanguages:
    def test_an_indonesian_reader_of_an_english_page_keeps_indonesian_around_it(self, market: Market) -> None:
        reader = Client()
        reader.post("/language/", {"language": "id", "next": "/en/courses/claims/"})
        page = reader.get(market.claims.url)
        assert heading(page) == "Claims"
        assert page["Content-Language"] == "id"
        assert soup_of(page).html["lang"] == "id"
        assert soup_of(page).h1["lang"] == "en"
        assert "Halaman ini berbahasa Inggris" in words(page)

    def test_a_page_names_the_languages_it_can_be_read_in(self, market: Market, visitor: Client) -> None:
        page = visitor.get(market.anchor_lessons[0].url)
        assert "This page is in" not in words(page)
        assert links(page)["Read it in Indonesian"] == "/id/courses/anchors/a1/"
        assert "Read it in" not in words(visitor.get(market.anchor_lessons[1].url))

    def test_a_page_without_translation_has_no_address_in_the_other_language(
        self, market: Market, visitor: Client
    ) -> None:
        assert visitor.get("/id/courses/claims/").status_code == 404
        assert visitor.get("/fr/courses/").status_code == 404


class TestAudience:
    @pytest.fixture(params=["lesson", "update", "plain"])
    def page(self, request: pytest.FixtureRequest, market: Market) -> Page:
        """A page with a part for each route."""
        make = {
            "lesson": lambda: LessonFactory(parent=market.anchors, body=BOTH_ROUTES),
            "update": lambda: UpdateFactory(parent=market.updates, body=BOTH_ROUTES),
            "plain": lambda: PlainFactory(parent=market.home, body=BOTH_ROUTES),
        }
        return make[request.param]()

    @pytest.mark.parametrize(
        ("route", "seen", "unseen"),
        [
            ("affiliate", ["Send samples", "For affiliate sellers"], ["Keep stock", "For self-selling sellers"]),
            ("self_selling", ["Keep stock", "For self-selling sellers"], ["Send samples", "For affiliate sellers"]),
            ("both", ["Send samples", "Keep stock", "For affiliate sellers", "For self-selling sellers"], []),
            ("", ["Send samples", "Keep stock", "For affiliate sellers", "For self-selling sellers"], []),
        ],
    )
    def test_sees_its_own_parts_only(
        self, page: Page, client_of: Callable, route: str, seen: list[str], unseen: list[str]
    ) -> None:
        everyone = client_of(PersonFactory())
        everyone.get(page.url)
        shown = words(client_of(PersonFactory(chosen_route=route)).get(page.url))
        assert "For all of you." in shown
        assert [text for text in seen if text not in shown] == []
        assert [text for text in unseen if text in shown] == []

    def test_signed_out_sees_both_with_their_labels(self, page: Page, client_of: Callable, visitor: Client) -> None:
        client_of(PersonFactory(affiliate=True)).get(page.url)
        shown = words(visitor.get(page.url))
        assert "For affiliate sellers Send samples" in shown
        assert "For self-selling sellers Keep stock" in shown

    def test_follows_a_reader_who_switches_routes(self, page: Page, client_of: Callable) -> None:
        reader = client_of(PersonFactory(affiliate=True))
        assert "Keep stock" not in words(reader.get(page.url))
        reader.post("/welcome/", {"route": "self_selling"})
        assert "Keep stock" in words(reader.get(page.url))
        assert "Send samples" not in words(reader.get(page.url))


class TestPoliciesAndUpdates:
    def test_the_policies_are_listed_with_their_sections_and_day(self, market: Market, visitor: Client) -> None:
        page = visitor.get("/en/policies/")
        assert "Claims policy What this page is about. 2 sections in force from Jan. 1, 2026" in words(page)

    def test_a_policy_stands_in_numbered_sections_with_steady_anchors(self, market: Market, visitor: Client) -> None:
        page = visitor.get(market.policy.url)
        assert heading(page) == "Claims policy"
        section = soup_of(page).find(id="s-1.2")
        assert text_of(section) == "1.2 Prices Show the whole price."
        assert links(page)["1.2 Prices"] == "#s-1.2"

    def test_updates_stand_with_the_newest_first(self, market: Market, visitor: Client) -> None:
        UpdateFactory(parent=market.updates, title="Newer", slug="newer", dated_on=date(2026, 3, 1))
        UpdateFactory(parent=market.updates, title="Older", slug="older", dated_on=date(2025, 12, 1))
        titles = [text_of(each) for each in soup_of(visitor.get("/en/updates/")).select(".update__title")]
        assert titles == ["Newer", "The anchor button moved", "Older"]

    def test_an_update_leads_to_its_neighbours(self, market: Market, visitor: Client) -> None:
        UpdateFactory(parent=market.updates, title="Newer", slug="newer", dated_on=date(2026, 3, 1))
        UpdateFactory(parent=market.updates, title="Older", slug="older", dated_on=date(2025, 12, 1))
        page = visitor.get(market.update.url)
        assert "Feb. 2, 2026" in words(page)
        assert links(page)["Before this Older"] == "/en/updates/older/"
        assert links(page)["After this Newer"] == "/en/updates/newer/"

    def test_pages_of_updates(self, market: Market, visitor: Client) -> None:
        for number in range(24):
            UpdateFactory(parent=market.updates, title=f"U{number}", slug=f"u{number}", dated_on=date(2026, 1, 1))
        last = visitor.get("/en/updates/?page=77")
        assert "Page 2 of 2" in words(last)

    def test_a_plain_page(self, market: Market, visitor: Client) -> None:
        page = visitor.get("/en/about/")
        assert (heading(page), "Who we are." in words(page)) == ("About", True)


class TestWhatNobodyMayReach:
    def reachable(self, client: Client, page: Page) -> int:
        """The status at the page's address."""
        return client.get(page.url).status_code

    def sitemap(self, client: Client) -> str:
        return client.get("/sitemap-pages.xml").content.decode()

    def test_a_live_lesson_under_an_unpublished_course(
        self, market: Market, visitor: Client, person_client: Client
    ) -> None:
        lesson = market.anchor_lessons[0]
        assert f"{lesson.url}</loc>" in self.sitemap(visitor)
        Page.objects.get(pk=market.anchors.pk).specific.unpublish()
        assert LessonPage.objects.get(pk=lesson.pk).live
        for client in (visitor, person_client):
            assert self.reachable(client, lesson) == 404
            assert self.reachable(client, market.anchors) == 404
            assert "Product anchors" not in courses(client)
            assert "Product anchors" not in words(client.get("/en/"))
        assert f"{lesson.url}</loc>" not in self.sitemap(visitor)
        assert market.claims.url in self.sitemap(visitor)

    def test_a_draft(self, market: Market, visitor: Client, editor: Client) -> None:
        draft = LessonFactory(parent=market.anchors, title="Not yet", slug="not-yet", published=False)
        assert self.reachable(visitor, draft) == 404
        assert self.reachable(editor, draft) == 404
        assert "Not yet" not in words(visitor.get(market.anchors.url))
        assert "not-yet" not in self.sitemap(visitor)

    def test_an_edit_that_is_not_published(self, market: Market, visitor: Client) -> None:
        page = Page.objects.get(pk=market.about.pk).specific
        page.title = "About, rewritten"
        page.save_revision()
        assert heading(visitor.get(page.url)) == "About"

    def test_an_address_that_never_was(self, market: Market, visitor: Client) -> None:
        for path in ("/en/nothing/", "/en/courses/nothing/", "/en/courses/anchors/nothing/", "/nothing/"):
            answer = visitor.get(path)
            assert answer.status_code == 404, path
            assert heading(answer) == "There is nothing at this address"

    def test_a_missing_slash_is_added(self, market: Market, visitor: Client) -> None:
        answer = visitor.get("/en/courses/anchors")
        assert (answer.status_code, answer["Location"]) == (301, "/en/courses/anchors/")

    @pytest.fixture
    def private(self, market: Market) -> Page:
        """A course for editors only."""
        restriction = PageViewRestriction.objects.create(
            page=market.claims, restriction_type=PageViewRestriction.GROUPS
        )
        restriction.groups.add(Group.objects.get(name="Content editors"))
        return market.claims

    def test_a_private_page_asks_to_sign_in_and_is_in_no_list(self, private: Page, visitor: Client) -> None:
        answer = visitor.get(private.url)
        assert answer.status_code == 302
        assert answer["Location"] == f"/_util/login/?next={private.url}"
        assert private.url in follow(visitor, answer).content.decode()
        assert "Claims" not in courses(visitor)
        assert "/courses/claims/" not in self.sitemap(visitor)

    def test_a_private_page_opens_for_its_group_only(
        self, private: Page, person_client: Client, editor: Client
    ) -> None:
        refused = follow(person_client, person_client.get(private.url))
        assert (refused.status_code, heading(refused)) == (403, "This page is not for this account")
        answer = editor.get(private.url)
        assert answer.status_code == 200
        assert heading(answer) == "Claims"

    def test_a_lesson_of_a_private_course_is_private_too(
        self, private: Page, market: Market, visitor: Client, person_client: Client, editor: Client
    ) -> None:
        lesson = market.claim_lessons[0]
        assert visitor.get(lesson.url).status_code == 302
        assert follow(person_client, person_client.get(lesson.url)).status_code == 403
        assert "Pin the product" in words(editor.get(lesson.url))

    def test_a_private_course_shows_its_group_no_drafts(self, private: Page, market: Market, editor: Client) -> None:
        LessonFactory(parent=market.claims, title="Not yet", published=False)
        assert "Not yet" not in words(editor.get(private.url))

    def test_made_public_again_it_is_back(self, private: Page, visitor: Client) -> None:
        PageViewRestriction.objects.all().delete()
        assert "Claims" in courses(visitor)


class TestClipsInTheAdmin:
    """What published pages show of a clip isn't taken away behind their back."""

    @pytest.fixture
    def clip(self, market: Market) -> Video:
        """A clip that one published lesson shows."""
        clip = VideoFactory(title="Pinning")
        body = stream(("video", {"video": clip.pk, "address": "", "address_title": "", "address_transcript": ""}))
        LessonFactory(parent=market.anchors, title="Watch it", slug="watch", body=body)
        return clip

    def save(self, client: Client, clip: Video, *, captions: bool = True, transcript: str = "<p>A hand.</p>") -> str:
        path = f"/cms/snippets/catalog/video/edit/{clip.pk}/"
        form = {
            "title": "Pinning it",
            "seconds": "30",
            "poster": "",
            "transcript": rich(transcript),
            "tracks-TOTAL_FORMS": "1",
            "tracks-INITIAL_FORMS": "1",
            "tracks-0-id": str(clip.tracks.get().pk),
            "tracks-0-language": "en",
            "tracks-0-DELETE": "" if captions else "on",
        }
        answer = client.post(path, form, follow=True)
        clip.refresh_from_db()
        return words(answer)

    def test_may_be_changed(self, clip: Video, approver: Client) -> None:
        self.save(approver, clip, transcript="<p>Two hands.</p>")
        assert (clip.title, clip.tracks.count()) == ("Pinning it", 1)
        assert "Two hands." in clip.transcript

    @pytest.mark.parametrize("change", [{"captions": False}, {"transcript": ""}, {"transcript": "<p> </p>"}])
    def test_keep_captions_and_transcript_while_a_page_shows_them(
        self, clip: Video, approver: Client, change: dict[str, Any]
    ) -> None:
        said = self.save(approver, clip, **change)
        assert "Published pages show this clip and need its captions and its transcript: Watch it." in said
        assert (clip.title, clip.tracks.count(), clip.transcript) == ("Pinning", 1, "<p>A hand pins the product.</p>")

    @pytest.mark.parametrize("change", [{"captions": False}, {"transcript": ""}])
    def test_need_not_once_no_page_shows_them(self, clip: Video, approver: Client, change: dict[str, Any]) -> None:
        Page.objects.get(slug="watch").unpublish()
        self.save(approver, clip, **change)
        assert clip.title == "Pinning it"

    def test_are_not_deleted_while_a_page_shows_them(self, clip: Video, client_of: Callable) -> None:
        superuser = client_of(PersonFactory(is_superuser=True))
        alone = VideoFactory(title="Alone")
        both = f"/cms/bulk/catalog/video/delete/?id={clip.pk}&id={alone.pk}"
        for path in (f"/cms/snippets/catalog/video/delete/{clip.pk}/", both):
            refused = superuser.post(path, follow=True)
            assert "Published pages show “Pinning”. Take it out of them first: Watch it." in words(refused)
        superuser.post(f"/cms/snippets/catalog/video/delete/{alone.pk}/")
        assert list(Video.objects.all()) == [clip]


class TestTheKnowledgeCheck:
    @pytest.fixture
    def form(self, market: Market, visitor: Client) -> object:
        """The check as it stands in a lesson."""
        check = {
            "question": "When do you pin?",
            "options": [
                {"text": "At once", "right": True, "explanation": "Interest is short."},
                {"text": "Later", "right": False, "explanation": "They are gone by then."},
            ],
        }
        lesson = LessonFactory(parent=market.anchors, title="Checked", body=stream(("knowledge_check", check)))
        form = soup_of(visitor.get(lesson.url)).select_one("form.block-check")
        assert form is not None
        return form

    def test_explains_the_right_answer_on_a_page_of_its_own(self, form: dict, visitor: Client) -> None:
        page = visitor.get(form["action"], {"pick": "0"})
        assert "At once (your answer)" in words(page)
        assert "Right Interest is short." in words(page)
        back = go(visitor, page, "Back to the lesson")
        assert heading(back) == "Checked"
        assert links(page)["Back to the lesson"].endswith("#" + form.parent["id"])

    def test_explains_a_wrong_one_and_names_the_right_one(self, form: dict, visitor: Client) -> None:
        page = words(visitor.get(form["action"], {"pick": "1"}))
        assert "Not quite They are gone by then. The right answer: At once" in page
        assert "Interest is short." not in page

    def test_htmx_gets_only_the_answer(self, form: dict, visitor: Client) -> None:
        target = form["hx-target"].removeprefix("#")
        answer = visitor.get(form["hx-get"], {"pick": "1"}, headers={"HX-Request": "true", "HX-Target": target})
        assert "<html" not in answer.content.decode()
        assert words(answer) == "Not quite They are gone by then. The right answer: At once"

    def test_nothing_picked_says_what_to_do(self, form: dict, visitor: Client) -> None:
        answer = visitor.get(form["action"])
        assert answer.status_code == 422
        assert "Pick one of the answers first." in words(answer)

    @pytest.mark.parametrize("pick", ["2", "-1", "x", "²"])
    def test_an_answer_that_is_not_there_is_refused(self, form: dict, visitor: Client, pick: str) -> None:
        answer = visitor.get(form["action"], {"pick": pick})
        assert answer.status_code == 400

    def test_of_a_lesson_taken_off_is_gone(self, form: dict, market: Market, visitor: Client) -> None:
        LessonPage.objects.get(title="Checked").unpublish()
        assert visitor.get(form["action"], {"pick": "0"}).status_code == 404

    def test_keeps_nothing(self, form: dict, person: User, person_client: Client) -> None:
        person_client.get(form["action"], {"pick": "0"})
        assert person.completions.count() == 0
        assert person_client.post(form["action"], {"pick": "0"}).status_code == 405
