"""Saving a lesson and saying whether it was clear, on the phone, with and without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.learning.models import Bookmark, ClarityAnswer
from tests.browser.conftest import PHONE
from tests.browser.scenes import settled
from tests.browser.test_every_page import violations
from tests.factories.catalog import Market


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])
def test_a_lesson_is_saved_and_taken_off(
    page_at: Callable[..., Page], market: Market, person: User, javascript: bool
) -> None:
    page = page_at(PHONE, person=person, javascript=javascript)
    page.goto(market.anchor_lessons[0].url)
    page.get_by_role("button", name="Save for later").click()
    expect(page.get_by_role("button", name="Saved")).to_be_visible()
    assert Bookmark.objects.get().person == person
    if javascript:
        expect(page.get_by_role("button", name="Saved")).to_be_focused()
        expect(page.locator("#announcer")).to_have_text("Saved. You find it under your saved lessons.")
    page.goto("/saved/")
    expect(page.get_by_role("link", name="On a short video")).to_be_visible()
    page.get_by_role("button", name="Take off").click()
    expect(page.get_by_text("Nothing saved yet")).to_be_visible()
    page.goto(market.anchor_lessons[0].url)
    expect(page.get_by_role("button", name="Save for later")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])
def test_a_reader_says_what_was_not_clear(
    page_at: Callable[..., Page], market: Market, person: User, javascript: bool
) -> None:
    page = page_at(PHONE, person=person, javascript=javascript)
    page.goto(market.anchor_lessons[0].url)
    page.get_by_role("button", name="Not quite clear").click()
    box = page.get_by_role("textbox", name="What should we explain better?")
    box.fill("x" * 601)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("You have written 601").first).to_be_visible()
    expect(box).to_have_value("x" * 601)
    box.fill("When do I pin?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#clarity")).to_contain_text("You found this lesson not quite clear")
    said = ClarityAnswer.objects.get()
    assert (said.is_clear, said.words) == (False, "When do I pin?")
    if javascript:
        expect(page.locator("#clarity-question")).to_be_focused()
    page.get_by_role("link", name="Say more, or change your answer").click()
    page.get_by_label("Yes").check()
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#clarity")).to_contain_text("You found this lesson clear")


def test_room_for_words_is_for_everyone(page_at: Callable[..., Page], market: Market, person: User) -> None:
    page = page_at(PHONE, person=person)
    page.goto(market.anchor_lessons[0].url)
    page.get_by_role("button", name="Not quite clear").click()
    expect(page.locator("#clarity-question")).to_be_focused()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        settled(page)
        assert violations(page) == []
