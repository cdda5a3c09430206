"""What the dashboard, the health endpoints and the demo's mail view show."""

import email
import email.policy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.queries import seller_of
from apps.catalog.queries.lists import CourseCard, newest_updates, suggested_courses
from apps.catalog.queries.related import LessonLink, lesson_links
from apps.core.jobs import late_jobs
from apps.learning.queries.own import day_of, own_board, own_rows
from apps.learning.queries.progress import Shelf, items_for, shelf_of
from apps.learning.queries.quizzes import opens_at
from apps.notifications.queries.inbox import dead_address
from apps.web import rules
from apps.web.enums import Step
from config.celery import SCHEDULE

LETTERS_SHOWN = 50
Links = Mapping[UUID, LessonLink]


@dataclass(frozen=True)
class NextStep:
    """The one thing to do next.

    `language` is that of a page which is named, `new_lessons` are those that came into a finished course, `opens_at`
    is from when a quiz may be tried again, None for now.
    """

    kind: Step
    title: str
    context: str
    url: str
    language: str = ""
    new_lessons: int = 0
    opens_at: datetime | None = None


def dashboard_of(person: User, at: datetime) -> dict[str, Any]:
    """Next step, how far, one's own, what is new: all that the dashboard shows, in a fixed number of statements."""
    shelf, own = shelf_of(person), own_rows(person, at)
    at_hand = [shelf.at_hand.following] if shelf.at_hand and shelf.at_hand.following else []
    links = lesson_links([*own.lesson_keys, *at_hand], person.language)
    begun = [item.card.key for item in (*shelf.in_progress, *shelf.finished)]
    suggestions = suggested_courses(person.chosen_route, without=begun)
    return {
        "next_step": next_step(person, shelf, suggestions, links, at),
        "in_progress": shelf.in_progress,
        "finished": shelf.finished,
        "off_shelf": shelf.off_shelf,
        "suggestions": items_for(suggestions, None),
        "updates": newest_updates(person.chosen_route),
        "seller": seller_of(person),
        "route": person.chosen_route,
        "route_label": person.get_chosen_route_display(),
        "dead_address": dead_address(person),
        "own": own_board(own, links, day_of(person, at)),
        "unread_count": own.unread,
    }


def next_step(person: User, shelf: Shelf, suggestions: list[CourseCard], links: Links, at: datetime) -> NextStep:
    """What the rules put first of all that this person could do; `links` hold the lesson to go on with."""
    possible = {step.kind: step for step in possible_steps(person, shelf, suggestions, links, at)}
    return possible[rules.first_step(possible)]


def possible_steps(
    person: User, shelf: Shelf, suggestions: list[CourseCard], links: Links, at: datetime
) -> Iterator[NextStep]:
    """Everything that this person could do next, each kind once."""
    yield from lesson_steps(shelf, links)
    if shelf.to_continue and shelf.to_continue.quiz_is_next:
        yield quiz_step(person, shelf.to_continue.card, at)
    if shelf.to_finish:
        card = shelf.to_finish.card
        yield NextStep(
            Step.FINISH,
            card.title,
            _("All its lessons are done. Finish the course and get your certificate."),
            reverse("learning:finish", args=[card.language_code, card.key]),
            card.language_code,
        )
    if not person.chosen_route:
        yield NextStep(
            Step.ROUTE,
            _("Choose how you will sell"),
            _("Then we show the courses that suit you first."),
            reverse("web:welcome"),
        )
    for course in suggestions[:1]:
        yield NextStep(Step.COURSE, course.title, course.summary, course.url, course.language_code)
    yield NextStep(
        Step.CATALOGUE,
        _("You have begun every course for your route"),
        _("Look through the whole catalogue for more."),
        f"/{person.language}/courses/",
    )


def lesson_steps(shelf: Shelf, links: Links) -> Iterator[NextStep]:
    """The lesson to go on with, or else one that came into a finished course."""
    item = shelf.at_hand
    link = links.get(item.following) if item and item.following else None
    if item and item.progress and link:
        kind = Step.RENEWED if item.progress.completed else Step.CONTINUE
        yield NextStep(kind, link.title, link.course_title, link.url, link.language, item.progress.new_lessons)


def quiz_step(person: User, card: CourseCard, at: datetime) -> NextStep:
    """The quiz of a course whose lessons are done."""
    return NextStep(
        Step.QUIZ,
        card.title,
        _("All its lessons are done. Pass the quiz, and you get your certificate."),
        reverse("learning:quiz", args=[card.language_code, card.key]),
        card.language_code,
        opens_at=opens_at(person, card.key, at),
    )


def readiness(at: datetime) -> dict[str, str]:
    """What keeps the site from serving, by part; "ok" where nothing does."""
    parts = {"database": database_state(), "migrations": migration_state(), "cache": cache_state()}
    return parts | {"jobs": jobs_state(at) if parts["migrations"] == "ok" else "unknown"}


def jobs_state(at: datetime) -> str:
    """Whether the periodic jobs ran when they should have; names those that did not."""
    late = late_jobs(jobs=SCHEDULE, at=at)
    return f"late: {', '.join(late)}" if late else "ok"


def database_state() -> str:
    """Whether a statement comes back."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return "ok" if cursor.fetchone() == (1,) else "wrong answer"
    except Exception as error:
        return type(error).__name__


def migration_state() -> str:
    """Whether the tables are those that this code was written for."""
    try:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        return f"{waiting} waiting" if waiting else "ok"
    except Exception as error:
        return type(error).__name__


def cache_state() -> str:
    """Whether the cache keeps what it is given."""
    try:
        cache.set("readyz", "1", 5)
        return "ok" if cache.get("readyz") == "1" else "forgetful"
    except Exception as error:
        return type(error).__name__


@dataclass(frozen=True)
class Letter:
    """An e-mail that the demo wrote to a file instead of sending it."""

    subject: str
    to: str
    sent_at: datetime | None
    text: str
    links: list[str]


def demo_letters() -> list[Letter]:
    """The demo's mail, the newest first."""
    files = sorted(Path(settings.EMAIL_FILE_PATH).glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)
    return [letter for file in files[:LETTERS_SHOWN] for letter in letters_in(file)][:LETTERS_SHOWN]


def letters_in(file: Path) -> list[Letter]:
    """The letters of one file of Django's file backend, the newest first."""
    raw = file.read_bytes()
    parts = [part.strip() for part in re.split(rb"\n-{79}\n", raw) if part.strip()]
    return [letter_from(part) for part in reversed(parts)]


def letter_from(raw: bytes) -> Letter:
    """One letter as its reader would see it in plain text."""
    message = cast(EmailMessage, email.message_from_bytes(raw, policy=email.policy.default))
    body = message.get_body(("plain",))
    text = str(body.get_content()) if body else ""
    sent = message["date"].datetime if message["date"] else None
    return Letter(
        subject=str(message["subject"] or ""),
        to=str(message["to"] or ""),
        sent_at=sent,
        text=text.strip(),
        links=re.findall(r"https?://\S+", text),
    )
