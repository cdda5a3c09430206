"""Standing on the phone: a violation comes in, its rule is read, practised, passed; the gauge moves."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.compliance.enums import CapPeriod, CapScope
from apps.compliance.models import Violation, ViolationType
from apps.compliance.rules.programme import Cap
from apps.compliance.services.violations import issue_violation
from apps.core.clock import now
from apps.quizzes.models import Attempt
from tests.browser.conftest import DESK, PHONE
from tests.browser.scenes import tab_to
from tests.browser.test_course_quiz import LOOK, SUBMIT, choose, title
from tests.browser.test_every_page import check_for_everyone
from tests.factories.accounts import SellerFactory
from tests.factories.catalog import Market
from tests.factories.compliance import ViolationTypeFactory, evidence, set_programme


@pytest.fixture(autouse=True)
def own_address(settings: Any, live_server: Any) -> None:
    """Links in letters lead to this server."""
    settings.BASE_URL = live_server.url


@pytest.fixture
def kind(market: Market, person: User) -> ViolationType:
    """Exaggerated effects, of which a quiz takes one point off in five days; Ayu has a shop without any so far."""
    set_programme("US", credit_cap=Cap(1, CapScope.QUIZ, CapPeriod.ROLLING, days=5), since=now() - timedelta(days=1))
    SellerFactory(code="AYU-01", shop_name="Ayu Lamps", person=person)
    lesson = market.claim_lessons[0]
    return ViolationTypeFactory(code="V02", questions=7, policy_page=market.policy, section="1.1", lesson_page=lesson)


def comes_in(kind: ViolationType, person: User) -> Violation:
    """A violation is reported now."""
    about, at = evidence(content_title="Evening live", content_at_seconds=734), now()
    return issue_violation(seller=person.seller, kind=kind, evidence=about, issued_at=at, at=at, by=None)


def filled(page: Page) -> float:
    """How far the gauge is filled, in percent."""
    return float((page.locator(".gauge__filled").get_attribute("width") or "").removesuffix("%"))


@pytest.mark.parametrize("javascript", [True, False])
def test_on_a_phone_from_the_letter_to_the_point(
    page_at: Callable[..., Page], market: Market, person: User, kind: ViolationType, javascript: bool
) -> None:
    page = page_at(PHONE, person=person, javascript=javascript)
    page.goto("/standing/")
    expect(page.get_by_role("heading", name="A clean record")).to_be_visible()
    violation = comes_in(kind, person)

    # The letter leads to the violation, the violation to its rule.
    page.goto("/letters/")
    page.get_by_role("link", name="A violation was recorded: Exaggerated effect").first.click()
    page.locator(f"main a[href$='/standing/violations/{violation.reference}/']").first.click()
    title(page, "Exaggerated effect")
    page.get_by_role("link", name="Read section 1.1").click()
    title(page, market.policy.title)

    # Practice, which takes nothing.
    page.get_by_role("link", name="Standing", exact=True).click()
    before = filled(page)
    page.get_by_role("link", name="Practise").click()
    page.get_by_role("button", name="Begin to practise").click()
    title(page, "Practice: 3 questions")
    choose(page, wrong=1)
    page.get_by_role("button", name=LOOK).click()
    page.get_by_role("button", name=SUBMIT).click()
    title(page, "Practice: 2 of 3 right")

    # In earnest.
    page.get_by_role("link", name="See your standing").click()
    assert filled(page) == before
    expect(page.locator(".promise")).to_contain_text("A pass now takes 1 point off.")
    page.get_by_role("link", name="To the quiz").click()
    page.get_by_role("button", name="Begin the quiz").click()
    title(page, "3 questions")
    choose(page)
    page.get_by_role("button", name=LOOK).click()
    page.get_by_role("button", name=SUBMIT).click()
    title(page, "Passed: 3 of 3 right")
    expect(page.get_by_role("heading", name="1 point taken off")).to_be_visible()
    page.get_by_role("link", name="See your standing").click()
    expect(page.locator(".ledger > li").first).to_contain_text("Quiz passed")
    expect(page.locator(".stand__number")).to_have_text("3")
    assert filled(page) < before

    # The second of the type says before the start that a pass takes nothing now, and from when it does.
    second = comes_in(kind, person)
    page.goto(f"/standing/violations/{second.reference}/quiz/")
    expect(page.locator(".promise")).to_contain_text("A pass takes no point off now.")
    expect(page.locator(".promise")).to_contain_text("it does again.")
    if javascript:
        check_for_everyone(page)


def test_by_keyboard_alone(page_at: Callable[..., Page], market: Market, person: User, kind: ViolationType) -> None:
    violation = comes_in(kind, person)
    page = page_at(DESK, person=person)
    page.goto("/standing/")
    tab_to(page, f"To the quiz : Exaggerated effect, {violation.reference}")
    page.keyboard.press("Enter")
    title(page, "The quiz of this violation")
    tab_to(page, "Begin the quiz")
    page.keyboard.press("Enter")
    title(page, "3 questions")
    for question in page.locator("fieldset").all():
        tab_to(page, question.locator("label").first.inner_text())
        page.keyboard.press("Space")
    tab_to(page, LOOK)
    page.keyboard.press("Enter")
    title(page, "Look over your answers")
    tab_to(page, SUBMIT)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Every answer explained")).to_be_visible()


def test_two_clicks_make_one_attempt_and_one_point(
    page_at: Callable[..., Page], market: Market, person: User, kind: ViolationType
) -> None:
    violation = comes_in(kind, person)
    page = page_at(PHONE, person=person)
    page.goto(f"/standing/violations/{violation.reference}/quiz/")
    page.get_by_role("button", name="Begin the quiz").dblclick()
    title(page, "3 questions")
    assert Attempt.objects.count() == 1
    choose(page)
    page.get_by_role("button", name=LOOK).click()
    title(page, "Look over your answers")
    page.get_by_role("button", name=SUBMIT).dblclick()
    title(page, "Passed: 3 of 3 right")
    assert list(violation.entries.order_by("pk").values_list("delta", flat=True)) == [4, -1]
