"""The browser comes up, reaches the live site and shows what the fixtures ask for."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESK, PHONE


def test_the_site_answers_a_real_browser(page_at: Callable[..., Page]) -> None:
    page = page_at(PHONE)
    answer = page.goto("/healthz")
    assert answer is not None
    assert answer.status == 200
    assert page.inner_text("body") == "ok"


@pytest.mark.parametrize(("width", "dark", "language"), [(PHONE, False, "en"), (DESK, True, "id")])
def test_a_page_is_as_asked(page_at: Callable[..., Page], width: int, dark: bool, language: str) -> None:
    page = page_at(width, dark=dark, language=language)
    page.goto("/healthz")
    assert page.evaluate("window.innerWidth") == width
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is dark
    assert page.evaluate("navigator.language").startswith(language)


def test_a_page_without_scripts_runs_none(page_at: Callable[..., Page]) -> None:
    html = "data:text/html,<p>still</p><script>document.querySelector('p').textContent = 'moved'</script>"
    still, moved = page_at(javascript=False), page_at(javascript=True)
    still.goto(html)
    moved.goto(html)
    assert still.locator("p").text_content() == "still"
    assert moved.locator("p").text_content() == "moved"
