"""Loads the demo market's question banks, and the quizzes of its courses, from `fixtures/lantern_market/questions/`.

As with pages, a second run touches only what its file says differently since (`SeededPage`).
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from wagtail.models import Locale

from apps.catalog.models import CoursePage
from apps.catalog.services.tree import put_page
from apps.quizzes.models import Bank, Question, QuestionOption
from apps.web.models import SeededPage
from apps.web.services.market_pages import Market


@dataclass(frozen=True)
class Asked:
    """One question of the market in one language, as its files say it; `ref` names it over all languages."""

    ref: str
    language: str
    text: dict[str, Any]


def question_files(folder: Path) -> list[Path]:
    """The files of questions in the site's first language, one a bank."""
    return sorted(folder.glob("questions/*.yaml"))


@transaction.atomic
def load_questions(market: Market, tick: Callable[[str], None]) -> None:
    """Publish all questions, and let the courses ask theirs; `tick` is told each bank as it is done."""
    known = {(row.ref, row.language): row for row in SeededPage.objects.filter(ref__startswith="questions/")}
    for file in question_files(market.folder):
        text = market.read(file)
        bank, _made = Bank.objects.get_or_create(
            code=file.stem, defaults={"title": text["title"], "subject": text["subject"]}
        )
        for asked in questions_in(market, file, text):
            put_question(market, bank, asked, known)
        if "quiz" in text:
            put_quiz(market, bank, text["quiz"], known)
        tick(text["title"])


def questions_in(market: Market, file: Path, text: dict[str, Any]) -> Iterator[Asked]:
    """Every question of a file with the tags that the file gives to all, its translation after it."""
    translated = file.parent / "id" / file.name
    others = {each["slug"]: each for each in market.read(translated)["questions"]} if translated.exists() else {}
    tags = {"tags": text["tags"]} if "tags" in text else {}
    for each in text["questions"]:
        question = each | tags
        ref = f"questions/{file.stem}/{question['slug']}"
        yield Asked(ref, settings.LANGUAGE_CODE, question)
        if other := others.get(question["slug"]):
            yield Asked(ref, "id", translation_of(question, other))


def translation_of(question: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A translated question as if its file had said all of it: kind, right answers and page are the original's."""
    options = [original | {"text": text} for original, text in zip(question["options"], other["options"], strict=True)]
    return question | {
        "prompt": other["prompt"],
        "options": options,
        "explanation": other["explanation"],
        "cites": question["cites"] | {"section": other["section"]},
    }


def put_question(market: Market, bank: Bank, asked: Asked, known: dict[tuple[str, str], SeededPage]) -> None:
    """Publish the question as its file says it, unless it says what it said at the last run."""
    seeded, digest = known.get((asked.ref, asked.language)), digest_of(asked.text)
    if seeded is not None and seeded.digest == digest:
        return
    original = known.get((asked.ref, settings.LANGUAGE_CODE))
    key = original.key if original is not None else uuid4()
    locale = Locale.objects.get(language_code=asked.language)
    question = Question.objects.filter(translation_key=key, locale=locale).first()
    if question is None and seeded is not None:
        return  # an editor deleted it
    question = question or Question(translation_key=key, locale=locale, live=False)
    write_question(market, question, bank, asked)
    known[asked.ref, asked.language] = remember(asked.ref, asked.language, key, digest)


def write_question(market: Market, question: Question, bank: Bank, asked: Asked) -> None:
    """Give the question what its file says, and publish it."""
    text, cites = asked.text, asked.text["cites"]
    question.bank, question.kind = bank, text["kind"]
    question.prompt, question.explanation = text["prompt"], text["explanation"]
    question.cited_page = market.page(cites["page"], asked.language)
    question.cited_section = cites["section"]
    if "tags" in text:
        question.tags.set(text["tags"])
    question.options.set(
        QuestionOption(
            text=each["text"], is_right=each.get("right", False), sort_order=place, locale_id=question.locale_id
        )
        for place, each in enumerate(text["options"])
    )
    question.save()
    question.save_revision().publish()


def put_quiz(market: Market, bank: Bank, quiz: dict[str, Any], known: dict[tuple[str, str], SeededPage]) -> None:
    """Let the course of the bank's name ask it, unless it was told so before."""
    ref, digest = f"questions/{bank.code}", digest_of(quiz)
    page = market.page(f"courses/{bank.code}", settings.LANGUAGE_CODE)
    seeded = known.get((ref, settings.LANGUAGE_CODE))
    if page is None or (seeded is not None and seeded.digest == digest):
        return
    facts = {
        "quiz_bank": bank,
        "quiz_questions": quiz["questions"],
        "quiz_pass_mark": quiz["pass_mark"],
        "quiz_pause_minutes": quiz["pause_minutes"],
    }
    put_page(page=CoursePage.objects.get(pk=page.pk), facts=facts)
    remember(ref, settings.LANGUAGE_CODE, page.translation_key, digest)


def digest_of(text: dict[str, Any]) -> str:
    """Equal for what is said equally."""
    return hashlib.sha256(json.dumps(text, sort_keys=True).encode()).hexdigest()


def remember(ref: str, language: str, key: UUID, digest: str) -> SeededPage:
    """Keep what the file said at this run."""
    row, _made = SeededPage.objects.update_or_create(
        ref=ref, language=language, defaults={"key": key, "digest": digest}
    )
    return row
