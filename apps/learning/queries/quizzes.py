"""How a person stands to the quizzes of courses: passed, tried, paused."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Concat, Replace

from apps.accounts.models import User
from apps.catalog.models import Reading
from apps.catalog.queries.lists import course_titles
from apps.catalog.queries.quizzes import courses_asking, quizzes_of
from apps.catalog.rules import CourseQuiz
from apps.learning import rules
from apps.learning.enums import QuizState
from apps.learning.models import Enrolment
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt, AttemptQuerySet
from apps.quizzes.queries.attempts import Result, Sheet, attempts_of, drawn_facts, sheet_of
from apps.quizzes.rules import QuizTerms, check_answers

TRIES_SHOWN = 5

# `rules.quiz_name` of an enrolment's course, said in SQL: not every database writes the dashes of a UUID.
NAME_OF_QUIZ = Concat(
    Value(rules.QUIZ_OF_COURSE, TextField()),
    Replace(Cast(OuterRef("course_key"), TextField()), Value("-"), Value(""), output_field=TextField()),
)


def with_quiz(enrolments: QuerySet[Enrolment]) -> QuerySet[Enrolment]:
    """Enrolments that know whether their course asks a quiz, and whether it is passed: `quiz_asked`, `quiz_passed`."""
    asking = courses_asking().filter(translation_key=OuterRef("course_key"))
    passed = Attempt.objects.filter(person=OuterRef("person"), quiz=NAME_OF_QUIZ, state=AttemptState.PASSED)
    return enrolments.annotate(quiz_asked=Exists(asking), quiz_passed=Exists(passed.filter(is_practice=False)))


def quiz_state_of(enrolment: Enrolment) -> QuizState:
    """How the person stands to the quiz of their course; the enrolment comes from `with_quiz`."""
    return rules.quiz_state(
        asked=enrolment.quiz_asked,  # type: ignore[attr-defined]
        passed=enrolment.quiz_passed,  # type: ignore[attr-defined]
        completed=enrolment.completed_at is not None,
    )


def asked_quiz(course: Reading) -> CourseQuiz:
    """The quiz that the course asks at this moment. Refused where it asks none."""
    quiz = quizzes_of([course.key]).get(course.key)
    if quiz is None:
        raise rules.QuizGone(rules.gettext_noop("This course asks no quiz at the moment."), way_on=course.url)
    return quiz


@dataclass(frozen=True)
class Standing:
    """A person before the quiz of a course: the try that is open, the one that passed, the last that failed, and all.

    `next_at` is from when the next try may begin, None for now. `tries` are the last that were submitted.
    """

    open: Attempt | None
    passed: Attempt | None
    failed: Attempt | None
    next_at: datetime | None
    tries: Sequence[Attempt]
    number: int


def standing_of(person: User, course_key: UUID, pause: timedelta, at: datetime) -> Standing:
    """How the person stands to the quiz of this course, in which tries are so far apart."""
    attempts = tries_of(person, course_key)
    submitted = attempts.submitted()
    failed = submitted.filter(state=AttemptState.FAILED).order_by("-submitted_at").first()
    return Standing(
        open=attempts.open().first(),
        passed=submitted.filter(state=AttemptState.PASSED).order_by("submitted_at").first(),
        failed=failed,
        next_at=rules.next_try_at(failed.submitted_at if failed else None, pause, at),
        tries=list(submitted[:TRIES_SHOWN]),
        number=submitted.count(),
    )


def opens_at(person: User, course_key: UUID, at: datetime) -> datetime | None:
    """From when the person may try the quiz of this course again, in one statement; None where it can be gone on with.

    That is a try that is open, no pause, or a course that asks no quiz.
    """
    tries = tries_of(person, course_key)
    failed = tries.submitted().filter(state=AttemptState.FAILED).order_by("-submitted_at")
    asking = courses_asking().filter(translation_key=course_key)
    asked = asking.annotate(failed_at=Subquery(failed.values("submitted_at")[:1]), is_begun=Exists(tries.open()))
    for pause, failed_at, is_begun in asked.values_list("quiz_pause_minutes", "failed_at", "is_begun"):
        return None if is_begun else rules.next_try_at(failed_at, timedelta(minutes=pause), at)
    return None


def tries_of(person: User, course_key: UUID) -> AttemptQuerySet:
    """What the person did in the quiz of a course, the newest first."""
    return attempts_of(person, rules.quiz_name(course_key)).filter(is_practice=False)


def try_by(person: User, course_key: UUID, reference: str) -> Attempt | None:
    """The person's own try of this reference in the quiz of this course."""
    return tries_of(person, course_key).filter(reference=reference).first()


def titles_of_quizzes(quizzes: Collection[str]) -> dict[str, str]:
    """What the courses of these quizzes are called, for staff; one that is gone as it was called then.

    One statement, a second one for courses that are gone.
    """
    names = {course: quiz for quiz in quizzes if (course := rules.course_of_quiz(quiz))}
    titles = course_titles(names)
    if gone := names.keys() - titles.keys():
        learnt = Enrolment.objects.filter(course_key__in=gone).order_by("enrolled_at")
        titles.update(learnt.values_list("course_key", "course_title"))
    return {names[course]: title for course, title in titles.items()}


def terms_of(course_key: UUID, quiz: CourseQuiz) -> QuizTerms:
    """What the engine is told of a try: there is no deadline."""
    return QuizTerms(rules.quiz_name(course_key), (quiz.bank,), quiz.questions, quiz.pass_mark)


def sheet_with(attempt: Attempt, answers: Mapping[str, Sequence[str]]) -> Sheet:
    """The try with these answers. Refused as tampered where its form couldn't have sent them."""
    check_answers(drawn_facts(attempt.drawn.select_related("version")), answers)
    return sheet_of(attempt, answers)


def answers_to_keep(reference: str, answers: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Of what was posted to a try whose person isn't known at the moment, the answers that it offers."""
    attempt = Attempt.objects.open().filter(reference=reference).first()
    questions = sheet_of(attempt, answers).questions if attempt is not None else ()
    return {each.field: [option.id for option in each.options if option.is_chosen] for each in questions}


@dataclass(frozen=True)
class Passage:
    """What to read again: a section of a page."""

    title: str
    section: str
    url: str
    language: str


def read_again(result: Result) -> list[Passage]:
    """What explains the questions that weren't answered right, each passage once."""
    missed = (each for each in result.questions if not each.is_right and each.cited_url)
    return list(
        dict.fromkeys(Passage(each.cited_title, each.cited_section, each.cited_url, each.language) for each in missed)
    )
