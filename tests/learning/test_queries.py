"""What is personal about courses, in how many statements."""

import uuid
from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.catalog.queries.readings import outline_of
from apps.catalog.queries.related import lesson_links
from apps.learning.models import Enrolment
from apps.learning.queries import certificates, progress
from apps.learning.queries.progress import PersonalFacts
from tests.factories.catalog import CourseFactory, LessonFactory, Market
from tests.factories.learning import CertificateFactory, CompletionFactory, EnrolmentFactory

pytestmark = pytest.mark.django_db

BLOCK = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


class TestPersonalFacts:
    def test_all_of_them_in_one_statement(
        self, market: Market, person: User, at: datetime, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        keys, course = [page.translation_key for page in market.anchor_lessons], market.reading(market.anchors)
        EnrolmentFactory(person=person, course_key=course.key, finished=True, last_lesson_key=keys[1], last_block=BLOCK)
        CertificateFactory(person=person, course_key=course.key, reference="K7M2")
        for key in keys[:2]:
            CompletionFactory(person=person, lesson_key=key)
        with django_assert_num_queries(1):
            facts = progress.personal_facts(person.pk, course)
        assert facts == PersonalFacts(
            enrolled_at=at,
            completed_at=at + timedelta(days=1),
            last_lesson_key=keys[1],
            last_block=BLOCK,
            certificate_reference="K7M2",
            done=frozenset(keys[:2]),
        )
        assert facts.enrolled

    def test_the_same_of_an_enrolment_that_has_nothing_yet(self, market: Market, person: User, at: datetime) -> None:
        EnrolmentFactory(person=person, course_key=market.anchors.translation_key)
        facts = progress.personal_facts(person.pk, market.reading(market.anchors))
        assert facts == PersonalFacts(enrolled_at=at)

    def test_instants_are_kept_to_the_microsecond_and_in_utc(self, market: Market, person: User, at: datetime) -> None:
        odd = at.replace(microsecond=123456)
        EnrolmentFactory(person=person, course_key=market.anchors.translation_key, enrolled_at=odd)
        facts = progress.personal_facts(person.pk, market.reading(market.anchors))
        assert facts.enrolled_at == odd
        assert facts.enrolled_at.utcoffset() == timedelta(0)

    def test_a_lesson_done_without_enrolment_is_known(self, market: Market, person: User) -> None:
        key = market.claim_lessons[2].translation_key
        CompletionFactory(person=person, lesson_key=key)
        facts = progress.personal_facts(person.pk, market.reading(market.claims))
        assert facts == PersonalFacts(done=frozenset([key]))
        assert not facts.enrolled

    def test_a_lesson_done_in_another_language_is_done(self, market: Market, person: User) -> None:
        key = market.first_lesson_id.translation_key
        CompletionFactory(person=person, lesson_key=key)
        for course in (market.anchors, market.anchors_id):
            assert progress.personal_facts(person.pk, market.reading(course)).done == {key}

    def test_nothing_of_another_person_or_course(self, market: Market, person: User, other_person: User) -> None:
        course, lesson = market.reading(market.anchors), market.anchor_lessons[0].translation_key
        EnrolmentFactory(person=other_person, course_key=course.key)
        CompletionFactory(person=other_person, lesson_key=lesson)
        CertificateFactory(person=other_person, course_key=course.key)
        EnrolmentFactory(person=person, course_key=market.claims.translation_key)
        CertificateFactory(person=person, course_key=market.claims.translation_key)
        CompletionFactory(person=person, lesson_key=market.claim_lessons[0].translation_key)
        assert progress.personal_facts(person.pk, course) == PersonalFacts()


def test_the_outline_as_a_reader_stands_to_it(market: Market, at: datetime) -> None:
    outline = outline_of(market.reading(market.anchors))
    first, second, third = (page.translation_key for page in market.anchor_lessons)
    facts = PersonalFacts(enrolled_at=at, done=frozenset([first]))
    lines = progress.lesson_lines(outline, facts, current=third)
    assert [(line.number, line.title, line.done, line.is_current, line.is_next) for line in lines] == [
        (1, "On a short video", True, False, False),
        (2, "On a live", False, False, True),
        (3, "After the live", False, True, False),
    ]
    assert [line.url for line in lines] == [f"/en/courses/anchors/a{number}/" for number in (1, 2, 3)]
    assert [line.key for line in lines] == [first, second, third]


def test_who_is_not_enrolled_has_no_next_lesson(market: Market) -> None:
    lines = progress.lesson_lines(outline_of(market.reading(market.anchors)), PersonalFacts())
    assert not any(line.is_next or line.done or line.is_current for line in lines)


def test_progress_in_many_courses_takes_three_statements(
    market: Market, person: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    anchors, claims, unbegun = market.anchors.translation_key, market.claims.translation_key, uuid.uuid4()
    EnrolmentFactory(person=person, course_key=anchors)
    EnrolmentFactory(person=person, course_key=claims, finished=True)
    CompletionFactory(person=person, lesson_key=market.anchor_lessons[0].translation_key)
    with django_assert_num_queries(3):
        found = progress.progress_in(dict.fromkeys([anchors, claims, unbegun], "en"), person)
    assert {key: (progress.done, progress.total, progress.completed) for key, progress in found.items()} == {
        anchors: (1, 3, False),
        claims: (0, 3, True),
    }


def test_a_lesson_in_two_languages_counts_once(market: Market) -> None:
    key = market.anchors.translation_key
    for language in ("en", "id"):
        found = progress.lessons_of({key: language})
        assert found == {key: [page.translation_key for page in market.anchor_lessons]}


class TestShelf:
    def test_parts_what_is_begun_finished_and_taken_off(self, market: Market, person: User, other_person: User) -> None:
        EnrolmentFactory(person=person, course_key=market.anchors.translation_key)
        EnrolmentFactory(person=person, course_key=market.claims.translation_key, finished=True)
        CertificateFactory(person=person, course_key=market.claims.translation_key, reference="CLAIMS")
        gone = EnrolmentFactory(person=person, course_title="An old course", finished=True)
        CertificateFactory(person=person, course_key=gone.course_key, reference="KEPT")
        EnrolmentFactory(person=other_person, course_key=market.anchors.translation_key)
        shelf = progress.shelf_of(person)
        assert [item.card.title for item in shelf.in_progress] == ["Product anchors"]
        assert [(item.card.title, item.certificate_reference) for item in shelf.finished] == [("Claims", "CLAIMS")]
        assert shelf.off_shelf == [progress.OffShelf("An old course", "KEPT")]

    def test_takes_the_same_statements_for_one_course_and_for_many(
        self, market: Market, person: User, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(6):
            course = CourseFactory(parent=market.catalogue, slug=f"more-{number}")
            LessonFactory(parent=course)
            EnrolmentFactory(person=person, course_key=course.translation_key)
        with django_assert_num_queries(5):
            assert len(progress.shelf_of(person).in_progress) == 6
        Enrolment.objects.exclude(course_key=course.translation_key).delete()
        with django_assert_num_queries(5):
            assert len(progress.shelf_of(person).in_progress) == 1

    def test_the_course_read_last_stands_first(self, market: Market, person: User, at: datetime) -> None:
        EnrolmentFactory(person=person, course_key=market.anchors.translation_key, last_read_at=at)
        EnrolmentFactory(person=person, course_key=market.claims.translation_key, last_read_at=at + timedelta(days=1))
        assert [item.card.title for item in progress.shelf_of(person).in_progress] == ["Claims", "Product anchors"]


class TestWhereToGoOn:
    def test_is_the_next_lesson_of_the_course_read_last(self, market: Market, person: User, at: datetime) -> None:
        EnrolmentFactory(person=person, course_key=market.claims.translation_key, last_read_at=at)
        EnrolmentFactory(person=person, course_key=market.anchors.translation_key, last_read_at=at + timedelta(days=1))
        CompletionFactory(person=person, lesson_key=market.anchor_lessons[0].translation_key)
        item = progress.shelf_of(person).to_continue
        key = item.following
        assert item.card.title == "Product anchors"
        assert key == market.anchor_lessons[1].translation_key
        point = lesson_links([key], person.language)[key]
        assert (point.title, point.course_title) == ("On a live", "Product anchors")
        assert point.url == "/en/courses/anchors/a2/"

    def test_is_in_the_persons_language_where_the_lesson_exists_in_it(self, market: Market, person: User) -> None:
        first, second, _third = (page.translation_key for page in market.anchor_lessons)
        links = lesson_links([first, second], "id")
        assert links[first].url == "/id/courses/anchors/a1/"
        assert links[second].url == "/en/courses/anchors/a2/"

    def test_is_nowhere_for_who_has_begun_nothing_or_finished_all(self, market: Market, person: User) -> None:
        assert progress.shelf_of(person).to_continue is None
        EnrolmentFactory(person=person, course_key=market.anchors.translation_key, finished=True)
        for lesson in market.anchor_lessons:
            CompletionFactory(person=person, lesson_key=lesson.translation_key)
        shelf = progress.shelf_of(person)
        assert (shelf.to_continue, shelf.to_finish, shelf.renewed) == (None, None, None)

    def test_passes_over_a_course_that_only_waits_to_be_finished(
        self, market: Market, person: User, at: datetime
    ) -> None:
        EnrolmentFactory(person=person, course_key=market.claims.translation_key, last_read_at=at)
        EnrolmentFactory(person=person, course_key=market.anchors.translation_key, last_read_at=at + timedelta(days=1))
        for lesson in market.anchor_lessons:
            CompletionFactory(person=person, lesson_key=lesson.translation_key)
        shelf = progress.shelf_of(person)
        assert shelf.to_continue.card.title == "Claims"
        assert shelf.to_finish.card.title == "Product anchors"

    def test_leads_to_what_came_into_a_finished_course(self, market: Market, person: User) -> None:
        EnrolmentFactory(person=person, course_key=market.anchors.translation_key, finished=True)
        for lesson in (market.anchor_lessons[0], market.anchor_lessons[2]):
            CompletionFactory(person=person, lesson_key=lesson.translation_key)
        shelf = progress.shelf_of(person)
        assert shelf.to_continue is None
        assert shelf.renewed.following == market.anchor_lessons[1].translation_key

    def test_a_course_without_lessons_is_not_to_be_finished(self, market: Market, person: User) -> None:
        empty = CourseFactory(parent=market.catalogue, slug="empty")
        EnrolmentFactory(person=person, course_key=empty.translation_key)
        assert progress.shelf_of(person).to_finish is None

    def test_is_nowhere_where_nobody_may_open_the_lesson(self, market: Market, person: User) -> None:
        market.anchor_lessons[1].unpublish()
        assert lesson_links([market.anchor_lessons[1].translation_key], "en") == {}


class TestCertificates:
    @pytest.mark.parametrize("typed", ["K7M2QR", "k7m2qr", " K7M2-QR ", "K7-M2-QR"])
    def test_are_found_however_the_reference_is_typed(self, typed: str) -> None:
        certificate = CertificateFactory(reference="K7M2QR")
        assert certificates.certificate_by(typed) == certificate

    def test_are_found_by_the_whole_reference_only(self) -> None:
        CertificateFactory(reference="K7M2QR")
        assert certificates.certificate_by("K7M2Q") is None
        assert certificates.certificate_by("") is None

    def test_of_a_person_are_the_newest_first(self, person: User, at: datetime) -> None:
        old = CertificateFactory(person=person)
        new = CertificateFactory(person=person, issued_at=at + timedelta(days=9))
        CertificateFactory()
        assert certificates.certificates_of(person) == [new, old]


def test_learners_are_counted_once_over_courses_and_lessons(person: User, other_person: User) -> None:
    course, lesson = uuid.uuid4(), uuid.uuid4()
    EnrolmentFactory(person=person, course_key=course)
    CompletionFactory(person=person, lesson_key=lesson)
    CompletionFactory(person=other_person, lesson_key=lesson)
    EnrolmentFactory()
    assert progress.learners_of([course, lesson]) == 2
    assert progress.learners_of([]) == 0
