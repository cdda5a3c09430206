"""Letters to those who write pages."""

from django.urls import reverse

from apps.accounts.models import User
from apps.notifications.enums import Kind
from apps.notifications.letters import render_letter
from apps.notifications.rules import Letter


def not_published_letter(editor: User, title: str, page_id: str, why: str) -> Letter:
    """A scheduled page could not be published."""
    return render_letter(
        "catalog/letters/not_published",
        kind=Kind.STAFF,
        person=editor,
        context={"title": title, "why": why},
        link=reverse("wagtailadmin_pages:edit", args=[page_id]),
    )


def samples(person: User) -> dict[str, Letter]:
    """Every letter of this app by its name, with example data."""
    is_indonesian = person.language == "id"
    why = "Blok 3 (Gambar): jelaskan isi gambar ini." if is_indonesian else "Block 3 (Picture): say what it shows."
    return {"not_published": not_published_letter(person, "Set a commission", "1", why)}
