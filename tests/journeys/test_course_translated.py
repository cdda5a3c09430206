"""An editor translates a course side by side, an approver publishes it, and sellers read it in their language.

Then the original changes, and the editor sees which passages wait. Everything is done through the admin's own doors.
"""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from wagtail.models import Locale, Page
from wagtail_localize.models import Translation

from apps.accounts.models import User
from apps.catalog.models import CoursePage, LessonPage
from apps.learning.models import Completion
from tests.factories.catalog import CourseFactory, Market, VideoFactory
from tests.journeys.editing import approve, block_ids, blocks, create_page, edit_page, rich
from tests.journeys.test_lesson_written_and_published import every_block
from tests.screens import buttons, heading, press, soup_of, text_of, words


def edit_address(page: Page) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def messages(client: Client, response: HttpResponse) -> str:
    """What the admin says on the page to which the answer leads."""
    return " ".join(text_of(each) for each in soup_of(client.get(response["Location"])).select(".messages li"))


def passages(editor: Client, page: Page) -> dict[str, str]:
    """The passages of the side-by-side screen: the original's words, and the address that takes the translation."""
    screen = soup_of(editor.get(edit_address(page))).select_one(".js-translation-editor")
    assert screen is not None, "the page isn't edited side by side"
    return {each["source"]: each["editUrl"] for each in props_of(screen)["segments"] if each["type"] == "string"}


def props_of(screen: Any) -> dict[str, Any]:
    """What the screen's script is told."""
    return json.loads(screen["data-props"])


def translate(editor: Client, page: Page, words_for: dict[str, str] | None = None) -> None:
    """Type a translation of every passage, by default its words with “[id]” in front."""
    for source, address in passages(editor, page).items():
        body = urlencode({"value": (words_for or {}).get(source, f"[id] {source}")})
        answer = editor.put(address, body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in {200, 201}, answer.content


def state_of(editor: Client, title: str) -> str:
    """What the list of translations says of a page."""
    rows = soup_of(editor.get(reverse("translations"))).select("table.listing tbody tr")
    return next(text_of(row.select("td")[2]) for row in rows if text_of(row.select("td")[0]) == title)


@pytest.fixture
def indonesian(market: Market) -> Locale:
    return Locale.objects.get(language_code="id")


@pytest.fixture
def body(market: Market) -> list[tuple[str, Any]]:
    """What the lesson holds; every block, where a test says so."""
    return [("heading", "Pin it first"), ("text", rich("<p>Interest lasts <b>eight</b> seconds.</p>"))]


@pytest.fixture
def every_kind_of_block(market: Market, body: list[tuple[str, Any]]) -> None:
    """The lesson has a block of every kind."""
    body[:] = every_block(market, VideoFactory(title="Pinning"))


@pytest.fixture
def course(market: Market, approver: Client, body: list[tuple[str, Any]]) -> CoursePage:
    """A course with one lesson, published, in English only."""
    course = CourseFactory(parent=market.catalogue, title="Anchors in a live", slug="live-anchors")
    facts = {"title": "Pin in time", "slug": "pin", "summary": "Early.", "body": blocks(*body)}
    create_page(approver, LessonPage, course, **facts, action_publish="1")
    assert LessonPage.objects.get(slug="pin").live
    return course


@pytest.fixture
def drafts(editor: Client, course: CoursePage, indonesian: Locale) -> tuple[CoursePage, LessonPage]:
    """The course and its lesson as an editor sent them to translation."""
    address = reverse("wagtail_localize:submit_page_translation", args=[course.pk])
    answer = editor.post(address, {"locales": [indonesian.pk], "include_subtree": "on"})
    made = CoursePage.objects.get(slug="live-anchors", locale=indonesian)
    assert answer["Location"] == edit_address(made)
    return made, LessonPage.objects.get(slug="pin", locale=indonesian)


@pytest.mark.usefixtures("every_kind_of_block")
def test_a_course_goes_from_english_to_indonesian_by_way_of_the_approver(
    market: Market, editor: Client, approver: Client, visitor: Client, drafts: tuple[CoursePage, LessonPage]
) -> None:
    course, lesson = drafts
    # Sent to translation, both are drafts under the same slugs; readers keep the original, with a note.
    assert (course.live, lesson.live, course.alias_of, lesson.alias_of) == (False, False, None, None)
    assert visitor.get("/id/courses/live-anchors/").status_code == 404
    assert "Anchors in a live" in words(visitor.get("/id/courses/"))
    assert state_of(editor, "Pin in time") == "Passages to translate: 30"

    # What isn't text is no passage: section numbers, routes, kinds, the clip's and the policy's choice.
    told = passages(editor, lesson)
    assert {"Pin it first", "Interest lasts <b>eight</b> seconds.", "Targeted", "Keep stock at hand"} <= set(told)
    assert {"1.1", "affiliate", "tip"} & set(told) == set()

    # Nobody hands over, or publishes, what is half translated.
    for client, act in ((editor, "submit"), (approver, "publish")):
        refused = client.post(edit_address(lesson), {"action": act})
        assert "Passages that still wait for a translation: 30. Translate them first." in messages(client, refused)
        assert not Page.objects.get(pk=lesson.pk).live

    translate(editor, lesson, {"Pin in time": "Sematkan tepat waktu", "Pin it first": "Sematkan dulu"})
    translate(editor, course, {"Anchors in a live": "Jangkar di LIVE"})
    assert state_of(editor, "Pin in time") == "Translated, not published"

    # The preview shows the draft in its own template.
    preview = reverse("wagtail_localize:preview_translation", args=[translation_id(lesson), "affiliate"])
    shown = words(editor.get(preview))
    assert "Sematkan dulu" in shown
    assert "[id] Send samples first" in shown
    assert "Keep stock at hand" not in shown

    # The editor has no button to publish, and no right to it.
    screen = editor.get(edit_address(lesson))
    assert "Submit for approval" in buttons(screen)
    assert "Publish" not in buttons(screen)
    assert editor.post(edit_address(lesson), {"action": "publish"}).status_code in {302, 403}
    assert not Page.objects.get(pk=lesson.pk).live

    for page in (course, lesson):
        press(editor, editor.get(edit_address(page)), "Submit for approval")
        assert Page.objects.get(pk=page.pk).current_workflow_state is not None
        approve(approver, page)

    read = visitor.get("/id/courses/live-anchors/pin/")
    assert heading(read) == "Sematkan tepat waktu"
    assert "Send samples first" in words(read)
    assert state_of(editor, "Pin in time") == "Up to date"


def translation_id(page: Page) -> int:
    """The translation that a page is made by."""
    return Translation.objects.get(source__object_id=page.translation_key).pk


@pytest.fixture
def published(editor: Client, approver: Client, drafts: tuple[CoursePage, LessonPage]) -> tuple[CoursePage, LessonPage]:
    """The course and its lesson, translated and live."""
    for page in drafts:
        translate(editor, page)
        press(approver, approver.get(edit_address(page)), "Publish")
    assert [Page.objects.get(pk=page.pk).live for page in drafts] == [True, True]
    return drafts


class TestOnceTheOriginalChanges:
    def change(self, approver: Client, body: list[tuple[str, Any]], text: str = "Pin it at once") -> None:
        """An approver rewrites the first heading of the English lesson."""
        lesson = LessonPage.objects.get(slug="pin", locale__language_code="en")
        ids = block_ids(lesson)
        (_heading, *rest) = body
        edit_page(approver, lesson, body=blocks(("heading", text), *rest, ids=ids), action_publish="1")

    def test_the_list_and_the_screen_show_what_waits(
        self,
        editor: Client,
        approver: Client,
        visitor: Client,
        published: tuple[CoursePage, LessonPage],
        body: list[tuple[str, Any]],
    ) -> None:
        _course, lesson = published
        self.change(approver, body)
        assert state_of(editor, "Pin in time") == "Passages to translate: 1"
        screen = soup_of(editor.get(edit_address(lesson))).select_one(".js-translation-editor")
        kept = {each["segment_id"] for each in props_of(screen)["initialStringTranslations"]}
        waiting = [each["source"] for each in props_of(screen)["segments"] if each.get("id") not in kept]
        assert waiting == ["Pin it at once"]

        # Readers keep what they had, until the new passage is translated and published.
        address = "/id/courses/live-anchors/pin/"
        assert "[id] Pin it first" in words(visitor.get(address))
        translate(editor, lesson)
        assert "[id] Pin it first" in words(visitor.get(address))
        press(approver, approver.get(edit_address(lesson)), "Publish")
        assert "[id] Pin it at once" in words(visitor.get(address))
        assert "[id] Pin it first" not in words(visitor.get(address))

    def test_a_saved_draft_changes_nothing_for_readers(
        self, editor: Client, visitor: Client, published: tuple[CoursePage, LessonPage]
    ) -> None:
        """Wagtail-localize's own saving would write the draft over the live page."""
        _course, lesson = published
        translate(editor, lesson, {"Pin in time": "Rancangan"})
        press(editor, editor.get(edit_address(lesson)), "Save draft")
        kept = Page.objects.get(pk=lesson.pk)
        assert (kept.title, kept.draft_title, kept.has_unpublished_changes) == ("[id] Pin in time", "Rancangan", True)
        assert heading(visitor.get("/id/courses/live-anchors/pin/")) == "[id] Pin in time"
        assert state_of(editor, "Pin in time") == "Translated, not published"

    def test_what_waits_for_approval_is_locked(self, editor: Client, published: tuple[CoursePage, LessonPage]) -> None:
        _course, lesson = published
        press(editor, editor.get(edit_address(lesson)), "Submit for approval")
        again = editor.post(edit_address(lesson), {"action": "submit"})
        assert "The page is locked: it waits for approval, or somebody keeps it as it is." in messages(editor, again)

    def test_what_was_sent_back_is_handed_over_again(
        self, editor: Client, approver: Client, published: tuple[CoursePage, LessonPage]
    ) -> None:
        _course, lesson = published
        press(editor, editor.get(edit_address(lesson)), "Submit for approval")
        task = Page.objects.get(pk=lesson.pk).current_workflow_task_state
        approver.post(
            reverse("wagtailadmin_pages:workflow_action", args=[lesson.pk, "reject", task.pk]), {"comment": "Shorter"}
        )
        press(editor, editor.get(edit_address(lesson)), "Submit for approval")
        assert Page.objects.get(pk=lesson.pk).workflow_in_progress


@pytest.mark.usefixtures("every_kind_of_block")
def test_progress_is_one_in_both_languages(
    market: Market, person: User, person_client: Client, published: tuple[CoursePage, LessonPage]
) -> None:
    """Who does the lesson in one language finds it done in the other, place and all: blocks keep their names."""
    english = person_client.get("/en/courses/live-anchors/pin/")
    indonesian = person_client.get("/id/courses/live-anchors/pin/")
    blocks_of = [
        [each["data-block"] for each in soup_of(page).select("[data-block]")] for page in (english, indonesian)
    ]
    assert blocks_of[0] == blocks_of[1]
    assert len(blocks_of[0]) == 13
    press(person_client, person_client.get("/en/courses/live-anchors/"), "Enrol and begin")
    press(person_client, english, "Enrol and mark complete")
    assert Completion.objects.get().lesson_title == "Pin in time"
    assert "[id] Pin in time Done." in words(person_client.get("/id/courses/live-anchors/"))
