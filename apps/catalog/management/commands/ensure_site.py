"""`manage.py ensure_site`: the home page of every language with its sections, for a new site. Safe to run again."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation
from django.utils.translation import gettext as _

from apps.catalog.services.tree import ensure_home


class Command(BaseCommand):
    """Makes what the menu links to; what it says is edited in the admin afterwards."""

    help = "Make the home page of every language with its sections, where they are missing."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """The first language first: it becomes the site's root."""
        for language, name in settings.LANGUAGES:
            with translation.override(language):
                ensure_home(
                    language=language,
                    title=settings.SITE_NAME,
                    headline=_("Learn to sell, and know where you stand"),
                    lead=_("Short lessons on seller tools, policies and shop updates."),
                    sections={"courses": _("Courses"), "policies": _("Policies"), "updates": _("What's new")},
                )
            self.stdout.write(f"{name}: /{language}/")
