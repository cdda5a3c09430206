"""What a person keeps for themselves, says of a lesson, has set out to do, and was asked to read.

Keyed like the records: by a lesson's identity over all languages, with a snapshot of its title.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.learning.rules import GOALS


class Bookmark(models.Model):
    """A lesson that a person saved to come back to. Outlives the lesson: then its title says what it was."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookmarks")
    lesson_key = models.UUIDField(_("lesson"))
    lesson_title = models.CharField(_("title"), max_length=255)
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("saved lesson")
        verbose_name_plural = _("saved lessons")
        constraints = [models.UniqueConstraint(fields=["person", "lesson_key"], name="learning_bookmark_once")]
        indexes = [models.Index(fields=["person", "-saved_at"], name="learning_bookmark_newest")]

    def __str__(self) -> str:
        return f"{self.person_id} saved {self.lesson_title}"


class ClarityAnswer(models.Model):
    """Whether a person found a lesson clear: their last word on it. Editors see the words, never whose they are."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="clarity_answers")
    lesson_key = models.UUIDField(_("lesson"))
    lesson_title = models.CharField(_("title"), max_length=255)
    language = models.CharField(_("language"), max_length=10)
    is_clear = models.BooleanField(_("clear"))
    words = models.CharField(_("in their words"), max_length=600, blank=True)
    answered_at = models.DateTimeField(_("answered at"))

    class Meta:
        verbose_name = _("answer on clarity")
        verbose_name_plural = _("answers on clarity")
        constraints = [models.UniqueConstraint(fields=["person", "lesson_key"], name="learning_clarity_once")]
        indexes = [models.Index(fields=["lesson_key", "is_clear"], name="learning_clarity_lesson")]

    def __str__(self) -> str:
        return f"{self.lesson_title}: {self.is_clear}"


class WeeklyGoal(models.Model):
    """How many lessons a week a person has set out to do; 0 is no goal.

    `reminded_for` is the Monday of the last week in which the reminders' job has looked at this goal.
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="weekly_goal")
    lessons = models.PositiveSmallIntegerField(_("lessons a week"))
    chosen_at = models.DateTimeField(_("chosen at"))
    reminded_for = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name = _("weekly goal")
        verbose_name_plural = _("weekly goals")
        constraints = [models.CheckConstraint(condition=Q(lessons__in=GOALS), name="learning_goal_is_offered")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.lessons}"


class Assignment(models.Model):
    """A lesson that a person is asked to do, and why. Open until the lesson is done, or staff withdraw it.

    `due_on` is a day in the person's own zone. `assigned_at` is when it was asked last: asking again while it is
    open changes the reason and the day, and makes no second one.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="assignments"
    )
    lesson_key = models.UUIDField(_("lesson"))
    lesson_title = models.CharField(_("lesson"), max_length=255)
    reason = models.CharField(_("reason"), max_length=300)
    due_on = models.DateField(_("to be done by"), null=True, blank=True)
    assigned_at = models.DateTimeField(_("assigned at"))
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("assigned by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    fulfilled_at = models.DateTimeField(_("done at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("assigned lesson")
        verbose_name_plural = _("assigned lessons")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "lesson_key"],
                condition=Q(fulfilled_at=None, withdrawn_at=None),
                name="learning_assignment_open_once",
            ),
            models.CheckConstraint(
                condition=Q(fulfilled_at=None) | Q(withdrawn_at=None), name="learning_assignment_ends_once"
            ),
        ]
        indexes = [models.Index(fields=["-assigned_at"], name="learning_assignment_newest")]

    def __str__(self) -> str:
        return self.lesson_title

    @property
    def is_open(self) -> bool:
        """Whether the lesson is still to be done."""
        return self.fulfilled_at is None and self.withdrawn_at is None
