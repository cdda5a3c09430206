"""What was reported, what it costs a seller, and what that has led to.

Rows about points bear no free text about people: messages, addresses, reasons and who gave them lie in side rows
(`ViolationDetails`, `EntryNote`) that erasure may empty.
"""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Seller
from apps.compliance.enums import Channel, EnforcementState, EntryKind, RepeatLevel, Source, ViolationState
from apps.compliance.models.programme import PolicyProgramme, ViolationType
from apps.compliance.rules.ledger import Entry, Holding
from apps.compliance.rules.milestones import Enforcement as EnforcementValue
from apps.quizzes.models import Attempt

# Without what is easily mistaken for another sign (0 O, 1 I L).
SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 6


def new_reference(letter: str = "V") -> str:
    """A reference that people can read to each other: V-7K2M9Q, of 887 million. Not secret: owners are checked."""
    return f"{letter}-{''.join(secrets.choice(SIGNS) for _sign in range(LENGTH))}"


class Standing(models.Model):
    """Where a seller stands: the row that everything locks first which changes this seller's ledger.

    Made when a person is linked to the seller for the first time; until then what is reported waits (`Report`).
    `balance` is the sum of the seller's entries, `warned_of` the milestone of which this approach was warned.
    """

    seller = models.OneToOneField(Seller, on_delete=models.PROTECT, related_name="standing")
    balance = models.PositiveIntegerField(_("points"), default=0)
    warned_of = models.PositiveIntegerField(_("warned of the milestone"), null=True, blank=True)
    began_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")

    def __str__(self) -> str:
        return f"{self.seller_id}: {self.balance}"


class ViolationQuerySet(models.QuerySet["Violation"]):
    """Sets of violations."""

    def active(self) -> "ViolationQuerySet":
        """Those with something left; their expiry may have passed unnoticed."""
        return self.filter(state=ViolationState.ACTIVE)

    def standing(self) -> "ViolationQuerySet":
        """All but the revoked ones."""
        return self.exclude(state=ViolationState.REVOKED)


class Violation(models.Model):
    """A breach of a policy, of one seller. Its dates, pass mark and points per pass are pinned when it is recorded.

    All dates run from `issued_at`, however late we learnt of it (`recorded_at`). `remaining` is the sum of its
    entries. `policy_key` and `section` name the section as it was cited then.
    """

    reference = models.CharField(_("reference"), max_length=12, unique=True, editable=False)
    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="violations")
    type = models.ForeignKey(ViolationType, on_delete=models.PROTECT, related_name="violations")
    programme = models.ForeignKey(PolicyProgramme, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(_("channel"), max_length=20, choices=Channel.choices)
    state = models.CharField(_("state"), max_length=20, choices=ViolationState.choices)
    points = models.PositiveSmallIntegerField(_("points"))
    remaining = models.PositiveSmallIntegerField(_("points left"))
    issued_at = models.DateTimeField(_("issued at"))
    recorded_at = models.DateTimeField(_("recorded at"))
    quiz_closes_at = models.DateTimeField(_("quiz closes at"))
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    appeal_closes_at = models.DateTimeField(_("appeals until"))
    pass_mark = models.PositiveSmallIntegerField(_("pass mark in percent"))
    points_per_pass = models.PositiveSmallIntegerField(_("points per pass"))
    policy_key = models.UUIDField(_("policy"), null=True, blank=True)
    section = models.CharField(_("section"), max_length=20, blank=True)

    objects = ViolationQuerySet.as_manager()

    class Meta:
        verbose_name = _("violation")
        verbose_name_plural = _("violations")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ViolationState.values), name="compliance_violation_state"),
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="compliance_violation_channel"),
            models.CheckConstraint(condition=Q(points__gte=1, points__lte=1000), name="compliance_violation_points"),
            models.CheckConstraint(
                condition=(Q(state=ViolationState.ACTIVE) & Q(remaining__gte=1, remaining__lte=1000))
                | (~Q(state=ViolationState.ACTIVE) & Q(remaining=0)),
                name="compliance_violation_active_iff_left",
            ),
            models.CheckConstraint(
                condition=Q(quiz_closes_at__gt=F("issued_at"))
                & Q(appeal_closes_at__gt=F("issued_at"))
                & (Q(expires_at=None) | Q(expires_at__gt=F("issued_at"))),
                name="compliance_violation_dates",
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "-issued_at"], name="compliance_violation_of_seller"),
            models.Index(fields=["type", "issued_at"], name="compliance_violation_of_type"),
            models.Index(
                fields=["expires_at"], condition=Q(state=ViolationState.ACTIVE), name="compliance_violation_expiring"
            ),
            models.Index(
                fields=["quiz_closes_at"], condition=Q(state=ViolationState.ACTIVE), name="compliance_violation_closing"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def holding(self) -> Holding:
        """The violation as the rules of the ledger take it."""
        return Holding(self.reference, ViolationState(self.state), self.remaining, self.expires_at)


class ViolationDetails(models.Model):
    """What a violation is about and what was said to the seller: may be emptied when a seller is erased."""

    violation = models.OneToOneField(Violation, on_delete=models.CASCADE, related_name="details")
    message = models.TextField(_("message to the seller"), max_length=2000, blank=True)
    content_title = models.CharField(_("content"), max_length=200, blank=True)
    content_url = models.URLField(_("address"), max_length=1000, blank=True)
    content_at_seconds = models.PositiveIntegerField(_("seconds into it"), null=True, blank=True)

    def __str__(self) -> str:
        return f"Details of {self.violation_id}"


class Report(models.Model):
    """A violation as it was sent in. It waits (no `violation`) until a person is linked to its seller.

    One per `source` and `external_id`, whatever happens: the unique key is what a batch sent twice meets. `payload`
    is the item as it was read, `fingerprint` what two reports of the same content share, `points` what was asked for
    or, where nothing was, what the type cost then. `reference` becomes the violation's. Withdrawn while it waits, it
    enters never. When a seller is erased, `payload` may be emptied of its `message` and `content` once the report
    waits no more, and `withdrawn_reason` whenever; nothing else here tells of a person.
    """

    source = models.CharField(_("source"), max_length=20, choices=Source.choices)
    external_id = models.CharField(_("id of the marketplace"), max_length=64)
    reference = models.CharField(_("reference"), max_length=12, unique=True, editable=False)
    seller_code = models.CharField(_("seller code"), max_length=32)
    fingerprint = models.CharField(max_length=64)
    points = models.PositiveSmallIntegerField(_("points"))
    payload = models.JSONField()
    received_at = models.DateTimeField(_("received at"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_reason = models.CharField(_("why it was withdrawn"), max_length=500, blank=True)
    violation = models.OneToOneField(Violation, null=True, blank=True, on_delete=models.PROTECT, related_name="report")

    class Meta:
        verbose_name = _("report of a violation")
        verbose_name_plural = _("reports of violations")
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="compliance_report_once"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="compliance_report_source_known"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(violation=None), name="compliance_report_withdrawn_or_entered"
            ),
        ]
        indexes = [
            models.Index(
                fields=["seller_code"],
                condition=Q(violation=None, withdrawn_at=None),
                name="compliance_report_waiting",
            )
        ]

    def __str__(self) -> str:
        return self.external_id


class PointEntry(models.Model):
    """One line of a seller's ledger, in the order of recording (by key). Never changed: the database refuses.

    `at` is when it counts, `recorded_at` when we learnt of it. `attempt` is that of a quiz entry, `appeal` the one
    whose upholding revoked. Why, and who did it, stands in its `EntryNote`.
    """

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="entries")
    violation = models.ForeignKey(Violation, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(_("kind"), max_length=20, choices=EntryKind.choices)
    delta = models.SmallIntegerField(_("points"))
    at = models.DateTimeField(_("counts from"))
    recorded_at = models.DateTimeField(_("recorded at"))
    attempt = models.OneToOneField(Attempt, null=True, blank=True, on_delete=models.PROTECT, related_name="point_entry")
    appeal = models.ForeignKey(
        "compliance.Appeal", null=True, blank=True, on_delete=models.PROTECT, related_name="entries"
    )

    class Meta:
        verbose_name = _("line of the ledger")
        verbose_name_plural = _("lines of the ledger")
        constraints = [
            *(
                models.UniqueConstraint(
                    fields=["violation"], condition=Q(kind=kind), name=f"compliance_entry_one_{kind}"
                )
                for kind in ("issue", "expiry", "revoke")
            ),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.ISSUE, delta__gt=0)
                | Q(kind=EntryKind.QUIZ, delta__lt=0)
                | Q(kind__in=[EntryKind.EXPIRY, EntryKind.REVOKE], delta__lte=0)
                | (Q(kind=EntryKind.ADJUST) & ~Q(delta=0)),
                name="compliance_entry_sign",
            ),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.QUIZ, attempt__isnull=False)
                | (~Q(kind=EntryKind.QUIZ) & Q(attempt__isnull=True)),
                name="compliance_entry_attempt_iff_quiz",
            ),
        ]
        indexes = [
            models.Index(fields=["seller", "id"], name="compliance_entry_of_seller"),
            models.Index(fields=["seller", "at"], name="compliance_entry_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.delta:+}"

    def as_value(self, *, violation: str, attempt: str = "") -> Entry:
        """The line as the rules take it, with the references of its violation and its attempt."""
        return Entry(violation, EntryKind(self.kind), self.delta, self.at, self.recorded_at, attempt)


class EntryNote(models.Model):
    """Why points moved, and who moved them: only of what people did. The seller reads the reason."""

    entry = models.OneToOneField(PointEntry, on_delete=models.CASCADE, related_name="note")
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.reason


class Enforcement(models.Model):
    """What a restricting milestone brought about: it runs from `starts_at` to `ends_at`, or until staff end it.

    `points` is the milestone, `actions` what it takes from the seller, as the programme said when it fired. Lifted:
    without a revoked violation its milestone would not have been reached.
    """

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="enforcements")
    points = models.PositiveIntegerField(_("milestone"))
    actions = models.JSONField(_("what it brings"))
    state = models.CharField(
        _("state"), max_length=20, choices=EnforcementState.choices, default=EnforcementState.ACTIVE
    )
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    is_ended_by_staff = models.BooleanField(_("ended by staff"), default=False)
    entry = models.ForeignKey(PointEntry, on_delete=models.PROTECT, related_name="enforcements")

    class Meta:
        verbose_name = _("enforcement")
        verbose_name_plural = _("enforcements")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=EnforcementState.values), name="compliance_enforcement_state"),
            models.CheckConstraint(
                condition=Q(state=EnforcementState.ACTIVE) | Q(ends_at__isnull=False),
                name="compliance_enforcement_over_has_end",
            ),
            models.UniqueConstraint(
                fields=["seller", "points"],
                condition=Q(state=EnforcementState.ACTIVE),
                name="compliance_enforcement_one_running",
            ),
        ]
        indexes = [
            models.Index(
                fields=["ends_at"], condition=Q(state=EnforcementState.ACTIVE), name="compliance_enforcement_ending"
            )
        ]

    def __str__(self) -> str:
        return f"{self.points} of {self.seller_id}"

    @property
    def value(self) -> EnforcementValue:
        """The enforcement as the rules take it."""
        return EnforcementValue(self.points, self.starts_at, self.ends_at, EnforcementState(self.state))


class MilestoneRecord(models.Model):
    """A milestone that an entry crossed: the one that fired, and those that were jumped over on the way."""

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="milestones")
    entry = models.ForeignKey(PointEntry, on_delete=models.PROTECT, related_name="milestones")
    points = models.PositiveIntegerField(_("milestone"))
    actions = models.JSONField(_("what it brings"))
    has_fired = models.BooleanField(_("fired"))
    at = models.DateTimeField(_("reached at"))

    class Meta:
        verbose_name = _("milestone reached")
        verbose_name_plural = _("milestones reached")
        constraints = [models.UniqueConstraint(fields=["entry", "points"], name="compliance_milestone_once")]
        indexes = [models.Index(fields=["seller", "-at"], name="compliance_milestone_of_seller")]

    def __str__(self) -> str:
        return f"{self.points} of {self.seller_id}"


class RepeatFlag(models.Model):
    """Repeating one type has led to a warning of the seller, or to a look by staff (`seen_at`)."""

    seller = models.ForeignKey(Seller, on_delete=models.PROTECT, related_name="repeats")
    type = models.ForeignKey(ViolationType, on_delete=models.PROTECT, related_name="+")
    violation = models.OneToOneField(Violation, on_delete=models.PROTECT, related_name="repeat")
    level = models.CharField(_("level"), max_length=20, choices=RepeatLevel.choices)
    at = models.DateTimeField(_("at"))
    seen_at = models.DateTimeField(_("looked at"), null=True, blank=True)
    seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.CharField(_("what came of it"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("repeated violation")
        verbose_name_plural = _("repeated violations")
        constraints = [
            models.CheckConstraint(
                condition=Q(level__in=[RepeatLevel.WARNED, RepeatLevel.FLAGGED]), name="compliance_repeat_level"
            )
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.type_id}"
