"""Begin, complete, finish, and what an editor's change does to it; nothing twice, also not from many sides."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from wagtail.models import ModelLogEntry

from apps.accounts.models import User
from apps.catalog.models import CoursePage, LessonPage, Reading
from apps.learning import rules, services
from apps.learning.models import REFERENCE_ALPHABET, Certificate, Completion, Enrolment
from apps.learning.queries.progress import progress_in
from apps.notifications.enums import Channel, Kind, MessageState
from apps.notifications.models import Delivery, Message, Preference
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import CourseFactory, LessonFactory, Market
from tests.factories.learning import CertificateFactory, CompletionFactory
from tests.factories.notifications_webhooks import ReceiverFactory

DAY = timedelta(days=1)


def complete(market: Market, person: User, lessons: list[LessonPage], at: datetime) -> Enrolment:
    """Mark each complete, an hour apart; the enrolment after the last."""
    for hours, page in enumerate(lessons):
        enrolment = services.complete_lesson(person=person, lesson=market.reading(page), at=at + timedelta(hours=hours))
    return enrolment


def progress_of(course: CoursePage, person: User) -> rules.Progress:
    """How far the person is in the course."""
    return progress_in({course.translation_key: "en"}, person)[course.translation_key]


@pytest.mark.django_db
class TestEnrol:
    def test_keeps_when_and_in_what(self, market: Market, person: User, at: datetime) -> None:
        services.enrol(person=person, course=market.reading(market.anchors), at=at)
        enrolment = Enrolment.objects.get()
        assert (enrolment.person, enrolment.course_key) == (person, market.anchors.translation_key)
        assert (enrolment.course_title, enrolment.enrolled_at) == ("Product anchors", at)
        assert (enrolment.completed_at, enrolment.last_read_at) == (None, at)

    def test_twice_changes_nothing(self, market: Market, person: User, at: datetime) -> None:
        course = market.reading(market.anchors)
        first = services.enrol(person=person, course=course, at=at)
        second = services.enrol(person=person, course=course, at=at + DAY)
        assert first.pk == second.pk
        assert Enrolment.objects.get().enrolled_at == at

    def test_in_another_language_is_the_same_course(self, market: Market, person: User, at: datetime) -> None:
        services.enrol(person=person, course=market.reading(market.anchors), at=at)
        services.enrol(person=person, course=market.reading(market.anchors_id), at=at)
        assert Enrolment.objects.count() == 1

    def test_a_course_without_lessons_is_refused(self, market: Market, person: User, at: datetime) -> None:
        empty = market.reading(CourseFactory(parent=market.catalogue, slug="empty"))
        with pytest.raises(rules.CourseEmpty, match="being written") as refusal:
            services.enrol(person=person, course=empty, at=at)
        assert refusal.value.way_on == "/en/courses/empty/"
        assert not Enrolment.objects.exists()

    def test_lessons_done_before_count_at_once(self, market: Market, person: User, at: datetime) -> None:
        for page in market.claim_lessons:
            CompletionFactory(person=person, lesson_key=page.translation_key)
        services.enrol(person=person, course=market.reading(market.claims), at=at + DAY)
        assert Enrolment.objects.get().completed_at == at + DAY
        assert Certificate.objects.get().course_title == "Claims"

    def test_a_course_finished_at_once_is_answered_as_finished(
        self, market: Market, person: User, at: datetime
    ) -> None:
        for page in market.claim_lessons:
            CompletionFactory(person=person, lesson_key=page.translation_key)
        enrolment = services.enrol(person=person, course=market.reading(market.claims), at=at)
        assert enrolment.completed_at == at

    def test_of_one_person_is_nothing_to_another(
        self, market: Market, person: User, other_person: User, at: datetime
    ) -> None:
        complete(market, person, market.anchor_lessons, at)
        enrolment = services.enrol(person=other_person, course=market.reading(market.anchors), at=at)
        assert enrolment.completed_at is None
        assert not Certificate.objects.filter(person=other_person).exists()


@pytest.mark.django_db
class TestCompleteLesson:
    def test_keeps_the_lesson_and_the_place(self, market: Market, person: User, at: datetime) -> None:
        enrolment = complete(market, person, market.anchor_lessons[:1], at)
        first = market.anchor_lessons[0]
        completion = Completion.objects.get()
        assert (completion.lesson_key, completion.lesson_title) == (first.translation_key, "On a short video")
        assert (completion.person, completion.completed_at) == (person, at)
        enrolment.refresh_from_db()
        assert (enrolment.last_lesson_key, enrolment.last_block) == (first.translation_key, "")
        assert (enrolment.enrolled_at, enrolment.completed_at) == (at, None)
        assert not Certificate.objects.exists()

    def test_twice_changes_nothing_but_the_place(self, market: Market, person: User, at: datetime) -> None:
        complete(market, person, market.anchor_lessons[:2], at)
        complete(market, person, market.anchor_lessons[:1], at + DAY)
        assert set(Completion.objects.values_list("completed_at", flat=True)) == {at, at + timedelta(hours=1)}
        assert Enrolment.objects.get().last_lesson_key == market.anchor_lessons[0].translation_key

    def test_the_last_one_finishes_the_course(self, market: Market, person: User, at: datetime) -> None:
        enrolment = complete(market, person, market.anchor_lessons, at)
        assert enrolment.completed_at == at + timedelta(hours=2)
        certificate = Certificate.objects.get()
        assert (certificate.person, certificate.name) == (person, "Ayu Lestari")
        assert (certificate.course_key, certificate.course_title) == (market.anchors.translation_key, "Product anchors")
        assert (certificate.language, certificate.issued_at) == ("en", at + timedelta(hours=2))
        assert len(certificate.reference) == 20
        assert set(certificate.reference) <= set(REFERENCE_ALPHABET)

    def test_in_any_order(self, market: Market, person: User, at: datetime) -> None:
        last, first, middle = (market.anchor_lessons[number] for number in (2, 0, 1))
        assert complete(market, person, [last, first], at).completed_at is None
        assert complete(market, person, [middle], at + DAY).completed_at == at + DAY

    def test_the_last_one_again_gives_no_second_certificate(self, market: Market, person: User, at: datetime) -> None:
        complete(market, person, market.anchor_lessons, at)
        again = complete(market, person, market.anchor_lessons[2:], at + DAY)
        assert again.completed_at == at + timedelta(hours=2)
        assert Certificate.objects.get().issued_at == at + timedelta(hours=2)

    def test_a_lesson_read_in_indonesian_is_done_in_english(self, market: Market, person: User, at: datetime) -> None:
        complete(market, person, [market.first_lesson_id, *market.anchor_lessons[1:]], at)
        english = progress_of(market.anchors, person)
        assert (english.done, english.total, english.completed) == (3, 3, True)

    def test_a_lesson_of_no_course_is_refused(self, market: Market, person: User, at: datetime) -> None:
        orphan = market.reading(market.about)
        with pytest.raises(rules.LessonGone, match="belongs to no course"):
            services.complete_lesson(person=person, lesson=orphan, at=at)
        assert not Completion.objects.exists()


@pytest.mark.django_db
class TestWhatAnEditorDoesLater:
    def test_a_lesson_added_is_new_and_takes_nothing_back(self, market: Market, person: User, at: datetime) -> None:
        complete(market, person, market.anchor_lessons, at)
        added = LessonFactory(parent=market.anchors, title="On a photo", slug="a4")
        assert progress_of(market.anchors, person) == rules.Progress(done=3, total=4, completed=True, new_lessons=1)
        complete(market, person, [added], at + DAY)
        assert progress_of(market.anchors, person) == rules.Progress(done=4, total=4, completed=True, new_lessons=0)
        assert Enrolment.objects.get().completed_at == at + timedelta(hours=2)
        assert Certificate.objects.count() == 1

    def test_a_deleted_lesson_stays_in_the_record(self, market: Market, person: User, at: datetime) -> None:
        complete(market, person, market.anchor_lessons[:1], at)
        key = market.anchor_lessons[0].translation_key
        market.anchor_lessons[0].delete()
        assert Completion.objects.get().lesson_key == key
        assert Completion.objects.get().lesson_title == "On a short video"

    def test_a_lesson_moved_to_another_course_stays_done(self, market: Market, person: User, at: datetime) -> None:
        moved = market.claim_lessons[0]
        complete(market, person, [moved], at)
        moved.move(market.anchors, pos="last-child")
        services.enrol(person=person, course=market.reading(market.anchors), at=at)
        assert progress_of(market.anchors, person) == rules.Progress(1, 4, False, 0)

    def test_a_new_name_and_title_leave_the_certificate_as_it_was(
        self, market: Market, person: User, at: datetime
    ) -> None:
        complete(market, person, market.anchor_lessons, at)
        User.objects.update(name="Ayu Wijaya")
        market.anchors.title = "Anchors, second edition"
        market.anchors.save_revision().publish()
        certificate = Certificate.objects.get()
        assert (certificate.name, certificate.course_title) == ("Ayu Lestari", "Product anchors")

    def test_a_person_who_leaves_takes_the_records_and_leaves_the_certificate(
        self, market: Market, person: User, at: datetime
    ) -> None:
        complete(market, person, market.anchor_lessons, at)
        person.delete()
        assert not Enrolment.objects.exists()
        assert not Completion.objects.exists()
        certificate = Certificate.objects.get()
        assert (certificate.person, certificate.name, certificate.state) == (None, "Ayu Lestari", "valid")


@pytest.mark.django_db
class TestKeepPlace:
    BLOCK = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"

    def test_of_an_enrolled_person(self, market: Market, person: User, at: datetime) -> None:
        services.enrol(person=person, course=market.reading(market.anchors), at=at)
        lesson = market.reading(market.anchor_lessons[1])
        assert services.keep_place(person=person, lesson=lesson, block=self.BLOCK, at=at + DAY) is True
        enrolment = Enrolment.objects.get()
        assert (enrolment.last_lesson_key, enrolment.last_block) == (lesson.key, self.BLOCK)
        assert enrolment.last_read_at == at + DAY

    def test_of_a_person_who_only_looks_is_not_kept(
        self, market: Market, person: User, other_person: User, at: datetime
    ) -> None:
        services.enrol(person=other_person, course=market.reading(market.anchors), at=at)
        lesson = market.reading(market.anchor_lessons[1])
        assert services.keep_place(person=person, lesson=lesson, block=self.BLOCK, at=at) is False
        assert Enrolment.objects.get().last_block == ""

    def test_that_is_none_is_refused(self, market: Market, person: User, at: datetime) -> None:
        services.enrol(person=person, course=market.reading(market.anchors), at=at)
        lesson = market.reading(market.anchor_lessons[1])
        with pytest.raises(rules.PlaceUnknown):
            services.keep_place(person=person, lesson=lesson, block="top", at=at)
        assert Enrolment.objects.get().last_lesson_key is None


@pytest.mark.django_db
class TestRevokeCertificate:
    def test_keeps_why_when_and_by_whom(self, at: datetime, other_person: User) -> None:
        certificate = CertificateFactory()
        services.revoke_certificate(
            certificate=certificate, reason="  Finished by somebody else. ", at=at + DAY, by=other_person
        )
        certificate.refresh_from_db()
        assert (certificate.state, certificate.revoked_at) == ("revoked", at + DAY)
        assert certificate.revoke_reason == "Finished by somebody else."
        entry = ModelLogEntry.objects.for_instance(certificate).get()
        assert (entry.action, entry.user_id) == ("learning.revoke_certificate", other_person.pk)
        assert entry.data == {"reason": "Finished by somebody else."}

    def test_again_changes_nothing(self, at: datetime, other_person: User) -> None:
        certificate = CertificateFactory()
        for days, reason in ((1, "The first reason."), (2, "Another reason.")):
            services.revoke_certificate(certificate=certificate, reason=reason, at=at + days * DAY, by=other_person)
        certificate.refresh_from_db()
        assert (certificate.revoke_reason, certificate.revoked_at) == ("The first reason.", at + DAY)
        assert ModelLogEntry.objects.for_instance(certificate).count() == 1

    def test_without_a_reason_is_refused(self, at: datetime, other_person: User) -> None:
        certificate = CertificateFactory()
        with pytest.raises(rules.ReasonMissing):
            services.revoke_certificate(certificate=certificate, reason="   ", at=at, by=other_person)
        certificate.refresh_from_db()
        assert certificate.state == "valid"

    def test_without_a_reason_is_stopped_by_the_database_too(self, at: datetime) -> None:
        certificate = CertificateFactory()
        with pytest.raises(IntegrityError):
            Certificate.objects.filter(pk=certificate.pk).update(revoked_at=at)

    def test_is_not_undone_by_finishing_again(self, market: Market, person: User, at: datetime) -> None:
        complete(market, person, market.anchor_lessons, at)
        services.revoke_certificate(
            certificate=Certificate.objects.get(), reason="Not this person.", at=at + DAY, by=person
        )
        complete(market, person, market.anchor_lessons, at + 2 * DAY)
        assert Certificate.objects.get().state == "revoked"


def at_once(*acts: Callable[[], object]) -> list[BaseException]:
    """Run all of them at the same moment, each in a thread with a connection of its own; what they raised."""
    barrier, raised = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=10)
            act()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return raised


@pytest.mark.django_db
class TestLetters:
    def test_a_finished_course_brings_one_letter(self, market: Market, person: User, at: datetime) -> None:
        complete(market, person, market.anchor_lessons[:2], at)
        assert not Message.objects.exists()
        complete(market, person, market.anchor_lessons[2:], at + DAY)
        complete(market, person, market.anchor_lessons[2:], at + 2 * DAY)
        letter, certificate = Message.objects.get(), Certificate.objects.get()
        assert (letter.person, letter.kind, letter.written_at) == (person, Kind.LEARNING, at + DAY)
        assert letter.link == f"/certificates/{certificate.reference}/"
        assert letter.subject == "You finished “Product anchors”: your certificate"
        assert (letter.state, letter.to_address) == (MessageState.WAITING, person.email)

    def test_comes_in_the_readers_language(self, market: Market, at: datetime) -> None:
        reader = PersonFactory(indonesian=True)
        complete(market, reader, market.anchor_lessons, at)
        letter = Message.objects.get()
        assert letter.language == "id"
        assert letter.subject.startswith("Anda menyelesaikan “")

    def test_stands_on_the_site_only_where_that_was_chosen(self, market: Market, person: User, at: datetime) -> None:
        Preference.objects.create(person=person, kind=Kind.LEARNING, channel=Channel.SITE)
        complete(market, person, market.anchor_lessons, at)
        assert Message.objects.get().state == MessageState.NONE

    def test_what_is_undone_was_never_written(self, market: Market, person: User, at: datetime) -> None:
        with pytest.raises(RuntimeError), transaction.atomic():
            complete(market, person, market.anchor_lessons, at)
            raise RuntimeError
        assert not Certificate.objects.exists()
        assert not Message.objects.exists()

    def test_a_withdrawn_certificate_is_told_once(self, at: datetime, other_person: User) -> None:
        certificate = CertificateFactory()
        for reason in ("The first reason.", "Another reason."):
            services.revoke_certificate(certificate=certificate, reason=reason, at=at, by=other_person)
        letter = Message.objects.get()
        assert (letter.person, letter.kind) == (certificate.person, Kind.LEARNING)
        assert letter.link == f"/certificates/{certificate.reference}/"
        assert "The first reason." in letter.text

    def test_of_a_person_who_was_erased_nobody_is_told(self, at: datetime, other_person: User) -> None:
        certificate = CertificateFactory()
        certificate.person.delete()
        certificate.refresh_from_db()
        services.revoke_certificate(certificate=certificate, reason="Given by mistake.", at=at, by=other_person)
        certificate.refresh_from_db()
        assert certificate.state == "revoked"
        assert not Message.objects.exists()


@pytest.mark.django_db
class TestOtherMachines:
    def test_hear_that_a_seller_finished_a_course(self, market: Market, seller_person: User, at: datetime) -> None:
        receiver = ReceiverFactory()
        complete(market, seller_person, market.anchor_lessons, at)
        delivery = Delivery.objects.get()
        assert (delivery.receiver, delivery.event, delivery.subject) == (
            receiver,
            "course.completed",
            "seller:CARLA-01",
        )
        assert delivery.payload == {
            "seller": "CARLA-01",
            "course": {"key": str(market.anchors.translation_key), "title": "Product anchors"},
            "completed_at": (at + timedelta(hours=2)).isoformat(),
        }
        complete(market, seller_person, market.anchor_lessons, at + DAY)
        assert Delivery.objects.count() == 1

    def test_hear_nothing_of_who_stands_for_no_seller(self, market: Market, person: User, at: datetime) -> None:
        ReceiverFactory()
        assert complete(market, person, market.anchor_lessons, at).completed_at
        assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
class TestFromManySidesAtOnce:
    def test_the_same_lesson_is_completed_once(self, market: Market, person: User, at: datetime) -> None:
        complete(market, person, market.anchor_lessons[:2], at)
        last = market.reading(market.anchor_lessons[2])
        acts = [lambda: services.complete_lesson(person=person, lesson=last, at=at + DAY)] * 8
        assert at_once(*acts) == []
        assert Completion.objects.filter(lesson_key=last.key).count() == 1
        assert Enrolment.objects.get().completed_at == at + DAY
        assert Certificate.objects.count() == 1

    def test_all_lessons_together_finish_the_course(self, market: Market, person: User, at: datetime) -> None:
        lessons = [market.reading(page) for page in market.anchor_lessons]
        acts = [
            lambda lesson=lesson: services.complete_lesson(person=person, lesson=lesson, at=at)
            for lesson in lessons * 2
        ]
        assert at_once(*acts) == []
        assert Completion.objects.count() == 3
        assert Enrolment.objects.get().completed_at == at
        assert Certificate.objects.count() == 1

    def test_many_persons_do_not_stand_in_each_others_way(self, market: Market, at: datetime) -> None:
        persons = [PersonFactory() for _number in range(6)]
        course = market.reading(market.claims)
        acts = [lambda person=person: services.enrol(person=person, course=course, at=at) for person in persons * 2]
        assert at_once(*acts) == []
        assert set(Enrolment.objects.values_list("person", flat=True)) == {person.pk for person in persons}
        assert Enrolment.objects.count() == 6

    def test_a_certificate_is_revoked_once(self, other_person: User, at: datetime) -> None:
        certificate = CertificateFactory()
        acts = [
            lambda reason=reason: services.revoke_certificate(
                certificate=certificate, reason=reason, at=at, by=other_person
            )
            for reason in ("Reason one.", "Reason two.", "Reason three.")
        ]
        assert at_once(*acts) == []
        assert ModelLogEntry.objects.for_instance(certificate).count() == 1
        assert Reading.objects.count() == 0
