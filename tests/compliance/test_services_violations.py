"""Violations through the database: the worked cases of the specification."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from wagtail.models import ModelLogEntry

from apps.accounts.enums import Region
from apps.accounts.models import Seller
from apps.compliance.enums import Action, EnforcementState, EntryKind, RepeatLevel, ViolationState
from apps.compliance.models import (
    Enforcement,
    EntryNote,
    MilestoneRecord,
    PointEntry,
    PolicyProgramme,
    QuizStake,
    RepeatFlag,
    Standing,
    Violation,
    ViolationDetails,
)
from apps.compliance.rules.ledger import AdjustmentRefused, AlreadyRevoked, Entry, ViolationSettled
from apps.compliance.rules.milestones import EnforcementOver
from apps.compliance.rules.programme import PRESETS, Milestone
from apps.compliance.rules.reasons import ReasonMissing
from apps.compliance.services.ledger import Cause, end_due_enforcements, hold_standing, write_act
from apps.compliance.services.violations import adjust_violation, end_enforcement, revoke_violation
from apps.notifications.models import Delivery, Message
from apps.quizzes.enums import AttemptState
from tests.compliance import JAKARTA, local
from tests.factories import AT
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.factories.compliance import (
    ViolationTypeFactory,
    linked_seller,
    seller_with_violation,
    set_programme,
    violation_of,
)
from tests.factories.machines import MachineFactory
from tests.factories.notifications_webhooks import ReceiverFactory
from tests.factories.quizzes import attempt_of, submitted

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(hours=1)


def take_by_quiz(violation: Violation, points: int = 1, *, at=LATER) -> Violation:  # type: ignore[no-untyped-def]
    """What a passed quiz writes."""
    person = violation.seller.person
    bank = (violation.type.bank.code,)
    attempt = submitted(attempt_of(person, at, banks=bank, quiz=f"violation:{violation.type.code}"), at)
    with transaction.atomic():
        standing = hold_standing(violation.seller, at=at)
        violation = Violation.objects.get(pk=violation.pk)
        entry = Entry(violation.reference, EntryKind.QUIZ, -points, at, at, str(attempt.reference))
        write_act(standing=standing, violation=violation, entries=[entry], at=at, cause=Cause(attempt=attempt))
    return violation


def deltas(violation: Violation) -> list[tuple[str, int]]:
    """Its lines, in the order of recording."""
    return [(each.kind, each.delta) for each in violation.entries.order_by("pk")]


def balance(seller: Seller) -> int:
    """What the cached balance says, and it is the sum of the ledger."""
    cached = Standing.objects.get(seller=seller).balance
    assert cached == sum(PointEntry.objects.filter(seller=seller).values_list("delta", flat=True))
    return cached


def letters_of(seller: Seller) -> list[str]:
    """The subjects of the letters to who stands for the seller, in order."""
    return list(Message.objects.filter(person=seller.person).order_by("pk").values_list("subject", flat=True))


class TestIssue:
    def test_it_adds_its_points_and_pins_its_dates(self) -> None:
        at = local("2026-04-01 01:30")
        violation = seller_with_violation(at=at)
        assert (violation.points, violation.remaining, violation.state) == (4, 4, ViolationState.ACTIVE)
        assert violation.quiz_closes_at == local("2026-06-01 00:00")
        assert violation.expires_at == local("2026-07-01 00:00")
        assert violation.appeal_closes_at == local("2026-05-02 00:00")
        assert (violation.pass_mark, violation.points_per_pass) == (100, 1)
        assert deltas(violation) == [("issue", 4)]
        assert balance(violation.seller) == 4
        assert ViolationDetails.objects.get(violation=violation).message == "No cream whitens overnight."

    def test_its_programme_is_the_one_in_force_when_it_was_issued(self) -> None:
        seller = linked_seller()
        set_programme(seller.region, since=AT, expiry_days=10, pass_mark=50, points_per_pass=2)
        before = violation_of(seller, at=LATER, issued_at=AT - timedelta(seconds=1))
        after = violation_of(seller, at=LATER, issued_at=AT)
        assert (before.pass_mark, before.points_per_pass) == (100, 1)
        assert (after.pass_mark, after.points_per_pass) == (50, 2)
        assert before.expires_at - before.issued_at > timedelta(days=89)
        assert after.expires_at - after.issued_at < timedelta(days=12)

    def test_points_may_be_named(self) -> None:
        assert seller_with_violation(points=7).remaining == 7

    def test_the_seller_is_told_in_their_language_with_what_to_do(self) -> None:
        violation = seller_with_violation(questions=9)
        message = Message.objects.get(person=violation.seller.person, subject__startswith="A violation")
        assert message.subject == "A violation was recorded: Exaggerated effect"
        assert "No cream whitens overnight." in message.text
        assert "It costs 4 points. You have 4 points now." in message.text
        assert "May 1, 2026, midnight WIB" in message.text
        assert message.link == f"/standing/violations/{violation.reference}/"
        assert message.link in message.text

    def test_nobody_stands_for_the_seller_and_the_ledger_is_written_all_the_same(self) -> None:
        violation = violation_of(SellerFactory())
        assert balance(violation.seller) == 4
        assert Message.objects.count() == 0

    def test_one_that_arrives_after_its_expiry_fires_nothing(self) -> None:
        ReceiverFactory()
        seller = linked_seller()
        violation = violation_of(seller, points=48, issued_at=AT - timedelta(days=91))
        assert deltas(violation) == [("issue", 48), ("expiry", -48)]
        assert violation.entries.get(kind="expiry").at == violation.expires_at
        assert (violation.state, violation.remaining) == (ViolationState.EXPIRED, 0)
        assert balance(seller) == 0
        assert MilestoneRecord.objects.count() == Enforcement.objects.count() == Delivery.objects.count() == 0
        assert letters_of(seller) == ["A violation was recorded: Exaggerated effect"]
        assert "it costs you nothing" in Message.objects.get().text

    def test_points_that_nobody_has_expired_yet_carry_it_over_no_milestone(self) -> None:
        seller = linked_seller()
        first = violation_of(seller, points=8)
        violation_of(seller, points=1, at=AT + timedelta(days=3))
        violation_of(seller, points=4, at=first.expires_at + timedelta(seconds=20))
        assert balance(seller) == 5
        assert deltas(first) == [("issue", 8), ("expiry", -8)]
        assert not Enforcement.objects.exists()
        assert letters_of(seller).count("8 points have expired") == 1

    def test_one_that_arrives_after_its_expiry_is_no_repetition(self) -> None:
        seller = linked_seller()
        set_programme(seller.region, expiry_days=10)
        for _each in range(4):
            violation_of(seller, points=1, issued_at=AT - timedelta(days=20))
        assert not RepeatFlag.objects.exists()

    def test_what_a_machine_did_without_a_word_has_no_note(self) -> None:
        violation = violation_of(linked_seller(), by=MachineFactory())
        assert not EntryNote.objects.exists()
        revoke_violation(violation=violation, reason="By mistake.", at=LATER, by=MachineFactory())
        note = EntryNote.objects.get()
        assert (note.reason, note.by) == ("By mistake.", None)


class TestMilestones:
    def test_a_jump_fires_the_highest_and_records_the_others(self) -> None:
        ReceiverFactory()
        seller = linked_seller()
        violation_of(seller, points=25)
        found = list(MilestoneRecord.objects.order_by("points").values_list("points", "has_fired"))
        assert found == [(6, False), (12, False), (24, True)]
        enforcement = Enforcement.objects.get()
        assert enforcement.points == 24
        assert enforcement.actions == [Action.NO_PROMOTION_PLANS, Action.NO_LIVE]
        assert enforcement.ends_at == AT + timedelta(days=14)
        events = list(Delivery.objects.order_by("pk").values_list("event", "subject"))
        subject = f"seller:{seller.code}"
        assert events == [
            ("standing.balance_changed", subject),
            ("standing.milestone_reached", subject),
            ("standing.enforcement_began", subject),
        ]
        assert Delivery.objects.get(event="standing.milestone_reached").payload == {
            "seller_code": seller.code,
            "milestone": 24,
            "jumped": [6, 12],
            "balance": 25,
            "actions": ["no_promotion_plans", "no_live"],
        }

    def test_a_notice_begins_no_enforcement(self) -> None:
        seller = linked_seller()
        violation_of(seller, points=6)
        assert Enforcement.objects.count() == 0
        assert "You have reached the milestone of 6 points" in letters_of(seller)

    def test_near_a_milestone_the_seller_is_warned_at_once_and_once(self) -> None:
        seller = linked_seller()
        violation_of(seller, points=3)
        violation_of(seller, points=1)
        assert letters_of(seller).count("You are close to the milestone of 6 points") == 1

    def test_an_enforcement_that_ends_while_the_balance_is_above_does_not_fire_again(self) -> None:
        seller = linked_seller()
        violation_of(seller, points=12)
        end = Enforcement.objects.get().ends_at
        violation_of(seller, points=1, at=end)
        assert Enforcement.objects.get().state == EnforcementState.ENDED
        assert MilestoneRecord.objects.filter(points=12).count() == 1

    def test_below_it_is_armed_again_once_its_enforcement_is_over(self) -> None:
        seller = linked_seller()
        first = violation_of(seller, points=12)
        staff = PersonFactory()
        adjust_violation(violation=first, delta=-2, reason="Counted twice.", at=LATER, by=staff)
        violation_of(seller, points=2, at=LATER)
        assert Enforcement.objects.count() == 1, "it runs still: nothing is crossed"
        after = Enforcement.objects.get().ends_at
        adjust_violation(violation=first, delta=-2, reason="Counted twice.", at=after, by=staff)
        violation_of(seller, points=2, at=after)
        assert sorted(Enforcement.objects.values_list("state", flat=True)) == ["active", "ended"]

    def test_lessons_are_assigned_about_what_the_seller_did(self, market) -> None:  # type: ignore[no-untyped-def]
        lesson = market.anchor_lessons[0]
        seller = linked_seller()
        ViolationTypeFactory(code="V02", lesson_page=lesson)
        violation_of(seller, points=6)
        assigned = seller.person.assignments.get()
        assert assigned.lesson_key == lesson.translation_key
        assert "Exaggerated effect" in assigned.reason
        assert assigned.assigned_by is None

    def test_a_lesson_that_nobody_can_open_is_left_out(self, market) -> None:  # type: ignore[no-untyped-def]
        market.anchor_lessons[1].unpublish()
        seller = linked_seller()
        ViolationTypeFactory(code="V02", lesson_page=market.anchor_lessons[1])
        violation_of(seller, points=6)
        assert not seller.person.assignments.exists()

    def test_on_the_rating_scale_a_lesson_is_asked_for_by_the_rating(self, market) -> None:  # type: ignore[no-untyped-def]
        seller = linked_seller()
        rating = PRESETS["rating"](JAKARTA)
        set_programme(seller.region, scale=rating.scale, milestones=rating.milestones)
        ViolationTypeFactory(code="V02", lesson_page=market.anchor_lessons[0])
        violation_of(seller, points=50)
        said = "Your rating has reached the milestone 150. This lesson is about: Exaggerated effect."
        assert seller.person.assignments.get().reason == said

    def test_on_the_rating_scale_letters_speak_of_the_rating(self) -> None:
        seller = linked_seller()
        rating = PRESETS["rating"](JAKARTA)
        set_programme(seller.region, scale=rating.scale, milestones=rating.milestones, expiry_days=180)
        violation_of(seller, points=50)
        milestone = Message.objects.get(subject="Your rating has reached the milestone 150")
        assert "Your rating is now 150." in milestone.text


class TestRevoke:
    def test_after_a_quiz_took_one_of_four_three_go(self) -> None:
        violation = take_by_quiz(seller_with_violation(questions=9))
        assert violation.remaining == 3
        revoked = revoke_violation(violation=violation, reason="It was shown rightly.", at=LATER, by=None)
        assert deltas(revoked) == [("issue", 4), ("quiz", -1), ("revoke", -3)]
        assert (revoked.state, revoked.remaining) == (ViolationState.REVOKED, 0)
        assert balance(revoked.seller) == 0

    def test_what_had_expired_though_nobody_wrote_it_expires_first(self) -> None:
        violation = seller_with_violation()
        revoked = revoke_violation(violation=violation, reason="By mistake.", at=violation.expires_at, by=None)
        assert deltas(revoked) == [("issue", 4), ("expiry", -4), ("revoke", 0)]
        assert balance(revoked.seller) == 0

    def test_the_reason_is_not_copied_into_the_trail(self) -> None:
        by = PersonFactory()
        violation = seller_with_violation()
        adjust_violation(violation=violation, delta=1, reason="It was shown twice.", at=LATER, by=by)
        revoke_violation(violation=violation, reason="It was shown rightly.", at=LATER, by=by)
        trail = ModelLogEntry.objects.filter(action__startswith="compliance.").order_by("pk")
        assert [(each.action, each.data) for each in trail] == [
            ("compliance.adjust", {"delta": 1}),
            ("compliance.revoke", {}),
        ]

    def test_it_is_final(self) -> None:
        violation = seller_with_violation()
        revoke_violation(violation=violation, reason="By mistake.", at=LATER, by=None)
        with pytest.raises(AlreadyRevoked):
            revoke_violation(violation=violation, reason="By mistake.", at=LATER, by=None)
        assert deltas(violation) == [("issue", 4), ("revoke", -4)]

    def test_a_cleared_one_becomes_revoked_by_an_entry_of_nothing(self) -> None:
        violation = seller_with_violation()
        adjust_violation(violation=violation, delta=-4, reason="Counted twice.", at=LATER, by=PersonFactory())
        revoked = revoke_violation(violation=violation, reason="By mistake.", at=LATER, by=None)
        assert deltas(revoked) == [("issue", 4), ("adjust", -4), ("revoke", 0)]

    def test_the_reason_is_kept_apart_and_told(self) -> None:
        by = PersonFactory()
        violation = seller_with_violation()
        with pytest.raises(ReasonMissing):
            revoke_violation(violation=violation, reason=" no ", at=LATER, by=by)
        revoke_violation(violation=violation, reason="  The claim is on the label. ", at=LATER, by=by)
        note = EntryNote.objects.get(entry__kind="revoke")
        assert (note.reason, note.by) == ("The claim is on the label.", by)
        message = Message.objects.get(subject="A violation was revoked: Exaggerated effect")
        assert "The claim is on the label." in message.text

    def test_what_would_not_have_been_reached_is_lifted(self) -> None:
        ReceiverFactory()
        seller = linked_seller()
        wrong = violation_of(seller, points=8)
        violation_of(seller, points=8, at=LATER)
        assert Enforcement.objects.get().state == EnforcementState.ACTIVE
        revoke_violation(violation=wrong, reason="By mistake.", at=LATER, by=None)
        enforcement = Enforcement.objects.get()
        assert (enforcement.state, enforcement.ends_at) == (EnforcementState.LIFTED, LATER)
        assert "A restriction of your shop was lifted" in letters_of(seller)
        assert [each.event for each in Delivery.objects.order_by("pk")][-2:] == [
            "standing.balance_changed",
            "standing.enforcement_lifted",
        ]

    def test_what_would_have_been_reached_later_all_the_same_stays_unmoved(self) -> None:
        seller = linked_seller()
        wrong = violation_of(seller, points=12)
        violation_of(seller, points=12, at=LATER)
        before = list(Enforcement.objects.order_by("points").values_list("points", "starts_at", "ends_at"))
        revoke_violation(violation=wrong, reason="By mistake.", at=LATER, by=None)
        after = Enforcement.objects.order_by("points")
        assert [(each.points, each.state) for each in after] == [(12, "active"), (24, "lifted")]
        assert (after[0].points, after[0].starts_at, after[0].ends_at) == before[0]

    def test_an_open_attempt_is_closed_without_counting(self) -> None:
        violation = seller_with_violation(questions=9)
        attempt = attempt_of(violation.seller.person, banks=("v02",), quiz="violation:V02")
        QuizStake.objects.create(attempt=attempt, seller=violation.seller, violation=violation)
        revoke_violation(violation=violation, reason="By mistake.", at=LATER, by=None)
        attempt.refresh_from_db()
        assert attempt.state == AttemptState.SUPERSEDED


class TestAdjust:
    def test_points_are_added_and_taken_off_for_a_reason(self) -> None:
        by = PersonFactory()
        violation = seller_with_violation()
        adjust_violation(violation=violation, delta=3, reason="It was shown twice.", at=LATER, by=by)
        violation = adjust_violation(violation=violation, delta=-7, reason="It was not.", at=LATER, by=by)
        assert deltas(violation) == [("issue", 4), ("adjust", 3), ("adjust", -7)]
        assert violation.state == ViolationState.CLEARED
        assert balance(violation.seller) == 0
        assert letters_of(violation.seller).count("The points of a violation were changed: Exaggerated effect") == 1, (
            "two at one instant are one letter"
        )

    def test_points_of_another_that_have_expired_carry_it_over_no_milestone(self) -> None:
        seller = linked_seller()
        old = violation_of(seller, points=8)
        young = violation_of(seller, points=1, at=AT + timedelta(days=3))
        adjust_violation(violation=young, delta=4, reason="Shown again.", at=old.expires_at, by=PersonFactory())
        assert balance(seller) == 5
        assert not Enforcement.objects.exists()

    @pytest.mark.parametrize("delta", [0, -5, 997])
    def test_never_to_less_than_nothing_nor_too_many(self, delta: int) -> None:
        violation = seller_with_violation()
        with pytest.raises(AdjustmentRefused):
            adjust_violation(violation=violation, delta=delta, reason="Because of this.", at=LATER, by=PersonFactory())
        assert deltas(violation) == [("issue", 4)]

    def test_only_active_ones(self) -> None:
        violation = seller_with_violation()
        revoke_violation(violation=violation, reason="By mistake.", at=LATER, by=None)
        with pytest.raises(ViolationSettled):
            adjust_violation(violation=violation, delta=1, reason="Because of this.", at=LATER, by=PersonFactory())

    def test_one_that_has_expired_though_nobody_wrote_it_is_settled(self) -> None:
        violation = seller_with_violation()
        with pytest.raises(ViolationSettled):
            adjust_violation(
                violation=violation, delta=1, reason="Because of this.", at=violation.expires_at, by=PersonFactory()
            )


class TestEnforcementEnds:
    def test_by_itself_when_its_time_is_over_and_once(self) -> None:
        seller = linked_seller()
        violation_of(seller, points=12)
        end = Enforcement.objects.get().ends_at
        for _again in range(2):
            with transaction.atomic():
                end_due_enforcements(standing=hold_standing(seller, at=end), at=end)
        assert Enforcement.objects.get().state == EnforcementState.ENDED
        assert letters_of(seller).count("A restriction of your shop has ended") == 1

    def test_by_staff_where_it_has_no_end(self) -> None:
        seller = linked_seller()
        set_programme(seller.region, milestones=(Milestone(4, (Action.SELLING_CLOSED, Action.STAFF_REVIEW)),))
        violation_of(seller)
        ended = end_enforcement(enforcement=Enforcement.objects.get(), at=LATER, by=PersonFactory())
        assert (ended.state, ended.ends_at, ended.is_ended_by_staff) == (EnforcementState.ENDED, LATER, True)
        with pytest.raises(EnforcementOver):
            end_enforcement(enforcement=ended, at=LATER, by=PersonFactory())

    def test_not_by_staff_where_it_ends_by_itself(self) -> None:
        violation_of(linked_seller(), points=12)
        with pytest.raises(EnforcementOver):
            end_enforcement(enforcement=Enforcement.objects.get(), at=LATER, by=PersonFactory())


class TestRepeats:
    def test_the_seller_is_told_at_four_and_staff_at_six(self) -> None:
        seller = linked_seller()
        for day in range(6):
            violation_of(seller, points=1, at=AT + timedelta(days=day))
        levels = list(RepeatFlag.objects.order_by("at").values_list("level", flat=True))
        assert levels == [RepeatLevel.WARNED, RepeatLevel.FLAGGED]
        told = Message.objects.filter(subject="The same violation again: Exaggerated effect").order_by("pk")
        assert ["policy team" in each.text for each in told] == [False, True]

    def test_revoked_ones_do_not_count(self) -> None:
        seller = linked_seller()
        for day in range(4):
            violation = violation_of(seller, points=1, at=AT + timedelta(days=day))
            if day < 3:
                revoke_violation(violation=violation, reason="By mistake.", at=AT + timedelta(days=day), by=None)
        assert not RepeatFlag.objects.exists()


class TestTheDatabaseRefuses:
    @pytest.mark.parametrize("model", [PointEntry, MilestoneRecord, PolicyProgramme])
    def test_changes_of_what_is_written_in_the_books(self, model) -> None:  # type: ignore[no-untyped-def]
        seller_with_violation(points=6)
        field = {PointEntry: "delta", MilestoneRecord: "points", PolicyProgramme: "number"}[model]
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            model.objects.update(**{field: 5})

    @pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite refuses UPDATE only")
    @pytest.mark.parametrize("table", ["pointentry", "milestonerecord", "policyprogramme"])
    def test_deletions_from_the_books(self, table: str) -> None:
        seller_with_violation(points=6)
        with (
            pytest.raises(DatabaseError, match="never changes"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"DELETE FROM compliance_{table}")

    @pytest.mark.parametrize(("kind", "delta"), [("issue", 1), ("expiry", 0), ("revoke", 0)])
    def test_a_second_issue_expiry_or_revocation(self, kind: str, delta: int) -> None:
        violation = seller_with_violation()
        facts = {"seller": violation.seller, "violation": violation, "at": AT, "recorded_at": AT}
        if kind != "issue":
            PointEntry.objects.create(kind=kind, delta=delta, **facts)
        with pytest.raises(IntegrityError), transaction.atomic():
            PointEntry.objects.create(kind=kind, delta=delta, **facts)

    def test_a_second_entry_for_one_attempt(self) -> None:
        violation = take_by_quiz(seller_with_violation(questions=9))
        first = violation.entries.get(kind="quiz")
        facts = {"seller": violation.seller, "violation": violation, "at": AT, "recorded_at": AT}
        with pytest.raises(IntegrityError), transaction.atomic():
            PointEntry.objects.create(kind="quiz", delta=-1, attempt=first.attempt, **facts)

    @pytest.mark.parametrize(
        ("kind", "delta"), [("issue", 0), ("issue", -1), ("quiz", 1), ("expiry", 1), ("revoke", 2), ("adjust", 0)]
    )
    def test_entries_of_the_wrong_sign(self, kind: str, delta: int) -> None:
        violation = seller_with_violation(questions=9)
        attempt = attempt_of(violation.seller.person, banks=("v02",)) if kind == "quiz" else None
        facts = {"seller": violation.seller, "violation": violation, "at": AT, "recorded_at": AT}
        other = violation_of(violation.seller)
        facts["violation"] = other if kind == "quiz" else violation
        with pytest.raises(IntegrityError, match="compliance_entry"), transaction.atomic():
            PointEntry.objects.create(kind=kind, delta=delta, attempt=attempt, **facts)

    def test_a_violation_below_nothing_or_active_without_points(self) -> None:
        violation = seller_with_violation()
        with pytest.raises(IntegrityError), transaction.atomic():
            Violation.objects.filter(pk=violation.pk).update(remaining=0)
        with pytest.raises(IntegrityError), transaction.atomic():
            Violation.objects.filter(pk=violation.pk).update(state=ViolationState.CLEARED)


def test_a_region_is_never_without_a_programme() -> None:
    assert {each.region for each in PolicyProgramme.objects.all()} == set(Region.values)
