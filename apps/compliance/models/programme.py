"""What the policy team sets: the programme of a region, version by version, and the types of violations."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from apps.accounts.enums import Region
from apps.compliance.enums import Channel, Severity
from apps.compliance.rules import programme as rules
from apps.compliance.rules.quizzes import quiz_name
from apps.quizzes.models import Bank


class PolicyProgramme(models.Model):
    """One version of a region's programme. It never changes (the database refuses): another setting is another version.

    `settings` is what `rules.programme.read_programme` reads. Of two versions for the same instant the later number
    holds. A violation points at the version that was in force when it was issued.
    """

    region = models.CharField(_("region"), max_length=2, choices=Region.choices)
    number = models.PositiveIntegerField(_("version"))
    effective_from = models.DateTimeField(_("in force from"))
    settings = models.JSONField(_("settings"))
    note = models.CharField(_("what changed, and why"), max_length=300, blank=True)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("policy programme")
        verbose_name_plural = _("policy programmes")
        constraints = [
            models.UniqueConstraint(fields=["region", "number"], name="compliance_programme_number_once"),
            models.CheckConstraint(condition=Q(region__in=Region.values), name="compliance_programme_region_known"),
        ]
        indexes = [models.Index(fields=["region", "effective_from"], name="compliance_programme_in_force")]

    def __str__(self) -> str:
        return f"{self.get_region_display()} {self.number}"

    @cached_property
    def value(self) -> rules.Programme:
        """The settings as the rules take them."""
        return rules.read_programme(self.settings)

    @property
    def as_version(self) -> rules.Version:
        """The version as the rules take it."""
        return rules.Version(self.number, self.effective_from, self.value)


class ViolationType(models.Model):
    """What a seller may do wrong. `code` is the contract's and never changes.

    `policy_page` and `lesson_page` are pages of the site's first language, known above by their `translation_key`;
    `section` is the number of the policy's section. `bank` is empty where there is no quiz. `channels` are those where
    it happens usually; a report may name any other.
    """

    code = models.SlugField(_("code"), max_length=16, unique=True, help_text=_("Short, and never changed: V02."))
    severity = models.CharField(_("severity"), max_length=20, choices=Severity.choices, default=Severity.MINOR)
    points = models.PositiveSmallIntegerField(_("points"))
    channels = models.JSONField(_("channels"), default=list, blank=True)
    policy_page = models.ForeignKey(
        "wagtailcore.Page", verbose_name=_("policy"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    section = models.CharField(_("section"), max_length=20, blank=True)
    lesson_page = models.ForeignKey(
        "wagtailcore.Page", verbose_name=_("lesson"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    bank = models.ForeignKey(
        Bank, verbose_name=_("questions of its quiz"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_active = models.BooleanField(_("may be reported"), default=True)

    class Meta:
        verbose_name = _("violation type")
        verbose_name_plural = _("violation types")
        constraints = [
            models.CheckConstraint(condition=Q(points__gte=1, points__lte=1000), name="compliance_type_points"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="compliance_type_severity_known"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def quiz(self) -> str:
        """How its quiz is called in the engine; "" where there is none."""
        return quiz_name(self.code) if self.bank_id else ""

    @property
    def channel_names(self) -> list[str]:
        """The channels in the reader's words."""
        return [str(Channel(each).label) for each in self.channels]


class ViolationTypeText(models.Model):
    """What a violation type is called in one language. The site's first language is never missing."""

    type = models.ForeignKey(ViolationType, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    title = models.CharField(_("title"), max_length=120)
    description = models.CharField(_("in a sentence"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("name of a violation type")
        verbose_name_plural = _("names of violation types")
        constraints = [models.UniqueConstraint(fields=["type", "language"], name="compliance_type_text_once")]

    def __str__(self) -> str:
        return self.title
