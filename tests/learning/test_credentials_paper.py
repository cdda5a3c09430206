"""The PDF of a certificate: what stands on it, for whom, and that nothing is asked of the network for it."""

import socket
import sys
from typing import Any

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.test import Client

from apps.accounts.models import User
from apps.learning.models import Certificate
from apps.learning.queries import papers
from tests.factories.learning import CertificateFactory
from tests.papers import objects_of, text_of_pdf
from tests.screens import buttons, links, words

REFERENCE = "ABCDEFGHJKMNPQRSTUVW"
PAGE, PDF = f"/certificates/{REFERENCE}/", f"/certificates/{REFERENCE}/certificate.pdf"


@pytest.fixture
def certificate(person: User, settings: Any) -> Certificate:
    """One of Ayu's."""
    settings.BASE_URL = "https://university.example"
    return CertificateFactory(person=person, course_title="Pots & pans <that> sell", reference=REFERENCE)


class TestThePdf:
    def test_says_what_the_page_says_without_the_network(
        self, certificate: Certificate, person_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[object] = []
        monkeypatch.setattr(socket, "getaddrinfo", lambda *where, **_options: asked.append(where))
        monkeypatch.setattr(socket.socket, "connect", lambda _socket, where: asked.append(where))
        answer = person_client.get(PDF)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer["Content-Disposition"] == f'attachment; filename="certificate-{REFERENCE}.pdf"'
        assert answer["Cache-Control"] == "private, no-store"
        assert answer.content.startswith(b"%PDF-")
        shown = text_of_pdf(answer.content)
        assert "This certifies that Ayu Lestari has finished the course Pots & pans <that> sell" in shown
        assert "ABCDE-FGHJK-MNPQR-STUVW" in shown
        assert f"https://university.example{PAGE}" in shown
        assert asked == []

    def test_is_one_page_in_our_own_type(self, certificate: Certificate) -> None:
        certificate.name = "Raden Ajeng Siti Nurhaliza " * 4
        certificate.course_title = "Everything that one should know before the first live, and after it " * 3
        written = b"".join(objects_of(papers.certificate_pdf(certificate)).values())
        assert written.count(b"/MediaBox") == 1
        assert b"Literata" in written

    def test_speaks_its_own_language(self, person: User, person_client: Client) -> None:
        certificate = CertificateFactory(person=person, language="id")
        answer = person_client.get(f"/certificates/{certificate.reference}/certificate.pdf")
        assert "Ayu Lestari telah menyelesaikan kursus A course" in text_of_pdf(answer.content)

    @pytest.mark.parametrize("name", ["Łukasz Ångström", "Đặng Thị Mai", "王小明", "محمد"])
    def test_is_drawn_whatever_the_name(self, certificate: Certificate, name: str) -> None:
        certificate.name = name
        assert papers.certificate_pdf(certificate).startswith(b"%PDF-")


class TestTheDrawer:
    @pytest.mark.parametrize(
        "url",
        [
            "https://elsewhere.example/x.css",
            "http://169.254.169.254/",
            "file:///etc/passwd",
            f"{papers.FILES}css/none.css",
        ],
    )
    def test_is_given_nothing_but_our_files(self, url: str) -> None:
        from weasyprint.urls import FatalURLFetchingError

        with pytest.raises(FatalURLFetchingError, match="not one of our files"):
            papers.own_files().fetch(url)

    def test_is_not_led_out_of_them(self) -> None:
        with pytest.raises(SuspiciousFileOperation):
            papers.own_files().fetch(f"{papers.FILES}../config/settings.py")


class TestAServerThatCanNotDraw:
    def test_says_so_and_offers_the_print(
        self, certificate: Certificate, person_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(papers, "pdf_is_offered", lambda: False)
        page = person_client.get(PAGE)
        assert "Download the PDF" not in links(page)
        assert "This server can not make a PDF. Print this page instead" in words(page)

    def test_refuses_with_a_way_on(
        self, certificate: Certificate, person_client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "weasyprint", None)
        answer = person_client.get(PDF)
        assert answer.status_code == 503
        assert "This server can not make a PDF. Print the page of the certificate instead" in words(answer)
        assert links(answer)["Go on from here"] == f"https://university.example{PAGE}"


class TestThePage:
    def test_offers_all_that_the_holder_may_take(self, certificate: Certificate, person_client: Client) -> None:
        page = person_client.get(PAGE)
        found = links(page)
        assert found["Download the PDF"] == PDF
        assert found["Download the badge"] == f"{PAGE}badge.svg"
        assert (found["JWT"], found["JSON"]) == (f"{PAGE}badge.jwt", f"{PAGE}badge.json")
        assert found[f"https://university.example{PAGE}"] == f"https://university.example{PAGE}"
        assert "Copy the address" in buttons(page)

    def test_leads_to_linkedin_with_the_facts(self, certificate: Certificate, person_client: Client) -> None:
        assert links(person_client.get(PAGE))["Add to LinkedIn"] == (
            "https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME"
            "&name=Pots+%26+pans+%3Cthat%3E+sell&organizationName=Lantern+Market+Seller+University"
            "&issueYear=2026&issueMonth=3"
            f"&certUrl=https%3A%2F%2Funiversity.example%2Fcertificates%2F{REFERENCE}%2F&certId={REFERENCE}"
        )

    def test_offers_others_nothing_to_take(
        self, certificate: Certificate, visitor: Client, other_client: Client, operator: Client
    ) -> None:
        for client in (visitor, other_client, operator):
            found = links(client.get(PAGE))
            assert not {"Download the PDF", "Download the badge", "Add to LinkedIn"} & set(found)

    def test_offers_nothing_to_take_once_it_is_revoked(self, person: User, person_client: Client) -> None:
        certificate = CertificateFactory(person=person, revoked=True)
        found = links(person_client.get(f"/certificates/{certificate.reference}/"))
        assert not {"Download the PDF", "Download the badge", "Add to LinkedIn"} & set(found)

    def test_bears_a_code_while_it_is_valid(self, certificate: Certificate, person: User, visitor: Client) -> None:
        assert 'class="qr"' in visitor.get(PAGE).content.decode()
        revoked = CertificateFactory(person=person, revoked=True)
        assert 'class="qr"' not in visitor.get(f"/certificates/{revoked.reference}/").content.decode()
