"""What the mail brings about certificates."""

from datetime import timedelta

from apps.accounts.models import User
from apps.learning.letters import certificate_letter, withdrawn_letter
from apps.notifications.enums import Kind
from tests.factories import AT
from tests.factories.accounts import PersonFactory
from tests.factories.learning import CertificateFactory


def test_a_certificate_comes_with_its_address(person: User) -> None:
    certificate = CertificateFactory(person=person, course_title="Pots & pans")
    letter = certificate_letter(person, certificate)
    assert letter.kind == Kind.LEARNING
    assert letter.subject == "You finished “Pots & pans”: your certificate"
    assert letter.link == f"/certificates/{certificate.reference}/"
    assert letter.link in letter.text
    assert letter.link in letter.html
    assert "bears the name Ayu Lestari" in letter.text
    assert "Pots &amp; pans" in letter.html
    assert letter.is_secret is False


def test_the_day_is_that_of_the_certificate_in_every_zone(db: None) -> None:
    for zone in ("Asia/Jayapura", "America/Los_Angeles"):
        person = PersonFactory(zone=zone)
        certificate = CertificateFactory(person=person, issued_at=AT.replace(hour=20))
        assert "March 2, 2026" in certificate_letter(person, certificate).text


def test_a_withdrawn_certificate_says_why(person: User) -> None:
    certificate = CertificateFactory(
        person=person, course_title="Claims", revoked_at=AT + timedelta(days=2), revoke_reason="Not <hers>."
    )
    letter = withdrawn_letter(person, certificate)
    assert letter.subject == "Your certificate for “Claims” was withdrawn"
    assert "On March 4, 2026" in letter.text
    assert "\n    Not <hers>.\n" in letter.text
    assert "Not &lt;hers&gt;." in letter.html
    assert letter.link == f"/certificates/{certificate.reference}/"


def test_both_speak_the_readers_language(db: None) -> None:
    person = PersonFactory(indonesian=True)
    certificate = CertificateFactory(person=person, course_title="Klaim", revoked=True)
    assert certificate_letter(person, certificate).subject == "Anda menyelesaikan “Klaim”: ini sertifikat Anda"
    assert withdrawn_letter(person, certificate).subject == "Sertifikat Anda untuk “Klaim” dicabut"
