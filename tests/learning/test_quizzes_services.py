"""Trying the quiz of a course, and what a pass finishes."""

from datetime import timedelta

import pytest

from apps.accounts.models import User
from apps.catalog.models import CoursePage, Reading
from apps.learning import rules
from apps.learning.models import Certificate, Enrolment
from apps.learning.services import complete_lesson, finish_course, start_quiz, submit_quiz
from apps.notifications.models import Delivery, Message
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt, Question
from apps.quizzes.rules import AttemptLate
from apps.quizzes.services import supersede_attempts, void_version
from apps.quizzes.signals import attempts_remarked
from tests.factories import AT
from tests.factories.catalog import LessonFactory, Market, give_quiz, set_quiz
from tests.factories.notifications_webhooks import ReceiverFactory
from tests.factories.quizzes import QuestionFactory, answers_of, attempt_of

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def course(market: Market) -> CoursePage:
    """The course on claims, which asks a quiz."""
    give_quiz(market.claims)
    return CoursePage.objects.get(pk=market.claims.pk)


def learn(market: Market, person: User) -> Enrolment:
    """Do every lesson of the course on claims."""
    for lesson in market.claim_lessons:
        enrolment = complete_lesson(person=person, lesson=market.reading(lesson), at=AT)
    return enrolment


def begin(market: Market, person: User, minutes: int = 60) -> Attempt:
    """Begin a try, so many minutes after the lessons."""
    return start_quiz(person=person, course=market.reading(market.claims), at=AT + minutes * MINUTE)


def take(market: Market, person: User, *, wrong: int = 0, minutes: int = 60) -> Attempt:
    """One try, over in five minutes, with so many wrong answers."""
    attempt = begin(market, person, minutes)
    answers = answers_of(attempt)
    for field in list(answers)[:wrong]:
        answers[field] = []
    return submit_quiz(attempt=attempt, answers=answers, at=AT + (minutes + 5) * MINUTE)


class TestPassingIsPartOfFinishing:
    def test_lessons_alone_do_not_finish(self, market: Market, person: User, course: CoursePage) -> None:
        assert learn(market, person).completed_at is None
        assert finish_course(person=person, course=market.reading(course), at=AT).completed_at is None
        assert not Certificate.objects.exists()

    def test_a_pass_that_comes_last_finishes(self, market: Market, seller_person: User, course: CoursePage) -> None:
        learn(market, seller_person)
        attempt = take(market, seller_person)
        assert (attempt.state, attempt.right) == (AttemptState.PASSED, 3)
        enrolment = Enrolment.objects.get()
        assert enrolment.completed_at == AT + 65 * MINUTE
        certificate = Certificate.objects.get()
        assert certificate.course_title == "Claims"
        assert Message.objects.filter(person=seller_person, dedupe_key__contains=certificate.reference).count() == 1

    def test_a_lesson_that_comes_last_finishes(self, market: Market, person: User, course: CoursePage) -> None:
        take(market, person, minutes=-120)
        assert Enrolment.objects.get().completed_at is None
        assert learn(market, person).completed_at == AT

    def test_a_try_that_fails_finishes_nothing(self, market: Market, person: User, course: CoursePage) -> None:
        learn(market, person)
        assert take(market, person, wrong=1).state == AttemptState.FAILED
        assert Enrolment.objects.get().completed_at is None

    def test_submitted_twice_finishes_once(self, market: Market, person: User, course: CoursePage) -> None:
        learn(market, person)
        attempt = take(market, person)
        again = submit_quiz(attempt=attempt, answers={}, at=AT + 90 * MINUTE)
        assert (again.state, again.submitted_at) == (AttemptState.PASSED, AT + 65 * MINUTE)
        assert Certificate.objects.count() == 1

    def test_a_pass_in_one_language_counts_in_all(self, market: Market, person: User) -> None:
        give_quiz(market.anchors)
        for lesson in market.anchor_lessons:
            complete_lesson(person=person, lesson=market.reading(lesson), at=AT)
        indonesian = market.reading(market.anchors_id)
        attempt = start_quiz(person=person, course=indonesian, at=AT)
        assert attempt.language == "id"
        assert start_quiz(person=person, course=market.reading(market.anchors), at=AT) == attempt
        submit_quiz(attempt=attempt, answers=answers_of(attempt), at=AT + MINUTE)
        assert Enrolment.objects.get().completed_at == AT + MINUTE

    def test_it_is_marked_by_what_was_set_at_the_start(self, market: Market, person: User, course: CoursePage) -> None:
        attempt = begin(market, person)
        set_quiz(course, {"quiz_questions": 2, "quiz_pass_mark": 1})
        marked = submit_quiz(attempt=attempt, answers={}, at=AT + 70 * MINUTE)
        assert (marked.state, marked.total, marked.pass_mark) == (AttemptState.FAILED, 3, 100)


class TestWhatAnEditorDoesLater:
    def test_a_quiz_that_comes_later_takes_nothing_back(self, market: Market, person: User) -> None:
        finished_at = learn(market, person).completed_at
        assert finished_at is not None
        give_quiz(market.claims)
        assert learn(market, person).completed_at == finished_at
        assert Certificate.objects.count() == 1

    def test_who_finished_before_may_try_it_and_fail(self, market: Market, person: User) -> None:
        finished_at = learn(market, person).completed_at
        give_quiz(market.claims)
        take(market, person, wrong=3)
        assert Enrolment.objects.get().completed_at == finished_at

    def test_a_quiz_taken_off_leaves_the_course_to_be_finished(
        self, market: Market, person: User, course: CoursePage
    ) -> None:
        learn(market, person)
        set_quiz(course, {"quiz_bank": None})
        with pytest.raises(rules.QuizGone) as refused:
            begin(market, person)
        assert refused.value.way_on == course.url
        assert finish_course(person=person, course=market.reading(course), at=AT).completed_at == AT

    def test_a_quiz_with_too_few_ready_questions_is_asked_of_nobody(
        self, market: Market, person: User, course: CoursePage
    ) -> None:
        for question in Question.objects.all()[:2]:
            question.unpublish()
        with pytest.raises(rules.QuizGone):
            begin(market, person)
        assert learn(market, person).completed_at == AT

    def test_a_lesson_that_comes_after_the_pass_is_to_be_done(
        self, market: Market, person: User, course: CoursePage
    ) -> None:
        take(market, person, minutes=-120)
        new = LessonFactory(parent=course, title="New")
        assert learn(market, person).completed_at is None
        assert complete_lesson(person=person, lesson=market.reading(new), at=AT + MINUTE).completed_at == AT + MINUTE

    def test_a_course_taken_off_meanwhile_keeps_the_pass(
        self, market: Market, person: User, course: CoursePage
    ) -> None:
        learn(market, person)
        attempt = begin(market, person)
        course.unpublish()
        assert submit_quiz(attempt=attempt, answers=answers_of(attempt), at=AT).state == AttemptState.PASSED
        assert Enrolment.objects.get().completed_at is None
        CoursePage.objects.get(pk=course.pk).save_revision().publish()
        course = Reading.objects.get(key=course.translation_key)
        assert finish_course(person=person, course=course, at=AT + MINUTE).completed_at is not None


class TestTries:
    def test_enrol_who_is_not_in_the_course(self, market: Market, person: User, course: CoursePage) -> None:
        attempt = begin(market, person)
        assert Enrolment.objects.get(person=person).course_key == course.translation_key
        assert attempt.quiz == f"course:{course.translation_key.hex}"
        assert (attempt.total, attempt.pass_mark, attempt.deadline_at) == (3, 100, None)

    def test_begun_twice_is_one(self, market: Market, person: User, course: CoursePage) -> None:
        assert begin(market, person) == begin(market, person, minutes=600)

    def test_that_come_too_late_are_refused_and_lapsed(self, market: Market, person: User, course: CoursePage) -> None:
        attempt = begin(market, person)
        deadline_at = AT + 90 * MINUTE
        Attempt.objects.update(deadline_at=deadline_at)
        with pytest.raises(AttemptLate):
            submit_quiz(attempt=attempt, answers=answers_of(attempt), at=deadline_at)
        attempt.refresh_from_db()
        assert (attempt.state, attempt.closed_at) == (AttemptState.LAPSED, deadline_at)

    def test_of_another_person_are_their_own(
        self, market: Market, person: User, other_person: User, course: CoursePage
    ) -> None:
        learn(market, person)
        learn(market, other_person)
        assert begin(market, person) != begin(market, other_person)
        take(market, other_person)
        assert [each.person_id for each in Certificate.objects.all()] == [other_person.pk]

    def test_wait_for_the_pause(self, market: Market, person: User, course: CoursePage) -> None:
        take(market, person, wrong=1)
        with pytest.raises(rules.QuizPaused) as refused:
            begin(market, person, minutes=74)
        assert refused.value.facts["time"] == AT + 75 * MINUTE
        assert begin(market, person, minutes=75).state == AttemptState.OPEN

    def test_wait_for_nothing_where_no_pause_is_set(self, market: Market, person: User, course: CoursePage) -> None:
        set_quiz(course, {"quiz_pause_minutes": 0})
        take(market, person, wrong=1)
        assert begin(market, person, minutes=65).state == AttemptState.OPEN

    def test_are_as_many_as_one_likes(self, market: Market, person: User, course: CoursePage) -> None:
        learn(market, person)
        for number in range(1, 8):
            take(market, person, wrong=2, minutes=60 * number)
        take(market, person, minutes=600)
        assert Enrolment.objects.get().completed_at == AT + 605 * MINUTE

    def test_are_over_after_a_pass(self, market: Market, person: User, course: CoursePage) -> None:
        take(market, person)
        with pytest.raises(rules.QuizPassed):
            begin(market, person, minutes=600)

    def test_that_was_closed_without_counting_makes_nobody_wait(
        self, market: Market, person: User, course: CoursePage
    ) -> None:
        first = begin(market, person)
        supersede_attempts(quiz=first.quiz, reason="The course has changed.", at=AT + 61 * MINUTE)
        assert begin(market, person, minutes=61) != first


class TestAQuestionThatIsVoided:
    def test_finishes_the_courses_of_those_who_pass_by_it(
        self, market: Market, person: User, other_person: User, course: CoursePage
    ) -> None:
        learn(market, person)
        attempt = take(market, person, wrong=1)
        complete_lesson(person=other_person, lesson=market.reading(market.claim_lessons[0]), at=AT)
        take(market, other_person, wrong=3)
        faulty = attempt.drawn.get(position=1).version
        void_version(version=faulty, reason="Both answers are right.", at=AT + 90 * MINUTE, by=None)
        assert Attempt.objects.get(pk=attempt.pk).state == AttemptState.PASSED
        assert Enrolment.objects.get(person=person).completed_at == AT + 90 * MINUTE
        assert Enrolment.objects.get(person=other_person).completed_at is None
        assert [each.person_id for each in Certificate.objects.all()] == [person.pk]

    def test_of_a_quiz_of_another_app_finishes_nothing(self, market: Market, person: User) -> None:
        learn(market, person)
        QuestionFactory.create_batch(3)
        attempt = attempt_of(person, quiz="violation-type:V02")
        attempts_remarked.send(sender=Attempt, attempts=[attempt], newly_passed=[attempt], at=AT)
        assert Certificate.objects.count() == 1, "that of the lessons, which asked no quiz"


def test_the_marketplace_hears_of_a_course_that_its_quiz_finished(
    market: Market, seller_person: User, course: CoursePage
) -> None:
    ReceiverFactory()
    learn(market, seller_person)
    assert not Delivery.objects.exists()
    take(market, seller_person)
    event = Delivery.objects.get()
    assert (event.event, event.subject) == ("course.completed", "seller:CARLA-01")
    assert event.payload["course"] == {"key": str(course.translation_key), "title": "Claims"}
