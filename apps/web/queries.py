"""What the dashboard, the health endpoints and the demo's mail view show."""

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.queries import seller_of
from apps.catalog.queries.lists import newest_updates, suggested_courses
from apps.learning.queries import Shelf, items_for, resume_point, shelf_of

LETTERS_SHOWN = 50


@dataclass(frozen=True)
class NextStep:
    """The one thing to do next."""

    kind: str
    title: str
    context: str
    url: str


def dashboard_of(person: User) -> dict[str, Any]:
    """Next step, how far, what is new: everything that the dashboard shows, in a fixed number of statements."""
    shelf = shelf_of(person)
    begun = [item.card.key for item in (*shelf.in_progress, *shelf.finished)]
    suggestions = suggested_courses(person.chosen_route, without=begun)
    return {
        "next_step": next_step(person, shelf, suggestions),
        "in_progress": shelf.in_progress,
        "finished": shelf.finished,
        "off_shelf": shelf.off_shelf,
        "suggestions": items_for(suggestions, None),
        "updates": newest_updates(person.chosen_route),
        "seller": seller_of(person),
        "route": person.chosen_route,
        "route_label": person.get_chosen_route_display(),
    }


def next_step(person: User, shelf: Shelf, suggestions: list[Any]) -> NextStep:
    """First how one sells, then the lesson at hand, then a course that suits, then the whole catalogue."""
    if not person.chosen_route:
        return NextStep(
            "route",
            _("Choose how you will sell"),
            _("Then we show the courses that suit you first."),
            reverse("web:welcome"),
        )
    point = resume_point(person, shelf.next_lesson) if shelf.next_lesson else None
    if point is not None:
        return NextStep("lesson", point.title, point.course_title, point.url)
    if suggestions:
        return NextStep("course", suggestions[0].title, suggestions[0].summary, suggestions[0].url)
    return NextStep(
        "catalogue",
        _("You have begun every course for your route"),
        _("Look through the whole catalogue for more."),
        f"/{person.language}/courses/",
    )


def readiness() -> dict[str, str]:
    """What keeps this process from serving, by part; "ok" where nothing does."""
    return {"database": database_state(), "migrations": migration_state(), "cache": cache_state()}


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
