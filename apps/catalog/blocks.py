"""The blocks that lessons, updates and plain pages are made of.

Every block renders from `templates/catalog/blocks/<name>.html`. What a template needs beyond the stored value
stands on the block's value class, so that templates hold no logic.
"""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock
from wagtail.rich_text import RichText
from wagtail.snippets.blocks import SnippetChooserBlock

from apps.accounts.enums import Route
from apps.catalog import rules
from apps.catalog.enums import Callout

TEXT_FEATURES = ["bold", "italic", "ol", "ul", "link", "document-link", "code"]
PICTURE_WIDTHS = (480, 960, 1440)
PICTURE_FILTERS = tuple(f"max-{width}x{width * 2}|format-webp" for width in PICTURE_WIDTHS)


class DraftableBlock(blocks.StructBlock):
    """A block that may be unfinished in a draft; what it lacks is said beside it on publishing or submitting.

    Wagtail lets required parts be empty in a draft; this is the same for what the parts need of each other.
    """

    def lacks(self, value: Any) -> dict[str, str]:
        """What readers would miss: the part of the block where it is mended, and what to do."""
        raise NotImplementedError

    def clean(self, value: Any) -> Any:
        """Refuse what lacks something, unless a draft is saved or previewed."""
        cleaned = super().clean(value)
        lacks = {} if self.is_deferred_validation else self.lacks(cleaned)
        if lacks:
            raise blocks.StructBlockValidationError({part: ValidationError(text) for part, text in lacks.items()})
        return cleaned


def check_finished(stream: blocks.StreamValue) -> None:
    """Refuse to publish a body with an unfinished block, naming the first: for who publishes without the form."""
    try:
        stream.stream_block.clean(stream)
    except blocks.StreamBlockValidationError as error:
        if not error.block_errors:
            raise rules.NotReadyToPublish("%(problem)s", problem=first_message(error)) from None
        place = min(error.block_errors)
        raise rules.NotReadyToPublish(
            rules.gettext_noop("Block %(number)s (%(kind)s): %(problem)s"),
            number=place + 1,
            kind=str(stream[place].block.label),
            problem=first_message(error.block_errors[place]),
        ) from None


def first_message(error: ValidationError) -> str:
    """The first thing that is wrong with a block, however deep inside it lies."""
    inside = list(getattr(error, "block_errors", {}).values())
    if not inside and hasattr(error, "non_block_errors"):
        inside = error.non_block_errors.as_data()
    return first_message(inside[0]) if inside else error.messages[0]


def says_something(text: Any) -> bool:
    """Whether rich text holds a word: an editor that was emptied leaves `<p></p>` behind."""
    return bool(strip_tags(str(getattr(text, "source", text) or "")).strip())


class PictureValue(blocks.StructValue):
    """A picture with the address, size and choices of width that a page needs."""

    @property
    def picture_html(self) -> SafeString:
        """The `<img>`; a drawing as it is, a photograph as WebP in three widths. Nothing where it was deleted."""
        image = self["image"]
        if image is None:
            return mark_safe("")
        alt = "" if self["decorative"] else self["alt"]
        if image.is_svg():
            return format_html(
                '<img src="{}" alt="{}" width="{}" height="{}" loading="lazy" decoding="async">',
                image.file.url,
                alt,
                image.width,
                image.height,
            )
        found = image.get_renditions(*PICTURE_FILTERS)
        renditions = sorted({each.width: each for each in found.values()}.values(), key=lambda each: each.width)
        return format_html(
            '<img src="{}" srcset="{}" sizes="(min-width: 48rem) 42rem, 100vw" alt="{}" width="{}" height="{}" '
            'loading="lazy" decoding="async">',
            renditions[-1].url,
            ", ".join(f"{each.url} {each.width}w" for each in renditions),
            alt,
            renditions[-1].width,
            renditions[-1].height,
        )


class PictureBlock(DraftableBlock):
    """A picture that says what it shows, or is marked as decoration."""

    image = ImageChooserBlock(label=_("Picture"))
    alt = blocks.CharBlock(
        label=_("What it shows"),
        required=False,
        max_length=300,
        help_text=_("For readers who cannot see it: what they would miss, not “picture of”."),
    )
    decorative = blocks.BooleanBlock(
        label=_("Only decoration"), required=False, help_text=_("Screen readers pass over it.")
    )
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=200)

    class Meta:
        icon = "image"
        label = _("Picture")
        template = "catalog/blocks/picture.html"
        value_class = PictureValue

    def lacks(self, value: Any) -> dict[str, str]:
        """A picture says what it shows or is marked as decoration."""
        if value["decorative"] or value["alt"].strip():
            return {}
        return {"alt": gettext("Say what the picture shows, or mark it as decoration.")}


class VideoValue(blocks.StructValue):
    """A video with its sources and caption tracks, or the address of one elsewhere."""

    @property
    def title(self) -> str:
        """The clip's title, or the one given with the address."""
        return self["video"].title if self["video"] else self["address_title"]

    @property
    def sources(self) -> list[dict[str, str]]:
        """The files that a browser may choose from."""
        return [{"url": self["video"].file.url, "type": "video/mp4"}] if self["video"] else []

    @property
    def poster_url(self) -> str:
        """The still picture shown before it plays."""
        return self["video"].poster.file.url if self["video"] and self["video"].poster_id else ""

    @property
    def tracks(self) -> list[dict[str, Any]]:
        """The caption files; the one in the reader's language is on by default, else the first."""
        if not self["video"]:
            return []
        names, found = dict(settings.LANGUAGES), list(self["video"].tracks.all())
        found.sort(key=lambda track: track.language != get_language())
        return [
            {
                "url": track.file.url,
                "language_code": track.language,
                "label": names.get(track.language, track.language),
                "default": number == 0,
            }
            for number, track in enumerate(found)
        ]

    @property
    def transcript(self) -> Any:
        """What is seen and said, in words."""
        return RichText(self["video"].transcript) if self["video"] else self["address_transcript"]

    @property
    def facts(self) -> rules.VideoFacts:
        """What decides whether it may be published; what a video elsewhere has of captions isn't ours to know."""
        if self["video"]:
            return self["video"].facts()
        return rules.VideoFacts(has_captions=True, has_transcript=says_something(self.transcript))

    @property
    def host(self) -> str:
        """Where a video elsewhere lives."""
        return urlsplit(self["address"] or "").hostname or ""


class VideoBlock(DraftableBlock):
    """One of our clips, or a video elsewhere by its address."""

    video = SnippetChooserBlock("catalog.Video", label=_("Clip"), required=False)
    address = blocks.URLBlock(
        label=_("Or its address"),
        required=False,
        help_text=_("A video elsewhere. Readers see a link: nothing loads from there before they choose it."),
    )
    address_title = blocks.CharBlock(label=_("Title of the video elsewhere"), required=False, max_length=120)
    address_transcript = blocks.RichTextBlock(
        label=_("Transcript of the video elsewhere"), required=False, features=["ol", "ul"]
    )

    class Meta:
        icon = "media"
        label = _("Video")
        template = "catalog/blocks/video.html"
        value_class = VideoValue

    def lacks(self, value: Any) -> dict[str, str]:
        """One of both; a clip has captions and a transcript, a video elsewhere its title and a transcript."""
        if bool(value["video"]) == bool(value["address"]):
            return {"video": gettext("Choose one of our clips, or give the address of a video elsewhere.")}
        if value["address"] and not value["address_title"]:
            return {"address_title": gettext("Give the video's title.")}
        if problem := rules.video_problem(value.facts):
            part = "video" if value["video"] else "address_transcript"
            return {part: gettext(problem) % {"title": value.title}}
        return {}


class StepBlock(blocks.StructBlock):
    """One step of a procedure."""

    title = blocks.CharBlock(label=_("Step"), max_length=120)
    text = blocks.RichTextBlock(label=_("How"), features=TEXT_FEATURES, required=False)


class StepsBlock(blocks.StructBlock):
    """A procedure: numbered steps in the order in which they are done."""

    title = blocks.CharBlock(label=_("What the steps lead to"), max_length=120, required=False)
    steps = blocks.ListBlock(StepBlock(), min_num=2, label=_("Steps"))

    class Meta:
        icon = "list-ol"
        label = _("Steps")
        template = "catalog/blocks/steps.html"


class DoDontBlock(blocks.StructBlock):
    """What to do beside what not to do."""

    do = blocks.ListBlock(blocks.CharBlock(max_length=240), min_num=1, label=_("Do"))
    dont = blocks.ListBlock(blocks.CharBlock(max_length=240), min_num=1, label=_("Don't"))

    class Meta:
        icon = "check"
        label = _("Do and don't")
        template = "catalog/blocks/do_dont.html"


class CalloutBlock(blocks.StructBlock):
    """A few words set apart."""

    kind = blocks.ChoiceBlock(choices=Callout.choices, default=Callout.NOTE, label=_("Kind"))
    title = blocks.CharBlock(label=_("Title"), max_length=120, required=False)
    text = blocks.RichTextBlock(label=_("Text"), features=TEXT_FEATURES)

    class Meta:
        icon = "warning"
        label = _("Callout")
        template = "catalog/blocks/callout.html"


class TableBlock(DraftableBlock):
    """A small table with a caption and a heading for every column."""

    caption = blocks.CharBlock(label=_("What the table shows"), max_length=160)
    header = blocks.ListBlock(blocks.CharBlock(max_length=80), min_num=2, max_num=6, label=_("Columns"))
    rows = blocks.ListBlock(
        blocks.ListBlock(blocks.CharBlock(max_length=240, required=False), label=_("Cells")),
        min_num=1,
        label=_("Rows"),
    )

    class Meta:
        icon = "table"
        label = _("Table")
        template = "catalog/blocks/table.html"

    def lacks(self, value: Any) -> dict[str, str]:
        """A row has as many cells as there are columns."""
        columns = len(value["header"])
        for number, row in enumerate(value["rows"], start=1):
            if len(row) != columns:
                message = gettext("Row %(number)s has %(cells)s cells; the table has %(columns)s columns.")
                return {"rows": message % {"number": number, "cells": len(row), "columns": columns}}
        return {}


class FileValue(blocks.StructValue):
    """A document with what a reader wants to know before loading it."""

    @property
    def title(self) -> str:
        """The document's own title."""
        return self["document"].title

    @property
    def url(self) -> str:
        """Where it is loaded from."""
        return self["document"].url

    @property
    def extension(self) -> str:
        """Its kind, in capitals: CSV."""
        return self["document"].file_extension.upper()

    @property
    def size(self) -> int:
        """Its size in bytes, 0 where nobody knows. Wagtail's own `get_file_size` would write it to the database."""
        document = self["document"]
        try:
            return document.file.size if document.file_size is None else document.file_size
        except OSError:
            return 0


class FileBlock(blocks.StructBlock):
    """A document to take along."""

    document = DocumentChooserBlock(label=_("File"))
    description = blocks.CharBlock(label=_("What it is for"), max_length=200, required=False)

    class Meta:
        icon = "doc-full"
        label = _("File")
        template = "catalog/blocks/file.html"
        value_class = FileValue


class PolicyExcerptValue(blocks.StructValue):
    """A section of a policy as it reads in the policy: one source, never a copy."""

    @property
    def section(self) -> dict[str, Any] | None:
        """The chosen section, or None where it no longer stands there or nobody may read the policy."""
        policy = self["policy"]
        return policy.specific.section(self["section"]) if policy and hasattr(policy, "reading") else None

    @property
    def source(self) -> str:
        """The section's text as it is stored."""
        return self.section["text"].source if self.section else ""

    @property
    def found(self) -> bool:
        """Whether the section still stands in the policy."""
        return self.section is not None

    @property
    def language_code(self) -> str:
        """The policy's language, which may not be the page's."""
        return self["policy"].locale.language_code if self["policy"] else ""

    @property
    def policy_title(self) -> str:
        """The policy's title."""
        return self["policy"].title if self["policy"] else ""

    @property
    def number(self) -> str:
        """The section's number."""
        return self["section"]

    @property
    def section_title(self) -> str:
        """The section's title."""
        return self.section["title"] if self.section else ""

    @property
    def html(self) -> Any:
        """The section's text."""
        return self.section["text"] if self.section else ""

    @property
    def url(self) -> str:
        """Where the section stands in the policy."""
        reading = getattr(self["policy"], "reading", None)
        return f"{reading.url}#{rules.section_anchor(self['section'])}" if reading else ""


def section_number_block(**kwargs: Any) -> blocks.RegexBlock:
    """The number of a policy's section: the same in every language, so never a text to translate."""
    return blocks.RegexBlock(
        r"^\d{1,2}\.\d{1,2}$", error_messages={"invalid": _("A section number reads like 2.3.")}, **kwargs
    )


class PolicyExcerptBlock(DraftableBlock):
    """A section of a policy, shown as it reads there."""

    policy = blocks.PageChooserBlock(page_type="catalog.PolicyPage", label=_("Policy"))
    section = section_number_block(label=_("Section number"), help_text=_("As in the policy: 2.3"))

    class Meta:
        icon = "openquote"
        label = _("Policy excerpt")
        template = "catalog/blocks/policy_excerpt.html"
        value_class = PolicyExcerptValue

    def lacks(self, value: Any) -> dict[str, str]:
        """The policy has a section of this number."""
        policy, number = value["policy"], value["section"]
        if policy.specific.section(number) is not None:
            return {}
        message = gettext("“%(policy)s” has no section %(number)s.")
        return {"section": message % {"policy": policy.title, "number": number}}


class CheckOptionBlock(blocks.StructBlock):
    """One answer that a reader may pick, and what we say to it."""

    text = blocks.CharBlock(label=_("Answer"), max_length=240)
    right = blocks.BooleanBlock(label=_("This is the right one"), required=False)
    explanation = blocks.CharBlock(label=_("What we say to it"), max_length=500)


class KnowledgeCheckBlock(DraftableBlock):
    """One question to check oneself: not graded, nothing is kept, every answer is explained."""

    question = blocks.CharBlock(label=_("Question"), max_length=300)
    options = blocks.ListBlock(CheckOptionBlock(), min_num=2, max_num=5, label=_("Answers"))

    class Meta:
        icon = "help"
        label = _("Knowledge check")
        template = "catalog/blocks/knowledge_check.html"

    def lacks(self, value: Any) -> dict[str, str]:
        """One answer is the right one."""
        if sum(option["right"] for option in value["options"]) == 1:
            return {}
        return {"options": gettext("Mark exactly one answer as the right one.")}

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        """Where the picked answer is sent."""
        context = super().get_context(value, parent_context)
        if context.get("lesson_key") and context.get("block_id"):
            context["check_url"] = reverse(
                "catalog:check", args=[context["language"], context["lesson_key"], context["block_id"]]
            )
        return context


def _plain_blocks() -> list[tuple[str, blocks.Block]]:
    """Those that may also stand in a block for one route."""
    return [
        (
            "heading",
            blocks.CharBlock(label=_("Heading"), icon="title", max_length=120, template="catalog/blocks/heading.html"),
        ),
        (
            "text",
            blocks.RichTextBlock(
                label=_("Text"), icon="pilcrow", features=TEXT_FEATURES, template="catalog/blocks/text.html"
            ),
        ),
        ("picture", PictureBlock()),
        ("steps", StepsBlock()),
        ("do_dont", DoDontBlock()),
        ("callout", CalloutBlock()),
    ]


class RouteBodyBlock(blocks.StreamBlock):
    """What a block for one route may hold."""

    def __init__(self, local_blocks: Any = None, **kwargs: Any) -> None:
        super().__init__(local_blocks or _plain_blocks(), **kwargs)


class RouteOnlyValue(blocks.StructValue):
    """A part of the page that sellers of one route see."""

    @property
    def label(self) -> str:
        """For whom it is, in words."""
        labels = {
            Route.AFFILIATE: gettext("For affiliate sellers"),
            Route.SELF_SELLING: gettext("For self-selling sellers"),
        }
        return labels.get(self["route"], "")


class RouteOnlyBlock(blocks.StructBlock):
    """Blocks that only sellers of one route see; readers of both, or of none, see them with their label."""

    route = blocks.ChoiceBlock(
        choices=[(route.value, route.label) for route in (Route.AFFILIATE, Route.SELF_SELLING)],
        label=_("Only for"),
    )
    body = RouteBodyBlock(label=_("What they see"))

    class Meta:
        icon = "user"
        label = _("For one route only")
        template = "catalog/blocks/route_only.html"
        value_class = RouteOnlyValue


class BodyBlock(blocks.StreamBlock):
    """The body of a lesson, an update or a plain page."""

    def __init__(self, local_blocks: Any = None, **kwargs: Any) -> None:
        everything = [
            *_plain_blocks(),
            ("video", VideoBlock()),
            ("table", TableBlock()),
            ("file", FileBlock()),
            ("policy_excerpt", PolicyExcerptBlock()),
            ("knowledge_check", KnowledgeCheckBlock()),
            ("route_only", RouteOnlyBlock()),
        ]
        super().__init__(local_blocks or everything, **kwargs)


class PolicySectionBlock(blocks.StructBlock):
    """One numbered section of a policy. Its number names it for ever."""

    number = section_number_block(
        label=_("Number"),
        help_text=_("Like 2.3. Violations and lessons cite it: never give a number to another section."),
    )
    title = blocks.CharBlock(label=_("Title"), max_length=120)
    text = blocks.RichTextBlock(label=_("Text"), features=TEXT_FEATURES)

    class Meta:
        icon = "list-ol"
        label = _("Section")


class PolicySectionsBlock(blocks.StreamBlock):
    """The sections of a policy."""

    section = PolicySectionBlock()

    def clean(self, value: Any) -> Any:
        """Refuse a number that names two sections, unless a draft is saved or previewed."""
        cleaned = super().clean(value)
        numbers = [child.value["number"] for child in cleaned]
        if repeated := [] if self.is_deferred_validation else rules.repeated_numbers(numbers):
            message = _("Number %(number)s names two sections. Each number names one, for ever.")
            error = ValidationError(message, params={"number": repeated[0]})
            second = numbers.index(repeated[0], numbers.index(repeated[0]) + 1)
            raise blocks.StreamBlockValidationError({second: blocks.StructBlockValidationError({"number": error})})
        return cleaned


class PromiseBlock(blocks.StructBlock):
    """One thing that the site promises, on the home page."""

    title = blocks.CharBlock(label=_("Title"), max_length=60)
    text = blocks.CharBlock(label=_("Text"), max_length=160)


class RouteIntroBlock(blocks.StructBlock):
    """What one route means, on the home page."""

    route = blocks.ChoiceBlock(
        choices=[(route.value, route.label) for route in (Route.AFFILIATE, Route.SELF_SELLING)],
        label=_("Route"),
    )
    title = blocks.CharBlock(label=_("Title"), max_length=60)
    text = blocks.CharBlock(label=_("Text"), max_length=260)
