"""What types of violations are called."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import prefetch_related_objects

from apps.compliance.models import ViolationType


def titles_of(types: Iterable[ViolationType], language: str) -> dict[int, str]:
    """What these types are called in this language, else in the site's first, else by their code; by their id.

    One statement, and none where the texts were fetched with the types.
    """
    found = list(types)
    prefetch_related_objects(found, "texts")
    return {each.pk: _title(each, language) for each in found}


def _title(kind: ViolationType, language: str) -> str:
    named = {text.language: text.title for text in kind.texts.all()}
    return named.get(language) or named.get(settings.LANGUAGE_CODE) or kind.code


def title_of(kind: ViolationType, language: str) -> str:
    """What a type is called in this language, else in the site's first, else by its code."""
    return titles_of([kind], language)[kind.pk]
