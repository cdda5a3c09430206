"""Whether a quiz may be started, what a pass takes, and what is said before the start."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.compliance.enums import CapPeriod, CapScope, NoPoint, ViolationState
from apps.compliance.rules import attempts as rules
from apps.compliance.rules.attempts import Case, Credit, Record
from apps.compliance.rules.caps import Use
from apps.compliance.rules.dates import Window, expiry_of, quiz_window
from apps.compliance.rules.ledger import Holding
from apps.compliance.rules.programme import Cap, Programme
from apps.core.rules import Refusal
from tests.compliance import JAKARTA, local

ISSUED = local("2026-04-20 10:00")
NOW = local("2026-05-21 09:00")
WINDOW = quiz_window(ISSUED, JAKARTA)  # closes on 1 June at midnight
EXPIRES = expiry_of(ISSUED, 90, JAKARTA)

PROGRAMME = Programme(JAKARTA)
ENDED = {
    ViolationState.CLEARED: NoPoint.CLEARED,
    ViolationState.EXPIRED: NoPoint.EXPIRED,
    ViolationState.REVOKED: NoPoint.REVOKED,
}


def case(
    remaining: int = 4, state: ViolationState = ViolationState.ACTIVE, *, violation: str = "V-1", **facts: Any
) -> Case:
    """A violation of 20 April with a quiz that closes on 1 June."""
    holding = Holding(violation, state, remaining, facts.pop("expires_at", EXPIRES))
    return Case(
        holding, facts.pop("quiz", "V02"), facts.pop("window", WINDOW), facts.pop("points_per_pass", 1), **facts
    )


def uses(*times: str, quiz: str = "V02", violation: str = "V-1") -> list[Use]:
    """Tries or credits of a quiz at these local times."""
    return [Use(local(each), quiz, violation) for each in times]


THREE_IN_MAY = uses("2026-05-01 09:00", "2026-05-02 09:00", "2026-05-03 09:00")


class TestStart:
    @pytest.mark.parametrize("at", [ISSUED, NOW, WINDOW.closes_at - timedelta(microseconds=1)])
    def test_allowed_while_the_window_is_open_and_something_is_left(self, at: datetime) -> None:
        rules.check_start(case(), PROGRAMME, [], at=at)

    @pytest.mark.parametrize("at", [ISSUED - timedelta(seconds=1), WINDOW.closes_at])
    def test_refused_outside_of_the_window(self, at: datetime) -> None:
        with pytest.raises(rules.QuizShut, match="is closed") as refused:
            rules.check_start(case(), PROGRAMME, [], at=at)
        assert refused.value.status == 409

    def test_refused_where_the_type_has_no_quiz(self) -> None:
        with pytest.raises(rules.NoQuiz, match="no quiz for this type"):
            rules.check_start(case(quiz=""), PROGRAMME, [], at=NOW)

    @pytest.mark.parametrize("state", ENDED)
    def test_refused_where_nothing_is_left(self, state: ViolationState) -> None:
        with pytest.raises(rules.QuizShut, match="Nothing is left"):
            rules.check_start(case(0, state), PROGRAMME, [], at=NOW)

    def test_refused_once_the_points_have_expired_though_the_window_is_open(self) -> None:
        with pytest.raises(rules.QuizShut, match="Nothing is left"):
            rules.check_start(case(expires_at=NOW), PROGRAMME, [], at=NOW)

    def test_a_pending_appeal_stops_nobody_unless_so_set(self) -> None:
        appealed = case(has_pending_appeal=True)
        rules.check_start(appealed, PROGRAMME, [], at=NOW)
        with pytest.raises(rules.AppealFirst, match="once your appeal is decided"):
            rules.check_start(appealed, replace(PROGRAMME, quiz_during_appeal=False), [], at=NOW)

    def test_the_same_violation_may_be_taken_again_as_the_cap_allows(self) -> None:
        rules.check_start(case(), PROGRAMME, THREE_IN_MAY[:2], at=NOW)

    def test_the_fourth_start_in_a_month_is_refused_with_the_date_of_the_next(self) -> None:
        in_may = case(window=quiz_window(local("2026-05-01 00:00"), JAKARTA))
        with pytest.raises(rules.TriesUsed, match="possible from") as refused:
            rules.check_start(in_may, PROGRAMME, THREE_IN_MAY, at=NOW)
        assert refused.value.next_at == local("2026-06-01 00:00")
        assert refused.value.facts == {"next_at": local("2026-06-01 00:00")}

    def test_or_with_no_further_chance_before_the_quiz_closes(self) -> None:
        with pytest.raises(rules.TriesUsed, match="no further chance before this quiz closes") as refused:
            rules.check_start(case(), PROGRAMME, THREE_IN_MAY, at=NOW)
        assert refused.value.next_at is None

    def test_points_that_expire_before_the_next_chance_leave_none_either(self) -> None:
        in_may = case(window=quiz_window(local("2026-05-01 00:00"), JAKARTA), expires_at=local("2026-05-30 00:00"))
        with pytest.raises(rules.TriesUsed, match="no further chance"):
            rules.check_start(in_may, PROGRAMME, THREE_IN_MAY, at=NOW)

    def test_tries_of_another_quiz_do_not_count_against_this_one(self) -> None:
        others = [replace(each, quiz="V10") for each in THREE_IN_MAY]
        rules.check_start(case(), PROGRAMME, others, at=NOW)

    def test_tries_for_another_violation_of_the_type_do(self) -> None:
        others = [replace(each, violation="V-2") for each in THREE_IN_MAY]
        with pytest.raises(rules.TriesUsed):
            rules.check_start(case(), PROGRAMME, others, at=NOW)

    def test_revoking_a_violation_gives_its_tries_back(self) -> None:
        others = [replace(each, violation="V-2", is_revoked=True) for each in THREE_IN_MAY]
        rules.check_start(case(), PROGRAMME, others, at=NOW)

    def test_superseded_attempts_are_given_back_too(self) -> None:
        rules.check_start(case(), PROGRAMME, [replace(each, is_superseded=True) for each in THREE_IN_MAY], at=NOW)


class TestDeadline:
    def test_it_is_thirty_minutes_after_the_start(self) -> None:
        assert rules.deadline_of(NOW, WINDOW) == NOW + timedelta(minutes=30)

    def test_or_when_the_window_closes(self) -> None:
        assert rules.deadline_of(WINDOW.closes_at - timedelta(minutes=12), WINDOW) == WINDOW.closes_at


class TestCredit:
    def test_a_pass_takes_the_points_pinned_on_the_violation(self) -> None:
        assert rules.credit_of(case(), PROGRAMME, [], at=NOW) == Credit(1)
        assert rules.credit_of(case(points_per_pass=2), PROGRAMME, [], at=NOW) == Credit(2)

    def test_never_more_than_remains(self) -> None:
        assert rules.credit_of(case(1, points_per_pass=3), PROGRAMME, [], at=NOW) == Credit(1)

    @pytest.mark.parametrize(("state", "why_not"), ENDED.items())
    def test_nothing_where_nothing_is_left(self, state: ViolationState, why_not: NoPoint) -> None:
        assert rules.credit_of(case(0, state), PROGRAMME, [], at=NOW) == Credit(0, why_not)

    def test_nothing_once_the_points_have_expired_though_nobody_wrote_it(self) -> None:
        assert rules.credit_of(case(expires_at=NOW), PROGRAMME, [], at=NOW) == Credit(0, NoPoint.EXPIRED)

    def test_nothing_outside_of_the_window(self) -> None:
        assert rules.credit_of(case(), PROGRAMME, [], at=WINDOW.closes_at) == Credit(0, NoPoint.CLOSED)

    def test_nothing_where_the_programme_takes_nothing_for_a_quiz(self) -> None:
        assert rules.credit_of(case(points_per_pass=0), PROGRAMME, [], at=NOW) == Credit(0, NoPoint.WORTHLESS)

    def test_nothing_where_the_cap_is_reached_with_the_day_of_the_next(self) -> None:
        in_may = case(window=quiz_window(local("2026-05-01 00:00"), JAKARTA))
        credit = rules.credit_of(in_may, PROGRAMME, THREE_IN_MAY, at=NOW)
        assert credit == Credit(0, NoPoint.CREDITS_USED, local("2026-06-01 00:00"))

    def test_or_with_none_before_the_quiz_closes(self) -> None:
        assert rules.credit_of(case(), PROGRAMME, THREE_IN_MAY, at=NOW) == Credit(0, NoPoint.CREDITS_USED)

    def test_a_pending_appeal_does_not_take_a_pass_away(self) -> None:
        strict = replace(PROGRAMME, quiz_during_appeal=False)
        assert rules.credit_of(case(has_pending_appeal=True), strict, [], at=NOW) == Credit(1)

    def test_credits_of_a_revoked_violation_do_not_count(self) -> None:
        given_back = [replace(each, violation="V-2", is_revoked=True) for each in THREE_IN_MAY]
        assert rules.credit_of(case(), PROGRAMME, given_back, at=NOW) == Credit(1)

    def test_one_point_per_quiz_in_thirty_days_is_one(self) -> None:
        rolling = replace(PROGRAMME, credit_cap=Cap(1, CapScope.QUIZ, CapPeriod.ROLLING, days=30))
        credit = rules.credit_of(case(), rolling, uses("2026-04-25 12:00"), at=NOW)
        assert credit == Credit(0, NoPoint.CREDITS_USED, local("2026-05-25 12:00"))


class TestLateCredit:
    SUBMITTED = local("2026-05-10 09:00")
    LATER = local("2026-06-15 09:00")

    def judge(self, of: Case, credits: list[Use]) -> Credit:
        return rules.late_credit_of(of, PROGRAMME, credits, submitted_at=self.SUBMITTED, at=self.LATER)

    def test_the_window_is_judged_as_at_the_submission(self) -> None:
        assert rules.credit_of(case(), PROGRAMME, [], at=self.LATER) == Credit(0, NoPoint.CLOSED)
        assert self.judge(case(), []) == Credit(1)

    def test_so_is_the_cap(self) -> None:
        assert self.judge(case(), THREE_IN_MAY) == Credit(0, NoPoint.CREDITS_USED)
        since = uses("2026-05-11 09:00", "2026-05-12 09:00", "2026-05-13 09:00")
        assert self.judge(case(), since) == Credit(1)

    def test_never_more_is_taken_than_remains_now(self) -> None:
        assert self.judge(case(1, points_per_pass=3), []) == Credit(1)

    @pytest.mark.parametrize(("state", "why_not"), ENDED.items())
    def test_nothing_from_what_has_ended_since(self, state: ViolationState, why_not: NoPoint) -> None:
        assert self.judge(case(0, state), []) == Credit(0, why_not)

    def test_nothing_from_what_has_expired_since(self) -> None:
        assert self.judge(case(expires_at=self.LATER), []) == Credit(0, NoPoint.EXPIRED)


class TestOutlook:
    IN_MAY = Window(local("2026-05-01 00:00"), local("2026-07-01 00:00"))

    def test_all_clear(self) -> None:
        outlook = rules.outlook(case(), PROGRAMME, Record(THREE_IN_MAY[:1]), at=NOW)
        assert outlook == rules.Outlook(None, Credit(1), tries_left=2, point_at=NOW)

    def test_a_pass_would_take_nothing_now_but_may_be_tried_and_will_from_june(self) -> None:
        record = Record(THREE_IN_MAY[:2], THREE_IN_MAY)
        outlook = rules.outlook(case(window=self.IN_MAY), PROGRAMME, record, at=NOW)
        assert outlook.refusal is None
        assert outlook.credit == Credit(0, NoPoint.CREDITS_USED, local("2026-06-01 00:00"))
        assert outlook.point_at == local("2026-06-01 00:00")

    def test_no_try_is_left_until_june(self) -> None:
        outlook = rules.outlook(case(window=self.IN_MAY), PROGRAMME, Record(THREE_IN_MAY), at=NOW)
        assert isinstance(outlook.refusal, rules.TriesUsed)
        assert (outlook.tries_left, outlook.credit.points) == (0, 1)
        assert outlook.point_at == local("2026-06-01 00:00")

    def test_the_later_of_try_and_credit_is_what_counts(self) -> None:
        rolling = replace(PROGRAMME, credit_cap=Cap(1, CapScope.QUIZ, CapPeriod.ROLLING, days=30))
        record = Record(THREE_IN_MAY, uses("2026-05-03 09:30"))
        outlook = rules.outlook(case(window=self.IN_MAY), rolling, record, at=NOW)
        assert outlook.point_at == local("2026-06-02 09:30")

    def test_no_chance_before_the_quiz_closes(self) -> None:
        outlook = rules.outlook(case(), PROGRAMME, Record((), THREE_IN_MAY), at=NOW)
        assert outlook.refusal is None
        assert outlook.credit == Credit(0, NoPoint.CREDITS_USED)
        assert outlook.point_at is None

    def test_an_attempt_that_is_open_is_returned_to_whatever_the_cap(self) -> None:
        outlook = rules.outlook(case(), PROGRAMME, Record(THREE_IN_MAY), at=NOW, returns_to="V-2")
        assert (outlook.refusal, outlook.returns_to) == (None, "V-2")

    def test_a_pass_of_the_attempt_that_is_open_takes_its_point_now(self) -> None:
        own = rules.outlook(case(), PROGRAMME, Record(THREE_IN_MAY), at=NOW, returns_to="V-1")
        another = rules.outlook(case(), PROGRAMME, Record(THREE_IN_MAY), at=NOW, returns_to="V-2")
        assert (own.point_at, another.point_at) == (NOW, None)

    def test_a_severe_type_says_that_it_has_no_quiz(self) -> None:
        outlook = rules.outlook(case(quiz=""), PROGRAMME, Record(), at=NOW)
        assert isinstance(outlook.refusal, rules.NoQuiz)
        assert outlook.point_at is None

    def test_a_pending_appeal_that_stops_the_quiz_has_no_date(self) -> None:
        strict = replace(PROGRAMME, quiz_during_appeal=False)
        outlook = rules.outlook(case(has_pending_appeal=True), strict, Record(), at=NOW)
        assert isinstance(outlook.refusal, rules.AppealFirst)
        assert outlook.point_at is None

    def test_without_a_cap_there_is_no_number_of_tries(self) -> None:
        free = replace(PROGRAMME, attempt_cap=None)
        assert rules.outlook(case(), free, Record(THREE_IN_MAY), at=NOW).tries_left is None

    def test_cards_come_in_the_order_of_urgency(self) -> None:
        now = rules.outlook(case(), PROGRAMME, Record(), at=NOW)
        in_june = rules.outlook(case(window=self.IN_MAY), PROGRAMME, Record(THREE_IN_MAY), at=NOW)
        never = rules.outlook(case(quiz=""), PROGRAMME, Record(), at=NOW)
        soon, later = local("2026-06-01 00:00"), local("2026-07-01 00:00")
        cards = [("never", never, soon), ("in June", in_june, soon), ("later", now, later), ("soon", now, soon)]
        ordered = sorted(cards, key=lambda card: rules.urgency(card[1], card[2]))
        assert [name for name, _outlook, _closes_at in ordered] == ["soon", "later", "in June", "never"]


moments = st.datetimes(datetime(2026, 4, 21), datetime(2026, 6, 30)).map(lambda at: local(at.isoformat()))  # noqa: DTZ001
used = st.lists(st.builds(Use, moments, st.sampled_from(["V02", "V10"]), st.sampled_from(["V-1", "V-2"])), max_size=10)
caps = st.none() | st.builds(Cap, st.integers(1, 3), st.sampled_from(CapScope))


class TestTheCardKeepsItsWord:
    """What is said before the start is what happens."""

    @given(moments, used, used, caps, caps, st.integers(0, 3), st.integers(1, 4))
    def test_a_point_is_promised_exactly_where_a_start_is_allowed_and_a_pass_takes_one(
        self,
        at: datetime,
        tries: list[Use],
        credits: list[Use],
        attempt_cap: Cap | None,
        credit_cap: Cap | None,
        per_pass: int,
        remaining: int,
    ) -> None:
        programme = replace(PROGRAMME, attempt_cap=attempt_cap, credit_cap=credit_cap)
        one = case(remaining, points_per_pass=per_pass)
        tries, credits = ([use for use in each if use.at <= at] for each in (tries, credits))
        outlook = rules.outlook(one, programme, Record(tries, credits), at=at)

        def works(when: datetime) -> bool:
            try:
                rules.check_start(one, programme, tries, at=when)
            except Refusal:
                return False
            return rules.credit_of(one, programme, credits, at=when).points > 0

        assert (outlook.point_at == at) == works(at)
        if outlook.point_at is not None:
            assert works(outlook.point_at)
            assert outlook.point_at == at or not works(outlook.point_at - timedelta(microseconds=1))
        else:
            assert not any(
                works(when) for when in (at, local("2026-05-01 00:00"), local("2026-05-31 23:59")) if when >= at
            )

    @given(moments, used, st.integers(0, 5), st.integers(0, 5))
    def test_a_pass_never_takes_more_than_remains(
        self, at: datetime, credits: list[Use], per_pass: int, remaining: int
    ) -> None:
        credit = rules.credit_of(case(remaining, points_per_pass=per_pass), PROGRAMME, credits, at=at)
        assert 0 <= credit.points <= remaining
        assert (credit.points > 0) != (credit.why_not is not None) or remaining == 0
