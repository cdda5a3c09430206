"""The refusal: a reason in English with its facts, and what a door makes of it."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone, translation

from apps.core.refusals import explain
from apps.core.rules import Refusal, check_reason, gettext_noop


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


@pytest.mark.parametrize(
    ("zone", "language", "told"),
    [
        ("Asia/Jakarta", "en", "Open from March 2, 2026, 4:10 p.m. WIB."),
        ("America/Los_Angeles", "en", "Open from March 2, 2026, 1:10 a.m. PST."),
        ("Asia/Jakarta", "id", "Open from 2 Maret 2026, 16.10 WIB."),
    ],
)
def test_an_instant_is_told_in_the_readers_zone_which_is_named(zone: str, language: str, told: str) -> None:
    with translation.override(language), timezone.override(zone):
        assert explain(Refusal("Open from %(time)s.", time=datetime(2026, 3, 2, 9, 10, tzinfo=UTC))) == told


def test_a_reason_is_trimmed_and_has_so_many_characters() -> None:
    def check(reason: str) -> str:
        return check_reason(reason, shortest=3, longest=5, missing=gettext_noop("Say why."), refused=Unreadable)

    assert [check(reason) for reason in (" why \n", "whyso")] == ["why", "whyso"]
    with pytest.raises(Unreadable, match="Say why"):
        check("  no ")
    with pytest.raises(Unreadable, match="Keep the reason to 5 characters"):
        check("why so")


def test_marking_a_text_changes_nothing() -> None:
    assert gettext_noop("Come back soon.") == "Come back soon."
