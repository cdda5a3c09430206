"""Violations are issued, revoked and adjusted."""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from wagtail.log_actions import log

from apps.accounts.models import Seller, User
from apps.accounts.services.audit import Actor, log_act
from apps.compliance.enums import AppealState, Channel, EnforcementState, RepeatLevel, ViolationState
from apps.compliance.models import (
    Appeal,
    AppealText,
    Enforcement,
    PointEntry,
    PolicyProgramme,
    RepeatFlag,
    Report,
    Standing,
    Violation,
    ViolationDetails,
    ViolationType,
    new_reference,
)
from apps.compliance.queries.programmes import Programmes
from apps.compliance.rules import dates, ledger, repeats
from apps.compliance.rules.appeals import appeal_closes_at, check_decision
from apps.compliance.rules.milestones import ended_by_staff
from apps.compliance.rules.programme import Programme
from apps.compliance.rules.reasons import check_reason
from apps.compliance.rules.replays import lifted
from apps.compliance.services.ledger import Cause, expire_held, hold_standing, standing_value, write_act
from apps.compliance.services.notices import (
    tell_of_adjustment,
    tell_of_ending,
    tell_of_lifting,
    tell_of_repeat,
    tell_of_revocation,
    tell_of_violation,
)
from apps.core.rules import gettext_noop
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt
from apps.quizzes.services import supersede_attempts

REVOKED_MEANWHILE = gettext_noop("The violation was revoked while you were answering.")


@dataclass(frozen=True)
class Evidence:
    """What a violation is about, and what the seller is told."""

    channel: Channel
    message: str = ""
    content_title: str = ""
    content_url: str = ""
    content_at_seconds: int | None = None


@transaction.atomic
def issue_violation(
    *,
    seller: Seller,
    kind: ViolationType,
    evidence: Evidence,
    issued_at: datetime,
    at: datetime,
    by: Actor,
    points: int | None = None,
    reference: str = "",
    tells: bool = True,
) -> Violation:
    """Open a violation, fix its dates, add its points, tell the seller.

    `points` of None are the type's. All dates run from `issued_at`; one that is past its expiry already enters with
    its expiry and fires nothing. `tells` is off where one letter speaks of several.
    """
    standing = hold_standing(seller, at=at)
    programmes = Programmes(standing.seller.region)
    expire_held(standing=standing, at=at, programmes=programmes)
    return enter_violation(
        standing=standing,
        kind=kind,
        evidence=evidence,
        issued_at=issued_at,
        at=at,
        by=by,
        points=points,
        reference=reference,
        tells=tells,
        programmes=programmes,
    )


def enter_violation(
    *,
    standing: Standing,
    kind: ViolationType,
    evidence: Evidence,
    issued_at: datetime,
    at: datetime,
    by: Actor,
    points: int | None,
    reference: str,
    tells: bool,
    programmes: Programmes,
) -> Violation:
    """What `issue_violation` does, for who holds the standing already, with nothing due, and enters many."""
    violation = _pinned(standing.seller, programmes.row(issued_at), kind, evidence.channel, issued_at=issued_at, at=at)
    violation.points = points or kind.points
    violation.reference = reference or free_reference()
    entries = ledger.arrival(
        violation.reference, violation.points, issued_at=issued_at, expires_at=violation.expires_at, recorded_at=at
    )
    cause = Cause(by=by, writes=tells)
    write_act(standing=standing, violation=violation, entries=entries, at=at, cause=cause, programmes=programmes)
    facts = {name: value for name, value in asdict(evidence).items() if name != "channel"}
    details = ViolationDetails.objects.create(violation=violation, **facts)
    programme = programmes.row(at).value
    if tells:
        tell_of_violation(standing=standing, violation=violation, at=at, details=details, programme=programme)
    if violation.state == ViolationState.ACTIVE:
        _look_for_repeats(standing, violation, programme, at, tells=tells)
    return violation


def _pinned(
    seller: Seller,
    row: PolicyProgramme,
    kind: ViolationType,
    channel: Channel,
    *,
    issued_at: datetime,
    at: datetime,
) -> Violation:
    """A violation, not saved yet, with all that is pinned on it by the programme in force when it was issued."""
    programme, page = row.value, kind.policy_page
    return Violation(
        seller=seller,
        type=kind,
        programme=row,
        channel=channel,
        state=ViolationState.ACTIVE,
        remaining=0,
        issued_at=issued_at,
        recorded_at=at,
        quiz_closes_at=dates.quiz_window(issued_at, programme.zone).closes_at,
        expires_at=dates.expiry_of(issued_at, programme.expiry_days, programme.zone),
        appeal_closes_at=appeal_closes_at(issued_at, programme.appeal_days, programme.zone),
        pass_mark=programme.pass_mark,
        points_per_pass=programme.points_per_pass,
        policy_key=page.translation_key if page is not None else None,
        section=kind.section,
    )


def free_reference() -> str:
    """A reference that no violation and no report bears yet; the unique keys stand behind it."""
    return free_references(1)[0]


def free_references(number: int) -> list[str]:
    """So many references that no violation and no report bears yet."""
    found: set[str] = set()
    while len(found) < number:
        drawn = {new_reference() for _each in range(number - len(found))}
        for model in (Report, Violation):
            drawn -= set(model.objects.filter(reference__in=drawn).values_list("reference", flat=True))
        found |= drawn
    return list(found)


def _look_for_repeats(
    standing: Standing, violation: Violation, programme: Programme, at: datetime, *, tells: bool
) -> None:
    """Point out that one type comes again and again: to the seller first, then to staff too."""
    if programme.repeat_rule is None:
        return
    same = Violation.objects.standing().filter(seller=standing.seller_id, type=violation.type_id)
    earlier = same.exclude(pk=violation.pk).values_list("issued_at", flat=True)
    level = repeats.risen_to(programme.repeat_rule, earlier, violation.issued_at, zone=programme.zone, at=at)
    if level != RepeatLevel.NONE:
        flag = RepeatFlag.objects.create(
            seller=standing.seller, type=violation.type, violation=violation, level=level, at=at
        )
        if tells:
            tell_of_repeat(standing=standing, flag=flag, at=at)


@transaction.atomic
def revoke_violation(
    *, violation: Violation, reason: str, at: datetime, by: Actor, appeal: Appeal | None = None
) -> Violation:
    """Take off what remains of a violation, and no more; lift what would not have been reached without it.

    An open attempt of its quiz is closed without counting, a pending appeal is decided as upheld. `appeal` is the one
    whose upholding revokes. Raises AlreadyRevoked, ReasonMissing.
    """
    reason = check_reason(reason)
    standing = hold_standing(violation.seller, at=at)
    expire_held(standing=standing, at=at)
    violation = Violation.objects.select_for_update().get(pk=violation.pk)
    entry = ledger.revocation(violation.holding, at=at)
    begun = Attempt.objects.filter(stake__violation=violation, state=AttemptState.OPEN)
    supersede_attempts(attempts=begun, reason=REVOKED_MEANWHILE, at=at)
    pending = appeal or violation.appeals.filter(state=AppealState.PENDING).first()
    if pending is not None:
        _uphold(pending, reason, at, by)
    cause = Cause(by=by, reason=reason, appeal=pending)
    write_act(standing=standing, violation=violation, entries=[entry], at=at, cause=cause)
    lift_enforcements(standing=standing, at=at)
    # The reason stands with the entry, where it can be erased; the trail keeps what it has for ever.
    log_act(violation, "compliance.revoke", by=by)
    tell_of_revocation(standing=standing, violation=violation, reason=reason, appeal=pending, at=at)
    return violation


def _uphold(appeal: Appeal, reason: str, at: datetime, by: Actor) -> None:
    """Decide the appeal for the seller."""
    check_decision(AppealState(appeal.state), AppealState.UPHELD)
    person = by if isinstance(by, User) else None
    appeal.state, appeal.decided_at, appeal.decided_by = AppealState.UPHELD, at, person
    appeal.save(update_fields=["state", "decided_at", "decided_by"])
    AppealText.objects.filter(appeal=appeal).update(reason=reason)


def lift_enforcements(*, standing: Standing, at: datetime) -> list[Enforcement]:
    """Lift the running enforcements of a held standing that the ledger without its revoked violations doesn't bear."""
    rows = PointEntry.objects.filter(seller=standing.seller_id).select_related("violation").order_by("pk")
    entries = [row.as_value(violation=row.violation.reference) for row in rows]
    revoked = {row.violation.reference for row in rows if row.violation.state == ViolationState.REVOKED}
    gone = {each.points for each in lifted(standing_value(standing), entries, revoked, at=at)}
    running = Enforcement.objects.filter(seller=standing.seller_id, state=EnforcementState.ACTIVE)
    found = list(running.filter(points__in=gone).order_by("points"))
    for enforcement in found:
        enforcement.state, enforcement.ends_at = EnforcementState.LIFTED, at
        enforcement.save(update_fields=["state", "ends_at"])
        tell_of_lifting(standing=standing, enforcement=enforcement, at=at)
    return found


@transaction.atomic
def adjust_violation(*, violation: Violation, delta: int, reason: str, at: datetime, by: User) -> Violation:
    """Add points to an active violation, or take some off, for a reason that the seller reads.

    Raises ViolationSettled, AdjustmentRefused, ReasonMissing.
    """
    reason = check_reason(reason)
    standing = hold_standing(violation.seller, at=at)
    expire_held(standing=standing, at=at)
    violation = Violation.objects.select_for_update().get(pk=violation.pk)
    entry = ledger.adjustment(violation.holding, delta, at=at)
    write_act(standing=standing, violation=violation, entries=[entry], at=at, cause=Cause(by=by, reason=reason))
    log(violation, "compliance.adjust", user=by, data={"delta": delta})
    tell_of_adjustment(standing=standing, violation=violation, delta=delta, reason=reason, at=at)
    return violation


@transaction.atomic
def end_enforcement(*, enforcement: Enforcement, at: datetime, by: User) -> Enforcement:
    """End an enforcement that has no end of its own. Raises EnforcementOver for any other."""
    standing = hold_standing(enforcement.seller, at=at)
    enforcement = Enforcement.objects.select_for_update().get(pk=enforcement.pk)
    ended = ended_by_staff(enforcement.value, at=at)
    enforcement.state, enforcement.ends_at, enforcement.is_ended_by_staff = ended.state, ended.ends_at, True
    enforcement.save(update_fields=["state", "ends_at", "is_ended_by_staff"])
    log(enforcement, "compliance.end_enforcement", user=by)
    tell_of_ending(standing=standing, enforcement=enforcement, at=at)
    return enforcement
