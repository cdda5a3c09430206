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
    expect(page.locator("#announcer")).to_contain_text("results")
    field.press_sequentially("xxqqww")  # so far from any word that PostgreSQL takes it for none
    expect(page.get_by_role("heading", name="Nothing was found for “anchxxqqww”")).to_be_visible()
    expect(page.locator("#announcer")).to_have_text("No results")
    expect(field).to_be_focused()


def test_an_answer_that_stays_out_holds_nothing_up(page_at: Callable[..., Page], market: Market) -> None:
    page = page_at(PHONE)
    page.goto("/search/")
    page.route(re.compile(r"\?q=anch$"), lambda _route: None)  # never answered
    field = page.get_by_role("searchbox", name="Search")
    with page.expect_request(re.compile(r"\?q=anch$")):
        field.press_sequentially("anch")
    field.press_sequentially("xxqqww")
    expect(page.get_by_role("heading", name="Nothing was found for “anchxxqqww”")).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?q=anchxxqqww$"))
    page.faults.clear()  # type: ignore[attr-defined]  # htmx calls what it takes back an error


def test_one_long_word_keeps_to_the_page(page_at: Callable[..., Page], market: Market) -> None:
    page = page_at(PHONE)
    page.goto(f"/search/?q={'qx' * 100}")
    expect(page.get_by_role("heading", name="Nothing was found for")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


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
