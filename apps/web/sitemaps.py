"""What search engines may find: the pages that anyone may open."""

from collections import defaultdict
from uuid import UUID

from django.contrib.sitemaps import Sitemap
from django.utils.translation import get_language

from apps.catalog.models import Reading

Addresses = dict[str, str]


class ReadingSitemap(Sitemap):
    """Every page in every language, each naming its translations."""

    limit = 5000
    i18n = alternates = True

    def items(self) -> list[Addresses]:
        """The addresses of each page by language, in the order of the tree, so that pages of the map stay steady."""
        pages: dict[UUID, Addresses] = defaultdict(dict)
        for key, language, path in Reading.objects.order_by("page__path").values_list("key", "language", "path"):
            pages[key][language] = f"/{path}"
        return list(pages.values())

    def get_languages_for_item(self, item: Addresses) -> list[str]:
        """Those that the page exists in."""
        return list(item)

    def location(self, item: Addresses) -> str:
        """The page's address in the language for which Django asks."""
        return item[str(get_language())]


SITEMAPS = {"pages": ReadingSitemap}
