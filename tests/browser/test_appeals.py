"""A violation is appealed on the phone, with files; every state of its page is for everyone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from apps.accounts.enums import Role
from apps.accounts.models import User
from apps.compliance.enums import AppealState
from apps.compliance.models import Appeal, AppealFile, Violation
from apps.core.clock import now
from tests.browser.conftest import DESK, PHONE
from tests.browser.scenes import tab_to
from tests.browser.test_course_quiz import title
from tests.browser.test_every_page import check_for_everyone
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.factories.compliance import WHY_WRONG, appeal_of, decided, paper, picture, upload, violation_of


@pytest.fixture
def violation(person: User) -> Violation:
    """One of Ayu's, of today."""
    return violation_of(SellerFactory(code="AYU-01", shop_name="Ayu Lamps", person=person), at=now())


def page_of(violation: Violation) -> str:
    """Where it is appealed."""
    return f"/standing/violations/{violation.reference}/appeal/"


def files_in(folder: Path) -> list[Path]:
    """A picture and a paper as they lie on the phone."""
    found = [(folder / "label.png", picture()), (folder / "letter.pdf", paper())]
    for path, content in found:
        path.write_bytes(content)
    return [path for path, _content in found]


@pytest.mark.parametrize("javascript", [True, False])
def test_on_a_phone_with_files(
    page_at: Callable[..., Page], person: User, violation: Violation, tmp_path: Path, javascript: bool
) -> None:
    page = page_at(PHONE, person=person, javascript=javascript)
    page.goto(f"/standing/violations/{violation.reference}/")
    page.get_by_role("link", name="Write an appeal").click()
    title(page, "Appeal this violation")
    program = tmp_path / "setup.png"
    program.write_bytes(b"MZ")
    page.get_by_label("Why the violation is wrong").fill(WHY_WRONG)
    page.get_by_label("Pictures or papers").set_input_files([program])
    page.get_by_role("button", name="Send the appeal").click()
    expect(page.locator(".summary-of-errors")).to_contain_text("setup.png is neither a picture")
    expect(page.get_by_label("Why the violation is wrong")).to_have_value(WHY_WRONG)
    page.get_by_label("Pictures or papers").set_input_files(files_in(tmp_path))
    page.get_by_role("button", name="Send the appeal").dblclick()
    title(page, "Your appeal is being looked at")
    assert (Appeal.objects.count(), AppealFile.objects.count()) == (1, 2)
    with page.expect_download() as download:
        page.get_by_role("link", name="label.png").click()
    assert download.value.suggested_filename == "label.png"
    assert download.value.path().read_bytes() == picture()


def test_by_keyboard_alone(page_at: Callable[..., Page], person: User, violation: Violation) -> None:
    page = page_at(DESK, person=person)
    page.goto(page_of(violation))
    tab_to(page, "Why the violation is wrong")
    page.keyboard.type(WHY_WRONG)
    tab_to(page, "Send the appeal")
    page.keyboard.press("Enter")
    title(page, "Your appeal is being looked at")
    assert Appeal.objects.get().words.text == WHY_WRONG


def fresh(page: Page, violation: Violation) -> None:
    """Nothing was written yet."""
    page.goto(page_of(violation))


def with_errors(page: Page, violation: Violation) -> None:
    """Sent without a word."""
    page.goto(page_of(violation))
    page.get_by_role("button", name="Send the appeal").click()
    expect(page.locator(".summary-of-errors")).to_be_visible()


def long_names(violation: Violation) -> Appeal:
    """An appeal that is hard to fit on a small screen."""
    files = [upload("x" * 140 + ".png", picture()), upload("letter.pdf", paper())]
    return appeal_of(violation, *files, text=f"{WHY_WRONG} {'w' * 200}\n\nhttps://market.example/{'a' * 200}", at=now())


def pending(page: Page, violation: Violation) -> None:
    """One is being looked at."""
    long_names(violation)
    page.goto(page_of(violation))


def rejected(page: Page, violation: Violation) -> None:
    """One was rejected, and another may be made."""
    staff = PersonFactory(role=Role.POLICY)
    decided(long_names(violation), AppealState.REJECTED, by=staff, at=now(), reason="It can be heard. " + "r" * 200)
    page.goto(page_of(violation))


def upheld(page: Page, violation: Violation) -> None:
    """One was upheld."""
    decided(long_names(violation), AppealState.UPHELD, by=PersonFactory(role=Role.POLICY), at=now())
    page.goto(page_of(violation))


STATES = {each.__name__: each for each in (fresh, with_errors, pending, rejected, upheld)}


@pytest.mark.parametrize("state", STATES)
def test_every_state_is_for_everyone(
    page_at: Callable[..., Page], person: User, violation: Violation, state: str
) -> None:
    page = page_at(PHONE, person=person)
    STATES[state](page, violation)
    check_for_everyone(page)


def test_the_team_s_page_fits_and_is_for_everyone(page_at: Callable[..., Page], violation: Violation) -> None:
    appeal = long_names(violation)
    page = page_at(DESK, person=PersonFactory(role=Role.POLICY))
    page.goto("/cms/appeals/")
    page.get_by_role("link", name=appeal.reference).click()
    expect(page.get_by_role("heading", name="What the seller says")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    page.get_by_role("radio", name="Uphold").check()
    page.get_by_label("Reason").fill("We watched the content again and agree.")
    page.get_by_role("button", name="Look over the decision").click()
    page.get_by_role("button", name="Uphold and revoke").click()
    expect(page.get_by_text("is upheld, and its violation revoked.")).to_be_visible()
    assert Appeal.objects.get().state == AppealState.UPHELD
