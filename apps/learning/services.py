"""What changes about a person's learning. The same act twice changes nothing twice."""

from datetime import datetime

from django.db import transaction
from wagtail.log_actions import log

from apps.accounts.models import User
from apps.catalog.models import Reading
from apps.catalog.queries.readings import OutlineLine, outline_of
from apps.learning import rules
from apps.learning.models import Certificate, Completion, Enrolment


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

    Enrols a person who isn't yet: who finishes a lesson has begun the course.
    """
    course = lesson.parent
    if course is None:
        raise rules.LessonGone(rules.gettext_noop("This lesson belongs to no course any more."))
    enrolment = enrol(person=person, course=course, at=at)
    Completion.objects.get_or_create(
        person=person, lesson_key=lesson.key, defaults={"lesson_title": lesson.title, "completed_at": at}
    )
    Enrolment.objects.filter(pk=enrolment.pk).update(last_lesson_key=lesson.key, last_block="", last_read_at=at)
    return finish_if_done(enrolment=enrolment, course=course, lessons=outline_of(course), at=at)


@transaction.atomic
def finish_course(*, person: User, course: Reading, at: datetime) -> Enrolment | None:
    """Finish a course whose last open lesson was taken off; None for who isn't in it. Again changes nothing."""
    enrolment = Enrolment.objects.filter(person=person, course_key=course.key).first()
    if enrolment is None:
        return None
    return finish_if_done(enrolment=enrolment, course=course, lessons=outline_of(course), at=at)


def finish_if_done(*, enrolment: Enrolment, course: Reading, lessons: list[OutlineLine], at: datetime) -> Enrolment:
    """Finish the course and give the certificate, once, when every lesson of it is done."""
    enrolment = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    keys = [line.key for line in lessons]
    done = set(
        Completion.objects.filter(person_id=enrolment.person_id, lesson_key__in=keys).values_list(
            "lesson_key", flat=True
        )
    )
    if enrolment.completed_at is None and rules.finishes_course(keys, done):
        # Clocks of two servers differ: nobody finishes before beginning.
        enrolment.completed_at = max(at, enrolment.enrolled_at)
        enrolment.save(update_fields=["completed_at"])
        give_certificate(person=enrolment.person, course=course, at=at)
    return enrolment


def give_certificate(*, person: User, course: Reading, at: datetime) -> Certificate:
    """The person's certificate of this course, in their language where it exists; there is never a second one."""
    course = Reading.objects.filter(key=course.key, language=person.language).first() or course
    certificate, _created = Certificate.objects.get_or_create(
        person=person,
        course_key=course.key,
        defaults={
            "course_title": course.title,
            "name": person.get_full_name(),
            "language": course.language,
            "issued_at": at,
        },
    )
    return certificate


def keep_place(*, person: User, lesson: Reading, block: str, at: datetime) -> bool:
    """Remember where an enrolled person stopped reading; answers whether there was an enrolment to keep it on."""
    block = rules.check_place(block)
    if lesson.parent is None:
        return False
    kept = Enrolment.objects.filter(person=person, course_key=lesson.parent.key).update(
        last_lesson_key=lesson.key, last_block=block, last_read_at=at
    )
    return bool(kept)


@transaction.atomic
def revoke_certificate(*, certificate: Certificate, reason: str, at: datetime, by: User) -> Certificate:
    """Declare a certificate void, for a reason that everyone who checks it reads. Again changes nothing."""
    reason = rules.check_reason(reason)
    certificate = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if certificate.revoked_at is None:
        certificate.revoked_at, certificate.revoke_reason = at, reason
        certificate.save(update_fields=["revoked_at", "revoke_reason"])
        log(certificate, "learning.revoke_certificate", user=by, data={"reason": reason})
    return certificate
