"""Certificates are given once, and revoked with a reason that everyone who checks them reads."""

from datetime import datetime

from django.db import transaction
from wagtail.log_actions import log

from apps.accounts.models import User
from apps.catalog.models import Reading
from apps.learning import rules
from apps.learning.letters import certificate_letter, withdrawn_letter
from apps.learning.models import Certificate
from apps.notifications.services.letters import post_letter


def give_certificate(*, person: User, course: Reading, at: datetime) -> Certificate:
    """The person's certificate of this course, in their language where it exists, and the letter that brings it.

    There is never a second one of either.
    """
    course = Reading.objects.filter(key=course.key, language=person.language).first() or course
    certificate, created = Certificate.objects.get_or_create(
        person=person,
        course_key=course.key,
        defaults={
            "course_title": course.title,
            "name": person.get_full_name(),
            "language": course.language,
            "issued_at": at,
        },
    )
    if created:
        letter = certificate_letter(person, certificate)
        post_letter(letter=letter, person=person, at=at, dedupe_key=f"certificate:{certificate.reference}")
    return certificate


@transaction.atomic
def revoke_certificate(*, certificate: Certificate, reason: str, at: datetime, by: User) -> Certificate:
    """Declare a certificate void, for a reason that everyone who checks it reads, and tell its holder.

    Again changes nothing.
    """
    reason = rules.check_reason(reason)
    certificate = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if certificate.revoked_at is None:
        certificate.revoked_at, certificate.revoke_reason = at, reason
        certificate.save(update_fields=["revoked_at", "revoke_reason"])
        log(certificate, "learning.revoke_certificate", user=by, data={"reason": reason})
        tell_of_withdrawal(certificate=certificate, at=at)
    return certificate


def tell_of_withdrawal(*, certificate: Certificate, at: datetime) -> None:
    """Tell the holder, where the record still knows them."""
    person = certificate.person
    if person is not None:
        letter = withdrawn_letter(person, certificate)
        post_letter(letter=letter, person=person, at=at, dedupe_key=f"certificate-withdrawn:{certificate.reference}")
