"""Shaped reads of a person's learning."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, Count, DateTimeField, Q, UUIDField, Value
from django.db.models.functions import Cast

from apps.accounts.models import User
from apps.catalog.models import Reading
from apps.catalog.queries.lists import CourseCard, cards_of
from apps.catalog.queries.readings import OutlineLine
from apps.learning import rules
from apps.learning.models import Certificate, Completion, Enrolment
from apps.learning.rules import Progress


@dataclass(frozen=True)
class PersonalFacts:
    """What of a course is one person's: enrolment, lessons done, where they stopped."""

    enrolled_at: datetime | None = None
    completed_at: datetime | None = None
    last_lesson_key: UUID | None = None
    last_block: str = ""
    certificate_reference: str = ""
    done: frozenset[UUID] = frozenset()

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


@dataclass(frozen=True)
class Item:
    """A course in a list, with how far the reader is in it."""

    card: CourseCard
    progress: Progress | None
    resume_url: str = ""
    certificate_reference: str = ""


def personal_facts(person_id: int, course_key: UUID, lesson_keys: Sequence[UUID]) -> PersonalFacts:
    """All that is personal about a course, in one statement."""
    nothing_at, nothing_key = Cast(Value(None), DateTimeField()), Cast(Value(None), UUIDField())
    enrolments = Enrolment.objects.filter(person_id=person_id, course_key=course_key).values_list(
        Value("enrolment", CharField()), "enrolled_at", "completed_at", "last_lesson_key", "last_block"
    )
    completions = Completion.objects.filter(person_id=person_id, lesson_key__in=lesson_keys).values_list(
        Value("completion", CharField()), "completed_at", nothing_at, "lesson_key", Value("", CharField())
    )
    certificates = Certificate.objects.filter(person_id=person_id, course_key=course_key).values_list(
        Value("certificate", CharField()), "issued_at", nothing_at, nothing_key, "reference"
    )
    facts: dict[str, Any] = {}
    done = set()
    for kind, first_at, second_at, key, text in enrolments.union(completions, certificates, all=True):
        if kind == "completion":
            done.add(key)
        elif kind == "certificate":
            facts["certificate_reference"] = text
        else:
            facts |= {"enrolled_at": first_at, "completed_at": second_at, "last_lesson_key": key, "last_block": text}
    return PersonalFacts(done=frozenset(done), **facts)


def lesson_lines(
    outline: Sequence[OutlineLine], facts: PersonalFacts, current: UUID | None = None
) -> list[LessonLine]:
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


def progress_in(course_keys: Iterable[UUID], person: User) -> dict[UUID, tuple[Enrolment, Progress]]:
    """Enrolment and progress of a person in these courses, in three statements whatever their number."""
    enrolments = {
        enrolment.course_key: enrolment
        for enrolment in Enrolment.objects.filter(person=person, course_key__in=list(course_keys))
    }
    lessons = lessons_of(enrolments)
    every = {key for keys in lessons.values() for key in keys}
    done = set(
        Completion.objects.filter(person=person, lesson_key__in=every).values_list("lesson_key", flat=True)
    )
    return {
        key: (enrolment, rules.progress_of(lessons.get(key, []), done, enrolment.completed_at))
        for key, enrolment in enrolments.items()
    }


def lessons_of(course_keys: Iterable[UUID]) -> dict[UUID, list[UUID]]:
    """The lessons of each course, over all its languages each once, in order; in one statement."""
    rows = (
        Reading.objects.filter(parent__key__in=list(course_keys))
        .order_by("tree_path")
        .values_list("parent__key", "key")
    )
    found: dict[UUID, list[UUID]] = {}
    for course_key, lesson_key in rows:
        keys = found.setdefault(course_key, [])
        if lesson_key not in keys:
            keys.append(lesson_key)
    return found


def items_for(cards: Iterable[CourseCard], person: User | None) -> list[Item]:
    """Cards with the reader's progress."""
    cards = list(cards)
    known = progress_in([card.key for card in cards], person) if person else {}
    return [Item(card, known[card.key][1] if card.key in known else None) for card in cards]


@dataclass(frozen=True)
class Shelf:
    """A person's courses: those in progress, the last read first, and those finished."""

    in_progress: list[Item]
    finished: list[Item]
    off_shelf: list[Enrolment]


def shelf_of(person: User, most: int = 50) -> Shelf:
    """Everything that a person has begun, with where to go on. Courses taken off keep their title."""
    enrolments = list(Enrolment.objects.filter(person=person).order_by("-last_read_at", "-enrolled_at")[:most])
    keys = [enrolment.course_key for enrolment in enrolments]
    cards, known = cards_of(keys), progress_in(keys, person)
    certificates = dict(Certificate.objects.filter(person=person).values_list("course_key", "reference"))
    shelf = Shelf([], [], [])
    for enrolment in enrolments:
        card = cards.get(enrolment.course_key)
        if card is None:
            shelf.off_shelf.append(enrolment)
            continue
        progress = known[enrolment.course_key][1]
        item = Item(card, progress, card.url, certificates.get(enrolment.course_key, ""))
        (shelf.finished if progress.completed else shelf.in_progress).append(item)
    return shelf


@dataclass(frozen=True)
class ResumePoint:
    """The lesson to go on with, and its course."""

    title: str
    course_title: str
    url: str


def resume_point(person: User) -> ResumePoint | None:
    """Where the person goes on: in the course read last that isn't finished. Three statements."""
    enrolment = Enrolment.objects.filter(person=person, completed_at=None).order_by("-last_read_at").first()
    if enrolment is None:
        return None
    lines = list(
        Reading.objects.filter(parent__key=enrolment.course_key)
        .select_related("parent")
        .order_by("tree_path")
    )
    in_language = [line for line in lines if line.language == person.language] or lines
    keys = [line.key for line in in_language]
    done = set(Completion.objects.filter(person=person, lesson_key__in=keys).values_list("lesson_key", flat=True))
    key = rules.next_lesson(keys, done, enrolment.last_lesson_key)
    line = next((each for each in in_language if each.key == key), None)
    if line is None or line.parent is None:
        return None
    return ResumePoint(line.title, line.parent.title, line.url)


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


def course_figures() -> dict[UUID, dict[str, int]]:
    """Learners and finishers of every course, in one statement."""
    rows = Enrolment.objects.values("course_key").annotate(
        learners=Count("pk"), finished=Count("pk", filter=Q(completed_at__isnull=False))
    )
    return {row["course_key"]: {"learners": row["learners"], "finished": row["finished"]} for row in rows}
