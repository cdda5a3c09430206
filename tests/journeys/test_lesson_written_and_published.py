"""An editor writes a lesson with every block, an approver publishes it, and sellers lose nothing by any change."""

from io import BytesIO
from typing import Any

import PIL.Image
import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from wagtail.images.models import Image
from wagtail.models import Page

from apps.accounts.models import User
from apps.catalog.blocks import BodyBlock
from apps.catalog.models import CoursePage, LessonPage, Reading
from apps.learning.models import Certificate, Completion, Enrolment
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import FileFactory, LessonFactory, Market, PictureFactory, VideoFactory
from tests.journeys.editing import (
    approve,
    block_ids,
    blocks,
    create_page,
    edit_page,
    listed,
    preview,
    rich,
    submit,
)
from tests.screens import address, go, heading, links, press, soup_of, text_of, words


def every_block(market: Market, video: Any) -> list[tuple[str, Any]]:
    """A body with one block of every kind, and the second route's too."""
    check = {
        "question": "When do you pin the product?",
        "options": listed(
            {"text": "Before I speak", "right": "on", "explanation": "The button is there when interest is."},
            {"text": "At the end", "explanation": "By then most have scrolled on."},
        ),
    }
    clip = {"video": str(video.pk), "address": "", "address_title": "", "address_transcript": rich("")}
    table = {
        "caption": "What it costs",
        "header": listed("Plan", "Share"),
        "rows": listed(listed("Open", "10 %"), listed("Targeted", "15 %")),
    }
    steps = listed(
        {"title": "Open the LIVE panel", "text": rich("<p>Tap the bag.</p>")},
        {"title": "Pin it", "text": rich("<p>Hold the card.</p>")},
    )
    return [
        ("heading", "Pin it first"),
        ("text", rich("<p>Interest lasts <b>eight</b> seconds.</p>")),
        ("picture", {"image": str(PictureFactory().pk), "alt": "The bag button, lower left", "caption": "The bag"}),
        ("steps", {"title": "Pin a product", "steps": steps}),
        ("do_dont", {"do": listed("Say the price"), "dont": listed("Promise what you cannot ship")}),
        ("callout", {"kind": "tip", "title": "Two phones", "text": rich("<p>One to film, one to pin.</p>")}),
        ("video", clip),
        ("table", table),
        ("file", {"document": str(FileFactory(title="Plan for a week").pk), "description": "Fill it in"}),
        ("policy_excerpt", {"policy": str(market.policy.pk), "section": "1.1"}),
        ("knowledge_check", check),
        ("route_only", {"route": "affiliate", "body": blocks(("heading", "Send samples first"))}),
        ("route_only", {"route": "self_selling", "body": blocks(("heading", "Keep stock at hand"))}),
    ]


SEEN_BY_ALL = [
    "Pin it first",
    "Interest lasts eight seconds.",
    "The bag",
    "Open the LIVE panel",
    "Promise what you cannot ship",
    "One to film, one to pin.",
    "A hand pins the product.",
    "Targeted",
    "Plan for a week",
    "Say what you can prove.",
    "When do you pin the product?",
]


@pytest.fixture
def draft(market: Market, editor: Client) -> LessonPage:
    """A course and a lesson with every block, as drafts."""
    answer = create_page(
        editor,
        CoursePage,
        market.catalogue,
        title="Anchors in a live",
        slug="live-anchors",
        summary="Pin in time.",
        subject="tools",
        for_route="both",
        level="beginner",
        introduction=rich("<p>Why pin at all.</p>"),
        outcomes=blocks(("outcomes", listed("pin in time"))),
    )
    course = CoursePage.objects.get(slug="live-anchors")
    assert answer["Location"] == reverse("wagtailadmin_pages:edit", args=[course.pk])
    body = blocks(*every_block(market, VideoFactory(title="Pinning")))
    create_page(editor, LessonPage, course, title="Pin in time", slug="pin", summary="Early.", body=body)
    lesson = LessonPage.objects.get(slug="pin")
    assert not course.live
    assert not lesson.live
    return lesson


def test_a_body_has_no_block_that_this_story_leaves_out(market: Market) -> None:
    told = {kind for kind, _value in every_block(market, VideoFactory())}
    assert told == set(BodyBlock().child_blocks)


def test_a_lesson_with_every_block_reaches_readers_when_it_is_approved(
    market: Market, editor: Client, approver: Client, visitor: Client, draft: LessonPage
) -> None:
    course = draft.get_parent().specific
    assert [kind.block_type for kind in draft.body] == [kind for kind, _value in every_block(market, VideoFactory())]

    # A draft is nobody's but the editors'.
    assert visitor.get(draft.url).status_code == 404
    assert "Anchors in a live" not in words(visitor.get("/en/courses/"))

    # The editor submits both; an editor's word alone publishes nothing.
    for page in (draft, course):
        submit(editor, page)
        assert Page.objects.get(pk=page.pk).current_workflow_state is not None
        assert not Page.objects.get(pk=page.pk).live

    # Approved alone, the lesson waits for its course.
    approve(approver, draft)
    assert Page.objects.get(pk=draft.pk).live
    assert visitor.get(draft.url).status_code == 404
    approve(approver, course)

    catalogue = visitor.get("/en/courses/")
    page = go(visitor, catalogue, "Anchors in a live")
    assert "You will be able to pin in time" in words(page)
    lesson = go(visitor, page, "Pin in time Early." if "Pin in time Early." in links(page) else "Pin in time")
    shown = words(lesson)
    assert [text for text in [*SEEN_BY_ALL, "Send samples first", "Keep stock at hand"] if text not in shown] == []
    picture = soup_of(lesson).select_one(".block-picture img")
    assert picture is not None
    assert picture["alt"] == "The bag button, lower left"
    track = soup_of(lesson).select_one("video track")
    assert track is not None
    assert (track["kind"], track["srclang"]) == ("captions", "en")


@pytest.mark.parametrize(
    ("mode", "seen", "unseen"),
    [
        ("all", ["Send samples first", "Keep stock at hand", "For affiliate sellers"], []),
        ("affiliate", ["Send samples first"], ["Keep stock at hand"]),
        ("self_selling", ["Keep stock at hand"], ["Send samples first"]),
    ],
)
def test_the_preview_shows_a_draft_as_each_reader_would_see_it(
    market: Market, editor: Client, draft: LessonPage, mode: str, seen: list[str], unseen: list[str]
) -> None:
    ids = block_ids(draft)
    body = blocks(*every_block(market, VideoFactory(title="Pinning")), ids=ids)
    body["0"]["value"] = "Pin it at once"
    html = preview(editor, draft, mode, title="Pin sooner", body=body)
    assert "Pin sooner" in html
    assert "Pin it at once" in html
    assert [text for text in seen if text not in html] == []
    assert [text for text in unseen if text in html] == []
    draft.refresh_from_db()
    assert draft.title == "Pin in time", "a preview saves nothing"


def test_every_kind_of_page_can_be_previewed(market: Market, editor: Client) -> None:
    for page in (market.home, market.catalogue, market.anchors, market.policy, market.update, market.about):
        html = preview(editor, page, "affiliate")
        told = market.home.headline if page == market.home else page.title
        assert f">{told}</h1>" in html, page


def test_the_preview_of_a_course_lists_its_drafts_and_marks_them(
    market: Market, editor: Client, visitor: Client, draft: LessonPage
) -> None:
    course = draft.get_parent().specific
    shown = BeautifulSoup(preview(editor, course, "all"), "html.parser")
    assert [text_of(line) for line in shown.select(".toc h3")] == ["Pin in time"]
    assert [text_of(mark) for mark in shown.select(".toc .label")] == ["Draft"]
    opened = editor.get(shown.select_one(".toc a")["href"])
    assert heading(opened) == "Pin in time"

    # Among lessons that are published a draft stands in its place, and readers see nothing of it.
    draft.move(market.anchor_lessons[1], "left")
    mixed = BeautifulSoup(preview(editor, market.anchors, "all"), "html.parser")
    assert [text_of(line) for line in mixed.select(".toc h3")] == [
        "On a short video",
        "Pin in time",
        "On a live",
        "After the live",
    ]
    assert len(mixed.select(".toc .label")) == 1
    beside = BeautifulSoup(preview(editor, market.anchor_lessons[0], "all"), "html.parser")
    assert [text_of(mark) for mark in beside.select("#outline .label")] == ["Draft"]
    assert "Pin in time" not in words(visitor.get(market.anchors.url))


class TestAVideoWithoutCaptions:
    def body(self, video: Any) -> dict[str, Any]:
        clip = {"video": str(video.pk), "address": "", "address_title": "", "address_transcript": rich("")}
        return blocks(("video", clip))

    def test_may_stand_in_a_draft(self, market: Market, editor: Client) -> None:
        silent = VideoFactory(title="Silent", captions=False)
        create_page(editor, LessonPage, market.anchors, title="New", slug="new", body=self.body(silent))
        lesson = LessonPage.objects.get(slug="new")
        assert lesson.body[0].value["video"] == silent
        assert not lesson.live

    def test_is_refused_on_submit_and_the_form_keeps_what_was_typed(self, market: Market, editor: Client) -> None:
        silent = VideoFactory(title="Silent", captions=False)
        body = self.body(silent)
        answer = create_page(
            editor, LessonPage, market.anchors, title="Kept title", slug="new", body=body, action_submit="1"
        )
        shown = answer.content.decode()
        assert "has no captions. Add a caption file to it, then publish." in shown
        assert "Kept title" in shown
        assert not LessonPage.objects.filter(slug="new").exists()

    def test_is_refused_when_an_approver_publishes(self, market: Market, editor: Client, approver: Client) -> None:
        silent = VideoFactory(title="Silent", captions=False)
        create_page(editor, LessonPage, market.anchors, title="New", slug="new", body=self.body(silent))
        lesson = LessonPage.objects.get(slug="new")
        refused = edit_page(approver, lesson, body=self.body(silent), action_publish="1")
        assert "has no captions" in refused.content.decode()
        lesson.refresh_from_db()
        assert not lesson.live

    def test_that_lost_them_while_it_waited_is_refused_with_a_reason(
        self, market: Market, editor: Client, approver: Client
    ) -> None:
        """The clip was whole when the lesson was submitted; a workflow passes no form when it publishes."""
        video = VideoFactory(title="Once whole")
        body = self.body(video)
        create_page(editor, LessonPage, market.anchors, title="New", slug="new", body=body, action_submit="1")
        lesson = LessonPage.objects.get(slug="new")
        video.tracks.all().delete()
        refused = approve(approver, lesson)
        assert refused.status_code == 409
        assert "The video “Once whole” has no captions. Add a caption file to it, then publish." in words(refused)
        lesson.refresh_from_db()
        assert not lesson.live
        assert lesson.current_workflow_state is not None, "it still waits, to be approved once the clip is whole"


class TestAnUpload:
    def test_that_is_no_picture_is_refused(self, editor: Client) -> None:
        file = SimpleUploadedFile("cover.png", b"this is no picture", content_type="image/png")
        answer = editor.post(
            reverse("wagtailimages:add_multiple"),
            {"files[]": file, "title": "Cover"},
            headers={"X-Requested-With": "XMLHttpRequest"},
        )
        assert answer.json()["success"] is False
        assert "image" in answer.json()["error_message"].lower()
        assert Image.objects.count() == 0

    def test_that_is_a_picture_is_kept(self, editor: Client) -> None:
        drawn = BytesIO()
        PIL.Image.new("RGB", (16, 9), "teal").save(drawn, "PNG")
        file = SimpleUploadedFile("cover.png", drawn.getvalue(), content_type="image/png")
        answer = editor.post(
            reverse("wagtailimages:add_multiple"),
            {"files[]": file, "title": "Cover"},
            headers={"X-Requested-With": "XMLHttpRequest"},
        )
        assert answer.json()["success"] is True
        assert Image.objects.get().title == "Cover"

    @pytest.mark.parametrize(
        ("name", "content", "reason"),
        [
            ("clip.mp4", b"MZ\x90 a program under another name", "This is no MP4 file."),
            ("clip.mov", b"\x00\x00\x00\x14ftypqt  ", "mp4"),
        ],
    )
    def test_that_is_no_clip_is_refused(self, editor: Client, name: str, content: bytes, reason: str) -> None:
        facts = {
            "title": "My clip",
            "file": SimpleUploadedFile(name, content, content_type="video/mp4"),
            "poster": "",
            "seconds": "20",
            "transcript": rich("<p>Words.</p>"),
            "tracks-TOTAL_FORMS": "0",
            "tracks-INITIAL_FORMS": "0",
            "tracks-MIN_NUM_FORMS": "0",
            "tracks-MAX_NUM_FORMS": "9",
        }
        answer = editor.post(reverse("wagtailsnippets_catalog_video:add"), facts)
        assert reason in answer.content.decode()
        assert 'value="My clip"' in answer.content.decode()


class TestASellerHalfWay:
    @pytest.fixture
    def half_way(self, market: Market, person: User, person_client: Client) -> Enrolment:
        """The first lesson done, the second open at its second block."""
        second = market.anchor_lessons[1]
        edited = Page.objects.get(pk=second.pk).specific
        edited.body = [("heading", "First"), ("heading", "Second")]
        edited.save_revision().publish()
        page = press(person_client, person_client.get(market.anchors.url), "Enrol and begin")
        page = press(person_client, page, "Mark complete and continue")
        assert heading(page) == "On a live"
        block = block_ids(edited)[1]
        place = reverse("learning:keep-place", args=["en", second.translation_key])
        assert person_client.post(place, {"block": block}).status_code == 204
        enrolment = Enrolment.objects.get(person=person)
        assert (enrolment.last_lesson_key, enrolment.last_block) == (second.translation_key, block)
        return enrolment

    def test_keeps_progress_and_place_through_an_edit(
        self, market: Market, editor: Client, approver: Client, person_client: Client, half_way: Enrolment
    ) -> None:
        lesson = Page.objects.get(pk=market.anchor_lessons[1].pk).specific
        ids = block_ids(lesson)
        body = blocks(("heading", "First"), ("heading", "Second, rewritten"), ("heading", "Third"), ids=ids)
        submit(editor, lesson, title="On a live, anew", body=body)
        assert "On a live, anew" not in words(person_client.get(lesson.url)), "not before it is approved"
        approve(approver, lesson)

        shown = person_client.get(lesson.url)
        assert heading(shown) == "On a live, anew"
        assert "Second, rewritten" in words(shown)
        assert links(shown)["Continue where you stopped"] == f"#b-{half_way.last_block}"
        assert soup_of(shown).find(id=f"b-{half_way.last_block}") is not None
        assert "1 of 3 done" in words(person_client.get(market.anchors.url))

    def test_who_has_the_old_page_open_still_completes_it(
        self, market: Market, approver: Client, person_client: Client, half_way: Enrolment
    ) -> None:
        lesson = Page.objects.get(pk=market.anchor_lessons[1].pk).specific
        open_page = person_client.get(lesson.url)
        edit_page(approver, lesson, title="Changed", slug="moved", body=blocks(), action_publish="1")
        after = press(person_client, open_page, "Mark complete and continue")
        assert heading(after) == "After the live"
        assert set(Completion.objects.values_list("lesson_title", flat=True)) == {"On a short video", "Changed"}

    def test_deleting_the_course_offers_to_retire_it(
        self, market: Market, approver: Client, person_client: Client, half_way: Enrolment
    ) -> None:
        course = market.anchors
        delete = reverse("wagtailadmin_pages:delete", args=[course.pk])
        offer = approver.get(delete)
        assert "1 person has begun or finished something here." in words(offer)
        explorer = press(approver, offer, "Retire it instead")
        assert address(explorer) == reverse("wagtailadmin_explore", args=[market.catalogue.pk])

        course = CoursePage.objects.get(pk=course.pk)
        assert not course.live
        assert person_client.get(course.url).status_code == 404
        assert person_client.get(market.anchor_lessons[0].url).status_code == 404
        assert not Reading.objects.filter(path__startswith="en/courses/anchors/").exists()
        assert Completion.objects.count() == 1

        # Published again, it is as the seller left it.
        edit_page(approver, course, action_publish="1")
        assert "1 of 3 done" in words(person_client.get(course.url))

    def test_who_insists_deletes_it_and_the_records_stay(
        self, market: Market, approver: Client, person_client: Client, half_way: Enrolment
    ) -> None:
        lesson = LessonPage.objects.get(pk=market.anchor_lessons[0].pk)
        offer = approver.get(reverse("wagtailadmin_pages:delete", args=[lesson.pk]))
        confirm = go(approver, offer, "Delete it for good")
        assert "Are you sure you want to delete this page?" in words(confirm)
        press(approver, confirm, "Yes, delete it")
        assert not Page.objects.filter(pk=lesson.pk).exists()
        assert Completion.objects.get().lesson_title == "On a short video"
        assert "0 of 2 done" in words(person_client.get(market.anchors.url))

    def test_deleting_many_at_once_spares_pages_with_learners(
        self, market: Market, approver: Client, half_way: Enrolment
    ) -> None:
        address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
        kept, fresh = market.anchors, market.claims
        refused = approver.post(f"{address}?id={kept.pk}&id={fresh.pk}", follow=True)
        assert "Product anchors has learners. Open it and choose Delete there" in refused.content.decode()
        assert CoursePage.objects.filter(pk__in=[kept.pk, fresh.pk]).count() == 2
        approver.post(f"{address}?id={fresh.pk}")
        assert not CoursePage.objects.filter(pk=fresh.pk).exists()

    def test_a_course_whose_lesson_has_learners_is_spared_too(self, market: Market, approver: Client) -> None:
        """A person may have done a lesson that was moved here from another course."""
        moved = LessonFactory(parent=market.claims, title="Moved in")
        Completion.objects.create(
            person=PersonFactory(),
            lesson_key=moved.translation_key,
            lesson_title="Moved in",
            completed_at=moved.first_published_at,
        )
        address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
        approver.post(f"{address}?id={market.claims.pk}")
        assert CoursePage.objects.filter(pk=market.claims.pk).exists()
        assert Completion.objects.count() == 1


def test_a_finished_course_stays_finished_when_it_is_rewritten(
    market: Market, approver: Client, person_client: Client
) -> None:
    page = press(person_client, person_client.get(market.claims.url), "Enrol and begin")
    for _lesson in range(3):
        page = press(person_client, page, "Mark complete and continue")
    edit_page(approver, market.claims, title="Claims, second edition", action_publish="1")
    approver.post(reverse("wagtailadmin_pages:unpublish", args=[market.claim_lessons[0].pk]))
    certificate = Certificate.objects.get()
    assert certificate.course_title == "Claims"
    shown = words(person_client.get(market.claims.url))
    assert "Claims, second edition" in shown
    assert "See your certificate" in shown
