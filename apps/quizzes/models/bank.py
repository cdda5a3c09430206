"""What is asked: banks, questions as editors write them, and the versions that sellers get.

A question is a draft for as long as it lives; nobody is ever asked it. Publishing makes a version of it, which never
changes: attempts are drawn from versions and marked on them. So neither a draft nor autosave can reach an attempt.
"""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from taggit.models import TaggedItemBase
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel, PageChooserPanel
from wagtail.models import DraftStateMixin, Orderable, PreviewableMixin, RevisionMixin, TranslatableMixin

from apps.quizzes.enums import QuestionKind, Subject, VersionState
from apps.quizzes.rules import MOST_OPTIONS

SHOWN_OF_PROMPT = 80


class Bank(models.Model):
    """A named set of questions; `code` is what an app that gives quizzes a meaning calls it by, for ever."""

    code = models.SlugField(_("code"), max_length=60, unique=True, help_text=_("Short, and never changed: anchors."))
    title = models.CharField(_("title"), max_length=120)
    subject = models.CharField(_("subject"), max_length=20, choices=Subject.choices, default=Subject.TOOLS)

    panels = [FieldPanel("code"), FieldPanel("title"), FieldPanel("subject")]

    class Meta:
        verbose_name = _("question bank")
        verbose_name_plural = _("question banks")
        constraints = [
            models.CheckConstraint(condition=Q(subject__in=Subject.values), name="quizzes_bank_subject_known"),
        ]

    def __str__(self) -> str:
        return self.title


class Question(TranslatableMixin, DraftStateMixin, RevisionMixin, PreviewableMixin, ClusterableModel):
    """A question as editors write it, one row a language; `translation_key` is what it is over all languages.

    It is published at once or not at all: nothing about a question is scheduled.

    `cited_page` is the page that explains the answer, `cited_section` the number of a policy's section there, or a
    heading of a lesson. `tags` are what editors find it by, such as the codes of violation types. It is retired where
    it has versions and none of them is ready.
    """

    bank = models.ForeignKey(Bank, verbose_name=_("bank"), on_delete=models.PROTECT, related_name="questions")
    kind = models.CharField(_("kind"), max_length=20, choices=QuestionKind.choices, default=QuestionKind.SINGLE)
    prompt = models.TextField(_("question"), max_length=500, blank=True)
    explanation = models.TextField(
        _("explanation"),
        max_length=1000,
        blank=True,
        help_text=_("Why the right answer is right. Everyone reads it afterwards, whatever they answered."),
    )
    cited_page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("page that explains it"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    cited_section = models.CharField(
        _("section"),
        max_length=120,
        blank=True,
        help_text=_("The number of the policy's section, such as 2.1; for a lesson, the heading, or nothing."),
    )
    tags = ClusterTaggableManager(
        through="quizzes.QuestionTag",
        blank=True,
        verbose_name=_("tags"),
        help_text=_("What you look for it by, such as the code of a violation type."),
    )

    panels = [
        FieldPanel("bank"),
        FieldPanel("prompt"),
        FieldPanel("kind"),
        InlinePanel("options", label=_("answer"), heading=_("Answers"), max_num=MOST_OPTIONS),
        FieldPanel("explanation"),
        MultiFieldPanel(
            [PageChooserPanel("cited_page"), FieldPanel("cited_section")], heading=_("Where the answer stands")
        ),
        FieldPanel("tags"),
    ]

    class Meta(TranslatableMixin.Meta):
        verbose_name = _("quiz question")
        verbose_name_plural = _("quiz questions")

    def __str__(self) -> str:
        """What it asks; where its draft was emptied, what its newest version asks, which costs a statement."""
        words = self.prompt.strip() or (self.versions.newest_prompt() if self.pk else "")
        return Truncator(words).chars(SHOWN_OF_PROMPT) or f"{self._meta.verbose_name} {self.pk}"

    @transaction.atomic
    def publish(self, *args: Any, **kwargs: Any) -> Any:
        """With the version that it makes (`receivers`), or not at all."""
        return super().publish(*args, **kwargs)

    @transaction.atomic
    def unpublish(self, *args: Any, **kwargs: Any) -> Any:
        """With the versions that it retires (`receivers`), or not at all."""
        return super().unpublish(*args, **kwargs)

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        """As a seller sees it."""
        return [("asked", _("Before submitting")), ("explained", _("After submitting"))]

    def get_preview_template(self, request: HttpRequest, mode_name: str) -> str:
        """A page with this one question."""
        return "quizzes/preview.html"

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        """The draft, and which side of it."""
        return {"question": self, "is_explained": mode_name == "explained"}


class QuestionOption(TranslatableMixin, Orderable):
    """An answer that a question offers, as editors write it."""

    question = ParentalKey(Question, on_delete=models.CASCADE, related_name="options")
    text = models.CharField(_("answer"), max_length=300)
    is_right = models.BooleanField(_("is right"), default=False)

    panels = [FieldPanel("text"), FieldPanel("is_right")]

    class Meta(TranslatableMixin.Meta, Orderable.Meta):
        verbose_name = _("answer")
        verbose_name_plural = _("answers")

    def __str__(self) -> str:
        return self.text


class QuestionTag(TaggedItemBase):
    """A question bears a tag."""

    content_object = ParentalKey(Question, on_delete=models.CASCADE, related_name="tagged_items")


class QuestionVersionQuerySet(models.QuerySet["QuestionVersion"]):
    """Sets of versions."""

    def ready(self) -> "QuestionVersionQuerySet":
        """Those that may be drawn."""
        return self.filter(state=VersionState.READY)

    def of_banks(self, codes: Collection[str]) -> "QuestionVersionQuerySet":
        """Those of questions in these banks."""
        return self.filter(question__bank__code__in=codes)

    def newest_prompt(self) -> str:
        """What the newest of them asks; "" where there is none."""
        return self.order_by("-number").values_list("prompt", flat=True).first() or ""


class QuestionVersion(models.Model):
    """A question as it was published, in one language: what attempts are drawn from and marked on, for ever.

    What it says never changes, nor do its options: triggers of the database refuse it. `number` counts the versions
    of one question in one language from 1. A voided version counts as answered right, for everyone who drew it.
    """

    question = models.ForeignKey(
        Question, verbose_name=_("quiz question"), on_delete=models.PROTECT, related_name="versions"
    )
    key = models.UUIDField(_("identity"))
    language = models.CharField(_("language"), max_length=10)
    number = models.PositiveIntegerField(_("version"))
    kind = models.CharField(_("kind"), max_length=20, choices=QuestionKind.choices)
    prompt = models.TextField(_("question"))
    explanation = models.TextField(_("explanation"))
    cited_page = models.ForeignKey(
        "wagtailcore.Page",
        verbose_name=_("page that explains it"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    cited_title = models.CharField(_("title of that page"), max_length=255)
    cited_section = models.CharField(_("section"), max_length=120, blank=True)
    state = models.CharField(_("state"), max_length=20, choices=VersionState.choices, default=VersionState.READY)
    published_at = models.DateTimeField(_("published at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("published by"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True)
    void_reason = models.CharField(_("reason"), max_length=300, blank=True)

    objects = QuestionVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a question")
        verbose_name_plural = _("versions of questions")
        constraints = [
            models.UniqueConstraint(fields=["key", "language", "number"], name="quizzes_version_number_once"),
            models.UniqueConstraint(
                fields=["key", "language"],
                condition=Q(state=VersionState.READY),
                name="quizzes_version_one_ready",
            ),
            models.CheckConstraint(condition=Q(kind__in=QuestionKind.values), name="quizzes_version_kind_known"),
            models.CheckConstraint(condition=Q(state__in=VersionState.values), name="quizzes_version_state_known"),
            models.CheckConstraint(
                condition=Q(voided_at=None, void_reason="")
                | (Q(voided_at__isnull=False, state=VersionState.RETIRED) & ~Q(void_reason="")),
                name="quizzes_version_void_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{Truncator(self.prompt).chars(SHOWN_OF_PROMPT)} ({self.language} {self.number})"

    @property
    def is_ready(self) -> bool:
        """Whether it may be drawn."""
        return self.state == VersionState.READY

    @property
    def is_void(self) -> bool:
        """Whether everyone who drew it has it right."""
        return self.voided_at is not None


class VersionOption(models.Model):
    """An answer that a version offers; never changed."""

    version = models.ForeignKey(QuestionVersion, on_delete=models.CASCADE, related_name="options")
    position = models.PositiveSmallIntegerField(_("position"))
    text = models.CharField(_("answer"), max_length=300)
    is_right = models.BooleanField(_("is right"))

    class Meta:
        verbose_name = _("answer of a version")
        verbose_name_plural = _("answers of versions")
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="quizzes_option_position_once"),
        ]

    def __str__(self) -> str:
        return self.text
