"""What acts write into the ledger, and what remains."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.compliance.enums import EntryKind, ViolationState
from apps.compliance.rules import ledger, reasons
from apps.compliance.rules.ledger import Entry, Holding
from apps.compliance.rules.states import VIOLATION
from tests.compliance import local

ISSUED = local("2026-03-02 10:00")
NOW = local("2026-03-20 09:00")
EXPIRES = local("2026-06-01 00:00")

ENDED = (ViolationState.CLEARED, ViolationState.EXPIRED, ViolationState.REVOKED)


def holding(remaining: int = 4, state: ViolationState = ViolationState.ACTIVE) -> Holding:
    """A violation that expires in June."""
    return Holding("V-1", state, remaining, EXPIRES)


def entry(kind: EntryKind, delta: int, attempt: str = "") -> Entry:
    """An entry of the violation, now."""
    return Entry("V-1", kind, delta, NOW, NOW, attempt)


class TestArrival:
    def test_a_violation_enters_with_its_points_dated_to_its_issue(self) -> None:
        written = ledger.arrival("V-1", 4, issued_at=ISSUED, expires_at=EXPIRES, recorded_at=NOW)
        assert written == (Entry("V-1", EntryKind.ISSUE, 4, ISSUED, NOW),)

    def test_one_past_its_expiry_enters_as_issue_and_expiry(self) -> None:
        late = EXPIRES + timedelta(days=3)
        written = ledger.arrival("V-1", 4, issued_at=ISSUED, expires_at=EXPIRES, recorded_at=late)
        assert written == (
            Entry("V-1", EntryKind.ISSUE, 4, ISSUED, late),
            Entry("V-1", EntryKind.EXPIRY, -4, EXPIRES, late),
        )
        assert ledger.balance_of(written) == 0

    def test_one_that_arrives_at_the_instant_of_its_expiry_has_expired(self) -> None:
        assert len(ledger.arrival("V-1", 4, issued_at=ISSUED, expires_at=EXPIRES, recorded_at=EXPIRES)) == 2

    def test_one_whose_points_never_expire_enters_whenever_it_comes(self) -> None:
        late = ISSUED + timedelta(days=900)
        assert len(ledger.arrival("V-1", 4, issued_at=ISSUED, expires_at=None, recorded_at=late)) == 1


class TestExpiry:
    def test_it_takes_what_remains_and_is_dated_to_its_day(self) -> None:
        late = EXPIRES + timedelta(hours=5)
        assert ledger.expiry(holding(3), recorded_at=late) == Entry("V-1", EntryKind.EXPIRY, -3, EXPIRES, late)

    def test_nothing_expires_before_its_day(self) -> None:
        assert ledger.expiry(holding(), recorded_at=EXPIRES - timedelta(microseconds=1)) is None

    @pytest.mark.parametrize("state", ENDED)
    def test_what_has_ended_does_not_expire(self, state: ViolationState) -> None:
        assert ledger.expiry(holding(0, state), recorded_at=EXPIRES) is None

    def test_what_never_expires(self) -> None:
        assert ledger.expiry(Holding("V-1", ViolationState.ACTIVE, 4, None), recorded_at=EXPIRES) is None

    def test_a_row_that_lags_behind_is_expired_all_the_same(self) -> None:
        assert holding().state_at(EXPIRES) == ViolationState.EXPIRED
        assert holding().state_at(EXPIRES - timedelta(seconds=1)) == ViolationState.ACTIVE
        assert holding(0, ViolationState.CLEARED).state_at(EXPIRES) == ViolationState.CLEARED


class TestRevocation:
    def test_issued_4_one_taken_by_a_quiz_revoked_takes_3(self) -> None:
        issued = ledger.arrival("V-1", 4, issued_at=ISSUED, expires_at=EXPIRES, recorded_at=ISSUED)
        quiz = ledger.taken_by_quiz(holding(4), 1, attempt="A-1", at=NOW, recorded_at=NOW)
        revoked = ledger.revocation(holding(ledger.balance_of([*issued, quiz])), at=NOW)
        assert [each.delta for each in (*issued, quiz, revoked)] == [4, -1, -3]
        assert ledger.balance_of([*issued, quiz, revoked]) == 0

    @pytest.mark.parametrize("state", [ViolationState.CLEARED, ViolationState.EXPIRED])
    def test_of_what_is_cleared_or_expired_it_is_an_entry_of_0(self, state: ViolationState) -> None:
        assert ledger.revocation(holding(0, state), at=NOW).delta == 0

    def test_it_is_final(self) -> None:
        with pytest.raises(ledger.AlreadyRevoked, match="revoked already") as refused:
            ledger.revocation(holding(0, ViolationState.REVOKED), at=NOW)
        assert refused.value.status == 409


class TestAdjustment:
    @pytest.mark.parametrize(("remaining", "delta"), [(4, 3), (4, -4), (4, -1), (1, 999)])
    def test_it_adds_or_takes_off(self, remaining: int, delta: int) -> None:
        assert ledger.adjustment(holding(remaining), delta, at=NOW) == entry(EntryKind.ADJUST, delta)

    @pytest.mark.parametrize(
        ("delta", "reason"),
        [
            (0, "adds points or takes some off"),
            (-5, "4 points remain: take off at most these, or add up to 1000 in all"),
            (997, "4 points remain"),
        ],
    )
    def test_what_would_do_nothing_or_too_much_is_refused(self, delta: int, reason: str) -> None:
        with pytest.raises(ledger.AdjustmentRefused, match=reason) as refused:
            ledger.adjustment(holding(4), delta, at=NOW)
        assert refused.value.status == 422

    @pytest.mark.parametrize("state", ENDED)
    def test_what_has_ended_is_not_adjusted(self, state: ViolationState) -> None:
        with pytest.raises(ledger.ViolationSettled, match="Only an active violation"):
            ledger.adjustment(holding(0, state), 2, at=NOW)

    def test_neither_is_what_has_expired_without_a_word(self) -> None:
        with pytest.raises(ledger.ViolationSettled):
            ledger.adjustment(holding(), 2, at=EXPIRES)


class TestTakenByQuiz:
    def test_it_is_dated_to_the_submission_and_names_its_attempt(self) -> None:
        written = ledger.taken_by_quiz(holding(), 1, attempt="A-1", at=ISSUED, recorded_at=NOW)
        assert written == Entry("V-1", EntryKind.QUIZ, -1, ISSUED, NOW, "A-1")

    @pytest.mark.parametrize(("remaining", "points"), [(1, 2), (0, 1), (4, 0), (4, -1)])
    def test_it_never_takes_more_than_remains_nor_nothing(self, remaining: int, points: int) -> None:
        with pytest.raises(ledger.ViolationSettled, match="Nothing is left"):
            ledger.taken_by_quiz(holding(remaining), points, attempt="A-1", at=NOW, recorded_at=NOW)

    @pytest.mark.parametrize("state", ENDED)
    def test_nor_from_what_has_ended(self, state: ViolationState) -> None:
        with pytest.raises(ledger.ViolationSettled):
            ledger.taken_by_quiz(holding(0, state), 1, attempt="A-1", at=NOW, recorded_at=NOW)


class TestStateAfter:
    @pytest.mark.parametrize(
        ("kind", "remaining", "state"),
        [
            (EntryKind.ISSUE, 4, ViolationState.ACTIVE),
            (EntryKind.QUIZ, 3, ViolationState.ACTIVE),
            (EntryKind.QUIZ, 0, ViolationState.CLEARED),
            (EntryKind.ADJUST, 0, ViolationState.CLEARED),
            (EntryKind.EXPIRY, 0, ViolationState.EXPIRED),
            (EntryKind.REVOKE, 0, ViolationState.REVOKED),
        ],
    )
    def test_worked_cases(self, kind: EntryKind, remaining: int, state: ViolationState) -> None:
        assert ledger.state_after(kind, remaining) == state

    def test_revoked_is_final_and_what_is_cleared_or_expired_may_become_so(self) -> None:
        arrows = {(a, b) for a in ViolationState for b in ViolationState if VIOLATION.allows(a, b)}
        assert arrows == {
            (ViolationState.ACTIVE, ViolationState.CLEARED),
            (ViolationState.ACTIVE, ViolationState.EXPIRED),
            (ViolationState.ACTIVE, ViolationState.REVOKED),
            (ViolationState.CLEARED, ViolationState.REVOKED),
            (ViolationState.EXPIRED, ViolationState.REVOKED),
        }


class TestFaults:
    @pytest.mark.parametrize(
        "entries",
        [
            [entry(EntryKind.ISSUE, 4)],
            [entry(EntryKind.ISSUE, 4), entry(EntryKind.EXPIRY, -4)],
            [entry(EntryKind.ISSUE, 1), entry(EntryKind.QUIZ, -1, "A-1"), entry(EntryKind.REVOKE, 0)],
            [entry(EntryKind.ISSUE, 2), entry(EntryKind.ADJUST, 5), entry(EntryKind.ADJUST, -7)],
        ],
    )
    def test_a_sound_ledger_has_none(self, entries: list[Entry]) -> None:
        assert ledger.faults_of(entries) == []

    @pytest.mark.parametrize(
        ("entries", "faults"),
        [
            ([entry(EntryKind.QUIZ, -1)], ["does not begin with its issue", "falls below zero"]),
            ([entry(EntryKind.ISSUE, 4), entry(EntryKind.ISSUE, 4)], ["is issued, expired or revoked twice"]),
            (
                [entry(EntryKind.ISSUE, 4), entry(EntryKind.QUIZ, -1, "A"), entry(EntryKind.QUIZ, -1, "A")],
                ["counts an attempt twice"],
            ),
            ([entry(EntryKind.ISSUE, 4), entry(EntryKind.QUIZ, 1, "A")], ["has an entry of the wrong sign"]),
            ([entry(EntryKind.ISSUE, 4), entry(EntryKind.ADJUST, -5)], ["falls below zero"]),
            (
                [entry(EntryKind.ISSUE, 4), entry(EntryKind.REVOKE, -4), entry(EntryKind.QUIZ, -1, "A")],
                ["falls below zero", "goes on after it was revoked", "keeps points after it expired or was revoked"],
            ),
            (
                [entry(EntryKind.ISSUE, 4), entry(EntryKind.EXPIRY, -3)],
                ["keeps points after it expired or was revoked"],
            ),
            ([], ["does not begin with its issue"]),
        ],
    )
    def test_what_was_changed_behind_its_back_is_named(self, entries: list[Entry], faults: list[str]) -> None:
        assert ledger.faults_of(entries) == faults


class TestReasons:
    def test_a_reason_is_trimmed(self) -> None:
        assert reasons.check_reason("  Reported twice. ") == "Reported twice."

    @pytest.mark.parametrize(
        ("reason", "said"), [("", "the seller can understand"), (" no ", "understand"), ("x" * 501, "500")]
    )
    def test_one_that_says_nothing_or_too_much_is_refused(self, reason: str, said: str) -> None:
        with pytest.raises(reasons.ReasonMissing, match=said):
            reasons.check_reason(reason)


@given(st.integers(0, 1000), st.integers(-2000, 2000))
def test_an_adjustment_leaves_something_between_nothing_and_the_most_or_is_refused(remaining: int, delta: int) -> None:
    try:
        written = ledger.adjustment(holding(remaining), delta, at=NOW)
    except ledger.AdjustmentRefused:
        assert delta == 0 or not 0 <= remaining + delta <= 1000
    else:
        assert 0 <= remaining + written.delta <= 1000
