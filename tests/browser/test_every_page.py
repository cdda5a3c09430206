"""Every kind of page in a real browser: axe finds nothing, light or dark; nothing runs over at 320 px; nothing
comes from elsewhere; the console stays empty.
"""

import shutil
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from apps.accounts.models import Seller
from apps.compliance.models import Violation
from apps.compliance.services.attempts import start_practice, start_quiz, submit_quiz
from apps.compliance.services.violations import issue_violation
from apps.core.clock import now
from apps.learning import services
from apps.learning.services.changes import tell_learners
from apps.quizzes.models import Attempt
from apps.quizzes.services import submit_attempt
from tests.browser.conftest import PHONE
from tests.browser.scenes import Scene, settled
from tests.conftest import databases_key
from tests.factories import AT
from tests.factories.accounts import PASSWORD
from tests.factories.catalog import CourseFactory, LessonFactory, Market, give_quiz, stream
from tests.factories.compliance import ViolationTypeFactory, evidence, violation_of
from tests.factories.policies import change_policy, section
from tests.factories.quizzes import QuestionFactory, answers_of
from tests.factories.sign_in import READABLE_CREDENTIAL, set_up_app

NARROW = 320


@pytest.fixture
def scene(settings: Any, pytestconfig: pytest.Config) -> Scene:
    """The market, full, with its files."""
    shutil.copytree(pytestconfig.stash[databases_key].files_of_scene, settings.MEDIA_ROOT)
    return Scene()


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


def asked_for(page: Page, scene: Scene) -> None:
    """A lesson done before that the reader is asked to do again, saved and found not quite clear."""
    lesson = scene.market.reading(scene.market.claim_lessons[0])
    services.assign_lesson(person=scene.person, lesson_key=lesson.key, reason="Your LIVE of today.", at=AT, by=None)
    services.save_lesson(person=scene.person, lesson=lesson, at=AT)
    services.say_clarity(person=scene.person, lesson=lesson, is_clear=False, at=AT)
    page.goto(lesson.url)


def saved_lessons(page: Page, scene: Scene) -> None:
    """The list of saved lessons, one of them taken off since."""
    for lesson in scene.market.claim_lessons[:2]:
        services.save_lesson(person=scene.person, lesson=scene.market.reading(lesson), at=AT)
    scene.market.claim_lessons[1].unpublish()
    page.goto("/saved/")


def own_dashboard(page: Page, scene: Scene) -> None:
    """The dashboard with a goal, saved lessons and a lesson that is asked for."""
    asked_for(page, scene)
    services.choose_goal(person=scene.person, lessons=3, at=AT)
    page.goto("/dashboard/")


Visit = Callable[[Page, Scene], None]


def passkey_of(scene: Scene) -> int:
    """A passkey of Ayu's, as far as a list shows it."""
    data = {"name": "A phone with a name of very many letters", "credential": READABLE_CREDENTIAL}
    return Authenticator.objects.create(user=scene.person, type=Authenticator.Type.WEBAUTHN, data=data).pk


def with_app(page: Page, scene: Scene, path: str) -> None:
    """A page of who has an app with codes."""
    set_up_app(scene.person)
    page.goto(path)


def with_passkey(page: Page, scene: Scene, path: str) -> None:
    """A page of who has a passkey."""
    passkey_of(scene)
    page.goto(path)


def security(page: Page, scene: Scene) -> None:
    """The page Security with one of everything."""
    with scene.linked():
        passkey_of(scene)
        with_app(page, scene, "/security/")


def second_step(page: Page, scene: Scene) -> None:
    """The second step after a wrong code."""
    set_up_app(scene.person)
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(scene.person.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("[name=code]").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".summary-of-errors")).to_be_visible()


def old_address(page: Page, _scene: Scene) -> None:
    """Where the code from the old address is entered, after a wrong one."""
    page.goto("/accounts/email/")
    page.locator("[name=email]").fill("new@example.com")
    page.get_by_role("button", name="Change the address").click()
    page.locator("[name=code]").fill("WRONG1")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".summary-of-errors")).to_be_visible()


def shown_again(path: str, *, app: bool = False) -> Visit:
    """A page that asks first whether it is oneself."""

    def visit_it(page: Page, scene: Scene) -> None:
        if app:
            set_up_app(scene.person)
        page.goto(path.format(passkey=passkey_of(scene)) if "{passkey}" in path else path)
        page.locator("[name=password]").fill(PASSWORD)
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_role("heading", name="Is it you?")).to_have_count(0)

    return visit_it


def with_an_issuer(path: str) -> Visit:
    """A page that is there where the marketplace's accounts sign in."""

    def visit_it(page: Page, scene: Scene) -> None:
        with scene.linked():
            page.goto(path)

    return visit_it


def quiz_begun(scene: Scene) -> tuple[str, Attempt]:
    """The address of the quiz that the course on anchors asks, and a try of Ayu's."""
    give_quiz(scene.market.anchors)
    attempt = services.start_quiz(person=scene.person, course=scene.market.reading(scene.market.anchors), at=AT)
    return f"/courses/en/{scene.market.anchors.translation_key}/quiz/", attempt


def quiz_left(page: Page, scene: Scene) -> None:
    """A course whose lessons are done and whose quiz is left."""
    give_quiz(scene.market.anchors)
    for lesson in (*scene.market.anchor_lessons, scene.lesson):
        services.complete_lesson(person=scene.person, lesson=scene.market.reading(lesson), at=AT)
    page.goto(scene.market.anchors.url)
    expect(page.get_by_role("link", name="Go to the quiz")).to_be_visible()


def quiz_paused(page: Page, scene: Scene) -> None:
    """The page of a quiz in the pause after a try."""
    address, attempt = quiz_begun(scene)
    services.submit_quiz(attempt=attempt, answers={}, at=now())
    page.goto(address)
    expect(page.get_by_role("heading", name="Time to read again")).to_be_visible()


def quiz_unanswered(page: Page, scene: Scene) -> None:
    """The questions, of which two weren't answered."""
    address, attempt = quiz_begun(scene)
    page.goto(f"{address}{attempt.reference}/")
    page.locator("fieldset").first.get_by_role("radio").first.check()
    page.get_by_role("button", name="Look over my answers").click()
    expect(page.locator(".summary-of-errors")).to_be_visible()


def quiz_looked_over(page: Page, scene: Scene) -> None:
    """The answers before they are submitted."""
    address, attempt = quiz_begun(scene)
    page.goto(f"{address}{attempt.reference}/")
    for question in page.locator("fieldset").all():
        question.get_by_role("radio").first.check()
    page.get_by_role("button", name="Look over my answers").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look over your answers")


def quiz_passed(page: Page, scene: Scene) -> None:
    """The result of a try that passed."""
    address, attempt = quiz_begun(scene)
    services.submit_quiz(attempt=attempt, answers=answers_of(attempt), at=AT)
    page.goto(f"{address}{attempt.reference}/")


def quiz_failed(page: Page, scene: Scene) -> None:
    """The result of a try that didn't."""
    address, attempt = quiz_begun(scene)
    services.submit_quiz(attempt=attempt, answers={}, at=AT)
    page.goto(f"{address}{attempt.reference}/")


def policy_changed(scene: Scene, questions: int = 0) -> str:
    """Where Ayu reads what changed in the policy, on which there are so many questions."""
    body = stream(("policy_excerpt", {"policy": scene.market.policy.pk, "section": "1.1"}))
    lesson = LessonFactory(parent=scene.market.claims, title="Proof first", body=body)
    services.complete_lesson(person=scene.person, lesson=scene.market.reading(lesson), at=AT)
    for _number in range(questions):
        QuestionFactory(cited_page=scene.market.policy, cited_section="1.1")
    new = [
        section(
            "1.1", "Claims and their proof", "<p>Say what you can prove at once.</p><ul><li>Keep it a year</li></ul>"
        ),
        section("1.3", "Donaudampfschifffahrtsgesellschaftskapitänsmützen", "<p>Never.</p>"),
    ]
    change_policy(scene.market.policy, new, material="Proof is needed before the LIVE.")
    tell_learners(clock=now, until=now().replace(year=9999))
    return f"/changes/{scene.market.policy.translation_key}/"


def recheck_unanswered(page: Page, scene: Scene) -> None:
    """The re-check, of which a question wasn't answered."""
    page.goto(policy_changed(scene, questions=2))
    page.get_by_role("button", name="Begin the re-check").click()
    page.locator("fieldset").first.get_by_role("radio").first.check()
    page.get_by_role("button", name="See the answers").click()
    expect(page.locator(".summary-of-errors")).to_be_visible()


def recheck_done(page: Page, scene: Scene) -> None:
    """The answers of a re-check."""
    recheck_unanswered(page, scene)
    page.get_by_role("button", name="Go on without them").click()
    expect(page.get_by_role("heading", name="Every answer explained")).to_be_visible()


def changed_dashboard(page: Page, scene: Scene) -> None:
    """The dashboard with a policy that changed."""
    policy_changed(scene)
    page.goto("/dashboard/")
    expect(page.get_by_role("heading", name="Changed since you learned it")).to_be_visible()


def violated(scene: Scene, *, points: int = 4, questions: int = 4) -> Violation:
    """A violation of Ayu's shop, issued now, about a section of the market's policy, with a quiz and a lesson."""
    kind = ViolationTypeFactory(
        code="V02",
        questions=questions,
        policy_page=scene.market.policy,
        section="1.1",
        lesson_page=scene.market.claim_lessons[0],
    )
    about = evidence(content_title="Evening live", content_url="https://market.example/8", content_at_seconds=734)
    at = now()
    return issue_violation(
        seller=scene.person.seller, kind=kind, evidence=about, issued_at=at, at=at, by=None, points=points
    )


def quiz_taken(scene: Scene, violation: Violation, *, wrong: tuple[int, ...] = ()) -> str:
    """The address of the result of an attempt."""
    attempt = start_quiz(violation=violation, person=scene.person, at=now())
    submit_quiz(attempt=attempt, answers=answers_of(attempt, wrong=wrong), at=now())
    return f"/standing/violations/{violation.reference}/quiz/{attempt.reference}/"


def standing_restricted(page: Page, scene: Scene) -> None:
    """A standing with everything: enforcements, cards that can and can't, a ledger."""
    violation = violated(scene, points=30)
    quiz_taken(scene, violation)
    ViolationTypeFactory(code="V12", titles={"en": "Prohibited goods"})
    violation_of(scene.person.seller, "V12", at=now())
    page.goto("/standing/")
    expect(page.locator(".force")).to_be_visible()


def violation_changed(page: Page, scene: Scene) -> None:
    """A violation whose rule has changed since, with a try and a line of the ledger."""
    violation = violated(scene)
    quiz_taken(scene, violation, wrong=(1,))
    change_policy(scene.market.policy, [section("1.1", "Claims", "<p>Say what you can prove today.</p>")])
    page.goto(f"/standing/violations/{violation.reference}/")
    expect(page.locator(".clause-card--now")).to_be_visible()


def violation_quiz(page: Page, scene: Scene) -> None:
    """What the quiz of a violation is worth."""
    page.goto(f"/standing/violations/{violated(scene).reference}/quiz/")


def violation_questions(page: Page, scene: Scene) -> None:
    """The questions of a violation's quiz, none answered."""
    violation_quiz(page, scene)
    page.get_by_role("button", name="Begin the quiz").click()
    page.get_by_role("button", name="Look over my answers").click()
    expect(page.locator(".summary-of-errors")).to_be_visible()


def practice_done(page: Page, scene: Scene) -> None:
    """The result of practice."""
    violation = violated(scene)
    attempt = start_practice(kind=violation.type, person=scene.person, region="US", at=now())
    submit_attempt(attempt=attempt, answers={}, at=now())
    page.goto(f"/standing/practice/V02/{attempt.reference}/")


def standing_without_shop(page: Page, _scene: Scene) -> None:
    """The page of who stands for no shop."""
    Seller.objects.update(person=None)
    page.goto("/standing/")


def practice_offered(page: Page, scene: Scene) -> None:
    """The page of practice."""
    violated(scene)
    page.goto("/standing/practice/V02/")


def whole_ledger(page: Page, scene: Scene) -> None:
    """The ledger by itself."""
    quiz_taken(scene, violated(scene))
    page.goto("/standing/ledger/")


SIGNED_OUT: dict[str, Visit] = {
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
    "refusal": lambda page, scene: visit(page, "/en/courses/?level=expert"),
    "second step, refused": second_step,
    "sign in with the marketplace": with_an_issuer("/accounts/market/"),
    "sign-in with the marketplace failed": with_an_issuer("/accounts/market/return/"),
    "sign-in with the marketplace, turned back": with_an_issuer("/accounts/3rdparty/login/cancelled/"),
    "search, not begun": lambda page, scene: visit(page, "/search/"),
    "search": lambda page, scene: visit(page, "/search/?q=pin"),
    "search, nothing found": lambda page, scene: visit(page, "/search/?q=zebrafish"),
}
SIGNED_IN: dict[str, Visit] = {
    "home, signed in": lambda page, scene: visit(page, "/en/"),
    "catalogue, signed in": lambda page, scene: visit(page, "/en/courses/"),
    "course, half-way": lambda page, scene: visit(page, scene.market.anchors.url),
    "course, finished": lambda page, scene: visit(page, scene.market.claims.url),
    "course, end": lambda page, scene: visit(page, f"/courses/en/{scene.market.claims.translation_key}/done/"),
    "course, its quiz left": quiz_left,
    "quiz, paused": quiz_paused,
    "quiz, two not answered": quiz_unanswered,
    "quiz, looked over": quiz_looked_over,
    "quiz, passed": quiz_passed,
    "quiz, not passed": quiz_failed,
    "lesson with every block": answered,
    "lesson, outline open": outline_open,
    "lesson, done": lambda page, scene: visit(page, scene.market.anchor_lessons[0].url),
    "certificate, one's own": lambda page, scene: visit(page, f"/certificates/{scene.certificate.reference}/"),
    "certificate, revoked": lambda page, scene: visit(page, scene.revoked()),
    "dashboard": lambda page, scene: visit(page, "/dashboard/"),
    "dashboard, first day": first_day,
    "lesson, asked for": asked_for,
    "clarity": lambda page, scene: visit(page, f"/lessons/en/{scene.lesson.translation_key}/clarity/"),
    "saved lessons": saved_lessons,
    "saved lessons, none": lambda page, scene: visit(page, "/saved/"),
    "weekly goal": lambda page, scene: visit(page, "/goal/"),
    "learning record": lambda page, scene: visit(page, "/record/"),
    "dashboard, with one's own": own_dashboard,
    "policy, what changed": lambda page, scene: visit(page, policy_changed(scene)),
    "policy, what changed, with questions": lambda page, scene: visit(page, policy_changed(scene, questions=3)),
    "re-check, one not answered": recheck_unanswered,
    "re-check, done": recheck_done,
    "dashboard, a policy changed": changed_dashboard,
    "welcome": lambda page, scene: visit(page, "/welcome/"),
    "profile": with_a_message,
    "e-mail address": lambda page, scene: visit(page, "/accounts/email/"),
    "sign out": lambda page, scene: visit(page, "/accounts/logout/"),
    "security": lambda page, scene: visit(page, "/security/"),
    "security, all set up": security,
    "second step for staff": lambda page, scene: visit(page, "/security/second-factor/"),
    "devices": lambda page, scene: visit(page, "/accounts/sessions/"),
    "linked accounts": lambda page, scene: visit(page, "/accounts/3rdparty/"),
    "code at the old address, refused": old_address,
    "app with codes": shown_again("/accounts/2fa/totp/activate/"),
    "app with codes, turned off": shown_again("/accounts/2fa/totp/deactivate/", app=True),
    "passkey": shown_again("/accounts/2fa/webauthn/add/"),
    "passkey, renamed": shown_again("/accounts/2fa/webauthn/keys/{passkey}/edit/"),
    "passkey, removed": shown_again("/accounts/2fa/webauthn/keys/{passkey}/remove/"),
    "recovery codes": shown_again("/accounts/2fa/recovery-codes/", app=True),
    "recovery codes, made anew": shown_again("/accounts/2fa/recovery-codes/generate/", app=True),
    "password, removed": shown_again("/security/password/remove/"),
    "is it you, by a code": lambda page, scene: with_app(page, scene, "/accounts/2fa/reauthenticate/"),
    "is it you, by a passkey": lambda page, scene: with_passkey(page, scene, "/accounts/2fa/webauthn/reauthenticate/"),
    "standing, clean": lambda page, scene: visit(page, "/standing/"),
    "standing, restricted": standing_restricted,
    "standing, no shop": standing_without_shop,
    "violation, its rule changed": violation_changed,
    "quiz of a violation": violation_quiz,
    "quiz of a violation, not answered": violation_questions,
    "quiz of a violation, passed": lambda page, scene: visit(page, quiz_taken(scene, violated(scene))),
    "quiz of a violation, not passed": lambda page, scene: visit(page, quiz_taken(scene, violated(scene), wrong=(1,))),
    "practice": practice_offered,
    "practice, done": practice_done,
    "ledger": whole_ledger,
    "search, narrowed": lambda page, scene: visit(page, "/search/?q=pin&kind=lesson&route=affiliate"),
}


@pytest.mark.parametrize("name", [*SIGNED_OUT, *SIGNED_IN])
def test_a_page_is_for_everyone(lent_phone: Callable[..., Page], scene: Scene, name: str) -> None:
    page = lent_phone(person=scene.person if name in SIGNED_IN else None)
    (SIGNED_OUT | SIGNED_IN)[name](page, scene)
    page.wait_for_load_state("load")
    check_for_everyone(page)
    assert {host for host in page.hosts if host} == {urlsplit(page.url).netloc}  # type: ignore[attr-defined]
    if name == "catalogue, a request failed":
        page.faults.clear()  # type: ignore[attr-defined]


ERRORS = {
    "/fail/400/": 400,
    "/fail/403/": 403,
    "/nothing/": 404,
    "/language/": 405,
    "/fail/409/": 409,
    "/fail/429/": 429,
    "/fail/500/": 500,
}


@pytest.mark.urls("tests.web.failing")
@pytest.mark.parametrize("path", ERRORS)
def test_an_error_is_for_everyone(lent_phone: Callable[..., Page], market: Market, path: str) -> None:
    page = lent_phone()
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == ERRORS[path]
    check_for_everyone(page)
    page.faults[:] = [fault for fault in page.faults if not fault.endswith("/fail/500/")]  # type: ignore[attr-defined]


def test_every_component_is_for_everyone(page_at: Callable[..., Page], market: Market, settings: Any) -> None:
    """They stand side by side on a page for who builds the site."""
    settings.DEBUG = True
    page = page_at(PHONE)
    answer = page.goto("/style/")
    assert answer is not None
    assert answer.status == 200
    check_for_everyone(page)


def check_for_everyone(page: Page) -> None:
    """Axe finds nothing, light or dark; nothing runs over when it is narrow; there is one first heading."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        settled(page)
        assert violations(page) == [], scheme

    page.set_viewport_size({"width": NARROW, "height": 640})
    settled(page)
    assert overflowing(page) == []
    assert page.evaluate("document.querySelectorAll('h1').length") == 1


def violations(page: Page) -> list[str]:
    """What axe finds, each with the elements that it finds it in."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations)")
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
