"""A real Chromium, and pages of it as wide, dark, scripted and Indonesian as a test wants them."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)

from apps.accounts.models import User

# Playwright's sync API runs an event loop in this thread; Django would refuse the database for it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
PHONE, TABLET, DESK = 390, 768, 1280
PHONE_VIEW: ViewportSize = {"width": PHONE, "height": 844}

# How long to wait for what must come, in milliseconds. Long enough for a machine that does much else at a time:
# a test says what comes, never how soon.
PATIENCE, PATIENCE_FOR_PAGES = 30_000, 60_000
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever stands in this folder drives a browser, and transactions that other threads see."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a worker (`bin/find-chromium` names it)."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page_at(browser: Browser, live_server: Any) -> Iterator[Callable[..., Page]]:
    """Makes pages on the live site: `page_at(PHONE, dark=True, javascript=False, language="id", person=ayu)`.

    Every page is a visitor of its own; `base` is another address of the same site. Errors in the console, scripts that fail, answers of 500 and missing styles
    or pictures fail the test, unless it empties `page.faults` itself.
    """
    contexts: list[BrowserContext] = []
    pages: list[Page] = []

    def make(
        width: int = PHONE,
        dark: bool = False,
        javascript: bool = True,
        language: str = "en",
        person: User | None = None,
        base: str = "",
        **options: Any,
    ) -> Page:
        context = browser.new_context(
            base_url=base or live_server.url,
            viewport={"width": width, "height": 844 if width < TABLET else 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            locale={"en": "en-US", "id": "id-ID"}[language],
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        if person is not None:
            context.add_cookies([session_cookie(person, live_server.url)])
        page = watched(context.new_page())
        pages.append(page)
        return page

    yield make
    faults = [fault for page in pages for fault in page.faults]  # type: ignore[attr-defined]
    for context in contexts:
        context.close()
    assert faults == []


def watched(page: Page) -> Page:
    """The page, patient, with a list of what goes wrong on it."""
    page.set_default_timeout(PATIENCE)
    page.set_default_navigation_timeout(PATIENCE_FOR_PAGES)
    page.faults = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.faults.append(f"script: {error}"))
    page.on("console", lambda line: page.faults.append(f"console: {line.text}") if is_fault(line) else None)
    page.on("response", lambda answer: page.faults.append(answer.url) if is_broken(answer) else None)
    return page


@pytest.fixture(scope="module")
def phone(browser: Browser, live_server: Any) -> Iterator[Page]:
    """A phone that goes through many hands; see `lent_phone`."""
    context = browser.new_context(
        base_url=live_server.url,
        viewport=PHONE_VIEW,
        color_scheme="light",
        locale="en-US",
        reduced_motion="reduce",
    )
    page = watched(context.new_page())
    page.hosts = set()  # type: ignore[attr-defined]
    page.on("request", lambda request: page.hosts.add(urlsplit(request.url).netloc))
    yield page
    context.close()


@pytest.fixture
def lent_phone(phone: Page, live_server: Any) -> Iterator[Callable[..., Page]]:
    """A light phone in English, in the hands of nobody or of a person: `lent_phone(person=ayu)`.

    Unlike a page of `page_at` it isn't new: it keeps styles, scripts and fonts from one test to the next, which is
    half of what a visit costs. Cookies, storage, width and colours it forgets. `page.hosts` names whom it asked.
    """
    phone.faults.clear()  # type: ignore[attr-defined]
    phone.hosts.clear()  # type: ignore[attr-defined]

    def lend(person: User | None = None) -> Page:
        if person is not None:
            phone.context.add_cookies([session_cookie(person, live_server.url)])
        return phone

    yield lend
    faults = [*phone.faults]  # type: ignore[attr-defined]
    phone.unroute_all()
    phone.evaluate("() => { sessionStorage.clear(); localStorage.clear(); }")
    phone.goto("about:blank")
    phone.context.clear_cookies()
    phone.set_viewport_size(PHONE_VIEW)
    phone.emulate_media(color_scheme="light", reduced_motion="reduce")
    assert faults == []


def is_fault(line: ConsoleMessage) -> bool:
    """An error in the console that isn't just the browser naming a status that the test may have wanted."""
    return line.type == "error" and not line.text.startswith("Failed to load resource")


def is_broken(answer: Response) -> bool:
    """Our fault, or a style, script or picture that isn't there."""
    return answer.status >= 500 or (answer.status == 404 and ("/static/" in answer.url or "/media/" in answer.url))


def session_cookie(person: User, url: str) -> dict[str, str]:
    """What the browser of a person holds who signed in before the test began."""
    client = Client()
    client.force_login(person)
    return {
        "name": settings.SESSION_COOKIE_NAME,
        "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
        "url": url,
    }
