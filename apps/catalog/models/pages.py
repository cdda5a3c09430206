"""The pages, as editors write them."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import CommentPanel, FieldPanel, MultiFieldPanel, PublishingPanel
from wagtail.blocks import ListBlock, StreamValue
from wagtail.blocks.field_block import CharBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index
from wagtail_localize.fields import BaseTranslatableField, SynchronizedField

from apps.accounts.enums import Route
from apps.catalog import rules
from apps.catalog.blocks import (
    TEXT_FEATURES,
    BodyBlock,
    PolicySectionsBlock,
    PromiseBlock,
    RouteIntroBlock,
    check_finished,
)
from apps.catalog.enums import Audience, ChangeKind, Kind, Level, Subject
from apps.catalog.panels import CHANGE_PANEL, QUIZ_FIELDS, QUIZ_PANEL, brings_changes, check_bank
from apps.catalog.rules import MOST_WORDS_OF_CHANGE, check_change


def same_in_all_languages(*names: str) -> list[BaseTranslatableField]:
    """Fields that a translation takes over from its original, and nobody may change there."""
    return [SynchronizedField(name, overridable=False) for name in names]


class EditorialPage(Page):
    """What all our pages share: a summary, a date for the next review, a body that renders per audience.

    Text is translated; what stands in `override_translatable_fields` isn't. A translation has its original's slug,
    so that the address differs by its language alone, and a date of its own for the next review.
    """

    kind: Kind
    template_name = ""

    summary = models.CharField(
        _("summary"), max_length=200, blank=True, help_text=_("One sentence, for lists and search engines.")
    )
    review_on = models.DateField(
        _("review on"), null=True, blank=True, help_text=_("When somebody should read it again.")
    )

    content_panels = [*Page.content_panels, FieldPanel("summary")]
    settings_panels = [PublishingPanel(), FieldPanel("review_on"), CommentPanel()]
    search_fields = [*Page.search_fields, index.SearchField("summary")]
    show_in_menus_default = False
    override_translatable_fields = [*same_in_all_languages("slug"), BaseTranslatableField("review_on")]

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

    @property
    def is_open(self) -> bool:
        """Whether anyone may open the page: the index of readings has it."""
        return hasattr(self, "reading")

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """Site, its root and the address; the language stands in front of every page's address."""
        roots = self._get_site_root_paths(request)
        return (roots[0].site_id, roots[0].root_url, f"/{self.address}") if roots else None

    def publish(self, revision: Any, **kwargs: Any) -> Any:
        """Refuse what readers couldn't use, also when a schedule or a workflow publishes."""
        page = revision.as_object()
        for field in page._meta.get_fields():
            if isinstance(field, StreamField):
                check_finished(getattr(page, field.name))
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
        """The draft and the audience to render it for; staff see the drafts around it too."""
        return {"page": self, "audience": mode_name, "drafts": True}


def walk(stream: StreamValue) -> Iterator[Any]:
    """Every block of a body, those inside a block for one route included."""
    for child in stream:
        yield child
        if child.block_type == "route_only":
            yield from child.value["body"]


def title_of(child: Any) -> str:
    """What stands in bold type above a part of a body: a heading, or the title of steps; "" for other blocks."""
    if child.block_type == "heading":
        return child.value
    return child.value["title"] if child.block_type == "steps" else ""


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

    `for_route` and not `route`: a page's `route` is how Wagtail finds the pages below it. A course with a `quiz_bank`
    asks `quiz_questions` of it at the end, of which `quiz_pass_mark` percent are to be right; after a try that isn't
    passed the next may begin `quiz_pause_minutes` later. The page in the site's first language decides for all.
    The form that checks the quiz stands above the models: `apps.py` gives it to this class.
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
    quiz_bank = models.ForeignKey(
        "quizzes.Bank",
        verbose_name=_("question bank"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Where the questions come from. Without a bank the course has no quiz."),
    )
    quiz_questions = models.PositiveSmallIntegerField(
        _("number of questions"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
        help_text=_(
            "How many are drawn for each try, those a person hasn't seen first. Have three times as many ready."
        ),
    )
    quiz_pass_mark = models.PositiveSmallIntegerField(
        _("pass mark in percent"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("How much has to be right: with 5 questions, 80 means 4 of them."),
    )
    quiz_pause_minutes = models.PositiveSmallIntegerField(
        _("pause between tries, in minutes"),
        default=10,
        validators=[MaxValueValidator(24 * 60)],
        help_text=_("How long to wait after a try that wasn't passed, time to read again. 0 for no pause."),
    )

    content_panels = [
        *EditorialPage.content_panels,
        MultiFieldPanel(
            [FieldPanel("subject"), FieldPanel("for_route"), FieldPanel("level"), FieldPanel("cover")],
            heading=_("Where it stands in the catalogue"),
        ),
        FieldPanel("introduction"),
        FieldPanel("outcomes"),
        QUIZ_PANEL,
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
    override_translatable_fields = [
        *EditorialPage.override_translatable_fields,
        *same_in_all_languages("subject", "for_route", "level", *QUIZ_FIELDS),
    ]

    class Meta:
        verbose_name = _("course")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quiz_questions__gte=1), name="catalog_course_quiz_asks_something"
            ),
            models.CheckConstraint(
                condition=models.Q(quiz_pass_mark__gte=1, quiz_pass_mark__lte=100),
                name="catalog_course_quiz_pass_mark_percent",
            ),
        ]

    @property
    def outcome_lines(self) -> list[str]:
        """The outcomes as plain lines."""
        return [line for child in self.outcomes for line in child.value]

    def publish(self, revision: Any, **kwargs: Any) -> Any:
        """Refuse a quiz that can't be asked, also when a schedule or a workflow publishes; translations set none."""
        course = revision.as_object()
        if course.locale.language_code == settings.LANGUAGE_CODE:
            check_bank(course.quiz_bank, course.quiz_questions)
        return super().publish(revision, **kwargs)


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

    def anchor_of(self, heading: str) -> str:
        """Where this heading, or these steps, stand on the page; its top where there is none of these words."""
        titles = ((child.id, title_of(child)) for child in self.body)
        return next((rules.block_anchor(block) for block, title in titles if title == heading), "main")


class PolicyPage(EditorialPage):
    """A policy: the text of record, in numbered sections. A section's number names it for ever.

    `change_kind` and `what_changed` stand on the draft and are of its next publication, which takes them off again:
    schedules and workflows publish without asking anybody. A translation brings no change of its own.
    """

    kind = Kind.POLICY
    template_name = "catalog/policy.html"

    effective_on = models.DateField(
        _("in force from"),
        null=True,
        help_text=_("The change comes into force when this day begins, or when it is published, if that is later."),
    )
    change_kind = models.CharField(
        _("kind of change"),
        max_length=20,
        choices=ChangeKind.choices,
        default=ChangeKind.EDITORIAL,
        help_text=_("Of the next publication. After it the next draft begins with “Wording only”."),
    )
    what_changed = models.TextField(
        _("what changed"),
        max_length=MOST_WORDS_OF_CHANGE,
        blank=True,
        help_text=_("A sentence or two, for those who learned the policy as it was. Needed for a material change."),
    )
    introduction = RichTextField(_("introduction"), features=TEXT_FEATURES, blank=True)
    sections = StreamField(PolicySectionsBlock(), verbose_name=_("sections"), blank=True)

    content_panels = [
        *EditorialPage.content_panels,
        FieldPanel("effective_on"),
        FieldPanel("introduction"),
        FieldPanel("sections"),
        CHANGE_PANEL,
    ]
    parent_page_types = ["catalog.PolicyIndexPage"]
    subpage_types: list[str] = []
    search_fields = [*EditorialPage.search_fields, index.SearchField("sections")]
    override_translatable_fields = [
        *EditorialPage.override_translatable_fields,
        *same_in_all_languages("effective_on"),
        BaseTranslatableField("change_kind"),
        BaseTranslatableField("what_changed"),
    ]

    class Meta:
        verbose_name = _("policy")

    @transaction.atomic
    def publish(self, revision: Any, **kwargs: Any) -> Any:
        """With all that follows from a change of the text, or not at all; refuse a material change that isn't said."""
        policy = revision.as_object()
        if brings_changes(policy):
            check_change(policy.change_kind, policy.what_changed)
        return super().publish(revision, **kwargs)

    @property
    def body_streams(self) -> list[StreamValue]:
        """A policy's text lies in its sections."""
        return [self.sections]

    def section(self, number: str) -> dict[str, Any] | None:
        """The section of this number, or None."""
        return next((child.value for child in self.sections if child.value["number"] == number), None)

    def anchor_of(self, number: str) -> str:
        """Where the section of this number stands on the page."""
        return rules.section_anchor(number)


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
    override_translatable_fields = [
        *EditorialPage.override_translatable_fields,
        *same_in_all_languages("dated_on", "for_route"),
    ]

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
