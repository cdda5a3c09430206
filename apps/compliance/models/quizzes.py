"""What a seller's attempt at a policy quiz is worth."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Seller
from apps.compliance.enums import NoPoint
from apps.compliance.models.violations import Violation
from apps.quizzes.models import Attempt


class QuizStake(models.Model):
    """For which violation an attempt at a policy quiz was started, and what a pass took off. Practice has none.

    `points` is None until the attempt is passed; 0 with the reason in `why_not` where a pass took nothing.
    `is_to_credit` marks a pass that came of a voided question: a job judges it as at its submission.
    """

    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="stake")
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="stakes")
    violation = models.ForeignKey(Violation, on_delete=models.PROTECT, related_name="stakes")
    points = models.PositiveSmallIntegerField(_("points taken off"), null=True, blank=True)
    why_not = models.CharField(_("why none"), max_length=20, choices=NoPoint.choices, blank=True)
    next_at = models.DateTimeField(_("when a pass would"), null=True, blank=True)
    is_to_credit = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("attempt at a policy quiz")
        verbose_name_plural = _("attempts at policy quizzes")
        constraints = [
            models.CheckConstraint(
                condition=(Q(points=0) & ~Q(why_not="")) | ((Q(points=None) | Q(points__gt=0)) & Q(why_not="")),
                name="compliance_stake_none_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["seller"], name="compliance_stake_of_seller"),
            models.Index(fields=["id"], condition=Q(is_to_credit=True), name="compliance_stake_to_credit"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id} for {self.violation_id}"
