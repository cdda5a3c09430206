"""The refusal: a reason in English with its facts, and what a door makes of it."""

import pytest

from apps.core.refusals import explain
from apps.core.rules import Refusal, gettext_noop


class SeatsGone(Refusal):
    """As any app's own."""


class Unreadable(Refusal):
    status = 422


def test_a_refusal_reads_as_its_reason_with_the_facts() -> None:
    refusal = SeatsGone(
        gettext_noop("Only %(left)s of %(seats)s seats are left."), left=2, seats=40, way_on="/workshops/"
    )
    assert str(refusal) == "Only 2 of 40 seats are left."
    assert refusal.reason == "Only %(left)s of %(seats)s seats are left."
    assert refusal.facts == {"left": 2, "seats": 40}
    assert refusal.way_on == "/workshops/"


def test_the_state_forbids_unless_the_class_says_otherwise() -> None:
    assert SeatsGone("No.").status == 409
    assert Unreadable("No.").status == 422
    assert SeatsGone("No.").way_on == ""


def test_a_reason_without_facts_may_hold_no_loose_percent_sign() -> None:
    assert str(Refusal("100%% is the most.")) == "100% is the most."
    with pytest.raises(ValueError, match="incomplete format"):
        Refusal("100%")


def test_explaining_translates_first_and_fills_in_after(monkeypatch: pytest.MonkeyPatch) -> None:
    indonesian = {"%(name)s is taken.": "%(name)s sudah dipakai."}
    monkeypatch.setattr("apps.core.refusals.gettext", lambda text: indonesian[text])
    assert explain(Refusal("%(name)s is taken.", name="ALICE-01")) == "ALICE-01 sudah dipakai."


def test_marking_a_text_changes_nothing() -> None:
    assert gettext_noop("Come back soon.") == "Come back soon."
