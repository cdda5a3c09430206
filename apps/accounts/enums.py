"""Names of the choices of this app, and of what it keeps in a session."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Route(TextChoices):
    """How a seller sells."""

    AFFILIATE = "affiliate", _("Affiliate")
    SELF_SELLING = "self_selling", _("Self-selling")
    BOTH = "both", _("Both routes")


class Region(TextChoices):
    """Where the seller's shop trades: the marketplace says so."""

    INDONESIA = "ID", _("Indonesia")
    UNITED_STATES = "US", _("United States")


class SellerState(TextChoices):
    """What the marketplace says about a seller."""

    ACTIVE = "active", _("Active")
    SUSPENDED = "suspended", _("Suspended")
    CLOSED = "closed", _("Closed")


class Role(TextChoices):
    """The groups of staff; each sees its own menus of the admin."""

    EDITOR = "Content editors", _("Content editors")
    APPROVER = "Content approvers", _("Content approvers")
    POLICY = "Policy team", _("Policy team")
    EVENT_MANAGER = "Event managers", _("Event managers")
    EVENT_STAFF = "Event staff", _("Event staff")
    OPERATOR = "Operators", _("Operators")


class Kept(StrEnum):
    """What a session holds of signing in."""

    LAST_SEEN = "accounts.last_seen"
    """When it was last noted as used: seconds since 1970."""
    SECOND_FACTOR = "accounts.second_factor"
    """Who used a second factor in it: their key."""
    WAY_ON = "accounts.way_on"
    """Where staff were going when they were sent to set one up."""


class Scope(TextChoices):
    """What a machine's token opens."""

    VIOLATIONS_WRITE = "violations:write", _("Send violations in and revoke them")
    STANDING_READ = "standing:read", _("Read how a seller stands")
    TASKS_WRITE = "tasks:write", _("Confirm onboarding tasks")
    SELLERS_WRITE = "sellers:write", _("Name sellers, suspend and close them")


class TokenState(TextChoices):
    """Whether a token counts; worked out when it is asked, kept nowhere."""

    VALID = "valid", _("Valid")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")
    OFF = "off", _("Account off")


class Link(TextChoices):
    """How far a seller that the marketplace named is from the person of the address that it named.

    Said to machines only, so the words stay English.
    """

    LINKED = "linked", "The person with this address stands for the seller."
    OTHER = "other", "A person with another address stands for the seller; this stays so."
    INVITED = "invited", "A letter invites the address; who proves it stands for the seller."
    WAITING = "waiting", "No letter went out: the seller is closed, or the person stands for another one."
    UNNAMED = "unnamed", "No address was ever named, and nobody stands for the seller."
