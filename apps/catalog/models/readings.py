"""The index of what anyone may open now: which page, at which version, showing what, found by which words."""

import uuid

from django.db import models
from wagtail.models import Page

from apps.accounts.enums import Route
from apps.catalog.enums import Audience, Kind, Subject


def thing_label(model: type[models.Model]) -> str:
    """One name for all kinds of pages, the model's label for everything else."""
    return "page" if issubclass(model, Page) else model._meta.label_lower


LISTS = (Kind.HOME, Kind.CATALOGUE, Kind.POLICIES, Kind.UPDATES)


class ReadingQuerySet(models.QuerySet["Reading"]):
    """Sets of readings."""

    def touch(self) -> None:
        """Give every one a new version, so that its next reader gets a new rendering.

        The lists get one too: they show titles, lengths and covers of what changed, or lack what is gone.
        """
        touched = set(self.values_list("pk", flat=True))
        for rows in (self.model.objects.filter(kind__in=LISTS), self.model.objects.filter(pk__in=touched)):
            changed = list(rows.order_by("pk"))  # Always in this order, so that two editors don't wait for each other.
            for reading in changed:
                reading.version = uuid.uuid4()
            self.model.objects.bulk_update(changed, ["version"], batch_size=500)

    def showing(self, thing: models.Model) -> "ReadingQuerySet":
        """Those that show or link to this thing."""
        return self.filter(uses__thing=thing_label(type(thing)), uses__thing_id=str(thing.pk))

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


class SearchEntry(models.Model):
    """What a search may find: a passage of a reading, as readers of one audience see it.

    Derived like `Reading`, whose row takes its entries with it. `audience` is "" where everyone sees the same; a
    page with blocks for one route has an entry for each audience instead. `anchor` is the place on the page, ""
    for all of it; `context` the course or the policy around it; `text` one line a block. A lesson has the subject
    and the route of its course. Its migration gives the table what no model says: on PostgreSQL the columns
    `vector` and `title_vector` and a table of words, on SQLite a full-text table, kept by triggers. Who lets SQLite
    remake this table calls its `make_index` again.
    """

    reading = models.ForeignKey(Reading, on_delete=models.CASCADE, related_name="entries")
    key = models.UUIDField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    language = models.CharField(max_length=10)
    audience = models.CharField(max_length=20, choices=Audience.choices, blank=True)
    subject = models.CharField(max_length=20, choices=Subject.choices, blank=True)
    route = models.CharField(max_length=20, choices=Route.choices)
    anchor = models.CharField(max_length=50, blank=True)
    title = models.CharField(max_length=300)
    context = models.CharField(max_length=255, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reading", "anchor", "audience"], name="catalog_entry_once"),
        ]
        indexes = [models.Index(fields=["kind", "language"], name="catalog_entry_kind")]

    def __str__(self) -> str:
        return f"{self.reading}#{self.anchor}"

    @property
    def url(self) -> str:
        """The address, from the root of the site."""
        return f"{self.reading.url}#{self.anchor}" if self.anchor else self.reading.url


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
