"""When each periodic job ran, and who runs it now: the only table of the ground."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobRun(models.Model):
    """One run of a periodic job for one slot of its schedule.

    The row is the lease: whoever makes it runs the job. A run that neither ended nor renewed its lease died, and the
    next offer takes the slot over. `counts` is what the job did, `error` why it failed; a failed slot stays failed,
    the next slot tries anew.
    """

    job = models.CharField(_("job"), max_length=200)
    slot = models.DateTimeField(_("slot"), help_text=_("The instant from which this run was due."))
    started_at = models.DateTimeField(_("started at"))
    lease_until = models.DateTimeField(_("lease until"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    tries = models.PositiveIntegerField(_("tries"), default=1)
    counts = models.JSONField(_("counts"), default=dict, blank=True)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="core_job_once_a_slot")]
        indexes = [models.Index(fields=["-started_at"], name="core_jobrun_newest")]

    def __str__(self) -> str:
        return f"{self.job} {self.slot:%Y-%m-%d %H:%M}"
