"""On a phone: the certificate is taken as a PDF and as a badge, then checked by somebody who is signed out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openbadgeslib.ob3 import OB3VerificationError
from openbadgeslib.verify import VerifyResult, verify_badge
from playwright.sync_api import Download, Page, expect

from apps.accounts.models import User
from apps.core.clock import now
from apps.learning.models import Certificate
from apps.learning.services import revoke_certificate
from tests.browser.conftest import DESK, PHONE
from tests.factories.learning import CertificateFactory
from tests.papers import text_of_pdf


@pytest.fixture
def certificate(person: User, live_server: Any, settings: Any) -> Certificate:
    """Ayu's, on a site that knows its own address."""
    settings.BASE_URL = live_server.url
    return CertificateFactory(person=person, course_title="Product anchors", issued_at=now())


def downloaded(page: Page, name: str) -> Download:
    """What the link of this name brings."""
    with page.expect_download() as coming:
        page.get_by_role("link", name=name, exact=True).click()
    return coming.value


def checked(badge: bytes, page: Page) -> VerifyResult:
    """What a program says that knows the badge and nothing else; it reads the site by the browser of somebody."""

    def read(url: str) -> bytes:
        """`did:web` is always https, which the tests' server isn't."""
        answer = page.request.get(url.replace("https://", "http://"))
        if not answer.ok:
            raise OB3VerificationError(f"{url}: {answer.status}")
        return answer.body()

    return verify_badge(badge, resolve_did=True, check_status=True, download=read)


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_a_certificate_is_taken_and_checked(
    page_at: Callable[..., Page], certificate: Certificate, person: User, other_person: User, javascript: bool
) -> None:
    page = page_at(PHONE, person=person, javascript=javascript)
    page.set_default_timeout(120_000)  # what draws the first PDF is loaded for it
    page.goto(f"/certificates/{certificate.reference}/")
    paper = downloaded(page, "Download the PDF")
    assert paper.suggested_filename == f"certificate-{certificate.reference}.pdf"
    assert "Ayu Lestari has finished the course Product anchors" in text_of_pdf(Path(paper.path()).read_bytes())
    picture = downloaded(page, "Download the badge")
    assert picture.suggested_filename == f"badge-{certificate.reference}.svg"
    badge = Path(picture.path()).read_bytes()

    # Somebody else opens the address that stands on the paper, and has a program look at the badge.
    address = page.locator("#check-address").inner_text()
    anyone = page_at(DESK, javascript=javascript)
    anyone.goto(address)
    expect(anyone.get_by_role("heading", level=1)).to_have_text("This certificate is valid")
    expect(anyone.get_by_role("link", name="Download the PDF")).to_have_count(0)
    result = checked(badge, anyone)
    assert (result.valid, result.trusted) == (True, True), result.reason

    revoke_certificate(certificate=certificate, reason="Given by mistake.", at=now(), by=other_person)
    anyone.reload()
    expect(anyone.get_by_role("heading", level=1)).to_have_text("This certificate is no longer valid")
    result = checked(badge, anyone)
    assert not result.valid
    assert "'revocation' is set" in str(result.reason)
    page.get_by_role("link", name="Download the badge").click()
    expect(page.locator("main")).to_contain_text("This certificate was withdrawn")
    page.get_by_role("link", name="Go on from here").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This certificate is no longer valid")


def test_the_address_is_copied_and_said(page_at: Callable[..., Page], certificate: Certificate, person: User) -> None:
    page = page_at(PHONE, person=person, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/certificates/{certificate.reference}/")
    page.get_by_role("button", name="Copy the address").click()
    expect(page.locator("#announcer")).to_have_text("The address is copied.")
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_without_scripts_the_address_stands_there_and_no_button_that_does_nothing(
    page_at: Callable[..., Page], certificate: Certificate, person: User
) -> None:
    page = page_at(PHONE, person=person, javascript=False)
    page.goto(f"/certificates/{certificate.reference}/")
    expect(page.locator("#check-address")).to_have_text(page.url)
    expect(page.get_by_text("Copy the address")).to_be_hidden()


def test_printed_it_is_one_sheet(page_at: Callable[..., Page], certificate: Certificate, person: User) -> None:
    page = page_at(PHONE, person=person)
    page.goto(f"/certificates/{certificate.reference}/")
    page.emulate_media(media="print")
    expect(page.locator(".sheet")).to_be_visible()
    for hidden in (".verdict", ".after-sheet", ".bar", ".foot"):
        expect(page.locator(hidden).first).to_be_hidden()
    assert page.pdf(prefer_css_page_size=True, print_background=True).count(b"/Type /Page\n") == 1
