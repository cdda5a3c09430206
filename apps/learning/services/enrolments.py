"""Begun, gone on with, finished. The same act twice changes nothing twice."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import Seller, User
from apps.catalog.models import Reading
from apps.catalog.queries.readings import OutlineLine, outline_of
from apps.learning import rules
from apps.learning.enums import QuizState
from apps.learning.models import Completion, Enrolment
from apps.learning.queries.quizzes import quiz_state_of, with_quiz
from apps.learning.services.assignments import fulfil_assignments
from apps.learning.services.certificates import give_certificate
from apps.notifications.enums import Event
from apps.notifications.services.webhooks import announce


@transaction.atomic
def enrol(*, person: User, course: Reading, at: datetime) -> Enrolment:
    """Begin a course; again changes nothing. Refused for a course without lessons.

    Lessons done before, in another course or language, count at once.
    """
    lessons = outline_of(course)
    if not lessons:
        raise rules.CourseEmpty(
            rules.gettext_noop("The lessons of this course are being written. Come back soon."), way_on=course.url
        )
    enrolment, created = Enrolment.objects.get_or_create(
        person=person,
        course_key=course.key,
        defaults={"course_title": course.title, "enrolled_at": at, "last_read_at": at},
    )
    return finish_if_done(enrolment=enrolment, course=course, lessons=lessons, at=at) if created else enrolment


@transaction.atomic
def complete_lesson(*, person: User, lesson: Reading, at: datetime) -> Enrolment:
    """Mark a lesson complete, in its course; the course is finished with its last one.

    Enrols a person who isn't yet: who finishes a lesson has begun the course. Done again, it stays done since the
    first time, and what asked for it meanwhile is done too.
    """
    course = lesson.parent
    if course is None:
        raise rules.LessonGone(rules.gettext_noop("This lesson belongs to no course any more."))
    enrolment = enrol(person=person, course=course, at=at)
    Completion.objects.get_or_create(
        person=person, lesson_key=lesson.key, defaults={"lesson_title": lesson.title, "completed_at": at}
    )
    fulfil_assignments(person=person, lesson_key=lesson.key, at=at)
    Enrolment.objects.filter(pk=enrolment.pk).update(last_lesson_key=lesson.key, last_block="", last_read_at=at)
    return finish_if_done(enrolment=enrolment, course=course, lessons=outline_of(course), at=at)


@transaction.atomic
def finish_course(*, person: User, course: Reading, at: datetime) -> Enrolment | None:
    """Finish a course of which nothing is left: its last open lesson or its quiz was taken off.

    None for who isn't in it. Again changes nothing.
    """
    enrolment = Enrolment.objects.filter(person=person, course_key=course.key).first()
    if enrolment is None:
        return None
    return finish_if_done(enrolment=enrolment, course=course, lessons=outline_of(course), at=at)


def finish_if_done(*, enrolment: Enrolment, course: Reading, lessons: list[OutlineLine], at: datetime) -> Enrolment:
    """Finish the course and give the certificate, once, when every lesson of it is done and its quiz is passed.

    A last lesson and a pass that come at once are each written before they wait for the enrolment: the later sees both.
    """
    enrolment = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    keys = [line.key for line in lessons]
    done = set(
        Completion.objects.filter(person_id=enrolment.person_id, lesson_key__in=keys).values_list(
            "lesson_key", flat=True
        )
    )
    if enrolment.completed_at is None and rules.finishes_course(keys, done) and not quiz_is_left(enrolment):
        # Clocks of two servers differ: nobody finishes before beginning.
        enrolment.completed_at = max(at, enrolment.enrolled_at)
        enrolment.save(update_fields=["completed_at"])
        give_certificate(person=enrolment.person, course=course, at=at)
        announce_completion(enrolment=enrolment, at=at)
    return enrolment


def quiz_is_left(enrolment: Enrolment) -> bool:
    """Whether the course asks a quiz that the person hasn't passed."""
    return quiz_state_of(with_quiz(Enrolment.objects.filter(pk=enrolment.pk)).get()) is QuizState.OPEN


def announce_completion(*, enrolment: Enrolment, at: datetime) -> None:
    """Tell other machines that a seller finished a course; of who stands for no seller they are told nothing."""
    code = Seller.objects.filter(person=enrolment.person_id).values_list("code", flat=True).first()
    if code is None or enrolment.completed_at is None:
        return
    payload = {
        "seller": code,
        "course": {"key": str(enrolment.course_key), "title": enrolment.course_title},
        "completed_at": enrolment.completed_at.isoformat(),
    }
    announce(event=Event.COURSE_COMPLETED, subject=f"seller:{code}", payload=payload, at=at)


def keep_place(*, person: User, lesson: Reading, block: str, at: datetime) -> bool:
    """Remember where an enrolled person stopped reading; answers whether there was an enrolment to keep it on."""
    block = rules.check_place(block)
    if lesson.parent is None:
        return False
    kept = Enrolment.objects.filter(person=person, course_key=lesson.parent.key).update(
        last_lesson_key=lesson.key, last_block=block, last_read_at=at
    )
    return bool(kept)
