"""Tells sellers by letter and the marketplace by event what happens to a standing, in the transaction of the act.

Nobody who stands for the seller gets no letter; the marketplace is told all the same. Events about one seller go out
in the order in which they were announced.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from apps.accounts.models import Seller, User
from apps.compliance import letters
from apps.compliance.enums import Action, AppealState, EntryKind, RepeatLevel, Scale
from apps.compliance.letters import Facts, Line
from apps.compliance.models import (
    Appeal,
    AppealText,
    Enforcement,
    MilestoneRecord,
    PointEntry,
    QuizStake,
    RepeatFlag,
    Standing,
    Violation,
    ViolationDetails,
)
from apps.compliance.queries.programmes import programme_row
from apps.compliance.queries.types import title_of, titles_of
from apps.compliance.rules.milestones import Reached
from apps.compliance.rules.programme import Milestone, Programme
from apps.learning.rules import LessonGone
from apps.learning.services.assignments import assign_lesson
from apps.notifications.enums import Event
from apps.notifications.rules import Letter
from apps.notifications.services.letters import post_letter
from apps.notifications.services.webhooks import announce


def announce_balance(*, standing: Standing, entry: PointEntry, at: datetime) -> None:
    """Tell the marketplace that a line of the ledger has changed the seller's balance."""
    violation = entry.violation
    facts = {"balance": standing.balance, "delta": entry.delta, "kind": entry.kind, "reference": violation.reference}
    _announce(standing.seller, Event.BALANCE_CHANGED, facts, at)


def tell_of_reached(
    *,
    standing: Standing,
    reached: Reached,
    begun: list[Enforcement],
    programme: Programme,
    at: datetime,
    writes: bool = True,
) -> None:
    """Tell what a change of the balance has led to, and have the lessons done that a milestone asks for.

    `writes` is off where one letter speaks of all at its end; the marketplace is told in any case.
    """
    if reached.fired is not None:
        jumped = [each.points for each in reached.recorded]
        facts = {"milestone": reached.fired.points, "jumped": jumped, "balance": standing.balance}
        _announce(standing.seller, Event.MILESTONE_REACHED, facts | {"actions": list(reached.fired.actions)}, at)
    for enforcement in begun:
        _announce(standing.seller, Event.ENFORCEMENT_BEGAN, _enforcement_facts(enforcement), at)
    person = standing.seller.person
    if person is None:
        return
    if writes:
        _write_of_reached(person, standing, reached, begun, programme, at)
    if reached.fired is not None and Action.LESSONS in reached.fired.actions:
        _ask_for_lessons(person, standing, reached.fired, programme, at, writes=writes)


def _write_of_reached(
    person: User, standing: Standing, reached: Reached, begun: list[Enforcement], programme: Programme, at: datetime
) -> None:
    """The letters of the milestone that fired, and of the one that is near."""
    facts = facts_of(standing, at, programme=programme)
    if reached.fired is not None:
        enforcement = begun[0] if begun else None
        shown = programme.shown(reached.fired.points)
        written = letters.milestone_letter(person, facts, reached.fired, shown, enforcement)
        _post(standing.seller, written, f"milestone:{reached.fired.points}:{at.isoformat()}", at)
    if reached.near is not None:
        written = letters.near_letter(person, facts, reached.near, programme.shown(reached.near.points))
        _post(standing.seller, written, f"near:{reached.near.points}:{at.isoformat()}", at)


def _ask_for_lessons(
    person: User, standing: Standing, milestone: Milestone, programme: Programme, at: datetime, *, writes: bool
) -> None:
    """Assign the lessons about what the seller's active violations are; one that nobody can open is left out."""
    active = Violation.objects.active().filter(seller=standing.seller_id, type__lesson_page__isnull=False)
    types = {each.type_id: each.type for each in active.select_related("type__lesson_page").order_by("type__code")}
    titles = titles_of(types.values(), person.language)
    for kind in types.values():
        with translation.override(person.language):
            if programme.scale == Scale.RATING:
                reason = _("Your rating has reached the milestone %(points)s. This lesson is about: %(title)s.")
            else:
                reason = _("You have reached the milestone of %(points)s points. This lesson is about: %(title)s.")
        said = reason % {"points": programme.shown(milestone.points), "title": titles[kind.pk]}
        page = kind.lesson_page
        if page is None:
            continue
        try:
            key = page.translation_key
            assign_lesson(person=person, lesson_key=key, reason=said, at=at, by=None, writes=writes)
        except LessonGone:
            continue


def tell_of_ending(
    *, standing: Standing, enforcement: Enforcement, at: datetime, programme: Programme | None = None
) -> None:
    """An enforcement has ended, by itself or by staff."""
    _announce(standing.seller, Event.ENFORCEMENT_ENDED, _enforcement_facts(enforcement), at)
    _tell_of_enforcement("enforcement_ended", standing, enforcement, at, programme)


def tell_of_lifting(*, standing: Standing, enforcement: Enforcement, at: datetime) -> None:
    """An enforcement would not have begun without what is revoked now."""
    _announce(standing.seller, Event.ENFORCEMENT_LIFTED, _enforcement_facts(enforcement), at)
    _tell_of_enforcement("enforcement_lifted", standing, enforcement, at)


def _tell_of_enforcement(
    name: str, standing: Standing, enforcement: Enforcement, at: datetime, programme: Programme | None = None
) -> None:
    if person := standing.seller.person:
        facts = facts_of(standing, at, programme=programme)
        written = letters.enforcement_letter(name, person, facts, enforcement)
        _post(standing.seller, written, f"{name}:{enforcement.pk}", at)


def tell_of_violation(
    *, standing: Standing, violation: Violation, details: ViolationDetails, programme: Programme, at: datetime
) -> None:
    """A violation was recorded."""
    if person := standing.seller.person:
        title = title_of(violation.type, person.language)
        facts = facts_of(standing, at, programme=programme)
        written = letters.violation_letter(person, facts, violation, title, details)
        _post(standing.seller, written, f"violation:{violation.reference}", at)


def tell_of_entered(*, standing: Standing, violations: Sequence[Violation], at: datetime) -> None:
    """All that waited for somebody to stand for the seller, in one letter."""
    person = standing.seller.person
    if person is None or not violations:
        return
    fired = MilestoneRecord.objects.filter(entry__violation__in=violations, has_fired=True)
    highest = max(fired.values_list("points", flat=True), default=None)
    programme = programme_row(standing.seller.region, at).value
    shown = None if highest is None else programme.shown(highest)
    facts = facts_of(standing, at, programme=programme)
    written = letters.entered_letter(person, facts, lines_of(violations, person.language), shown)
    _post(standing.seller, written, f"entered:{violations[0].reference}", at)


def tell_of_repeat(*, standing: Standing, flag: RepeatFlag, at: datetime) -> None:
    """One type of violation comes again and again."""
    if person := standing.seller.person:
        programme = programme_row(standing.seller.region, at).value
        written = letters.repeated_letter(
            person,
            facts_of(standing, at, programme=programme),
            flag.violation,
            title_of(flag.type, person.language),
            days=programme.repeat_rule.days if programme.repeat_rule else 0,
            is_flagged=flag.level == RepeatLevel.FLAGGED,
        )
        _post(standing.seller, written, f"repeated:{flag.violation.reference}", at)


def tell_of_revocation(
    *, standing: Standing, violation: Violation, reason: str, appeal: Appeal | None, at: datetime
) -> None:
    """A violation counts no more; `appeal` is the one that was upheld with it."""
    if person := standing.seller.person:
        title = title_of(violation.type, person.language)
        facts, is_upheld = facts_of(standing, at), appeal is not None
        written = letters.revoked_letter(person, facts, violation, title, reason=reason, is_upheld=is_upheld)
        _post(standing.seller, written, f"revoked:{violation.reference}", at)


def tell_of_adjustment(*, standing: Standing, violation: Violation, delta: int, reason: str, at: datetime) -> None:
    """Staff have added points to a violation or taken some off."""
    if person := standing.seller.person:
        title = title_of(violation.type, person.language)
        written = letters.adjusted_letter(person, facts_of(standing, at), violation, title, delta=delta, reason=reason)
        _post(standing.seller, written, f"adjusted:{violation.reference}:{at.isoformat()}", at)


def tell_of_expiry(*, standing: Standing, violations: Sequence[Violation], points: int, at: datetime) -> None:
    """What remained of these violations has expired, `points` in all."""
    if person := standing.seller.person:
        expired = PointEntry.objects.filter(violation__in=violations, kind=EntryKind.EXPIRY)
        gone = {violation: -delta for violation, delta in expired.values_list("violation", "delta")}
        lines = lines_of(violations, person.language, points=gone)
        written = letters.expired_letter(person, facts_of(standing, at), lines, points)
        _post(standing.seller, written, f"expired:{violations[0].reference}", at)


def tell_of_quiz_closing(*, standing: Standing, violation: Violation, at: datetime) -> None:
    """The quiz of a violation closes in three days."""
    if person := standing.seller.person:
        title = title_of(violation.type, person.language)
        written = letters.closing_letter(person, facts_of(standing, at), violation, title)
        _post(standing.seller, written, closing_key(violation.reference), at)


def closing_key(reference: str) -> str:
    """The key under which a violation's seller is reminded of its quiz: once."""
    return f"quiz-closing:{reference}"


def tell_of_appeal_received(*, standing: Standing, appeal: Appeal, at: datetime) -> None:
    """An appeal has arrived."""
    if person := standing.seller.person:
        programme = programme_row(standing.seller.region, at).value
        written = letters.appeal_received_letter(
            person,
            facts_of(standing, at, programme=programme),
            appeal,
            title_of(appeal.violation.type, person.language),
            may_take_quiz=programme.quiz_during_appeal,
        )
        _post(standing.seller, written, f"appeal:{appeal.reference}", at)


def tell_of_appeal_decided(*, standing: Standing, appeal: Appeal, at: datetime) -> None:
    """An appeal was rejected; what an upheld one brings is told with the revocation."""
    person = standing.seller.person
    if person is None or appeal.state != AppealState.REJECTED:
        return
    programme = programme_row(standing.seller.region, at).value
    violation = appeal.violation
    written = letters.appeal_rejected_letter(
        person,
        facts_of(standing, at, programme=programme),
        appeal,
        title_of(violation.type, person.language),
        reason=AppealText.objects.get(appeal=appeal).reason,
        may_appeal=violation.appeals.count() < programme.appeal_max and at < violation.appeal_closes_at,
    )
    _post(standing.seller, written, f"appeal-decided:{appeal.reference}", at)


def tell_of_superseded(
    *, standing: Standing, violation: Violation, reason: str, programme: Programme, at: datetime
) -> None:
    """An open attempt at a violation's quiz was closed without counting."""
    if person := standing.seller.person:
        title, facts = title_of(violation.type, person.language), facts_of(standing, at, programme=programme)
        written = letters.superseded_letter(person, facts, violation, title, reason=reason)
        _post(standing.seller, written, f"superseded:{violation.reference}:{at.isoformat()}", at)


def tell_of_late_credit(*, standing: Standing, stake: QuizStake, points: int, at: datetime) -> None:
    """A voided question has made a pass of an old attempt, which took points off; one letter for each attempt."""
    if person := standing.seller.person:
        violation = stake.violation
        title = title_of(violation.type, person.language)
        written = letters.late_credit_letter(person, facts_of(standing, at), violation, title, points=points)
        _post(standing.seller, written, f"late-credit:{stake.attempt.reference}", at)


# --- What they are made of ------------------------------------------------------------------------------------------


def facts_of(standing: Standing, at: datetime, *, programme: Programme | None = None) -> Facts:
    """The balance as this seller sees it now."""
    programme = programme or programme_row(standing.seller.region, at).value
    return Facts(programme.shown(standing.balance), programme.scale == Scale.RATING, at)


def lines_of(violations: Sequence[Violation], language: str, *, points: dict[int, int] | None = None) -> list[Line]:
    """The violations of a list in a letter, with these points by their ids, or with those that each began with."""
    titles = titles_of({each.type_id: each.type for each in violations}.values(), language)
    return [Line(titles[each.type_id], each.issued_at, (points or {}).get(each.pk, each.points)) for each in violations]


def _enforcement_facts(enforcement: Enforcement) -> dict[str, Any]:
    """What machines read of an enforcement."""
    return {
        "milestone": enforcement.points,
        "actions": enforcement.actions,
        "state": enforcement.state,
        "starts_at": enforcement.starts_at.isoformat(),
        "ends_at": enforcement.ends_at.isoformat() if enforcement.ends_at else None,
    }


def _announce(seller: Seller, event: Event, facts: dict[str, Any], at: datetime) -> None:
    announce(event=event, subject=f"seller:{seller.code}", payload={"seller_code": seller.code, **facts}, at=at)


def _post(seller: Seller, written: Letter, key: str, at: datetime) -> None:
    post_letter(letter=written, person=seller.person, at=at, dedupe_key=key)
