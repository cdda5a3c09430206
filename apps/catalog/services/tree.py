"""Makes the fixed parts of the page tree: a home page a language, and the sections under it."""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from wagtail.models import Locale, Page, Site

from apps.accounts.models import User
from apps.catalog.models import CataloguePage, HomePage, PolicyIndexPage, UpdateIndexPage

SECTIONS: dict[str, type[Page]] = {
    "courses": CataloguePage,
    "policies": PolicyIndexPage,
    "updates": UpdateIndexPage,
}


@transaction.atomic
def ensure_home(*, language: str, title: str, headline: str, lead: str, sections: dict[str, str]) -> HomePage:
    """The home page of a language with its sections, made where they are missing; titles by section's slug.

    The first language's home becomes the site's root page, and Wagtail's welcome page goes.
    """
    locale, _created = Locale.objects.get_or_create(language_code=language)
    first = HomePage.objects.filter(locale__language_code=settings.LANGUAGE_CODE).first()
    home = HomePage.objects.filter(locale=locale).first()
    if home is None:
        root = Page.objects.get(depth=1)
        slug = "home" if language == settings.LANGUAGE_CODE else f"home-{language}"
        Page.objects.filter(depth=2, slug=slug).exclude(pk__in=HomePage.objects.all()).delete()
        home = HomePage(locale=locale, title=title, slug=slug, headline=headline, lead=lead)
        if first is not None:
            home.translation_key = first.translation_key
        root.add_child(instance=home)
        home.save_revision().publish()
    if language == settings.LANGUAGE_CODE:
        Site.objects.update_or_create(
            is_default_site=True,
            defaults={"root_page": home, "hostname": "localhost", "site_name": settings.SITE_NAME},
        )
    for slug, kind in SECTIONS.items():
        ensure_section(home, kind, slug, sections[slug])
    return home


def ensure_section(home: HomePage, kind: type[Page], slug: str, title: str) -> None:
    """The section page under this home, made where it is missing, paired with its translations."""
    if kind.objects.child_of(home).exists():
        return
    page = kind(locale=home.locale, title=title, slug=slug)
    twin = kind.objects.exclude(locale=home.locale).first()
    if twin is not None:
        page.translation_key = twin.translation_key
    home.add_child(instance=page)
    page.save_revision().publish()


@transaction.atomic
def put_page(*, page: Page, facts: dict[str, Any], at: datetime | None = None, by: User | None = None) -> bool:
    """Give the page these facts and publish it; answers whether anything changed.

    `facts` are field values; a stream field takes its raw list. `at` dates a page that is published for the first
    time, so that the demo market has a past.
    """
    before, is_new = page.to_json(), page.first_published_at is None
    for name, value in facts.items():
        setattr(page, name, json.dumps(value) if isinstance(value, list) else value)
    if page.to_json() == before and page.live:
        return False
    page.save_revision(user=by).publish(user=by)
    if at is not None and is_new:
        Page.objects.filter(pk=page.pk).update(first_published_at=at, last_published_at=at)
    return True


@transaction.atomic
def put_stub(*, parent: Page, kind: type[Page], slug: str, title: str, facts: dict[str, Any]) -> Page:
    """The page of this slug, made unpublished and empty where it is missing, so that others may link to it."""
    page = kind.objects.child_of(parent).filter(slug=slug).first()
    if page is None:
        page = kind(slug=slug, title=title, locale=parent.locale, live=False, **facts)
        parent.add_child(instance=page)
    return page
