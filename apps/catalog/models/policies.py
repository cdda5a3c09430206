"""The texts of policies as they were published, kept for ever, and the changes that have to be told."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.catalog.enums import ChangeKind


class PolicyVersion(models.Model):
    """A policy as it was published, in one language. Neither it nor its sections ever change: the database refuses it.

    `number` counts the versions of one policy in one language from 1. `in_force_from` is when it was to come into
    force; one that was published anew before never did (`rules.edition_at`). `introduction` and the texts of sections
    are HTML as readers got it, links resolved.
    """

    policy_key = models.UUIDField(_("policy"))
    language = models.CharField(_("language"), max_length=10)
    number = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=255)
    introduction = models.TextField(_("introduction"), blank=True)
    change_kind = models.CharField(_("kind of change"), max_length=20, choices=ChangeKind.choices)
    what_changed = models.TextField(_("what changed"), blank=True)
    published_at = models.DateTimeField(_("published at"))
    in_force_from = models.DateTimeField(_("in force from"))

    class Meta:
        verbose_name = _("version of a policy")
        verbose_name_plural = _("versions of policies")
        constraints = [
            models.UniqueConstraint(
                fields=["policy_key", "language", "number"], name="catalog_policy_version_number_once"
            ),
            models.CheckConstraint(
                condition=Q(change_kind__in=ChangeKind.values), name="catalog_policy_version_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.language} {self.number})"


class SectionVersion(models.Model):
    """One section of a policy's version; `number` is its stable one, such as 2.3."""

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="sections")
    position = models.PositiveSmallIntegerField(_("position"))
    number = models.CharField(_("number"), max_length=5)
    title = models.CharField(_("title"), max_length=120)
    html = models.TextField(_("text"))

    class Meta:
        verbose_name = _("section of a version")
        verbose_name_plural = _("sections of versions")
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="catalog_section_number_once"),
            models.UniqueConstraint(fields=["version", "position"], name="catalog_section_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class PolicyChange(models.Model):
    """A material change of a policy: from which version to which, acting at an instant, told once.

    While it waits for its instant a newer version takes the place of the one that it leads to. `sections` are the
    numbers of those that changed, came or went. Told where the policy can be read: one that was taken off waits.
    """

    policy_key = models.UUIDField(_("policy"))
    old = models.ForeignKey(PolicyVersion, verbose_name=_("before"), on_delete=models.PROTECT, related_name="+")
    new = models.OneToOneField(PolicyVersion, verbose_name=_("after"), on_delete=models.PROTECT, related_name="change")
    title = models.CharField(_("title"), max_length=255)
    what_changed = models.TextField(_("what changed"))
    sections = models.JSONField(_("sections"), default=list)
    effective_at = models.DateTimeField(_("acts at"))
    told_at = models.DateTimeField(_("told at"), null=True, blank=True)

    class Meta:
        verbose_name = _("material change")
        verbose_name_plural = _("material changes")
        constraints = [
            models.UniqueConstraint(
                fields=["policy_key"], condition=Q(told_at=None), name="catalog_change_one_waiting"
            ),
            models.CheckConstraint(
                condition=Q(told_at=None) | Q(told_at__gte=models.F("effective_at")), name="catalog_change_not_early"
            ),
        ]
        indexes = [
            models.Index(fields=["effective_at"], condition=Q(told_at=None), name="catalog_change_due"),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.what_changed}"
