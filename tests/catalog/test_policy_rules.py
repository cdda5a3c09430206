"""When a policy's text is in force, and what differs between two texts: plain functions with worked cases."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog import rules
from apps.catalog.enums import ChangeKind, Difference
from apps.catalog.rules import Edition, InForce, Passage

JAKARTA = "Asia/Jakarta"
DAY = timedelta(days=1)


def at(month: int, day: int, hour: int = 12) -> datetime:
    """An instant of 2026."""
    return datetime(2026, month, day, hour, tzinfo=UTC)


def of(kind: Difference, found: list[rules.ChangedPassage]) -> list[str]:
    """The words of the passages of which this became."""
    return ["".join(run.text for run in each.runs) for each in found if each.kind == kind]


class TestChange:
    def test_a_material_one_says_what_changed(self) -> None:
        rules.check_change(ChangeKind.MATERIAL, "Proof is needed before the LIVE.")
        with pytest.raises(rules.ChangeUnsaid, match="Say what changed"):
            rules.check_change(ChangeKind.MATERIAL, "  ")

    def test_wording_needs_no_words(self) -> None:
        rules.check_change(ChangeKind.EDITORIAL, "")


class TestInForce:
    def test_from_the_beginning_of_its_day_where_the_marketplace_is(self) -> None:
        found = rules.in_force_from(date(2026, 12, 1), at(11, 2), is_first=False, zone=JAKARTA)
        assert found == datetime(2026, 11, 30, 17, tzinfo=UTC)

    def test_never_before_it_is_published(self) -> None:
        assert rules.in_force_from(date(2026, 3, 1), at(11, 2), is_first=False, zone=JAKARTA) == at(11, 2)

    def test_the_first_text_holds_from_its_day_though_it_came_here_later(self) -> None:
        found = rules.in_force_from(date(2026, 3, 1), at(11, 2), is_first=True, zone="UTC")
        assert found == datetime(2026, 3, 1, tzinfo=UTC)

    def test_at_once_without_a_day(self) -> None:
        assert rules.in_force_from(None, at(11, 2), is_first=False, zone=JAKARTA) == at(11, 2)

    def test_a_day_that_does_not_begin_at_midnight_begins_after_the_skip(self) -> None:
        # In Beirut the clock went from 0:00 to 1:00 on 27 March 2022.
        assert rules.day_begins(date(2022, 3, 27), "Asia/Beirut") == datetime(2022, 3, 26, 22, tzinfo=UTC)


class TestEditionAt:
    FIRST = Edition(1, at(1, 1), at(1, 1))
    SECOND = Edition(2, at(3, 1), at(4, 1))

    @pytest.mark.parametrize(
        ("instant", "number"), [(at(1, 1), 1), (at(3, 31), 1), (at(4, 1) - timedelta(seconds=1), 1), (at(4, 1), 2)]
    )
    def test_the_last_whose_day_has_come(self, instant: datetime, number: int) -> None:
        assert rules.edition_at([self.FIRST, self.SECOND], instant) == InForce(number)

    def test_the_first_answers_for_what_was_before_and_says_so(self) -> None:
        assert rules.edition_at([self.FIRST, self.SECOND], at(1, 1) - DAY) == InForce(1, is_first_known=True)

    def test_none_knows_nothing(self) -> None:
        assert rules.edition_at([], at(1, 1)) is None

    def test_one_put_off_before_its_day_never_came_into_force(self) -> None:
        put_off = Edition(3, at(3, 20), at(6, 1))
        line = [self.FIRST, self.SECOND, put_off]
        assert rules.edition_at(line, at(5, 1)) == InForce(1)
        assert rules.edition_at(line, at(6, 1)) == InForce(3)

    def test_one_corrected_before_its_day_comes_with_its_correction(self) -> None:
        corrected = Edition(3, at(3, 20), at(4, 1))
        assert rules.edition_at([self.FIRST, self.SECOND, corrected], at(4, 1)) == InForce(3)

    def test_one_taken_back_before_its_day_leaves_the_text_that_came_after_it(self) -> None:
        back = Edition(3, at(3, 20), at(3, 20))
        line = [self.FIRST, self.SECOND, back]
        assert [rules.edition_at(line, each) for each in (at(3, 19), at(3, 20), at(4, 2))] == [
            InForce(1),
            InForce(3),
            InForce(3),
        ]


class TestSeenAt:
    LINE = [Edition(1, at(1, 1), at(1, 1)), Edition(2, at(3, 1), at(4, 1)), Edition(3, at(5, 1), at(5, 1))]

    def test_what_was_published_also_before_its_day(self) -> None:
        assert rules.seen_at(self.LINE, at(3, 2), before=at(5, 1)) == 2

    def test_never_the_change_itself(self) -> None:
        assert rules.seen_at(self.LINE, at(6, 1), before=at(5, 1)) == 2

    def test_the_first_for_earlier_instants_and_none_where_nothing_is_older(self) -> None:
        assert rules.seen_at(self.LINE, at(1, 1) - DAY, before=at(5, 1)) == 1
        assert rules.seen_at(self.LINE, at(6, 1), before=at(1, 1)) is None


OLD = "<p>Say only what you can <b>prove</b>.</p><ul><li>Keep the proof</li><li>Show it when asked</li></ul>"


class TestDifferences:
    def test_nothing_differs_from_itself(self) -> None:
        found = rules.differences(rules.passages_of(OLD), rules.passages_of(OLD))
        assert {each.kind for each in found} == {Difference.SAME}
        assert [each.tag for each in found] == ["p", "li", "li"]

    def test_looks_are_no_words(self) -> None:
        plain = OLD.replace("<b>", "").replace("</b>", "")
        assert rules.passages_of(plain) == rules.passages_of(OLD)

    def test_a_paragraph_that_came(self) -> None:
        new = OLD + "<p>Send it to us within two days.</p>"
        found = rules.differences(rules.passages_of(OLD), rules.passages_of(new))
        assert of(Difference.ADDED, found) == ["Send it to us within two days."]
        assert of(Difference.REMOVED, found) == of(Difference.CHANGED, found) == []

    def test_an_item_that_went(self) -> None:
        new = OLD.replace("<li>Keep the proof</li>", "")
        found = rules.differences(rules.passages_of(OLD), rules.passages_of(new))
        assert of(Difference.REMOVED, found) == ["Keep the proof"]
        assert len(of(Difference.SAME, found)) == 2

    def test_words_within_a_paragraph(self) -> None:
        found = rules.differences(
            [Passage("p", "Send the parcel within 3 days.")], [Passage("p", "Send the parcel within 2 days.")]
        )
        (passage,) = found
        assert passage.kind == Difference.CHANGED
        assert [(run.kind.value, run.text) for run in passage.runs] == [
            ("same", "Send the parcel within "),
            ("removed", "3 "),
            ("added", "2 "),
            ("same", "days. "),
        ]

    def test_a_paragraph_of_other_words_is_no_change_of_the_old_one(self) -> None:
        found = rules.differences([Passage("p", "Show the whole price.")], [Passage("p", "Never cover your face.")])
        assert [each.kind for each in found] == [Difference.REMOVED, Difference.ADDED]

    def test_each_finds_its_own_counterpart(self) -> None:
        old = [Passage("p", "Send it in 3 days."), Passage("p", "Keep the label dry.")]
        new = [
            Passage("p", "Pack it well first, please."),
            Passage("p", "Send it in 2 days."),
            Passage("p", "Keep the label flat."),
        ]
        assert [each.kind for each in rules.differences(old, new)] == [
            Difference.ADDED,
            Difference.CHANGED,
            Difference.CHANGED,
        ]

    def test_a_title_becomes_a_title_only(self) -> None:
        old, new = rules.passages_of("<p>Same</p>", "Claims"), rules.passages_of("<p>Same</p>", "Proof of claims")
        assert [(each.kind, each.tag) for each in rules.differences(old, new)] == [
            (Difference.CHANGED, "title"),
            (Difference.SAME, "p"),
        ]

    def test_signs_are_no_tags(self) -> None:
        assert rules.passages_of("<p>less &lt; more &amp; so</p>") == [Passage("p", "less < more & so")]


WORDS = st.lists(st.sampled_from(["claims", "proof", "price", "3", "days", "never"]), min_size=1, max_size=8).map(
    " ".join
)
TEXTS = st.lists(WORDS.map(lambda text: Passage("p", text)), max_size=5)


@given(old=TEXTS, new=TEXTS)
def test_both_texts_can_be_read_from_their_difference(old: list[Passage], new: list[Passage]) -> None:
    found = rules.differences(old, new)

    def without(kind: Difference) -> list[str]:
        texts = (" ".join("".join(run.text for run in each.runs if run.kind != kind).split()) for each in found)
        return [text for text in texts if text]

    gone = [each for each in found if each.kind != Difference.ADDED]
    assert len(gone) >= len(old)
    assert without(Difference.ADDED) == [each.text for each in old]
    assert without(Difference.REMOVED) == [each.text for each in new]
