"""Clips of ours, with captions and a transcript."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.fields import RichTextField
from wagtail.search import index

from apps.catalog import rules
from apps.catalog.blocks import (
    says_something,
)


class Video(index.Indexed, ClusterableModel):
    """A clip of ours, with captions in one or more languages and a transcript.

    Without captions or transcript it may stand in a draft, never in a published page.
    """

    title = models.CharField(_("title"), max_length=120)
    file = models.FileField(
        _("file"),
        upload_to="clips/",
        validators=[FileExtensionValidator(["mp4"])],
        help_text=_("MP4 (H.264), so that every phone plays it."),
    )
    poster = models.ForeignKey(
        "wagtailimages.Image",
        verbose_name=_("still picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    seconds = models.PositiveIntegerField(_("length in seconds"), default=0)
    transcript = RichTextField(
        _("transcript"), blank=True, features=["ol", "ul", "bold"], help_text=_("What is seen and said, in words.")
    )

    panels = [
        FieldPanel("title"),
        FieldPanel("file"),
        FieldPanel("poster"),
        FieldPanel("seconds"),
        FieldPanel("transcript"),
        InlinePanel("tracks", label=_("Captions")),
    ]
    search_fields = [index.SearchField("title"), index.AutocompleteField("title")]

    class Meta:
        verbose_name = _("clip")
        verbose_name_plural = _("clips")

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Refuse a file that is no MP4, whatever its name says."""
        if self.file and not self.file._committed:
            head = self.file.read(12)
            self.file.seek(0)
            if head[4:8] != b"ftyp":
                raise ValidationError({"file": _("This is no MP4 file. Export the clip as MP4 (H.264).")})

    def facts(self) -> rules.VideoFacts:
        """What decides whether it may be published."""
        return rules.VideoFacts(bool(self.tracks.all()), says_something(self.transcript))


class VideoTrack(models.Model):
    """The captions of a clip in one language, as WebVTT."""

    video = ParentalKey(Video, on_delete=models.CASCADE, related_name="tracks")
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    file = models.FileField(_("caption file"), upload_to="captions/", validators=[FileExtensionValidator(["vtt"])])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["video", "language"], name="catalog_track_one_a_language"),
        ]

    def __str__(self) -> str:
        return f"{self.video} ({self.language})"

    def clean(self) -> None:
        """Refuse what a player couldn't read."""
        if self.file and not self.file._committed:
            text = self.file.read().decode("utf-8", errors="replace")
            self.file.seek(0)
            if problem := rules.caption_problem(text):
                raise ValidationError({"file": gettext(problem)})
