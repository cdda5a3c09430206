"""The letters of the site as a whole, and example data of every app's letters."""

from datetime import UTC, datetime

from django.conf import settings
from django.urls import reverse

from apps.accounts.models import User
from apps.catalog.letters import samples as catalog_samples
from apps.compliance.letters import samples as standing_samples
from apps.learning.letters import samples as learning_samples
from apps.notifications.enums import Kind
from apps.notifications.letters import render_letter
from apps.notifications.letters import samples as account_samples
from apps.notifications.rules import Letter
from apps.web.enums import HelpTopic
from apps.web.models import HelpRequest


def question_letter(question: HelpRequest, language: str = settings.LANGUAGE_CODE) -> Letter:
    """A question from the help page, for who answers them."""
    return render_letter(
        "web/letters/question",
        kind=Kind.STAFF,
        person=None,
        context={"question": question, "asked_in": dict(settings.LANGUAGES).get(question.language, question.language)},
        link=reverse("questions:edit", args=[question.pk]),
        language=language,
    )


def welcome_letter(person: User) -> Letter:
    """What the demo market's staff write to new sellers."""
    link = f"/{person.language}/courses/"
    return render_letter("web/letters/welcome", kind=Kind.NEWS, person=person, context={}, link=link)


def samples(person: User) -> dict[str, Letter]:
    """Every letter of this app by its name, with example data."""
    question = HelpRequest(
        pk=1,
        email=person.email,
        topic=HelpTopic.COURSES,
        text="Di mana sertifikat saya?" if person.language == "id" else "Where is my certificate?\n\nI finished <all>.",
        language=person.language,
        asked_at=datetime(2026, 11, 22, 2, 30, tzinfo=UTC),
    )
    return {"question": question_letter(question, person.language), "welcome": welcome_letter(person)}


def all_samples(language: str) -> dict[str, Letter]:
    """Every letter of every app in this language, by its name."""
    zone, name = ("Asia/Jakarta", "Bayu Pratama") if language == "id" else ("America/Los_Angeles", "Alice Carter")
    reader = User(pk=0, email="reader@lantern.example", name=name, language=language, zone=zone)
    by_app = [account_samples, catalog_samples, learning_samples, standing_samples, samples]
    return {name: letter for each in by_app for name, letter in each(reader).items()}
