"""What the files of the demo market say of themselves."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client
from django.utils.html import strip_tags

from apps.catalog.models import Reading
from apps.catalog.queries.quizzes import quizzes_of
from apps.quizzes.models import QuestionVersion
from apps.web.services.market_pages import count_pages, load_pages
from apps.web.services.market_questions import load_questions, question_files

MARKET = settings.BASE_DIR / "fixtures" / "lantern_market"


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


def questions() -> dict[str, dict[str, Any]]:
    """Every question of the market, by file and name."""
    return {
        f"{file.stem}/{question['slug']}": question
        for file in question_files(MARKET)
        for question in yaml.safe_load(file.read_text())["questions"]
    }


def test_there_are_sixty_questions_in_six_quizzes() -> None:
    assert len(questions()) >= 60
    for file in question_files(MARKET):
        text = yaml.safe_load(file.read_text())
        slugs = [question["slug"] for question in text["questions"]]
        assert len(slugs) == len(set(slugs)) >= max(9, 2 * text["quiz"]["questions"])
        assert {question["kind"] for question in text["questions"]} == {"single", "multiple"}
    assert len(question_files(MARKET)) >= 6


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


@pytest.mark.django_db
def test_every_page_of_the_market_can_be_published(client: Client) -> None:
    """Publishing refuses unfinished blocks and questions, the market's as anybody's; a second run publishes nothing."""
    loaded = load_pages(MARKET, lambda _done: None)
    for _run in range(2):
        load_questions(loaded, lambda _done: None)
    assert {version.number for version in QuestionVersion.objects.all()} == {1}
    assert QuestionVersion.objects.ready().filter(language="en").count() == len(questions())
    keys = Reading.objects.filter(kind="course").values_list("key", flat=True)
    assert {quiz.bank for quiz in quizzes_of(keys).values()} == {file.stem for file in question_files(MARKET)}
    homes_and_sections = 2 + 6
    assert Reading.objects.count() == count_pages(MARKET) + homes_and_sections
    assert client.get("/id/courses/first-steps-in-seller-center/").status_code == 200
