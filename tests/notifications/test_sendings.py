"""Letters to many: in chunks, never twice, stopped, taken over, and each reader by their own wishes."""

import threading
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from apps.accounts.enums import SellerState
from apps.accounts.models import User
from apps.notifications import rules, tasks
from apps.notifications.enums import Channel, Kind, MessageState, Priority, SendingState, SuppressionReason
from apps.notifications.models import Message, Preference, Sending, Suppression
from apps.notifications.queries.audiences import AUDIENCES, Audience, register_audience
from apps.notifications.queries.sendings import progress_of
from apps.notifications.services import delivery, letters, sendings
from tests.factories import AT
from tests.factories.accounts import PersonFactory, SellerFactory

MINUTE = timedelta(minutes=1)
FAR = AT + timedelta(days=1)


def clock() -> datetime:
    """It is always nine on Monday."""
    return AT


@pytest.fixture(autouse=True)
def all_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    """An audience of every person but staff, and no bells: each test says when a worker looks."""
    monkeypatch.setitem(
        AUDIENCES,
        "all",
        Audience(
            "all", "All", "You get this since you are here.", lambda _facts: User.objects.exclude(email="ops@x.com")
        ),
    )
    for name in ("enqueue_on_commit", "ring"):
        monkeypatch.setattr(sendings, name, lambda *_args: None)


@pytest.fixture
def ops(db: None) -> User:
    """Who writes."""
    return PersonFactory(email="ops@x.com", name="Ops")


def persons(number: int, **facts: Any) -> list[User]:
    """So many persons, in two statements."""
    start = User.objects.count()
    return User.objects.bulk_create(
        User(email=f"reader{start + each}@x.com", name=f"Reader {start + each}", **facts) for each in range(number)
    )


def begin(by: User, **facts: Any) -> Sending:
    """A letter to all."""
    letter = {"audience": "all", "facts": {}, "subject": "News, {name}", "text": "Dear {name},\n\nnew.", "at": AT}
    return sendings.start_sending(**(letter | facts), by=by)


def go_on(sending: Sending, until: datetime = FAR) -> Sending:
    """A worker looks; the sending afterwards."""
    sendings.continue_sending(sending=sending, clock=clock, until=until)
    sending.refresh_from_db()
    return sending


class TestStart:
    def test_counts_readers_writes_nothing_yet_and_is_audited(self, ops: User) -> None:
        persons(3)
        sending = begin(ops)
        assert (sending.total, sending.state, sending.by, sending.started_at) == (3, SendingState.WRITING, ops, AT)
        assert Message.objects.count() == 0
        entry = ModelLogEntry.objects.get(action="notifications.start_sending")
        assert (entry.user, entry.data["readers"]) == (ops, 3)

    def test_rings_for_a_worker(self, ops: User, monkeypatch: pytest.MonkeyPatch) -> None:
        rung: list[str] = []
        monkeypatch.setattr(sendings, "enqueue_on_commit", rung.append)
        persons(1)
        begin(ops)
        assert rung == ["apps.notifications.tasks.continue_sendings"]

    def test_the_same_reference_starts_nothing_twice(self, ops: User) -> None:
        persons(2)
        reference = uuid4()
        first, second = begin(ops, reference=reference), begin(ops, reference=reference, subject="Other")
        assert (first.pk, second.subject) == (second.pk, "News, {name}")
        assert Sending.objects.count() == 1
        assert ModelLogEntry.objects.filter(action="notifications.start_sending").count() == 1

    def test_nobody_there_is_refused(self, ops: User) -> None:
        with pytest.raises(rules.NobodyThere, match="nobody in this audience"):
            begin(ops)

    @pytest.mark.parametrize(
        ("audience", "facts"),
        [
            ("gone", {}),
            ("all", {"route": "both"}),
            ("sellers_of_route", {}),
            ("sellers_of_route", {"route": "by-sea"}),
        ],
    )
    def test_an_unknown_audience_or_fact_is_refused(self, ops: User, audience: str, facts: dict[str, str]) -> None:
        persons(1)
        with pytest.raises(rules.AudienceUnknown, match="Nobody knows this audience"):
            begin(ops, audience=audience, facts=facts)
        assert Sending.objects.count() == 0


class TestWriting:
    def test_each_gets_the_letter_with_their_name(self, ops: User) -> None:
        ayu, ben = PersonFactory(name="Ayu <b>"), PersonFactory(name="Ben {name}")
        sending = go_on(begin(ops, link="/en/updates/new/"))
        letter = Message.objects.get(person=ayu)
        assert letter.subject == "News, Ayu <b>"
        assert "Dear Ayu <b>,\n\nnew." in letter.text
        assert "Dear Ayu &lt;b&gt;," in letter.html
        assert "<b>" not in letter.html
        assert (letter.kind, letter.priority, letter.state) == (Kind.NEWS, Priority.BULK, MessageState.WAITING)
        assert (letter.written_at, letter.next_try_at, letter.link) == (AT, AT, "/en/updates/new/")
        assert Message.objects.get(person=ben).subject == "News, Ben {name}"
        assert (sending.state, sending.written, sending.failed, sending.ended_at) == (SendingState.WRITTEN, 2, 0, AT)

    def test_what_staff_write_is_text_and_addresses_become_links(self, ops: User) -> None:
        PersonFactory()
        go_on(begin(ops, text="<script>x()</script> https://lantern.example/a?b=1&c=2 javascript:x()"))
        html = Message.objects.get().html
        assert "<script>" not in html
        assert 'href="https://lantern.example/a?b=1&amp;c=2"' in html
        assert 'href="javascript' not in html
        assert "<script>x()</script>" in Message.objects.get().text

    def test_the_reason_is_that_of_the_audience(self, ops: User) -> None:
        PersonFactory()
        go_on(begin(ops))
        assert "You get this since you are here." in Message.objects.get().text

    def test_indonesian_readers_get_the_indonesian_text_where_there_is_one(self, ops: User) -> None:
        budi, ayu = PersonFactory(indonesian=True), PersonFactory()
        go_on(begin(ops, subject_id="Kabar", text_id="Yth. {name}"))
        assert (Message.objects.get(person=budi).subject, Message.objects.get(person=budi).language) == ("Kabar", "id")
        assert (Message.objects.get(person=ayu).language, "Kabar" in Message.objects.get(person=ayu).subject) == (
            "en",
            False,
        )
        go_on(begin(ops, subject="Only English"))
        assert Message.objects.get(person=budi, subject="Only English").language == "en"

    def test_in_chunks_by_the_order_of_persons(self, ops: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sendings, "CHUNK", 2)
        made = persons(5)
        sending = go_on(begin(ops), until=AT)
        assert (sending.written, sending.state, sending.lease_until) == (2, SendingState.WRITING, None)
        assert sending.cursor == sorted(person.pk for person in made)[1]
        assert (go_on(sending, until=AT).written, go_on(sending, until=AT).state) == (4, SendingState.WRITTEN)
        assert Message.objects.filter(sending=sending).count() == sending.written == 5

    def test_a_chunk_takes_the_same_statements_for_one_reader_and_for_500(self, ops: User) -> None:
        """SQLite takes a limited number of values in an INSERT, so those are counted apart."""
        counts = []
        for number in (1, 500):
            Message.objects.all().delete()
            User.objects.exclude(pk=ops.pk).delete()
            persons(number)
            sending = begin(ops, subject=f"To {number}")
            with CaptureQueriesContext(connection) as captured:
                go_on(sending, until=AT)
            statements = [each["sql"] for each in captured.captured_queries]
            inserts = [sql for sql in statements if sql.startswith("INSERT")]
            counts.append(len(statements) - len(inserts))
            assert Message.objects.filter(sending=sending).count() == number
            assert len(inserts) <= (1 if connection.vendor == "postgresql" else 20)
        # One more for 500: a full chunk doesn't know that it is the last, and lets its lease go.
        assert counts[1] - counts[0] == 1
        assert counts[0] <= 14

    def test_written_again_from_the_start_nobody_gets_it_twice(self, ops: User) -> None:
        persons(3)
        sending = go_on(begin(ops))
        Sending.objects.update(cursor=0, state=SendingState.WRITING)
        persons(1)
        assert go_on(sending).written == 4
        assert Message.objects.filter(sending=sending).count() == 4

    def test_who_joined_meanwhile_is_counted(self, ops: User) -> None:
        persons(2)
        sending = begin(ops)
        persons(1)
        progress = progress_of([go_on(sending)])[sending.pk]
        assert (sending.total, progress.readers, progress.written, progress.waiting) == (2, 3, 3, 3)


class TestReaders:
    def test_each_as_they_wish_and_can(self, ops: User) -> None:
        by_mail, on_site, bounced, complained = (PersonFactory() for _each in range(4))
        Preference.objects.create(person=on_site, kind=Kind.NEWS, channel=Channel.SITE)
        Preference.objects.create(person=by_mail, kind=Kind.LEARNING, channel=Channel.SITE)
        Suppression.objects.create(address=bounced.email, reason=SuppressionReason.BOUNCED, since=AT)
        Suppression.objects.create(address=complained.email, reason=SuppressionReason.COMPLAINED, since=AT)
        sending = go_on(begin(ops))
        states = dict(Message.objects.values_list("person", "state"))
        assert states.pop(by_mail.pk) == MessageState.WAITING
        assert set(states.values()) == {MessageState.NONE}
        assert len(states) == 3
        assert progress_of([sending])[sending.pk].site_only == 3

    def test_closed_sellers_and_who_may_not_sign_in_get_none(self, ops: User) -> None:
        closed, suspended = PersonFactory(), PersonFactory()
        SellerFactory(person=closed, state=SellerState.CLOSED)
        SellerFactory(person=suspended, state=SellerState.SUSPENDED)
        PersonFactory(is_active=False)
        sending = begin(ops)
        assert sending.total == 1
        assert go_on(sending).written == 1
        assert list(Message.objects.values_list("person", flat=True)) == [suspended.pk]

    def test_a_seller_closed_since_the_start_gets_none(self, ops: User) -> None:
        person, other = PersonFactory(), PersonFactory()
        sending = begin(ops)
        SellerFactory(person=person, state=SellerState.CLOSED)
        go_on(sending)
        assert list(Message.objects.values_list("person", flat=True)) == [other.pk]

    def test_one_whose_letter_cannot_be_rendered_hinders_nobody(self, ops: User) -> None:
        before, after = PersonFactory(), PersonFactory()
        broken = PersonFactory()
        User.objects.filter(pk=broken.pk).update(zone="Mars/Olympus")
        sending = go_on(begin(ops))
        failed = Message.objects.get(person=broken)
        assert (failed.state, failed.next_try_at, failed.subject) == (MessageState.FAILED, None, f"News, {broken.name}")
        assert "Mars/Olympus" in failed.error
        assert (sending.state, sending.written, sending.failed) == (SendingState.WRITTEN, 3, 1)
        assert set(Message.objects.filter(state=MessageState.WAITING).values_list("person", flat=True)) == {
            before.pk,
            after.pk,
        }
        assert progress_of([sending])[sending.pk].failed == 1

    def test_a_person_erased_while_the_chunk_was_rendered(self, ops: User, monkeypatch: pytest.MonkeyPatch) -> None:
        kept, erased = PersonFactory(), PersonFactory()
        real = sendings.letter_for

        def erase(sending: Sending, person: User, *args: Any) -> Message | None:
            letter = real(sending, person, *args)
            if person.pk == erased.pk:
                User.objects.filter(pk=person.pk).delete()
            return letter

        monkeypatch.setattr(sendings, "letter_for", erase)
        sending = go_on(begin(ops))
        assert list(Message.objects.values_list("person", flat=True)) == [kept.pk]
        assert (sending.written, sending.state) == (1, SendingState.WRITTEN)


class TestStop:
    def test_holds_back_what_waits_and_writes_no_more(self, ops: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sendings, "CHUNK", 3)
        persons(5)
        sending = go_on(begin(ops), until=AT)
        sent, leased, waiting = Message.objects.order_by("pk")
        Message.objects.filter(pk=sent.pk).update(state=MessageState.SENT)
        Message.objects.filter(pk=leased.pk).update(lease_until=AT + MINUTE)
        sendings.stop_sending(sending=sending, at=AT, by=ops)
        sendings.continue_sendings(clock=clock, until=FAR)
        states = dict(Message.objects.values_list("pk", "state"))
        assert states == {sent.pk: "sent", leased.pk: "waiting", waiting.pk: "stopped"}
        assert go_on(sending).written == 3
        assert (sending.state, sending.ended_at) == (SendingState.STOPPED, AT)
        entry = ModelLogEntry.objects.get(action="notifications.stop_sending")
        assert entry.user == ops

    def test_the_act_touches_no_letter_and_the_schedule_marks_them_in_chunks(
        self, ops: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sendings, "HELD_BACK_AT_ONCE", 2)
        persons(5)
        sending = go_on(begin(ops))
        with CaptureQueriesContext(connection) as captured:
            sendings.stop_sending(sending=sending, at=AT, by=ops)
        assert not [each["sql"] for each in captured if each["sql"].startswith('UPDATE "notifications_message"')]
        sending.refresh_from_db()
        progress = progress_of([sending])[sending.pk]
        assert (progress.waiting, progress.stopped, progress.is_under_way) == (0, 5, False)
        with CaptureQueriesContext(connection) as captured:
            assert sendings.continue_sendings(clock=clock, until=FAR)["stopped"] == 5
        updates = [each["sql"] for each in captured if each["sql"].startswith('UPDATE "notifications_message"')]
        assert len(updates) == 3
        assert set(Message.objects.values_list("state", flat=True)) == {MessageState.STOPPED}

    def test_when_the_time_is_up_the_next_run_marks_the_rest(self, ops: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sendings, "HELD_BACK_AT_ONCE", 2)
        persons(5)
        sendings.stop_sending(sending=go_on(begin(ops)), at=AT, by=ops)
        stopped = [sendings.continue_sendings(clock=clock, until=AT)["stopped"] for _run in range(4)]
        assert stopped == [2, 2, 1, 0]

    def test_what_was_under_way_and_failed_is_not_tried_again(self, ops: User) -> None:
        persons(1)
        sending = go_on(begin(ops))
        [letter] = delivery.claim_batch(at=AT)
        sendings.stop_sending(sending=sending, at=AT, by=ops)
        delivery.note(letter, error="451 later", next_try_at=AT + MINUTE)
        assert delivery.claim_batch(at=AT + 2 * MINUTE) == []
        assert sendings.continue_sendings(clock=clock, until=FAR)["stopped"] == 1
        assert Message.objects.get().state == MessageState.STOPPED
        sending.refresh_from_db()
        assert (sending.held_back, sending.counted_at) == (1, AT)

    def test_while_a_chunk_is_rendered_that_chunk_is_not_written(
        self, ops: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        persons(2)
        real = sendings.recipients_of

        def stop_then(*args: Any) -> Any:
            sendings.stop_sending(sending=Sending.objects.get(), at=AT, by=ops)
            return real(*args)

        monkeypatch.setattr(sendings, "recipients_of", stop_then)
        sending = go_on(begin(ops))
        assert (sending.state, sending.written, Message.objects.count()) == (SendingState.STOPPED, 0, 0)

    def test_nothing_left_to_stop_is_refused(self, ops: User) -> None:
        persons(1)
        sending = go_on(begin(ops))
        Message.objects.update(state=MessageState.SENT)
        with pytest.raises(rules.AlreadySent, match="nothing left to stop"):
            sendings.stop_sending(sending=sending, at=AT, by=ops)
        sending.refresh_from_db()
        assert sending.state == SendingState.WRITTEN

    def test_twice_is_refused(self, ops: User) -> None:
        persons(1)
        sending = begin(ops)
        sendings.stop_sending(sending=sending, at=AT, by=ops)
        with pytest.raises(rules.AlreadySent):
            sendings.stop_sending(sending=sending, at=AT, by=ops)


class TestNumbers:
    def test_are_kept_once_nothing_waits(self, ops: User, django_assert_num_queries: Any) -> None:
        persons(4)
        sending = go_on(begin(ops))
        sent, failed, on_site, _waiting = Message.objects.order_by("pk")
        for letter, state in ((sent, "sent"), (failed, "failed"), (on_site, "none")):
            Message.objects.filter(pk=letter.pk).update(state=state)
        sendings.continue_sendings(clock=clock, until=FAR)
        sending.refresh_from_db()
        assert sending.counted_at is None
        Message.objects.filter(state=MessageState.WAITING).update(state=MessageState.SENT)
        counted = progress_of([sending])[sending.pk]
        sendings.continue_sendings(clock=clock, until=FAR)
        sending.refresh_from_db()
        assert sending.counted_at == AT
        assert (sending.sent, sending.given_up, sending.site_only, sending.held_back) == (2, 1, 1, 0)
        with django_assert_num_queries(0):
            assert progress_of([sending])[sending.pk] == counted

    def test_are_not_kept_while_it_is_written(self, ops: User) -> None:
        persons(1)
        sending = begin(ops)
        sendings.keep_numbers(at=AT)
        sending.refresh_from_db()
        assert sending.counted_at is None

    def test_are_counted_anew_once_a_letter_is_sent_again(self, ops: User) -> None:
        persons(1)
        sending = go_on(begin(ops))
        Message.objects.update(state=MessageState.FAILED)
        sendings.continue_sendings(clock=clock, until=FAR)
        letters.send_again(message=Message.objects.get(), at=AT, by=ops)
        sending.refresh_from_db()
        assert sending.counted_at is None
        assert (progress_of([sending])[sending.pk].waiting, progress_of([sending])[sending.pk].failed) == (1, 0)
        Message.objects.update(state=MessageState.SENT)
        sendings.continue_sendings(clock=clock, until=FAR)
        sending.refresh_from_db()
        assert (sending.sent, sending.given_up) == (1, 0)


class TestBells:
    def test_one_a_call_after_the_first_chunk(self, ops: User, monkeypatch: pytest.MonkeyPatch) -> None:
        rung: list[tuple[int, int]] = []
        monkeypatch.setattr(sendings, "CHUNK", 2)
        monkeypatch.setattr(sendings, "ring", lambda priority: rung.append((priority, Message.objects.count())))
        persons(5)
        begin(ops)
        begin(ops, at=AT + MINUTE)
        assert sendings.continue_sendings(clock=clock, until=FAR)["written"] == 10
        assert rung == [(Priority.BULK, 2)]

    def test_none_where_nothing_was_written(self, ops: User, monkeypatch: pytest.MonkeyPatch) -> None:
        rung: list[int] = []
        monkeypatch.setattr(sendings, "ring", rung.append)
        persons(1)
        go_on(begin(ops))
        sendings.continue_sendings(clock=clock, until=FAR)
        assert rung == [Priority.BULK]


class TestWorkers:
    def test_one_that_died_loses_nothing(self, ops: User, monkeypatch: pytest.MonkeyPatch) -> None:
        """It died after rendering a chunk: its lease holds others off, then runs out."""
        monkeypatch.setattr(sendings, "CHUNK", 2)
        persons(5)
        sending = begin(ops)
        lease = sendings.take_lease(sending, AT)
        assert lease is not None
        sendings.write_chunk(sending=sending, lease=lease, clock=clock)
        assert go_on(sending).written == 2
        later = sending.lease_until + MINUTE
        sendings.continue_sending(sending=sending, clock=lambda: later, until=FAR)
        assert Message.objects.filter(sending=sending).count() == 5

    def test_one_that_lost_its_lease_writes_nothing(self, ops: User) -> None:
        persons(2)
        sending = begin(ops)
        old = sendings.take_lease(sending, AT)
        assert sendings.take_lease(sending, AT + sendings.LEASE) == AT + 2 * sendings.LEASE
        assert sendings.write_chunk(sending=sending, lease=old, clock=clock) == (None, 0, 0)
        assert Message.objects.count() == 0

    def test_a_lease_from_a_clock_that_was_put_back_does_not_hold(self, ops: User) -> None:
        persons(1)
        sending = begin(ops)
        Sending.objects.update(lease_until=AT + timedelta(days=300))
        assert go_on(sending).written == 1

    def test_a_sending_that_cannot_go_on_stops_no_other_and_says_why(
        self, ops: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        persons(1)
        register_audience(Audience("brief", "Brief", "", lambda _facts: User.objects.all()))
        orphan = begin(ops, audience="brief")
        AUDIENCES.pop("brief")
        good = begin(ops, at=AT + MINUTE)
        assert sendings.continue_sendings(clock=clock, until=FAR) == {
            "written": 1,
            "failed": 0,
            "stopped": 0,
            "errors": 1,
        }
        orphan.refresh_from_db()
        good.refresh_from_db()
        assert "AudienceUnknown" in orphan.error
        assert (orphan.state, good.state) == (SendingState.WRITING, SendingState.WRITTEN)

    def test_the_schedule_finds_what_a_lost_bell_left(self, ops: User) -> None:
        persons(2)
        begin(ops)
        assert tasks.continue_sendings_every_minute(AT.isoformat())["written"] == 2
        assert tasks.continue_sendings_every_minute(AT.isoformat())["written"] == 0

    @pytest.mark.django_db(transaction=True)
    def test_two_at_once_never_write_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Real threads and transactions; leases are cut so short that each worker takes over from the other."""
        monkeypatch.setattr(sendings, "CHUNK", 20)
        monkeypatch.setattr(sendings, "LEASE", timedelta(milliseconds=30))
        ops = PersonFactory(email="ops@x.com")
        persons(200)
        sending, errors, start = begin(ops), [], time.monotonic()

        def running() -> datetime:
            return AT + timedelta(seconds=time.monotonic() - start)

        def work() -> None:
            try:
                while Sending.objects.get().state == SendingState.WRITING and time.monotonic() - start < 60:
                    sendings.continue_sending(sending=sending, clock=running, until=FAR)
            except Exception as error:
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _worker in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(90)
        sending.refresh_from_db()
        assert errors == []
        assert (sending.state, sending.written) == (SendingState.WRITTEN, 200)
        assert Message.objects.values("person").distinct().count() == Message.objects.count() == 200

    @pytest.mark.django_db(transaction=True)
    def test_two_clicks_at_once_start_one(self) -> None:
        ops, reference, found = PersonFactory(email="ops@x.com"), uuid4(), []
        persons(3)
        together = threading.Barrier(2)

        def click() -> None:
            together.wait(10)
            found.append(begin(ops, reference=reference).pk)
            connection.close()

        threads = [threading.Thread(target=click) for _click in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert found == [Sending.objects.get().pk] * 2
        assert ModelLogEntry.objects.filter(action="notifications.start_sending").count() == 1
