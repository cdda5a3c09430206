"""Who is told that a policy has changed since they learned it, and what they have done about it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.catalog.models import PolicyChange


class PolicyNews(models.Model):
    """A material change that learners are being told of, chunk by chunk.

    `lesson_keys` are the lessons that showed or named the policy when it changed; `cursor` is the id of the last person
    who was looked at, `written_at` when the last one was. A worker holds the row until `lease_until`.
    """

    change = models.OneToOneField(
        PolicyChange, verbose_name=_("material change"), on_delete=models.PROTECT, related_name="news"
    )
    lesson_keys = models.JSONField(_("lessons"), default=list)
    told_at = models.DateTimeField(_("told at"))
    cursor = models.BigIntegerField(default=0)
    readers = models.PositiveIntegerField(_("readers"), default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    written_at = models.DateTimeField(_("written at"), null=True, blank=True)

    class Meta:
        verbose_name = _("news of a policy")
        verbose_name_plural = _("news of policies")
        indexes = [models.Index(fields=["id"], condition=Q(written_at=None), name="learning_news_unwritten")]

    def __str__(self) -> str:
        return str(self.change)


class PolicyNotice(models.Model):
    """A person's page on what changed in a policy since they learned it; one a policy, brought up to the newest change.

    `learned_at` is when they did: when they completed the last of its lessons, or confirmed an earlier change. Open
    until they have answered the re-check or said that they have read it, or put it away. `quiz_closed` says that a
    quiz which they had under way was closed by the change.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="policy_notices")
    policy_key = models.UUIDField(_("policy"))
    news = models.ForeignKey(
        PolicyNews, verbose_name=_("news of a policy"), on_delete=models.PROTECT, related_name="notices"
    )
    learned_at = models.DateTimeField(_("learned at"))
    told_at = models.DateTimeField(_("told at"))
    quiz_closed = models.BooleanField(_("quiz closed"), default=False)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    dismissed_at = models.DateTimeField(_("put away at"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice of a change")
        verbose_name_plural = _("notices of changes")
        constraints = [
            models.UniqueConstraint(fields=["person", "policy_key"], name="learning_notice_once"),
        ]
        indexes = [
            models.Index(fields=["person"], condition=Q(done_at=None, dismissed_at=None), name="learning_notice_open"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.policy_key}"

    @property
    def is_open(self) -> bool:
        """Whether it still stands on the person's home page."""
        return self.done_at is None and self.dismissed_at is None
