"""How far a person is: facts for pages, lists with progress, the shelf."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import UUIDField
from django.utils.dateparse import parse_datetime

from apps.accounts.models import User
from apps.catalog.models import Reading
from apps.catalog.queries.lists import CourseCard, cards_of
from apps.catalog.queries.quizzes import quiz_of
from apps.catalog.queries.readings import OutlineLine, as_uuid
from apps.learning import rules
from apps.learning.enums import QuizState
from apps.learning.models import Certificate, Completion, Enrolment
from apps.learning.queries.quizzes import quiz_state_of, with_quiz
from apps.learning.rules import Progress
from apps.notifications.queries.inbox import UNREAD_SHOWN


@dataclass(frozen=True)
class Asked:
    """Why, and by which day, a person is asked to do a lesson."""

    reason: str
    due_on: date | None


@dataclass(frozen=True)
class PersonalFacts:
    """What of a course is one person's: enrolment, lessons done, where they stopped, quiz, a certificate that is valid.

    And how many letters wait unread, for the bar of every page. Of the one lesson that is read: whether it is saved,
    whether it was found clear ("yes", "no", "" without an answer), and whether the person is asked to do it.
    """

    enrolled_at: datetime | None = None
    completed_at: datetime | None = None
    last_lesson_key: UUID | None = None
    last_block: str = ""
    certificate_reference: str = ""
    done: frozenset[UUID] = frozenset()
    quiz_passed: bool = False
    unread: int = 0
    saved: bool = False
    clarity: str = ""
    asked: Asked | None = None

    @property
    def fingerprint(self) -> tuple[object, ...]:
        """Equal for equal facts, in every process."""
        own = (self.enrolled_at, self.completed_at, self.last_lesson_key, self.last_block, self.certificate_reference)
        read = (self.saved, self.clarity, self.asked)
        return (*own, sorted(self.done), self.quiz_passed, self.unread, *read)

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
    language: str
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
    """A course in a list, with how far the reader is in it, and on a shelf the lesson to go on with."""

    card: CourseCard
    progress: Progress | None
    certificate_reference: str = ""
    following: UUID | None = None

    @property
    def quiz_is_next(self) -> bool:
        """Whether nothing but its quiz is left."""
        return self.progress is not None and self.progress.quiz_is_next

    @property
    def is_ready_to_finish(self) -> bool:
        """Whether nothing is left of it."""
        return self.progress is not None and self.progress.all_done and not self.progress.quiz_is_next


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
    UNION ALL
    SELECT 'quiz', MIN(submitted_at), NULL, NULL, ''
      FROM quizzes_attempt WHERE person_id = %s AND quiz = %s AND state = 'passed' AND NOT is_practice
    UNION ALL
    SELECT 'unread', NULL, NULL, NULL, CAST(COUNT(*) AS VARCHAR(9))
      FROM (SELECT 1 FROM notifications_message
             WHERE person_id = %s AND NOT is_secret AND read_at IS NULL LIMIT %s) AS unread
    UNION ALL
    SELECT 'bookmark', saved_at, NULL, lesson_key, ''
      FROM learning_bookmark WHERE person_id = %s AND lesson_key = %s
    UNION ALL
    SELECT 'clarity', answered_at, NULL, lesson_key, CASE WHEN is_clear THEN 'yes' ELSE 'no' END
      FROM learning_clarityanswer WHERE person_id = %s AND lesson_key = %s
    UNION ALL
    SELECT 'assignment', assigned_at, NULL, lesson_key, COALESCE(CAST(due_on AS VARCHAR(10)), '') || ' ' || reason
      FROM learning_assignment
     WHERE person_id = %s AND lesson_key = %s AND fulfilled_at IS NULL AND withdrawn_at IS NULL
"""


def personal_facts(person_id: int, course: Reading, lesson: UUID | None = None) -> PersonalFacts:
    """All that is personal about a course's pages, or about the page of one of its lessons, in one statement."""
    course_key, lesson_key = (UUIDField().get_db_prep_value(key, connection) for key in (course.key, lesson))
    with connection.cursor() as cursor:
        own: list[Any] = [person_id, course_key]
        quiz: list[Any] = [person_id, rules.quiz_name(course.key)]
        read: list[Any] = [person_id, lesson_key]
        cursor.execute(PERSONAL_FACTS, [*own, *own, *own, *quiz, person_id, UNREAD_SHOWN + 1, *read, *read, *read])
        rows = cursor.fetchall()
    facts: dict[str, Any] = {}
    done = set()
    for kind, first_at, second_at, key, text in rows:
        if kind == "completion":
            done.add(as_uuid(key))
        elif kind == "certificate":
            facts["certificate_reference"] = text
        elif kind == "quiz":
            facts["quiz_passed"] = first_at is not None
        elif kind == "unread":
            facts["unread"] = int(text)
        elif kind == "bookmark":
            facts["saved"] = True
        elif kind == "clarity":
            facts["clarity"] = text
        elif kind == "assignment":
            due, _space, reason = text.partition(" ")
            facts["asked"] = Asked(reason, date.fromisoformat(due) if due else None)
        else:
            facts |= {
                "enrolled_at": as_instant(first_at),
                "completed_at": as_instant(second_at),
                "last_lesson_key": as_uuid(key) if key else None,
                "last_block": text,
            }
    return PersonalFacts(done=frozenset(done), **facts)


def quiz_state_in(course: Reading, facts: PersonalFacts) -> QuizState:
    """How the reader stands to the quiz of the course; asks the database nothing for a course that was read before."""
    completed = facts.completed_at is not None
    return rules.quiz_state(asked=quiz_of(course) is not None, passed=facts.quiz_passed, completed=completed)


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
            language=line.language,
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
    enrolments = with_quiz(Enrolment.objects.filter(person=person, course_key__in=list(languages)))
    rows = {enrolment.course_key: enrolment for enrolment in enrolments}
    lessons = lessons_of({key: languages[key] for key in rows})
    done = done_among(person, rows)
    return {
        key: rules.progress_of(lessons.get(key, []), done, row.completed_at, quiz_state_of(row))
        for key, row in rows.items()
    }


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
class OffShelf:
    """A course that was taken off: its title stays, and so does the certificate of who finished it."""

    title: str
    certificate_reference: str


@dataclass(frozen=True)
class Shelf:
    """A person's courses, the last read first: those in progress, those finished, and those taken off."""

    in_progress: list[Item]
    finished: list[Item]
    off_shelf: list[OffShelf]

    @property
    def to_continue(self) -> Item | None:
        """The course in progress to go on with: the last read that has a lesson left, or its quiz."""
        return next((item for item in self.in_progress if item.following or item.quiz_is_next), None)

    @property
    def to_finish(self) -> Item | None:
        """A course of which nothing is left but to finish it: its last open lesson was taken off, or its quiz."""
        return next((item for item in self.in_progress if item.is_ready_to_finish), None)

    @property
    def renewed(self) -> Item | None:
        """A finished course into which lessons came."""
        return next((item for item in self.finished if item.following), None)

    @property
    def at_hand(self) -> Item | None:
        """The course whose lesson comes next: one in progress, or else a finished one into which lessons came."""
        return self.to_continue or self.renewed


def shelf_of(person: User, most: int = 50) -> Shelf:
    """Everything that a person has begun, in five statements."""
    begun = with_quiz(Enrolment.objects.filter(person=person))
    enrolments = list(begun.order_by("-last_read_at", "-enrolled_at")[:most])
    keys = [enrolment.course_key for enrolment in enrolments]
    cards = cards_of(keys)
    lessons = lessons_of({key: card.language_code for key, card in cards.items()})
    done = done_among(person, keys)
    valid = Certificate.objects.filter(person=person, revoked_at=None)
    references = dict(valid.values_list("course_key", "reference"))
    shelf = Shelf(in_progress=[], finished=[], off_shelf=[])
    for enrolment in enrolments:
        key = enrolment.course_key
        reference, outline = references.get(key, ""), lessons.get(key, [])
        if key not in cards:
            shelf.off_shelf.append(OffShelf(enrolment.course_title, reference))
            continue
        progress = rules.progress_of(outline, done, enrolment.completed_at, quiz_state_of(enrolment))
        following = rules.next_lesson(outline, done, enrolment.last_lesson_key)
        place = shelf.finished if progress.completed else shelf.in_progress
        place.append(Item(cards[key], progress, reference, following))
    return shelf


def begun_courses(person: User) -> list[UUID]:
    """The courses that a person is or was in."""
    return list(Enrolment.objects.filter(person=person).values_list("course_key", flat=True))


def learners_of(page_keys: Iterable[UUID]) -> int:
    """How many persons have begun or completed something with one of these identities."""
    keys = list(page_keys)
    begun = Enrolment.objects.filter(course_key__in=keys).values("person")
    completed = Completion.objects.filter(lesson_key__in=keys).values("person")
    return begun.union(completed).count()
