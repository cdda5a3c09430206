"""Doors for machines: a certificate as a badge, for its holder; what checking one looks up, for anyone."""

import json
from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from apps.core.clock import now
from apps.learning.models import Certificate
from apps.learning.queries import credentials
from apps.learning.services.badges import badge_keyring, sign_badge, sign_status_list
from apps.learning.views.certificates import download, held_certificate

TOKEN, PICTURE = "application/vc+jwt", "image/svg+xml"
FOR_HOURS, FOR_MINUTES = 60 * 60, 60


@require_safe
@login_required
def badge(request: HttpRequest, reference: str, form: str) -> HttpResponse:
    """The certificate as a signed badge, for its holder: a picture that bears it, the bare token, or JSON."""
    if form not in FORMS:
        raise Http404
    found = held_certificate(request.user, reference)  # type: ignore[arg-type]
    kind, shape = FORMS[form]
    return download(shape(found, sign_badge(certificate=found)), kind, f"badge-{found.reference}.{form}")


def picture(certificate: Certificate, token: str) -> str:
    """The drawing, with the badge inside of it."""
    return render_to_string("learning/badge.svg", {"token": token, "title": certificate.course_title})


FORMS: dict[str, tuple[str, Callable[[Certificate, str], str]]] = {
    "svg": (PICTURE, picture),
    "jwt": (TOKEN, lambda _certificate, token: token),
    "json": ("application/vc", lambda _certificate, token: json.dumps(credentials.enveloped(token))),
}


@require_safe
def issuer_keys(request: HttpRequest) -> HttpResponse:
    """The keys that vouch for badges, as the issuer's DID document."""
    document = credentials.key_document(badge_keyring().keys)
    return for_anyone(json.dumps(document), "application/did+ld+json", FOR_MINUTES)


@require_safe
def key_set(request: HttpRequest) -> HttpResponse:
    """The same keys as a JSON Web Key Set."""
    return for_anyone(json.dumps({"keys": badge_keyring().keys}), "application/jwk-set+json", FOR_MINUTES)


@require_safe
def issuer(request: HttpRequest) -> HttpResponse:
    """Who issues badges here."""
    return for_anyone(json.dumps(credentials.issuer_document()), "application/ld+json", FOR_HOURS)


@require_safe
def badge_picture(request: HttpRequest) -> HttpResponse:
    """The picture of all badges, without a badge inside."""
    return for_anyone(render_to_string("learning/badge.svg", {"title": credentials.issuer_name()}), PICTURE, FOR_HOURS)


@require_safe
def achievement(request: HttpRequest, language: str, key: UUID) -> HttpResponse:
    """What is certified: one course in one language."""
    document = credentials.achievement_document(key, language)
    if document is None:
        raise Http404
    return for_anyone(json.dumps(document), "application/ld+json", FOR_HOURS)


@require_safe
def status_list(request: HttpRequest, number: str) -> HttpResponse:
    """Which badges of one list are revoked, signed."""
    token = sign_status_list(number=int(number), at=now()) if number.isdecimal() and len(number) < 10 else None
    if token is None:
        raise Http404
    return for_anyone(token, TOKEN, FOR_MINUTES)


def for_anyone(content: str, kind: str, seconds: int) -> HttpResponse:
    """An answer that is nobody's own: kept for a while, and read by wallets in browsers too."""
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": f"public, max-age={seconds}"}
    return HttpResponse(content, content_type=kind, headers=headers)
