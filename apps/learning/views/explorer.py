"""How lessons do, for who writes and approves them: a report of the Wagtail admin. No reader is named in it."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.permission_policies import ModelPermissionPolicy

from apps.catalog.enums import Subject
from apps.catalog.models import Reading
from apps.core.clock import now
from apps.learning import rules
from apps.learning.models import ClarityAnswer
from apps.learning.queries import clarity
from apps.learning.queries.audiences import course_choices
from apps.learning.queries.own import day_of

MAY_SEE = ModelPermissionPolicy(ClarityAnswer)


def clarity_words(lesson: Reading) -> str:
    """How clear its readers find a lesson, in words: how few they are where the share says little."""
    said = clarity.clarity_of(lesson)
    if said.percent is None:
        return _("no answers yet")
    share = _("%(percent)s %% of %(answers)s") % {"percent": said.percent, "answers": said.answers}
    return _("%(share)s (too few to tell)") % {"share": share} if said.too_few else share


class ExplorerFilters(WagtailFilterSet):
    """Narrows the list of lessons."""

    subject = django_filters.ChoiceFilter(label=gettext_lazy("Subject"), choices=Subject.choices)
    course = django_filters.ChoiceFilter(label=gettext_lazy("Course"), field_name="parent__key", choices=course_choices)
    clear = django_filters.ChoiceFilter(
        label=gettext_lazy("Clarity"),
        method="by_clarity",
        choices=[("low", gettext_lazy("Fewer than 4 of 5 found it clear")), ("few", gettext_lazy("Too few answers"))],
    )
    review = django_filters.ChoiceFilter(
        label=gettext_lazy("Review"),
        method="by_review",
        choices=[("due", gettext_lazy("Due")), ("none", gettext_lazy("No date set"))],
    )

    class Meta:
        model = Reading
        fields: list[str] = []

    def by_clarity(self, lessons: QuerySet[Reading], _name: str, value: str) -> QuerySet[Reading]:
        """Those that enough readers found not clear, or of which too few said anything."""
        if value == "few":
            return lessons.filter(answers__lt=rules.ENOUGH_ANSWERS)
        return lessons.filter(answers__gte=rules.ENOUGH_ANSWERS, share__lt=rules.CLEAR_ENOUGH)

    def by_review(self, lessons: QuerySet[Reading], _name: str, value: str) -> QuerySet[Reading]:
        """Those whose day has come, or that have none."""
        if value == "none":
            return lessons.filter(review_on=None)
        return lessons.filter(review_on__lte=day_of(self.request.user, now()))


class LessonExplorerView(ReportView):
    """Every open lesson with its learners, completions, clarity and date of review."""

    model = Reading
    permission_policy = MAY_SEE
    any_permission_required = ["view"]
    page_title = gettext_lazy("Lesson explorer")
    header_icon = "glasses"
    index_url_name = "lesson_explorer:index"
    index_results_url_name = "lesson_explorer:results"
    filterset_class = ExplorerFilters
    is_searchable = True
    search_backend_name = None
    search_fields = ["title", "parent__title"]
    default_ordering = "title"
    columns = [
        TitleColumn(
            "title",
            label=gettext_lazy("Lesson"),
            sort_key="title",
            get_url=lambda lesson: reverse("lesson_explorer:words", args=[lesson.key]),
        ),
        Column("course", label=gettext_lazy("Course"), accessor="parent.title", sort_key="parent__title"),
        Column("learners", label=gettext_lazy("Learners of the course"), sort_key="learners"),
        Column("completions", label=gettext_lazy("Done by"), sort_key="completions"),
        Column("share", label=gettext_lazy("Found it clear"), accessor=clarity_words, sort_key="share"),
        Column("answers", label=gettext_lazy("Answers"), sort_key="answers"),
        DateColumn("review_on", label=gettext_lazy("Review on"), sort_key="review_on"),
    ]
    list_export = ["title", "parent.title", "language", "learners", "completions", "answers", "clear", "review_on"]
    export_headings = {
        "parent.title": gettext_lazy("Course"),
        "learners": gettext_lazy("Learners of the course"),
        "completions": gettext_lazy("Done by"),
        "answers": gettext_lazy("Answers"),
        "clear": gettext_lazy("Found it clear"),
        "review_on": gettext_lazy("Review on"),
    }
    export_filename = "lessons"

    def get_base_queryset(self) -> QuerySet[Reading]:
        """Lessons with their numbers."""
        return clarity.explored_lessons()

    def order_queryset(self, queryset: QuerySet[Reading]) -> QuerySet[Reading]:
        """What nobody has answered comes last, whichever way the share is sorted."""
        if self.ordering in ("share", "-share"):
            share = F("share")
            order = share.desc(nulls_last=True) if self.ordering == "-share" else share.asc(nulls_last=True)
            return queryset.order_by(order, "title")
        return super().order_queryset(queryset)


class ClarityWordsView(ReportView):
    """What readers of one lesson say of it in their own words."""

    model = ClarityAnswer
    permission_policy = MAY_SEE
    any_permission_required = ["view"]
    header_icon = "comment"
    list_export = ["words", "is_clear", "language"]
    export_filename = "words"
    columns = [
        Column("words", label=gettext_lazy("In their words")),
        Column(
            "is_clear",
            label=gettext_lazy("Found it clear"),
            accessor=lambda said: _("Yes") if said.is_clear else _("Not quite clear"),
        ),
        Column("language", label=gettext_lazy("Language")),
        Column("answered_at", label=gettext_lazy("Day"), accessor=lambda said: said.answered_at.date()),
    ]

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find the lesson."""
        super().setup(request, *args, **kwargs)
        self.lesson = clarity.explored_lessons().filter(key=kwargs["key"]).first()

    def dispatch(self, request: HttpRequest, *args: Any, key: UUID, **kwargs: Any) -> HttpResponse:
        """A lesson that nobody may open isn't explored."""
        if self.lesson is None:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_page_title(self) -> str:
        """The lesson."""
        return self.lesson.title

    def get_page_subtitle(self) -> str:
        """Its numbers."""
        return _("found clear by: %(share)s") % {"share": clarity_words(self.lesson)}

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Below the list."""
        above = {"url": reverse_lazy("lesson_explorer:index"), "label": LessonExplorerView.page_title}
        return [*self.breadcrumbs_items, above, {"url": "", "label": self.lesson.title}]

    def get_index_url(self) -> str:
        """This list itself."""
        return self.request.path

    def get_index_results_url(self) -> str:
        """It has no filters to be asked for alone."""
        return self.request.path

    def get_base_queryset(self) -> QuerySet[ClarityAnswer]:
        """The newest first, without who said it."""
        return clarity.words_about(self.lesson.key)
