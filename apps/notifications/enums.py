"""Names of the choices of this app."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """Kinds of letters, as a reader chooses among them."""

    ACCOUNT = "account", _("Sign-in and account")
    LEARNING = "learning", _("Courses and certificates")
    REMINDER = "reminder", _("Reminders of your weekly goal")
    STANDING = "standing", _("Violations, points and policy quizzes")
    NEWS = "news", _("News from the marketplace")
    STAFF = "staff", _("For staff")


class Channel(TextChoices):
    """How letters of a kind come."""

    BOTH = "both", _("By e-mail and on the site")
    SITE = "site", _("On the site only")


class Priority(IntegerChoices):
    """What goes first. A sign-in code waits for nothing."""

    URGENT = 0, _("At once")
    NORMAL = 5, _("Soon")
    BULK = 9, _("After all others")


class MessageState(TextChoices):
    """Where the e-mail of a letter is."""

    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Given up")
    STOPPED = "stopped", _("Stopped")
    NONE = "none", _("On the site only")


class SuppressionReason(TextChoices):
    """Why an address gets no e-mail."""

    BOUNCED = "bounced", _("The address takes no mail")
    COMPLAINED = "complained", _("The reader marked a letter as unwanted")


class SendingState(TextChoices):
    """Where a letter to many is."""

    WRITING = "writing", _("Being written")
    WRITTEN = "written", _("Written")
    STOPPED = "stopped", _("Stopped")


class DeliveryState(TextChoices):
    """Where an event for a receiver is."""

    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Given up")


class Event(TextChoices):
    """What other machines can be told of. The names are part of the contract with them and never change."""

    COURSE_COMPLETED = "course.completed", _("A seller finished a course")
    BALANCE_CHANGED = "standing.balance_changed", _("A seller's points changed")
    MILESTONE_REACHED = "standing.milestone_reached", _("A seller reached a milestone")
    ENFORCEMENT_BEGAN = "standing.enforcement_began", _("An enforcement began")
    ENFORCEMENT_ENDED = "standing.enforcement_ended", _("An enforcement ended")
    ENFORCEMENT_LIFTED = "standing.enforcement_lifted", _("An enforcement was lifted")
    TEST = "test", _("Test event")


class GivenUp(TextChoices):
    """Why an event was given up without another try."""

    OFF = "off", _("It waited for three days, and the receiver is off.")
    SILENT = "silent", _("It waited for three days, and the receiver gives no answer.")
