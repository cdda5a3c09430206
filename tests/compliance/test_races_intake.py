"""Many who send, link, revoke and expire at the same time: the ledger holds each once."""

import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections

from apps.accounts.services import link_seller, unlink_seller
from apps.compliance.enums import Outcome, Source
from apps.compliance.models import PointEntry, Report, Standing, Violation
from apps.compliance.services.books import check_books
from apps.compliance.services.expiry import expire_due
from apps.compliance.services.intake import revoke_report, take_batch
from tests.compliance.test_services_intake import item
from tests.factories import AT
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.factories.compliance import ViolationTypeFactory, linked_seller, seller_with_violation

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 12 if connection.vendor == "postgresql" else 6


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each call answers or raises, all begun together, each on a connection of its own."""
    together = threading.Barrier(len(calls))
    answers: list[Any] = [None] * len(calls)

    def call(place: int) -> None:
        try:
            together.wait()
            answers[place] = calls[place]()
        except Exception as error:
            answers[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=call, args=[place]) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def send(*items: dict[str, Any]) -> list[Outcome]:
    """The outcomes of a batch."""
    results = take_batch(items=list(items), source=Source.MARKETPLACE, at=AT, by=None)
    return [result.outcome for result in results]


def balances_are_sums() -> bool:
    """Whether every cached balance is the sum of the ledger."""
    return all(
        standing.balance == sum(PointEntry.objects.filter(seller=standing.seller_id).values_list("delta", flat=True))
        for standing in Standing.objects.all()
    )


@pytest.fixture(autouse=True)
def ground() -> None:
    """Types and sellers."""
    ViolationTypeFactory(code="V02")
    ViolationTypeFactory(code="V05", points=2)
    for code in ("ALICE-01", "BAYU-01", "CITRA-01"):
        linked_seller(code=code)


def test_the_same_batch_sent_by_many_at_once_is_taken_once() -> None:
    codes = ("ALICE-01", "BAYU-01", "CITRA-01", "NOBODY-01")
    batch = [item(f"n{number}", codes[number % 4], points=1) for number in range(12)]
    answers = at_once([lambda shift=shift: send(*batch[shift:], *batch[:shift]) for shift in range(THREADS)])
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    outcomes = [outcome for answer in answers for outcome in answer]
    assert outcomes.count(Outcome.CREATED) == 9
    assert outcomes.count(Outcome.PENDING) == 3
    assert outcomes.count(Outcome.KNOWN) == 12 * (THREADS - 1)
    assert (Violation.objects.count(), Report.objects.count(), PointEntry.objects.count()) == (9, 12, 9)
    assert balances_are_sums()
    assert list(check_books(at=AT + timedelta(days=1))) == []


def test_one_id_for_several_sellers_at_once_is_taken_once_and_a_conflict_for_the_others() -> None:
    codes = ("ALICE-01", "BAYU-01", "CITRA-01")
    answers = at_once([lambda code=code: send(item("same", code)) for code in codes])
    assert sorted(answers) == [[Outcome.CONFLICT], [Outcome.CONFLICT], [Outcome.CREATED]]
    assert PointEntry.objects.count() == 1
    assert balances_are_sums()


def test_nothing_waits_for_ever_where_somebody_joins_while_it_is_sent() -> None:
    seller, person = SellerFactory(code="DEWI-01"), PersonFactory()
    calls: list[Callable[[], Any]] = [
        lambda number=number: send(item(f"n{number}", "DEWI-01", points=1)) for number in range(THREADS)
    ]
    calls.insert(THREADS // 2, lambda: link_seller(seller=seller, person=person, at=AT, by=None))
    answers = at_once(calls)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert not Report.objects.filter(violation=None).exists()
    assert Standing.objects.get(seller=seller).balance == THREADS
    assert balances_are_sums()


def test_revoked_by_many_at_once_it_is_revoked_once() -> None:
    send(item("a"))

    def revoke() -> Report:
        return revoke_report(external_id="a", source=Source.MARKETPLACE, reason="By mistake.", at=AT, by=None)

    answers = at_once([revoke] * THREADS)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert sorted(PointEntry.objects.values_list("delta", flat=True)) == [-4, 4]
    assert balances_are_sums()


def test_two_workers_expire_each_violation_once() -> None:
    due = [seller_with_violation(seller=linked_seller()) for _each in range(6)]
    answers = at_once([lambda: expire_due(at=due[-1].expires_at, chunk=2)] * 3)
    assert [answer for answer in answers if isinstance(answer, Exception) or answer["failed"]] == []
    assert PointEntry.objects.filter(kind="expiry").count() == 6
    assert balances_are_sums()


def test_who_joins_a_seller_that_has_a_standing_already_and_who_sends_never_wait_in_a_circle() -> None:
    seller = SellerFactory(code="DEWI-01")
    link_seller(seller=seller, person=PersonFactory(), at=AT, by=None)
    for round_ in range(4):
        seller.refresh_from_db()
        unlink_seller(seller=seller, by=None)
        person = PersonFactory()
        calls: list[Callable[[], Any]] = [
            partial(send, item(f"n{round_}-{number}", "DEWI-01", points=1)) for number in range(4)
        ]
        calls.insert(1, partial(link_seller, seller=seller, person=person, at=AT, by=None))
        answers = at_once(calls)
        assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert Standing.objects.get(seller=seller).balance == 16
    assert balances_are_sums()
