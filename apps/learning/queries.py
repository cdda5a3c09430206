"""Shaped reads of a person's learning."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import UUIDField
from django.utils.dateparse import parse_datetime

from apps.accounts.models import User
from apps.catalog.models import Reading
from apps.catalog.queries.lists import CourseCard, cards_of
from apps.catalog.queries.readings import OutlineLine, as_uuid
from apps.learning import rules
from apps.learning.models import Certificate, Completion, Enrolment
from apps.learning.rules import Progress


@dataclass(frozen=True)
class PersonalFacts:
    """What of a course is one person's: enrolment, lessons done, where they stopped, a certificate that is valid."""

    enrolled_at: datetime | None = None
    completed_at: datetime | None = None
    last_lesson_key: UUID | None = None
    last_block: str = ""
    certificate_reference: str = ""
    done: frozenset[UUID] = frozenset()

    @property
    def fingerprint(self) -> tuple[object, ...]:
        """Equal for equal facts, in every process."""
        own = (self.enrolled_at, self.completed_at, self.last_lesson_key, self.last_block, self.certificate_reference)
        return (*own, sorted(self.done))

    @property
    def enrolled(self) -> bool:
        """Whether the person is in the course."""
        return self.enrolled_at is not None


@dataclass(frozen=True)
class LessonLine:
    """One lesson of a course, as one reader stands to it."""

    number: int
    key: UUID
    title: str
    summary: str
    url: str
    minutes: int
    done: bool
    is_current: bool
    is_next: bool

    @property
    def flag(self) -> str:
        """The name under which a kept page asks whether this lesson is done."""
        return done_flag(self.key)


def done_flag(key: UUID) -> str:
    """The flag of a lesson that is done, in pages that are kept."""
    return f"done:{key.hex}"


@dataclass(frozen=True)
class Item:
    """A course in a list, with how far the reader is in it."""

    card: CourseCard
    progress: Progress | None
    certificate_reference: str = ""


# Written out, since building it from querysets costs more than the whole rest of a lesson (performance.md).
PERSONAL_FACTS = """
    SELECT 'enrolment', enrolled_at, completed_at, last_lesson_key, last_block
      FROM learning_enrolment WHERE person_id = %s AND course_key = %s
    UNION ALL
    SELECT 'completion', completed_at, NULL, lesson_key, ''
      FROM learning_completion WHERE person_id = %s
       AND lesson_key IN (SELECT lesson.key FROM catalog_reading lesson
                            JOIN catalog_reading course ON course.id = lesson.parent_id WHERE course.key = %s)
    UNION ALL
    SELECT 'certificate', issued_at, NULL, NULL, reference
      FROM learning_certificate WHERE person_id = %s AND course_key = %s AND revoked_at IS NULL
"""


def personal_facts(person_id: int, course: Reading) -> PersonalFacts:
    """All that is personal about a course, in one statement."""
    course_key = UUIDField().get_db_prep_value(course.key, connection)
    with connection.cursor() as cursor:
        cursor.execute(PERSONAL_FACTS, [person_id, course_key, person_id, course_key, person_id, course_key])
        rows = cursor.fetchall()
    facts: dict[str, Any] = {}
    done = set()
    for kind, first_at, second_at, key, text in rows:
        if kind == "completion":
            done.add(as_uuid(key))
        elif kind == "certificate":
            facts["certificate_reference"] = text
        else:
            facts |= {
                "enrolled_at": as_instant(first_at),
                "completed_at": as_instant(second_at),
                "last_lesson_key": as_uuid(key) if key else None,
                "last_block": text,
            }
    return PersonalFacts(done=frozenset(done), **facts)


def as_instant(value: datetime | str | None) -> datetime | None:
    """What a database without instants gives back as text."""
    found = parse_datetime(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def lesson_lines(outline: Sequence[OutlineLine], facts: PersonalFacts, current: UUID | None = None) -> list[LessonLine]:
    """The outline as this reader stands to it."""
    keys = [line.key for line in outline]
    following = rules.next_lesson(keys, facts.done, facts.last_lesson_key) if facts.enrolled else None
    return [
        LessonLine(
            number=line.number,
            key=line.key,
            title=line.title,
            summary=line.summary,
            url=line.url,
            minutes=line.minutes,
            done=line.key in facts.done,
            is_current=line.key == current,
            is_next=line.key == following,
        )
        for line in outline
    ]


def done_among(person: User, course_keys: Iterable[UUID]) -> set[UUID]:
    """Which lessons of these courses the person has done, in one statement."""
    lessons = Reading.objects.filter(parent__key__in=list(course_keys)).values("key")
    return set(Completion.objects.filter(person=person, lesson_key__in=lessons).values_list("lesson_key", flat=True))


def progress_in(languages: Mapping[UUID, str], person: User) -> dict[UUID, Progress]:
    """How far a person is in those of these courses that they are in, in three statements whatever their number.

    `languages` says in which language each course is shown.
    """
    rows = Enrolment.objects.filter(person=person, course_key__in=list(languages))
    completed = dict(rows.values_list("course_key", "completed_at"))
    lessons = lessons_of({key: languages[key] for key in completed})
    done = done_among(person, completed)
    return {key: rules.progress_of(lessons.get(key, []), done, at) for key, at in completed.items()}


def lessons_of(languages: Mapping[UUID, str]) -> dict[UUID, list[UUID]]:
    """The lessons of each course as its outline in this language has them, in one statement."""
    rows = Reading.objects.filter(parent__key__in=list(languages)).order_by("page__path")
    found: dict[UUID, list[UUID]] = {}
    for course_key, lesson_key, language in rows.values_list("parent__key", "key", "language"):
        keys = found.setdefault(course_key, [])
        if language in (languages[course_key], settings.LANGUAGE_CODE) and lesson_key not in keys:
            keys.append(lesson_key)
    return found


def items_for(cards: Iterable[CourseCard], person: User | None) -> list[Item]:
    """Cards with the reader's progress."""
    cards = list(cards)
    known = progress_in({card.key: card.language_code for card in cards}, person) if person else {}
    return [Item(card, known.get(card.key)) for card in cards]


@dataclass(frozen=True)
class Shelf:
    """A person's courses: those in progress, the last read first, and those finished.

    `next_lesson` is where to go on in the first of those in progress; `off_shelf` are courses taken off, which
    keep their titles.
    """

    in_progress: list[Item]
    finished: list[Item]
    off_shelf: list[Enrolment]
    next_lesson: UUID | None


def shelf_of(person: User, most: int = 50) -> Shelf:
    """Everything that a person has begun, in five statements."""
    enrolments = list(Enrolment.objects.filter(person=person).order_by("-last_read_at", "-enrolled_at")[:most])
    keys = [enrolment.course_key for enrolment in enrolments]
    cards = cards_of(keys)
    lessons = lessons_of({key: card.language_code for key, card in cards.items()})
    done = done_among(person, keys)
    valid = Certificate.objects.filter(person=person, revoked_at=None)
    references = dict(valid.values_list("course_key", "reference"))
    shelf: dict[str, list[Any]] = {"in_progress": [], "finished": [], "off_shelf": []}
    following = None
    for enrolment in enrolments:
        key = enrolment.course_key
        if key not in cards:
            shelf["off_shelf"].append(enrolment)
            continue
        progress = rules.progress_of(lessons.get(key, []), done, enrolment.completed_at)
        place = "finished" if progress.completed else "in_progress"
        if place == "in_progress" and not shelf[place]:
            following = rules.next_lesson(lessons.get(key, []), done, enrolment.last_lesson_key)
        shelf[place].append(Item(cards[key], progress, references.get(key, "")))
    return Shelf(**shelf, next_lesson=following)


@dataclass(frozen=True)
class ResumePoint:
    """The lesson to go on with, and its course."""

    title: str
    course_title: str
    url: str


def resume_point(person: User, lesson_key: UUID) -> ResumePoint | None:
    """The lesson to go on with, in the person's language where it exists; None where nobody may open it."""
    versions = list(Reading.objects.filter(key=lesson_key).select_related("parent").order_by("language"))
    versions.sort(key=lambda each: each.language != person.language)
    lesson = versions[0] if versions else None
    return ResumePoint(lesson.title, lesson.parent.title, lesson.url) if lesson and lesson.parent else None


def begun_courses(person: User) -> list[UUID]:
    """The courses that a person is or was in."""
    return list(Enrolment.objects.filter(person=person).values_list("course_key", flat=True))


def certificates_of(person: User) -> list[Certificate]:
    """All certificates of a person, the newest first."""
    return list(Certificate.objects.filter(person=person).order_by("-issued_at"))


def certificate_by(reference: str) -> Certificate | None:
    """The certificate of this reference, however it was typed."""
    return Certificate.objects.filter(reference=reference.strip().upper().replace("-", "")).first()


def learners_of(page_keys: Iterable[UUID]) -> int:
    """How many persons have begun or completed something with one of these identities."""
    keys = list(page_keys)
    begun = Enrolment.objects.filter(course_key__in=keys).values("person")
    completed = Completion.objects.filter(lesson_key__in=keys).values("person")
    return begun.union(completed).count()
