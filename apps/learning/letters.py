"""What the mail brings about courses, certificates, lessons that are asked for, the weekly goal, changed policies."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from apps.accounts.models import User
from apps.catalog.models import PolicyChange, PolicyVersion
from apps.learning.models import Assignment, Certificate
from apps.learning.rules import Week
from apps.notifications.enums import Kind
from apps.notifications.letters import render_letter
from apps.notifications.rules import Letter


def certificate_letter(person: User, certificate: Certificate) -> Letter:
    """The course is finished, and here is its certificate."""
    return about("certificate", person, certificate)


def withdrawn_letter(person: User, certificate: Certificate) -> Letter:
    """The certificate is no longer valid, and why."""
    return about("certificate_withdrawn", person, certificate)


def about(name: str, person: User, certificate: Certificate) -> Letter:
    """A letter that leads to the certificate."""
    return render_letter(
        f"learning/letters/{name}",
        kind=Kind.LEARNING,
        person=person,
        context={"certificate": certificate},
        link=reverse("learning:certificate", args=[certificate.reference]),
    )


def assignment_letter(person: User, assignment: Assignment, lesson_url: str) -> Letter:
    """Somebody asks the person to do a lesson: which, why, and by when."""
    return render_letter(
        "learning/letters/assignment",
        kind=Kind.LEARNING,
        person=person,
        context={"assignment": assignment},
        link=lesson_url,
    )


def reminder_letter(person: User, week: Week) -> Letter:
    """The week has three days left, and this much of the person's own goal."""
    return render_letter(
        "learning/letters/goal",
        kind=Kind.REMINDER,
        person=person,
        context={"week": week, "goal_url": settings.BASE_URL + reverse("learning:goal")},
        link=reverse("web:dashboard"),
    )


def policy_changed_letter(
    person: User, change: PolicyChange, titles: Mapping[str, str], *, quiz_closed: bool
) -> Letter:
    """A policy is different from what the person learned; `titles` are those of the policy, by language."""
    return render_letter(
        "learning/letters/policy_changed",
        kind=Kind.LEARNING,
        person=person,
        context={
            "title": titles.get(person.language) or change.title,
            "what_changed": change.what_changed,
            "words_language": change.new.language,
            "effective_at": change.effective_at,
            "quiz_closed": quiz_closed,
        },
        link=reverse("learning:policy-change", args=[change.policy_key]),
    )


def samples(person: User) -> dict[str, Letter]:
    """Every letter of this app by its name, with example data."""
    certificate = Certificate(
        person=person,
        reference="7K2M9QXHT4BNWE3RVYDA",
        course_key=UUID(int=0),
        course_title="Sambal & santan: menjual makanan" if person.language == "id" else "Pots & pans that sell",
        name=person.name,
        language=person.language,
        issued_at=datetime(2026, 11, 22, 2, 30, tzinfo=UTC),
        revoked_at=datetime(2026, 11, 29, 2, 30, tzinfo=UTC),
        revoke_reason="The lessons were completed by somebody else.",
    )
    is_indonesian = person.language == "id"
    assignment = Assignment(
        person=person,
        lesson_title="Bukti untuk setiap klaim" if is_indonesian else "Proof for every claim",
        reason="Siaran Anda 3 Maret." if is_indonesian else "Your LIVE of March 3 <claims>.",
        due_on=date(2026, 12, 4),
        assigned_at=datetime(2026, 11, 22, 2, 30, tzinfo=UTC),
    )
    change = PolicyChange(
        policy_key=UUID(int=0),
        title="Bukti & klaim" if is_indonesian else "Proof & claims",
        what_changed="Bukti kini harus ada sebelum siaran."
        if is_indonesian
        else "Proof is needed before you go <live>.",
        effective_at=datetime(2026, 11, 30, 17, 0, tzinfo=UTC),
        new=PolicyVersion(language=person.language),
    )
    return {
        "assignment": assignment_letter(person, assignment, f"/{person.language}/courses/"),
        "certificate": certificate_letter(person, certificate),
        "certificate_withdrawn": withdrawn_letter(person, certificate),
        "goal": reminder_letter(person, Week(goal=3, done=1)),
        "policy_changed": policy_changed_letter(person, change, {}, quiz_closed=True),
    }
