"""Results come while one types: the focus stays, the address follows, and it is said how many there are."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.factories.catalog import Market


def test_results_come_while_one_types(page_at: Callable[..., Page], market: Market) -> None:
    page = page_at(PHONE)
    page.goto("/search/")
    field = page.get_by_role("searchbox", name="Search")
    field.press_sequentially("anch")
    expect(page.locator(".found__title").first).to_have_text("Product anchors")
    expect(field).to_be_focused()
    expect(page).to_have_url(re.compile(r"/search/\?q=anch$"))
    field.press_sequentially("orzz")
    expect(page.get_by_role("heading", name="Nothing was found for “anchorzz”")).to_be_visible()
    expect(page.locator("#announcer")).to_have_text("No results")
    expect(field).to_be_focused()


def test_a_filter_stays_while_one_types_on_and_back_leads_to_where_one_was(
    page_at: Callable[..., Page], market: Market
) -> None:
    page = page_at(PHONE)
    page.goto("/search/?q=pin")
    page.get_by_role("link", name="Lessons").click()
    expect(page).to_have_url(re.compile(r"/search/\?q=pin&kind=lesson$"))
    page.get_by_role("searchbox", name="Search").fill("speak")
    expect(page).to_have_url(re.compile(r"/search/\?q=speak&kind=lesson$"))
    page.go_back()
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("pin")
    expect(page.locator(".kinds [aria-current]")).to_contain_text("All")


def test_without_scripts_the_button_sends_it(page_at: Callable[..., Page], market: Market) -> None:
    page = page_at(PHONE, javascript=False)
    page.goto("/en/courses/")
    page.get_by_label("Search lessons, policies and updates").fill("claims")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".found__title").first).to_have_text("Claims")
    page.locator(".kinds a", has_text="Policies").click()
    expect(page.locator(".found__title")).to_have_text(["1.1 Claims"])
