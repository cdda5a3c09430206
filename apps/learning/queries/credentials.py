"""Certificates as Open Badges 3.0, and what who checks one looks up: issuer, keys, achievements, what is revoked.

Documents only; `services.badges` signs them. The issuer is a `did:web`: its keys stand at a well-known address of
this site, so that a key taken off there vouches for nothing more.
"""

import base64
import gzip
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from apps.catalog.models import Reading
from apps.core.signing.keyrings import Jwk
from apps.learning import rules
from apps.learning.models import Certificate
from apps.learning.queries.certificates import check_url

CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
Document = dict[str, Any]

# Verifiers' clocks may be slow; an old copy of a status list must not hide a revocation for longer than an hour.
SLOW_CLOCKS = timedelta(minutes=5)
STATUS_LIST_HOLDS = timedelta(hours=1)


def address(name: str, *args: object) -> str:
    """The full address of one of our own pages."""
    return settings.BASE_URL + reverse(f"learning:{name}", args=args)


def instant(at: datetime) -> str:
    """An instant as credentials write it: `2026-11-22T02:30:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- Who issues ------------------------------------------------------------------------------------------


def issuer_id() -> str:
    """The issuer's identifier: `did:web:university.example`, with a port where the site has one."""
    return "did:web:" + quote(urlsplit(settings.BASE_URL).netloc, safe="")


def issuer_name() -> str:
    """What the issuer is called outside of this site."""
    return f"{settings.MARKET_NAME} {settings.SITE_NAME}"


def issuer_profile() -> Document:
    """Who issues, as it stands in every badge."""
    return {
        "id": issuer_id(),
        "type": ["Profile"],
        "name": issuer_name(),
        "url": settings.BASE_URL + "/",
        "email": settings.SUPPORT_EMAIL,
    }


def issuer_document() -> Document:
    """The issuer's profile by itself."""
    return {"@context": [CREDENTIALS, BADGES]} | issuer_profile()


def key_document(keys: Sequence[Jwk]) -> Document:
    """The issuer's keys as its DID document. The first is the one that signs: verifiers expect it there."""
    methods = [
        {"id": f"{issuer_id()}#{key['kid']}", "type": "JsonWebKey", "controller": issuer_id(), "publicKeyJwk": key}
        for key in keys
    ]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": issuer_id(),
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


# --- What is certified -----------------------------------------------------------------------------------


def achievement(course_key: UUID, language: str, title: str) -> Document:
    """Having finished this course, in the language of the certificate. Names the course's page while there is one."""
    page = Reading.objects.filter(key=course_key, language=language).first()
    with override(language):
        criteria = {
            "narrative": _(
                "To finish the course, a person completes all of its lessons and, where it has a quiz, passes that."
            )
        }
        description = _("A course of Seller University for sellers on %(market)s.") % {"market": settings.MARKET_NAME}
        caption = _("A lantern in a rosette of fine lines")
    if page:
        criteria["id"] = settings.BASE_URL + page.url
    return {
        "id": address("achievement", language, course_key),
        "type": ["Achievement"],
        "achievementType": "CertificateOfCompletion",
        "name": title,
        "description": (page.summary if page else "") or description,
        "criteria": criteria,
        "image": {"id": address("badge-picture"), "type": "Image", "caption": caption},
        "inLanguage": language,
    }


def achievement_document(course_key: UUID, language: str) -> Document | None:
    """The achievement by itself, named as the newest certificate names it; None where nobody has achieved it."""
    newest = Certificate.objects.filter(course_key=course_key, language=language).order_by("-issued_at").first()
    if newest is None:
        return None
    return {"@context": [CREDENTIALS, BADGES]} | achievement(course_key, language, newest.course_title)


# --- The badge -------------------------------------------------------------------------------------------


def credential(certificate: Certificate, *, email: str) -> Document:
    """The certificate as an OpenBadgeCredential. Of its holder it holds a hash of the address, salted, no more."""
    salt = certificate.reference
    recipient = {
        "type": "IdentityObject",
        "hashed": True,
        "identityHash": rules.recipient_hash(email, salt),
        "identityType": "emailAddress",
        "salt": salt,
    }
    return {
        "@context": [CREDENTIALS, BADGES],
        "id": check_url(certificate.reference),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": certificate.course_title,
        "issuer": issuer_profile(),
        "validFrom": instant(certificate.issued_at),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [recipient],
            "achievement": achievement(certificate.course_key, certificate.language, certificate.course_title),
        },
        "credentialStatus": status_entry(certificate),
    }


def status_entry(certificate: Certificate) -> Document:
    """Where to look up whether the certificate was revoked since."""
    number, place = rules.place_in_status_list(certificate.pk)
    url = address("status-list", number)
    return {
        "id": f"{url}#{place}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(place),
        "statusListCredential": url,
    }


def status_list(number: int, *, at: datetime) -> Document | None:
    """What is revoked of one list, as a BitstringStatusListCredential; None where the list holds no certificate."""
    first = number * rules.PLACES_IN_STATUS_LIST
    listed = Certificate.objects.filter(pk__gte=first, pk__lt=first + rules.PLACES_IN_STATUS_LIST)
    if not listed.exists():
        return None
    revoked = listed.filter(revoked_at__isnull=False).values_list("pk", flat=True)
    bits = gzip.compress(rules.status_bits(pk - first for pk in revoked), mtime=0)
    url = address("status-list", number)
    return {
        "@context": [CREDENTIALS],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer_id(),
        "validFrom": instant(at - SLOW_CLOCKS),
        "validUntil": instant(at + STATUS_LIST_HOLDS),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "u" + base64.urlsafe_b64encode(bits).decode().rstrip("="),
        },
    }


def enveloped(token: str) -> Document:
    """A signed badge for who takes JSON only: the token inside of a document, as VC Data Model 2.0 has it."""
    return {
        "@context": CREDENTIALS,
        "id": f"data:application/vc+jwt,{token}",
        "type": "EnvelopedVerifiableCredential",
    }


def linkedin_url(certificate: Certificate) -> str:
    """Where the holder adds the certificate to their profile at LinkedIn; it goes there by the holder's own hand."""
    issued = certificate.issued_at.astimezone(UTC)
    facts = {
        "startTask": "CERTIFICATION_NAME",
        "name": certificate.course_title,
        "organizationName": issuer_name(),
        "issueYear": issued.year,
        "issueMonth": issued.month,
        "certUrl": check_url(certificate.reference),
        "certId": certificate.reference,
    }
    return "https://www.linkedin.com/profile/add?" + urlencode(facts)
