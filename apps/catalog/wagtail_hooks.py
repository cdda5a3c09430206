"""What this app adds to the Wagtail admin, and how rich text links resolve."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.models import Page
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.rich_text.pages import PageLinkHandler
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from apps.catalog.models import EditorialPage, Video
from apps.catalog.queries.readings import page_addresses
from apps.catalog.services.readings import all_live, refresh_readings


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
    """A live page under an unpublished one is not reachable, private or not (Wagtail itself would serve it)."""
    if isinstance(page, EditorialPage) and not all_live(page):
        raise Http404


@hooks.register("before_move_page")
def keep_language(request: HttpRequest, page: Page, destination: Page) -> HttpResponse | None:
    """A page's language stands in its address: it is not moved under pages of another language."""
    if destination.depth > 1 and page.locale_id != destination.locale_id:
        messages.error(request, _("A page stays among pages of its own language. Copy it there instead."))
        return redirect("wagtailadmin_explore", page.get_parent().pk)
    return None


@hooks.register("after_copy_page")
def follow_copy(_request: HttpRequest, _page: Page, copy: Page) -> None:
    """A copy that is live at once, as an alias is, can be read at once."""
    for each in copy.get_descendants(inclusive=True):
        refresh_readings(each)


class VideoViewSet(SnippetViewSet):
    """Clips, with their captions and transcripts."""

    model = Video
    icon = "media"
    menu_label = gettext_lazy("Clips")
    add_to_admin_menu = True
    menu_order = 400
    list_display = ["title", "seconds"]
    search_fields = ["title"]


register_snippet(VideoViewSet)
