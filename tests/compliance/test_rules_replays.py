"""What a ledger comes to without a revoked violation, and under another programme."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from apps.compliance.enums import EnforcementState, EntryKind
from apps.compliance.rules import milestones, replays
from apps.compliance.rules.ledger import Entry, arrival
from apps.compliance.rules.milestones import Enforcement, Standing
from apps.compliance.rules.programme import Programme
from apps.compliance.rules.replays import History, StaffEnding
from tests.compliance import JAKARTA, local, tight

PROGRAMME = Programme(JAKARTA)
START = local("2026-05-04 09:00")
DAY = timedelta(days=1)

KINDS = {"issue": EntryKind.ISSUE, "quiz": EntryKind.QUIZ, "expiry": EntryKind.EXPIRY, "revoke": EntryKind.REVOKE}


def day(number: float) -> datetime:
    """So many days after the first."""
    return START + number * DAY


def ledger(*lines: tuple[float, str, str, int]) -> list[Entry]:
    """Entries as (day of recording, violation, kind, delta)."""
    return [Entry(name, KINDS[kind], delta, day(at), day(at)) for at, name, kind, delta in lines]


def history(entries: list[Entry], until: float, programme: Programme = PROGRAMME, **facts: object) -> History:
    return replays.history_of(entries, lambda _at: programme, until=day(until), **facts)


def states(entries: list[Entry], until: float) -> list[tuple[int, EnforcementState]]:
    """Milestone and state of every enforcement."""
    return [(each.points, each.state) for each in history(entries, until).standing.enforcements]


ACTIVE, ENDED, LIFTED = EnforcementState.ACTIVE, EnforcementState.ENDED, EnforcementState.LIFTED


class TestRevoking:
    def test_an_enforcement_whose_milestone_would_not_have_been_reached_is_lifted(self) -> None:
        entries = ledger((0, "A", "issue", 8), (1, "B", "issue", 6), (2, "A", "revoke", -8))
        assert states(entries[:2], until=2) == [(12, ACTIVE)]
        assert states(entries, until=2) == [(12, LIFTED)]

    def test_one_whose_milestone_would_have_been_reached_runs_on(self) -> None:
        entries = ledger((0, "A", "issue", 2), (1, "B", "issue", 12), (2, "A", "revoke", -2))
        assert states(entries, until=2) == [(12, ACTIVE)]

    def test_one_that_would_have_been_reached_later_is_not_shifted(self) -> None:
        entries = ledger((0, "A", "issue", 8), (1, "B", "issue", 6), (3, "C", "issue", 8), (4, "A", "revoke", -8))
        (enforcement,) = history(entries, until=4).standing.enforcements
        assert enforcement == Enforcement(12, day(1), day(8), ACTIVE)

    def test_a_replay_starts_nothing_in_place_of_what_it_lifts(self) -> None:
        # Without A the jump would have reached 12 and no more: that enforcement doesn't begin now.
        entries = ledger((0, "A", "issue", 11), (1, "B", "issue", 13), (2, "A", "revoke", -11))
        assert states(entries, until=2) == [(24, LIFTED)]

    def test_several_may_be_lifted_at_once(self) -> None:
        entries = ledger((0, "A", "issue", 8), (1, "B", "issue", 6), (2, "C", "issue", 10), (3, "A", "revoke", -8))
        assert states(entries[:3], until=3) == [(12, ACTIVE), (24, ACTIVE)]
        # Without A the balance would have been 16: 12 is reached with C, 24 is not.
        assert states(entries, until=3) == [(12, ACTIVE), (24, LIFTED)]

    def test_what_has_ended_is_not_lifted(self) -> None:
        entries = ledger((0, "A", "issue", 12), (10, "A", "revoke", -12))
        assert states(entries, until=10) == [(12, ENDED)]

    def test_not_even_where_nobody_has_written_down_its_end(self) -> None:
        standing = Standing(12, (Enforcement(12, day(0), day(7)),))
        assert replays.lifted(standing, ledger((0, "A", "issue", 12)), {"A"}, at=day(7)) == ()

    def test_points_that_a_quiz_has_taken_are_taken_in_the_replay_too(self) -> None:
        entries = ledger(
            (0, "A", "issue", 4),
            (1, "B", "issue", 12),
            (2, "B", "quiz", -1),
            (3, "C", "issue", 1),
            (4, "A", "revoke", -4),
        )
        assert states(entries, until=4) == [(12, ACTIVE)]
        later = ledger((0, "A", "issue", 4), (1, "B", "issue", 9), (2, "B", "quiz", -1), (4, "A", "revoke", -4))
        assert states(later, until=4) == [(12, LIFTED)]

    def test_a_quiz_entry_of_the_revoked_violation_goes_with_it(self) -> None:
        entries = ledger((0, "A", "issue", 4), (0.5, "A", "quiz", -1), (1, "B", "issue", 9), (2, "A", "revoke", -3))
        assert states(entries, until=2) == [(12, LIFTED)]

    def test_a_violation_revoked_earlier_stays_out(self) -> None:
        entries = ledger(
            (0, "A", "issue", 6),
            (1, "B", "issue", 6),
            (2, "C", "issue", 6),
            (3, "A", "revoke", -6),  # B and C still make 12
            (4, "C", "revoke", -6),  # B alone does not
        )
        assert states(entries[:4], until=4) == [(12, ACTIVE)]
        assert states(entries, until=4) == [(12, LIFTED)]

    def test_what_was_lifted_is_told_with_its_end(self) -> None:
        entries = ledger((0, "A", "issue", 12), (2, "A", "revoke", -12))
        (enforcement,) = history(entries, until=5).standing.enforcements
        assert (enforcement.state, enforcement.ends_at) == (LIFTED, day(2))

    def test_a_milestone_is_armed_again_once_its_enforcement_was_lifted(self) -> None:
        entries = ledger((0, "A", "issue", 12), (2, "A", "revoke", -12), (3, "B", "issue", 12))
        assert states(entries, until=3) == [(12, LIFTED), (12, ACTIVE)]

    def test_expired_points_count_in_the_replay_until_they_expired(self) -> None:
        entries = ledger((0, "A", "issue", 2), (1, "B", "issue", 12), (2, "B", "expiry", -12), (3, "A", "revoke", -2))
        assert states(entries, until=3) == [(12, ACTIVE)]


class TestRecording:
    def test_one_that_has_expired_when_it_arrives_fires_nothing(self) -> None:
        late = arrival("A", 24, issued_at=day(-200), expires_at=day(-100), recorded_at=day(0))
        found = history(list(late), until=1)
        assert found == History(Standing(), ())

    def test_nor_does_it_count_as_reached_in_a_replay(self) -> None:
        late = arrival("B", 24, issued_at=day(-200), expires_at=day(-100), recorded_at=day(1))
        entries = [*ledger((0, "A", "issue", 12)), *late, *ledger((2, "A", "revoke", -12))]
        assert states(entries, until=2) == [(12, LIFTED)]

    def test_milestones_are_evaluated_in_the_order_of_recording_whatever_the_dates(self) -> None:
        old = Entry("B", EntryKind.ISSUE, 6, day(-30), day(3))
        found = history([*ledger((0, "A", "issue", 6)), old], until=3)
        assert [(at, reached.fired.points) for at, reached in found.reached] == [(day(0), 6), (day(3), 12)]
        assert found.standing.enforcements[0].starts_at == day(3)

    def test_violations_recorded_at_one_instant_are_acts_of_their_own(self) -> None:
        entries = ledger((0, "A", "issue", 6), (0, "B", "issue", 6))
        found = history(entries, until=1)
        assert [reached.fired.points for _at, reached in found.reached if reached.fired] == [6, 12]

    def test_what_is_recorded_together_of_one_violation_is_one_act(self) -> None:
        late = arrival("A", 24, issued_at=day(-200), expires_at=day(-100), recorded_at=day(0))
        (act,) = replays.acts_of(late)
        assert (act.violation, act.delta, len(act.entries)) == ("A", 0, 2)


class TestWithoutARevocation:
    def test_expiry_never_lifts_what_runs(self) -> None:
        entries = ledger((0, "A", "issue", 12), (1, "A", "expiry", -12))
        assert states(entries, until=2) == [(12, ACTIVE)]

    def test_an_ended_enforcement_fires_again_after_the_balance_fell_below(self) -> None:
        entries = ledger((0, "A", "issue", 12), (1, "A", "quiz", -1), (9, "B", "issue", 4))
        assert states(entries, until=9) == [(12, ENDED), (12, ACTIVE)]

    def test_staff_end_what_has_no_end(self) -> None:
        entries = ledger((0, "A", "issue", 48), (9, "A", "quiz", -1))
        found = history(entries, until=9, endings=[StaffEnding(48, day(5))])
        assert found.standing.enforcements == (Enforcement(48, day(0), day(5), ENDED),)

    def test_and_it_is_armed_again_below(self) -> None:
        entries = ledger((0, "A", "issue", 48), (6, "A", "quiz", -1), (9, "B", "issue", 2))
        found = history(entries, until=9, endings=[StaffEnding(48, day(5))])
        assert [each.state for each in found.standing.enforcements] == [ENDED, ACTIVE]


class TestAnotherProgramme:
    ENTRIES = ledger((0, "A", "issue", 4), (3, "B", "issue", 4), (40, "C", "issue", 4))

    def fired(self, programme: Programme) -> list[tuple[datetime, int]]:
        found = history(self.ENTRIES, until=60, programme=programme)
        return [(at, reached.fired.points) for at, reached in found.reached if reached.fired]

    def test_the_same_ledger_shows_what_a_new_ladder_would_have_changed(self) -> None:
        assert self.fired(PROGRAMME) == [(day(3), 6), (day(40), 12)]
        assert self.fired(tight()) == [(day(0), 3), (day(3), 8), (day(40), 12)]

    def test_each_act_is_judged_by_the_programme_in_force_at_its_recording(self) -> None:
        def programme_at(at: datetime) -> Programme:
            return PROGRAMME if at < day(30) else replace(PROGRAMME, milestones=tight().milestones)

        found = replays.history_of(self.ENTRIES, programme_at, until=day(60))
        assert [(at, reached.fired.points) for at, reached in found.reached if reached.fired] == [
            (day(3), 6),
            (day(40), 12),
        ]


@pytest.mark.parametrize("revoked", [(), ("A",), ("B",), ("A", "B")])
def test_lifting_touches_nothing_else(revoked: Collection[str]) -> None:
    entries = ledger((0, "A", "issue", 12), (1, "B", "issue", 12))
    standing = history(entries, until=2).standing
    gone = replays.lifted(standing, entries, revoked, at=day(2))
    after = replays.lift(standing, gone, at=day(2))
    assert (after.balance, after.warned_of, len(after.enforcements)) == (24, None, 2)
    kept = [each for each in standing.enforcements if each not in gone]
    assert [each for each in after.enforcements if each.state == ACTIVE] == kept
    assert milestones.settle(after, at=day(2)) == after
