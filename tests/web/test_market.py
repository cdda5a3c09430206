"""What the files of the demo market say of themselves."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.utils.html import strip_tags

from apps.web.services.market_questions import question_files

MARKET = settings.BASE_DIR / "fixtures" / "lantern_market"


@cache
def clips() -> dict[str, dict[str, Any]]:
    """Every clip that a lesson shows, by its file."""
    courses = [yaml.safe_load(file.read_text()) for file in (MARKET / "courses").rglob("*.yaml")]
    blocks = [block for course in courses for lesson in course["lessons"] for block in lesson["body"]]
    return {block["video"]["file"]: block["video"] for block in blocks if "video" in block}


def figures(text: str) -> set[str]:
    """The numbers, amounts and shares that a text names."""
    return set(re.findall(r"\$?\d+(?:\.\d+)?%?", text))


@pytest.mark.parametrize("file", clips())
def test_a_transcript_leaves_out_no_figure_that_the_captions_name(file: str) -> None:
    captions = (MARKET / "media" / file).with_suffix(".en.vtt").read_text().splitlines()
    said = " ".join(line for line in captions if "-->" not in line and not line.isdecimal())
    assert figures(said) - figures(strip_tags(clips()[file]["transcript"])) == set()


@pytest.mark.parametrize("file", sorted(MARKET.glob("**/id/*.yaml")), ids=lambda file: file.stem)
def test_a_section_has_one_name_in_indonesian(file: Path) -> None:
    assert "pasal" not in file.read_text().lower()


@cache
def headings() -> dict[str, set[str]]:
    """The bold lines of every lesson, and the numbers of every policy's sections, by the page's reference."""
    found = {}
    for file in (MARKET / "policies").glob("*.yaml"):
        sections = yaml.safe_load(file.read_text())["sections"]
        found[f"policies/{file.stem}"] = {each["number"] for each in sections}
    for file in (MARKET / "courses").rglob("*.yaml"):
        for lesson in yaml.safe_load(file.read_text())["lessons"]:
            bold = found.setdefault(f"courses/{file.stem}/{lesson['slug']}", set())
            bold |= {block["heading"] for block in lesson["body"] if "heading" in block}
            bold |= {block["steps"]["title"] for block in lesson["body"] if "steps" in block}
    return found


@cache
def questions() -> dict[str, dict[str, Any]]:
    """Every question of the market, by file and name."""
    return {
        f"{file.stem}/{question['slug']}": question
        for file in question_files(MARKET)
        for question in yaml.safe_load(file.read_text())["questions"]
    }


def banks() -> dict[str, dict[str, Any]]:
    """Every question bank of the market, by its code."""
    return {file.stem: yaml.safe_load(file.read_text()) for file in question_files(MARKET)}


def course_banks() -> set[str]:
    """The codes of the banks that courses ask."""
    return {code for code, bank in banks().items() if "quiz" in bank}


@pytest.mark.parametrize("code", banks())
def test_a_bank_holds_enough_for_its_quiz_and_both_kinds(code: str) -> None:
    bank = banks()[code]
    slugs = [question["slug"] for question in bank["questions"]]
    needed = 2 * bank["quiz"]["questions"] if "quiz" in bank else 10
    assert len(slugs) == len(set(slugs)) >= max(9, needed)
    assert {question["kind"] for question in bank["questions"]} == {"single", "multiple"}


def test_six_courses_and_eleven_violation_types_have_a_bank() -> None:
    assert len(course_banks()) >= 6
    assert banks().keys() - course_banks() == {f"policy-v{number:02d}" for number in range(1, 12)}


@pytest.mark.parametrize("name", questions())
def test_a_question_cites_what_stands_there(name: str) -> None:
    cites = questions()[name]["cites"]
    assert cites["section"] in headings()[cites["page"]]


@pytest.mark.parametrize("file", sorted(MARKET.glob("questions/id/*.yaml")), ids=lambda file: file.stem)
def test_what_is_translated_of_a_quiz_is_all_of_it(file: Path) -> None:
    originals = {
        each["slug"]: each for each in yaml.safe_load((file.parent.parent / file.name).read_text())["questions"]
    }
    translated = {each["slug"]: each for each in yaml.safe_load(file.read_text())["questions"]}
    assert translated.keys() == originals.keys()
    for slug, question in translated.items():
        assert len(question["options"]) == len(originals[slug]["options"])
        assert question["section"] in headings()[originals[slug]["cites"]["page"]]
