"""The quiz of a course in the hand: failed, read again, passed; by two clicks, back and forth, and without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.catalog.models import CoursePage
from apps.learning import services
from apps.learning.models import Certificate
from apps.quizzes.models import Attempt
from tests.browser.conftest import DESK, PHONE
from tests.browser.scenes import tab_to
from tests.browser.test_every_page import check_for_everyone
from tests.factories import AT
from tests.factories.catalog import Market, give_quiz
from tests.factories.quizzes import answers_of

LOOK, SUBMIT = "Look over my answers", "Submit my answers"


@pytest.fixture
def course(market: Market, person: User) -> CoursePage:
    """The course on claims, of which Ayu has but the last lesson and the quiz to do; there is no pause."""
    give_quiz(market.claims, quiz_pause_minutes=0)
    for lesson in market.claim_lessons[:2]:
        services.complete_lesson(person=person, lesson=market.reading(lesson), at=AT)
    return market.claims


def title(page: Page, words: str) -> None:
    """The page of this heading has come."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def choose(page: Page, *, wrong: int = 0) -> None:
    """Choose the right answers of the open try, but for the first so many questions."""
    for number, (field, right) in enumerate(answers_of(Attempt.objects.open().get()).items()):
        options = page.locator(f"#{field} input")
        values = [each.get_attribute("value") for each in options.all()]
        value = next(each for each in values if (each in right) == (number >= wrong))
        page.locator(f"#{field}-{value}").check()


def to_the_questions(page: Page, market: Market) -> None:
    """Finish the last lesson, and begin the quiz that it leads to."""
    page.goto(market.claim_lessons[2].url)
    page.get_by_role("button", name="Mark complete and continue").click()
    title(page, "The quiz of this course")
    page.get_by_role("button", name="Begin the quiz").click()
    title(page, "3 questions")


def test_on_a_phone_it_is_failed_its_lesson_read_again_and_passed(
    page_at: Callable[..., Page], market: Market, person: User, course: CoursePage
) -> None:
    page = page_at(PHONE, person=person)
    to_the_questions(page, market)
    check_for_everyone(page)

    page.set_viewport_size({"width": PHONE, "height": 844})
    choose(page, wrong=1)
    page.get_by_role("button", name=LOOK).click()
    title(page, "Look over your answers")
    page.get_by_role("button", name=SUBMIT).click()
    title(page, "Not passed yet: 2 of 3 right")
    check_for_everyone(page)

    page.set_viewport_size({"width": PHONE, "height": 844})
    missed = Attempt.objects.get().drawn.get(position=1).version
    page.locator(".quiz__again").get_by_role("link", name=missed.cited_title).click()
    title(page, missed.cited_title)
    page.get_by_role("link", name="Go to the quiz").click()
    page.get_by_role("button", name="Try again").click()
    title(page, "3 questions")
    choose(page)
    page.get_by_role("button", name=LOOK).click()
    page.get_by_role("button", name=SUBMIT).click()
    title(page, "Passed: 3 of 3 right")
    check_for_everyone(page)
    page.set_viewport_size({"width": PHONE, "height": 844})
    page.get_by_role("link", name="See your certificate").click()
    title(page, "Your certificate is valid")
    assert Certificate.objects.get().person == person


def test_without_javascript_it_is_the_same(
    page_at: Callable[..., Page], market: Market, person: User, course: CoursePage
) -> None:
    page = page_at(PHONE, person=person, javascript=False)
    to_the_questions(page, market)
    page.locator("fieldset").nth(1).get_by_role("radio").first.check()
    chosen = page.locator("input:checked").get_attribute("id")
    page.get_by_role("button", name=LOOK).click()
    expect(page.locator(".summary-of-errors h2")).to_have_text("2 questions are not answered")
    expect(page.locator(f"#{chosen}")).to_be_checked()
    page.locator(".summary-of-errors").get_by_role("link").first.click()
    first = page.locator("fieldset").first
    assert page.url.endswith(f"#{first.get_attribute('id')}")

    choose(page)
    page.get_by_role("button", name=LOOK).click()
    page.get_by_role("button", name="Change an answer").click()
    expect(page.locator("input:checked")).to_have_count(3)
    page.get_by_role("button", name=LOOK).click()
    page.get_by_role("button", name=SUBMIT).click()
    title(page, "Passed: 3 of 3 right")
    assert Certificate.objects.count() == 1


def test_two_clicks_and_the_back_button_make_one_try_with_one_result(
    page_at: Callable[..., Page], market: Market, person: User, course: CoursePage
) -> None:
    page = page_at(PHONE, person=person)
    page.goto(market.claim_lessons[2].url)
    page.get_by_role("button", name="Mark complete and continue").click()
    title(page, "The quiz of this course")
    page.get_by_role("button", name="Begin the quiz").dblclick()
    title(page, "3 questions")
    assert Attempt.objects.count() == 1

    choose(page)
    page.get_by_role("button", name=LOOK).click()
    title(page, "Look over your answers")
    page.go_back()
    title(page, "3 questions")
    expect(page.locator("input:checked")).to_have_count(3)
    page.get_by_role("button", name=LOOK).click()
    title(page, "Look over your answers")
    page.get_by_role("button", name=SUBMIT).dblclick()
    title(page, "Passed: 3 of 3 right")
    assert Attempt.objects.submitted().count() == 1
    assert Certificate.objects.count() == 1

    # Back to the questions: whatever is sent from there leads to the result that stands.
    page.goto(page.url)
    title(page, "Passed: 3 of 3 right")
    assert Attempt.objects.count() == 1


def test_by_keyboard_alone(page_at: Callable[..., Page], market: Market, person: User, course: CoursePage) -> None:
    services.complete_lesson(person=person, lesson=market.reading(market.claim_lessons[2]), at=AT)
    page = page_at(DESK, person=person)
    page.goto(f"/courses/en/{course.translation_key}/quiz/")
    tab_to(page, "Begin the quiz")
    page.keyboard.press("Enter")
    title(page, "3 questions")
    for question in page.locator("fieldset").all():
        words = question.locator("label").first.inner_text()
        tab_to(page, words)
        page.keyboard.press("Space")
    expect(page.locator("input:checked")).to_have_count(3)
    tab_to(page, LOOK)
    page.keyboard.press("Enter")
    title(page, "Look over your answers")
    tab_to(page, SUBMIT)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Every answer explained")).to_be_visible()
