"""Violations that the policy team brings as a file."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.compliance.enums import ImportState, Outcome


def new_import_reference() -> str:
    """A reference in addresses of the admin."""
    return secrets.token_hex(8)


class ViolationImport(models.Model):
    """A CSV file of violations: looked at first, then taken line by line by a worker, which may be killed and go on."""

    reference = models.CharField(max_length=16, unique=True, default=new_import_reference, editable=False)
    name = models.CharField(_("file"), max_length=150)
    state = models.CharField(_("state"), max_length=20, choices=ImportState.choices, default=ImportState.PREVIEWED)
    brought_at = models.DateTimeField(_("brought at"))
    brought_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # Until when the worker that takes it holds it.
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("file of violations")
        verbose_name_plural = _("files of violations")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="compliance_import_state")
        ]

    def __str__(self) -> str:
        return self.name


class ImportLine(models.Model):
    """A line of a file: the item as JSON would have it, what would become of it, and what became of it.

    `expected` is the outcome at the preview; `outcome` is "" until the line is taken. Once it is taken, `item` may be
    emptied when a seller is erased: the report has its own copy.
    """

    brought = models.ForeignKey(ViolationImport, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField(_("line"))
    item = models.JSONField()
    expected = models.CharField(max_length=20, choices=Outcome.choices)
    errors = models.JSONField(default=list)
    outcome = models.CharField(max_length=20, choices=Outcome.choices, blank=True)
    reference = models.CharField(max_length=12, blank=True)

    class Meta:
        verbose_name = _("line of a file of violations")
        verbose_name_plural = _("lines of files of violations")
        constraints = [models.UniqueConstraint(fields=["brought", "number"], name="compliance_import_line_once")]

    def __str__(self) -> str:
        return f"{self.number} of {self.brought_id}"
