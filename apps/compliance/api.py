"""Violations and standings, as the marketplace's machines send and read them."""

from collections import Counter
from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Path, Router
from pydantic import ConfigDict, Field, SkipValidation, StringConstraints

from apps.accounts.enums import Scope
from apps.compliance.enums import Channel, EnforcementState, EntryKind, Outcome, Scale, Source, ViolationState
from apps.compliance.queries.machines import StandingFacts, standing_facts
from apps.compliance.rules import intake as rules
from apps.compliance.rules.programme import MOST_POINTS
from apps.compliance.services.intake import revoke_report, take_batch
from apps.core.api import Bearer, FaultOut, SellerCode, Shape, answers, at_field, count
from apps.core.clock import now

router = Router()

ITEM = {
    "external_id": "lm-88121",
    "seller_code": "ALICE-01",
    "type": "V02",
    "channel": "live",
    "issued_at": "2026-11-02T09:30:00+07:00",
    "points": 4,
    "message": "The cream does not whiten within a night.",
    "content": {"title": "Evening live", "url": "https://lantern.example/live/88", "at_seconds": 734},
}
RESULT = {"index": 0, "external_id": "lm-88121", "outcome": "created", "reference": "V-7K2M9Q", "errors": []}
FAULT = {"field": "type", "reason": "There is no violation type V77."}
REFUSED = {"index": 1, "external_id": "lm-88122", "outcome": "refused", "reference": "", "errors": [FAULT]}
STANDING = {
    "seller_code": "ALICE-01",
    "scale": "points",
    "balance": 3,
    "next_milestone": {"points": 6, "distance": 3},
    "violations": [
        {
            "reference": "V-7K2M9Q",
            "external_id": "lm-88121",
            "type": "V02",
            "state": "active",
            "points": 4,
            "remaining": 3,
            "issued_at": "2026-11-02T02:30:00Z",
            "quiz_closes_at": "2027-01-01T08:00:00Z",
        }
    ],
    "entries": [
        {"at": "2026-11-04T03:00:00Z", "kind": "quiz", "delta": -1, "reference": "V-7K2M9Q", "reason": ""},
        {"at": "2026-11-02T02:30:00Z", "kind": "issue", "delta": 4, "reference": "V-7K2M9Q", "reason": ""},
    ],
    "enforcements": [],
}
ID_PATTERN = rf"^{rules.EXTERNAL_ID.pattern}$"
MEANT = {
    Outcome.CREATED: "it is a violation now",
    Outcome.KNOWN: "the same was sent before, nothing changed",
    Outcome.CONFLICT: "something else was sent before under this id, nothing changed",
    Outcome.PENDING: "kept until a person stands for the seller",
    Outcome.REFUSED: "`errors` says why",
}


# --- What comes in ----------------------------------------------------------------------------------------


class ContentIn(Shape):
    """What a violation is about."""

    title: str | None = Field(None, max_length=rules.LONGEST_TITLE)
    url: str | None = Field(
        None, max_length=rules.LONGEST_URL, description="A whole address that begins with https:// or http://."
    )
    at_seconds: int | None = Field(None, ge=0, le=rules.MOST_SECONDS, description="How far into it, in seconds.")


class ViolationIn(Shape):
    """One violation. What doesn't fit is told in its result, and blocks none of the others."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": ITEM})

    external_id: str = Field(
        max_length=rules.LONGEST_ID, pattern=ID_PATTERN, description="The marketplace's own id, which never changes."
    )
    seller_code: str = Field(description="Trimmed and upper-cased. One that is not known yet is kept as pending.")
    type: str = Field(max_length=rules.LONGEST_TYPE, description="The code of a violation type.")
    channel: Channel
    issued_at: datetime = Field(description="With an offset; since 2000 and not in the future.")
    points: int | None = Field(None, ge=1, le=MOST_POINTS, description="Left out: those of the type.")
    message: str | None = Field(None, max_length=rules.LONGEST_MESSAGE, description="Shown to the seller.")
    content: ContentIn | None = None


class BatchIn(Shape):
    """From 1 to 1,000 violations."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"violations": [ITEM]}})

    # Only described here: each item is judged by itself.
    violations: Annotated[
        list[ViolationIn],
        SkipValidation,
        Field(json_schema_extra={"minItems": 1, "maxItems": rules.MOST_IN_BATCH}),
    ]


class ReasonIn(Shape):
    """Why a violation is revoked."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reason": "The claim is on the label."}})

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True),
        Field(description="From 5 to 500 characters, which the seller reads."),
    ]


ExternalId = Annotated[
    str,
    Path(
        max_length=rules.LONGEST_ID,
        pattern=ID_PATTERN,
        description="The id with which the violation was sent in.",
        examples=["lm-88121"],
    ),
]


# --- What goes out ----------------------------------------------------------------------------------------


class ResultOut(Shape):
    """What became of one violation."""

    model_config = ConfigDict(json_schema_extra={"example": RESULT})

    index: int = Field(description="Its place in the batch, from 0.")
    external_id: str = Field(description="As it was sent; empty where it was none.")
    outcome: Outcome = Field(description="; ".join(f"`{name.value}`: {words}" for name, words in MEANT.items()))
    reference: str = Field(description="How it is called to the seller; empty where it is refused or in conflict.")
    errors: list[FaultOut]


class ResultsOut(Shape):
    """What became of each violation, in the order in which they were sent."""

    model_config = ConfigDict(json_schema_extra={"example": {"results": [RESULT, REFUSED]}})

    results: list[ResultOut]


class RevokedOut(Shape):
    """The violation that counts no more."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"external_id": "lm-88121", "reference": "V-7K2M9Q", "state": "revoked"}}
    )

    external_id: str
    reference: str
    state: str = Field(
        description="`revoked`, or `withdrawn` where it still waited for its seller: then it never counts.",
        json_schema_extra={"enum": ["revoked", "withdrawn"]},
    )


class MilestoneOut(Shape):
    """The next milestone: at which balance, and how far off."""

    points: int
    distance: int


class ViolationOut(Shape):
    """A violation as it stands now."""

    reference: str
    external_id: str = Field(description="Empty where the policy team recorded it.")
    type: str
    state: ViolationState
    points: int
    remaining: int
    issued_at: datetime
    quiz_closes_at: datetime | None = Field(description="Null where the type has no quiz.")


class EntryOut(Shape):
    """A line of the ledger."""

    at: datetime
    kind: EntryKind
    delta: int
    reference: str = Field(description="Of the violation.")
    reason: str = Field(description="What people said who moved points; else empty.")


class EnforcementOut(Shape):
    """What a milestone brought about."""

    milestone: int
    state: EnforcementState
    starts_at: datetime
    ends_at: datetime | None = Field(description="Null where staff end it.")


class StandingOut(Shape):
    """Where a seller stands."""

    model_config = ConfigDict(json_schema_extra={"example": STANDING})

    seller_code: str
    scale: Scale
    balance: int = Field(description="Points, on both scales.")
    rating: int | None = Field(None, description="Only where the scale is `rating`.")
    next_milestone: MilestoneOut | None = Field(description="Null on the last one. Points, on both scales.")
    violations: list[ViolationOut] = Field(description="The latest 1,000, newest first.")
    entries: list[EntryOut] = Field(description="The latest 1,000, newest first.")
    enforcements: list[EnforcementOut] = Field(description="Newest first.")


# --- The calls --------------------------------------------------------------------------------------------


@router.post(
    "/violations",
    auth=Bearer(Scope.VIOLATIONS_WRITE),
    response=answers(ResultsOut),
    operation_id="send_violations",
    summary="Send violations in",
    tags=["Violations"],
)
def send_violations(request: HttpRequest, body: BatchIn) -> ResultsOut:
    """Take from 1 to 1,000 violations. A batch that is sent again, whole or in part, changes nothing twice."""
    by = request.machine.account  # type: ignore[attr-defined]
    with at_field("violations"):
        results = take_batch(items=body.violations, source=Source.MARKETPLACE, at=now(), by=by)
    count(request, **Counter(result.outcome.value for result in results))
    return ResultsOut(
        results=[
            ResultOut(
                index=result.index,
                external_id=result.external_id,
                outcome=result.outcome,
                reference=result.reference,
                errors=[FaultOut(**error) for error in result.errors],
            )
            for result in results
        ]
    )


@router.post(
    "/violations/{external_id}/revoke",
    auth=Bearer(Scope.VIOLATIONS_WRITE),
    response=answers(RevokedOut, 404),
    operation_id="revoke_violation",
    summary="Revoke a violation",
    tags=["Violations"],
)
def revoke(request: HttpRequest, external_id: ExternalId, body: ReasonIn) -> RevokedOut:
    """Take off what remains of a violation; again changes nothing."""
    by = request.machine.account  # type: ignore[attr-defined]
    with at_field("reason"):
        report = revoke_report(external_id=external_id, source=Source.MARKETPLACE, reason=body.reason, at=now(), by=by)
    count(request, revoked=1)
    state = "withdrawn" if report.violation is None else "revoked"
    return RevokedOut(external_id=report.external_id, reference=report.reference, state=state)


@router.get(
    "/sellers/{seller_code}/standing",
    auth=Bearer(Scope.STANDING_READ),
    response=answers(StandingOut, 404),
    operation_id="read_standing",
    summary="Read how a seller stands",
    tags=["Standing"],
    exclude_unset=True,
)
def read_standing(request: HttpRequest, seller_code: SellerCode) -> StandingOut:
    """The balance, the next milestone, violations, ledger and enforcements of a seller. Pending ones don't count."""
    with at_field("seller_code"):
        facts = standing_facts(seller_code, at=now())
    count(request, sellers=1)
    return told(facts)


def told(facts: StandingFacts) -> StandingOut:
    """The standing as machines read it."""
    rating = {} if facts.rating is None else {"rating": facts.rating}
    return StandingOut(
        seller_code=facts.seller_code,
        scale=facts.scale,
        balance=facts.balance,
        **rating,
        next_milestone=None
        if facts.next_milestone is None
        else MilestoneOut(points=facts.next_milestone, distance=facts.next_milestone - facts.balance),
        violations=[
            ViolationOut(
                reference=row.reference,
                external_id=facts.external_ids.get(row.pk, ""),
                type=row.type.code,
                state=row.holding.state_at(facts.at),
                points=row.points,
                remaining=row.remaining,
                issued_at=row.issued_at,
                quiz_closes_at=row.quiz_closes_at if row.type.bank_id else None,
            )
            for row in facts.violations
        ],
        entries=[
            EntryOut(
                at=row.at,
                kind=EntryKind(row.kind),
                delta=row.delta,
                reference=row.violation.reference,
                reason=facts.reasons.get(row.pk, ""),
            )
            for row in facts.entries
        ],
        enforcements=[
            EnforcementOut(milestone=each.points, state=each.state, starts_at=each.starts_at, ends_at=each.ends_at)
            for each in facts.enforcements
        ],
    )
