"""Reminds of weekly goals: on Fridays of the reader's own clock, once a week, chunk by chunk."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from apps.accounts.models import User
from apps.learning import rules
from apps.learning.letters import reminder_letter
from apps.learning.models import WeeklyGoal
from apps.learning.queries.own import goals_to_look_at, lessons_done_by, zones_with_goals
from apps.notifications.rules import Letter
from apps.notifications.services.letters import post_letters

CHUNK = 500


def remind_of_goals(*, at: datetime) -> dict[str, int]:
    """Write to everyone for whom it is time, who has a goal for the week and hasn't reached it.

    Each goal is looked at once a week: what is done after that needs no letter. All zones where it is time now have
    the same Friday, and so the same week.
    """
    counts = {"looked_at": 0, "reminded": 0}
    zones = rules.zones_to_remind(zones_with_goals(), at)
    while zones:
        monday = rules.monday_of(at, zones[0])
        goals = goals_to_look_at(zones, monday, settled_by=at - rules.SETTLES_IN, most=CHUNK)
        if not goals:
            break
        counts["looked_at"] += len(goals)
        counts["reminded"] += remind_chunk(goals=goals, monday=monday, at=at)
    return counts


def remind_chunk(*, goals: Sequence[WeeklyGoal], monday: date, at: datetime) -> int:
    """Write to those of the chunk who haven't reached their goal; answers how many letters were written.

    Letters are rendered before the transaction: on SQLite nobody could write meanwhile.
    """
    done = lessons_done_by({goal.person_id: goal.person.zone for goal in goals}, monday)
    weeks = [(goal.person, rules.Week(goal.lessons, done.get(goal.person_id, 0))) for goal in goals]
    letters: list[tuple[User, Letter]] = [
        (person, reminder_letter(person, week)) for person, week in weeks if not week.reached
    ]
    with transaction.atomic():
        written = post_letters(letters=letters, at=at, dedupe_key=f"goal:{monday.isoformat()}")
        WeeklyGoal.objects.filter(pk__in=[goal.pk for goal in goals]).update(reminded_for=monday)
    return written
