"""What the mail brings about violations, points, milestones, quizzes and appeals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.utils import translation

from apps.accounts.models import User
from apps.compliance.enums import Action, Channel, ViolationState
from apps.compliance.models import Appeal, Enforcement, Violation, ViolationDetails, ViolationType
from apps.compliance.rules.programme import Milestone
from apps.notifications.enums import Kind
from apps.notifications.letters import render_letter
from apps.notifications.rules import Letter

STANDING = "/standing/"
MOST_LINES = 20
"""How many violations a letter names."""


@dataclass(frozen=True)
class Facts:
    """What letters say beside their matter: the balance as this seller sees it; `at` is when the letter is written."""

    shown: int
    is_rating: bool
    at: datetime


@dataclass(frozen=True)
class Line:
    """A violation in a list: what its type is called in the reader's language, when it was, how many points."""

    title: str
    issued_at: datetime
    points: int


def violation_address(violation: Violation) -> str:
    """The seller's page of a violation."""
    return f"{STANDING}violations/{violation.reference}/"


def letter(name: str, person: User, facts: Facts, *, link: str = STANDING, **more: object) -> Letter:
    """A letter about where a seller stands."""
    context = {"shown": facts.shown, "is_rating": facts.is_rating} | more
    return render_letter(
        f"compliance/letters/{name}", kind=Kind.STANDING, person=person, context=dict(context), link=link
    )


def about(name: str, person: User, facts: Facts, violation: Violation, title: str, **more: object) -> Letter:
    """A letter that leads to a violation; `title` is the name of its type in the reader's language."""
    is_active = violation.state == ViolationState.ACTIVE
    has_quiz = is_active and violation.type.bank_id is not None and facts.at < violation.quiz_closes_at
    context = {
        "violation": violation,
        "title": title,
        "has_quiz": has_quiz,
        "may_appeal": violation.state != ViolationState.REVOKED and facts.at < violation.appeal_closes_at,
    }
    return letter(name, person, facts, link=violation_address(violation), **(context | more))


def violation_letter(person: User, facts: Facts, violation: Violation, title: str, details: ViolationDetails) -> Letter:
    """A violation was recorded: what it costs, and what can be done until when."""
    is_active = violation.state == ViolationState.ACTIVE
    return about(
        "violation",
        person,
        facts,
        violation,
        title,
        details=details,
        has_expired=not is_active,
        expires_later=is_active and violation.expires_at is not None,
    )


def entered_letter(person: User, facts: Facts, lines: Sequence[Line], milestone: int | None) -> Letter:
    """All that waited until somebody stood for the seller; `milestone` as it is shown, where one was reached."""
    return letter("entered", person, facts, **shortened(lines), number=len(lines), milestone=milestone)


def near_letter(person: User, facts: Facts, milestone: Milestone, shown_milestone: int) -> Letter:
    """A milestone is near, and this is what it would bring."""
    actions = action_words(person, milestone.actions)
    return letter("near_milestone", person, facts, milestone=shown_milestone, actions=actions)


def milestone_letter(
    person: User, facts: Facts, milestone: Milestone, shown_milestone: int, enforcement: Enforcement | None
) -> Letter:
    """A milestone is reached, and this is what it brings."""
    return letter(
        "milestone",
        person,
        facts,
        milestone=shown_milestone,
        actions=action_words(person, milestone.actions),
        enforcement=enforcement,
        is_open_ended=enforcement is not None and enforcement.ends_at is None,
    )


def enforcement_letter(name: str, person: User, facts: Facts, enforcement: Enforcement) -> Letter:
    """An enforcement is over: `enforcement_ended` or `enforcement_lifted`."""
    actions = action_words(person, enforcement.actions)
    return letter(name, person, facts, enforcement=enforcement, actions=actions)


def repeated_letter(
    person: User, facts: Facts, violation: Violation, title: str, *, days: int, is_flagged: bool
) -> Letter:
    """One type of violation comes again and again."""
    return about("repeated", person, facts, violation, title, days=days, is_flagged=is_flagged)


def revoked_letter(
    person: User, facts: Facts, violation: Violation, title: str, *, reason: str, is_upheld: bool
) -> Letter:
    """A violation counts no more, by an appeal or without one."""
    return about("violation_revoked", person, facts, violation, title, reason=reason, is_upheld=is_upheld)


def adjusted_letter(person: User, facts: Facts, violation: Violation, title: str, *, delta: int, reason: str) -> Letter:
    """Staff have added points or taken some off."""
    more = {"change": abs(delta), "is_more": delta > 0, "reason": reason}
    return about("violation_adjusted", person, facts, violation, title, **more)


def expired_letter(person: User, facts: Facts, lines: Sequence[Line], points: int) -> Letter:
    """Points have expired, of these violations."""
    return letter("points_expired", person, facts, **shortened(lines), points=points)


def shortened(lines: Sequence[Line]) -> dict[str, object]:
    """As many lines as a letter bears, and how many more there are."""
    return {"lines": lines[:MOST_LINES], "more": max(0, len(lines) - MOST_LINES)}


def closing_letter(person: User, facts: Facts, violation: Violation, title: str) -> Letter:
    """The quiz of a violation closes in three days."""
    return about("quiz_closing", person, facts, violation, title)


def appeal_received_letter(person: User, facts: Facts, appeal: Appeal, title: str, *, may_take_quiz: bool) -> Letter:
    """An appeal has arrived."""
    more = {"appeal": appeal, "may_take_quiz": may_take_quiz}
    return about("appeal_received", person, facts, appeal.violation, title, **more)


def appeal_rejected_letter(
    person: User, facts: Facts, appeal: Appeal, title: str, *, reason: str, may_appeal: bool
) -> Letter:
    """An appeal was looked at, and the violation stays."""
    more = {"appeal": appeal, "reason": reason, "may_appeal": may_appeal}
    return about("appeal_rejected", person, facts, appeal.violation, title, **more)


def superseded_letter(person: User, facts: Facts, violation: Violation, title: str, *, reason: str) -> Letter:
    """An open attempt was closed without counting; `reason` is English, marked for the translators."""
    with translation.override(person.language):
        said = translation.gettext(reason)
    return about("attempt_superseded", person, facts, violation, title, reason=said)


def late_credit_letter(person: User, facts: Facts, violation: Violation, title: str, *, points: int) -> Letter:
    """A voided question has made a pass of an old attempt."""
    return about("late_credit", person, facts, violation, title, points=points)


def action_words(person: User, actions: Iterable[str]) -> list[str]:
    """What a milestone brings, in the reader's words."""
    with translation.override(person.language):
        return [str(Action(each).label) for each in actions]


# --- Example data ----------------------------------------------------------------------------------------------------


def samples(person: User) -> dict[str, Letter]:
    """Every letter of this app by its name, with example data."""
    at = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
    in_indonesian = person.language == "id"
    facts = Facts(shown=9, is_rating=False, at=at)
    title = "Khasiat yang dilebih-lebihkan" if in_indonesian else "Exaggerated <effect>"
    reason = "Klaim itu ada di kemasan produk." if in_indonesian else "The claim is on the package & the label."
    violation = example_violation(at)
    message = "Krim ini tidak memutihkan dalam semalam." if in_indonesian else "This cream <whitens> nobody overnight."
    details = ViolationDetails(message=message, content_title="Siaran malam" if in_indonesian else "Evening live")
    enforcement = Enforcement(
        points=12, actions=[Action.NO_CAMPAIGNS], starts_at=at - timedelta(days=7), ends_at=at + timedelta(days=7)
    )
    rung = Milestone(12, (Action.NO_CAMPAIGNS,), days=7)
    lines = [Line(title, violation.issued_at, 4), Line("V05" if in_indonesian else "V07", violation.issued_at, 1)]
    appeal = Appeal(reference="A-7K2M9Q", violation=violation)
    subject = (person, facts, violation, title)
    return {
        "violation": violation_letter(*subject, details),
        "entered": entered_letter(person, facts, lines, 6),
        "near_milestone": near_letter(person, facts, rung, 12),
        "milestone": milestone_letter(person, replace(facts, shown=13), rung, 12, enforcement),
        "enforcement_ended": enforcement_letter("enforcement_ended", person, facts, enforcement),
        "enforcement_lifted": enforcement_letter("enforcement_lifted", person, facts, enforcement),
        "repeated": repeated_letter(*subject, days=90, is_flagged=True),
        "violation_revoked": revoked_letter(*subject, reason=reason, is_upheld=True),
        "violation_adjusted": adjusted_letter(*subject, delta=-2, reason=reason),
        "points_expired": expired_letter(person, facts, lines, 5),
        "quiz_closing": closing_letter(*subject),
        "appeal_received": appeal_received_letter(person, facts, appeal, title, may_take_quiz=True),
        "appeal_rejected": appeal_rejected_letter(person, facts, appeal, title, reason=reason, may_appeal=True),
        "attempt_superseded": superseded_letter(*subject, reason="The policy that this quiz asks about has changed."),
        "late_credit": late_credit_letter(*subject, points=1),
    }


def example_violation(at: datetime) -> Violation:
    """A violation that is nowhere kept."""
    return Violation(
        reference="V-7K2M9Q",
        type=ViolationType(code="V02", points=4, bank_id=1),
        channel=Channel.LIVE,
        state=ViolationState.ACTIVE,
        points=4,
        remaining=4,
        issued_at=at - timedelta(days=2),
        recorded_at=at,
        quiz_closes_at=at + timedelta(days=30),
        expires_at=at + timedelta(days=88),
        appeal_closes_at=at + timedelta(days=28),
        pass_mark=100,
        points_per_pass=1,
    )
