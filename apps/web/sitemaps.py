"""What search engines may find: the pages that anyone may open."""

from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet

from apps.catalog.models import Reading


class ReadingSitemap(Sitemap):
    """Every reading in every language."""

    limit = 5000

    def items(self) -> QuerySet[Reading]:
        """In the order of the tree, so that pages of the map stay steady."""
        return Reading.objects.order_by("page__path")

    def location(self, item: Reading) -> str:
        """The page's address."""
        return item.url


SITEMAPS = {"pages": ReadingSitemap}
