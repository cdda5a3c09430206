"""The pages of the mailroom in a real browser: for everyone, light and dark, and by keyboard alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.notifications.enums import SuppressionReason
from apps.notifications.letters import stop_url
from apps.notifications.models import Message
from apps.notifications.queries.inbox import unread_count
from apps.notifications.rules import Letter
from apps.notifications.services.letters import mark_read, post_letter
from apps.notifications.services.suppression import suppress
from tests.browser.conftest import DESK, PHONE
from tests.browser.scenes import settled, tab_to
from tests.browser.test_every_page import NARROW, overflowing, violations
from tests.factories import AT
from tests.factories.catalog import Market

TEXT = (
    "Hello,\n\nyour certificate: https://example.com/a-very-long-address/that-has-no-place-to-break/at-all\n\n--\nFoot"
)


@pytest.fixture
def reader(market: Market, person: User) -> User:
    """Ayu, with two pages of letters, three of them unread, at an address that takes no mail."""
    for number in range(30):
        subject = f"Your certificate for a course with a long name, number {number}"
        post_letter(
            letter=Letter("learning", subject, TEXT, "", "/dashboard/"), person=person, at=AT + timedelta(hours=number)
        )
    mark_read(person=person, at=AT, until=AT + timedelta(hours=26))
    suppress(address=person.email, reason=SuppressionReason.BOUNCED, detail="550 5.1.1", at=AT)
    return person


def newest(reader: User) -> str:
    """Where the newest letter stands."""
    return f"/letters/{Message.objects.filter(person=reader).latest('written_at').reference}/"


def stop_path(reader: User) -> str:
    """Where news are stopped."""
    return "/letters/stop/" + stop_url(reader, "news").split("/letters/stop/")[1]


def stopped(page: Page, reader: User) -> None:
    """News, just stopped."""
    page.goto(stop_path(reader))
    page.get_by_role("button", name="Stop these e-mails").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("These e-mails are stopped")


def without_letters(page: Page, reader: User) -> None:
    """The inbox of who has got none."""
    Message.objects.all().delete()
    page.goto("/letters/")


def settings_with_errors(page: Page, _reader: User) -> None:
    """The settings, refused: a choice was taken off the page."""
    page.goto("/letters/settings/")
    page.evaluate("document.querySelectorAll('[name=news]').forEach((each) => each.checked = false)")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".summary-of-errors")).to_be_visible()


PAGES: dict[str, Callable[[Page, User], object]] = {
    "inbox": lambda page, reader: page.goto("/letters/"),
    "inbox, empty": without_letters,
    "letter": lambda page, reader: page.goto(newest(reader)),
    "settings": lambda page, reader: page.goto("/letters/settings/"),
    "settings with errors": settings_with_errors,
    "dashboard, dead address": lambda page, reader: page.goto("/dashboard/"),
    "stop, signed out": lambda page, reader: page.goto(stop_path(reader)),
    "stopped, signed out": stopped,
    "stop, link not whole, signed out": lambda page, reader: page.goto("/letters/stop/x/"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everyone(page_at: Callable[..., Page], reader: User, name: str) -> None:
    page = page_at(PHONE, person=None if "signed out" in name else reader)
    PAGES[name](page, reader)
    page.wait_for_load_state("load")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        settled(page)
        assert violations(page) == [], scheme
    page.set_viewport_size({"width": NARROW, "height": 640})
    settled(page)
    assert overflowing(page) == []
    assert page.evaluate("document.querySelectorAll('h1').length") == 1


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_bar_has_room_for_the_count(page_at: Callable[..., Page], reader: User, language: str) -> None:
    """At every width, beside the language and clear of the brand; on a phone in the top row."""
    User.objects.filter(pk=reader.pk).update(language=language)
    page = page_at(PHONE, person=reader)
    page.goto("/dashboard/")
    expect(page.locator(".post__count")).to_have_text("3")
    for width in (NARROW, 360, PHONE, 640, 699, 700, 799, 879, 880, 900, DESK):
        page.set_viewport_size({"width": width, "height": 800})
        settled(page)
        post, brand, tongues = (page.locator(f".bar {each}").bounding_box() for each in (".post", ".brand", ".tongues"))
        assert post and brand and tongues
        assert brand["x"] + brand["width"] <= post["x"], width
        assert post["x"] + post["width"] <= tongues["x"] + 0.5, width
        assert tongues["x"] + tongues["width"] <= width, width
        assert post["y"] < 40, width
        assert min(post["width"], post["height"]) >= 24, width


def test_by_keyboard_from_the_bar_to_a_letter(page_at: Callable[..., Page], reader: User) -> None:
    page = page_at(DESK, person=reader)
    page.goto("/dashboard/")
    tab_to(page, "3 3 unread letters")
    page.keyboard.press("Enter")
    page.wait_for_url("**/letters/")
    tab_to(page, "Your certificate for a course with a long name, number 29")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("number 29")
    expect(page.locator(".post__count")).to_have_text("2")
    tab_to(page, "Go on from here")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard/")


def test_without_scripts(page_at: Callable[..., Page], reader: User) -> None:
    page = page_at(PHONE, javascript=False, person=reader)
    page.goto("/letters/")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_text("All letters are marked as read.")).to_be_visible()
    assert unread_count(reader) == 0
    page.get_by_role("button", name="Send to this address again").click()
    expect(page.get_by_text("We send letters to ayu@example.com again.")).to_be_visible()
    page.get_by_role("link", name="Choose which come by e-mail").click()
    page.get_by_label("On the site only").nth(1).check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("On the site only").nth(1)).to_be_checked()
