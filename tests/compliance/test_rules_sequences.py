"""Whatever is done to a seller's ledger, in whatever order, it adds up. `make prove-standing` tries 10,000 sequences."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.compliance.enums import AppealState, CapPeriod, CapScope, EnforcementState, EntryKind, NoPoint, ViolationState
from apps.compliance.rules import attempts, ledger, milestones
from apps.compliance.rules.attempts import Credit
from apps.compliance.rules.dates import local_time
from apps.compliance.rules.programme import Cap, Programme, rating_preset, rolling_30_preset
from apps.core.rules import Refusal
from tests.compliance import JAKARTA, LOS_ANGELES, local, many, tight
from tests.compliance.simulation import SimulatedAttempt, SimulatedSeller, SimulatedViolation

START = local("2026-03-20 10:00")
HOUR = 60
DAY = 24 * HOUR

# --- Acts, as Hypothesis draws them: a name and numbers that pick the violation, the points, the time ------------

places = st.integers(0, 3)
quizzes = st.sampled_from(["V01", "V01", "V02", ""])
verdicts = st.sampled_from([AppealState.UPHELD, AppealState.REJECTED])
FACTS: dict[str, tuple[st.SearchStrategy[Any], ...]] = {
    "issue": (st.integers(1, 9), quizzes, st.sampled_from([0, 0, 0, 2, 40, 120])),
    "wait": (st.sampled_from([1, 20, 31, 5 * HOUR, DAY, 2 * DAY, 6 * DAY, 35 * DAY]),),
    "sit": (places, st.booleans()),
    "start": (places,),
    "submit": (places, st.booleans()),
    "void": (st.integers(1, 3),),
    "supersede": (),
    "adjust": (places, st.integers(-5, 6)),
    "revoke": (places,),
    "appeal": (places,),
    "decide": (places, verdicts),
    "run jobs": (),
    "end by staff": (),
}
# What makes the others possible comes oftener.
NAMES = [*FACTS, *["issue", "sit"] * 4, *["wait", "appeal", "decide", "end by staff"] * 2]


def sequences_of(names: Sequence[str]) -> st.SearchStrategy[list[Any]]:
    """A violation, and whatever is done after it."""
    drawn = {name: st.tuples(st.just(name), *FACTS[name]) for name in names}
    acts = st.sampled_from(names).flatmap(drawn.__getitem__)
    first = st.tuples(st.just("issue"), st.integers(3, 9), st.just("V01"), st.just(0))
    return st.tuples(first, st.lists(acts, min_size=10, max_size=40)).map(lambda drawn: [drawn[0], *drawn[1]])


sequences = sequences_of(NAMES)

CAPS = (
    None,
    Cap(1),
    Cap(2, CapScope.ACCOUNT, CapPeriod.ROLLING, 4),
    Cap(1, CapScope.VIOLATION, CapPeriod.LIFETIME),
    Cap(2, CapScope.VIOLATION, CapPeriod.MONTH),
)
programmes = st.one_of(
    st.sampled_from([Programme(JAKARTA), rolling_30_preset(LOS_ANGELES), rating_preset(JAKARTA)]),
    st.builds(
        tight,
        st.sampled_from([JAKARTA, LOS_ANGELES, "America/Havana"]),
        attempt_cap=st.sampled_from(CAPS),
        credit_cap=st.sampled_from(CAPS),
        points_per_pass=st.integers(0, 3),
        expiry_days=st.sampled_from([None, 1, 5, 90]),
        quiz_during_appeal=st.booleans(),
    ),
)


def do(seller: SimulatedSeller, act: Sequence[Any]) -> None:
    """One act; what the rules refuse isn't done."""
    name, *facts = act
    seller.wait(1)
    try:
        DOING[name](seller, *facts)
    except Refusal:
        return


def pick(things: Sequence[Any], place: int) -> Any:
    """One of them; refused where there is none."""
    if not things:
        raise Refusal("There is nothing.")
    return things[place % len(things)]


def sit(seller: SimulatedSeller, place: int, passes: bool) -> None:
    attempt = seller.start(pick(seller.violations, place))
    seller.wait(5)
    seller.submit(attempt, passes=passes)


def appealed(seller: SimulatedSeller) -> list[SimulatedViolation]:
    return [violation for violation in seller.violations if violation.appeals]


DOING: dict[str, Callable[..., Any]] = {
    "issue": lambda seller, points, quiz, days: seller.issue(points, quiz, days_ago=days),
    "wait": lambda seller, minutes: seller.wait(minutes),
    "sit": sit,
    "start": lambda seller, place: seller.start(pick(seller.violations, place)),
    "submit": lambda seller, place, passes: seller.submit(pick(seller.attempts, -1 - place), passes=passes),
    "void": lambda seller, count: seller.void_question([each for each in seller.attempts if each.state == "failed"][-count:]),
    "supersede": lambda seller: seller.supersede(),
    "adjust": lambda seller, place, delta: seller.adjust(pick(seller.violations, place), delta),
    "revoke": lambda seller, place: seller.revoke(pick(seller.violations, place)),
    "appeal": lambda seller, place: seller.appeal(pick(seller.violations, place)),
    "decide": lambda seller, place, verdict: seller.decide(pick(appealed(seller), place), verdict),
    "run jobs": lambda seller: seller.run_jobs(),
    "end by staff": lambda seller: seller.end_by_staff(),
}  # fmt: skip


def after(programme: Programme, acts: Sequence[Sequence[Any]]) -> SimulatedSeller:
    """A seller to whom all of this was done."""
    seller = SimulatedSeller(programme, START)
    for act in acts:
        do(seller, act)
    return seller


def check_it_adds_up(seller: SimulatedSeller) -> None:
    """Balance, remainders and entries agree, and nothing is below zero."""
    assert seller.standing.balance == ledger.balance_of(seller.entries)
    assert seller.standing.balance == sum(violation.remaining for violation in seller.violations) >= 0
    for violation in seller.violations:
        entries = seller.entries_of(violation)
        assert ledger.faults_of(entries) == []
        assert violation.remaining == ledger.balance_of(entries) >= 0
        assert (violation.remaining > 0) == (violation.state == ViolationState.ACTIVE)


class TestAnySequence:
    @many
    @given(programmes, sequences)
    def test_the_balance_is_the_sum_of_the_entries_and_nothing_falls_below_zero(
        self, programme: Programme, acts: list[Any]
    ) -> None:
        seller = SimulatedSeller(programme, START)
        for act in acts:
            before = list(seller.entries)
            do(seller, act)
            assert seller.entries[: len(before)] == before
            check_it_adds_up(seller)

    @many
    @given(programmes, sequences)
    def test_no_attempt_counts_twice_and_none_more_than_its_pass_is_worth(
        self, programme: Programme, acts: list[Any]
    ) -> None:
        seller = after(programme, acts)
        taken = {entry.attempt: -entry.delta for entry in seller.entries if entry.kind == EntryKind.QUIZ}
        assert len(taken) == sum(entry.kind == EntryKind.QUIZ for entry in seller.entries)
        credited = {
            each.reference: each.credit.points for each in seller.attempts if each.credit and each.credit.points
        }
        assert taken == credited
        for attempt in seller.attempts:
            assert (attempt.credit is not None) == (attempt.state == "passed")
            if attempt.credit:
                assert attempt.credit.points <= attempt.violation.points_per_pass
                assert (attempt.credit.points == 0) == (attempt.credit.why_not is not None)

    @many
    @given(programmes, sequences)
    def test_replaying_the_ledger_gives_the_same_standing_and_the_same_enforcements(
        self, programme: Programme, acts: list[Any]
    ) -> None:
        seller = after(programme, acts)
        history = seller.history()
        assert history.standing == milestones.settle(seller.standing, at=seller.now)
        assert list(history.reached) == seller.reached

    @many
    @given(st.lists(programmes, min_size=2, max_size=2), sequences, sequences)
    def test_also_where_a_new_version_of_the_programme_came_between(
        self, versions: list[Programme], early: list[Any], late: list[Any]
    ) -> None:
        first, second = versions
        seller = after(first, early)
        dates = [
            (each.window, each.expires_at, each.appeal_closes_at, each.points_per_pass) for each in seller.violations
        ]
        seller.wait(1)
        seller.change_programme(second)
        for act in late:
            do(seller, act)
        check_it_adds_up(seller)
        assert seller.history().standing == milestones.settle(seller.standing, at=seller.now)
        pinned = [
            (each.window, each.expires_at, each.appeal_closes_at, each.points_per_pass) for each in seller.violations
        ]
        assert pinned[: len(dates)] == dates

    @many
    @given(programmes, sequences, st.integers(0, 9))
    def test_a_replay_after_a_revocation_lifts_and_never_starts_lengthens_or_shifts(
        self, programme: Programme, acts: list[Any], place: int
    ) -> None:
        seller = after(programme, acts)
        seller.wait(1)
        open_ones = [each for each in seller.violations if each.state != ViolationState.REVOKED]
        if not open_ones:
            return
        before = milestones.settle(seller.standing, at=seller.now).enforcements
        revoked = open_ones[place % len(open_ones)]
        left = revoked.remaining
        balance = seller.standing.balance
        gone = seller.revoke(revoked)
        assert seller.standing.balance == balance - left
        assert len(seller.standing.enforcements) == len(before)
        for was, now in zip(before, seller.standing.enforcements, strict=True):
            if was in gone:
                assert was.state == EnforcementState.ACTIVE
                assert now == replace(was, state=EnforcementState.LIFTED, ends_at=seller.now)
            else:
                assert now == was

    @many
    @given(programmes, sequences)
    def test_nothing_is_taken_from_what_has_ended_and_no_pass_after_the_window(
        self, programme: Programme, acts: list[Any]
    ) -> None:
        seller = after(programme, acts)
        by_reference = {violation.reference: violation for violation in seller.violations}
        for entry in seller.entries:
            violation = by_reference[entry.violation]
            if entry.kind == EntryKind.QUIZ:
                assert entry.at in violation.window
                assert violation.expires_at is None or entry.recorded_at < violation.expires_at
            if entry.kind == EntryKind.EXPIRY:
                assert entry.at == violation.expires_at <= entry.recorded_at

    @many
    @given(
        st.sampled_from([Cap(1), Cap(2), Cap(2, CapScope.ACCOUNT), Cap(1, CapScope.VIOLATION)]),
        sequences_of(["issue", "wait", "sit", "sit", "start", "submit", "adjust", "run jobs"]),
    )
    def test_no_month_holds_more_than_the_caps_allow(self, cap: Cap, acts: list[Any]) -> None:
        seller = after(tight(attempt_cap=cap, credit_cap=cap), acts)

        def key(attempt: SimulatedAttempt, at: datetime) -> tuple[object, ...]:
            shown = local_time(at, JAKARTA)
            scope = {
                CapScope.ACCOUNT: "",
                CapScope.QUIZ: attempt.violation.quiz,
                CapScope.VIOLATION: attempt.violation.reference,
            }
            return scope[cap.scope], shown.year, shown.month

        tries = Counter(key(each, each.started_at) for each in seller.attempts)
        credits = Counter(
            key(each, each.submitted_at) for each in seller.attempts if each.credit and each.credit.points
        )
        assert max(tries.values(), default=0) <= cap.limit
        assert max(credits.values(), default=0) <= cap.limit


class TestWorkedSequences:
    """Sentences of the specification, told as what happens to one seller."""

    @pytest.fixture
    def seller(self) -> SimulatedSeller:
        return SimulatedSeller(Programme(JAKARTA), START)

    def passed(self, seller: SimulatedSeller, violation: SimulatedViolation) -> Credit:
        attempt = seller.start(violation)
        seller.wait(5)
        credit = seller.submit(attempt, passes=True)
        assert credit is not None
        return credit

    def test_issued_4_one_taken_by_a_quiz_revoked(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(4)
        self.passed(seller, violation)
        seller.wait(1)
        seller.revoke(violation)
        assert [(entry.kind, entry.delta) for entry in seller.entries] == [
            (EntryKind.ISSUE, 4),
            (EntryKind.QUIZ, -1),
            (EntryKind.REVOKE, -3),
        ]

    def test_the_fourth_start_in_a_month_is_refused(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(8)
        for _time in range(3):
            seller.submit(seller.start(violation), passes=False)
            seller.wait(HOUR)
        with pytest.raises(attempts.TriesUsed) as refused:
            seller.start(violation)
        assert refused.value.next_at == local("2026-04-01 00:00")

    def test_in_the_last_month_there_is_no_further_chance(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(8)
        seller.wait(20 * DAY)
        for _time in range(3):
            seller.submit(seller.start(violation), passes=False)
        with pytest.raises(attempts.TriesUsed, match="no further chance"):
            seller.start(violation)

    def test_a_lapsed_attempt_counts_and_a_superseded_one_does_not(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(8)
        for _time in range(2):
            seller.start(violation)
            seller.wait(31)
        seller.start(violation)
        seller.supersede()
        seller.wait(1)
        seller.start(violation)
        assert [attempt.state for attempt in seller.attempts] == ["lapsed", "lapsed", "superseded", "open"]
        seller.wait(31)
        with pytest.raises(attempts.TriesUsed):
            seller.start(violation)

    def test_starting_again_returns_to_the_open_attempt_and_names_its_violation(self, seller: SimulatedSeller) -> None:
        first, second = seller.issue(4), seller.issue(4)
        attempt = seller.start(first)
        assert seller.start(second) is attempt
        assert attempt.violation is first

    def test_submitting_twice_gives_the_first_result_and_one_point(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(4)
        attempt = seller.start(violation)
        first = seller.submit(attempt, passes=True)
        assert seller.submit(attempt, passes=True) is first
        assert violation.remaining == 3

    def test_a_submission_at_the_deadline_is_late(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(4)
        attempt = seller.start(violation)
        seller.now = attempt.deadline_at
        assert seller.submit(attempt, passes=True) is None
        assert (attempt.state, violation.remaining) == ("lapsed", 4)

    def test_the_same_violation_may_be_taken_until_it_is_cleared(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(2)
        for _time in range(2):
            self.passed(seller, violation)
        assert violation.state == ViolationState.CLEARED
        with pytest.raises(attempts.QuizShut, match="Nothing is left"):
            seller.start(violation)

    def test_a_pass_without_a_point_is_kept_with_its_reason(self, seller: SimulatedSeller) -> None:
        seller.change_programme(replace(Programme(JAKARTA), attempt_cap=None))
        violation = seller.issue(8)
        for _time in range(3):
            assert self.passed(seller, violation).points == 1
        credit = self.passed(seller, violation)
        assert credit == Credit(0, NoPoint.CREDITS_USED, local("2026-04-01 00:00"))
        assert seller.attempts[-1].state == "passed"
        assert violation.remaining == 5

    def test_revoked_while_an_attempt_is_open_it_is_superseded(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(4)
        attempt = seller.start(violation)
        seller.wait(1)
        seller.revoke(violation)
        assert attempt.state == "superseded"
        assert seller.submit(attempt, passes=True) is None

    def test_revoking_gives_attempts_and_credits_back(self, seller: SimulatedSeller) -> None:
        wrong, other = seller.issue(4), seller.issue(4)
        for _time in range(3):
            self.passed(seller, wrong)
        with pytest.raises(attempts.TriesUsed):
            seller.start(other)
        seller.revoke(wrong)
        assert self.passed(seller, other).points == 1

    def test_a_point_gained_late_is_dated_to_the_submission(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(4)
        attempt = seller.start(violation)
        seller.submit(attempt, passes=False)
        submitted_at = seller.now
        seller.wait(60 * DAY)
        seller.void_question([attempt])
        entry = seller.entries[-1]
        assert (entry.kind, entry.delta, entry.at, entry.recorded_at) == (EntryKind.QUIZ, -1, submitted_at, seller.now)

    def test_and_isnt_given_where_nothing_remains_now(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(4)
        attempt = seller.start(violation)
        seller.submit(attempt, passes=False)
        seller.wait(95 * DAY)
        seller.void_question([attempt])
        assert attempt.credit == Credit(0, NoPoint.EXPIRED)

    def test_a_cleared_violation_may_be_appealed_and_revoked_by_an_entry_of_0(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(1)
        self.passed(seller, violation)
        seller.appeal(violation)
        seller.wait(DAY)
        seller.decide(violation, AppealState.UPHELD)
        assert (seller.entries[-1].kind, seller.entries[-1].delta) == (EntryKind.REVOKE, 0)
        assert violation.state == ViolationState.REVOKED

    def test_points_expire_at_the_midnight_after_ninety_days(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(4)
        self.passed(seller, violation)
        seller.now = local("2026-06-18 23:59")
        seller.run_jobs()
        assert violation.state == ViolationState.ACTIVE
        seller.now = local("2026-06-19 00:00")
        seller.run_jobs()
        assert (violation.state, seller.entries[-1].delta) == (ViolationState.EXPIRED, -3)
        assert seller.standing.balance == 0

    def test_a_violation_past_its_expiry_fires_nothing(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(24, days_ago=120)
        assert violation.state == ViolationState.EXPIRED
        assert (seller.reached, seller.standing.enforcements, len(seller.entries)) == ([], (), 2)

    def test_dates_run_from_the_issue_however_late_it_reaches_us(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(4, days_ago=40)
        assert violation.window.opens_at == START - timedelta(days=40)
        assert violation.window.closes_at == local("2026-04-01 00:00")
        with pytest.raises(attempts.QuizShut):
            seller.start(seller.issue(4, days_ago=85))

    def test_a_later_version_never_moves_the_dates_of_a_violation(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(4)
        pinned = (violation.window, violation.expires_at, violation.points_per_pass)
        seller.change_programme(replace(Programme(JAKARTA), expiry_days=1, points_per_pass=3))
        seller.wait(2 * DAY)
        assert self.passed(seller, violation).points == 1
        assert (violation.window, violation.expires_at, violation.points_per_pass) == pinned

    def test_but_its_caps_hold_at_once(self, seller: SimulatedSeller) -> None:
        violation = seller.issue(4)
        self.passed(seller, violation)
        seller.change_programme(replace(Programme(JAKARTA), attempt_cap=Cap(1)))
        with pytest.raises(attempts.TriesUsed):
            seller.start(violation)

    def test_alice_of_the_demo(self, seller: SimulatedSeller) -> None:
        """9 points from three violations, one quiz passed."""
        seller.issue(2, "V01")
        seller.issue(4, "V02")
        third = seller.issue(4, "V08")
        self.passed(seller, third)
        assert seller.standing.balance == 9
        assert [reached.fired.points for _at, reached in seller.reached if reached.fired] == [6]
