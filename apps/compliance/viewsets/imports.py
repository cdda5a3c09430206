"""Files of violations in the Wagtail admin: brought, looked over, taken by a worker, followed."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.widgets.button import Button

from apps.compliance.enums import ImportState, Outcome
from apps.compliance.forms.imports import FileForm
from apps.compliance.models import ViolationImport
from apps.compliance.queries.imports import numbers_of, troubled_lines
from apps.compliance.rules.files import LARGEST_FILE, NEEDED, FileRefused
from apps.compliance.rules.intake import CSV_FIELDS
from apps.compliance.services.imports import drop_import, preview_file, start_import
from apps.core.clock import now
from apps.core.refusals import explain
from apps.core.rules import Refusal
from apps.core.viewsets import ReadOnlyViewSet

REFRESH_SECONDS = 3


def in_words(counts: Mapping[str, int]) -> str:
    """So many of each outcome: “212 new, 3 known, 1 conflict, 2 refused”."""
    words = {
        Outcome.CREATED: ngettext("%(count)s new", "%(count)s new", counts.get(Outcome.CREATED, 0)),
        Outcome.PENDING: ngettext(
            "%(count)s that waits for its seller",
            "%(count)s that wait for their sellers",
            counts.get(Outcome.PENDING, 0),
        ),
        Outcome.KNOWN: ngettext("%(count)s known", "%(count)s known", counts.get(Outcome.KNOWN, 0)),
        Outcome.CONFLICT: ngettext("%(count)s conflict", "%(count)s conflicts", counts.get(Outcome.CONFLICT, 0)),
        Outcome.REFUSED: ngettext("%(count)s refused", "%(count)s refused", counts.get(Outcome.REFUSED, 0)),
    }
    return ", ".join(text % {"count": counts[outcome]} for outcome, text in words.items() if counts.get(outcome))


class ImportIndexView(generic.IndexView):
    """All files, with how far each is."""

    add_item_label = _("Bring a file")

    def get_base_queryset(self) -> QuerySet[ViolationImport]:
        """Without a statement for each row."""
        return super().get_base_queryset().select_related("brought_by")

    def get_list_more_buttons(self, instance: ViolationImport) -> list[Button]:
        """None: the name leads to the file."""
        return []

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The numbers of this page of the list, in one statement."""
        context = super().get_context_data(*args, **kwargs)
        numbers = numbers_of(list(context["object_list"]))
        for brought in context["object_list"]:
            found = numbers[brought.pk]
            brought.lines_in_all, brought.said = found.lines, in_words(found.taken or found.expected)
        return context


class BringView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    """Bring a file; it is only looked at."""

    model = ViolationImport
    permission_required = "add"
    form_class = FileForm
    template_name = "compliance/admin/bring.html"
    page_title = _("Bring a file of violations")
    header_icon = "upload"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Below the list."""
        above = {"url": reverse("violation-files:index"), "label": gettext("Files of violations")}
        return [*self.breadcrumbs_items, above, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the columns."""
        return super().get_context_data(columns=CSV_FIELDS, needed=NEEDED, **kwargs)

    def form_valid(self, form: FileForm) -> HttpResponse:
        """Through the service, which reads it."""
        file = form.cleaned_data["content"]
        # One byte more than may be is enough to see that it is too large.
        content, by = file.read(LARGEST_FILE + 1), self.request.user
        try:
            brought = preview_file(name=file.name, content=content, at=now(), by=by)  # type: ignore[arg-type]
        except FileRefused as refusal:
            form.add_error("content", explain(refusal))
            return self.form_invalid(form)
        return redirect("violation-files:inspect", brought.pk)

    def form_invalid(self, form: FileForm) -> HttpResponse:
        """The form, with what is wrong with it."""
        messages.error(self.request, gettext("The file can’t be taken. See what is wrong below."))
        return self.render_to_response(self.get_context_data(form=form), status=422)


class FileView(generic.InspectView):
    """What would come of a file, how far it is, what came of it; it asks anew by itself while it is being taken."""

    page_title = _("File of violations")
    template_name = "compliance/admin/file.html"

    def get_object(self, queryset: QuerySet[ViolationImport] | None = None) -> ViolationImport:
        """With who brought it."""
        return get_object_or_404(ViolationImport.objects.select_related("brought_by"), pk=self.pk)

    def get_fields(self) -> list[str]:
        """When, and by whom."""
        return ["brought_at", "brought_by", "started_at", "ended_at"]

    def get_fields_context(self) -> list[dict[str, Any]]:
        """What is empty is left out."""
        return [field for field in super().get_fields_context() if field["value"] not in (None, "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the numbers, and the lines that are wrong."""
        numbers = numbers_of([self.object])[self.object.pk]
        is_open = self.object.state == ImportState.PREVIEWED
        return super().get_context_data(
            numbers=numbers,
            expected=in_words(numbers.expected),
            taken=in_words(numbers.taken),
            trouble=troubled_lines(self.object),
            can_decide=is_open and self.user_has_permission("change"),
            **kwargs,
        )

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Without a script: the browser is told when to come back."""
        response = super().render_to_response(context, **kwargs)
        if self.object.state == ImportState.RUNNING:
            response["Refresh"] = str(REFRESH_SECONDS)
        return response


class DecideView(PermissionCheckedMixin, View):
    """Take a file, or leave it."""

    model = ViolationImport
    permission_required = "change"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Through the service, which refuses what was decided."""
        brought = get_object_or_404(ViolationImport, pk=pk)
        decide = start_import if request.POST.get("take") else drop_import
        try:
            decide(brought=brought, at=now(), by=request.user)  # type: ignore[arg-type]
        except Refusal as refusal:
            messages.error(request, explain(refusal))
        return redirect("violation-files:inspect", pk)


class ImportViewSet(ReadOnlyViewSet):
    """Files of violations, the newest first."""

    model = ViolationImport
    name = url_prefix = "violation-files"
    icon = "upload"
    menu_label = _("Files of violations")
    index_view_class = ImportIndexView
    inspect_view_class = FileView
    inspect_view_enabled = True
    acts = ("add",)
    list_display = [
        "name",
        "state",
        Column("lines", label=_("Lines"), accessor="lines_in_all"),
        Column("said", label=_("What came of it")),
        "brought_at",
        Column("brought_by", label=_("By")),
    ]
    list_filter = ["state"]
    search_fields = ["name"]
    ordering = "-brought_at"
    list_per_page = 50

    def get_urlpatterns(self) -> list[URLPattern]:
        """With the form, which is the view's own, and the decision."""
        return [
            *super().get_urlpatterns(),
            path("new/", self.construct_view(BringView), name="add"),
            path("<int:pk>/decide/", self.construct_view(DecideView), name="decide"),
        ]
