"""Every block may be unfinished in a draft, and none when its page is published or submitted."""

import json
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import translation
from wagtail.documents.models import Document
from wagtail.models import Page

from apps.catalog import rules
from apps.catalog.blocks import says_something
from apps.catalog.models import LessonPage, PolicyPage
from apps.catalog.queries.readings import render_page_parts
from tests.browser.scenes import full_lesson
from tests.factories.catalog import FileFactory, LessonFactory, Market, PictureFactory, VideoFactory, stream
from tests.journeys.editing import blocks, create_page, edit_page, listed, preview, rich, submit
from tests.screens import words

pytestmark = pytest.mark.django_db

CLIP = {"video": "", "address": "", "address_title": "", "address_transcript": rich("")}
ELSEWHERE = CLIP | {"address": "https://videos.example/pin"}
CHECK = {
    "question": "When?",
    "options": listed({"text": "Now", "explanation": "So."}, {"text": "Later", "explanation": "No."}),
}
BOTH_RIGHT = listed(
    {"text": "Now", "right": "on", "explanation": "."}, {"text": "Then", "right": "on", "explanation": "."}
)
RAGGED = {"caption": "Costs", "header": listed("Plan", "Share"), "rows": listed(listed("Open"))}
REQUIRED = "This field is required."

# Kind, what was filled in so far, and what is said when it is submitted.
UNFINISHED: dict[str, tuple[str, Callable[[Market], Any], str]] = {
    "heading": ("heading", lambda market: "", REQUIRED),
    "text": ("text", lambda market: "null", REQUIRED),
    "picture": ("picture", lambda market: {"image": "", "alt": "", "caption": ""}, REQUIRED),
    "picture without words": (
        "picture",
        lambda market: {"image": str(PictureFactory().pk), "alt": " ", "caption": ""},
        "Say what the picture shows, or mark it as decoration.",
    ),
    "steps": ("steps", lambda market: {"title": "", "steps": listed()}, "The minimum number of items is 2"),
    "do and don't": ("do_dont", lambda market: {"do": listed(""), "dont": listed()}, REQUIRED),
    "callout": ("callout", lambda market: {"kind": "", "title": "", "text": rich("")}, REQUIRED),
    "video": ("video", lambda market: CLIP, "Choose one of our clips, or give the address of a video elsewhere."),
    "video without captions": (
        "video",
        lambda market: CLIP | {"video": str(VideoFactory(title="Silent", captions=False).pk)},
        "The video “Silent” has no captions. Add a caption file to it, then publish.",
    ),
    "video elsewhere": ("video", lambda market: ELSEWHERE, "Give the video's title."),
    "video elsewhere without transcript": (
        "video",
        lambda market: ELSEWHERE | {"address_title": "Pin it"},
        "The video “Pin it” has no transcript. Write one, then publish.",
    ),
    "table": ("table", lambda market: {"caption": "", "header": listed(), "rows": listed()}, REQUIRED),
    "table with a short row": ("table", lambda market: RAGGED, "Row 1 has 1 cells; the table has 2 columns."),
    "file": ("file", lambda market: {"document": "", "description": ""}, REQUIRED),
    "policy excerpt": ("policy_excerpt", lambda market: {"policy": "", "section": ""}, REQUIRED),
    "policy excerpt of a section that is not there": (
        "policy_excerpt",
        lambda market: {"policy": str(market.policy.pk), "section": "9.9"},
        "“Claims policy” has no section 9.9.",
    ),
    "empty knowledge check": ("knowledge_check", lambda market: {"question": "", "options": listed()}, REQUIRED),
    "knowledge check without a right answer": (
        "knowledge_check",
        lambda market: CHECK,
        "Mark exactly one answer as the right one.",
    ),
    "knowledge check with two": (
        "knowledge_check",
        lambda market: CHECK | {"options": BOTH_RIGHT},
        "Mark exactly one answer as the right one.",
    ),
    "for one route": ("route_only", lambda market: {"route": "", "body": blocks()}, REQUIRED),
    "inside a block for one route": (
        "route_only",
        lambda market: {
            "route": "affiliate",
            "body": blocks(("picture", {"image": str(PictureFactory().pk), "alt": "", "caption": ""})),
        },
        "Say what the picture shows, or mark it as decoration.",
    ),
}


@pytest.fixture(params=UNFINISHED)
def unfinished(request: pytest.FixtureRequest, market: Market) -> tuple[dict[str, Any], str]:
    """A body with one unfinished block, and what is said of it."""
    kind, value, said = UNFINISHED[request.param]
    return blocks((kind, value(market))), said


class TestAnUnfinishedBlock:
    def test_stays_in_a_draft_and_is_named_on_submitting(
        self, market: Market, editor: Client, unfinished: tuple[dict[str, Any], str]
    ) -> None:
        body, said = unfinished
        create_page(editor, LessonPage, market.anchors, title="New", slug="new", body=body)
        lesson = LessonPage.objects.get(slug="new")
        assert len(lesson.body) == 1

        refused = submit(editor, lesson, body=body)
        assert refused.status_code == 200
        assert json.dumps(said)[1:-1] in unescape(refused.content.decode()), "beside the block"
        lesson.refresh_from_db()
        assert lesson.current_workflow_state is None

        with pytest.raises(rules.NotReadyToPublish, match="Block 1 ") as refusal:
            lesson.save_revision().publish()
        assert said in str(refusal.value)
        assert not Page.objects.get(pk=lesson.pk).live

    @pytest.mark.parametrize("mode", ["all", "affiliate", "self_selling"])
    def test_can_be_previewed(
        self, market: Market, editor: Client, unfinished: tuple[dict[str, Any], str], mode: str
    ) -> None:
        body, _said = unfinished
        assert "On a live" in preview(editor, market.anchor_lessons[1], mode, body=body)


def sections(*numbers: str) -> dict[str, Any]:
    """Sections of a policy as they are typed in."""
    return blocks(*(("section", {"number": each, "title": "Claims", "text": rich("<p>So.</p>")}) for each in numbers))


class TestTheSectionsOfAPolicy:
    @pytest.mark.parametrize(
        ("numbers", "said"),
        [
            (["", ""], REQUIRED),
            (["1.1", "1.2", "1.1"], "Number 1.1 names two sections. Each number names one, for ever."),
        ],
    )
    def test_may_be_unnumbered_or_numbered_twice_in_a_draft_only(
        self, market: Market, editor: Client, numbers: list[str], said: str
    ) -> None:
        assert "Claims policy" in preview(editor, market.policy, "all", sections=sections(*numbers))
        edit_page(editor, market.policy, sections=sections(*numbers))
        draft = PolicyPage.objects.get(pk=market.policy.pk).get_latest_revision_as_object()
        assert [child.value["number"] for child in draft.sections] == numbers

        refused = submit(editor, market.policy, sections=sections(*numbers))
        assert json.dumps(said)[1:-1] in unescape(refused.content.decode())
        with pytest.raises(rules.NotReadyToPublish, match=said):
            draft.latest_revision.publish()


def test_every_stream_of_a_page_is_finished_when_it_is_published(market: Market) -> None:
    course = market.anchors
    course.outcomes = json.loads(stream(("outcomes", ["pin a product", ""])))
    with pytest.raises(rules.NotReadyToPublish, match="Block 1 "):
        course.save_revision().publish()


@pytest.mark.parametrize(
    ("text", "says"), [("", False), (None, False), ('<p data-block-key="a"></p>', False), ("<p>Pin it.</p>", True)]
)
def test_rich_text_says_something_when_it_holds_a_word(text: str | None, says: bool) -> None:
    assert says_something(text) is says


class TestAFile:
    def test_is_shown_with_its_size_and_reading_writes_nothing(self, market: Market, visitor: Client) -> None:
        file = FileFactory(title="Plan")
        assert file.file_size is None
        body = stream(("file", {"document": file.pk, "description": ""}))
        lesson = LessonFactory(parent=market.anchors, slug="plan", body=body)
        Document.objects.update(file_size=None)
        assert "CSV, 15" in words(visitor.get(lesson.url))
        file.refresh_from_db()
        assert file.file_size is None

    def test_that_is_gone_from_its_folder_leaves_the_page_alone(self, market: Market, visitor: Client) -> None:
        file = FileFactory(title="Plan")
        body = stream(("file", {"document": file.pk, "description": ""}))
        lesson = LessonFactory(parent=market.anchors, slug="plan", body=body)
        Document.objects.update(file_size=None)
        file.file.storage.delete(file.file.name)
        assert words(visitor.get(lesson.url)).count("Plan CSV") == 1


def marked_texts(page: LessonPage, reader: str) -> list[tuple[str, str]]:
    """Every text of the page's body and the language that it is marked with, as this reader gets it."""
    with translation.override(reader):
        body = str(render_page_parts(page, "all")["body"])
    soup = BeautifulSoup(f"<div lang='{page.locale.language_code}'>{body}</div>", "html.parser")
    return [(text.strip(), text.find_parent(lang=True)["lang"]) for text in soup.find_all(string=True) if text.strip()]


def test_words_of_the_interface_inside_blocks_are_marked_with_the_readers_language(market: Market) -> None:
    """An Indonesian reader of an English lesson gets Indonesian buttons, spoken as Indonesian."""
    lesson = full_lesson(market)
    pairs = list(zip(marked_texts(lesson, "en"), marked_texts(lesson, "id"), strict=True))
    followed = [(english, indonesian) for english, indonesian in pairs if english[0] != indonesian[0]]
    assert {english for (english, _mark), _indonesian in followed} >= {
        "Note",
        "Do",
        "Don’t",
        "Check yourself",
        "See if that is right",
        "Read the transcript",
        "For affiliate sellers",
    }
    assert {(english[1], indonesian[1]) for english, indonesian in followed} == {("en", "id")}
