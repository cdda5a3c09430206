"""The quiz of a course: tried as often as one likes, with a pause; a pass may be what finishes the course."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Case, When
from django.urls import reverse

from apps.accounts.models import User
from apps.catalog.enums import Kind
from apps.catalog.models import Reading
from apps.catalog.queries.readings import outline_of
from apps.learning import rules
from apps.learning.models import Enrolment
from apps.learning.queries.quizzes import asked_quiz, standing_of, terms_of
from apps.learning.services.enrolments import enrol, finish_if_done
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt
from apps.quizzes.rules import check_counts
from apps.quizzes.services import settle_attempt, start_attempt


@transaction.atomic
def start_quiz(*, person: User, course: Reading, at: datetime) -> Attempt:
    """Begin a try in the language of the course's page, or go on with the one that is open.

    Enrols a person who isn't yet. The lessons may still be open: the course is finished when both are done. Refused:
    after a pass, and in the pause after a try that wasn't passed.
    """
    quiz = asked_quiz(course)
    standing = standing_of(person, course.key, quiz.pause, at)
    if standing.open is not None:
        return standing.open
    way_on = reverse("learning:quiz", args=[course.language, course.key])
    rules.check_try(passed=standing.passed is not None, next_at=standing.next_at, way_on=way_on)
    enrol(person=person, course=course, at=at)
    return start_attempt(person=person, terms=terms_of(course.key, quiz), language=course.language, at=at)


def submit_quiz(*, attempt: Attempt, answers: Mapping[str, Sequence[str]], at: datetime) -> Attempt:
    """Mark a try, once; a pass finishes the course of who has done its lessons. Refused as the engine refuses."""
    with transaction.atomic():
        settled = settle_attempt(attempt=attempt, answers=answers, at=at)
        if settled.state == AttemptState.PASSED:
            finish_passed_courses(attempts=[settled], at=at)
    # Outside, since it would undo the lapse that it tells of.
    check_counts(settled.state, settled.closed_reason)
    return settled


@transaction.atomic
def finish_passed_courses(*, attempts: Iterable[Attempt], at: datetime) -> None:
    """Finish the courses whose quizzes these attempts passed, where their lessons are done.

    Attempts at quizzes of other apps are passed over, and so is a course that was taken off: the pass counts when it
    comes back.
    """
    for attempt in attempts:
        key = rules.course_of_quiz(attempt.quiz)
        if key is not None:
            finish_passed_course(person_id=attempt.person_id, key=key, language=attempt.language, at=at)


def finish_passed_course(*, person_id: int | None, key: UUID, language: str, at: datetime) -> None:
    """Finish the course of a person who has just passed its quiz, if they are in it still and it is open."""
    course = course_in(key, language)
    enrolment = Enrolment.objects.filter(person=person_id, course_key=key).first()
    if course is not None and enrolment is not None:
        finish_if_done(enrolment=enrolment, course=course, lessons=outline_of(course), at=at)


def course_in(key: UUID, language: str) -> Reading | None:
    """The course in this language, or in another; None where nobody may open it."""
    versions = Reading.objects.filter(key=key, kind=Kind.COURSE)
    return versions.order_by(Case(When(language=language, then=0), default=1)).first()
