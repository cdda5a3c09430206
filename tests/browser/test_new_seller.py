"""A new seller on a phone: signs up, finds a course, learns it to its end; then anyone checks the certificate."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.learning.models import Certificate, Completion, Enrolment
from tests.browser.conftest import DESK, PHONE
from tests.browser.scenes import full_lesson
from tests.factories.catalog import Market
from tests.screens import code_in_mail


def press(page: Page, name: str) -> None:
    """The button of this name in the text of the page."""
    page.locator("main").get_by_role("button", name=name, exact=True).click()


def go(page: Page, name: str) -> None:
    """The link of this name in the text of the page."""
    page.locator("main").get_by_role("link", name=name, exact=True).click()


def sees(page: Page, title: str) -> None:
    """The page of this heading has come."""
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_from_the_front_door_to_a_certificate_that_anyone_can_check(
    page_at: Callable[..., Page], market: Market, javascript: bool
) -> None:
    full_lesson(market)
    page = page_at(PHONE, javascript=javascript, timezone_id="Asia/Makassar")
    page.goto("/")
    go(page, "Start learning")
    page.get_by_label("Your name").fill("Sari Dewi")
    page.get_by_label("mail").fill("sari@example.com")
    page.get_by_label("Password").fill("pin-it-before-you-speak")
    press(page, "Create the account")
    sees(page, "Enter the code")
    page.get_by_label("Code").fill(code_in_mail())
    press(page, "Confirm")
    sees(page, "Two ways to sell")
    page.get_by_label("Both routes").check()
    press(page, "Continue")
    sees(page, "Hello, Sari")

    # The catalogue, narrowed; without scripts by a button.
    page.get_by_role("navigation", name="Places").get_by_role("link", name="Learn").click()
    sees(page, "Courses")
    expect(page.locator(".entry__title")).to_have_text(["Product anchors", "Claims"])
    page.wait_for_load_state("networkidle")
    page.get_by_label("Route").select_option("self_selling")
    if not javascript:
        press(page, "Show these courses")
    expect(page.locator(".entry__title")).to_have_text(["Product anchors"])
    empty = "" if javascript else "subject=&", "" if javascript else "&level=&language="
    expect(page).to_have_url("/en/courses/?{}route=self_selling{}".format(*empty))
    page.reload()
    expect(page.locator(".entry__title")).to_have_text(["Product anchors"])
    go(page, "Product anchors")

    press(page, "Enrol and begin")
    for title in ("On a short video", "On a live", "After the live"):
        sees(page, title)
        press(page, "Mark complete and continue")

    # The last lesson holds a question to oneself.
    sees(page, "With everything")
    page.get_by_label("At the end").check()
    press(page, "See if that is right")
    expect(page.locator(".answer")).to_contain_text("Not quite")
    expect(page.locator(".answer")).to_contain_text("The right answer: Before I speak")
    if javascript:
        assert page.url.endswith("/everything/"), "no page is left for an answer"
        page.get_by_label("Before I speak").check()
        press(page, "See if that is right")
        expect(page.locator(".answer--right")).to_contain_text("The button is there when interest is.")
    else:
        go(page, "Back to the lesson")
        sees(page, "With everything")
    press(page, "Mark complete and continue")

    expect(page.locator("main")).to_contain_text("You have completed every lesson.")
    go(page, "See your certificate")
    sees(page, "Your certificate is valid")
    person = User.objects.get()
    assert person.chosen_route == "both"
    assert person.zone == ("Asia/Makassar" if javascript else "America/Los_Angeles"), "the browser's, or the usual one"
    assert Completion.objects.filter(person=person).count() == 4
    certificate = Certificate.objects.get(person=person)
    assert (certificate.name, certificate.course_title) == ("Sari Dewi", "Product anchors")

    # Somebody else, signed out, types the reference from the paper.
    reference = page.locator(".sheet dd").nth(1).inner_text()
    anyone = page_at(DESK, javascript=javascript)
    anyone.goto("/certificates/")
    anyone.get_by_label("Reference").fill(reference.lower())
    press(anyone, "Check it")
    sees(anyone, "This certificate is valid")
    expect(anyone.locator("main")).to_contain_text("Sari Dewi finished the course “Product anchors”")


def test_an_indonesian_seller_never_meets_an_english_button(page_at: Callable[..., Page], market: Market) -> None:
    page = page_at(PHONE, language="id")
    page.goto("/")
    expect(page).to_have_url("/id/")
    assert page.locator("html").get_attribute("lang") == "id"
    page.goto("/id/courses/anchors/a1/")
    sees(page, "Di video pendek")
    shown = page.locator("main").inner_text()
    assert "Sign in" not in shown
    assert "Create an account" not in shown
    assert not Enrolment.objects.exists()
