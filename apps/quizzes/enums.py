"""Names of the choices of this app."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Subject(TextChoices):
    """What a bank, and above it a course, is about."""

    TOOLS = "tools", _("Seller tools")
    POLICIES = "policies", _("Policies")
    UPDATES = "updates", _("Shop updates")


class QuestionKind(TextChoices):
    """How many answers a question has."""

    SINGLE = "single", _("One right answer")
    MULTIPLE = "multiple", _("All that are right")


class VersionState(TextChoices):
    """Whether a version of a question is drawn."""

    READY = "ready", _("Ready")
    RETIRED = "retired", _("Retired")


class AttemptState(TextChoices):
    """How far one sitting is, or how it ended."""

    OPEN = "open", _("Open")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Not passed")
    LAPSED = "lapsed", _("Lapsed")
    SUPERSEDED = "superseded", _("Closed without counting")
