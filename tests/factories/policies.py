"""Policies that change: published as an editor publishes them, so that versions exist and changes are told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from apps.catalog.enums import ChangeKind
from apps.catalog.models import PolicyPage, PolicyVersion
from apps.learning.services import changes
from tests.factories.catalog import stream


def section(number: str, title: str, text: str) -> tuple[str, dict[str, str]]:
    """A section as a policy's stream keeps it."""
    return "section", {"number": number, "title": title, "text": text}


def change_policy(
    policy: PolicyPage, sections: Sequence[tuple[str, Any]], *, material: str = "", **facts: Any
) -> PolicyVersion:
    """Publish the policy with these sections; `material` says what changed. Its newest version."""
    page = PolicyPage.objects.get(pk=policy.pk)
    page.sections = stream(*sections)
    for name, value in facts.items():
        setattr(page, name, value)
    if material:
        page.change_kind, page.what_changed = ChangeKind.MATERIAL, material
    page.save_revision().publish()
    versions = PolicyVersion.objects.filter(policy_key=page.translation_key, language=page.locale.language_code)
    return versions.order_by("number").last()


def tell_learners(at: datetime) -> dict[str, int]:
    """Tell of all changes those who aren't told yet, at this instant."""
    return changes.tell_learners(clock=lambda: at, until=at + timedelta(hours=1))
