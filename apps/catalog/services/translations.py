"""Translation side by side: begins one, keeps it as a draft, submits and publishes it, follows the original.

wagtail-localize cuts a page into passages and keeps each one's translation. What it would do with the page then is
ours: its own way of saving writes a draft over the live row, and publishes in the original's words what nobody has
translated yet.
"""

import json
from collections.abc import Iterable

from django.db import transaction
from wagtail.models import Locale, Page, Revision
from wagtail_localize.models import (
    OverridableSegment,
    SegmentOverride,
    StringSegment,
    StringTranslation,
    Translation,
    TranslationSource,
)
from wagtail_localize.segments import OverridableSegmentValue, StringSegmentValue
from wagtail_localize.segments.extract import extract_segments

from apps.accounts.models import User
from apps.catalog import rules
from apps.catalog.queries.translations import passages_waiting


@transaction.atomic
def begin_translations(*, page: Page, locales: Iterable[Locale], with_children: bool, by: User) -> list[Page]:
    """The same page in several languages, all of them or none; answers the drafts."""
    return [begin_translation(page=page, locale=locale, with_children=with_children, by=by) for locale in locales]


@transaction.atomic
def begin_translation(*, page: Page, locale: Locale, with_children: bool, by: User) -> Page:
    """Make the page in another language as a draft, still in its original's words; answers that draft.

    `with_children` does the same for the published pages below it that aren't there in that language. Refused for a
    draft, for a page whose parent isn't translated, and for one that stands in that language already.
    """
    parent, key = page.get_parent(), page.translation_key
    rules.check_translatable(
        page.title,
        is_live=page.live,
        parent=parent.title,
        has_parent=parent.has_translation(locale),
        has_page=Page.objects.filter(translation_key=key, locale=locale).exists(),
    )
    source, _created = TranslationSource.update_or_create_from_instance(page)
    Translation.objects.update_or_create(source=source, target_locale=locale, defaults={"enabled": True})
    draft, _created = source.create_or_update_translation(locale, user=by, publish=False, fallback=True)
    for child in page.get_children().filter(live=True) if with_children else []:
        if not child.has_translation(locale):
            begin_translation(page=child, locale=locale, with_children=True, by=by)
    return draft


def keep_translation(*, translation: Translation, by: User) -> Revision:
    """Keep what is translated so far as the page's newest draft; the rest stands in it in the original's words."""
    page = translation.source.get_ephemeral_translated_instance(translation.target_locale, fallback=True)
    return page.save_revision(user=by, log_action=True)


@transaction.atomic
def submit_translation(*, translation: Translation, by: User) -> None:
    """Keep it as a draft and hand it to the approvers. Refused while passages wait for a translation."""
    rules.check_translated(passages_waiting(translation))
    page = keep_translation(translation=translation, by=by).content_object
    sent_back = page.current_workflow_state
    if sent_back is not None:
        sent_back.resume(by)
    else:
        page.get_workflow().start(page, by)


@transaction.atomic
def publish_translation(*, translation: Translation, by: User) -> None:
    """Make it live. Refused while passages wait for a translation, and as every page is."""
    rules.check_translated(passages_waiting(translation))
    keep_translation(translation=translation, by=by).publish(user=by)


def follow_original(*, page: Page) -> None:
    """Once a page is published anew, the passages that changed wait for a translation, in every language.

    What readers of the other languages see stays as it is until somebody publishes it.
    """
    source = TranslationSource.objects.filter(object_id=page.translation_key, locale_id=page.locale_id).first()
    if source is not None:
        source.update_from_db()


@transaction.atomic
def pair_pages(*, original: Page, translated: Page) -> Translation:
    """Take over a page that was translated before by hand, so that both stand side by side from now on.

    Refused unless both are built of the same blocks, with the same ids: only then every passage has its counterpart.
    Pictures and files of its own stay its own.
    """
    before, after = (extract_segments(page.specific) for page in (original, translated))
    rules.check_alike(places_of(before), places_of(after))
    source, _created = TranslationSource.update_or_create_from_instance(original)
    translation, _created = Translation.objects.update_or_create(
        source=source, target_locale=translated.locale, defaults={"enabled": True}
    )
    take_over_words(source, translated.locale, after)
    take_over_things(source, translated.locale, after)
    return translation


def places_of(segments: list) -> list[str]:
    """Where the passages of a page stand, each as often as there are passages; one that is empty doesn't count."""
    return [each.path for each in segments if isinstance(each, StringSegmentValue)]


def take_over_words(source: TranslationSource, locale: Locale, segments: list) -> None:
    """Keep the words of a translated page as translations of the original's, passage by passage."""
    words = [each for each in segments if isinstance(each, StringSegmentValue)]
    originals = StringSegment.objects.filter(source=source).order_by("order")
    for original, translated in zip(originals, words, strict=True):
        StringTranslation.objects.update_or_create(
            translation_of_id=original.string_id,
            context_id=original.context_id,
            locale=locale,
            defaults={"data": translated.string.data, "translation_type": StringTranslation.TRANSLATION_TYPE_MANUAL},
        )


def take_over_things(source: TranslationSource, locale: Locale, segments: list) -> None:
    """Keep the pictures, files and addresses in which a translated page differs from its original."""
    things = {each.path: each.data for each in segments if isinstance(each, OverridableSegmentValue)}
    for original in OverridableSegment.objects.filter(source=source).select_related("context"):
        mine = things.get(original.context.path, original.data)
        if mine != original.data:
            SegmentOverride.objects.update_or_create(
                context=original.context, locale=locale, defaults={"data_json": json.dumps(mine)}
            )
