"""The pages, the clips, and the index of what anyone may open now."""

import uuid
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import FileExtensionValidator
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import CommentPanel, FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.blocks import ListBlock, StreamValue
from wagtail.blocks.field_block import CharBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

from apps.accounts.enums import Route
from apps.catalog import rules
from apps.catalog.blocks import (
    TEXT_FEATURES,
    BodyBlock,
    PolicySectionBlock,
    PromiseBlock,
    RouteIntroBlock,
)
from apps.catalog.enums import Audience, Kind, Level, Subject


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
        return rules.VideoFacts(self.title, bool(self.tracks.all()), bool(self.transcript))


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


class EditorialPageForm(WagtailAdminPageForm):
    """Drafts may be unfinished; what is published or submitted must be usable by every reader."""

    keeps_draft = False

    def defer_required_fields(self) -> None:
        """Wagtail says: only a draft is being saved."""
        self.keeps_draft = True
        super().defer_required_fields()

    def clean(self) -> dict[str, Any]:
        """Check what publishing needs, unless a draft is saved."""
        cleaned = super().clean()
        if not self.keeps_draft and isinstance(cleaned.get("body"), StreamValue):
            try:
                rules.check_videos(video_facts(cleaned["body"]))
            except rules.NotReadyToPublish as refusal:
                self.add_error("body", gettext(refusal.reason) % refusal.facts)
        return cleaned


class EditorialPage(Page):
    """What all our pages share: a summary, a date for the next review, a body that renders per audience."""

    kind: Kind
    template_name = ""

    summary = models.CharField(
        _("summary"), max_length=200, blank=True, help_text=_("One sentence, for lists and search engines.")
    )
    review_on = models.DateField(
        _("review on"), null=True, blank=True, help_text=_("When somebody should read it again.")
    )

    base_form_class = EditorialPageForm
    content_panels = [*Page.content_panels, FieldPanel("summary")]
    # Wagtail's panel for go-live and expiry comes with the schedule that carries them out.
    settings_panels = [FieldPanel("review_on"), CommentPanel()]
    search_fields = [*Page.search_fields, index.SearchField("summary")]
    show_in_menus_default = False

    class Meta:
        abstract = True

    @property
    def body_streams(self) -> list[StreamValue]:
        """The stream fields whose text and pictures the reader sees."""
        body = getattr(self, "body", None)
        return [body] if isinstance(body, StreamValue) else []

    @property
    def address(self) -> str:
        """Where the page stands, without the leading slash: the language, then the slugs below the home page."""
        _home, *slugs = self.url_path.strip("/").split("/")
        return "/".join([self.locale.language_code, *slugs]) + "/"

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """Site, its root and the address; the language stands in front of every page's address."""
        roots = self._get_site_root_paths(request)
        return (roots[0].site_id, roots[0].root_url, f"/{self.address}") if roots else None

    def publish(self, revision: Any, **kwargs: Any) -> Any:
        """Refuse what readers couldn't use, also when a schedule or a workflow publishes."""
        page = revision.as_object()
        rules.check_videos(fact for stream in page.body_streams for fact in video_facts(stream))
        return super().publish(revision, **kwargs)

    @property
    def preview_modes(self) -> list[tuple[str, str]]:
        """As each kind of reader sees it."""
        return [
            (Audience.ALL.value, _("Signed out, or both routes")),
            (Audience.AFFILIATE.value, _("Affiliate seller")),
            (Audience.SELF_SELLING.value, _("Self-selling seller")),
        ]

    def get_template(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        """What isn't in the index, a draft or a private page, is handed to the same renderer by one template."""
        return "catalog/preview.html"

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """A private page, for everyone who may open it."""
        return super().get_context(request, *args, **kwargs) | {"audience": Audience.ALL.value}

    def get_preview_context(self, request: HttpRequest, mode_name: str) -> dict[str, Any]:
        """The draft and the audience to render it for."""
        return {"page": self, "audience": mode_name}


def walk(stream: StreamValue) -> Iterator[Any]:
    """Every block of a body, those inside a block for one route included."""
    for child in stream:
        yield child
        if child.block_type == "route_only":
            yield from child.value["body"]


def video_facts(stream: StreamValue) -> Iterator[rules.VideoFacts]:
    """What decides whether the body's videos may be published; a video elsewhere needs its transcript."""
    for child in walk(stream):
        if child.block_type != "video":
            continue
        if child.value["video"]:
            yield child.value["video"].facts()
        else:
            has_transcript = bool(child.value["address_transcript"])
            yield rules.VideoFacts(child.value["address_title"], True, has_transcript)


class HomePage(EditorialPage):
    """The front door, one in each language."""

    kind = Kind.HOME
    template_name = "catalog/home.html"
    is_creatable = False  # `manage.py ensure_site` makes one a language

    headline = models.CharField(_("headline"), max_length=80)
    lead = models.CharField(_("lead"), max_length=200)
    promises = StreamField([("promise", PromiseBlock())], verbose_name=_("promises"), max_num=3, blank=True)
    routes = StreamField([("route", RouteIntroBlock())], verbose_name=_("routes"), max_num=2, blank=True)

    content_panels = [
        *EditorialPage.content_panels,
        FieldPanel("headline"),
        FieldPanel("lead"),
        FieldPanel("promises"),
        FieldPanel("routes"),
    ]
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = [
        "catalog.CataloguePage",
        "catalog.PolicyIndexPage",
        "catalog.UpdateIndexPage",
        "catalog.PlainPage",
    ]

    class Meta:
        verbose_name = _("home page")


class SectionPage(EditorialPage):
    """A list of pages under a fixed address: the menu links to it by name."""

    is_creatable = False  # `manage.py ensure_site` makes them, under the addresses that the menu names
    promote_panels: list[Any] = [FieldPanel("seo_title"), FieldPanel("search_description")]
    parent_page_types = ["catalog.HomePage"]
    max_count_per_parent = 1

    class Meta:
        abstract = True


class CataloguePage(SectionPage):
    """All courses of a language, under `courses/`."""

    kind = Kind.CATALOGUE
    template_name = "catalog/catalogue.html"
    subpage_types = ["catalog.CoursePage"]

    class Meta:
        verbose_name = _("catalogue")


class PolicyIndexPage(SectionPage):
    """All policies of a language, under `policies/`."""

    kind = Kind.POLICIES
    template_name = "catalog/policies.html"
    subpage_types = ["catalog.PolicyPage"]

    class Meta:
        verbose_name = _("list of policies")


class UpdateIndexPage(SectionPage):
    """What's new, the latest first, under `updates/`."""

    kind = Kind.UPDATES
    template_name = "catalog/updates.html"
    subpage_types = ["catalog.UpdatePage"]

    class Meta:
        verbose_name = _("list of shop updates")


class CoursePage(EditorialPage):
    """A course: holds lessons in the order of its child pages.

    `for_route` and not `route`: a page's `route` is how Wagtail finds the pages below it.
    """

    kind = Kind.COURSE
    template_name = "catalog/course.html"

    subject = models.CharField(_("subject"), max_length=20, choices=Subject.choices, default=Subject.TOOLS)
    for_route = models.CharField(_("for the route"), max_length=20, choices=Route.choices, default=Route.BOTH)
    level = models.CharField(_("level"), max_length=20, choices=Level.choices, default=Level.BEGINNER)
    cover = models.ForeignKey(
        "wagtailimages.Image",
        verbose_name=_("cover"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    introduction = RichTextField(_("introduction"), features=TEXT_FEATURES, blank=True)
    outcomes = StreamField(
        [("outcomes", ListBlock(CharBlock(max_length=160), label=_("You will be able to …")))],
        verbose_name=_("outcomes"),
        max_num=1,
        blank=True,
        help_text=_("Three to five, each completes “You will be able to …”."),
    )

    content_panels = [
        *EditorialPage.content_panels,
        MultiFieldPanel(
            [FieldPanel("subject"), FieldPanel("for_route"), FieldPanel("level"), FieldPanel("cover")],
            heading=_("Where it stands in the catalogue"),
        ),
        FieldPanel("introduction"),
        FieldPanel("outcomes"),
    ]
    parent_page_types = ["catalog.CataloguePage"]
    subpage_types = ["catalog.LessonPage"]
    search_fields = [
        *EditorialPage.search_fields,
        index.SearchField("introduction"),
        index.FilterField("subject"),
        index.FilterField("for_route"),
        index.FilterField("level"),
    ]

    class Meta:
        verbose_name = _("course")

    @property
    def outcome_lines(self) -> list[str]:
        """The outcomes as plain lines."""
        return [line for child in self.outcomes for line in child.value]


class LessonPage(EditorialPage):
    """A lesson: one sitting of reading, watching and checking oneself."""

    kind = Kind.LESSON
    template_name = "learning/lesson.html"

    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    content_panels = [*EditorialPage.content_panels, FieldPanel("body")]
    parent_page_types = ["catalog.CoursePage"]
    subpage_types: list[str] = []
    search_fields = [*EditorialPage.search_fields, index.SearchField("body")]

    class Meta:
        verbose_name = _("lesson")


class PolicyPage(EditorialPage):
    """A policy: the text of record, in numbered sections. A section's number names it for ever."""

    kind = Kind.POLICY
    template_name = "catalog/policy.html"

    effective_on = models.DateField(_("in force from"), null=True)
    introduction = RichTextField(_("introduction"), features=TEXT_FEATURES, blank=True)
    sections = StreamField([("section", PolicySectionBlock())], verbose_name=_("sections"), blank=True)

    content_panels = [
        *EditorialPage.content_panels,
        FieldPanel("effective_on"),
        FieldPanel("introduction"),
        FieldPanel("sections"),
    ]
    parent_page_types = ["catalog.PolicyIndexPage"]
    subpage_types: list[str] = []
    search_fields = [*EditorialPage.search_fields, index.SearchField("sections")]

    class Meta:
        verbose_name = _("policy")

    @property
    def body_streams(self) -> list[StreamValue]:
        """A policy's text lies in its sections."""
        return [self.sections]

    def section(self, number: str) -> dict[str, Any] | None:
        """The section of this number, or None."""
        return next((child.value for child in self.sections if child.value["number"] == number), None)

    def clean(self) -> None:
        """Refuse a number that names two sections."""
        super().clean()
        if repeated := rules.repeated_numbers(child.value["number"] or "" for child in self.sections):
            message = _("Number %(number)s names two sections. Each number names one, for ever.")
            raise ValidationError({"sections": ValidationError(message, params={"number": repeated[0]})})


class UpdatePage(EditorialPage):
    """A shop update: what changed, when, and for whom."""

    kind = Kind.UPDATE
    template_name = "catalog/update.html"

    dated_on = models.DateField(_("date"))
    for_route = models.CharField(_("for the route"), max_length=20, choices=Route.choices, default=Route.BOTH)
    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    content_panels = [
        *EditorialPage.content_panels,
        FieldPanel("dated_on"),
        FieldPanel("for_route"),
        FieldPanel("body"),
    ]
    parent_page_types = ["catalog.UpdateIndexPage"]
    subpage_types: list[str] = []
    search_fields = [*EditorialPage.search_fields, index.SearchField("body"), index.FilterField("dated_on")]

    class Meta:
        verbose_name = _("shop update")


class PlainPage(EditorialPage):
    """A page of plain information: about, privacy, terms."""

    kind = Kind.PLAIN
    template_name = "catalog/plain.html"

    body = StreamField(BodyBlock(), verbose_name=_("body"), blank=True)

    content_panels = [*EditorialPage.content_panels, FieldPanel("body")]
    parent_page_types = ["catalog.HomePage"]
    subpage_types: list[str] = []
    search_fields = [*EditorialPage.search_fields, index.SearchField("body")]

    class Meta:
        verbose_name = _("plain page")


class ReadingQuerySet(models.QuerySet["Reading"]):
    """Sets of readings."""

    def touch(self) -> int:
        """Give every one a new version, so that its next reader gets a new rendering."""
        changed = list(self)
        for reading in changed:
            reading.version = uuid.uuid4()
        return self.model.objects.bulk_update(changed, ["version"], batch_size=500)

    def of_course(self, course: "Reading") -> "ReadingQuerySet":
        """The lessons of a course, in their order."""
        return self.filter(parent=course).order_by("page__path")


class Reading(models.Model):
    """A page that anyone may open now: live, under live ancestors, under no restriction.

    A read model: derived from the page tree by `services.refresh_readings` and never edited. It answers the
    two questions of the reading path in one row: which page is this address, and what is the key of its
    rendering. `version` is new whenever anything changed that the page shows. `key` is the page's identity
    over all languages (its `translation_key`); `parent` of a lesson is its course.
    """

    page = models.OneToOneField(Page, on_delete=models.CASCADE, related_name="reading")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    key = models.UUIDField()
    language = models.CharField(max_length=10)
    path = models.CharField(max_length=700, unique=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="children")
    title = models.CharField(max_length=255)
    summary = models.CharField(max_length=200, blank=True)
    minutes = models.PositiveSmallIntegerField(default=1)
    version = models.UUIDField(default=uuid.uuid4)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "language"], name="catalog_reading_one_a_language"),
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="catalog_reading_kind_known"),
        ]
        indexes = [models.Index(fields=["kind", "language"], name="catalog_reading_kind")]

    def __str__(self) -> str:
        return self.path

    @property
    def url(self) -> str:
        """The address, from the root of the site."""
        return f"/{self.path}"


class ReadingUse(models.Model):
    """A thing that a reading shows or links to: when it changes, the reading gets a new version.

    `thing` is a model's label, `thing_id` its primary key as text, as Wagtail's own references name them.
    Wagtail's reference index can't serve: it holds what the latest draft refers to, not what readers see.
    """

    reading = models.ForeignKey(Reading, on_delete=models.CASCADE, related_name="uses")
    thing = models.CharField(max_length=100)
    thing_id = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reading", "thing", "thing_id"], name="catalog_use_once"),
        ]
        indexes = [models.Index(fields=["thing", "thing_id"], name="catalog_use_of_thing")]

    def __str__(self) -> str:
        return f"{self.reading} uses {self.thing} {self.thing_id}"
