"""What this app adds to the Wagtail admin, and how rich text links resolve."""

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.models import Page
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.rich_text.pages import PageLinkHandler
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from apps.catalog.models import EditorialPage, Video
from apps.catalog.queries.readings import page_addresses
from apps.catalog.services.readings import is_open


class ReadingLinkHandler(PageLinkHandler):
    """Links to pages: within a rendering they come from the one statement that it made for all of them."""

    @classmethod
    def expand_db_attributes_many(cls, attrs_list: list[dict[str, str]]) -> list[str]:
        """An `<a>` with the page's address; without one where nobody may open the page."""
        known = page_addresses.get()
        if known is None:
            return super().expand_db_attributes_many(attrs_list)
        addresses = [known.get(attrs.get("id", "")) for attrs in attrs_list]
        return [f'<a href="{escape(address)}">' if address else "<a>" for address in addresses]


@hooks.register("register_rich_text_features", order=100)
def register_links(features: FeatureRegistry) -> None:
    """Use our resolver for links to pages."""
    features.register_link_type(ReadingLinkHandler)


@hooks.register("before_serve_page")
def refuse_under_closed(page: Page, _request: HttpRequest, _args: Any, _kwargs: Any) -> None:
    """A live page under an unpublished one is not reachable (Wagtail itself would serve it)."""
    if isinstance(page, EditorialPage) and not page.get_view_restrictions() and not is_open(page):
        raise Http404


class VideoViewSet(SnippetViewSet):
    """Clips, with their captions and transcripts."""

    model = Video
    icon = "media"
    menu_label = _("Clips")
    add_to_admin_menu = True
    menu_order = 400
    list_display = ["title", "seconds"]
    search_fields = ["title"]


register_snippet(VideoViewSet)
