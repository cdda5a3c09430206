"""What editors scheduled goes live, or off, each page by itself."""

from datetime import datetime, timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from wagtail.models import Page, Revision

from apps.accounts.models import User
from apps.catalog.models import LessonPage, Reading
from apps.catalog.services import schedule
from apps.catalog.services.schedule import publish_due
from apps.core.clock import now
from apps.notifications.models import Message
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import LessonFactory, Market, reading_of, stream

HOUR = timedelta(hours=1)


def scheduled(page: Page, *, at: datetime, by: User | None = None) -> Revision:
    """The page's draft, approved to go live at this instant.

    Wagtail reads the real clock, so a past instant is written in after it took the future one.
    """
    page.go_live_at = now() + HOUR
    revision = page.save_revision(user=by)
    revision.publish()
    revision.refresh_from_db()
    assert revision.approved_go_live_at is not None
    revision.approved_go_live_at, revision.content["go_live_at"] = at, at.isoformat()
    revision.save()
    return revision


def test_a_page_goes_live_when_its_hour_has_come(market: Market) -> None:
    lesson = LessonFactory(parent=market.claims, title="On Monday", published=False)
    before = now()
    revision = scheduled(lesson, at=before)
    assert publish_due(at=before - HOUR) == {"published": 0, "unpublished": 0}
    assert reading_of(lesson) is None
    assert publish_due(at=now()) == {"published": 1, "unpublished": 0}
    reading = reading_of(lesson)
    assert reading is not None and reading.title == "On Monday"
    revision.refresh_from_db()
    assert revision.approved_go_live_at is None
    assert publish_due(at=now()) == {"published": 0, "unpublished": 0}


def test_a_page_goes_off_when_its_time_is_over(market: Market) -> None:
    lesson = market.anchor_lessons[0]
    Page.objects.filter(pk=lesson.pk).update(expire_at=now() - HOUR)
    assert publish_due(at=now()) == {"published": 0, "unpublished": 1}
    assert reading_of(lesson) is None
    assert Page.objects.get(pk=lesson.pk).expired


def test_one_that_cannot_be_published_stops_no_other_and_its_editor_hears_why(market: Market) -> None:
    editor = PersonFactory(email="eda@example.com")
    broken = LessonFactory(parent=market.claims, title="Broken", published=False)
    fine = LessonFactory(parent=market.claims, title="Fine", published=False)
    first = scheduled(broken, at=now() - HOUR, by=editor)
    first.content["body"] = stream(("picture", {"image": None, "alt": "", "is_decorative": False}))
    first.save()
    scheduled(fine, at=now(), by=editor)
    for _time in range(2):
        counts = publish_due(at=now())
        assert len(counts["failed"]) == 1
        assert counts["failed"][0].startswith("“Broken”") or "Broken" in counts["failed"][0]
    assert reading_of(fine) is not None
    assert reading_of(broken) is None
    letter = Message.objects.get(person=editor)
    assert letter.subject == "“Broken” could not be published"
    assert "Picture" in letter.text
    assert letter.link == f"/cms/pages/{broken.pk}/edit/"
    first.refresh_from_db()
    assert first.approved_go_live_at is not None, "it stays scheduled"


def test_a_page_that_was_given_more_time_meanwhile_stays(market: Market) -> None:
    lesson = market.anchor_lessons[0]
    stale = Page.objects.get(pk=lesson.pk)
    Page.objects.filter(pk=lesson.pk).update(expire_at=now() + HOUR)
    schedule.unpublish_one(stale, now())
    assert reading_of(lesson) is not None


def test_a_letter_that_fails_stops_no_other_page(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    fine = LessonFactory(parent=market.claims, title="Fine", published=False)
    broken = scheduled(
        LessonFactory(parent=market.claims, title="Broken", published=False), at=now() - HOUR, by=PersonFactory()
    )
    broken.content["body"] = stream(("picture", {"image": None, "alt": "", "is_decorative": False}))
    broken.save()
    scheduled(fine, at=now())
    monkeypatch.setattr(schedule, "not_published_letter", lambda *_facts: 1 / 0)
    counts = publish_due(at=now())
    assert (counts["published"], len(counts["failed"])) == (1, 1)


def test_a_revision_of_a_page_that_is_gone_stops_no_other(market: Market) -> None:
    fine = LessonFactory(parent=market.claims, title="Fine", published=False)
    kind = ContentType.objects.get_for_model(LessonPage)
    base = ContentType.objects.get_for_model(Page)
    Revision.objects.create(
        content_type=kind,
        base_content_type=base,
        object_id="987654",
        content={"pk": 987654, "title": "Ghost"},
        object_str="Ghost",
        approved_go_live_at=now() - HOUR,
        created_at=now(),
    )
    scheduled(fine, at=now())
    counts = publish_due(at=now())
    assert (counts["published"], len(counts["failed"])) == (1, 1)
    assert Reading.objects.filter(title="Fine").exists()


def test_approvers_find_the_panel(market: Market, approver: Client) -> None:
    page = approver.get(f"/cms/pages/{market.anchor_lessons[0].pk}/edit/").content.decode()
    assert 'name="go_live_at"' in page
    assert 'name="expire_at"' in page
