"""Types of violations, and violations as the services issue them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import factory
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from apps.accounts.models import Seller, User
from apps.compliance.enums import AppealState, Channel
from apps.compliance.models import (
    Appeal,
    PolicyProgramme,
    ReasonTemplate,
    Standing,
    Violation,
    ViolationType,
    ViolationTypeText,
)
from apps.compliance.queries.programmes import programme_row
from apps.compliance.rules.programme import Programme, programme_data
from apps.compliance.services.appeals import decide_appeal, make_appeal
from apps.compliance.services.violations import Evidence, issue_violation
from tests.factories import AT
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.factories.quizzes import BankFactory, QuestionFactory

TITLE = "Exaggerated effect"


class ViolationTypeFactory(factory.django.DjangoModelFactory):
    """A type of 4 points without a quiz; the same code twice is the same type.

    `titles` are its names by language; `questions=9` gives it a bank with so many ready questions.
    """

    class Meta:
        model = ViolationType
        django_get_or_create = ("code",)
        skip_postgeneration_save = True

    code = "V02"
    points = 4
    channels = factory.LazyFunction(lambda: ["live", "video"])
    section = "2.3"

    @factory.post_generation
    def titles(self: ViolationType, create: bool, wanted: dict[str, str] | None, **_facts: Any) -> None:
        """Without any, an English one."""
        for language, title in (wanted or {"en": TITLE}).items():
            ViolationTypeText.objects.get_or_create(type=self, language=language, defaults={"title": title})

    @factory.post_generation
    def questions(self: ViolationType, create: bool, wanted: int, **_facts: Any) -> None:
        """Its bank bears its code in lower case."""
        if not wanted:
            return
        self.bank = BankFactory(code=self.code.lower())
        self.save(update_fields=["bank"])
        for number in range(wanted):
            QuestionFactory(bank=self.bank, prompt=f"What is allowed by {self.code}, number {number}?")


def evidence(**facts: Any) -> Evidence:
    """A claim made in the evening's LIVE."""
    return Evidence(**{"channel": Channel.LIVE, "message": "No cream whitens overnight."} | facts)


def violation_of(
    seller: Seller, code: str = "V02", *, at: datetime = AT, issued_at: datetime | None = None, **facts: Any
) -> Violation:
    """A violation of this seller, recorded `at` and issued then unless it is said; `points` are the type's."""
    facts = {"evidence": evidence(), "by": None} | facts
    kind = ViolationTypeFactory(code=code)
    return issue_violation(seller=seller, kind=kind, issued_at=issued_at or at, at=at, **facts)


def linked_seller(**facts: Any) -> Seller:
    """A seller in Indonesia with a person who reads English on Jakarta's clock."""
    facts.setdefault("person", PersonFactory(zone="Asia/Jakarta"))
    return SellerFactory(**{"indonesian": True} | facts)


def seller_with_violation(
    code: str = "V02", *, at: datetime = AT, questions: int = 0, seller: Seller | None = None, **facts: Any
) -> Violation:
    """A violation of a seller for whom a person stands (`violation.seller.person`), by the real services."""
    ViolationTypeFactory(code=code, questions=questions)
    return violation_of(seller or linked_seller(), code, at=at, **facts)


def set_programme(region: str, *, since: datetime = AT - timedelta(days=365), **settings: Any) -> PolicyProgramme:
    """Another version of a region's programme, the one in force now but for these settings."""
    current = programme_row(region, since)
    value: Programme = replace(current.value, **settings)
    number = PolicyProgramme.objects.filter(region=region).count() + 1
    return PolicyProgramme.objects.create(
        region=region, number=number, effective_from=since, settings=programme_data(value), made_at=since
    )


def points_of(sellers: Sequence[Seller]) -> list[int]:
    """Their balances."""
    found = dict(Standing.objects.filter(seller__in=sellers).values_list("seller", "balance"))
    return [found.get(seller.pk, 0) for seller in sellers]


# --- Appeals ---------------------------------------------------------------------------------------------

WHY_WRONG = "The cream is sold as a moisturiser. At 12:14 I only read the label aloud."


def picture(width: int = 8, height: int = 6, *, kind: str = "PNG") -> bytes:
    """A picture of one colour."""
    content = BytesIO()
    Image.new("RGB", (width, height), "#0b6b6b").save(content, kind)
    return content.getvalue()


def paper(inside: bytes = b"") -> bytes:
    """A PDF of one empty page, with something inside it."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj " + inside + b"\ntrailer<</Root 1 0 R>>\n%%EOF"
    )


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    """A file as it comes with a form, said to be a picture whatever it is."""
    return SimpleUploadedFile(name, content, content_type="image/png")


def appeal_of(violation: Violation, *files: SimpleUploadedFile, text: str = WHY_WRONG, at: datetime = AT) -> Appeal:
    """An appeal of its seller, by the real service."""
    return make_appeal(violation=violation, text=text, files=files, at=at)


def decided(
    appeal: Appeal, verdict: AppealState, *, by: User, at: datetime = AT, reason: str = "We looked at it."
) -> Appeal:
    """The appeal, decided by the real service."""
    return decide_appeal(appeal=appeal, verdict=verdict, reason=reason, at=at, by=by)


class ReasonTemplateFactory(factory.django.DjangoModelFactory):
    """Words for rejecting, in English."""

    class Meta:
        model = ReasonTemplate

    title = factory.Sequence(lambda number: f"Seen in the content {number}")
    verdict = AppealState.REJECTED
    language = "en"
    text = "We watched the content again. What the policy names can be seen in it."
