"""Lessons that a person is asked to do: asked for once, done by completing the lesson, or withdrawn."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from wagtail.log_actions import log

from apps.accounts.models import User
from apps.catalog.queries.related import LessonLink, lesson_links
from apps.learning import rules
from apps.learning.letters import assignment_letter
from apps.learning.models import Assignment
from apps.learning.queries.own import day_of
from apps.notifications.services.letters import post_letter


@transaction.atomic
def assign_lesson(
    *,
    person: User,
    lesson_key: UUID,
    reason: str,
    at: datetime,
    by: User | None,
    due_on: date | None = None,
    writes: bool = True,
) -> Assignment:
    """Ask a person to do a lesson, for a reason that they read, and tell them by letter.

    Asking again while it is open makes no second one: the same changes nothing, another reason or day takes the
    place of the old and is told. A lesson that the person has done before is to be done again: what it is asked for
    has happened since. `by` is None where the site itself asks,
    `writes` is off where another letter tells of it.
    """
    lesson = open_lesson(lesson_key, person.language)
    facts = {"reason": rules.check_asking(reason), "due_on": rules.check_due(due_on, day_of(person, at))}
    asked = facts | {"lesson_title": lesson.title, "assigned_at": at, "assigned_by": by}
    assignment, is_new = Assignment.objects.select_for_update().get_or_create(
        person=person, lesson_key=lesson_key, fulfilled_at=None, withdrawn_at=None, defaults=asked
    )
    if not is_new and facts == {"reason": assignment.reason, "due_on": assignment.due_on}:
        return assignment
    for name, value in asked.items():
        setattr(assignment, name, value)
    assignment.save(update_fields=list(asked))
    log(assignment, "learning.assign_lesson", user=by, data={"person": person.pk})
    if writes:
        letter = assignment_letter(person, assignment, lesson.url)
        post_letter(letter=letter, person=person, at=at, dedupe_key=f"assignment:{assignment.pk}:{at.isoformat()}")
    return assignment


def open_lesson(key: UUID, language: str) -> LessonLink:
    """The lesson, which anyone may open. Raises LessonGone."""
    lesson = lesson_links([key], language).get(key)
    if lesson is None:
        raise rules.LessonGone(rules.gettext_noop("Nobody can open this lesson now. Publish it, or choose another."))
    return lesson


def fulfil_assignments(*, person: User, lesson_key: UUID, at: datetime) -> int:
    """The person has done the lesson: what asked for it is done. Answers how many did."""
    asked = Assignment.objects.filter(person=person, lesson_key=lesson_key, fulfilled_at=None, withdrawn_at=None)
    return asked.update(fulfilled_at=at)


@transaction.atomic
def withdraw_assignment(*, assignment: Assignment, at: datetime, by: User | None) -> Assignment:
    """Ask for the lesson no more; again changes nothing. What is done isn't withdrawn."""
    assignment = Assignment.objects.select_for_update().get(pk=assignment.pk)
    if assignment.fulfilled_at is not None:
        raise rules.AssignmentEnded(rules.gettext_noop("This lesson was done meanwhile. There is nothing to withdraw."))
    if assignment.withdrawn_at is None:
        assignment.withdrawn_at = at
        assignment.save(update_fields=["withdrawn_at"])
        log(assignment, "learning.withdraw_assignment", user=by, data={"person": assignment.person_id})
    return assignment
