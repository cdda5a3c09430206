"""Violations that are sent in: batches sent twice, known, in conflict, waiting for their seller, taken back."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from apps.accounts.models import Seller
from apps.accounts.services import link_seller
from apps.compliance.enums import Outcome, Source, ViolationState
from apps.compliance.models import (
    Enforcement,
    MilestoneRecord,
    PointEntry,
    RepeatFlag,
    Report,
    Standing,
    Violation,
    ViolationDetails,
    ViolationType,
)
from apps.compliance.rules.intake import BatchRefused, ReportUnknown
from apps.compliance.rules.reasons import ReasonMissing
from apps.compliance.services import intake
from apps.compliance.services.intake import preview_items, revoke_report, take_batch, take_items
from apps.notifications.models import Delivery, Message
from tests.factories import AT
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.factories.catalog import Market
from tests.factories.compliance import ViolationTypeFactory, linked_seller
from tests.factories.notifications_webhooks import ReceiverFactory

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(hours=1)


@pytest.fixture(autouse=True)
def types() -> None:
    """Two types."""
    ViolationTypeFactory(code="V02")
    ViolationTypeFactory(code="V05", points=2, titles={"en": "Unattended stream"})


def item(external_id: str = "lm-1", code: str = "ALICE-01", **facts: Any) -> dict[str, Any]:
    """A violation as the marketplace sends it."""
    return {
        "external_id": external_id,
        "seller_code": code,
        "type": "V02",
        "channel": "live",
        "issued_at": (AT - timedelta(days=1)).isoformat(),
        "message": "No cream whitens overnight.",
        "content": {"title": "Evening live", "url": "https://lantern.example/live/7", "at_seconds": 734},
    } | facts


def take(*items: object, at=AT) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
    """What became of each, with the reference's first letters."""
    results = take_batch(items=list(items), source=Source.MARKETPLACE, at=at, by=None)
    assert [result.index for result in results] == list(range(len(items)))
    return [(result.external_id, result.outcome) for result in results]


def rows() -> list[int]:
    """How many rows there are of all that a batch writes."""
    models = (Report, Violation, ViolationDetails, PointEntry, Standing, MilestoneRecord, Message, Delivery)
    return [model.objects.count() for model in models]


class TestBatch:
    def test_each_item_gets_its_own_answer_in_order(self) -> None:
        linked_seller(code="ALICE-01")
        assert take(
            item("a"),
            item("b", type="V77"),
            item("c", code="NOBODY-01"),
            item("a"),
            item("a", points=9),
            "no object",
            item("d", code=" alice-01 "),
        ) == [
            ("a", Outcome.CREATED),
            ("b", Outcome.REFUSED),
            ("c", Outcome.PENDING),
            ("a", Outcome.KNOWN),
            ("a", Outcome.CONFLICT),
            ("", Outcome.REFUSED),
            ("d", Outcome.CREATED),
        ]
        assert Standing.objects.get().balance == 8

    def test_a_refused_item_says_each_field_with_its_reason(self) -> None:
        bad = item("a", type="V77", points=-5, issued_at="1999-12-31T23:59:00Z", seller_code="")
        result = take_batch(items=[bad], source=Source.MARKETPLACE, at=AT, by=None)[0]
        assert result.errors == [
            {"field": "seller_code", "reason": "This is missing."},
            {"field": "type", "reason": "There is no violation type V77."},
            {"field": "issued_at", "reason": "This is before the year 2000."},
            {"field": "points", "reason": "Give a whole number from 1 to 1000."},
        ]
        assert rows() == [0] * len(rows())

    def test_the_violation_is_what_was_sent(self) -> None:
        seller = linked_seller(code="ALICE-01")
        result = take_batch(items=[item(points=7)], source=Source.MARKETPLACE, at=AT, by=None)[0]
        violation = Violation.objects.get(reference=result.reference)
        assert (violation.seller, violation.type.code, violation.points) == (seller, "V02", 7)
        assert (violation.issued_at, violation.recorded_at) == (AT - timedelta(days=1), AT)
        assert violation.report.external_id == "lm-1"
        details = violation.details
        assert (details.content_title, details.content_url, details.content_at_seconds) == (
            "Evening live",
            "https://lantern.example/live/7",
            734,
        )

    def test_sent_twice_nothing_changes(self) -> None:
        ReceiverFactory()
        linked_seller(code="ALICE-01")
        sent = [item("a"), item("b"), item("c", code="NOBODY-01")]
        first = take_batch(items=sent, source=Source.MARKETPLACE, at=AT, by=None)
        before = rows()
        second = take_batch(items=sent, source=Source.MARKETPLACE, at=LATER, by=None)
        assert [each.outcome for each in second] == [Outcome.KNOWN] * 3
        assert [each.reference for each in second] == [each.reference for each in first]
        assert rows() == before

    def test_broken_off_in_the_middle_and_sent_again_it_is_whole_and_once(self, monkeypatch) -> None:  # type: ignore[no-untyped-def]
        from apps.compliance.services import intake

        linked_seller(code="ALICE-01")
        linked_seller(code="BAYU-01")
        sent = [item("b", code="BAYU-01"), item("a"), item("b2", code="BAYU-01")]
        real = intake.enter_violation

        def breaks(**facts: Any) -> Violation:
            if facts["standing"].seller.code == "BAYU-01" and Violation.objects.count() == 2:
                raise RuntimeError("The database goes away.")
            return real(**facts)

        monkeypatch.setattr(intake, "enter_violation", breaks)
        with pytest.raises(RuntimeError):
            take(*sent)
        monkeypatch.setattr(intake, "enter_violation", real)
        assert Violation.objects.count() == 1, "the one seller is taken whole, the other not at all"
        assert [outcome for _id, outcome in take(*sent)] == [Outcome.CREATED, Outcome.KNOWN, Outcome.CREATED]
        assert sorted(Standing.objects.values_list("balance", flat=True)) == [4, 8]

    def test_ids_count_for_each_source_by_itself(self) -> None:
        linked_seller(code="ALICE-01")
        take(item("a"))
        result = take_batch(items=[item("a")], source=Source.STAFF, at=AT, by=PersonFactory())[0]
        assert result.outcome == Outcome.CREATED

    def test_without_points_it_agrees_with_what_the_type_cost_then(self) -> None:
        linked_seller(code="ALICE-01")
        take(item("a"))
        ViolationType.objects.filter(code="V02").update(points=5)
        assert take(item("a"), item("a", points=4), item("a", points=5)) == [
            ("a", Outcome.KNOWN),
            ("a", Outcome.KNOWN),
            ("a", Outcome.CONFLICT),
        ]

    def test_a_type_that_is_off_takes_no_new_ones_and_knows_the_old(self) -> None:
        linked_seller(code="ALICE-01")
        take(item("a"))
        ViolationType.objects.filter(code="V02").update(is_active=False)
        assert take(item("a"), item("b")) == [("a", Outcome.KNOWN), ("b", Outcome.REFUSED)]

    def test_an_id_under_another_seller_is_a_conflict_whatever_the_order_of_codes(self) -> None:
        linked_seller(code="ZOE-01")
        linked_seller(code="ALICE-01")
        assert take(item("a", code="ZOE-01"), item("a")) == [("a", Outcome.CREATED), ("a", Outcome.CONFLICT)]
        assert Violation.objects.get().seller.code == "ZOE-01"

    @pytest.mark.parametrize("batch", [[], {}, None, "items", [{}] * 1001])
    def test_what_is_no_batch_is_refused_whole(self, batch: object) -> None:
        with pytest.raises(BatchRefused):
            take_batch(items=batch, source=Source.MARKETPLACE, at=AT, by=None)

    def test_an_id_that_somebody_sends_at_the_same_time_is_judged_not_raised(self, monkeypatch) -> None:  # type: ignore[no-untyped-def]
        from apps.compliance.services import intake

        seller = linked_seller(code="ALICE-01")
        real, seen = intake.known_reports, []

        def late(batch: Any, items: Any) -> Any:
            seen.append(1)
            return {} if len(seen) == 1 else real(batch, items)

        take(item("a"))
        monkeypatch.setattr(intake, "known_reports", late)
        assert take(item("a"), item("b")) == [("a", Outcome.KNOWN), ("b", Outcome.CREATED)]
        assert Standing.objects.get(seller=seller).balance == 8
        assert sum(PointEntry.objects.values_list("delta", flat=True)) == 8

    def test_closed_sellers_get_violations_and_no_letters(self) -> None:
        linked_seller(code="ALICE-01", state="closed")
        assert take(item("a")) == [("a", Outcome.CREATED)]
        assert Message.objects.count() == 0

    def test_an_item_costs_its_rows_and_its_letter_and_little_more(self) -> None:
        linked_seller(code="ALICE-01")
        # Above a milestone, far from the next, and few of a type: nothing else happens.
        take(item("first", points=13))

        def cost(*ids: str) -> int:
            with CaptureQueriesContext(connection) as queries:
                take(*(item(each, points=1, type="V05") for each in ids))
            return len(queries)

        one, two = cost("a"), cost("b", "c")
        assert two - one <= 20
        assert one <= 36

    def test_points_that_nobody_has_expired_yet_carry_it_over_no_milestone(self) -> None:
        seller = linked_seller(code="ALICE-01")
        take(item("a", points=8))
        later = Violation.objects.get().expires_at + timedelta(seconds=20)
        take(item("b", points=5, issued_at=later.isoformat()), at=later)
        assert Standing.objects.get(seller=seller).balance == 5
        assert not MilestoneRecord.objects.filter(points=12).exists()


class TestWaiting:
    def test_until_somebody_stands_for_the_seller_it_is_only_a_report(self) -> None:
        SellerFactory(code="ALICE-01")
        assert take(item("a"), item("b", code="NOBODY-01")) == [("a", Outcome.PENDING), ("b", Outcome.PENDING)]
        assert Violation.objects.count() == Standing.objects.count() == 0

    def test_then_all_enter_in_order_of_issue_with_one_letter(self) -> None:
        ReceiverFactory()
        seller = SellerFactory(code="ALICE-01")
        person = PersonFactory()
        results = take_batch(
            items=[
                item("late", issued_at=(AT - timedelta(days=2)).isoformat(), points=6),
                item("early", issued_at=(AT - timedelta(days=9)).isoformat(), points=6, type="V05"),
                item("long ago", issued_at=(AT - timedelta(days=200)).isoformat()),
                item("old", issued_at=(AT - timedelta(days=200)).isoformat()),
            ],
            source=Source.MARKETPLACE,
            at=AT,
            by=None,
        )
        link_seller(seller=seller, person=person, at=LATER, by=None)
        found = list(Violation.objects.order_by("pk"))
        assert [each.report.external_id for each in found] == ["old", "early", "late"]
        assert [each.state for each in found] == [ViolationState.EXPIRED, ViolationState.ACTIVE, ViolationState.ACTIVE]
        assert {each.reference for each in found} == {each.reference for each in results if each.reference}
        assert Standing.objects.get(seller=seller).balance == 12
        assert list(MilestoneRecord.objects.order_by("points").values_list("points", flat=True)) == [6, 12]
        assert Enforcement.objects.get().starts_at == LATER
        letters = list(Message.objects.filter(person=person, kind="standing").values_list("subject", flat=True))
        assert letters == ["3 violations from before you joined"]
        text = Message.objects.get(kind="standing").text
        assert "Unattended stream, 6 points" in text
        assert "You have 12 points now." in text
        assert "milestone 12" in text
        assert Delivery.objects.filter(event="standing.enforcement_began").count() == 1

    def test_lessons_are_assigned_without_letters_of_their_own(self, market: Market) -> None:
        ViolationType.objects.filter(code="V02").update(lesson_page=market.anchor_lessons[0])
        seller, person = SellerFactory(code="ALICE-01"), PersonFactory()
        take(item("a", points=6))
        link_seller(seller=seller, person=person, at=LATER, by=None)
        assert person.assignments.get().lesson_key == market.anchor_lessons[0].translation_key
        assert Message.objects.filter(person=person).exclude(kind="standing").count() == 0

    def test_four_of_a_type_are_flagged_without_a_letter_of_their_own(self) -> None:
        seller = SellerFactory(code="ALICE-01")
        take(*(item(f"n{number}", points=1) for number in range(4)))
        link_seller(seller=seller, person=PersonFactory(), at=LATER, by=None)
        assert RepeatFlag.objects.count() == 1
        assert Message.objects.filter(kind="standing").count() == 1

    def test_the_letter_names_twenty_and_says_how_many_more(self) -> None:
        seller = SellerFactory(code="ALICE-01")
        take(*(item(f"n{number}", points=1) for number in range(23)))
        link_seller(seller=seller, person=PersonFactory(), at=LATER, by=None)
        text = Message.objects.get(kind="standing").text
        assert text.count("Exaggerated effect") == 20
        assert "And 3 more." in text

    def test_nothing_waited_and_the_standing_begins_without_a_letter(self) -> None:
        seller = SellerFactory(code="ALICE-01")
        link_seller(seller=seller, person=PersonFactory(), at=LATER, by=None)
        assert Standing.objects.get(seller=seller).began_at == LATER
        assert not Message.objects.filter(kind="standing").exists()

    def test_after_that_violations_count_at_once_though_nobody_stands_for_it_any_more(self) -> None:
        seller = SellerFactory(code="ALICE-01")
        link_seller(seller=seller, person=PersonFactory(), at=AT, by=None)
        seller.refresh_from_db()
        seller.person = None
        seller.save()
        assert take(item("a")) == [("a", Outcome.CREATED)]

    def test_sent_again_after_it_entered_it_is_known(self) -> None:
        seller = SellerFactory(code="ALICE-01")
        take(item("a"))
        link_seller(seller=seller, person=PersonFactory(), at=LATER, by=None)
        assert take(item("a"), at=LATER) == [("a", Outcome.KNOWN)]
        assert Violation.objects.count() == 1

    def test_points_are_those_of_the_type_when_it_was_sent(self) -> None:
        seller = SellerFactory(code="ALICE-01")
        take(item("a"))
        ViolationType.objects.filter(code="V02").update(points=9, is_active=False)
        link_seller(seller=seller, person=PersonFactory(), at=LATER, by=None)
        assert Violation.objects.get().points == 4


class TestRevokeById:
    def revoke(self, external_id: str = "a", reason: str = "It was shown rightly.") -> Report:
        return revoke_report(external_id=external_id, source=Source.MARKETPLACE, reason=reason, at=LATER, by=None)

    def test_the_violation_is_revoked_once(self) -> None:
        linked_seller(code="ALICE-01")
        take(item("a"))
        for _again in range(2):
            assert self.revoke().violation.state == ViolationState.REVOKED
        assert list(PointEntry.objects.order_by("pk").values_list("delta", flat=True)) == [4, -4]

    def test_what_waits_is_withdrawn_and_enters_never(self) -> None:
        seller = SellerFactory(code="ALICE-01")
        take(item("a"), item("b"))
        for _again in range(2):
            report = self.revoke()
            assert (report.withdrawn_at, report.withdrawn_reason) == (LATER, "It was shown rightly.")
        assert ModelLogEntry.objects.get(action="compliance.withdraw").data == {}
        link_seller(seller=seller, person=PersonFactory(), at=LATER, by=None)
        assert Violation.objects.get().report.external_id == "b"
        assert take(item("a")) == [("a", Outcome.KNOWN)]

    def test_unknown_ids_and_empty_reasons_are_refused(self) -> None:
        with pytest.raises(ReportUnknown):
            self.revoke("never-sent")
        with pytest.raises(ReasonMissing):
            self.revoke(reason="")


class TestPreview:
    def test_it_says_what_taking_would_do_and_writes_nothing(self) -> None:
        linked_seller(code="ALICE-01")
        take(item("a"))
        sent = [
            item("a"),
            item("a", points=9),
            item("b"),
            item("b"),
            item("b", message="Another."),
            item("c", code="NOBODY-01"),
            item("d", channel="radio"),
        ]
        before = rows()
        expected = preview_items(items=sent, source=Source.MARKETPLACE, at=AT)
        assert rows() == before
        taken = take_items(items=sent, source=Source.MARKETPLACE, at=AT, by=None)
        assert [each.outcome for each in expected] == [each.outcome for each in taken]


def test_a_seller_who_is_made_while_the_reports_are_awaited_is_held_before_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever else sends of this seller holds the seller first: in the other order both would wait for ever."""
    linked_seller(code="ALICE-01")
    held: list[str] = []

    def hold_seller(code: str) -> Seller | None:
        held.append("seller")
        # The first look comes before the commit of who makes the seller.
        return real_hold_seller(code) if held.count("seller") > 1 else None

    real_hold_seller = intake.hold_seller
    monkeypatch.setattr(intake, "hold_seller", hold_seller)
    monkeypatch.setattr(intake, "hold_reports", lambda _code: held.append("reports"))
    assert take(item()) == [("lm-1", "created")]
    assert held == ["seller", "reports"] * 2
    assert (Report.objects.count(), PointEntry.objects.count()) == (1, 1)
