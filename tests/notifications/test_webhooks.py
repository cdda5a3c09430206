"""Letters to machines: written with what happened, sent in order, never lost, whatever a receiver does."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis
import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from wagtail.models import ModelLogEntry

from apps.accounts.models import User
from apps.notifications import rules
from apps.notifications.enums import DeliveryState, Event, GivenUp
from apps.notifications.models import Delivery, DeliveryTry, Receiver
from apps.notifications.services import outgoing, receivers, webhooks
from apps.notifications.services.outgoing import Answer
from apps.notifications.tasks import send_due_deliveries_every_minute
from tests.factories import AT
from tests.factories.notifications_webhooks import DeliveryFactory, ReceiverFactory
from tests.notifications.machines import STRANGE, Machine, machine_that

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WAITING, DELIVERED, FAILED = DeliveryState.WAITING, DeliveryState.DELIVERED, DeliveryState.FAILED


@pytest.fixture(autouse=True)
def loopback(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Receivers are on loopback here, and nobody waits long."""
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    monkeypatch.setattr(outgoing, "SILENCE_SECONDS", 0.5)
    monkeypatch.setattr(outgoing, "WHOLE_SECONDS", 1.5)


def send(at: datetime, **facts: Any) -> dict[str, int]:
    """A round at this instant."""
    return webhooks.send_due_deliveries(clock=lambda: at, **facts)


def announce(at: datetime, number: int = 1, subject: str = "seller:CARLA-01") -> list[Delivery]:
    """An event about a seller."""
    payload = {"number": number}
    return webhooks.announce(event=Event.COURSE_COMPLETED, subject=subject, payload=payload, at=at)


def numbers(machine: Machine) -> list[int]:
    """Which events arrived, in the order in which they did."""
    return [json.loads(request.body)["data"]["number"] for request in machine.got]


def states() -> list[str]:
    """Of all deliveries, in the order in which they were written."""
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def verified(receiver: Receiver, machine: Machine, secret: str | None = None) -> list[Any]:
    """What the independent implementation makes of all that arrived."""
    judge = Webhook(secret or receiver.secret)
    return [judge.verify(request.body, request.headers) for request in machine.got]


@pytest.mark.django_db
class TestAnnounce:
    def test_each_receiver_that_wants_it(self, at: datetime) -> None:
        all_events, chosen = ReceiverFactory(), ReceiverFactory(events=["course.completed"])
        ReceiverFactory(events=["something.else"])
        ReceiverFactory(is_active=False)
        deliveries = announce(at)
        assert [delivery.receiver for delivery in deliveries] == [all_events, chosen]
        facts = {(each.event, each.subject, each.written_at, each.next_try_at, each.state) for each in deliveries}
        assert facts == {("course.completed", "seller:CARLA-01", at, at, "waiting")}

    def test_what_is_rolled_back_was_never_announced(self, at: datetime) -> None:
        ReceiverFactory()
        with pytest.raises(RuntimeError), transaction.atomic():
            announce(at)
            raise RuntimeError
        assert not Delivery.objects.exists()

    def test_the_bell_rings_after_commit(self, at: datetime, django_capture_on_commit_callbacks: Any) -> None:
        with machine_that(200) as machine:
            ReceiverFactory(url=machine.url)
            with django_capture_on_commit_callbacks(execute=True) as bells:
                announce(at, 1)
                announce(at, 2)
                assert machine.got == []
            assert numbers(machine) == [1, 2]
        assert len(bells) == 1

    def test_nobody_listens(self, at: datetime, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(3):  # the receivers, and a savepoint
            assert announce(at) == []


@pytest.mark.django_db
class TestSending:
    def test_what_arrives_is_signed(self, person: User) -> None:
        at = datetime.now(tz=UTC)
        with machine_that(200) as machine:
            receiver = ReceiverFactory(url=machine.url)
            announce(at - HOUR, 7)
            assert send(at) == {"delivered": 1, "failed": 0, "given_up": 0, "expired": 0}
            assert verified(receiver, machine) == [
                {"type": "course.completed", "timestamp": (at - HOUR).isoformat(), "data": {"number": 7}}
            ]
        delivery, request = Delivery.objects.get(), machine.got[0]
        assert request.webhook_id == f"msg_{delivery.reference.hex}"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["webhook-timestamp"] == str(int(at.timestamp()))
        assert (delivery.state, delivery.tries, delivery.ended_at) == (DELIVERED, 1, at)
        assert (delivery.next_try_at, delivery.lease_until) == (None, None)
        row = DeliveryTry.objects.get()
        assert (row.number, row.at, row.status, row.error) == (1, at, 200, "")
        with pytest.raises(Exception, match="No matching signature"):
            Webhook(ReceiverFactory().secret).verify(request.body, request.headers)

    @pytest.mark.parametrize(
        ("way", "status", "error"),
        [
            (500, 500, "Answered 500. Said so."),
            (404, 404, "Answered 404. Said so."),
            ("redirect", 302, "Redirects are not followed."),
            ("endless", 500, "Answered 500. more"),
            ("slow", 0, "timed out"),
            ("trickle", 0, "No whole answer within 1.5 seconds."),
            ("drop", 0, "closed connection"),
        ],
    )
    def test_a_failure_is_tried_again_after_a_pause(self, at: datetime, way: Any, status: int, error: str) -> None:
        with machine_that(way, 200, pause=20) as machine:
            ReceiverFactory(url=machine.url)
            announce(at)
            assert send(at)["failed"] == 1
            assert send(at + MINUTE / 2) == {"delivered": 0, "failed": 0, "given_up": 0, "expired": 0}
            assert send(at + MINUTE)["delivered"] == 1
            ids = {request.webhook_id for request in machine.got}
            bodies = {request.body for request in machine.got}
        assert (len(machine.got), len(ids), len(bodies)) == (2, 1, 1)
        first, second = DeliveryTry.objects.order_by("number")
        assert (first.number, first.at, first.status) == (1, at, status)
        assert error in first.error
        assert (second.number, second.at, second.status, second.error) == (2, at + MINUTE, 200, "")

    @pytest.mark.parametrize("answer", STRANGE)
    def test_an_answer_that_no_database_takes_is_noted(self, at: datetime, answer: bytes) -> None:
        with machine_that(answer) as machine:
            ReceiverFactory(url=machine.url)
            announce(at)
            assert send(at)["failed"] == 1
        assert DeliveryTry.objects.get().error
        assert Delivery.objects.get().next_try_at == at + MINUTE

    def test_one_that_cannot_be_noted_ends_the_round_for_no_other(
        self, at: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        with machine_that(200) as machine:
            for subject in ("seller:A", "seller:B", "seller:C"):
                DeliveryFactory(receiver__url=machine.url, subject=subject)
            real = webhooks.write_try

            def fail(row: Delivery, *args: Any) -> None:
                if row.subject == "seller:A":
                    raise ValueError("A string literal cannot contain NUL")
                real(row, *args)

            monkeypatch.setattr(webhooks, "write_try", fail)
            assert send(at) == {"delivered": 2, "failed": 1, "given_up": 0, "expired": 0}
        assert "can't be noted" in caplog.text
        broken = Delivery.objects.get(subject="seller:A")
        assert (broken.state, broken.tries, broken.next_try_at) == (WAITING, 1, at + MINUTE)
        assert states() == [WAITING, DELIVERED, DELIVERED]

    def test_one_that_can_never_be_noted_is_given_up_in_the_end(
        self, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_args: Any) -> None:
            raise ValueError

        monkeypatch.setattr(webhooks, "write_try", fail)
        with machine_that(200) as machine:
            DeliveryFactory(receiver__url=machine.url, written_at=at - 3 * DAY, tries=rules.LEAST_TRIES)
            assert send(at)["given_up"] == 1
        assert states() == [FAILED]

    def test_where_not_even_the_try_can_be_counted_the_lease_brings_it_back(
        self, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_args: Any) -> None:
            raise ValueError

        monkeypatch.setattr(webhooks, "end_try", fail)
        with machine_that(200) as machine:
            DeliveryFactory(receiver__url=machine.url)
            assert send(at) == {"delivered": 0, "failed": 0, "given_up": 0, "expired": 0}
        assert Delivery.objects.get().lease_until == at + webhooks.LEASE

    def test_a_machine_that_is_down(self, at: datetime) -> None:
        ReceiverFactory(url="http://127.0.0.1:9/")
        announce(at)
        assert send(at)["failed"] == 1
        assert "refused" in DeliveryTry.objects.get().error

    def test_an_address_inside_is_refused_at_each_send(self, at: datetime, settings: Any) -> None:
        settings.WEBHOOKS_ALLOW_PRIVATE = False
        with machine_that(200) as machine:
            ReceiverFactory(url=machine.url)
            announce(at)
            assert send(at)["failed"] == 1
            assert machine.got == []
        assert "isn't one of the public Internet" in DeliveryTry.objects.get().error

    def test_a_redirect_inside_is_not_followed(self, at: datetime) -> None:
        with machine_that(200) as inside, machine_that("redirect", location=inside.url) as machine:
            ReceiverFactory(url=machine.url)
            announce(at)
            assert send(at)["failed"] == 1
            assert (len(machine.got), inside.got) == (1, [])

    def test_three_days_with_growing_pauses_then_given_up(self, at: datetime) -> None:
        with machine_that(500) as machine:
            ReceiverFactory(url=machine.url)
            announce(at, 1)
            announce(at + MINUTE, 2)
            instant, pauses = at, []
            while (delivery := Delivery.objects.order_by("pk")[0]).state == WAITING:
                send(delivery.next_try_at)
                pauses.append(delivery.next_try_at - instant)
                instant = delivery.next_try_at
            assert instant == at + 3 * DAY
            assert [pause // MINUTE for pause in pauses[:9]] == [0, 1, 2, 4, 8, 16, 32, 60, 60]
            assert max(pauses) == HOUR
            assert delivery.ended_at == at + 3 * DAY
            assert delivery.log.count() == delivery.tries == len(pauses)
            # The second one of this subject went on at once, in the same round.
            assert numbers(machine) == [1] * len(pauses) + [2]
        assert states() == [FAILED, WAITING]

    def test_a_worker_that_dies_loses_nothing(self, at: datetime) -> None:
        with machine_that(200) as machine:
            ReceiverFactory(url=machine.url)
            announce(at)
            assert len(webhooks.claim_deliveries(at=at, limit=5, requests={})) == 1
            assert send(at + webhooks.LEASE - timedelta(seconds=1))["delivered"] == 0
            assert send(at + webhooks.LEASE)["delivered"] == 1

    def test_who_comes_late_with_an_answer_changes_nothing(self, at: datetime) -> None:
        ReceiverFactory()
        announce(at)
        (held,) = webhooks.claim_deliveries(at=at, limit=5, requests={})
        (taken_over,) = webhooks.claim_deliveries(at=at + HOUR, limit=5, requests={})
        for delivery, status in ((held, 500), (taken_over, 200)):
            answer = Answer(status, "" if status == 200 else "Answered 500.", 5)
            webhooks.note(delivery=delivery, answer=answer, begun=at, at=at + HOUR, counts=webhooks.Counts())
        assert states() == [DELIVERED]
        assert list(DeliveryTry.objects.order_by("number").values_list("number", "status")) == [(1, 500), (2, 200)]

    def test_a_receiver_deleted_meanwhile(self, at: datetime) -> None:
        ReceiverFactory()
        announce(at)
        (held,) = webhooks.claim_deliveries(at=at, limit=5, requests={})
        Receiver.objects.all().delete()
        webhooks.note(delivery=held, answer=Answer(200, "", 5), begun=at, at=at, counts=webhooks.Counts())
        assert not DeliveryTry.objects.exists()

    def test_no_more_is_begun_when_the_time_is_up(self, at: datetime) -> None:
        with machine_that(200) as machine:
            ReceiverFactory(url=machine.url)
            announce(at)
            assert send(at, until=at)["delivered"] == 0
            assert machine.got == []

    def test_a_clock_that_jumped_forward_and_back(self, at: datetime) -> None:
        """A try, a rest and a lease far in the future are remains of the jump: they hold nothing up."""
        with machine_that(200) as machine:
            receiver = ReceiverFactory(url=machine.url, rest_until=at + 9 * DAY)
            DeliveryFactory(receiver=receiver, next_try_at=at + 10 * DAY, lease_until=at + 9 * DAY)
            assert send(at)["delivered"] == 1
            assert len(machine.got) == 1

    def test_the_schedule_sends(self) -> None:
        with machine_that(200) as machine:
            DeliveryFactory(receiver__url=machine.url)
            assert send_due_deliveries_every_minute(AT.isoformat())["delivered"] == 1


@pytest.mark.django_db
class TestOrder:
    def test_of_a_subject_one_after_the_other(self, at: datetime) -> None:
        with machine_that(200) as machine:
            ReceiverFactory(url=machine.url)
            for number in range(6):
                announce(at, number)
            assert send(at)["delivered"] == 6
            assert numbers(machine) == list(range(6))
            assert machine.most_open == 1

    def test_one_that_waits_holds_back_its_subject_and_no_other(self, at: datetime) -> None:
        with machine_that(500, 200) as machine:
            ReceiverFactory(url=machine.url)
            announce(at, 1, "seller:A")
            announce(at, 2, "seller:A")
            announce(at + MINUTE / 4, 3, "seller:B")
            send(at)
            assert numbers(machine) == [1]
            send(at + MINUTE / 2)
            assert numbers(machine) == [1, 3]
            send(at + MINUTE)
            assert numbers(machine) == [1, 3, 1, 2]

    def test_each_receiver_has_its_own(self, at: datetime) -> None:
        with machine_that(500) as bad, machine_that(200) as good:
            ReceiverFactory(url=bad.url)
            ReceiverFactory(url=good.url)
            for number in (1, 2):
                announce(at, number)
            send(at)
            assert (numbers(bad), numbers(good)) == ([1], [1, 2])

    def test_what_is_sent_again_waits_for_what_is_under_way(self, at: datetime, person: User) -> None:
        receiver = ReceiverFactory()
        old = DeliveryFactory(receiver=receiver, state=DELIVERED, next_try_at=None)
        new = DeliveryFactory(receiver=receiver)
        assert webhooks.claim_deliveries(at=at, limit=5, requests={}) == [new]
        webhooks.send_again(delivery=old, at=at, by=person)
        assert webhooks.claim_deliveries(at=at, limit=5, requests={}) == []
        assert webhooks.claim_deliveries(at=at + webhooks.LEASE, limit=5, requests={}) == [old]

    @hypothesis.settings(max_examples=20)
    @given(
        st.lists(st.sampled_from("ABC"), min_size=1, max_size=6),
        st.lists(st.sampled_from([200, 500]), max_size=6),
    )
    def test_whatever_fails_the_subjects_keep_their_order(self, announced: list[str], answers: list[int]) -> None:
        with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
            receiver = ReceiverFactory()
            for number, subject in enumerate(announced):
                DeliveryFactory(receiver=receiver, subject=subject, payload={"number": number})
            taken: list[int] = []

            def post(*, body: bytes, **_request: Any) -> Answer:
                status = answers.pop() if answers else 200
                if status == 200:
                    taken.append(json.loads(body)["data"]["number"])
                return Answer(status, "" if status == 200 else "Answered 500.", 1)

            patch.setattr(webhooks, "post", post)
            for hours in range(8):
                send(AT + hours * HOUR)
            expected = {subject: [n for n, each in enumerate(announced) if each == subject] for subject in "ABC"}
            assert {subject: [n for n in taken if announced[n] == subject] for subject in "ABC"} == expected
            transaction.set_rollback(True)


@pytest.mark.django_db
class TestOthersAreNotHeldUp:
    def test_a_slow_one_holds_up_itself_only(self, at: datetime) -> None:
        with machine_that("slow", pause=20) as slow, machine_that(200) as quick:
            for machine in (slow, quick):
                receiver = ReceiverFactory(url=machine.url)
                for number in range(12):
                    DeliveryFactory(receiver=receiver, subject=f"seller:{number}")
            begun = time.monotonic()
            assert send(at) == {"delivered": 12, "failed": 2, "given_up": 0, "expired": 0}
            assert time.monotonic() - begun < 4
            assert len(quick.got) == 12
            assert slow.most_open == webhooks.AT_ONCE_EACH

    def test_a_dead_one_rests_a_minute(self, at: datetime) -> None:
        with machine_that("drop", "drop", 200) as machine:
            receiver = ReceiverFactory(url=machine.url)
            for number in range(5):
                DeliveryFactory(receiver=receiver, subject=f"seller:{number}")
            assert send(at)["failed"] == 2
            receiver.refresh_from_db()
            assert receiver.rest_until == at + MINUTE
            assert send(at + MINUTE / 2)["delivered"] == 0
            assert send(at + MINUTE)["delivered"] == 5

    def test_one_that_answers_does_not_rest(self, at: datetime) -> None:
        with machine_that(500) as machine:
            receiver = ReceiverFactory(url=machine.url)
            for number in range(5):
                DeliveryFactory(receiver=receiver, subject=f"seller:{number}")
            assert send(at)["failed"] == 5


@pytest.mark.django_db
class TestOff:
    def test_gone_turns_it_off(self, at: datetime, person: User) -> None:
        with machine_that(410, 200) as machine:
            receiver = ReceiverFactory(url=machine.url)
            announce(at)
            assert send(at)["failed"] == 1
            receiver.refresh_from_db()
            assert receiver.is_active is False
            assert ModelLogEntry.objects.get().action == "notifications.receiver_gone"
            assert announce(at) == []
            send(at + HOUR)
            assert (len(machine.got), states()) == (1, [WAITING])
            facts = {"name": receiver.name, "url": receiver.url, "events": []}
            receivers.change_receiver(receiver=receiver, **facts, is_active=True, by=person)
            assert send(at + HOUR)["delivered"] == 1

    def test_what_waits_for_it_is_given_up_after_three_days(self, at: datetime) -> None:
        receiver = ReceiverFactory(is_active=False)
        for written_at in (at - 3 * DAY, at - 3 * DAY + MINUTE):
            DeliveryFactory(receiver=receiver, written_at=written_at)
        DeliveryFactory(receiver=receiver, written_at=at - 9 * DAY, resent_at=at - DAY)
        DeliveryFactory(written_at=at - 9 * DAY, next_try_at=at + MINUTE)
        assert send(at)["expired"] == 1
        assert states() == [FAILED, WAITING, WAITING, WAITING]
        first = Delivery.objects.order_by("pk")[0]
        assert (first.ended_at, first.next_try_at, first.given_up) == (at, None, GivenUp.OFF)


@pytest.mark.django_db
class TestDead:
    def test_its_backlog_is_given_up_at_once_after_three_days(
        self, at: datetime, django_assert_max_num_queries: Any
    ) -> None:
        receiver = ReceiverFactory(rest_until=at + MINUTE / 2)
        for number in range(50):
            DeliveryFactory(receiver=receiver, subject=f"seller:{number}", written_at=at - 3 * DAY)
        young = DeliveryFactory(receiver=receiver, subject="seller:0", written_at=at - 3 * DAY + MINUTE)
        again = DeliveryFactory(receiver=receiver, written_at=at - 9 * DAY, resent_at=at - DAY)
        under_way = DeliveryFactory(receiver=receiver, written_at=at - 9 * DAY, lease_until=at + MINUTE)
        with django_assert_max_num_queries(6):
            assert webhooks.expire(at=at) == 50
        assert set(Delivery.objects.filter(state=WAITING)) == {young, again, under_way}
        given_up = Delivery.objects.filter(state=FAILED, ended_at=at, next_try_at=None, given_up=GivenUp.SILENT)
        assert given_up.count() == 50
        # What is left of the subject goes next.
        assert young in webhooks.claim_deliveries(at=at + MINUTE, limit=50, requests={})

    def test_one_round_finds_it_dead_and_gives_up_what_is_old(self, at: datetime) -> None:
        receiver = ReceiverFactory(url="http://127.0.0.1:9/")
        for number in range(10):
            DeliveryFactory(receiver=receiver, subject=f"seller:{number}", written_at=at - 4 * DAY)
        counts = send(at)
        assert (counts["given_up"] + counts["expired"], counts["expired"] > 0) == (10, True)
        assert states() == [FAILED] * 10

    def test_one_that_answers_again_gets_its_old_events_in_order(self, at: datetime) -> None:
        with machine_that(200) as machine:
            receiver = ReceiverFactory(url=machine.url, rest_until=at)
            for number in range(4):
                DeliveryFactory(receiver=receiver, written_at=at - 4 * DAY, payload={"number": number})
            assert send(at)["delivered"] == 4
            assert numbers(machine) == [0, 1, 2, 3]

    def test_a_rest_from_a_clock_that_was_put_back_gives_nothing_up(self, at: datetime) -> None:
        DeliveryFactory(receiver__rest_until=at + 9 * DAY, written_at=at - 9 * DAY)
        assert webhooks.expire(at=at) == 0

    def test_sent_again_it_has_no_reason_any_more(self, at: datetime, person: User) -> None:
        old = DeliveryFactory(state=FAILED, given_up=GivenUp.SILENT, next_try_at=None)
        assert webhooks.send_again(delivery=old, at=at, by=person).given_up == ""
        old.refresh_from_db()
        assert (old.state, old.given_up) == (WAITING, "")


@pytest.mark.django_db
class TestSendAgain:
    @pytest.mark.parametrize("state", [DELIVERED, FAILED])
    def test_bears_the_same_id_and_has_three_days_anew(self, at: datetime, person: User, state: str) -> None:
        with machine_that(500, 200) as machine:
            old = DeliveryFactory(
                receiver__url=machine.url, state=state, next_try_at=None, tries=76, written_at=at - 9 * DAY
            )
            DeliveryTry.objects.create(delivery=old, number=76, at=at - 6 * DAY, status=500)
            webhooks.send_again(delivery=old, at=at, by=person)
            send(at)
            old.refresh_from_db()
            assert (old.state, old.tries, old.next_try_at, old.resent_at) == (WAITING, 1, at + MINUTE, at)
            send(at + MINUTE)
            assert {request.webhook_id for request in machine.got} == {old.webhook_id}
        assert list(old.log.order_by("number").values_list("number", flat=True)) == [76, 77, 78]
        entry = ModelLogEntry.objects.get()
        assert (entry.action, entry.user) == ("notifications.send_delivery_again", person)

    def test_what_still_waits_is_refused(self, at: datetime, person: User) -> None:
        with pytest.raises(rules.NotEnded, match="still waits"):
            webhooks.send_again(delivery=DeliveryFactory(), at=at, by=person)

    def test_to_who_is_off_is_refused(self, at: datetime, person: User) -> None:
        old = DeliveryFactory(receiver__is_active=False, state=DELIVERED, next_try_at=None)
        with pytest.raises(rules.ReceiverOff, match="is off"):
            webhooks.send_again(delivery=old, at=at, by=person)
        assert states() == [DELIVERED]


@pytest.mark.django_db
class TestSecrets:
    def test_the_old_one_signs_too_for_a_day(self, person: User) -> None:
        at = datetime.now(tz=UTC)
        with machine_that(200) as machine:
            receiver = ReceiverFactory(url=machine.url)
            old = receiver.secret
            receiver = receivers.rotate_secret(receiver=receiver, of=receiver.secret_mark, at=at, by=person)
            assert receiver.secret != old
            announce(at, 5)
            send(at)
            for secret in (old, receiver.secret):
                assert verified(receiver, machine, secret)[0]["data"] == {"number": 5}
            signatures = machine.got[0].headers["webhook-signature"].split(" ")
            assert [each[:3] for each in signatures] == ["v1,", "v1,"]
        assert ModelLogEntry.objects.get().action == "notifications.rotate_secret"

    def test_afterwards_only_the_new_one(self, at: datetime, person: User) -> None:
        receiver = ReceiverFactory()
        old = receiver.secret
        receiver = receivers.rotate_secret(receiver=receiver, of=receiver.secret_mark, at=at, by=person)
        assert receiver.secrets_at(at + DAY - MINUTE) == [receiver.secret, old]
        assert receiver.secrets_at(at + DAY) == [receiver.secret]

    def test_a_second_rotation_ends_the_first(self, at: datetime, person: User) -> None:
        first = ReceiverFactory()
        second = receivers.rotate_secret(receiver=first, of=first.secret_mark, at=at, by=person)
        third = receivers.rotate_secret(receiver=second, of=second.secret_mark, at=at, by=person)
        assert third.secrets_at(at) == [third.secret, second.secret]


@pytest.mark.django_db
class TestTestEvent:
    def test_goes_to_this_one_only_whatever_it_chose(self, person: User, at: datetime) -> None:
        with machine_that(200) as machine:
            receiver = ReceiverFactory(url=machine.url, events=["course.completed"], name="Ledger")
            ReceiverFactory()
            delivery = webhooks.send_test_event(receiver=receiver, at=at, by=person)
            assert send(at)["delivered"] == 1
            body = json.loads(machine.got[0].body)
        assert body == {"type": "test", "timestamp": at.isoformat(), "data": {"receiver": "Ledger"}}
        assert delivery.subject.startswith("test:")
        assert ModelLogEntry.objects.get().action == "notifications.send_test_event"

    def test_is_refused_to_who_is_off(self, person: User, at: datetime) -> None:
        with pytest.raises(rules.ReceiverOff):
            webhooks.send_test_event(receiver=ReceiverFactory(is_active=False), at=at, by=person)
        assert not Delivery.objects.exists()


def in_threads(acts: list[Callable[[], Any]]) -> None:
    """All at once, each with a connection of its own; what one raises is raised here."""
    failed: list[Exception] = []

    def run(act: Callable[[], Any]) -> None:
        try:
            act()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if failed:
        raise failed[0]


@pytest.mark.django_db(transaction=True)
class TestTwoWorkers:
    def test_order_is_kept_and_nothing_sent_twice(self, at: datetime) -> None:
        with machine_that(200) as machine:
            receiver = ReceiverFactory(url=machine.url)
            for number in range(40):
                DeliveryFactory(receiver=receiver, subject=f"seller:{number % 4}", payload={"number": number})
            in_threads([lambda: send(at)] * 2)
            arrived = numbers(machine)
        assert sorted(arrived) == list(range(40))
        for subject in range(4):
            assert [n for n in arrived if n % 4 == subject] == list(range(subject, 40, 4))
        assert set(states()) == {DELIVERED}
        assert DeliveryTry.objects.count() == 40

    def test_one_announces_while_others_send(self, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(webhooks, "ring", lambda: None)  # the bell's worker has today's clock
        with machine_that(200) as machine:
            ReceiverFactory(url=machine.url)

            def tell() -> None:
                for number in range(10):
                    announce(at, number)

            in_threads([tell, *[lambda: send(at)] * 2])
            send(at)
            assert numbers(machine) == list(range(10))
