"""Names of the choices of this app."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Scale(TextChoices):
    """How a balance is shown."""

    POINTS = "points", _("Points that rise from 0")
    RATING = "rating", _("A rating that falls from a start")


class CapScope(TextChoices):
    """What a cap counts together."""

    ACCOUNT = "account", _("All quizzes of a seller")
    QUIZ = "quiz", _("Each quiz")
    VIOLATION = "violation", _("Each violation")


class CapPeriod(TextChoices):
    """For how long something counts."""

    MONTH = "month", _("Calendar month")
    ROLLING = "rolling", _("Rolling days")
    LIFETIME = "lifetime", _("For ever")


class Action(TextChoices):
    """What a milestone brings about. Those of `rules.programme.RESTRICTING` are an enforcement."""

    NOTICE = "notice", _("Notice")
    LESSONS = "lessons", _("Lessons assigned")
    NO_CAMPAIGNS = "no_campaigns", _("No campaigns")
    NO_PROMOTION_PLANS = "no_promotion_plans", _("No new promotion plans")
    NO_LIVE = "no_live", _("No LIVE")
    ANCHORS_OFF = "anchors_off", _("Product anchors off")
    SELLING_CLOSED = "selling_closed", _("Selling closed")
    STAFF_REVIEW = "staff_review", _("Staff review")


class Channel(TextChoices):
    """Where a violation happened."""

    LIVE = "live", _("LIVE")
    VIDEO = "video", _("Video")
    LISTING = "listing", _("Listing")
    ORDER = "order", _("Order")
    OTHER = "other", _("Other")


class EntryKind(TextChoices):
    """Why points came or went."""

    ISSUE = "issue", _("Violation")
    QUIZ = "quiz", _("Quiz passed")
    EXPIRY = "expiry", _("Expired")
    REVOKE = "revoke", _("Revoked")
    ADJUST = "adjust", _("Adjusted")


class ViolationState(TextChoices):
    """What has become of a violation."""

    ACTIVE = "active", _("Active")
    CLEARED = "cleared", _("Cleared")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")


class EnforcementState(TextChoices):
    """What has become of an enforcement."""

    ACTIVE = "active", _("In force")
    ENDED = "ended", _("Ended")
    LIFTED = "lifted", _("Lifted")


class AppealState(TextChoices):
    """What has become of an appeal."""

    PENDING = "pending", _("Being looked at")
    UPHELD = "upheld", _("Upheld")
    REJECTED = "rejected", _("Rejected")


class StandingWord(TextChoices):
    """Where a seller stands, in a word."""

    HEALTHY = "healthy", _("Healthy")
    CAUTION = "caution", _("Caution")
    AT_RISK = "at_risk", _("At risk")
    RESTRICTED = "restricted", _("Restricted")


class NoPoint(TextChoices):
    """Why a passed quiz takes no point."""

    REVOKED = "revoked", _("The violation is revoked.")
    EXPIRED = "expired", _("The points of the violation have expired.")
    CLEARED = "cleared", _("Nothing is left of the violation.")
    CLOSED = "closed", _("The quiz is closed.")
    WORTHLESS = "worthless", _("In this programme, quizzes take no points off.")
    CREDITS_USED = "credits_used", _("You have had all the points that quizzes take off in this time.")


class RepeatLevel(TextChoices):
    """What repeating one type of violation has led to."""

    NONE = "none", _("Nothing")
    WARNED = "warned", _("The seller is warned")
    FLAGGED = "flagged", _("Staff look at it")


class Outcome(TextChoices):
    """What became of one violation that was sent in. The names are part of the contract with the marketplace."""

    CREATED = "created", _("New")
    KNOWN = "known", _("Known already")
    CONFLICT = "conflict", _("Conflict")
    PENDING = "pending", _("Waits for its seller")
    REFUSED = "refused", _("Refused")


class FileKind(TextChoices):
    """What may be added to an appeal."""

    JPEG = "image/jpeg", _("JPEG picture")
    PNG = "image/png", _("PNG picture")
    WEBP = "image/webp", _("WebP picture")
    PDF = "application/pdf", _("PDF")


class Severity(TextChoices):
    """How grave a type of violation is."""

    MINOR = "minor", _("Minor")
    SERIOUS = "serious", _("Serious")
    SEVERE = "severe", _("Severe")


class Source(TextChoices):
    """Whose id a violation came with: ids are unique per source."""

    MARKETPLACE = "marketplace", _("The marketplace")
    STAFF = "staff", _("Typed in by staff")


class ImportState(TextChoices):
    """How far a CSV file of violations is."""

    PREVIEWED = "previewed", _("Looked at, not taken yet")
    RUNNING = "running", _("Being taken")
    DONE = "done", _("Taken")
    DROPPED = "dropped", _("Not taken")
