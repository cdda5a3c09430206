"""Names of the choices of this app."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from apps.quizzes.enums import Subject as Subject  # courses and banks are about the same subjects


class Level(TextChoices):
    """What a course asks of its reader."""

    BEGINNER = "beginner", _("Beginner")
    INTERMEDIATE = "intermediate", _("Intermediate")
    ADVANCED = "advanced", _("Advanced")


class Audience(TextChoices):
    """For whom a body is rendered: readers of one route, or everyone (signed out, both, not chosen)."""

    ALL = "all", _("Everyone")
    AFFILIATE = "affiliate", _("Affiliate sellers")
    SELF_SELLING = "self_selling", _("Self-selling sellers")


class Kind(TextChoices):
    """What sort of page a reading is."""

    HOME = "home"
    CATALOGUE = "catalogue"
    COURSE = "course"
    LESSON = "lesson"
    POLICIES = "policies"
    POLICY = "policy"
    UPDATES = "updates"
    UPDATE = "update"
    PLAIN = "plain"


class Callout(TextChoices):
    """What a callout wants of the reader."""

    NOTE = "note", _("Note")
    TIP = "tip", _("Tip")
    WARNING = "warning", _("Careful")
    EXAMPLE = "example", _("Example")


class TranslationState(TextChoices):
    """How far a page is in another language, the most urgent first."""

    MISSING = "missing", _("Not translated")
    WAITING = "waiting", _("Passages to translate")
    APART = "apart", _("Edited by itself")
    DRAFT = "draft", _("Translated, not published")
    CURRENT = "current", _("Up to date")


class ChangeKind(TextChoices):
    """What publishing a policy anew means for those who know it."""

    EDITORIAL = "editorial", _("Wording only")
    MATERIAL = "material", _("Material change")


class Difference(StrEnum):
    """What became of a passage, or of words in it, between two texts."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    CHANGED = "changed"
