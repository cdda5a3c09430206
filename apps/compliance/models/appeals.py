"""What sellers say against a violation, and what the policy team answers."""

from django.conf import settings
from django.core.files.storage import storages
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.compliance.enums import AppealState, FileKind
from apps.compliance.models.violations import Violation


def private_storage():  # type: ignore[no-untyped-def]
    """Where files lie that only their owner and the policy team may fetch, through a view."""
    return storages["private"]


class Appeal(models.Model):
    """A seller's objection to a violation, decided once. One of a violation is pending at a time."""

    reference = models.CharField(_("reference"), max_length=12, unique=True, editable=False)
    violation = models.ForeignKey(Violation, on_delete=models.PROTECT, related_name="appeals")
    state = models.CharField(_("state"), max_length=20, choices=AppealState.choices, default=AppealState.PENDING)
    made_at = models.DateTimeField(_("received at"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=AppealState.values), name="compliance_appeal_state"),
            models.CheckConstraint(
                condition=Q(state=AppealState.PENDING, decided_at=None)
                | (~Q(state=AppealState.PENDING) & Q(decided_at__isnull=False)),
                name="compliance_appeal_decided_iff_decided",
            ),
            models.UniqueConstraint(
                fields=["violation"], condition=Q(state=AppealState.PENDING), name="compliance_appeal_one_pending"
            ),
        ]
        indexes = [models.Index(fields=["state", "made_at"], name="compliance_appeal_queue")]

    def __str__(self) -> str:
        return self.reference


class AppealText(models.Model):
    """What the seller wrote and what was answered: may be emptied when a seller is erased."""

    appeal = models.OneToOneField(Appeal, on_delete=models.CASCADE, related_name="words")
    text = models.TextField(_("what the seller says"), max_length=5000)
    reason = models.TextField(_("reason of the decision"), max_length=500, blank=True)

    def __str__(self) -> str:
        return f"Words of {self.appeal_id}"


class AppealFile(models.Model):
    """A picture or PDF that a seller added to an appeal, kept private; `kind` is what its content is."""

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="files")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(_("name"), max_length=150)
    kind = models.CharField(_("kind"), max_length=40, choices=FileKind.choices)
    size = models.PositiveIntegerField(_("size in bytes"))
    content = models.FileField(upload_to="appeals/%Y/%m/", storage=private_storage)

    class Meta:
        verbose_name = _("file of an appeal")
        verbose_name_plural = _("files of appeals")
        constraints = [
            models.UniqueConstraint(fields=["appeal", "position"], name="compliance_appeal_file_place"),
            models.CheckConstraint(condition=Q(kind__in=FileKind.values), name="compliance_appeal_file_kind"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=3), name="compliance_appeal_files_three"),
        ]

    def __str__(self) -> str:
        return self.name


class ReasonTemplate(models.Model):
    """Words that the policy team uses again and again when it decides an appeal, in one language."""

    title = models.CharField(_("title"), max_length=80)
    verdict = models.CharField(
        _("for"), max_length=20, choices=[c for c in AppealState.choices if c[0] != AppealState.PENDING]
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    text = models.TextField(_("text"), max_length=500)

    class Meta:
        verbose_name = _("reason template")
        verbose_name_plural = _("reason templates")
        constraints = [
            models.UniqueConstraint(fields=["title", "language"], name="compliance_reason_template_once"),
            models.CheckConstraint(
                condition=Q(verdict__in=[AppealState.UPHELD, AppealState.REJECTED]),
                name="compliance_reason_template_verdict",
            ),
        ]

    def __str__(self) -> str:
        return self.title
