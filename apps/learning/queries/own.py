"""What a person keeps, says, plans and is asked to do; and which goals a reminder may be about."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateTimeField, Q, QuerySet

from apps.accounts.models import User
from apps.catalog.queries.readings import as_uuid
from apps.catalog.queries.related import LessonLink, lesson_links
from apps.learning import rules
from apps.learning.models import Assignment, Bookmark, ClarityAnswer, Completion, WeeklyGoal
from apps.learning.queries.progress import as_instant
from apps.notifications.queries.inbox import UNREAD_SHOWN

SAVED_ON_DASHBOARD = 3


def day_of(person: User, at: datetime) -> date:
    """Which day it is where the person is."""
    return at.astimezone(ZoneInfo(person.zone)).date()


@dataclass(frozen=True)
class SavedLesson:
    """A lesson on the list of those saved; `link` is None where nobody may open it any more."""

    key: UUID
    title: str
    saved_at: datetime
    link: LessonLink | None


@dataclass(frozen=True)
class AskedLesson:
    """A lesson that the person is asked to do; `link` is None where nobody may open it any more."""

    title: str
    reason: str
    due_on: date | None
    is_past: bool
    link: LessonLink | None


@dataclass(frozen=True)
class ChangedLine:
    """A policy that has changed since the person learned it, in the words and the language of its editors."""

    policy_key: UUID
    title: str
    what_changed: str
    language: str
    told_at: datetime


@dataclass(frozen=True)
class OwnRows:
    """What of a person's own stands on the dashboard, as rows: lessons asked for, the newest of those saved, the week.

    And policies that changed since, and how many letters wait unread.
    """

    asked: list[Assignment]
    saved: list[Bookmark]
    week: rules.Week
    unread: int
    changed: list[ChangedLine]

    @property
    def lesson_keys(self) -> list[UUID]:
        """The lessons that these rows are about."""
        return [*(row.lesson_key for row in self.asked), *(row.lesson_key for row in self.saved)]


@dataclass(frozen=True)
class OwnBoard:
    """What of a person's own stands on the dashboard, as they see it today."""

    asked: list[AskedLesson]
    saved: list[SavedLesson]
    week: rules.Week
    changed: list[ChangedLine]


# Written out, since five tables answer in one statement; the dashboard may ask twelve (performance.md).
OWN_ROWS = """
    SELECT 'asked', lesson_key, assigned_at, lesson_title, reason, COALESCE(CAST(due_on AS VARCHAR(10)), '')
      FROM learning_assignment WHERE person_id = %s AND fulfilled_at IS NULL AND withdrawn_at IS NULL
    UNION ALL
    SELECT 'saved', lesson_key, saved_at, lesson_title, '', ''
      FROM (SELECT lesson_key, saved_at, lesson_title FROM learning_bookmark
             WHERE person_id = %s ORDER BY saved_at DESC, id DESC LIMIT %s) AS newest
    UNION ALL
    SELECT 'changed', notice.policy_key, notice.told_at, change.title, change.what_changed, version.language
      FROM learning_policynotice AS notice
      JOIN learning_policynews AS news ON news.id = notice.news_id
      JOIN catalog_policychange AS change ON change.id = news.change_id
      JOIN catalog_policyversion AS version ON version.id = change.new_id
     WHERE notice.person_id = %s AND notice.done_at IS NULL AND notice.dismissed_at IS NULL
    UNION ALL
    SELECT 'week', NULL, NULL, CAST(lessons AS VARCHAR(9)),
           CAST((SELECT COUNT(*) FROM learning_completion
                  WHERE person_id = %s AND completed_at >= %s AND completed_at < %s) AS VARCHAR(9)), ''
      FROM learning_weeklygoal WHERE person_id = %s AND lessons > 0
    UNION ALL
    SELECT 'unread', NULL, NULL, CAST(COUNT(*) AS VARCHAR(9)), '', ''
      FROM (SELECT 1 FROM notifications_message
             WHERE person_id = %s AND NOT is_secret AND read_at IS NULL LIMIT %s) AS unread
"""


def own_rows(person: User, at: datetime) -> OwnRows:
    """All of it in one statement. What is asked by a day comes first, the nearest day before all others."""
    begin, end = rules.week_from(rules.monday_of(at, person.zone), person.zone)
    week = [DateTimeField().get_db_prep_value(each, connection) for each in (begin, end)]
    me = person.pk
    with connection.cursor() as cursor:
        cursor.execute(OWN_ROWS, [me, me, SAVED_ON_DASHBOARD, me, me, *week, me, me, UNREAD_SHOWN + 1])
        rows = cursor.fetchall()
    asked, saved, changed, plan, unread = [], [], [], rules.Week(0, 0), 0
    for kind, key, instant, first, second, third in rows:
        since = cast(datetime, as_instant(instant))
        if kind == "asked":
            due_on = date.fromisoformat(third) if third else None
            facts = {"lesson_key": as_uuid(key), "lesson_title": first, "reason": second, "due_on": due_on}
            asked.append(Assignment(person=person, assigned_at=since, **facts))
        elif kind == "saved":
            saved.append(Bookmark(person=person, lesson_key=as_uuid(key), lesson_title=first, saved_at=since))
        elif kind == "changed":
            changed.append(ChangedLine(as_uuid(key), first, second, third, since))
        elif kind == "week":
            plan = rules.Week(int(first), int(second))
        else:
            unread = int(first)
    asked.sort(key=lambda row: (row.due_on or date.max, row.assigned_at))
    saved.sort(key=lambda row: row.saved_at, reverse=True)
    changed.sort(key=lambda row: row.told_at, reverse=True)
    return OwnRows(asked, saved, plan, unread, changed)


def own_board(rows: OwnRows, links: Mapping[UUID, LessonLink], today: date) -> OwnBoard:
    """The rows as their reader sees them, with where their lessons stand."""
    return OwnBoard(
        asked=[asked_lesson(each, links, today) for each in rows.asked],
        saved=[saved_lesson(each, links) for each in rows.saved],
        week=rows.week,
        changed=rows.changed,
    )


def asked_lesson(assignment: Assignment, links: Mapping[UUID, LessonLink], today: date) -> AskedLesson:
    """The row as its reader sees it today."""
    link = links.get(assignment.lesson_key)
    title = link.title if link else assignment.lesson_title
    is_past = rules.is_past(assignment.due_on, today)
    return AskedLesson(title, assignment.reason, assignment.due_on, is_past, link)


def bookmarks_of(person: User) -> QuerySet[Bookmark]:
    """The lessons that the person saved, the newest first."""
    return Bookmark.objects.filter(person=person).order_by("-saved_at", "-pk")


def saved_lessons(bookmarks: Sequence[Bookmark], person: User) -> list[SavedLesson]:
    """These rows as their reader sees them, in one statement."""
    links = lesson_links([bookmark.lesson_key for bookmark in bookmarks], person.language)
    return [saved_lesson(bookmark, links) for bookmark in bookmarks]


def saved_lesson(bookmark: Bookmark, links: Mapping[UUID, LessonLink]) -> SavedLesson:
    """One row as its reader sees it."""
    link = links.get(bookmark.lesson_key)
    return SavedLesson(bookmark.lesson_key, link.title if link else bookmark.lesson_title, bookmark.saved_at, link)


def clarity_answer(person: User, lesson_key: UUID) -> ClarityAnswer | None:
    """What the person said of this lesson, or None."""
    return ClarityAnswer.objects.filter(person=person, lesson_key=lesson_key).first()


def goal_of(person: User) -> int:
    """How many lessons a week the person has set out to do; 0 without a goal."""
    return WeeklyGoal.objects.filter(person=person).values_list("lessons", flat=True).first() or 0


def lessons_done_by(zones: Mapping[int, str], monday: date) -> Counter[int]:
    """How many lessons each person did in the week that begins with this Monday on their own clock, in one statement.

    `zones` are the zones of the persons, by their ids.
    """
    weeks = {zone: rules.week_from(monday, zone) for zone in set(zones.values())}
    begin, end = min(week[0] for week in weeks.values()), max(week[1] for week in weeks.values())
    rows = Completion.objects.filter(person__in=list(zones), completed_at__gte=begin, completed_at__lt=end)
    done: Counter[int] = Counter()
    for person_id, completed_at in rows.values_list("person_id", "completed_at"):
        first, after = weeks[zones[person_id]]
        done[person_id] += first <= completed_at < after
    return done


def zones_with_goals() -> list[str]:
    """The zones of all who have a goal."""
    zones = WeeklyGoal.objects.filter(lessons__gt=0).order_by().values_list("person__zone", flat=True)
    return list(zones.distinct())


def goals_to_look_at(zones: Collection[str], monday: date, *, settled_by: datetime, most: int) -> list[WeeklyGoal]:
    """Goals in these zones that weren't looked at this week and were chosen by the instant `settled_by`."""
    open_this_week = Q(reminded_for=None) | Q(reminded_for__lt=monday)
    goals = WeeklyGoal.objects.filter(open_this_week, lessons__gt=0, chosen_at__lte=settled_by)
    goals = goals.filter(person__is_active=True, person__zone__in=zones)
    return list(goals.select_related("person").order_by("pk")[:most])
