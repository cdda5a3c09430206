"""The index of readings follows the tree, and a version changes exactly where what a reader sees has changed."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from wagtail.models import Page, PageViewRestriction, Site

from apps.catalog import rules
from apps.catalog.models import LISTS, HomePage, Reading, VideoTrack
from apps.catalog.queries.readings import languages_of, outline_of
from apps.catalog.services.readings import rebuild_readings
from tests.factories.catalog import (
    CourseFactory,
    FileFactory,
    LessonFactory,
    Market,
    PictureFactory,
    PlainFactory,
    PolicyFactory,
    VideoFactory,
    link,
    make_homes,
    reading_of,
    stream,
)

pytestmark = pytest.mark.django_db


COURSES = ("en/courses/anchors/", "en/courses/claims/", "id/courses/anchors/")


def versions() -> dict[str, UUID]:
    """The version of every reading, by its address."""
    return dict(Reading.objects.values_list("path", "version"))


@contextmanager
def changes(*paths: str) -> Iterator[None]:
    """What happens inside gives these readings a new version, and no other but the lists, which any change renews."""
    before = versions()
    yield
    after = versions()
    changed = {path for path in before.keys() & after.keys() if before[path] != after[path]}
    lists = set(Reading.objects.filter(kind__in=LISTS).values_list("path", flat=True))
    assert changed - lists == set(paths) - lists


def titles_in(course: Page) -> list[str]:
    """The course's outline as a reader sees it now."""
    return [line.title for line in outline_of(Market.reading(course))]


def publish(page: Page, **facts: object) -> None:
    """As an editor does: a new revision, published."""
    page = Page.objects.get(pk=page.pk).specific
    for name, value in facts.items():
        setattr(page, name, value)
    page.save_revision().publish()


class TestWhatAReadingSays:
    def test_of_a_lesson(self, market: Market) -> None:
        reading = market.reading(market.anchor_lessons[1])
        assert (reading.kind, reading.language, reading.path) == ("lesson", "en", "en/courses/anchors/a2/")
        assert (reading.key, reading.title) == (market.anchor_lessons[1].translation_key, "On a live")
        assert (reading.summary, reading.minutes) == ("What this page is about.", 1)
        assert (reading.parent, reading.url) == (market.reading(market.anchors), "/en/courses/anchors/a2/")

    def test_of_a_translation(self, market: Market) -> None:
        reading = market.reading(market.first_lesson_id)
        assert (reading.language, reading.path) == ("id", "id/courses/anchors/a1/")
        assert reading.key == market.anchor_lessons[0].translation_key
        assert reading.parent == market.reading(market.anchors_id)

    def test_only_a_lesson_has_a_parent(self, market: Market) -> None:
        kinds = set(Reading.objects.filter(parent__isnull=False).values_list("kind", flat=True))
        assert kinds == {"lesson"}

    def test_minutes_count_words_and_clips(self, market: Market) -> None:
        body = stream(("text", f"<p>{'word ' * 390}</p>"), ("video", {"video": VideoFactory(seconds=61).pk}))
        reading = market.reading(LessonFactory(parent=market.claims, body=body))
        assert reading.minutes == rules.reading_minutes(390, 61) == 3

    def test_a_draft_has_none(self, market: Market) -> None:
        draft = LessonFactory(parent=market.claims, slug="draft", published=False)
        draft.save_revision()
        assert reading_of(draft) is None
        assert titles_in(market.claims) == ["Say what is so", "Prove it", "Fix it"]

    def test_a_draft_of_a_live_page_changes_nothing(self, market: Market) -> None:
        page = market.anchor_lessons[0]
        page.title = "Half typed"
        with changes():
            page.save_revision()
        assert market.reading(page).title == "On a short video"


class TestPublishAndUnpublish:
    def test_publishing_a_lesson_touches_it_its_translation_and_all_courses(self, market: Market) -> None:
        """Lessons of other courses may name it, and are kept under the version of their course."""
        with changes(*COURSES, "en/courses/anchors/a1/", "id/courses/anchors/a1/"):
            publish(market.anchor_lessons[0], title="On a clip")
        assert market.reading(market.anchor_lessons[0]).title == "On a clip"
        assert titles_in(market.anchors)[0] == "On a clip"

    def test_publishing_the_home_page_touches_no_page_below(self, market: Market) -> None:
        with changes("en/", "id/"):
            publish(market.home, headline="Sell better")

    def test_unpublishing_a_lesson_takes_it_out_of_its_course(self, market: Market) -> None:
        assert titles_in(market.anchors) == ["On a short video", "On a live", "After the live"]
        with changes(*COURSES):
            market.anchor_lessons[1].unpublish()
        assert reading_of(market.anchor_lessons[1]) is None
        assert titles_in(market.anchors) == ["On a short video", "After the live"]

    def test_publishing_it_again_brings_it_back_to_its_place(self, market: Market) -> None:
        market.anchor_lessons[1].unpublish()
        publish(market.anchor_lessons[1])
        assert titles_in(market.anchors) == ["On a short video", "On a live", "After the live"]

    def test_under_an_unpublished_course_nothing_is_open(self, market: Market) -> None:
        market.anchors.unpublish()
        assert not Reading.objects.filter(path__startswith="en/courses/anchors/").exists()
        assert Reading.objects.filter(path__startswith="en/courses/claims/").count() == 4
        assert Reading.objects.filter(path__startswith="id/courses/anchors/").count() == 2

    def test_and_with_the_course_all_of_it_comes_back(self, market: Market) -> None:
        market.anchors.unpublish()
        publish(market.anchors)
        assert titles_in(market.anchors) == ["On a short video", "On a live", "After the live"]

    def test_publishing_under_an_unpublished_course_opens_nothing(self, market: Market) -> None:
        market.anchors.unpublish()
        publish(market.anchor_lessons[0])
        assert reading_of(market.anchor_lessons[0]) is None

    def test_under_an_unpublished_section_nothing_is_open(self, market: Market) -> None:
        market.catalogue.unpublish()
        assert not Reading.objects.filter(path__startswith="en/courses/").exists()
        assert Reading.objects.filter(language="en").count() == 6

    def test_deleting_a_lesson_takes_it_out_of_its_course(self, market: Market) -> None:
        assert len(titles_in(market.anchors)) == 3
        Page.objects.get(pk=market.anchor_lessons[1].pk).delete()
        assert titles_in(market.anchors) == ["On a short video", "After the live"]

    def test_an_unpublished_translation_is_no_longer_offered(self, market: Market) -> None:
        english = market.anchor_lessons[0]
        assert [each.url for each in languages_of(market.reading(english))] == ["/id/courses/anchors/a1/"]
        market.first_lesson_id.unpublish()
        assert languages_of(market.reading(english)) == []

    def test_a_deleted_translation_is_no_longer_offered(self, market: Market) -> None:
        english = market.anchor_lessons[0]
        assert len(languages_of(market.reading(english))) == 1
        Page.objects.get(pk=market.first_lesson_id.pk).delete()
        assert languages_of(market.reading(english)) == []


class TestAddresses:
    def test_a_new_slug_moves_the_page_and_all_below(self, market: Market) -> None:
        publish(market.anchors, slug="pins")
        assert set(Reading.objects.filter(parent__page=market.anchors.pk).values_list("path", flat=True)) == {
            f"en/courses/pins/a{number}/" for number in (1, 2, 3)
        }
        assert market.reading(market.anchors).path == "en/courses/pins/"
        assert not Reading.objects.filter(path__startswith="en/courses/anchors/").exists()

    def test_moving_a_lesson_to_another_course(self, market: Market) -> None:
        moved = Page.objects.get(pk=market.anchor_lessons[0].pk)
        moved.move(Page.objects.get(pk=market.claims.pk), pos="last-child")
        reading = market.reading(moved)
        assert (reading.path, reading.parent) == ("en/courses/claims/a1/", market.reading(market.claims))
        assert titles_in(market.claims) == ["Say what is so", "Prove it", "Fix it", "On a short video"]

    def test_moving_a_lesson_takes_it_out_of_the_course_that_it_left(self, market: Market) -> None:
        assert len(titles_in(market.anchors)) == 3
        moved = Page.objects.get(pk=market.anchor_lessons[0].pk)
        moved.move(Page.objects.get(pk=market.claims.pk), pos="last-child")
        assert titles_in(market.anchors) == ["On a live", "After the live"]

    @pytest.mark.parametrize(("number", "before"), [(2, 0), (1, 0)])
    def test_lessons_are_read_in_the_order_of_the_tree(self, market: Market, number: int, before: int) -> None:
        moved = Page.objects.get(pk=market.anchor_lessons[number].pk)
        moved.move(Page.objects.get(pk=market.anchor_lessons[before].pk), pos="left")
        in_tree = [page.title for page in Page.objects.get(pk=market.anchors.pk).get_children()]
        assert in_tree != ["On a short video", "On a live", "After the live"]
        assert titles_in(market.anchors) == in_tree

    def test_courses_stand_in_the_order_of_the_tree(self, market: Market) -> None:
        moved = Page.objects.get(pk=market.claims.pk)
        moved.move(Page.objects.get(pk=market.anchors.pk), pos="left")
        rows = Reading.objects.filter(path__startswith="en/courses/").exclude(kind="catalogue").order_by("page__path")
        assert [row.path.removeprefix("en/courses/") for row in rows] == [
            "claims/",
            *(f"claims/c{number}/" for number in (1, 2, 3)),
            "anchors/",
            *(f"anchors/a{number}/" for number in (1, 2, 3)),
        ]


class TestRestrictions:
    def test_a_private_course_is_not_in_the_index_nor_is_anything_below(self, market: Market) -> None:
        restriction = PageViewRestriction.objects.create(
            page=market.anchors, restriction_type=PageViewRestriction.LOGIN
        )
        assert not Reading.objects.filter(path__startswith="en/courses/anchors/").exists()
        assert Reading.objects.filter(path__startswith="en/courses/claims/").count() == 4
        restriction.delete()
        assert titles_in(market.anchors) == ["On a short video", "On a live", "After the live"]

    def test_a_private_lesson_leaves_its_course_open(self, market: Market) -> None:
        PageViewRestriction.objects.create(
            page=market.anchor_lessons[0], restriction_type=PageViewRestriction.PASSWORD, password="open sesame"
        )
        assert titles_in(market.anchors) == ["On a live", "After the live"]


def with_picture(market: Market) -> tuple[Page, Callable[[], None]]:
    picture = PictureFactory()
    page = LessonFactory(
        parent=market.claims, slug="user", body=stream(("picture", {"image": picture.pk, "alt": "A pin"}))
    )

    def change() -> None:
        picture.title = "Another"
        picture.save()

    return page, change


def with_picture_for_one_route(market: Market) -> tuple[Page, Callable[[], None]]:
    picture = PictureFactory()
    inner = json.loads(stream(("picture", {"image": picture.pk, "alt": "A pin"})))
    body = stream(("route_only", {"route": "affiliate", "body": inner}))
    return LessonFactory(parent=market.claims, slug="user", body=body), picture.save


def with_clip(market: Market) -> tuple[Page, Callable[[], None]]:
    clip = VideoFactory()
    page = LessonFactory(parent=market.claims, slug="user", body=stream(("video", {"video": clip.pk})))

    def change() -> None:
        clip.transcript = "<p>Seen anew.</p>"
        clip.save()

    return page, change


def with_new_captions(market: Market) -> tuple[Page, Callable[[], None]]:
    clip = VideoFactory()
    page = LessonFactory(parent=market.claims, slug="user", body=stream(("video", {"video": clip.pk})))

    def change() -> None:
        clip.tracks.add(VideoTrack(language="id", file=ContentFile(b"WEBVTT\n", name="x.vtt")))
        clip.save()

    return page, change


def with_poster(market: Market) -> tuple[Page, Callable[[], None]]:
    poster = PictureFactory()
    clip = VideoFactory(poster=poster)
    page = LessonFactory(parent=market.claims, slug="user", body=stream(("video", {"video": clip.pk})))
    return page, poster.save


def with_file(market: Market) -> tuple[Page, Callable[[], None]]:
    file = FileFactory()
    page = LessonFactory(parent=market.claims, slug="user", body=stream(("file", {"document": file.pk})))
    return page, file.save


def with_linked_file(market: Market) -> tuple[Page, Callable[[], None]]:
    file = FileFactory()
    text = f'<p>Take <a linktype="document" id="{file.pk}">the plan</a>.</p>'
    return LessonFactory(parent=market.claims, slug="user", body=stream(("text", text))), file.save


def with_cover(market: Market) -> tuple[Page, Callable[[], None]]:
    cover = PictureFactory()
    return CourseFactory(parent=market.catalogue, slug="user", cover=cover), cover.save


USERS = {
    "a picture": with_picture,
    "a picture for one route": with_picture_for_one_route,
    "a clip": with_clip,
    "new captions": with_new_captions,
    "a file": with_file,
    "a linked file": with_linked_file,
    "a cover": with_cover,
}


class TestWhatAReadingShows:
    @pytest.mark.parametrize("use", USERS.values(), ids=USERS.keys())
    def test_a_change_gives_a_new_version_to_who_shows_it_and_to_no_other(
        self, market: Market, use: Callable[[Market], tuple[Page, Callable[[], None]]]
    ) -> None:
        page, change = use(market)
        PlainFactory(parent=market.home, body=stream(("picture", {"image": PictureFactory().pk, "alt": "Another"})))
        with changes(market.reading(page).path):
            change()

    def test_the_still_picture_of_a_clip_too(self, market: Market) -> None:
        page, change = with_poster(market)
        with changes(market.reading(page).path):
            change()

    def test_captions_saved_by_themselves_too(self, market: Market) -> None:
        clip = VideoFactory()
        page = LessonFactory(parent=market.claims, slug="user", body=stream(("video", {"video": clip.pk})))
        with changes(market.reading(page).path):
            VideoTrack.objects.create(video=clip, language="id", file=ContentFile(b"WEBVTT\n", name="x.vtt"))

    def test_a_policy_that_is_published_renews_who_quotes_it(self, market: Market) -> None:
        body = stream(("policy_excerpt", {"policy": market.policy.pk, "section": "1.1"}))
        LessonFactory(parent=market.anchors, slug="quoting", body=body)
        PolicyFactory(parent=market.policies, slug="other")
        with changes("en/policies/claims/", "en/courses/anchors/quoting/"):
            publish(market.policy, title="Claims, 2027")

    @pytest.mark.parametrize("act", ["slug", "unpublish", "delete", "restrict"])
    def test_a_page_that_goes_elsewhere_renews_who_links_to_it(self, market: Market, act: str) -> None:
        body = stream(("text", f"<p>Look {link(market.about)}.</p>"))
        LessonFactory(parent=market.anchors, slug="linking", body=body)
        with changes("en/courses/anchors/linking/"):
            if act == "slug":
                publish(market.about, slug="about-us")
            elif act == "unpublish":
                market.about.unpublish()
            elif act == "delete":
                Page.objects.get(pk=market.about.pk).delete()
            else:
                PageViewRestriction.objects.create(page=market.about, restriction_type=PageViewRestriction.LOGIN)

    def test_a_link_in_an_introduction_counts(self, market: Market) -> None:
        CourseFactory(parent=market.catalogue, slug="linking", introduction=f"<p>{link(market.about)}</p>")
        with changes("en/courses/linking/"):
            publish(market.about, slug="about-us")

    def test_a_link_to_a_lesson_follows_its_course(self, market: Market) -> None:
        body = stream(("text", f"<p>{link(market.anchor_lessons[0])}</p>"))
        PlainFactory(parent=market.home, slug="linking", body=body)
        before = versions()["en/linking/"]
        publish(market.anchors, slug="pins")
        assert versions()["en/linking/"] != before

    def test_what_only_a_draft_refers_to_is_no_use(self, market: Market) -> None:
        page = Page.objects.get(pk=market.about.pk).specific
        page.body = stream(("text", f"<p>{link(market.policy)}</p>"))
        page.save_revision()
        with changes("en/policies/claims/"):
            publish(market.policy, title="Claims, 2027")

    def test_what_a_page_no_longer_refers_to_is_forgotten(self, market: Market) -> None:
        page = LessonFactory(parent=market.anchors, slug="x", body=stream(("text", f"<p>{link(market.about)}</p>")))
        publish(page, body=stream(("text", "<p>No link.</p>")))
        with changes():
            publish(market.about, slug="about-us")


class TestPublishing:
    @pytest.mark.parametrize(
        ("facts", "reason"), [({"captions": False}, "no captions"), ({"transcript": ""}, "no transcript")]
    )
    def test_a_video_that_some_could_not_follow_keeps_a_page_a_draft(
        self, market: Market, facts: dict[str, object], reason: str
    ) -> None:
        body = stream(("video", {"video": VideoFactory(**facts).pk}))
        page = LessonFactory(parent=market.claims, slug="clip", body=body, published=False)
        with pytest.raises(rules.NotReadyToPublish, match=reason):
            page.save_revision().publish()
        page.refresh_from_db()
        assert not page.live
        assert reading_of(page) is None


class TestRebuild:
    def test_makes_the_same_index_anew(self, market: Market) -> None:
        fields = ["path", "kind", "key", "language", "title", "minutes", "parent__path"]
        before = list(Reading.objects.order_by("path").values_list(*fields))
        Reading.objects.all().delete()
        assert rebuild_readings() == len(before) == 21
        assert list(Reading.objects.order_by("path").values_list(*fields)) == before

    def test_drops_what_nobody_may_open_any_more(self, market: Market) -> None:
        Page.objects.filter(pk=market.anchors.pk).update(live=False)
        assert rebuild_readings() == 17


class TestEnsureHome:
    def test_makes_both_languages_and_the_sites_root(self) -> None:
        home, home_id = make_homes()
        assert Site.objects.get().root_page_id == home.pk
        assert home.translation_key == home_id.translation_key
        assert set(Reading.objects.values_list("path", flat=True)) == {
            f"{language}/{section}"
            for language in ("en", "id")
            for section in ("", "courses/", "policies/", "updates/")
        }
        assert Reading.objects.values("key").distinct().count() == 4

    def test_again_changes_nothing(self) -> None:
        make_homes()
        before = versions()
        make_homes()
        assert versions() == before
        assert HomePage.objects.count() == 2

    def test_takes_wagtails_welcome_page_away(self) -> None:
        make_homes()
        assert set(Page.objects.filter(depth=2).values_list("title", flat=True)) == {
            "Seller University",
            "Universitas Penjual",
        }
