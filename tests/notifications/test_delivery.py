"""E-mail: sent once, tried again, given up with a reason; whatever the mail server does."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from smtplib import SMTPSenderRefused
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core import mail
from django.db import connection

from apps.accounts.enums import SellerState
from apps.accounts.models import User
from apps.notifications.enums import Kind, MessageState, Priority, SuppressionReason
from apps.notifications.models import Message, Suppression
from apps.notifications.rules import AlreadySent, Letter
from apps.notifications.services import delivery
from apps.notifications.services.letters import post_letter, send_again
from apps.notifications.services.suppression import suppress
from tests.factories import AT
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.mailserver import Post, free_port, post_office

MINUTE = timedelta(minutes=1)


def letter(kind: str = Kind.LEARNING, **facts: Any) -> Letter:
    return Letter(kind, "A subject", "Text of it.\n", "<p>Text of it.</p>\n", **facts)


def write(email: str, at: datetime = AT, **facts: Any) -> Message:
    """A letter that waits, to a new person with this address."""
    person = User.objects.filter(email=email).first() or PersonFactory(email=email)
    message = post_letter(letter=facts.pop("letter", letter()), person=person, at=at, **facts)
    assert message is not None
    return message


def send(at: datetime = AT) -> dict[str, int]:
    return delivery.send_due(clock=lambda: at)


def states() -> dict[str, str]:
    return {message.to_address: message.state for message in Message.objects.select_related("person")}


@pytest.fixture
def post(settings: Any) -> Iterator[Post]:
    """A mail server that works; its ways to fail are asked for by address."""
    with post_office() as office:
        use(settings, office.port)
        yield office


def use(settings: Any, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
    settings.EMAIL_TIMEOUT = 5


def test_a_letter_arrives_whole(db: None, post: Post) -> None:
    message = write("ayu@example.com")
    assert send() == {"sent": 1, "failed": 0, "given_up": 0, "suppressed": 0, "server_away": 0}
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.lease_until, message.tries) == (MessageState.SENT, AT, None, 0)
    arrived = post.texts["ayu@example.com"]
    assert arrived["Subject"] == "A subject"
    assert arrived["Message-ID"] == message.message_id
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in arrived.walk()][1:] == ["text/plain", "text/html"]
    assert send() == {"sent": 0, "failed": 0, "given_up": 0, "suppressed": 0, "server_away": 0}


def test_one_click_stops_what_is_a_choice(db: None, post: Post) -> None:
    write("ayu@example.com")
    write("ben@example.com", letter=letter(Kind.ACCOUNT))
    send()
    choice, always = post.texts["ayu@example.com"], post.texts["ben@example.com"]
    assert choice["List-Unsubscribe"].strip().startswith("<http://127.0.0.1:8000/letters/stop/")
    assert choice["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert always["List-Unsubscribe"] is None


def test_one_connection_a_batch(db: None, post: Post) -> None:
    for number in range(30):
        write(f"reader{number}@example.com")
    send()
    assert len(post.letters) == 30
    assert post.connections == 1


def test_urgent_letters_go_first(db: None, post: Post) -> None:
    write("bulk@example.com", priority=Priority.BULK)
    write("soon@example.com")
    write("code@example.com", at=AT + timedelta(seconds=1), priority=Priority.URGENT)
    delivery.send_due(clock=lambda: AT + MINUTE, urgent_only=True)
    assert [to for to, _id in post.letters] == ["code@example.com"]
    send(AT + MINUTE)
    assert [to for to, _id in post.letters] == ["code@example.com", "soon@example.com", "bulk@example.com"]


class TestAServerThatFails:
    """Each way once; the others in the batch get theirs."""

    @pytest.fixture(autouse=True)
    def neighbours(self, db: None, post: Post) -> Iterator[None]:
        """Letters before and after the one that fails."""
        write("ayu@example.com")
        yield
        assert {"ayu@example.com", "zoe@example.com"} <= {to for to, _id in post.letters}

    def fail(self, email: str) -> Message:
        message = write(email)
        write("zoe@example.com")
        send()
        message.refresh_from_db()
        return message

    def test_no_such_mailbox(self) -> None:
        message = self.fail("gone@example.com")
        assert (message.state, message.error) == (MessageState.FAILED, "550 5.1.1 No such mailbox here")
        dead = Suppression.objects.get()
        assert (dead.address, dead.reason) == ("gone@example.com", SuppressionReason.BOUNCED)
        assert write("gone@example.com").state == MessageState.NONE

    def test_refused_for_good_by_what_it_says(self) -> None:
        message = self.fail("spam@example.com")
        assert (message.state, message.error) == (MessageState.FAILED, "554 5.7.1 Looks like spam")
        assert not Suppression.objects.exists()

    def test_put_off(self) -> None:
        message = self.fail("later@example.com")
        assert (message.state, message.tries, message.next_try_at) == (MessageState.WAITING, 1, AT + MINUTE)
        assert message.error == "451 4.3.0 Try again later"

    def test_a_connection_lost_in_mid_batch(self, post: Post) -> None:
        message = self.fail("drop@example.com")
        assert (message.state, message.tries) == (MessageState.WAITING, 1)
        send(AT + MINUTE)
        message.refresh_from_db()
        assert message.state == MessageState.SENT
        assert post.connections == 3, "one for the batch, one after the loss, one for the second try"

    def test_slow(self, post: Post) -> None:
        assert self.fail("slow@example.com").state == MessageState.SENT

    def test_a_letter_that_cannot_be_made_into_an_email(self) -> None:
        Message.objects.filter(pk=write("odd@example.com").pk).update(reply_to="a@b\nBcc: all@example.com")
        message = self.fail("odd@example.com")
        odd = Message.objects.exclude(reply_to="").get()
        assert message.state == MessageState.SENT
        assert odd.state == MessageState.FAILED
        assert odd.error.startswith("BadHeaderError")


def test_a_server_away_for_an_hour(db: None, settings: Any) -> None:
    port = free_port()
    use(settings, port)
    for number in range(3):
        write(f"reader{number}@example.com")
    at = AT
    for _minute in range(60):
        assert send(at)["sent"] == 0
        at += MINUTE
    assert set(states().values()) == {MessageState.WAITING}
    assert set(Message.objects.values_list("tries", flat=True)) == {6}
    with post_office(port) as office:
        for _minute in range(60):
            send(at)
            at += MINUTE
        assert sorted(to for to, _id in office.letters) == [f"reader{number}@example.com" for number in range(3)]


def test_a_server_away_for_a_day(db: None, settings: Any) -> None:
    use(settings, free_port())
    message = write("ayu@example.com", letter=letter(Kind.ACCOUNT, is_secret=True))
    at = AT
    for _try in range(100):
        send(at)
        message.refresh_from_db()
        if message.next_try_at is None:
            break
        at = message.next_try_at
    assert (message.state, at) == (MessageState.FAILED, AT + timedelta(days=1))
    assert "refused" in message.error
    assert (message.text, message.html) == ("", ""), "a code isn't kept"


def test_a_worker_that_died_loses_nothing(db: None, post: Post) -> None:
    write("ayu@example.com")
    assert len(delivery.claim_batch(at=AT)) == 1
    assert send(AT + MINUTE)["sent"] == 0, "held by the dead one"
    assert send(AT + delivery.LEASE)["sent"] == 1


def test_who_lost_the_lease_does_not_send(db: None, post: Post) -> None:
    write("ayu@example.com")
    late = delivery.claim_batch(at=AT)
    assert send(AT + delivery.LEASE)["sent"] == 1
    delivery.send_batch(batch=late, clock=lambda: AT + delivery.LEASE, done=delivery.Round())
    assert len(post.letters) == 1


def test_a_slow_server_keeps_nobody_waiting_who_needs_a_code(db: None, post: Post) -> None:
    """Every look at the clock is ten seconds later: a batch is left after a letter or two."""
    for number in range(5):
        write(f"reader{number}@example.com")
    ticks = iter(range(1000))
    batch = delivery.claim_batch(at=AT)
    delivery.send_batch(batch=batch, clock=lambda: AT + next(ticks) * MINUTE / 6, done=delivery.Round())
    begun = len(post.letters)
    assert 0 < begun < 5
    write("code@example.com", priority=Priority.URGENT)
    assert send()["sent"] == 6 - begun
    assert post.letters[begun][0] == "code@example.com"
    assert len(set(post.letters)) == len(post.letters) == 6


def test_the_same_message_id_whenever_it_is_sent(db: None, post: Post) -> None:
    message = write("ayu@example.com")
    send()
    Message.objects.update(state=MessageState.WAITING, next_try_at=AT)
    send()
    assert post.letters == [("ayu@example.com", message.message_id)] * 2


def test_a_person_erased_meanwhile(db: None, post: Post) -> None:
    write("ayu@example.com")
    write("ben@example.com")
    batch = delivery.claim_batch(at=AT)
    User.objects.get(email="ayu@example.com").delete()
    delivery.send_batch(batch=batch, clock=lambda: AT, done=delivery.Round())
    assert [to for to, _id in post.letters] == ["ben@example.com"]
    assert states() == {"ben@example.com": MessageState.SENT}


def test_an_address_that_died_meanwhile(db: None, post: Post) -> None:
    message = write("ayu@example.com")
    suppress(address="Ayu@example.com", reason=SuppressionReason.BOUNCED, detail="", at=AT)
    assert send()["suppressed"] == 1
    message.refresh_from_db()
    assert (message.state, post.letters) == (MessageState.NONE, [])


def test_a_clock_that_jumps_back_only_waits(db: None, post: Post) -> None:
    write("ayu@example.com")
    assert send(AT - timedelta(hours=2))["sent"] == 0
    assert send(AT)["sent"] == 1


def test_a_clock_that_had_jumped_ahead_holds_nothing_back(db: None, post: Post) -> None:
    """A letter put off, and one claimed, by a clock that was a day ahead."""
    day = timedelta(days=1)
    Message.objects.filter(pk=write("ayu@example.com").pk).update(next_try_at=AT + day)
    Message.objects.filter(pk=write("ben@example.com").pk).update(lease_until=AT + day)
    assert send()["sent"] == 2


def test_a_reader_who_left_meanwhile(db: None, post: Post) -> None:
    """A seller that the marketplace closed, a person who may not sign in any more; codes still reach the former."""
    write("closed@example.com")
    write("closed@example.com", letter=letter(Kind.ACCOUNT))
    write("off@example.com")
    SellerFactory(person=User.objects.get(email="closed@example.com"), state=SellerState.CLOSED)
    User.objects.filter(email="off@example.com").update(is_active=False)
    assert send()["suppressed"] == 2
    assert [to for to, _id in post.letters] == ["closed@example.com"]


def test_a_server_that_refuses_us_as_sender_gives_up_nobody(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Expired credentials, a quota: it is about us, not about any letter."""

    class Refusing:
        def open(self) -> None: ...

        def close(self) -> None: ...

        def send_messages(self, _letters: list[object]) -> None:
            raise SMTPSenderRefused(550, b"5.4.5 Daily limit exceeded", "university@lantern.example")

    monkeypatch.setattr(delivery, "get_connection", Refusing)
    for number in range(3):
        write(f"reader{number}@example.com")
    assert send() == {"sent": 0, "failed": 3, "given_up": 0, "suppressed": 0, "server_away": 1}
    assert set(states().values()) == {MessageState.WAITING}


def test_a_task_out_of_time_gives_up_no_letter(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    write("ayu@example.com")
    monkeypatch.setattr(delivery, "email_of", lambda _message: (_ for _ in ()).throw(SoftTimeLimitExceeded()))
    with pytest.raises(SoftTimeLimitExceeded):
        send()
    assert states() == {"ayu@example.com": MessageState.WAITING}


class TestSendAgain:
    """What operators can do with a letter that was given up."""

    def test_its_day_begins_anew(self, db: None, post: Post, person: User) -> None:
        message = write("spam@example.com")
        send()
        later = AT + timedelta(days=9)
        send_again(message=message, at=later, by=person)
        Message.objects.update(address="ayu@example.com")
        send(later)
        message.refresh_from_db()
        assert (message.state, message.sent_at) == (MessageState.SENT, later)

    def test_not_one_that_arrived(self, db: None, post: Post, person: User) -> None:
        message = write("ayu@example.com")
        send()
        with pytest.raises(AlreadySent):
            send_again(message=message, at=AT, by=person)

    def test_not_a_code(self, db: None, post: Post, person: User) -> None:
        message = write("spam@example.com", letter=letter(Kind.ACCOUNT, is_secret=True))
        send()
        with pytest.raises(AlreadySent):
            send_again(message=message, at=AT, by=person)


def test_the_same_occasion_is_one_letter(db: None, person: User, other_person: User) -> None:
    first = post_letter(letter=letter(), person=person, dedupe_key="certificate:1", at=AT)
    again = post_letter(letter=letter(), person=person, dedupe_key="certificate:1", at=AT)
    others = post_letter(letter=letter(), person=other_person, dedupe_key="certificate:1", at=AT)
    assert first == again
    assert others != first
    assert Message.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_letters(settings: Any) -> None:
    with post_office() as office:
        use(settings, office.port)
        settings.CELERY_TASK_ALWAYS_EAGER = True
        people = User.objects.bulk_create(User(email=f"reader{n}@example.com", name="R") for n in range(200))
        Message.objects.bulk_create(
            Message(
                person=each,
                kind=Kind.NEWS,
                subject="S",
                text="T",
                language="en",
                written_at=AT,
                state=MessageState.WAITING,
                next_try_at=AT,
            )
            for each in people
        )
        run_threads(2, lambda: delivery.send_due(clock=lambda: AT))
        assert len(office.letters) == 200
        assert len(set(office.letters)) == 200
        assert set(Message.objects.values_list("state", flat=True)) == {MessageState.SENT}


def run_threads(number: int, act: Callable[[], object]) -> None:
    """The act in so many threads, each with a database connection of its own."""
    faults: list[BaseException] = []

    def call() -> None:
        try:
            act()
        except BaseException as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _each in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_secret_letter_is_emptied_once_it_is_sent(db: None) -> None:
    write("ayu@example.com", letter=letter(Kind.ACCOUNT, is_secret=True))
    send()
    assert "Text of it." in mail.outbox[0].body
    assert Message.objects.values_list("text", "html").get() == ("", "")
