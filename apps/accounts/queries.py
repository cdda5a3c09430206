"""What others may ask about persons and sellers."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpRequest

from apps.accounts.models import Seller, User
from apps.accounts.rules import LinkFacts


def seller_of(person: User) -> Seller | None:
    """The seller that this person stands for, or None."""
    return Seller.objects.filter(person=person).first()


def link_facts(seller: Seller, person: User) -> LinkFacts:
    """What decides whether this person may stand for this seller."""
    return LinkFacts(
        seller_code=seller.code,
        seller_person_id=seller.person_id,
        person_id=person.pk,
        person_seller_code=Seller.objects.filter(person=person).values_list("code", flat=True).first(),
        email_verified=EmailAddress.objects.filter(user=person, email=person.email, verified=True).exists(),
    )


def reader_language(request: HttpRequest, fallback: str) -> str:
    """The language to speak to this reader: the person's, else the one chosen on this device, else `fallback`."""
    user = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
    chosen = user.language if user and user.is_authenticated else None
    chosen = chosen or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else fallback
