"""What a first visit costs a phone: bytes as sent with compression, and whether anything jumps."""

import gzip
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response

from apps.accounts.models import User
from apps.accounts.services import choose_route
from apps.learning import services
from tests.browser.conftest import DESK, PHONE
from tests.browser.scenes import full_lesson, settled
from tests.factories import AT
from tests.factories.catalog import Market

COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml")
HEADERS = 400
"""About what the headers of one answer weigh."""
SHIFTS = """
    window.shifts = [];
    new PerformanceObserver((list) => {
        for (const each of list.getEntries()) window.shifts.push([each.value, each.sources.map((s) => [s.node?.outerHTML?.slice(0, 60) ?? s.node?.textContent, s.previousRect.toJSON(), s.currentRect.toJSON()])]);
    }).observe({ type: "layout-shift", buffered: true });
"""


def sent(answers: list[Response]) -> dict[str, int]:
    """Bytes of every answer as a proxy or WhiteNoise sends it (gzip), without its headers."""
    sizes = {}
    for answer in answers:
        body = answer.body() if answer.status == 200 else b""
        kind = answer.headers.get("content-type", "")
        shrunk = len(gzip.compress(body, 9)) if kind.startswith(COMPRESSIBLE) else len(body)
        sizes[answer.url] = min(shrunk, len(body))
    return sizes


def first_visit(page: Page, path: str) -> dict[str, int]:
    """Everything that a visit with an empty cache loads, from the top of the page to its end."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(path, wait_until="networkidle")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    return sent(answers)


def test_a_lesson_without_video_is_light(page_at: Callable[..., Page], market: Market, person: User) -> None:
    """design.md: at most 100 kB with fonts, at most 20 kB of it JavaScript."""
    lesson = full_lesson(market, video=False)
    services.enrol(person=person, course=market.reading(market.anchors), at=AT)
    for reader in (None, person):
        sizes = first_visit(page_at(PHONE, person=reader), lesson.url)
        scripts = {url: size for url, size in sizes.items() if url.partition("?")[0].endswith(".js")}
        fonts = [url for url in sizes if url.endswith(".woff2")]
        assert len(scripts) >= 2
        assert fonts, "fonts are counted"
        assert sum(scripts.values()) <= 20_000, scripts
        assert sum(sizes.values()) + HEADERS * len(sizes) <= 100_000, sizes


def test_a_clip_is_not_loaded_before_it_is_played(page_at: Callable[..., Page], market: Market) -> None:
    lesson = full_lesson(market)
    page = page_at(PHONE)
    sizes = first_visit(page, lesson.url)
    assert page.locator("video").count() == 1
    assert [url for url in sizes if url.endswith(".mp4")] == []


def test_a_page_that_is_the_same_is_not_sent_again(page_at: Callable[..., Page], market: Market) -> None:
    """The first answer gives the browser its cookie, the second a page with its token; from then on 304."""
    page = page_at(PHONE)
    seen = []
    for _visit in range(3):
        page.goto("/en/courses/", wait_until="networkidle")
        with page.expect_response(lambda answer: answer.url.endswith("/a1/")) as answered:
            page.goto(market.anchor_lessons[0].url)
        asked = answered.value.request
        seen.append(("if-none-match" in asked.all_headers(), asked.sizes()["responseBodySize"] > 0))
    assert seen[0] == (False, True)
    assert seen[2] == (True, False)


@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("name", ["home", "catalogue", "course", "lesson", "dashboard", "policy", "certificates"])
def test_nothing_jumps(page_at: Callable[..., Page], market: Market, person: User, name: str, width: int) -> None:
    """Pictures, bars and lists stand where they will stay. Fonts stay away: how far a late one moves a line is a
    matter of the network's moment, which Lighthouse measures.
    """
    choose_route(person=person, route="both")
    services.complete_lesson(person=person, lesson=market.reading(market.anchor_lessons[0]), at=AT)
    path = {
        "home": "/en/",
        "catalogue": "/en/courses/",
        "course": market.anchors.url,
        "lesson": full_lesson(market).url,
        "dashboard": "/dashboard/",
        "policy": market.policy.url,
        "certificates": "/certificates/",
    }[name]
    page = page_at(width, person=person)
    page.route("**/*.woff2", lambda route: route.abort())
    page.add_init_script(SHIFTS)
    page.goto(path, wait_until="networkidle")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    settled(page)
    assert page.evaluate("PerformanceObserver.supportedEntryTypes.includes('layout-shift')")
    shifts = page.evaluate("window.shifts")
    assert sum(amount for amount, _places in shifts) < 0.005, shifts  # parts of a pixel
