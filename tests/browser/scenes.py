"""What browser tests stand on: a lesson with every block, and waiting for what the server does."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.test import override_settings
from playwright.sync_api import Page
from wagtail.images.models import Image

from apps.accounts.models import User
from apps.accounts.services import choose_route
from apps.catalog.models import LessonPage
from apps.learning import services
from apps.learning.models import Certificate
from tests.factories import AT
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.factories.catalog import (
    FileFactory,
    LessonFactory,
    Market,
    PictureFactory,
    UpdateFactory,
    VideoFactory,
    find_market,
    stream,
)
from tests.factories.learning import CertificateFactory, EnrolmentFactory
from tests.factories.sign_in import link_account

LINES = "<p>Interest lasts eight seconds. Show the product, say its price, pin it, and only then tell its story.</p>"
DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 90" width="160" height="90">'
    b'<rect width="160" height="90" fill="#0b6b6b"/></svg>'
)


def drawing() -> Image:
    """A picture as SVG."""
    return PictureFactory(title="Drawing", file=ContentFile(DRAWING, name="drawing.svg"), width=160, height=90)


def every_block(market: Market, *, video: bool = True) -> list[tuple[str, Any]]:
    """One block of every kind; the clip may be left out."""
    check = {
        "question": "When do you pin the product?",
        "options": [
            {"text": "Before I speak", "right": True, "explanation": "The button is there when interest is."},
            {"text": "At the end", "right": False, "explanation": "By then most have scrolled on."},
        ],
    }
    inside = [{"type": "heading", "value": "Send samples first", "id": str(uuid4())}]
    blocks: list[tuple[str, Any]] = [
        ("heading", "Pin it first"),
        (
            "text",
            f'{LINES}<ul><li>One</li><li>Two</li></ul><p><a linktype="page" id="{market.policy.pk}">Claims</a></p>',
        ),
        (
            "picture",
            {
                "image": PictureFactory(file__width=960, file__height=540).pk,
                "alt": "The bag button",
                "caption": "The bag",
            },
        ),
        ("picture", {"image": drawing().pk, "alt": "", "decorative": True, "caption": ""}),
        (
            "steps",
            {
                "title": "Pin a product",
                "steps": [{"title": "Open the panel", "text": LINES}, {"title": "Pin", "text": LINES}],
            },
        ),
        ("do_dont", {"do": ["Say the price"], "dont": ["Promise what you cannot ship"]}),
        *(
            ("callout", {"kind": kind, "title": "Two phones", "text": LINES})
            for kind in ("note", "tip", "warning", "example")
        ),
        (
            "table",
            {"caption": "What it costs", "header": ["Plan", "Share"], "rows": [["Open", "10 %"], ["Targeted", "15 %"]]},
        ),
        ("file", {"document": FileFactory(title="Plan for a week").pk, "description": "Fill it in"}),
        ("policy_excerpt", {"policy": market.policy.pk, "section": "1.1"}),
        ("policy_excerpt", {"policy": market.policy.pk, "section": "9.9"}),
        ("knowledge_check", check),
        ("route_only", {"route": "affiliate", "body": inside}),
    ]
    if video:
        blocks.append(
            (
                "video",
                {
                    "video": VideoFactory(title="Pinning").pk,
                    "address": "",
                    "address_title": "",
                    "address_transcript": "",
                },
            )
        )
        elsewhere = {"address": "https://videos.example/pin", "address_title": "Elsewhere", "address_transcript": LINES}
        blocks.append(("video", {"video": None} | elsewhere))
    return blocks


def full_lesson(market: Market, *, video: bool = True) -> LessonPage:
    """A lesson with every block, the last of the course on anchors.

    One excerpt is of a section that left its policy after the lesson was published.
    """
    gone = {"number": "9.9", "title": "Gifts", "text": LINES}
    market.policy.sections.append(("section", gone))
    market.policy.save_revision().publish()
    lesson = LessonFactory(
        parent=market.anchors,
        title="With everything",
        slug="everything",
        body=stream(*every_block(market, video=video)),
    )
    market.policy.sections.pop()
    market.policy.save_revision().publish()
    return lesson


def make_scene() -> None:
    """The market, full."""
    market = find_market()
    person = PersonFactory(email="ayu@example.com", name="Ayu Lestari")
    lesson = full_lesson(market)
    for number in range(2):
        UpdateFactory(parent=market.updates, title=f"Update {number}", slug=f"update-{number}", for_route="affiliate")
    choose_route(person=person, route="both")
    SellerFactory(code="AYU-0000-0000-0000-0000-01", shop_name="Ayu’s shop of very long lantern names", person=person)
    services.complete_lesson(person=person, lesson=market.reading(market.anchor_lessons[0]), at=AT)
    for each in market.claim_lessons:
        services.complete_lesson(person=person, lesson=market.reading(each), at=AT)
    services.keep_place(person=person, lesson=market.reading(lesson), block=lesson.body[3].id, at=AT)
    EnrolmentFactory(person=person, course_title="A course that was taken off")
    LessonFactory(parent=market.claims, title="New since then")


class Scene:
    """The market with all that a page may show, and Ayu half-way through it, as `make_scene` left it."""

    def __init__(self) -> None:
        self.market = find_market()
        self.person = User.objects.get(email="ayu@example.com")
        self.lesson = LessonPage.objects.get(slug="everything")
        self.certificate = Certificate.objects.get(person=self.person)

    def revoked(self) -> str:
        """Where a certificate stands that is void."""
        return f"/certificates/{CertificateFactory(person=self.person, revoked=True).reference}/"

    @contextmanager
    def linked(self) -> Iterator[None]:
        """The marketplace's accounts sign in here, and Ayu's is linked."""
        issuer = "https://market.example"
        link_account(self.person, issuer=issuer, sub="u-1", email="a-shop-with-a-long-name@lantern-market.example")
        with override_settings(OIDC_ISSUER=issuer, OIDC_CLIENT_ID="x", OIDC_CLIENT_SECRET="y"):
            yield

    def check(self) -> str:
        """Where the lesson's question is answered, without scripts."""
        block = next(child for child in self.lesson.body if child.block_type == "knowledge_check")
        return f"/check/en/{self.lesson.translation_key}/{block.id}/?pick=1"


def eventually(page: Page, holds: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until it holds, letting the browser go on meanwhile."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        page.wait_for_timeout(40)


def settled(page: Page) -> None:
    """Wait until the browser has painted what was changed. A colour that is inherited arrives level by level,
    each in a transition of its own.
    """
    page.wait_for_function(
        """() => {
            // What is folded away, in a closed <details>, waits with its transitions until it is opened.
            const busy = document.getAnimations().some(
                (each) => each instanceof CSSTransition && each.effect.target.checkVisibility({ contentVisibilityAuto: true })
            );
            window.calm = busy ? 0 : (window.calm ?? 0) + 1;
            return window.calm > 4 && !(window.calm = 0);
        }"""
    )


def tab_to(page: Page, words: str, *, most: int = 80) -> None:
    """Press Tab until the focus is on what bears these words; every stop on the way must show where it is."""
    for _press in range(most):
        page.keyboard.press("Tab")
        settled(page)
        stop = page.evaluate(
            """() => {
                const found = document.activeElement, style = getComputedStyle(found), box = found.getBoundingClientRect();
                const label = found.labels?.[0]?.innerText ?? found.ariaLabel ?? found.innerText;
                const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
                const around = [found.parentElement, found.closest("li")].filter(Boolean).map((each) => getComputedStyle(each));
                return {
                    words: (label || "").replace(/\\s+/g, " ").trim(),
                    tag: found.tagName,
                    ringed: ring || style.boxShadow !== "none" || around.some((each) => each.outlineStyle !== "none"),
                    inView: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
                };
            }"""
        )
        if stop["tag"] in {"BODY", "VIDEO"}:
            continue  # a video's own buttons have the focus, and the browser's ring
        assert stop["ringed"], f"no visible focus on “{stop['words']}”"
        assert stop["inView"], f"the focus is out of sight on “{stop['words']}”"
        if stop["words"] == words:
            return
    raise AssertionError(f"Tab never came to “{words}”")
