"""A lesson in the hand: comes back where one stopped, by keyboard, twice, in two tabs, on a bad line."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from apps.accounts.models import User
from apps.accounts.services import choose_route
from apps.catalog.models import LessonPage
from apps.learning import services
from apps.learning.models import Completion, Enrolment
from apps.web.models import HelpRequest
from tests.browser.conftest import DESK, PHONE
from tests.browser.scenes import LINES, eventually, full_lesson, tab_to
from tests.factories import AT
from tests.factories.accounts import PASSWORD
from tests.factories.catalog import LessonFactory, Market, stream

COMPLETE = "Mark complete and continue"


@pytest.fixture
def enrolled(market: Market, person: User) -> User:
    """Ayu, who sells on both routes, in the course on anchors."""
    choose_route(person=person, route="both")
    services.enrol(person=person, course=market.reading(market.anchors), at=AT)
    return person


@pytest.fixture
def long_lesson(market: Market) -> LessonPage:
    """A lesson of ten long blocks."""
    blocks = [("text", f"<h2>Part {number}</h2>" + LINES * 6) for number in range(10)]
    return LessonFactory(parent=market.anchors, title="A long one", slug="long", body=stream(*blocks))


def title(page: Page, words: str) -> None:
    """The page of this heading has come."""
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def top_of(page: Page, block: str) -> float:
    """How far the block's top is from the top of the window."""
    return page.locator(f"#b-{block}").evaluate("found => found.getBoundingClientRect().top")


class TestComingBack:
    def test_leads_to_the_block_where_one_stopped(
        self, page_at: Callable[..., Page], enrolled: User, long_lesson: LessonPage
    ) -> None:
        block = long_lesson.body[6].id
        page = page_at(PHONE, person=enrolled)
        page.goto(long_lesson.url)
        page.locator(f"#b-{block}").evaluate("found => scrollTo(0, found.offsetTop + 20)")
        page.wait_for_function("() => scrollY > 500")
        page.goto("/en/courses/")
        eventually(page, lambda: Enrolment.objects.get().last_block == block)

        page.goto("/dashboard/")
        page.get_by_role("link", name="Continue").click()
        title(page, "A long one")
        expect(page.get_by_text("You are back where you stopped.")).to_be_visible()
        assert page.evaluate("scrollY") > 500
        assert -50 < top_of(page, block) < 300
        page.get_by_role("button", name="Go to the top").click()
        page.wait_for_function("() => scrollY === 0")
        assert page.evaluate("document.activeElement.id") == "main"
        expect(page.get_by_text("You are back where you stopped.")).to_have_count(0)

    def test_without_javascript_a_link_leads_there(
        self, page_at: Callable[..., Page], enrolled: User, market: Market, long_lesson: LessonPage
    ) -> None:
        block = long_lesson.body[6].id
        services.keep_place(person=enrolled, lesson=market.reading(long_lesson), block=block, at=AT)
        page = page_at(PHONE, person=enrolled, javascript=False)
        page.goto(long_lesson.url)
        page.get_by_role("link", name="Continue where you stopped").click()
        expect(page).to_have_url(f"{long_lesson.url}#b-{block}")
        assert -50 < page.locator(f"#b-{block}").bounding_box()["y"] < 300

    def test_a_page_loaded_anew_stays_where_it_is(
        self, page_at: Callable[..., Page], enrolled: User, market: Market, long_lesson: LessonPage
    ) -> None:
        """Only a visit is led to the place; who reloads at the top is not thrown down the page."""
        block = long_lesson.body[6].id
        page = page_at(PHONE, person=enrolled)
        page.goto(long_lesson.url)
        services.keep_place(person=enrolled, lesson=market.reading(long_lesson), block=block, at=AT)
        page.reload()
        title(page, "A long one")
        assert page.evaluate("scrollY") == 0


class TestByKeyboard:
    def test_a_lesson_is_learnt_without_a_mouse(
        self, page_at: Callable[..., Page], enrolled: User, market: Market
    ) -> None:
        lesson = full_lesson(market)
        page = page_at(DESK, person=enrolled)
        page.goto(lesson.url)
        page.keyboard.press("Tab")
        skip = page.locator(".skip")
        expect(skip).to_be_focused()
        assert skip.bounding_box()["y"] >= 0, "the skip link comes into sight"
        page.keyboard.press("Enter")
        page.wait_for_function("() => document.activeElement.id === 'main'")

        tab_to(page, "Before I speak")
        page.keyboard.press("Space")
        expect(page.get_by_label("Before I speak")).to_be_checked()
        tab_to(page, "See if that is right")
        page.keyboard.press("Enter")
        expect(page.locator(".answer--right")).to_be_visible()
        assert page.evaluate("document.activeElement.innerText.trim()") == "See if that is right"
        tab_to(page, COMPLETE)
        page.keyboard.press("Enter")
        title(page, "On a short video")
        assert Completion.objects.get().lesson_key == lesson.translation_key

    def test_n_and_p_turn_the_page(self, page_at: Callable[..., Page], enrolled: User, market: Market) -> None:
        page = page_at(DESK, person=enrolled)
        page.goto(market.anchor_lessons[0].url)
        page.keyboard.press("n")
        title(page, "On a live")
        page.keyboard.press("n")
        title(page, "After the live")
        page.keyboard.press("p")
        title(page, "On a live")
        page.keyboard.press("Control+p")
        page.keyboard.press("Alt+p")
        title(page, "On a live")

    def test_n_typed_into_a_field_turns_nothing(
        self, page_at: Callable[..., Page], enrolled: User, market: Market
    ) -> None:
        lesson = full_lesson(market)
        page = page_at(DESK, person=enrolled)
        page.goto(lesson.url)
        page.get_by_label("Before I speak").focus()
        page.keyboard.press("p")
        page.wait_for_function("() => document.readyState === 'complete'")
        title(page, "With everything")

    def test_signing_in_and_enrolling(self, page_at: Callable[..., Page], market: Market, person: User) -> None:
        page = page_at(DESK)
        page.goto(market.anchors.url)
        tab_to(page, "Sign in and enrol")
        page.keyboard.press("Enter")
        title(page, "Sign in")
        tab_to(page, page.locator("label[for=id_login]").inner_text())
        page.keyboard.type(person.email)
        tab_to(page, "Password")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        title(page, "Product anchors")
        tab_to(page, "Enrol and begin")
        page.keyboard.press("Enter")
        title(page, "On a short video")
        assert Enrolment.objects.get().person == person

    def test_the_outline_on_a_phone_opens_and_closes(
        self, page_at: Callable[..., Page], enrolled: User, market: Market
    ) -> None:
        page = page_at(PHONE, person=enrolled)
        page.goto(market.anchor_lessons[0].url)
        outline = page.locator("#outline")
        expect(outline).not_to_be_visible()
        tab_to(page, "Outline")
        page.keyboard.press("Enter")
        expect(outline).to_be_visible()
        page.keyboard.press("Escape")
        expect(outline).not_to_be_visible()
        assert page.evaluate("document.activeElement.innerText.trim()") == "Outline"


class TestTwice:
    def test_a_double_click_is_one_act(self, page_at: Callable[..., Page], enrolled: User, market: Market) -> None:
        page = page_at(PHONE, person=enrolled)
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        page.goto(market.anchor_lessons[0].url)
        page.get_by_role("button", name=COMPLETE).dblclick()
        title(page, "On a live")
        assert len([url for url in sent if url.endswith("/complete/")]) == 1
        assert Completion.objects.get().lesson_title == "On a short video"

    def test_a_plain_form_is_sent_once(self, page_at: Callable[..., Page], enrolled: User) -> None:
        page = page_at(PHONE, person=enrolled)
        page.goto("/profile/")
        stopped = page.evaluate(
            """() => {
                const stopped = [];
                addEventListener("submit", (event) => stopped.push(event.defaultPrevented));
                const save = document.querySelector("main form.form .button");
                save.click();
                save.click();
                return stopped;
            }"""
        )
        assert stopped == [False, True]
        expect(page.locator(".message--success")).to_be_visible()

    def test_the_back_button_after_completing_harms_nothing(
        self, page_at: Callable[..., Page], enrolled: User, market: Market
    ) -> None:
        page = page_at(PHONE, person=enrolled)
        page.goto(market.anchor_lessons[0].url)
        page.get_by_role("button", name=COMPLETE).click()
        title(page, "On a live")
        page.go_back()
        title(page, "On a short video")
        onwards = page.locator(".lesson__end").locator("button, a.button").first
        assert onwards.get_attribute("aria-busy") is None
        onwards.click()
        title(page, "On a live")
        assert Completion.objects.count() == 1

    def test_a_second_tab_that_is_stale_goes_on_too(
        self, page_at: Callable[..., Page], enrolled: User, market: Market
    ) -> None:
        first = page_at(PHONE, person=enrolled)
        first.goto(market.anchor_lessons[0].url)
        second = first.context.new_page()
        second.goto(market.anchor_lessons[0].url)
        first.get_by_role("button", name=COMPLETE).click()
        title(first, "On a live")
        first.get_by_role("button", name=COMPLETE).click()
        title(first, "After the live")
        second.get_by_role("button", name=COMPLETE).click()
        title(second, "After the live")
        assert Completion.objects.count() == 2


class TestASessionThatEnded:
    def test_leads_through_sign_in_back_to_the_lesson(
        self, page_at: Callable[..., Page], enrolled: User, market: Market
    ) -> None:
        page = page_at(PHONE, person=enrolled)
        page.goto(market.anchor_lessons[0].url)
        page.context.clear_cookies(name="sessionid")
        page.get_by_role("button", name=COMPLETE).click()
        title(page, "Sign in")
        expect(page.locator("#messages")).to_contain_text("You were signed out. Sign in to go on where you were.")
        page.locator("[name=login]").fill(enrolled.email)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
        title(page, "On a short video")
        page.get_by_role("button", name=COMPLETE).click()
        title(page, "On a live")
        assert Completion.objects.get().person == enrolled

    def test_loses_no_question_that_was_typed(self, page_at: Callable[..., Page], market: Market, person: User) -> None:
        page = page_at(PHONE, person=person)
        page.goto("/help/")
        page.get_by_label("Your question").fill("Where is my certificate?")
        page.get_by_label("What is it about?").select_option("courses")
        page.context.clear_cookies(name="sessionid")
        page.get_by_role("button", name="Send the question").click()
        title(page, "Your question is with us")
        assert HelpRequest.objects.get().text == "Where is my certificate?"

    def test_and_a_token_that_changed_leaves_the_text_in_the_form(
        self, page_at: Callable[..., Page], market: Market, person: User
    ) -> None:
        """Typed signed out, signed in meanwhile in another tab: the form is refused, and going back it is all there."""
        page = page_at(PHONE)
        page.goto("/help/")
        page.get_by_label("Your e-mail").fill("ayu@example.com")
        page.get_by_label("Your question").fill("Where is my certificate?")
        other = page.context.new_page()
        other.goto("/accounts/login/")
        other.locator("[name=login]").fill(person.email)
        other.locator("[name=password]").fill(PASSWORD)
        other.locator("main").get_by_role("button", name="Sign in", exact=True).click()
        title(other, "Hello, Ayu")
        page.get_by_role("button", name="Send the question").click()
        title(page, "This form had lain open too long")
        page.go_back()
        expect(page.get_by_label("Your question")).to_have_value("Where is my certificate?")
        assert not HelpRequest.objects.exists()


class TestABadLine:
    def held(self, page: Page, pattern: str) -> list[Route]:
        """Requests of this kind wait until they are let go."""
        waiting: list[Route] = []
        page.route(pattern, lambda route: waiting.append(route))
        return waiting

    def test_a_slow_filter_says_that_it_works(self, page_at: Callable[..., Page], market: Market) -> None:
        page = page_at(PHONE)
        page.goto("/en/courses/")
        waiting = self.held(page, "**/en/courses/?*")
        page.get_by_label("Route").select_option("self_selling")
        page.wait_for_selector("html[data-working]")
        expect(page.locator("#announcer")).to_have_text("Working on it…")
        expect(page.locator(".entry__title")).to_have_text(["Product anchors", "Claims"])
        waiting[0].continue_()
        expect(page.locator(".entry__title")).to_have_text(["Product anchors"])
        page.wait_for_selector("html:not([data-working])")
        expect(page.locator("#announcer")).to_have_text("1 course")

    def test_a_quick_one_says_nothing(self, page_at: Callable[..., Page], market: Market) -> None:
        page = page_at(PHONE)
        page.goto("/en/courses/")
        page.evaluate(
            "new MutationObserver(() => (window.worked = true)).observe(document.documentElement,"
            " {attributes: true, attributeFilter: ['data-working']})"
        )
        page.route("**/en/courses/?*", lambda route: route.fulfill(body='<div id="results">quick</div>'))
        page.get_by_label("Route").select_option("self_selling")
        expect(page.locator("#results")).to_have_text("quick")
        assert page.evaluate("window.worked") is None

    def test_a_slow_form_says_that_it_works(self, page_at: Callable[..., Page], enrolled: User, market: Market) -> None:
        page = page_at(PHONE, person=enrolled)
        page.goto(market.anchor_lessons[0].url)
        waiting = self.held(page, "**/complete/")
        page.get_by_role("button", name=COMPLETE).click(no_wait_after=True)
        page.wait_for_selector("html[data-working]")
        waiting[0].continue_()
        title(page, "On a live")

    @pytest.mark.parametrize("how", ["no answer", "an answer of 500"])
    def test_a_failing_request_says_so_and_keeps_the_choice(
        self, page_at: Callable[..., Page], market: Market, how: str
    ) -> None:
        page = page_at(PHONE)
        page.goto("/en/courses/")
        fails = {
            "no answer": lambda route: route.abort(),
            "an answer of 500": lambda route: route.fulfill(status=500, body="<h1>broken</h1>"),
        }
        page.route("**/en/courses/?*", fails[how])
        page.get_by_label("Route").select_option("self_selling")
        expect(page.locator("#messages .message--error")).to_have_text(
            "That did not work. Nothing you typed is lost. Please try again."
        )
        expect(page.get_by_label("Route")).to_have_value("self_selling")
        expect(page.locator(".entry__title")).to_have_text(["Product anchors", "Claims"])
        page.unroute("**/en/courses/?*")
        page.get_by_label("Level").select_option("beginner")
        expect(page.locator(".entry__title")).to_have_text(["Product anchors"])
        page.faults.clear()  # type: ignore[attr-defined]

    def test_offline_says_so(self, page_at: Callable[..., Page], market: Market) -> None:
        page = page_at(PHONE)
        page.goto("/en/courses/")
        page.context.set_offline(True)
        page.get_by_label("Route").select_option("self_selling")
        expect(page.locator("#messages .message--error")).to_contain_text("There is no connection right now.")
        page.context.set_offline(False)
        page.faults.clear()  # type: ignore[attr-defined]

    def test_a_refusal_is_told_and_what_was_chosen_stays(self, page_at: Callable[..., Page], market: Market) -> None:
        page = page_at(PHONE)
        page.goto("/en/courses/")
        page.get_by_label("Level").evaluate("found => found.add(new Option('Expert', 'expert'))")
        page.get_by_label("Level").select_option("expert")
        expect(page.locator("#messages")).to_contain_text("There is no level “expert”.")
        expect(page.locator(".entry__title")).to_have_text(["Product anchors", "Claims"])
        expect(page.get_by_label("Level")).to_have_value("expert")


class TestTheListsHistory:
    def test_the_back_button_undoes_a_filter(self, page_at: Callable[..., Page], market: Market) -> None:
        page = page_at(DESK)
        page.goto("/en/courses/")
        page.get_by_role("link", name="Self-selling").click()
        expect(page.locator(".entry__title")).to_have_text(["Product anchors"])
        expect(page).to_have_url("/en/courses/?route=self_selling")
        assert page.evaluate("document.activeElement.id") == "filter-route-self_selling", "the focus stays"
        page.go_back()
        expect(page.locator(".entry__title")).to_have_text(["Product anchors", "Claims"])
        expect(page).to_have_url("/en/courses/")
        title(page, "Courses")
