"""Every kind of page in a real browser: axe finds nothing, light or dark; nothing runs over at 320 px; nothing
comes from elsewhere; the console stays empty.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from apps.accounts.models import Seller, User
from apps.accounts.services import choose_route
from apps.learning import services
from apps.learning.models import Certificate
from tests.browser.conftest import PHONE
from tests.browser.scenes import full_lesson, settled
from tests.factories import AT
from tests.factories.accounts import SellerFactory
from tests.factories.catalog import CourseFactory, LessonFactory, Market, UpdateFactory
from tests.factories.learning import CertificateFactory, EnrolmentFactory

NARROW = 320


class Scene:
    """The market with all that a page may show, and Ayu half-way through it."""

    def __init__(self, market: Market, person: User) -> None:
        self.market, self.person = market, person
        self.lesson = full_lesson(market)
        for number in range(2):
            UpdateFactory(
                parent=market.updates, title=f"Update {number}", slug=f"update-{number}", for_route="affiliate"
            )
        choose_route(person=person, route="both")
        SellerFactory(
            code="AYU-0000-0000-0000-0000-01", shop_name="Ayu’s shop of very long lantern names", person=person
        )
        services.complete_lesson(person=person, lesson=market.reading(market.anchor_lessons[0]), at=AT)
        for each in market.claim_lessons:
            services.complete_lesson(person=person, lesson=market.reading(each), at=AT)
        services.keep_place(person=person, lesson=market.reading(self.lesson), block=self.lesson.body[3].id, at=AT)
        EnrolmentFactory(person=person, course_title="A course that was taken off")
        self.certificate = Certificate.objects.get(person=person)
        LessonFactory(parent=market.claims, title="New since then")

    def revoked(self) -> str:
        """Where a certificate stands that is void."""
        return f"/certificates/{CertificateFactory(person=self.person, revoked=True).reference}/"

    def check(self) -> str:
        """Where the lesson's question is answered, without scripts."""
        block = next(child for child in self.lesson.body if child.block_type == "knowledge_check")
        return f"/check/en/{self.lesson.translation_key}/{block.id}/?pick=1"


@pytest.fixture
def scene(market: Market, person: User) -> Scene:
    """The market, full."""
    return Scene(market, person)


def visit(page: Page, path: str) -> None:
    """Open a page."""
    page.goto(path)


def help_with_errors(page: Page, _scene: Scene) -> None:
    """The help form, refused."""
    page.goto("/help/")
    page.get_by_label("Your e-mail").fill("ayu@")
    page.get_by_role("button", name="Send the question").click()
    expect(page.locator(".summary-of-errors")).to_be_visible()


def code_page(page: Page, _scene: Scene) -> None:
    """Where the code from the mail is entered, after a wrong one."""
    page.goto("/accounts/signup/")
    page.locator("[name=name]").fill("Sari")
    page.locator("[name=email]").fill("sari@example.com")
    page.locator("[name=password1]").fill("pin-it-before-you-speak")
    page.get_by_role("button", name="Create the account").click()
    page.locator("[name=code]").fill("WRONG1")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".summary-of-errors")).to_be_visible()


def answered(page: Page, scene: Scene) -> None:
    """The lesson with every block, its question answered and every transcript open."""
    page.goto(scene.lesson.url)
    page.get_by_label("At the end").check()
    page.get_by_role("button", name="See if that is right").click()
    expect(page.locator(".answer")).to_be_visible()
    for summary in page.locator("article details > summary").all():
        summary.click()


def with_a_message(page: Page, _scene: Scene) -> None:
    """The profile, just saved."""
    page.goto("/profile/")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".message--success")).to_be_visible()


def with_an_error_message(page: Page, _scene: Scene) -> None:
    """The catalogue after a request that failed."""
    page.goto("/en/courses/")
    page.route("**/en/courses/?*", lambda route: route.abort())
    page.get_by_label("Route").select_option("self_selling")
    expect(page.locator("#messages .message--error")).to_be_visible()


def empty_course(page: Page, scene: Scene) -> None:
    """A course whose lessons are being written."""
    page.goto(CourseFactory(parent=scene.market.catalogue, title="Soon", slug="soon").url)


def outline_open(page: Page, scene: Scene) -> None:
    """A lesson with its outline over it."""
    page.goto(scene.lesson.url)
    page.get_by_role("button", name="Outline").click()
    expect(page.locator("#outline")).to_be_visible()


def first_day(page: Page, scene: Scene) -> None:
    """The dashboard of who has begun nothing."""
    Seller.objects.all().delete()
    scene.person.enrolments.all().delete()
    page.goto("/dashboard/")


SIGNED_OUT: dict[str, Callable[[Page, Scene], None]] = {
    "home": lambda page, scene: visit(page, "/en/"),
    "home in Indonesian": lambda page, scene: visit(page, "/id/"),
    "catalogue": lambda page, scene: visit(page, "/en/courses/"),
    "catalogue, nothing found": lambda page, scene: visit(page, "/en/courses/?level=advanced"),
    "catalogue, a request failed": with_an_error_message,
    "course": lambda page, scene: visit(page, scene.market.anchors.url),
    "course without lessons": empty_course,
    "lesson, signed out": lambda page, scene: visit(page, scene.lesson.url),
    "knowledge check": lambda page, scene: visit(page, scene.check()),
    "policies": lambda page, scene: visit(page, "/en/policies/"),
    "policy": lambda page, scene: visit(page, scene.market.policy.url),
    "updates": lambda page, scene: visit(page, "/en/updates/"),
    "update": lambda page, scene: visit(page, scene.market.update.url),
    "plain": lambda page, scene: visit(page, scene.market.about.url),
    "help": lambda page, scene: visit(page, "/help/"),
    "help with errors": help_with_errors,
    "question sent": lambda page, scene: visit(page, "/help/?sent=1"),
    "certificate, valid": lambda page, scene: visit(page, f"/certificates/{scene.certificate.reference}/"),
    "certificate, unknown": lambda page, scene: visit(page, "/certificates/AAAA/"),
    "check": lambda page, scene: visit(page, "/certificates/"),
    "check with errors": lambda page, scene: visit(page, "/certificates/?reference="),
    "sign in": lambda page, scene: visit(page, "/accounts/login/"),
    "sign in by code": lambda page, scene: visit(page, "/accounts/login/code/"),
    "sign up": lambda page, scene: visit(page, "/accounts/signup/"),
    "code with errors": code_page,
    "password reset": lambda page, scene: visit(page, "/accounts/password/reset/"),
    "404": lambda page, scene: visit(page, "/en/nothing/"),
    "405": lambda page, scene: visit(page, "/language/"),
    "refusal": lambda page, scene: visit(page, "/en/courses/?level=expert"),
}
SIGNED_IN: dict[str, Callable[[Page, Scene], None]] = {
    "home, signed in": lambda page, scene: visit(page, "/en/"),
    "catalogue, signed in": lambda page, scene: visit(page, "/en/courses/"),
    "course, half-way": lambda page, scene: visit(page, scene.market.anchors.url),
    "course, finished": lambda page, scene: visit(page, scene.market.claims.url),
    "course, end": lambda page, scene: visit(page, f"/courses/en/{scene.market.claims.translation_key}/done/"),
    "lesson with every block": answered,
    "lesson, outline open": outline_open,
    "lesson, done": lambda page, scene: visit(page, scene.market.anchor_lessons[0].url),
    "certificate, one's own": lambda page, scene: visit(page, f"/certificates/{scene.certificate.reference}/"),
    "certificate, revoked": lambda page, scene: visit(page, scene.revoked()),
    "dashboard": lambda page, scene: visit(page, "/dashboard/"),
    "dashboard, first day": first_day,
    "welcome": lambda page, scene: visit(page, "/welcome/"),
    "profile": with_a_message,
    "e-mail address": lambda page, scene: visit(page, "/accounts/email/"),
    "sign out": lambda page, scene: visit(page, "/accounts/logout/"),
}


@pytest.mark.parametrize("name", [*SIGNED_OUT, *SIGNED_IN])
def test_a_page_is_for_everyone(page_at: Callable[..., Page], scene: Scene, name: str) -> None:
    page = page_at(PHONE, person=scene.person if name in SIGNED_IN else None)
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    (SIGNED_OUT | SIGNED_IN)[name](page, scene)
    page.wait_for_load_state("load")

    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        settled(page)
        assert violations(page) == [], scheme

    page.set_viewport_size({"width": NARROW, "height": 640})
    settled(page)
    assert overflowing(page) == []
    assert {host for host in hosts if host} == {urlsplit(page.url).netloc}
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    if name == "catalogue, a request failed":
        page.faults.clear()  # type: ignore[attr-defined]


def violations(page: Page) -> list[str]:
    """What axe finds, each with the elements that it finds it in."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {', '.join(node['html'][:120] for node in each['nodes'][:3])}" for each in found]


def overflowing(page: Page) -> list[str]:
    """What makes the page wider than its window, leaving out what scrolls inside a box of its own."""
    return page.evaluate(
        """() => {
            const wide = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= wide) return [];
            const boxed = (found) => found && found !== document.body &&
                (/auto|scroll|hidden|clip/.test(getComputedStyle(found).overflowX) || boxed(found.parentElement));
            return [...document.querySelectorAll("body *")]
                .filter((each) => each.getBoundingClientRect().right > wide + 0.5 && !boxed(each.parentElement))
                .map((each) => each.outerHTML.slice(0, 120)).concat(`${document.documentElement.scrollWidth} px`);
        }"""
    )


def test_axe_would_find_something(page_at: Callable[..., Page], scene: Scene) -> None:
    """The net holds: a picture without words and a text that is too pale are found, and a wide box is."""
    page = page_at(PHONE)
    page.goto("/en/")
    page.evaluate(
        """() => document.querySelector("main").insertAdjacentHTML("beforeend", "<img src='/static/img/favicon.svg'>")"""
    )
    page.evaluate(
        """() => {
            const pale = document.querySelector("main").appendChild(document.createElement("p"));
            pale.textContent = "pale";
            pale.style.color = "#eee";
            pale.style.background = "#fff";
            pale.style.width = "2000px";
        }"""
    )
    found = {each.partition(":")[0] for each in violations(page)}
    assert {"image-alt", "color-contrast"} <= found
    assert overflowing(page) != []
    page.faults.clear()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["home", "course", "lesson, signed out", "policies", "sign in"])
def test_a_page_can_be_read_with_text_at_400_percent(page_at: Callable[..., Page], scene: Scene, name: str) -> None:
    """1280 px at 400 % is 320 px wide and 256 px high: nothing is cut off, and what is fixed leaves room to read."""
    page = page_at(NARROW)
    page.set_viewport_size({"width": NARROW, "height": 256})
    SIGNED_OUT[name](page, scene)
    assert overflowing(page) == []
    covered = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter((each) => ["fixed", "sticky"].includes(getComputedStyle(each).position) && each.offsetHeight > 0)
            .filter((each) => !each.matches(".skip, [aria-hidden=true], :not(:popover-open)[popover]"))
            .reduce((sum, each) => sum + each.offsetHeight, 0)"""
    )
    assert covered < 256 / 2
