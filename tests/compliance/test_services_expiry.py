"""What time brings about: points expire, enforcements end, sellers are reminded of quizzes. Once each."""

from datetime import timedelta
from typing import Any

import pytest

from apps.compliance.enums import EnforcementState, ViolationState
from apps.compliance.models import Enforcement, PointEntry, Standing, Violation
from apps.compliance.services import expiry
from apps.compliance.services.expiry import end_due, expire_due, remind_of_closing
from apps.compliance.services.violations import adjust_violation, revoke_violation
from apps.notifications.models import Delivery, Message
from tests.compliance import local
from tests.factories import AT
from tests.factories.accounts import PersonFactory
from tests.factories.compliance import linked_seller, seller_with_violation, violation_of
from tests.factories.notifications_webhooks import ReceiverFactory

pytestmark = pytest.mark.django_db


class TestExpiry:
    def test_what_remains_goes_at_its_midnight_and_not_before(self) -> None:
        violation = seller_with_violation(at=local("2026-03-02 10:00"))
        assert violation.expires_at == local("2026-06-01 00:00")
        assert expire_due(at=violation.expires_at - timedelta(seconds=1))["violations"] == 0
        late = violation.expires_at + timedelta(hours=5)
        assert expire_due(at=late) == {"sellers": 1, "violations": 1, "failed": 0}
        entry = PointEntry.objects.get(kind="expiry")
        assert (entry.delta, entry.at, entry.recorded_at) == (-4, violation.expires_at, late)
        violation.refresh_from_db()
        assert (violation.state, violation.remaining) == (ViolationState.EXPIRED, 0)
        assert Standing.objects.get().balance == 0

    def test_a_second_run_does_nothing(self) -> None:
        violation = seller_with_violation()
        for _again in range(2):
            expire_due(at=violation.expires_at)
        assert PointEntry.objects.filter(kind="expiry").count() == 1

    def test_several_of_one_seller_are_one_letter(self) -> None:
        seller = linked_seller()
        first = violation_of(seller, points=3)
        adjust_violation(violation=first, delta=-2, reason="Counted twice.", at=AT, by=PersonFactory())
        last = violation_of(seller, points=2)
        expire_due(at=last.expires_at)
        message = Message.objects.get(subject="3 points have expired")
        assert "Exaggerated effect, 1 point\n" in message.text
        assert "Exaggerated effect, 2 points\n" in message.text
        assert "You have 0 points now." in message.text

    def test_a_running_enforcement_runs_on(self) -> None:
        seller = linked_seller()
        violation = violation_of(seller, points=12, issued_at=AT - timedelta(days=88))
        expire_due(at=violation.expires_at)
        assert Standing.objects.get().balance == 0
        assert Enforcement.objects.get().state == EnforcementState.ACTIVE

    def test_revoked_ones_do_not_expire(self) -> None:
        violation = seller_with_violation()
        revoke_violation(violation=violation, reason="By mistake.", at=AT, by=None)
        expire_due(at=violation.expires_at)
        assert not PointEntry.objects.filter(kind="expiry").exists()

    def test_every_seller_is_reached_whatever_the_size_of_a_chunk(self) -> None:
        due = [seller_with_violation(seller=linked_seller()) for _each in range(5)]
        assert expire_due(at=due[0].expires_at, chunk=2)["violations"] == 5
        assert not Violation.objects.active().exists()

    def test_a_seller_that_fails_holds_up_none_of_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        due = [seller_with_violation(seller=linked_seller()) for _each in range(3)]
        real = expiry.expire_of_seller

        def fails_once(**facts: Any) -> int:
            if facts["seller"] == due[1].seller:
                raise RuntimeError("Broken.")
            return real(**facts)

        monkeypatch.setattr(expiry, "expire_of_seller", fails_once)
        assert expire_due(at=due[0].expires_at, chunk=1) == {"sellers": 2, "violations": 2, "failed": 1}


class TestEnforcements:
    def test_they_end_on_time_and_the_marketplace_is_told(self) -> None:
        ReceiverFactory()
        seller = linked_seller()
        violation_of(seller, points=12)
        end = Enforcement.objects.get().ends_at
        assert end_due(at=end - timedelta(seconds=1))["enforcements"] == 0
        assert end_due(at=end)["enforcements"] == 1
        assert end_due(at=end)["enforcements"] == 0
        assert Delivery.objects.filter(event="standing.enforcement_ended").count() == 1
        assert Message.objects.filter(subject="A restriction of your shop has ended").count() == 1

    def test_those_without_an_end_go_on(self) -> None:
        violation_of(linked_seller(), points=48)
        end_due(at=AT + timedelta(days=700))
        assert Enforcement.objects.get().state == EnforcementState.ACTIVE


class TestReminders:
    """The quiz of a violation of 2 March closes on 1 May, 00:00 in Jakarta."""

    REMIND_AT = local("2026-04-28 00:00")

    def reminders(self) -> int:
        return Message.objects.filter(subject__startswith="The quiz closes soon").count()

    def test_three_days_before_it_closes_and_once(self) -> None:
        seller_with_violation(questions=9)
        remind_of_closing(at=self.REMIND_AT - timedelta(seconds=1))
        assert self.reminders() == 0
        for hour in range(3):
            remind_of_closing(at=self.REMIND_AT + timedelta(hours=hour), chunk=1)
        assert self.reminders() == 1
        message = Message.objects.get(subject__startswith="The quiz closes soon")
        assert "May 1, 2026, midnight WIB" in message.text

    def test_a_letter_that_fails_holds_up_none_of_the_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        due = [seller_with_violation(questions=9, seller=linked_seller()) for _each in range(3)]
        real = expiry.tell_of_quiz_closing

        def fails_once(**facts: Any) -> None:
            if facts["violation"] == due[0]:
                raise RuntimeError("Broken.")
            real(**facts)

        monkeypatch.setattr(expiry, "tell_of_quiz_closing", fails_once)
        assert remind_of_closing(at=self.REMIND_AT) == {"reminded": 2, "failed": 1}
        monkeypatch.setattr(expiry, "tell_of_quiz_closing", real)
        assert remind_of_closing(at=self.REMIND_AT + timedelta(hours=1)) == {"reminded": 1, "failed": 0}

    def test_not_once_it_is_closed(self) -> None:
        seller_with_violation(questions=9)
        remind_of_closing(at=local("2026-05-01 00:00"))
        assert self.reminders() == 0

    def test_not_where_there_is_no_quiz_or_nothing_is_left_or_nobody_reads(self) -> None:
        seller_with_violation("V12")
        revoked = seller_with_violation(questions=9)
        revoke_violation(violation=revoked, reason="By mistake.", at=AT, by=None)
        seller_with_violation(questions=9, seller=linked_seller(state="closed"))
        alone = seller_with_violation(questions=9)
        alone.seller.person = None
        alone.seller.save()
        assert remind_of_closing(at=self.REMIND_AT) == {"reminded": 0, "failed": 0}

    def test_not_who_has_learnt_of_it_only_then(self) -> None:
        seller_with_violation(questions=9, at=self.REMIND_AT + timedelta(hours=1), issued_at=AT)
        assert remind_of_closing(at=self.REMIND_AT + timedelta(hours=2)) == {"reminded": 0, "failed": 0}
