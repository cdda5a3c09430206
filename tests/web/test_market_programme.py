"""What the demo market's policy quizzes ask, and what its sellers did (`standing.yaml`)."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import yaml

from apps.compliance.enums import Channel
from apps.web.services.market_people import SELLERS
from tests.web.test_market import MARKET, banks, course_banks, headings

STANDING = yaml.safe_load((MARKET / "standing.yaml").read_text())
TYPES = {each["code"]: each for each in STANDING["types"]}
POLICY_BANKS = sorted(banks().keys() - course_banks())
QUESTIONS_A_QUIZ = 3
QUIZ_OPEN_AT_LEAST = 28
"""Days: whoever gets a violation on the last of January may take its quiz until the last of February."""


def violations() -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """Every violation of the market with its seller and its type."""
    for seller in STANDING["sellers"]:
        for violation in seller["violations"]:
            yield seller, violation, TYPES[STANDING["incidents"][violation["incident"]]["type"]]


def of_seller(code: str) -> dict[str, Any]:
    """The seller with this code."""
    return next(each for each in STANDING["sellers"] if each.get("code") == code)


def passes(violation: dict[str, Any]) -> list[int]:
    """The days ago of this violation's passed quizzes."""
    tries = violation.get("quizzes", [])
    return [violation["days_ago"] - each["days_later"] for each in tries if each["right"] == QUESTIONS_A_QUIZ]


def is_revoked(violation: dict[str, Any]) -> bool:
    """Whether it is revoked by now, by the marketplace or on appeal."""
    return "revoked" in violation or any(each.get("decision") == "upheld" for each in violation.get("appeals", []))


def points_of(violation: dict[str, Any]) -> int:
    """What the violation cost when it was issued."""
    return int(TYPES[STANDING["incidents"][violation["incident"]]["type"]]["points"])


def balances(seller: dict[str, Any]) -> list[int]:
    """The seller's balance after each violation that stands and hasn't expired, oldest first."""
    counting = [each for each in seller["violations"] if each["days_ago"] < 90 and not is_revoked(each)]
    found = []
    for latest in counting:
        earlier = [each for each in counting if each["days_ago"] >= latest["days_ago"]]
        taken = sum(day > latest["days_ago"] for each in earlier for day in passes(each))
        found.append(sum(map(points_of, earlier)) - taken)
    return found


@pytest.mark.parametrize("code", POLICY_BANKS)
def test_a_policy_bank_asks_about_the_section_of_its_type(code: str) -> None:
    bank = banks()[code]
    (tag,) = bank["tags"]
    assert TYPES[tag]["bank"] == code
    assert {(each["cites"]["page"], each["cites"]["section"]) for each in bank["questions"]} == {
        (TYPES[tag]["cites"]["page"], TYPES[tag]["cites"]["section"])
    }


@pytest.mark.parametrize("code", POLICY_BANKS)
def test_nothing_but_knowledge_gives_a_right_answer_away(code: str) -> None:
    """Neither its place nor its length: the longest option is right about as often as any other."""
    single = [each["options"] for each in banks()[code]["questions"] if each["kind"] == "single"]
    places = Counter(next(place for place, each in enumerate(options) if each.get("right")) for options in single)
    assert max(places.values()) - min(places.values()) <= 1
    assert len(places) == 4
    lengths = [(max(len(each["text"]) for each in options), options) for options in single]
    longest = [[each for each in options if len(each["text"]) == length] for length, options in lengths]
    assert sum(len(each) == 1 and each[0].get("right", False) for each in longest) <= len(single) * 2 // 5


@pytest.mark.parametrize("code", POLICY_BANKS)
def test_a_question_with_several_right_answers_has_several(code: str) -> None:
    multiple = [each["options"] for each in banks()[code]["questions"] if each["kind"] == "multiple"]
    assert all(1 < sum(each.get("right", False) for each in options) < len(options) for options in multiple)


def test_every_type_names_what_there_is() -> None:
    assert list(TYPES) == [f"V{number:02d}" for number in range(1, 13)]
    for code, kind in TYPES.items():
        assert kind["cites"]["section"] in headings()[kind["cites"]["page"]]
        assert kind["lesson"] in headings()
        assert set(kind["channels"]) <= set(Channel.values)
        assert kind["bank"] in (POLICY_BANKS if code != "V12" else [None])
        assert kind["title"].keys() == kind["description"].keys() == {"en", "id"}


def test_the_severity_goes_by_the_points() -> None:
    for kind in TYPES.values():
        expected = "minor" if kind["points"] <= 2 else "serious" if kind["points"] <= 8 else "severe"
        assert kind["severity"] == expected


@pytest.mark.parametrize("key", STANDING["incidents"])
def test_an_incident_is_of_a_type_and_told_in_both_languages(key: str) -> None:
    incident = STANDING["incidents"][key]
    assert incident["channel"] in TYPES[incident["type"]]["channels"]
    assert incident["message"].keys() == incident["content"]["title"].keys() == {"en", "id"}
    assert incident["content"]["url"].startswith("https://live.lantern.example/{code}/")
    assert (incident["content"]["at_seconds"] is not None) == (incident["channel"] in ("live", "video"))


def test_every_incident_happened_and_every_type_occurs() -> None:
    assert {kind["code"] for _seller, _violation, kind in violations()} == TYPES.keys()
    assert {violation["incident"] for _seller, violation, _kind in violations()} <= STANDING["incidents"].keys()


def test_nothing_of_a_seller_lies_ahead_or_before_its_cause() -> None:
    for _seller, violation, _kind in violations():
        ages = [each["days_later"] for each in violation.get("quizzes", [])]
        appeals = violation.get("appeals", [])
        steps = [
            step
            for each in appeals
            for step in (each["days_later"], *([each["decided_days_later"]] if "decision" in each else []))
        ]
        ages_of_all = [*ages, *steps, violation.get("revoked", {}).get("days_later", 0)]
        assert 0 < violation["days_ago"] <= 120
        assert 0 <= violation["hour"] < 24
        assert all(0 <= age < violation["days_ago"] for age in ages_of_all)
        assert all(earlier < later for earlier, later in pairwise(ages))
        assert all(earlier < later for earlier, later in pairwise(steps))
        assert max(ages, default=0) < QUIZ_OPEN_AT_LEAST


def test_quizzes_are_taken_as_the_caps_allow() -> None:
    """At most three tries of one quiz in any 31 days, and never a pass more than there are points."""
    for seller in STANDING["sellers"]:
        tries: dict[str, list[int]] = {}
        for violation in seller["violations"]:
            kind = TYPES[STANDING["incidents"][violation["incident"]]["type"]]
            taken = violation.get("quizzes", [])
            assert kind["bank"] or not taken
            assert all(0 <= each["right"] <= QUESTIONS_A_QUIZ for each in taken)
            assert len(passes(violation)) <= kind["points"]
            days = [violation["days_ago"] - each["days_later"] for each in taken]
            tries.setdefault(kind["code"], []).extend(days)
        for days in tries.values():
            assert all(sum(day - 31 < other <= day for other in days) <= 3 for day in days)


def test_appeals_are_made_in_time_and_decided_with_a_reason() -> None:
    decisions = Counter()
    for _seller, violation, _kind in violations():
        appeals = violation.get("appeals", [])
        assert len(appeals) <= 2
        for appeal in appeals:
            decisions[appeal.get("decision")] += 1
            assert appeal["text"] in STANDING["appeals"]
            assert appeal["days_later"] < 30
            assert "decision" not in appeal or appeal["reason"] in STANDING["reasons"][appeal["decision"]]
        assert all(each.get("decision") == "rejected" for each in appeals[:-1])
        if "revoked" in violation:
            assert violation["revoked"]["reason"] in STANDING["reasons"]["revoked"]
    assert min(decisions[each] for each in ("upheld", "rejected", None)) >= 5


def test_reasons_and_appeals_stand_in_both_languages() -> None:
    texts = [*STANDING["appeals"].values()]
    for reasons in STANDING["reasons"].values():
        texts += reasons.values()
    assert all(each.keys() == {"en", "id"} and all(each.values()) for each in texts)
    assert len(STANDING["reasons"]["upheld"]) == len(STANDING["reasons"]["rejected"]) == 5


def test_alice_has_nine_points_from_three_violations_and_bayu_none() -> None:
    alice = of_seller("ALICE-01")
    assert len(alice["violations"]) == 3
    assert sum(len(passes(each)) for each in alice["violations"]) == 1
    assert balances(alice)[-1] == 9
    assert all(each["days_ago"] < QUIZ_OPEN_AT_LEAST for each in alice["violations"])
    assert of_seller("BAYU-01")["violations"] == []


def test_the_lists_of_the_policy_team_are_alive() -> None:
    """Some forty sellers, one of whom stands at the milestone of 12 and one at that of 24."""
    numbered = [each for each in STANDING["sellers"] if "number" in each]
    assert len({each["number"] for each in numbered}) == len(numbered) >= 40
    peaks = [max(balances(each), default=0) for each in numbered]
    assert sum(12 <= peak < 24 for peak in peaks) == 1
    assert sum(peak >= 24 for peak in peaks) == 1


def test_what_an_appeal_says_to_be_in_a_file_is_there() -> None:
    attached = {file.stem for file in (MARKET / "media" / "appeals").iterdir()}
    words = re.compile(r"\b(file|picture|screenshot)\b")
    speaking = {name for name, text in STANDING["appeals"].items() if words.search(text["en"])}
    assert attached == speaking


def test_strangers_are_nobody_of_the_market() -> None:
    sellers = {each["code"] for each in STANDING["sellers"] if "code" in each}
    for stranger in STANDING["strangers"]:
        assert stranger["code"] not in sellers
        assert int(stranger["code"].rpartition("-")[2]) > SELLERS
        assert all(each["incident"] in STANDING["incidents"] for each in stranger["violations"])
