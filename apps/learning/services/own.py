"""What a person keeps for themselves, says of a lesson, and sets out to do. The same again changes nothing."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.catalog.models import Reading
from apps.learning import rules
from apps.learning.models import Bookmark, ClarityAnswer, WeeklyGoal


def save_lesson(*, person: User, lesson: Reading, at: datetime) -> Bookmark:
    """Keep a lesson to come back to; one that is saved stays where it stands on the list."""
    bookmark, _created = Bookmark.objects.get_or_create(
        person=person, lesson_key=lesson.key, defaults={"lesson_title": lesson.title, "saved_at": at}
    )
    return bookmark


def unsave_lesson(*, person: User, lesson_key: UUID) -> None:
    """Take a lesson off the list, also one that nobody may open any more."""
    Bookmark.objects.filter(person=person, lesson_key=lesson_key).delete()


def say_clarity(*, person: User, lesson: Reading, is_clear: bool, at: datetime, words: str | None = None) -> None:
    """Keep whether the person found the lesson clear, in place of what they said before.

    `words` is what they say about it, up to 600 characters; None leaves those of before.
    """
    facts = {"lesson_title": lesson.title, "language": lesson.language, "is_clear": is_clear, "answered_at": at}
    if words is not None:
        facts["words"] = rules.check_words(words)
    ClarityAnswer.objects.update_or_create(person=person, lesson_key=lesson.key, defaults=facts)


@transaction.atomic
def choose_goal(*, person: User, lessons: int, at: datetime) -> WeeklyGoal:
    """Keep how many lessons a week the person wants to do, 0 for no goal.

    Another goal in a week of which a reminder was written brings no second one.
    """
    lessons = rules.check_goal(lessons)
    goal, created = WeeklyGoal.objects.select_for_update().get_or_create(
        person=person, defaults={"lessons": lessons, "chosen_at": at}
    )
    if not created and goal.lessons != lessons:
        goal.lessons, goal.chosen_at = lessons, at
        goal.save(update_fields=["lessons", "chosen_at"])
    return goal
