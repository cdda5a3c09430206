"""A person's learning record: all that they have begun, done and been given, in a fixed number of statements.

Courses, their quizzes and certificates stand as a whole, lessons by year.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import ExtractYear

from apps.accounts.models import User
from apps.catalog.queries.lists import CourseCard, cards_of
from apps.catalog.queries.related import LessonLink, lesson_links
from apps.learning.models import Certificate, Completion, Enrolment
from apps.learning.rules import QUIZ_OF_COURSE
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt


@dataclass(frozen=True)
class QuizEntry:
    """The quiz of a course: how often the person submitted it, and when they first passed it, if they did."""

    tries: int
    passed_at: datetime | None


@dataclass(frozen=True)
class CourseEntry:
    """A course that the person is in; `url` is "" where nobody may open it any more."""

    title: str
    url: str
    language: str
    enrolled_at: datetime | None
    completed_at: datetime | None
    certificate: Certificate | None
    quiz: QuizEntry | None


@dataclass(frozen=True)
class LessonEntry:
    """A lesson that the person has done."""

    title: str
    url: str
    language: str
    completed_at: datetime


@dataclass(frozen=True)
class CourseLessons:
    """Lessons done, of one course as it is now; those whose lesson was taken off have no title."""

    title: str
    url: str
    language: str
    lessons: list[LessonEntry]


@dataclass(frozen=True)
class Totals:
    """What the record comes to. A certificate that was withdrawn counts no more, and stays on the record."""

    lessons: int
    begun: int
    finished: int
    certificates: int


@dataclass(frozen=True)
class Year:
    """A year in which lessons were done, on the person's own clock."""

    number: int
    lessons: int


def years_of(person: User) -> list[Year]:
    """The years in which the person did lessons, the latest first."""
    year = ExtractYear("completed_at", tzinfo=ZoneInfo(person.zone))
    rows = Completion.objects.filter(person=person).annotate(year=year).values("year").annotate(lessons=Count("pk"))
    return [Year(*row) for row in rows.order_by("-year").values_list("year", "lessons")]


def lessons_in(person: User, year: int) -> QuerySet[Completion]:
    """What the person did in a year of their own clock, the latest first."""
    zone = ZoneInfo(person.zone)
    begin, end = datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    rows = Completion.objects.filter(person=person, completed_at__gte=begin, completed_at__lt=end)
    return rows.order_by("-completed_at", "-pk")


def by_course(completions: Iterable[Completion], person: User) -> list[CourseLessons]:
    """Lessons done under the courses in which they are now; what was taken off comes last. One statement."""
    rows = list(completions)
    links = lesson_links([row.lesson_key for row in rows], person.language)
    courses: dict[UUID | None, CourseLessons] = {}
    for row in rows:
        link = links.get(row.lesson_key)
        key = link.course_key if link else None
        courses.setdefault(key, course_of(link)).lessons.append(lesson_entry(row, link))
    gone = courses.pop(None, None)
    return [*courses.values(), *([gone] if gone else [])]


def course_of(link: LessonLink | None) -> CourseLessons:
    """The course of a lesson, without its lessons yet."""
    if link is None:
        return CourseLessons("", "", "", [])
    return CourseLessons(link.course_title, link.course_url, link.language, [])


def lesson_entry(completion: Completion, link: LessonLink | None) -> LessonEntry:
    """A lesson done, by its title of today or, where it was taken off, of then."""
    if link is None:
        return LessonEntry(completion.lesson_title, "", "", completion.completed_at)
    return LessonEntry(link.title, link.url, link.language, completion.completed_at)


def courses_on_record(person: User) -> list[CourseEntry]:
    """Every course that the person has begun, the latest first, with its quiz and its certificate, valid or not.

    A certificate without an enrolment stands there too. Four statements.
    """
    enrolments = list(Enrolment.objects.filter(person=person).order_by("-enrolled_at", "-pk"))
    certificates = {each.course_key: each for each in Certificate.objects.filter(person=person).order_by("-issued_at")}
    cards = cards_of([*(enrolment.course_key for enrolment in enrolments), *certificates])
    quizzes = quizzes_on_record(person)

    def entry(key: UUID, enrolment: Enrolment | None) -> CourseEntry:
        return course_entry(enrolment, cards.get(key), certificates.get(key), quizzes.get(key))

    begun = [entry(enrolment.course_key, enrolment) for enrolment in enrolments]
    entered = {enrolment.course_key for enrolment in enrolments}
    return [*begun, *(entry(key, None) for key in certificates if key not in entered)]


def quizzes_on_record(person: User) -> dict[UUID, QuizEntry]:
    """The quizzes of courses that the person submitted, by course."""
    submitted = Attempt.objects.submitted().filter(person=person, is_practice=False, quiz__startswith=QUIZ_OF_COURSE)
    passed_at = Min("submitted_at", filter=Q(state=AttemptState.PASSED))
    rows = submitted.values("quiz").annotate(tries=Count("pk"), passed_at=passed_at)
    return {
        UUID(quiz.removeprefix(QUIZ_OF_COURSE)): QuizEntry(*facts)
        for quiz, *facts in rows.values_list("quiz", "tries", "passed_at")
    }


def course_entry(
    enrolment: Enrolment | None, card: CourseCard | None, certificate: Certificate | None, quiz: QuizEntry | None
) -> CourseEntry:
    """A course by its title of today or, where it was taken off, of then."""
    of_then = enrolment or certificate
    return CourseEntry(
        title=card.title if card else (of_then.course_title if of_then else ""),
        url=card.url if card else "",
        language=card.language_code if card else "",
        enrolled_at=enrolment.enrolled_at if enrolment else None,
        completed_at=enrolment.completed_at if enrolment else None,
        certificate=certificate,
        quiz=quiz,
    )


def totals_of(courses: Sequence[CourseEntry], years: Sequence[Year]) -> Totals:
    """The sums over the whole record."""
    valid = [course for course in courses if course.certificate and course.certificate.state == "valid"]
    return Totals(
        lessons=sum(year.lessons for year in years),
        begun=sum(course.enrolled_at is not None for course in courses),
        finished=sum(course.completed_at is not None for course in courses),
        certificates=len(valid),
    )
