"""What is kept beside the ledger is what the ledger comes to; a row changed by hand is reported."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from apps.compliance.enums import Action, EnforcementState, ViolationState
from apps.compliance.models import Enforcement, MilestoneRecord, PointEntry, Standing, Violation
from apps.compliance.rules.programme import Milestone
from apps.compliance.services.books import check_books
from apps.compliance.services.expiry import end_due, expire_due
from apps.compliance.services.violations import adjust_violation, end_enforcement, revoke_violation
from tests.factories import AT
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.factories.compliance import linked_seller, set_programme, violation_of

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(days=200)


@pytest.fixture
def busy() -> Violation:
    """A seller of whom much has happened, and one more; the first violation of the first."""
    staff = PersonFactory()
    seller = linked_seller(code="ALICE-01")
    first = violation_of(seller, points=8)
    second = violation_of(seller, "V05", points=8, at=AT + timedelta(days=1))
    violation_of(seller, "V06", points=20, at=AT + timedelta(days=2))
    revoke_violation(violation=second, reason="By mistake.", at=AT + timedelta(days=3), by=staff)
    adjust_violation(violation=first, delta=-3, reason="Counted twice.", at=AT + timedelta(days=4), by=staff)
    violation_of(seller, points=9, at=AT + timedelta(days=20), issued_at=AT - timedelta(days=100))
    end_due(at=AT + timedelta(days=30))
    expire_due(at=first.expires_at)
    other = linked_seller(code="BAYU-01")
    set_programme(
        other.region,
        since=AT + timedelta(days=90),
        milestones=(Milestone(4, (Action.SELLING_CLOSED, Action.STAFF_REVIEW)),),
    )
    violation_of(other, at=AT + timedelta(days=95))
    end_enforcement(enforcement=Enforcement.objects.get(ends_at=None), at=AT + timedelta(days=96), by=staff)
    return first


def found() -> list[tuple[str, str]]:
    """Every difference."""
    return list(check_books(at=LATER, chunk=1))


def test_the_books_of_who_had_much_happen_are_right(busy: Violation) -> None:
    assert Enforcement.objects.count() >= 3
    assert found() == []


def wrong_balance(violation: Violation) -> None:
    Standing.objects.filter(seller=violation.seller).update(balance=77)


def wrong_warning(violation: Violation) -> None:
    Standing.objects.filter(seller=violation.seller).update(warned_of=48)


def wrong_state(violation: Violation) -> None:
    Violation.objects.filter(pk=violation.pk).update(state=ViolationState.CLEARED)


def wrong_remaining(violation: Violation) -> None:
    Violation.objects.filter(pk=violation.pk).update(state=ViolationState.ACTIVE, remaining=1)


def wrong_points(violation: Violation) -> None:
    Violation.objects.filter(pk=violation.pk).update(points=9)


def more_enforcement(violation: Violation) -> None:
    entry = violation.entries.first()
    end = AT + timedelta(days=1)
    Enforcement.objects.create(
        seller=violation.seller, points=36, actions=[], entry=entry, starts_at=AT, ends_at=end, state="ended"
    )


def longer_enforcement(violation: Violation) -> None:
    found = Enforcement.objects.filter(seller=violation.seller, state=EnforcementState.ENDED).first()
    Enforcement.objects.filter(pk=found.pk).update(ends_at=AT + timedelta(days=99))


def fewer_milestones(violation: Violation) -> None:
    MilestoneRecord.objects.create(
        seller=violation.seller, entry=violation.entries.first(), points=36, actions=[], has_fired=True, at=AT
    )


def stray_entry(violation: Violation) -> None:
    facts = {"seller": violation.seller, "violation": violation, "at": AT, "recorded_at": LATER}
    PointEntry.objects.create(kind="adjust", delta=5, **facts)


def entry_of_another(violation: Violation) -> None:
    facts = {"seller": violation.seller, "at": AT, "recorded_at": LATER}
    stranger = Violation.objects.exclude(seller=violation.seller).first()
    PointEntry.objects.create(kind="adjust", delta=5, violation=stranger, **facts)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (wrong_balance, "balance is kept as 77"),
        (wrong_warning, "warned of is kept as 48"),
        (wrong_state, "state is kept as cleared, the ledger says expired"),
        (wrong_remaining, "remaining is kept as 1, the ledger says 0"),
        (wrong_points, "points is kept as 9, the ledger says 8"),
        (more_enforcement, "enforcement 36 (ended"),
        (longer_enforcement, "follows from the ledger and is not kept"),
        (fewer_milestones, "milestone 36 at"),
        (stray_entry, "keeps points after it expired or was revoked"),
        (entry_of_another, "has entries and is no violation of this seller"),
    ],
)
def test_a_row_changed_by_hand_is_reported(change: Callable[[Violation], None], words: str, busy: Violation) -> None:
    change(busy)
    assert [code for code, said in found() if words in said][:1] == ["ALICE-01"]


def test_a_ledger_without_a_standing_is_reported(busy: Violation) -> None:
    Standing.objects.filter(seller=busy.seller).delete()
    assert found() == [("ALICE-01", "has a ledger and no standing")]


def test_sellers_who_move_keep_right_books(db: None) -> None:
    seller = linked_seller()
    set_programme("US", since=AT - timedelta(days=9), milestones=(Milestone(2, (Action.NO_LIVE,), days=3),))
    violation_of(seller, points=3)
    seller.region = "US"
    seller.save()
    violation_of(seller, points=3, at=AT + timedelta(days=1))
    assert found() == []


def test_the_command_ends_with_1_where_something_differs(busy: Violation) -> None:
    said = StringIO()
    call_command("check_ledger", stdout=said)
    assert said.getvalue() == "No difference.\n"
    wrong_balance(busy)
    with pytest.raises(SystemExit) as ended:
        call_command("check_ledger", stdout=said)
    assert ended.value.code == 1
    assert "ALICE-01: balance is kept as 77, the ledger says 20\n1 differences.\n" in said.getvalue()


def test_nobody_has_anything_and_nothing_differs(db: None) -> None:
    SellerFactory()
    assert found() == []
