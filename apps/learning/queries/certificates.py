"""Certificates, for their holders, those who check them and staff."""

from django.conf import settings
from django.urls import reverse
from wagtail.log_actions import registry as log_registry

from apps.accounts.models import User
from apps.learning.models import Certificate


def certificates_of(person: User) -> list[Certificate]:
    """All certificates of a person, the newest first."""
    return list(Certificate.objects.filter(person=person).order_by("-issued_at"))


def certificate_by(reference: str) -> Certificate | None:
    """The certificate of this reference, however it was typed."""
    return Certificate.objects.filter(reference=reference.strip().upper().replace("-", "")).first()


def own_certificate(person: User, reference: str) -> Certificate | None:
    """The certificate of this reference if it is the person's own."""
    found = certificate_by(reference)
    return found if found and found.person_id == person.pk else None


def check_url(reference: str) -> str:
    """The full address at which anyone may check a certificate."""
    return settings.BASE_URL + reverse("learning:certificate", args=[reference])


def revoker_of(certificate: Certificate) -> str:
    """Who revoked the certificate, by name, as the audit trail has it; "" where nobody did."""
    entries = log_registry.get_logs_for_instance(certificate).filter(action="learning.revoke_certificate")
    entry = entries.select_related("user").first()
    return entry.user_display_name if entry else ""
