"""What was asked of whom, and what they answered."""

import secrets
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.quizzes.enums import AttemptState
from apps.quizzes.models.bank import QuestionVersion, VersionOption

SUBMITTED = (AttemptState.PASSED, AttemptState.FAILED)
CLOSED = (AttemptState.LAPSED, AttemptState.SUPERSEDED)


def new_reference() -> str:
    """An attempt's reference in addresses: 128 bits, never guessed."""
    return secrets.token_hex(16)


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Sets of attempts."""

    def open(self) -> "AttemptQuerySet":
        """Those not submitted and not closed; a deadline may have passed unnoticed."""
        return self.filter(state=AttemptState.OPEN)

    def submitted(self) -> "AttemptQuerySet":
        """Those that have a mark."""
        return self.filter(state__in=SUBMITTED)

    def overdue(self, at: datetime) -> "AttemptQuerySet":
        """Open ones whose deadline has come: the deadline itself is too late."""
        return self.open().filter(deadline_at__lte=at)


class Attempt(models.Model):
    """One sitting of a quiz, written at the start with all that it will be marked by.

    `quiz` is a text by which whoever gives quizzes a meaning knows it again, such as `course:<key>`. `deadline_at` is
    None where there is none. `pass_mark` is in percent of `total` questions; `right` counts those answered right, a
    voided one among them. `closed_at` is when an attempt ended without being submitted, `closed_reason` why. Who took
    it is forgotten with the person; the answers stay, for the questions' sake.
    """

    reference = models.CharField(_("reference"), max_length=32, unique=True, default=new_reference, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="quiz_attempts"
    )
    quiz = models.CharField(_("quiz"), max_length=100)
    language = models.CharField(_("language"), max_length=10)
    is_practice = models.BooleanField(_("practice"), default=False)
    state = models.CharField(_("state"), max_length=20, choices=AttemptState.choices, default=AttemptState.OPEN)
    started_at = models.DateTimeField(_("started at"))
    deadline_at = models.DateTimeField(_("deadline"), null=True, blank=True)
    pass_mark = models.PositiveSmallIntegerField(_("pass mark in percent"))
    total = models.PositiveSmallIntegerField(_("questions"))
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    right = models.PositiveSmallIntegerField(_("answered right"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "quiz", "is_practice"],
                condition=Q(state=AttemptState.OPEN),
                name="quizzes_attempt_one_open",
            ),
            models.CheckConstraint(condition=Q(state__in=AttemptState.values), name="quizzes_attempt_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=SUBMITTED, submitted_at__isnull=False, right__isnull=False)
                | (~Q(state__in=SUBMITTED) & Q(submitted_at=None, right=None)),
                name="quizzes_attempt_marked_iff_submitted",
            ),
            models.CheckConstraint(
                condition=Q(state__in=CLOSED, closed_at__isnull=False) | (~Q(state__in=CLOSED) & Q(closed_at=None)),
                name="quizzes_attempt_closed_iff_closed",
            ),
            models.CheckConstraint(
                condition=(Q(state=AttemptState.SUPERSEDED) & ~Q(closed_reason=""))
                | (~Q(state=AttemptState.SUPERSEDED) & Q(closed_reason="")),
                name="quizzes_attempt_superseded_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(total__gte=1) & (Q(right=None) | Q(right__lte=F("total"))),
                name="quizzes_attempt_right_of_total",
            ),
            models.CheckConstraint(
                condition=Q(pass_mark__gte=1, pass_mark__lte=100), name="quizzes_attempt_pass_mark_percent"
            ),
            models.CheckConstraint(
                condition=Q(deadline_at=None) | Q(deadline_at__gt=F("started_at")),
                name="quizzes_attempt_deadline_after_start",
            ),
        ]
        indexes = [
            models.Index(fields=["person", "quiz", "-started_at"], name="quizzes_attempt_of_person"),
            models.Index(fields=["quiz", "state"], name="quizzes_attempt_of_quiz"),
        ]

    def __str__(self) -> str:
        return f"{self.quiz} by {self.person_id}"

    @property
    def is_submitted(self) -> bool:
        """Whether it has a mark."""
        return self.state in SUBMITTED


class DrawnQuestion(models.Model):
    """A version that an attempt drew: where it stands there, and in which order it shows its options.

    `option_order` holds the ids of all options of the version. `is_right` is None until the attempt is submitted.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="drawn")
    position = models.PositiveSmallIntegerField(_("position"))
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="drawn")
    option_order = models.JSONField(_("order of the answers"))
    is_right = models.BooleanField(_("answered right"), null=True)

    class Meta:
        verbose_name = _("drawn question")
        verbose_name_plural = _("drawn questions")
        constraints = [
            models.UniqueConstraint(fields=["attempt", "version"], name="quizzes_drawn_once"),
            models.UniqueConstraint(fields=["attempt", "position"], name="quizzes_drawn_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.position} of {self.attempt_id}"


class ChosenOption(models.Model):
    """An option that was chosen as an answer."""

    drawn = models.ForeignKey(DrawnQuestion, on_delete=models.CASCADE, related_name="chosen")
    option = models.ForeignKey(VersionOption, on_delete=models.PROTECT, related_name="chosen")

    class Meta:
        verbose_name = _("chosen answer")
        verbose_name_plural = _("chosen answers")
        constraints = [models.UniqueConstraint(fields=["drawn", "option"], name="quizzes_chosen_once")]

    def __str__(self) -> str:
        return f"{self.option_id} of {self.drawn_id}"
