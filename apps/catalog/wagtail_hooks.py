"""What this app adds to the Wagtail admin, and how rich text links resolve."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import ObjectList
from wagtail.admin.viewsets.pages import PageViewSet
from wagtail.models import Page
from wagtail.rich_text.feature_registry import FeatureRegistry
from wagtail.rich_text.pages import PageLinkHandler
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from apps.catalog import rules
from apps.catalog.forms import VideoForm
from apps.catalog.models import EditorialPage, Video
from apps.catalog.queries.lists import titles_showing
from apps.catalog.queries.readings import page_addresses
from apps.catalog.services.readings import all_live, refresh_readings
from apps.catalog.views import translations
from apps.catalog.viewsets import PAGE_VIEWSETS
from apps.core.refusals import explain


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
    """A live page under an unpublished one, or one that stands in for its translation, is not reachable.

    Wagtail itself would serve both, private or not.
    """
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


@hooks.register("before_delete_snippet")
def keep_clips_in_use(request: HttpRequest, things: Iterable[Model]) -> HttpResponse | None:
    """A clip that published pages show isn't deleted (Wagtail itself would only count its uses)."""
    try:
        for clip in things:
            if isinstance(clip, Video):
                rules.check_clip_deletion(clip.title, titles_showing(clip))
    except rules.ClipInUse as refusal:
        messages.error(request, explain(refusal))
        return redirect("wagtailsnippets_catalog_video:list")
    return None


@hooks.register("before_edit_page", order=-1)
def keep_submit_publish(request: HttpRequest, page: Page) -> HttpResponse | None:
    """The buttons of the side-by-side screen, before wagtail-localize looks at them."""
    return translations.act_on_translation(request, page)


@hooks.register("register_admin_urls", order=-1)
def translation_doors() -> list[URLPattern]:
    """The list of translations, and doors that stand in front of wagtail-localize's."""
    return [
        path("translations/", translations.TranslationsView.as_view(), name="translations"),
        path(
            "translations/results/",
            translations.TranslationsView.as_view(results_only=True),
            name="translations_results",
        ),
        path("translations/<int:page_id>/<str:language>/pair/", translations.pair, name="pair_translation"),
        path("localize/submit/page/<int:page_id>/", translations.TranslateView.as_view()),
        path("localize/submit/snippet/<path:_snippet>", translations.closed),
        path("localize/update/<int:translation_source_id>/", translations.follows_by_itself),
        path("localize/page/<int:page_id>/convert_to_alias/", translations.closed),
        path("localize/reports/translations/", translations.follows_by_itself),
        path("localize/reports/translations/results/", translations.follows_by_itself),
    ]


@hooks.register("register_admin_viewset")
def lists_of_pages() -> list[PageViewSet]:
    """Lists that say in which languages pages are published."""
    return PAGE_VIEWSETS


class TranslationsMenuItem(MenuItem):
    """The list of translations, for who may translate."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Whether this person may."""
        return request.user.has_perm(translations.RIGHT)


@hooks.register("register_reports_menu_item")
def translations_menu_item() -> MenuItem:
    """Among the reports."""
    return TranslationsMenuItem(gettext_lazy("Translations"), reverse("translations"), icon_name="globe", order=90)


@hooks.register("construct_reports_menu")
def one_list_of_translations(_request: HttpRequest, items: list[MenuItem]) -> None:
    """Wagtail-localize's own report knows only what was begun; ours knows what is missing too."""
    theirs = reverse("wagtail_localize:translations_report")
    items[:] = [item for item in items if item.url != theirs]


class VideoViewSet(SnippetViewSet):
    """Clips, with their captions and transcripts."""

    model = Video
    icon = "media"
    menu_label = gettext_lazy("Clips")
    add_to_admin_menu = True
    menu_order = 400
    list_display = ["title", "seconds"]
    search_fields = ["title"]
    edit_handler = ObjectList(Video.panels, base_form_class=VideoForm)


register_snippet(VideoViewSet)
