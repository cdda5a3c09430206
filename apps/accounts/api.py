"""Sellers, as the marketplace's machines name them."""

from typing import Annotated

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from ninja import Router
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from apps.accounts.enums import Link, Region, Scope, SellerState
from apps.accounts.models import Seller
from apps.accounts.rules import SellerWord
from apps.accounts.services import name_seller
from apps.core.api import Bearer, SellerCode, Shape, answers, at_field, count
from apps.core.clock import now

router = Router(tags=["Sellers"])

EXAMPLE = {"email": "alice@lantern.example", "shop_name": "Alice's Lamps", "region": "US", "state": "active"}


def an_address(text: str) -> str:
    """An e-mail address, as it is kept."""
    try:
        validate_email(text)
    except ValidationError:
        raise ValueError("This is no e-mail address.") from None
    return text.lower()


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),
    AfterValidator(an_address),
    Field(
        description="Who stands for the seller. The person who proves this address is linked; a letter invites others.",
        json_schema_extra={"format": "email"},
    ),
]
ShopName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=120),
    Field(description="The name of the shop.", json_schema_extra={"pattern": r"\S"}),
]
OfRegion = Annotated[Region, Field(description="Where the shop trades.")]
OfState = Annotated[
    SellerState,
    Field(
        description="`suspended`: learns, takes quizzes, appeals and keeps seats, gets no new seats. `closed`: may "
        "take out their data, gets no letters. Violations are recorded whatever the state."
    ),
]


class SellerIn(Shape):
    """All that the marketplace says of a seller."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    email: Email
    shop_name: ShopName
    region: OfRegion
    state: OfState


class SellerChange(Shape):
    """What the marketplace says anew of a seller; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"state": "suspended"}})

    # Made up where it is left out, and never read then: so the document names no default.
    email: Email = Field(default_factory=str)
    shop_name: ShopName = Field(default_factory=str)
    region: OfRegion = Field(default_factory=lambda: Region.UNITED_STATES)
    state: OfState = Field(default_factory=lambda: SellerState.ACTIVE)


class SellerOut(Shape):
    """The seller as it is kept now."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"seller_code": "ALICE-01", **EXAMPLE, "link": "invited"}},
    )

    seller_code: str
    email: str = Field(description="Whom the marketplace named; empty where it named nobody yet.")
    shop_name: str
    region: Region
    state: SellerState
    link: Link = Field(description="; ".join(f"`{link.value}`: {link.label}" for link in Link))


@router.put(
    "/sellers/{seller_code}",
    auth=Bearer(Scope.SELLERS_WRITE),
    response=answers(SellerOut),
    operation_id="put_seller",
    summary="Name a seller",
)
def put_seller(request: HttpRequest, seller_code: SellerCode, body: SellerIn) -> SellerOut:
    """Make or update a seller, and link or invite the person who stands for it. The same again changes nothing."""
    word = SellerWord(body.email, body.shop_name, body.region, body.state)
    return answer(request, seller_code, word, may_be_new=True)


@router.patch(
    "/sellers/{seller_code}",
    auth=Bearer(Scope.SELLERS_WRITE),
    response=answers(SellerOut, 404),
    operation_id="change_seller",
    summary="Change a seller",
)
def change_seller(request: HttpRequest, seller_code: SellerCode, body: SellerChange) -> SellerOut:
    """Change what is said of a known seller: suspend or close it, name another address. The rest stays."""
    word = SellerWord(**body.model_dump(exclude_unset=True))
    return answer(request, seller_code, word, may_be_new=False)


def answer(request: HttpRequest, code: str, word: SellerWord, *, may_be_new: bool) -> SellerOut:
    """Take the word, and say what stands here now."""
    by = request.machine.account  # type: ignore[attr-defined]
    with at_field("seller_code"):
        seller, link = name_seller(code=code, word=word, at=now(), by=by, may_be_new=may_be_new)
    count(request, sellers=1)
    return out(seller, link)


def out(seller: Seller, link: Link) -> SellerOut:
    """The seller as machines read it."""
    return SellerOut(
        seller_code=seller.code,
        email=seller.named_email,
        shop_name=seller.shop_name,
        region=Region(seller.region),
        state=SellerState(seller.state),
        link=link,
    )
