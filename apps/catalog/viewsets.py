"""Lists of pages in the Wagtail admin: each says in which languages the page is published."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.pages.listing import ExplorableIndexView
from wagtail.admin.viewsets.pages import PageViewSet
from wagtail.query import PageQuerySet

from apps.catalog.models import CoursePage, LessonPage, PolicyPage, UpdatePage
from apps.catalog.queries.translations import languages_published, with_languages


class TranslatedIndexView(ExplorableIndexView):
    """Wagtail's own list, with a column for the languages."""

    base_columns = [
        *ExplorableIndexView.base_columns,
        Column("languages", label=_("Languages"), accessor=languages_published, width="12%"),
    ]

    def annotate_queryset(self, pages: PageQuerySet) -> PageQuerySet:
        """In the same statement."""
        return super().annotate_queryset(with_languages(pages))


class TranslatedPageViewSet(PageViewSet):
    """The pages of a kind under their parent."""

    index_view_class = TranslatedIndexView


PAGE_VIEWSETS = [TranslatedPageViewSet(model=kind) for kind in (CoursePage, LessonPage, PolicyPage, UpdatePage)]
