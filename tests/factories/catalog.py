"""Pages, clips, pictures, files. Pages are published as an editor publishes them, so that readings exist."""

import json
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

import factory
from django.core.files.base import ContentFile
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Page

from apps.accounts.enums import Route
from apps.catalog.models import (
    CataloguePage,
    CoursePage,
    HomePage,
    LessonPage,
    PlainPage,
    PolicyIndexPage,
    PolicyPage,
    Reading,
    UpdateIndexPage,
    UpdatePage,
    Video,
    VideoTrack,
)
from apps.catalog.services.tree import ensure_home
from apps.quizzes.models import Bank
from tests.factories.quizzes import BankFactory, QuestionFactory

CAPTIONS = "WEBVTT\n\n00:00.000 --> 00:02.000\nPin the product.\n"
MP4_HEAD = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


def stream(*blocks: tuple[str, Any]) -> str:
    """A body as Wagtail keeps it: `stream(("heading", "Pin it"), ("text", "<p>Now.</p>"))`."""
    return json.dumps([{"type": kind, "value": value, "id": str(uuid.uuid4())} for kind, value in blocks])


def link(page: Page, words: str = "there") -> str:
    """A link in rich text, as the editor keeps it."""
    return f'<a linktype="page" id="{page.pk}">{words}</a>'


def give_quiz(course: CoursePage, *, ready: int = 4, **facts: Any) -> Bank:
    """Let the course ask 3 of 4 questions of a bank of its own, all to be right, with a pause of 10 minutes.

    The questions cite the course's lessons in turn, and of each the heading that it may have.
    """
    bank = BankFactory(code=course.slug)
    lessons = list(LessonPage.objects.child_of(course).order_by("path"))
    for number in range(ready):
        QuestionFactory(
            bank=bank,
            prompt=f"What holds for {course.title}, number {number}?",
            answers=(f"It is so, {number}", f"It is not so, {number}", f"Nobody knows, {number}"),
            explanation=f"Because of lesson {number}, as every seller learns there.",
            cited_page=lessons[number % len(lessons)],
        )
    set_quiz(course, {"quiz_bank": bank, "quiz_questions": 3, "quiz_pass_mark": 100} | facts)
    return bank


def set_quiz(course: CoursePage, facts: dict[str, Any]) -> None:
    """Publish the course with these fields of its quiz."""
    page = CoursePage.objects.get(pk=course.pk)
    for name, value in facts.items():
        setattr(page, name, value)
    page.save_revision().publish()


def reading_of(page: Page) -> Reading | None:
    """The reading of the page as it is now."""
    return Reading.objects.filter(page_id=page.pk).first()


class PageFactory(factory.django.DjangoModelFactory):
    """A page under `parent`, published unless `published=False`; `translation_of` pairs it."""

    class Meta:
        abstract = True
        model = Page

    summary = "What this page is about."

    @classmethod
    def _create(
        cls,
        model_class: type[Page],
        *_args: Any,
        parent: Page,
        published: bool = True,
        translation_of: Page | None = None,
        **facts: Any,
    ) -> Page:
        parent = Page.objects.get(pk=parent.pk)
        page = model_class(locale=parent.locale, live=False, **facts)
        if translation_of is not None:
            page.translation_key = translation_of.translation_key
        parent.add_child(instance=page)
        if published:
            page.save_revision().publish()
            page.refresh_from_db()
        return page


class CourseFactory(PageFactory):
    """A course for both routes, without lessons."""

    class Meta:
        model = CoursePage

    class Params:
        affiliate = factory.Trait(for_route=Route.AFFILIATE)
        self_selling = factory.Trait(for_route=Route.SELF_SELLING)

    title = factory.Sequence(lambda number: f"Course {number}")
    introduction = "<p>Why this course.</p>"
    outcomes = stream(("outcomes", ["pin a product"]))


class LessonFactory(PageFactory):
    """A lesson of a few words."""

    class Meta:
        model = LessonPage

    title = factory.Sequence(lambda number: f"Lesson {number}")
    body = factory.LazyFunction(lambda: stream(("text", "<p>Pin the product, then speak.</p>")))


class PolicyFactory(PageFactory):
    """A policy with sections 1.1 and 1.2."""

    class Meta:
        model = PolicyPage

    title = factory.Sequence(lambda number: f"Policy {number}")
    effective_on = date(2026, 1, 1)
    sections = factory.LazyFunction(
        lambda: stream(
            ("section", {"number": "1.1", "title": "Claims", "text": "<p>Say what you can prove.</p>"}),
            ("section", {"number": "1.2", "title": "Prices", "text": "<p>Show the whole price.</p>"}),
        )
    )


class UpdateFactory(PageFactory):
    """A shop update for both routes."""

    class Meta:
        model = UpdatePage

    title = factory.Sequence(lambda number: f"Update {number}")
    dated_on = date(2026, 2, 2)
    body = factory.LazyFunction(lambda: stream(("text", "<p>The button moved.</p>")))


class PlainFactory(PageFactory):
    """A page of plain information."""

    class Meta:
        model = PlainPage

    title = factory.Sequence(lambda number: f"Plain page {number}")
    body = factory.LazyFunction(lambda: stream(("text", "<p>Who we are.</p>")))


class PictureFactory(factory.django.DjangoModelFactory):
    """A picture of 16 by 9 points."""

    class Meta:
        model = Image

    title = factory.Sequence(lambda number: f"Picture {number}")
    file = factory.django.ImageField(width=16, height=9, color="blue")


class FileFactory(factory.django.DjangoModelFactory):
    """A document to take along."""

    class Meta:
        model = Document

    title = factory.Sequence(lambda number: f"File {number}")
    file = factory.django.FileField(filename="plan.csv", data=b"day,price\n1,20\n")


class VideoFactory(factory.django.DjangoModelFactory):
    """A clip with a transcript and English captions; `captions=False` makes it without."""

    class Meta:
        model = Video
        skip_postgeneration_save = True

    title = factory.Sequence(lambda number: f"Clip {number}")
    file = factory.django.FileField(filename="clip.mp4", data=MP4_HEAD)
    seconds = 30
    transcript = "<p>A hand pins the product.</p>"

    @factory.post_generation
    def captions(self: Video, create: bool, wanted: bool | None, **_facts: Any) -> None:
        """The caption file."""
        if create and wanted is not False:
            file = ContentFile(CAPTIONS.encode(), name="clip.en.vtt")
            VideoTrack.objects.create(video=self, language="en", file=file)


@dataclass(frozen=True)
class Market:
    """A small site: enough to stand on, small enough to hold in the head.

    Two courses with three lessons each; the first lesson of the first course, and so the course, exist in
    Indonesian too. One policy, one update, one plain page.
    """

    home: HomePage
    home_id: HomePage
    catalogue: CataloguePage
    catalogue_id: CataloguePage
    policies: PolicyIndexPage
    updates: UpdateIndexPage
    anchors: CoursePage
    anchors_id: CoursePage
    anchor_lessons: list[LessonPage]
    first_lesson_id: LessonPage
    claims: CoursePage
    claim_lessons: list[LessonPage]
    policy: PolicyPage
    update: UpdatePage
    about: PlainPage

    @staticmethod
    def reading(page: Page) -> Reading:
        """The reading of a page that anyone may open, its course with it, as it is now."""
        return Reading.objects.select_related("parent").get(page_id=page.pk)


def make_homes() -> tuple[HomePage, HomePage]:
    """Both languages' home pages with their sections."""
    home = ensure_home(
        language="en",
        title="Seller University",
        headline="Sell well",
        lead="Lessons for sellers.",
        sections={"courses": "Courses", "policies": "Policies", "updates": "What's new"},
    )
    home_id = ensure_home(
        language="id",
        title="Universitas Penjual",
        headline="Berjualan dengan baik",
        lead="Pelajaran untuk penjual.",
        sections={"courses": "Kursus", "policies": "Kebijakan", "updates": "Yang baru"},
    )
    return home, home_id


def make_market() -> None:
    """Build the whole of it through the services and the publishing that editors use."""
    home, home_id = make_homes()
    catalogue = CataloguePage.objects.child_of(home).get()
    catalogue_id = CataloguePage.objects.child_of(home_id).get()
    anchors = CourseFactory(parent=catalogue, title="Product anchors", slug="anchors")
    claims = CourseFactory(parent=catalogue, title="Claims", slug="claims", affiliate=True)
    anchors_id = CourseFactory(parent=catalogue_id, title="Jangkar produk", slug="anchors", translation_of=anchors)
    first, *_others = [
        LessonFactory(parent=anchors, title=title, slug=f"a{number}")
        for number, title in enumerate(["On a short video", "On a live", "After the live"], start=1)
    ]
    for number, title in enumerate(["Say what is so", "Prove it", "Fix it"], start=1):
        LessonFactory(parent=claims, title=title, slug=f"c{number}")
    LessonFactory(parent=anchors_id, title="Di video pendek", slug="a1", translation_of=first)
    PolicyFactory(parent=PolicyIndexPage.objects.child_of(home).get(), title="Claims policy", slug="claims")
    UpdateFactory(
        parent=UpdateIndexPage.objects.child_of(home).get(), title="The anchor button moved", slug="anchor-button"
    )
    PlainFactory(parent=home, title="About", slug="about")


def find_market() -> Market:
    """The market of this database."""
    pages = {page.address: page for page in (each.specific for each in Page.objects.filter(depth__gt=1))}
    return Market(
        home=pages["en/"],
        home_id=pages["id/"],
        catalogue=pages["en/courses/"],
        catalogue_id=pages["id/courses/"],
        policies=pages["en/policies/"],
        updates=pages["en/updates/"],
        anchors=pages["en/courses/anchors/"],
        anchors_id=pages["id/courses/anchors/"],
        anchor_lessons=[pages[f"en/courses/anchors/a{number}/"] for number in (1, 2, 3)],
        first_lesson_id=pages["id/courses/anchors/a1/"],
        claims=pages["en/courses/claims/"],
        claim_lessons=[pages[f"en/courses/claims/c{number}/"] for number in (1, 2, 3)],
        policy=pages["en/policies/claims/"],
        update=pages["en/updates/anchor-button/"],
        about=pages["en/about/"],
    )
