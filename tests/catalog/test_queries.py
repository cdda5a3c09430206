"""The reading path: one statement to find, one rendering to keep, one statement for all links."""

import threading
import time
import uuid
from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from pytest_django import DjangoAssertNumQueries
from wagtail.models import Page
from wagtail.rich_text import expand_db_html

from apps.catalog import rules
from apps.catalog.models import CoursePage, PolicyPage, UpdatePage
from apps.catalog.queries import checks, lists, readings
from tests.factories.catalog import (
    CourseFactory,
    LessonFactory,
    Market,
    PlainFactory,
    PolicyFactory,
    UpdateFactory,
    link,
    stream,
)

pytestmark = pytest.mark.django_db


class TestFindReading:
    def test_finds_the_page_and_its_course_in_one_statement(
        self, market: Market, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(1):
            reading = readings.find_reading("en/courses/anchors/a2/")
            assert reading.parent.title == "Product anchors"
        assert reading.page_id == market.anchor_lessons[1].pk

    @pytest.mark.parametrize("path", ["en/courses/anchors/a9/", "courses/anchors/a2/", "en/courses/anchors/a2", ""])
    def test_finds_nothing_elsewhere(self, market: Market, path: str) -> None:
        assert readings.find_reading(path) is None


class TestOutline:
    def test_is_made_once_for_each_version_of_the_course(
        self, market: Market, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        course = market.reading(market.anchors)
        with django_assert_num_queries(1):
            first = readings.outline_of(course)
        with django_assert_num_queries(0):
            assert readings.outline_of(course) == first
        assert [(line.number, line.title, line.url, line.minutes) for line in first] == [
            (1, "On a short video", "/en/courses/anchors/a1/", 1),
            (2, "On a live", "/en/courses/anchors/a2/", 1),
            (3, "After the live", "/en/courses/anchors/a3/", 1),
        ]
        LessonFactory(parent=market.anchors, title="On a photo")
        assert [line.title for line in readings.outline_of(market.reading(market.anchors))][3:] == ["On a photo"]

    def test_of_an_empty_course_is_empty_and_kept_too(
        self, market: Market, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        course = market.reading(CourseFactory(parent=market.catalogue))
        assert readings.outline_of(course) == []
        with django_assert_num_queries(0):
            assert readings.outline_of(course) == []


def test_the_other_languages_of_a_page(market: Market) -> None:
    english, indonesian = market.reading(market.anchors), market.reading(market.anchors_id)
    assert readings.languages_of(english) == [readings.Language("id", "Bahasa Indonesia", "/id/courses/anchors/")]
    assert [each.code for each in readings.languages_of(indonesian)] == ["en"]
    assert readings.languages_of(market.reading(market.claims)) == []


class TestBodyOf:
    @pytest.fixture
    def rendered(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
        """Which page was rendered for whom; the rendering itself is left out."""
        calls: list[tuple[int, str]] = []

        def render(page: Page, audience: str) -> dict[str, Any]:
            calls.append((page.pk, audience))
            return {"body": f"<p>{page.title} for {audience}</p>"}

        monkeypatch.setattr(readings, "render_page_parts", render)
        monkeypatch.setattr(readings, "templates_version", lambda: "one")
        return calls

    def test_renders_once_and_then_asks_nobody(
        self, market: Market, rendered: list[tuple[int, str]], django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        reading = market.reading(market.anchor_lessons[0])
        first = readings.body_of(reading, audience="all")
        with django_assert_num_queries(0):
            assert readings.body_of(reading, audience="all") == first == {"body": "<p>On a short video for all</p>"}
        assert rendered == [(reading.page_id, "all")]

    def test_once_for_each_audience(self, market: Market, rendered: list[tuple[int, str]]) -> None:
        reading = market.reading(market.anchor_lessons[0])
        for _turn in range(2):
            for audience in ("all", "affiliate", "self_selling"):
                assert audience in readings.body_of(reading, audience=audience)["body"]
        assert [audience for _pk, audience in rendered] == ["all", "affiliate", "self_selling"]

    def test_once_for_each_language_of_the_reader(self, market: Market, rendered: list[tuple[int, str]]) -> None:
        reading = market.reading(market.anchor_lessons[0])
        for language in ("en", "id", "en", "id"):
            with translation.override(language):
                readings.body_of(reading, audience="all")
        assert len(rendered) == 2

    def test_anew_for_a_new_version(self, market: Market, rendered: list[tuple[int, str]]) -> None:
        page = market.anchor_lessons[0]
        readings.body_of(market.reading(page), audience="all")
        page.title = "On a clip"
        page.save_revision().publish()
        assert readings.body_of(market.reading(page), audience="all") == {"body": "<p>On a clip for all</p>"}
        assert len(rendered) == 2

    def test_not_anew_for_another_page(self, market: Market, rendered: list[tuple[int, str]]) -> None:
        reading = market.reading(market.anchor_lessons[0])
        readings.body_of(reading, audience="all")
        market.claim_lessons[0].save_revision().publish()
        readings.body_of(market.reading(market.anchor_lessons[0]), audience="all")
        assert len(rendered) == 1

    def test_anew_for_new_templates(
        self, market: Market, rendered: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reading = market.reading(market.anchor_lessons[0])
        readings.body_of(reading, audience="all")
        monkeypatch.setattr(readings, "templates_version", lambda: "two")
        readings.body_of(reading, audience="all")
        assert len(rendered) == 2


class TestKeepOnce:
    def test_one_makes_and_the_others_wait(self) -> None:
        made, got = [], []

        def make() -> str:
            time.sleep(0.2)
            made.append(1)
            return "made"

        def ask() -> None:
            got.append(readings.keep_once("slow", make))
            connection.close()

        threads = [threading.Thread(target=ask) for _number in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (made, got) == ([1], ["made"] * 5)

    def test_who_fails_leaves_the_way_free(self) -> None:
        with pytest.raises(ZeroDivisionError):
            readings.keep_once("failing", lambda: 1 // 0)
        assert readings.keep_once("failing", lambda: "made") == "made"

    def test_who_waits_too_long_makes_it_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(readings, "RENDER_LOCK_SECONDS", 0.1)
        cache.add("making:stuck", 1, 60)
        assert readings.keep_once("stuck", lambda: "made") == "made"


class TestTemplatesVersion:
    def test_changes_with_a_template(self, settings: Any, tmp_path: Any) -> None:
        (tmp_path / "templates").mkdir()
        (tmp_path / "apps" / "catalog").mkdir(parents=True)
        (tmp_path / "apps" / "catalog" / "blocks.py").write_text("")
        settings.BASE_DIR, settings.DEBUG = tmp_path, True
        template = tmp_path / "templates" / "lesson.html"
        template.write_text("one")
        first = readings.templates_version()
        assert readings.templates_version() == first
        template.write_text("two")
        assert readings.templates_version() != first


class TestLinks:
    def test_all_links_of_a_page_take_one_statement(self, market: Market) -> None:
        targets = [PlainFactory(parent=market.home, slug=f"plain-{number}") for number in range(12)]
        text = "".join(f"<p>{link(target, target.slug)}</p>" for target in targets)
        page = CourseFactory(parent=market.catalogue, introduction=text)
        page = Page.objects.get(pk=page.pk).specific
        with CaptureQueriesContext(connection) as statements:
            html = readings.render_page_parts(page, "all")["course"]["introduction"]
        assert len(statements) == 1
        assert html == "".join(f'<p><a href="/en/{target.slug}/">{target.slug}</a></p>' for target in targets)

    def test_a_link_to_what_nobody_may_open_keeps_its_words(self, market: Market) -> None:
        market.about.unpublish()
        page = CourseFactory(parent=market.catalogue, introduction=f"<p>{link(market.about, 'About us')}</p>")
        assert readings.render_page_parts(page, "all")["course"]["introduction"] == "<p><a>About us</a></p>"

    def test_the_resolver_ends_with_the_rendering(self, market: Market) -> None:
        with readings.addresses_for(market.anchors):
            assert readings.page_addresses.get() == {}
            assert expand_db_html(link(market.about)) == "<a>there</a>"
        assert readings.page_addresses.get() is None
        assert expand_db_html(link(market.about)) == '<a href="/en/about/">there</a>'

    def test_a_page_without_links_takes_no_statement(
        self, market: Market, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        page = Page.objects.get(pk=market.anchors.pk).specific
        with django_assert_num_queries(0), readings.addresses_for(page):
            pass

    def test_addresses_are_escaped(self, market: Market) -> None:
        token = readings.page_addresses.set({"1": '/en/"><script>/'})
        assert expand_db_html('<a linktype="page" id="1">x</a>') == '<a href="/en/&quot;&gt;&lt;script&gt;/">x</a>'
        readings.page_addresses.reset(token)


class TestCheck:
    def body(self, block: str = "knowledge_check") -> str:
        options = [
            {"text": "Before the live", "right": True, "explanation": "Then it is ready."},
            {"text": "Never", "right": False, "explanation": "Then nobody finds it."},
        ]
        return stream((block, {"question": "When do you pin?", "options": options}))

    def test_is_found_by_the_page_and_the_block(self, market: Market) -> None:
        page = LessonFactory(parent=market.claims, body=self.body())
        block = page.body[0].id
        check = checks.find_check(key=page.translation_key, language="en", block=block)
        assert (check.question, check.page_title) == ("When do you pin?", page.title)
        assert check.back_url == f"/{market.reading(page).path}#b-{block}"
        right, wrong, none = check.answered(0), check.answered(1), check.answered(None)
        assert (right["right"], right["explanation"]) == (True, "Then it is ready.")
        assert (wrong["right"], wrong["explanation"]) == (False, "Then nobody finds it.")
        assert (none["right"], none["explanation"], none["right_text"]) == (False, "", "Before the live")

    def test_is_not_found_elsewhere(self, market: Market) -> None:
        page = LessonFactory(parent=market.claims, body=self.body())
        block = page.body[0].id
        assert checks.find_check(key=page.translation_key, language="id", block=block) is None
        assert checks.find_check(key=page.translation_key, language="en", block=str(uuid.uuid4())) is None
        page.unpublish()
        assert checks.find_check(key=page.translation_key, language="en", block=block) is None


def course_titles(chosen: dict[str, str], language: str = "en") -> list[str]:
    """Titles in the catalogue that a reader of this language sees."""
    with translation.override(language):
        return [card.title for card in lists.course_cards(lists.courses_in_catalogue(chosen))]


class TestCatalogue:
    def test_each_course_once_in_the_readers_best_language(self, market: Market) -> None:
        assert course_titles({}) == ["Product anchors", "Claims"]
        assert sorted(course_titles({}, "id")) == ["Claims", "Jangkar produk"]

    @pytest.mark.parametrize(
        ("chosen", "titles"),
        [
            ({"route": "affiliate"}, ["Product anchors", "Claims"]),
            ({"route": "self_selling"}, ["Product anchors"]),
            ({"language": "id"}, ["Jangkar produk"]),
            ({"language": "id", "route": "self_selling"}, ["Jangkar produk"]),
            ({"subject": "policies"}, []),
            ({"level": "beginner"}, ["Product anchors", "Claims"]),
        ],
    )
    def test_filters_narrow_it(self, market: Market, chosen: dict[str, str], titles: list[str]) -> None:
        assert course_titles(chosen) == titles

    def test_a_card_says_what_the_course_is(self, market: Market) -> None:
        card = lists.cards_of([market.claims.translation_key])[market.claims.translation_key]
        assert (card.title, card.url, card.summary) == ("Claims", "/en/courses/claims/", "What this page is about.")
        assert (card.lessons, card.minutes) == (3, 3)
        assert (card.route, card.language_code, card.is_other_language) == ("affiliate", "en", False)

    @pytest.mark.parametrize("more", [0, 5])
    def test_cards_take_one_statement_whatever_their_number(
        self, market: Market, more: int, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for _number in range(more):
            LessonFactory(parent=CourseFactory(parent=market.catalogue))
        with django_assert_num_queries(1):
            assert len(lists.course_cards(lists.courses_in_catalogue({}))) == 2 + more

    def test_what_nobody_may_open_is_not_in_it(self, market: Market) -> None:
        market.anchors.unpublish()
        assert sorted(course_titles({})) == ["Claims", "Jangkar produk"]
        CoursePage.objects.get(pk=market.anchors_id.pk).unpublish()
        assert course_titles({}) == ["Claims"]

    def test_counts_are_over_all_languages_once(self, market: Market) -> None:
        assert lists.catalogue_counts() == {"courses_count": 2, "lessons_count": 6}

    def test_suggestions_suit_the_route_and_leave_out_what_is_begun(self, market: Market) -> None:
        assert [card.title for card in lists.suggested_courses("self_selling")] == ["Product anchors"]
        begun = [market.anchors.translation_key]
        assert [card.title for card in lists.suggested_courses("affiliate", without=begun)] == ["Claims"]
        assert lists.suggested_courses("self_selling", without=begun) == []
        assert len(lists.suggested_courses("", most=1)) == 1


class TestFilters:
    def test_those_that_an_address_names(self) -> None:
        assert lists.chosen_filters({"route": "affiliate", "page": "2", "level": ""}) == {"route": "affiliate"}

    @pytest.mark.parametrize("query", [{"route": "both"}, {"level": "wizard"}, {"language": "xx"}, {"subject": "'"}])
    def test_a_value_that_is_none_is_refused(self, query: dict[str, str]) -> None:
        with pytest.raises(rules.UnknownFilter, match="There is no") as refusal:
            lists.chosen_filters(query)
        assert refusal.value.status == 422

    def test_every_choice_leads_to_its_own_address_and_keeps_the_others(self) -> None:
        found = {each.name: each for each in lists.filters("/en/courses/", {"route": "affiliate"})}
        level = {choice.value: choice for choice in found["level"].choices}
        assert level["advanced"].url == "/en/courses/?route=affiliate&level=advanced"
        assert level[""].selected
        route = {choice.value: choice for choice in found["route"].choices}
        assert (route[""].url, route[""].selected) == ("/en/courses/", False)
        assert route["affiliate"].selected
        assert set(route) == {"", "affiliate", "self_selling"}


class TestUpdates:
    def test_the_latest_first_and_those_that_suit(self, market: Market) -> None:
        UpdateFactory(parent=market.updates, title="For creators", dated_on=date(2026, 2, 9), for_route="affiliate")
        UpdateFactory(parent=market.updates, title="Oldest", dated_on=date(2026, 1, 5))
        assert [line.title for line in lists.newest_updates()] == ["For creators", "The anchor button moved", "Oldest"]
        suiting = [line.title for line in lists.newest_updates("self_selling", most=5)]
        assert suiting == ["The anchor button moved", "Oldest"]
        assert [line.title for line in lists.newest_updates(most=1)] == ["For creators"]

    def test_the_neighbours_of_one(self, market: Market) -> None:
        newer = UpdateFactory(parent=market.updates, title="Newer", dated_on=date(2026, 2, 9))
        same_day = UpdateFactory(parent=market.updates, title="Same day", dated_on=market.update.dated_on)
        older = UpdateFactory(parent=market.updates, title="Older", dated_on=date(2026, 1, 5))

        def titles(page: UpdatePage) -> tuple[str | None, ...]:
            found = lists.update_neighbours(market.reading(page))
            return tuple(line.title if line else None for line in found)

        assert titles(newer) == (None, "Same day")
        assert titles(same_day) == ("Newer", "The anchor button moved")
        assert titles(market.update) == ("Same day", "Older")
        assert titles(older) == ("The anchor button moved", None)


def test_policies_in_one_statement(market: Market, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    PolicyFactory(parent=market.policies, title="Music policy", slug="music", sections=stream())
    with django_assert_num_queries(1):
        lines = lists.policy_lines()
    assert [(line.title, line.url, line.sections) for line in lines] == [
        ("Claims policy", "/en/policies/claims/", 2),
        ("Music policy", "/en/policies/music/", 0),
    ]
    assert lines[0].effective_on == PolicyPage.objects.get(pk=market.policy.pk).effective_on
