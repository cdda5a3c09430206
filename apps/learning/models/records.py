"""What a person has learnt. Keyed by a page's identity over all languages, with a snapshot of its title."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

# Letters and digits that nobody mistakes for each other, read aloud or from paper.
REFERENCE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
REFERENCE_LENGTH = 20


def new_reference() -> str:
    """A certificate's reference: 20 signs of 31, about 99 bits, never guessed."""
    return "".join(secrets.choice(REFERENCE_ALPHABET) for _sign in range(REFERENCE_LENGTH))


class Enrolment(models.Model):
    """A person in a course. `completed_at` is set once and never taken back by an edit of the course.

    `last_lesson_key` and `last_block` say where the person stopped reading.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enrolments")
    course_key = models.UUIDField(_("course"))
    course_title = models.CharField(_("title"), max_length=255)
    enrolled_at = models.DateTimeField(_("enrolled at"))
    completed_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    last_lesson_key = models.UUIDField(null=True, blank=True)
    last_block = models.CharField(max_length=36, blank=True)
    last_read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        constraints = [
            models.UniqueConstraint(fields=["person", "course_key"], name="learning_enrolment_once"),
            models.CheckConstraint(
                condition=Q(completed_at__isnull=True) | Q(completed_at__gte=F("enrolled_at")),
                name="learning_enrolment_finished_after_start",
            ),
        ]
        indexes = [models.Index(fields=["course_key"], name="learning_enrolment_course")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.course_title}"


class Completion(models.Model):
    """A lesson that a person marked complete. Belongs to the lesson, not the course: a moved lesson stays done."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="completions")
    lesson_key = models.UUIDField(_("lesson"))
    lesson_title = models.CharField(_("title"), max_length=255)
    completed_at = models.DateTimeField(_("completed at"))

    class Meta:
        verbose_name = _("completed lesson")
        verbose_name_plural = _("completed lessons")
        constraints = [
            models.UniqueConstraint(fields=["person", "lesson_key"], name="learning_completion_once"),
        ]
        indexes = [models.Index(fields=["lesson_key"], name="learning_completion_lesson")]

    def __str__(self) -> str:
        return f"{self.person_id} completed {self.lesson_title}"


class Certificate(models.Model):
    """Says that a person finished a course; anyone who has the reference may check it.

    `name` and `course_title` are as they were on the day. Revoked with a reason that the checker sees.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="certificates"
    )
    reference = models.CharField(_("reference"), max_length=32, unique=True, default=new_reference, editable=False)
    course_key = models.UUIDField()
    course_title = models.CharField(_("course"), max_length=255)
    name = models.CharField(_("name"), max_length=120)
    language = models.CharField(_("language"), max_length=10)
    issued_at = models.DateTimeField(_("issued at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoke_reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [
            models.UniqueConstraint(fields=["person", "course_key"], name="learning_certificate_once"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | ~Q(revoke_reason=""),
                name="learning_certificate_revoked_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["course_key", "language", "-issued_at"], name="learning_certificate_course"),
            models.Index(fields=["id"], condition=Q(revoked_at__isnull=False), name="learning_certificate_revoked"),
        ]

    def __str__(self) -> str:
        return f"{self.course_title}: {self.name}"

    @property
    def state(self) -> str:
        """What a checker is told."""
        return "revoked" if self.revoked_at else "valid"
