"""What a search finds, for whom, and what it must never find; in what order, and at what price."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Page, PageViewRestriction

from apps.catalog import rules
from apps.catalog.models import Reading, SearchEntry, Video
from apps.catalog.queries.search import Found, Wish, candidates_for, find, lines_of, near_words
from apps.catalog.services.readings import index_unsearched, rebuild_readings
from tests.factories.catalog import (
    CourseFactory,
    FileFactory,
    LessonFactory,
    Market,
    PolicyFactory,
    UpdateFactory,
    VideoFactory,
    stream,
)

pytestmark = pytest.mark.django_db

FOR_ROUTES = stream(
    ("text", "<p>Everyone ships bamboo.</p>"),
    ("route_only", {"route": "affiliate", "body": [{"type": "heading", "value": "Send walnut samples", "id": None}]}),
    ("route_only", {"route": "self_selling", "body": [{"type": "heading", "value": "Keep rattan stock", "id": None}]}),
)


def look(query: str, *, language: str = "en", audience: str = "all", **chosen: str) -> Found:
    """The answer to a reader."""
    return find(Wish(query, language, audience, chosen))


def titles(query: str, **facts: Any) -> list[str]:
    """The titles of what was found, the first first."""
    return [hit.best.title for hit in look(query, **facts).hits]


def publish(page: Page, **facts: Any) -> None:
    """A new revision, published."""
    page = Page.objects.get(pk=page.pk).specific
    for name, value in facts.items():
        setattr(page, name, value)
    page.save_revision().publish()


def grow(market: Market, lessons: int) -> None:
    """So many more passages with the same words, each as a page of its own."""
    course = CourseFactory(parent=market.catalogue, title="Bulk", slug="bulk")
    model = LessonFactory(parent=course, title="Bulk 1", slug="bulk-1")
    facts = SearchEntry.objects.filter(reading__page_id=model.pk).values().get()
    SearchEntry.objects.bulk_create(
        SearchEntry(**facts | {"id": None, "key": uuid4(), "anchor": f"x{number}", "title": f"Bulk {number}"})
        for number in range(2, lessons + 1)
    )


class TestWhatIsFound:
    def test_all_words_are_needed_and_their_beginning_is_enough(self, market: Market) -> None:
        assert titles("short vid") == ["On a short video"]
        assert titles("short nothing") == []

    def test_every_kind(self, market: Market) -> None:
        found = look("claims")
        assert found.counts == {"course": "1", "lesson": "3", "policy": "1", "update": "0", "": "5"}
        assert [hit.best.title for hit in found.hits[:2]] == ["Claims", "1.1 Claims"]
        assert titles("button moved") == ["The anchor button moved"]

    def test_a_section_of_a_policy_leads_to_its_place(self, market: Market) -> None:
        (hit,) = look("whole price").hits
        (line,) = lines_of([hit], look("whole price").stems)
        assert (line.url, line.context) == (f"{market.policy.url}#s-1.2", "Claims policy")

    def test_further_sections_stand_with_the_best_one(self, market: Market) -> None:
        sections = [
            ("section", {"number": f"2.{n}", "title": f"Zinc {n}", "text": "<p>Zinc.</p>"}) for n in range(1, 7)
        ]
        PolicyFactory(parent=market.policies, title="Metals", slug="metals", sections=stream(*sections))
        found = look("zinc")
        (line,) = lines_of(found.hits, found.stems)
        assert len(line.also) == 3
        assert all(url.startswith("/en/policies/metals/#s-2.") and url != line.url for _title, url in line.also)

    def test_what_editors_changed_is_found_at_once_and_what_they_took_out_no_more(self, market: Market) -> None:
        lesson = market.anchor_lessons[0]
        publish(lesson, body=stream(("text", "<p>Use the periscope.</p>")))
        assert titles("periscope") == ["On a short video"]
        publish(lesson, body=stream(("text", "<p>Use the mirror.</p>")))
        assert titles("periscope") == []

    def test_a_draft_is_not_found(self, market: Market) -> None:
        lesson = Page.objects.get(pk=market.anchor_lessons[0].pk).specific
        lesson.body = stream(("text", "<p>Use the periscope.</p>"))
        lesson.save_revision()
        assert titles("periscope") == []

    def test_a_course_hands_its_new_title_and_subject_on(self, market: Market) -> None:
        publish(market.claims, title="Wording", subject="policies")
        assert set(titles("wording", subject="policies")) == {"Wording", "Say what is so", "Prove it", "Fix it"}

    def test_what_is_said_in_a_clip(self, market: Market) -> None:
        clip = VideoFactory(title="Otter", transcript="<p>A heron lands.</p>")
        body = stream(("video", {"video": clip.pk, "address": "", "address_title": "", "address_transcript": ""}))
        publish(market.anchor_lessons[0], body=body)
        assert [titles(each) for each in ("otter", "heron")] == [["On a short video"]] * 2

        clip = Video.objects.get(pk=clip.pk)
        clip.transcript = "<p>A stork lands.</p>"
        clip.save()
        track = clip.tracks.get()
        track.file = ContentFile(b"WEBVTT\n\n00:00.000 --> 00:02.000\nLook, a kingfisher.\n", name="new.en.vtt")
        track.save()
        assert [titles(each) for each in ("heron", "stork", "kingfisher")] == [
            [],
            ["On a short video"],
            ["On a short video"],
        ]

    def test_a_file_by_its_title(self, market: Market) -> None:
        file = FileFactory(title="Dispatch checklist")
        publish(market.update, body=stream(("file", {"document": file.pk, "description": "For the wall"})))
        file.title = "Dispatch ledger"
        file.save()
        assert (titles("checklist"), titles("ledger wall")) == ([], ["The anchor button moved"])

    def test_what_is_said_to_an_answer_is_not_given_away(self, market: Market) -> None:
        options = [
            {"text": "Walnut", "right": True, "explanation": "Because it is hardwood."},
            {"text": "Balsa", "right": False, "explanation": "Too soft."},
        ]
        publish(market.update, body=stream(("knowledge_check", {"question": "Which wood?", "options": options})))
        assert titles("balsa") == ["The anchor button moved"]
        assert titles("hardwood") == []


class TestWhatIsNeverFound:
    def test_what_is_unpublished_and_what_stands_under_it(self, market: Market) -> None:
        assert titles("fix") == ["Fix it"]
        Page.objects.get(pk=market.claims.pk).specific.unpublish()
        assert titles("fix") == []
        assert not SearchEntry.objects.filter(reading__path__startswith="en/courses/claims/").exists()

    def test_what_is_private(self, market: Market) -> None:
        PageViewRestriction.objects.create(page=market.claims, restriction_type=PageViewRestriction.LOGIN)
        assert titles("fix") == []

    def test_what_was_deleted(self, market: Market) -> None:
        Page.objects.get(pk=market.update.pk).delete()
        assert titles("button moved") == []

    @pytest.mark.parametrize(
        ("audience", "sees", "hidden"), [("affiliate", "walnut", "rattan"), ("self_selling", "rattan", "walnut")]
    )
    def test_blocks_of_the_other_route(self, market: Market, audience: str, sees: str, hidden: str) -> None:
        """Neither found, nor in a snippet, nor as what a mistyped word may have meant."""
        publish(market.update, body=FOR_ROUTES)
        assert titles(sees, audience=audience) == ["The anchor button moved"]
        for each in (hidden, f"bamboo {hidden}", f"{hidden[:-1]}x", hidden[:4]):
            assert titles(each, audience=audience) == [], each
        found = look("bamboo", audience=audience)
        (line,) = lines_of(found.hits, found.stems)
        shown = "".join(piece.text for piece in line.snippet)
        assert sees in shown
        assert hidden not in shown

    def test_who_has_chosen_no_route_finds_both(self, market: Market) -> None:
        publish(market.update, body=FOR_ROUTES)
        assert titles("walnut rattan") == ["The anchor button moved"]


class TestFilters:
    def test_kind_subject_route_language(self, market: Market) -> None:
        UpdateFactory(parent=market.updates, title="Anchor news", slug="anchor-news", for_route="self_selling")
        assert titles("anchor", kind="update") == ["Anchor news", "The anchor button moved"]
        assert titles("anchor", kind="update", route="affiliate") == ["The anchor button moved"]
        assert set(titles("anchor", subject="updates")) == {"Anchor news", "The anchor button moved"}
        assert titles("jangkar", language="en") == ["Jangkar produk", "Di video pendek"]
        assert titles("jangkar", language="en", subject="policies") == []

    def test_the_readers_language_first_each_page_once(self, market: Market) -> None:
        assert titles("video", language="id") == ["Di video pendek"]
        assert titles("video", language="en") == ["On a short video"]
        both = find(Wish("video", "en", "all", {"language": "id"}))
        assert [hit.best.title for hit in both.hits] == ["Di video pendek"]


class TestInput:
    @pytest.mark.parametrize(
        "query",
        [
            "'", '"', "''; DROP TABLE catalog_searchentry; --", "%", "_", "\\", "*", "-", "(", ")", "a AND", "OR", "NOT x",
            "NEAR(", "title:", "x:*", "& |", "!pin", "<->", "^pin", "{title}", "pin*", '"pin', "pin'", "بحث", "مُنتَج", "🙂",
            "🙂 pin", "直播", "ประกาศ", "a", "3", "...", "\ud800", "\x07", "pin\x00", "é" * 300, "x " * 200, "1.2.3", "ﬁ",
        ],
    )  # fmt: skip
    def test_whatever_is_typed_is_answered(self, market: Market, query: str) -> None:
        found = look(rules.normal_query(query))
        assert lines_of(found.hits, found.stems) is not None
        assert SearchEntry.objects.exists()

    def test_operators_are_words(self, market: Market) -> None:
        assert titles('"pin" -product*') == titles("pin product") != []
        assert titles("pin OR zebra") == []


class TestPrice:
    @pytest.mark.parametrize("lessons", [30, 3000])
    def test_two_statements_whatever_there_is(self, market: Market, lessons: int) -> None:
        grow(market, lessons)
        with CaptureQueriesContext(
            connection,
        ) as statements:
            found = look("pin product")
            assert len(lines_of(found.hits[:10], found.stems)) == min(10, len(found.hits))
        assert len(statements) == 2

    def test_candidates_are_capped_and_more_is_said(self, market: Market) -> None:
        grow(market, 150)
        found = look("bulk")
        assert len(candidates_for(found.wish, found.stems)) <= 2 * 5 * 100
        assert "lesson" in found.full
        assert found.counts["lesson"].endswith("+")

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="indexes of PostgreSQL")
    def test_the_indexes_can_be_used(self, market: Market) -> None:
        plans = []
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            for statement in (
                "SELECT 1 FROM catalog_searchentry WHERE vector @@ to_tsquery('simple', 'pin:*')",
                "SELECT 1 FROM catalog_searchentry WHERE title_vector @@ to_tsquery('simple', 'pin:*')",
                "SELECT word FROM catalog_searchword ORDER BY word <-> 'anhcor' LIMIT 40",
            ):
                cursor.execute(f"EXPLAIN {statement}")
                plans.append(" ".join(row[0] for row in cursor.fetchall()))
        used = ["catalog_entry_vector", "catalog_entry_title_vector", "catalog_word_near"]
        assert [name in plan for name, plan in zip(used, plans, strict=True)] == [True] * 3

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL knows words that resemble others")
    def test_a_word_that_no_page_has_any_more_is_meant_by_nobody(self, market: Market) -> None:
        publish(market.update, body=stream(("text", "<p>Periscope.</p>")))
        wish = Wish("perisocpe", "en", "all", {})
        assert "periscope" in near_words(wish)["perisocpe"]
        assert titles("perisocpe") == ["The anchor button moved"]
        publish(market.update, body=stream(("text", "<p>Mirror.</p>")))
        assert "periscope" not in near_words(wish)["perisocpe"]
        assert titles("perisocpe") == []


class TestUpgrade:
    def test_what_was_published_before_is_indexed_by_migrating(self, market: Market) -> None:
        before = set(SearchEntry.objects.values_list("reading_id", "anchor", "title", "text"))
        SearchEntry.objects.all().delete()
        assert titles("anchor") == []
        assert index_unsearched() == len({reading for reading, *_rest in before})
        assert set(SearchEntry.objects.values_list("reading_id", "anchor", "title", "text")) == before
        assert index_unsearched() == 0

    def test_rebuilding_the_readings_rebuilds_what_can_be_found(self, market: Market) -> None:
        SearchEntry.objects.all().delete()
        call_command("rebuild_readings", verbosity=0)
        assert "Product anchors" in titles("anchor")
        assert rebuild_readings() == Reading.objects.count()
