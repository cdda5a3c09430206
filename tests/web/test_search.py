"""The page that searches: what each reader sees, what is kept of searches in vain, and what a flood gets."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.web import rules
from apps.web.models import MissedSearch
from apps.web.services.searches import count_search, forget_missed_searches, mark_handled, note_missed_search
from apps.web.tasks import forget_missed_searches_daily
from tests.catalog.test_search import FOR_ROUTES, grow, publish
from tests.factories.catalog import Market
from tests.screens import heading, links, soup_of, words

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "results"}


def found(client: Client, query: str, **headers: str) -> list[str]:
    """The titles that are shown."""
    answer = client.get(f"/search/?{query}", headers=headers)
    assert answer.status_code == 200
    return [each.get_text().strip() for each in soup_of(answer).select(".found__title a")]


class TestPage:
    def test_marks_what_was_looked_for(self, market: Market, visitor: Client) -> None:
        answer = visitor.get("/search/?q=pin speak")
        assert [mark.text for mark in soup_of(answer).select(".found__text mark")][:2] == ["Pin", "speak"]
        assert soup_of(answer).find("input", id="q")["value"] == "pin speak"
        assert "“pin speak”" in soup_of(answer).title.text

    def test_before_anything_is_typed(self, market: Market, visitor: Client) -> None:
        answer = visitor.get("/search/")
        assert heading(answer) == "Search"
        assert "Begin with one of these" in words(answer)
        assert "No results" not in words(answer)

    def test_htmx_gets_the_results_alone(self, market: Market, visitor: Client) -> None:
        answer = visitor.get("/search/?q=pin", headers=HTMX)
        assert soup_of(answer).find("h1") is None
        assert soup_of(answer).find(id="results") is not None
        assert {"HX-Request", "HX-Target"} <= {each.strip() for each in answer["Vary"].split(",")}

    def test_kinds_with_their_counts_lead_to_views_of_their_own(self, market: Market, visitor: Client) -> None:
        answer = visitor.get("/search/?q=claims&route=affiliate")
        kinds = {" ".join(each.text.split()): each["href"] for each in soup_of(answer).select(".kinds a")}
        assert list(kinds) == ["All 5", "Courses 1", "Lessons 3", "Policies 1", "Updates 0"]
        assert kinds["Policies 1"] == "/search/?q=claims&route=affiliate&kind=policy"
        assert found(visitor, "q=claims&kind=policy") == ["1.1 Claims"]

    def test_the_list_is_cut_into_pages_that_keep_words_and_filters(self, market: Market, visitor: Client) -> None:
        grow(market, 25)
        first = visitor.get("/search/?q=bulk&kind=lesson")
        assert links(first)["Next"] == "/search/?q=bulk&kind=lesson&page=2"
        assert len(found(visitor, "q=bulk&kind=lesson&page=3")) == 5
        assert len(found(visitor, "q=bulk&kind=lesson&page=zebra")) == 10

    def test_a_filter_that_is_none_is_refused_with_a_way_on(self, market: Market, visitor: Client) -> None:
        answer = visitor.get("/search/?q=pin&kind=zebra")
        assert answer.status_code == 422
        assert "There is no kind “zebra”" in words(answer)
        assert "/search/" in links(answer).values()

    def test_a_reader_of_one_route_never_sees_the_others_blocks(
        self, market: Market, seller_client: Client, visitor: Client
    ) -> None:
        publish(market.update, body=FOR_ROUTES)
        assert found(seller_client, "q=rattan") == []
        assert "rattan" not in words(seller_client.get("/search/?q=bamboo"))
        assert found(visitor, "q=rattan") == ["The anchor button moved"]

    def test_an_indonesian_reader_has_indonesian_first(self, market: Market, visitor: Client) -> None:
        visitor.cookies[settings.LANGUAGE_COOKIE_NAME] = "id"
        assert found(visitor, "q=video") == ["Di video pendek"]

    def test_the_way_in_stands_on_every_page_the_field_on_home_and_catalogue(
        self, market: Market, visitor: Client, person_client: Client
    ) -> None:
        for client in (visitor, person_client):
            for path in ("/en/", "/en/courses/", market.anchor_lessons[0].url):
                soup = soup_of(client.get(path))
                assert soup.select_one(".bar .seek")["href"] == "/search/"
                assert bool(soup.select_one("form[role=search]")) == (path in ("/en/", "/en/courses/"))


class TestInput:
    @pytest.mark.parametrize("typed", ["", "%20%20", "a", "%F0%9F%99%82", "%25", "...", "'"])
    def test_what_is_no_word_is_answered_calmly(self, market: Market, visitor: Client, typed: str) -> None:
        answer = visitor.get(f"/search/?q={typed}")
        assert answer.status_code == 200
        assert "Nothing was found" not in words(answer)
        assert not MissedSearch.objects.exists()

    @pytest.mark.parametrize(("typed", "told"), [("%25", True), ("%22%22", True), ("a", False)])
    def test_who_typed_no_word_is_told_so(self, market: Market, visitor: Client, typed: str, told: bool) -> None:
        page = words(visitor.get(f"/search/?q={typed}"))
        assert ("There is no word in it yet." in page) == told
        assert ("Type two letters or more." in page) != told

    @pytest.mark.parametrize(
        "typed",
        ["%22pin", "pin%22+OR+%22", "pin*", "title%3Apin", "pin+AND", "(pin", "pin%5C", "%D8%A8%D8%AD%D8%AB", "%FF"],
    )
    def test_operators_and_other_scripts(self, market: Market, visitor: Client, typed: str) -> None:
        assert visitor.get(f"/search/?q={typed}").status_code == 200

    def test_a_null_byte_is_tampered_with(self, market: Market, visitor: Client) -> None:
        assert visitor.get("/search/?q=pin%00").status_code == 400

    def test_ten_thousand_characters_are_cut_and_it_is_said(self, market: Market, visitor: Client) -> None:
        answer = visitor.get("/search/", {"q": "pin " * 2500})
        assert answer.status_code == 200
        assert "only its first 200 characters were looked for" in words(answer)
        assert len(soup_of(answer).find("input", id="q")["value"]) <= 200
        assert soup_of(answer).select(".found__title")


class TestPrice:
    @pytest.mark.parametrize("lessons", [30, 3000])
    @pytest.mark.parametrize(("query", "price"), [("pin", 4), ("bulk", 4), ("zebrafish", 9), ("zebrafsh pin", 9)])
    def test_statements_do_not_grow(
        self, market: Market, person_client: Client, lessons: int, query: str, price: int
    ) -> None:
        grow(market, lessons)
        person_client.get("/search/", {"q": query})
        with CaptureQueriesContext(connection) as statements:
            person_client.get("/search/", {"q": query})
        # SQLite isn't asked for words that resemble what nothing has.
        unasked = price == 9 and connection.vendor == "sqlite"
        assert len(statements) == price - unasked, [each["sql"][:90] for each in statements]


class TestPace:
    def test_a_flood_from_one_address_is_refused(self, market: Market, visitor: Client, monkeypatch: Any) -> None:
        monkeypatch.setattr(rules, "SEARCHES_A_MINUTE", 2)
        answers = [visitor.get("/search/?q=pin").status_code for _search in range(3)]
        assert answers == [200, 200, 429]

    def test_who_is_signed_in_is_counted_alone(
        self, market: Market, visitor: Client, person_client: Client, monkeypatch: Any
    ) -> None:
        monkeypatch.setattr(rules, "SEARCHES_A_MINUTE", 1)
        assert [client.get("/search/?q=pin").status_code for client in (visitor, person_client)] == [200, 200]
        refused = person_client.get("/search/?q=pin")
        assert (refused.status_code, refused["Retry-After"]) == (429, "60")

    def test_the_next_minute_counts_anew(self, at: datetime) -> None:
        for _search in range(rules.SEARCHES_A_MINUTE):
            count_search(who="203.0.113.7", at=at)
        with pytest.raises(rules.TooManySearches, match="Too many searches came from your network"):
            count_search(who="203.0.113.7", at=at)
        count_search(who="203.0.113.8", at=at)
        count_search(who="203.0.113.7", at=at + timedelta(minutes=1))


class TestMissed:
    def test_what_was_looked_for_in_vain_is_kept_without_who(
        self, market: Market, person_client: Client, person: User, visitor: Client
    ) -> None:
        for client, query in ((person_client, "Zebra  Fish"), (visitor, "zebra fish")):
            assert "Nothing was found for" in words(client.get("/search/", {"q": query}))
        (missed,) = MissedSearch.objects.all()
        assert (missed.text, missed.language, missed.times, missed.handled_at) == ("zebra fish", "en", 2, None)
        assert {field.name for field in MissedSearch._meta.get_fields()} == {
            "id", "text", "language", "times", "last_asked_at", "handled_at",
        }  # fmt: skip

    @pytest.mark.parametrize("query", ["q=zebra&kind=lesson", "q=pin", "q=z", ""])
    def test_what_was_narrowed_found_or_not_asked_is_not(self, market: Market, visitor: Client, query: str) -> None:
        visitor.get(f"/search/?{query}")
        assert not MissedSearch.objects.exists()

    def test_half_words_while_somebody_types_are_not(self, market: Market, visitor: Client) -> None:
        answer = visitor.get("/search/?q=zeb", headers=HTMX)
        assert "Nothing was found for “zeb”" in words(answer)
        assert not MissedSearch.objects.exists()

    def test_offers_help_and_courses(self, market: Market, visitor: Client) -> None:
        answer = visitor.get("/search/?q=zebra")
        assert links(answer)["Ask for help"] == "/help/"
        assert "/en/courses/anchors/" in links(answer).values()

    def test_has_a_short_name_in_the_menu_and_its_whole_one_above_the_list(self, editor: Client) -> None:
        """The sidebar cuts what is longer; its labels travel as JSON."""
        answer = editor.get("/cms/missed-searches/")
        assert '"label": "Searches in vain"' in answer.content.decode()
        assert soup_of(answer).title.get_text(strip=True).startswith("Searches without a result")  # type: ignore[union-attr]

    def test_is_capped(self, at: datetime, monkeypatch: Any) -> None:
        monkeypatch.setattr(rules, "MOST_MISSED", 2)
        for minute, text in enumerate(("one", "two", "one", "three", "four")):
            note_missed_search(text=text, language="en", at=at + timedelta(minutes=minute))
        assert dict(MissedSearch.objects.values_list("text", "times")) == {"one": 2, "four": 1}

    @pytest.mark.parametrize("text", ["ayu@example.com", "where is order 88121004"])
    def test_what_tells_of_somebody_is_not_kept(self, at: datetime, text: str) -> None:
        note_missed_search(text=text, language="en", at=at)
        assert not MissedSearch.objects.exists()

    def test_is_forgotten_after_half_a_year(self, at: datetime) -> None:
        note_missed_search(text="old", language="en", at=at)
        note_missed_search(text="new", language="en", at=at + timedelta(days=1))
        assert forget_missed_searches(at=at + timedelta(days=180)) == 0
        assert forget_missed_searches_daily((at + timedelta(days=180, hours=1)).isoformat()) == {"deleted": 1}
        assert [each.text for each in MissedSearch.objects.all()] == ["new"]

    def test_what_was_handled_is_open_again_when_it_is_missed_again(self, at: datetime) -> None:
        note_missed_search(text="refunds", language="en", at=at)
        missed = MissedSearch.objects.get()
        mark_handled(missed=missed, handled=True, at=at)
        mark_handled(missed=missed, handled=True, at=at + timedelta(days=1))
        assert MissedSearch.objects.get().handled_at == at
        note_missed_search(text="refunds", language="en", at=at + timedelta(days=2))
        assert MissedSearch.objects.get().handled_at is None


class TestAdmin:
    @pytest.fixture
    def missed(self, at: datetime) -> MissedSearch:
        """Two that were missed; the one that was asked oftener."""
        note_missed_search(text="seldom", language="id", at=at)
        for _time in range(3):
            note_missed_search(text="often", language="en", at=at)
        return MissedSearch.objects.get(text="often")

    def test_editors_see_the_oftenest_first_and_note_what_they_handled(
        self, missed: MissedSearch, editor: Client
    ) -> None:
        rows = [
            row.get_text(" ", strip=True) for row in soup_of(editor.get("/cms/missed-searches/")).select("tbody tr")
        ]
        assert [row.split()[0] for row in rows] == ["often", "seldom"]
        answer = editor.post(f"/cms/missed-searches/edit/{missed.pk}/", {"handled": "on", "text": "x", "times": 99})
        assert answer.status_code == 302
        missed.refresh_from_db()
        assert (missed.text, missed.times, missed.handled_at is not None) == ("often", 3, True)
        listed = words(editor.get("/cms/missed-searches/?handled=true"))
        assert "often" in listed
        assert "seldom" not in listed

    @pytest.mark.parametrize("path", ["new/", "delete/1/", "copy/1/"])
    def test_nothing_is_added_or_deleted_by_hand(self, missed: MissedSearch, editor: Client, path: str) -> None:
        assert editor.get(f"/cms/missed-searches/{path}").status_code in (302, 403, 404)

    def test_others_of_staff_do_not_see_them(
        self, missed: MissedSearch, operator: Client, person_client: Client
    ) -> None:
        assert "often" not in operator.get("/cms/missed-searches/", follow=True).content.decode()
        assert person_client.get("/cms/missed-searches/").status_code == 403
