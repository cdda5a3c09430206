"""What the tests of compliance share: instants, programmes, how many sequences are tried."""

import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import settings

from apps.compliance.enums import Action
from apps.compliance.rules.programme import Milestone, Programme

JAKARTA, LOS_ANGELES = "Asia/Jakarta", "America/Los_Angeles"

# `make prove-standing` tries 10,000.
EXAMPLES = int(os.environ.get("STANDING_EXAMPLES", "40"))
many = settings(max_examples=EXAMPLES)

# Zones whose clocks do what is hard: skip midnight, repeat it, skip a whole day, move by half an hour.
ZONES = (
    JAKARTA,
    LOS_ANGELES,
    "Africa/Cairo",
    "America/Havana",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "UTC",
)


def local(text: str, zone: str = JAKARTA) -> datetime:
    """An instant by what a clock in the zone shows: `2026-01-31 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


# Rungs so close and times so short that a few acts meet all of them.
TIGHT_LADDER = (
    Milestone(3, (Action.NOTICE,)),
    Milestone(5, (Action.NO_CAMPAIGNS,), days=1),
    Milestone(8, (Action.NO_LIVE,), days=3),
    Milestone(12, (Action.SELLING_CLOSED, Action.STAFF_REVIEW)),
)


def tight(zone: str = JAKARTA, **settings: object) -> Programme:
    """A programme in which much happens within days."""
    return Programme(zone, **{"milestones": TIGHT_LADDER, "warn_within": 1, "expiry_days": 5} | settings)
