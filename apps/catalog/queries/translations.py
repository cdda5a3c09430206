"""How far the pages are in another language: for editors, over wagtail-localize's tables."""

from django.conf import settings
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Length, Substr
from wagtail.models import Page
from wagtail_localize.models import StringSegment, StringTranslation, Translation

from apps.catalog.enums import TranslationState

LANGUAGES_TO_TRANSLATE = [(code, name) for code, name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def translation_of(page: Page) -> Translation | None:
    """The side-by-side translation that this page is made by, or None where it is edited by itself."""
    return (
        Translation.objects.filter(
            source__object_id=page.translation_key, target_locale_id=page.locale_id, enabled=True
        )
        .select_related("source", "target_locale")
        .first()
    )


def with_languages(pages: QuerySet[Page]) -> QuerySet[Page]:
    """The same pages, each knowing in which languages it is published; see `languages_published`."""
    versions = Page.objects.filter(translation_key=OuterRef("translation_key"), live=True)
    return pages.annotate(
        **{
            f"published_{code}": Exists(versions.filter(locale__language_code=code))
            for code, _name in settings.LANGUAGES
        }
    )


def languages_published(page: Page) -> str:
    """The languages in which a page is published, as codes: `EN, ID`."""
    codes = [code for code, _name in settings.LANGUAGES if getattr(page, f"published_{code}")]
    return ", ".join(code.upper() for code in codes)


def segments_waiting(language: str) -> QuerySet[StringSegment]:
    """The passages of all originals that have no translation into this language, or one with an error."""
    done = StringTranslation.objects.filter(
        translation_of_id=OuterRef("string_id"),
        context_id=OuterRef("context_id"),
        locale__language_code=language,
        has_error=False,
    )
    return StringSegment.objects.filter(~Exists(done))


def passages_waiting(translation: Translation) -> int:
    """How many passages of a page still wait for their translation."""
    return segments_waiting(translation.target_locale.language_code).filter(source=translation.source).count()


def pages_in_progress(language: str) -> QuerySet[Page]:
    """Every published page of the site's first language, with how far it is in this language.

    `state` is a TranslationState, `waiting` the number of passages without a translation, `twin` the primary key of
    the page in the other language. `first` is that of the page above, with its title in `first_title`, where that
    one isn't there in the language either, and so has to be translated first. What editors should look at first
    stands first. One statement.
    """
    twin = Page.objects.filter(translation_key=OuterRef("translation_key"), locale__language_code=language)
    above = Page.objects.filter(
        ~Exists(twin), depth__gt=1, path=Substr(OuterRef("path"), 1, Length(OuterRef("path")) - Page.steplen)
    )
    paired = Translation.objects.filter(
        source__object_id=OuterRef("translation_key"),
        source__locale=OuterRef("locale"),
        target_locale__language_code=language,
        enabled=True,
    )
    waiting = (
        segments_waiting(language)
        .filter(source__object_id=OuterRef("translation_key"), source__locale=OuterRef("locale"))
        .values("source")
        .annotate(number=Count("pk"))
        .values("number")
    )
    pages = Page.objects.filter(live=True, depth__gt=1, locale__language_code=settings.LANGUAGE_CODE)
    return pages.annotate(
        twin=Subquery(twin.values("pk")[:1]),
        first=Subquery(above.values("pk")[:1]),
        first_title=Subquery(above.values("title")[:1]),
        twin_is_draft=Exists(twin.filter(Q(live=False) | Q(has_unpublished_changes=True))),
        waiting=Coalesce(Subquery(waiting, output_field=IntegerField()), 0),
        state=Case(
            When(twin=None, then=Value(TranslationState.MISSING.value)),
            When(~Exists(paired), then=Value(TranslationState.APART.value)),
            When(waiting__gt=0, then=Value(TranslationState.WAITING.value)),
            When(twin_is_draft=True, then=Value(TranslationState.DRAFT.value)),
            default=Value(TranslationState.CURRENT.value),
            output_field=CharField(),
        ),
        urgency=Case(
            *(When(state=state.value, then=Value(place)) for place, state in enumerate(TranslationState)),
            output_field=IntegerField(),
        ),
    ).order_by("urgency", F("path"))
