"""Appeals in the Wagtail admin: the queue, one appeal beside the policy, the decision, the words for it."""

from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from wagtail.admin import messages
from wagtail.admin.auth import permission_required
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button

from apps.accounts.enums import Region
from apps.compliance.enums import AppealState
from apps.compliance.forms.appeals import DecisionForm, ReasonTemplateForm
from apps.compliance.models import Appeal, ReasonTemplate, ViolationType
from apps.compliance.queries import appeals as queries
from apps.compliance.services.appeals import decide_appeal
from apps.compliance.views.appeals import download_of
from apps.core.clock import now
from apps.core.refusals import explain
from apps.core.rules import Refusal
from apps.core.viewsets import ReadOnlyViewSet

# --- The queue -------------------------------------------------------------------------------------------


def age_of(appeal: Appeal) -> str:
    """How long it has waited; "" once it is decided."""
    return timesince(appeal.made_at, now()) if appeal.state == AppealState.PENDING else ""


def type_of(appeal: Appeal) -> str:
    """The code of the violation's type: its names are the sellers'."""
    return appeal.violation.type.code


class AppealFilters(WagtailFilterSet):
    """Narrows the queue."""

    type = django_filters.ModelChoiceFilter(
        label=gettext_lazy("violation type"),
        field_name="violation__type",
        queryset=lambda _request: ViolationType.objects.order_by("code"),
    )
    region = django_filters.ChoiceFilter(
        label=gettext_lazy("region"), field_name="violation__seller__region", choices=Region.choices
    )

    class Meta:
        model = Appeal
        fields = ["state", "type", "region"]


class AppealIndexView(generic.IndexView):
    """What waits for a decision first, the oldest on top."""

    def get_base_queryset(self) -> QuerySet[Appeal]:
        """One statement for any number."""
        return queries.appeals_queue()

    def order_queryset(self, queryset: QuerySet[Appeal]) -> QuerySet[Appeal]:
        """In the queue's own order, unless a column was clicked."""
        return super().order_queryset(queryset) if self.request.GET.get("ordering") else queryset

    def get_list_more_buttons(self, instance: Appeal) -> list[Button]:
        """None: the reference leads to the appeal."""
        return []


# --- One appeal ------------------------------------------------------------------------------------------


class AppealView(generic.InspectView):
    """One appeal with all that it is decided by; whoever may decide it does so here, in two steps.

    `step` says which button was pressed: `review` shows what the decision will do, `change` goes back to the form,
    `decide` decides.
    """

    page_title = gettext_lazy("Appeal")
    template_name = "compliance/admin/appeal.html"
    review_template_name = "compliance/admin/appeal_review.html"

    def get_fields(self) -> list[str]:
        """None: the template says what there is."""
        return []

    def get_object(self) -> Appeal:
        """With its contents."""
        appeal = queries.appeal_by(self.pk)
        if appeal is None:
            raise Http404
        return appeal

    @property
    def can_decide(self) -> bool:
        """Whether it waits, and this person decides appeals."""
        return self.object.state == AppealState.PENDING and self.user_has_permission("change")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the case, and where it may be decided the form and the words for it."""
        case = queries.case_file(self.object, self.request.user.language, now())
        context = super().get_context_data(**kwargs) | {
            "case": case,
            "may_open_files": self.user_has_permission("change"),
        }
        if self.can_decide:
            words = queries.templates_for(case.language)
            context |= {"words": words}
            context.setdefault("form", self.form_with(words))
        return context

    def form_with(self, words: list[ReasonTemplate]) -> DecisionForm:
        """The form, filled with the words that were chosen."""
        chosen = next((each for each in words if str(each.pk) == self.request.GET.get("words")), None)
        return DecisionForm(initial={"verdict": chosen.verdict, "reason": chosen.text} if chosen else None)

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """What the button says that was pressed."""
        if not self.user_has_permission("change"):
            raise PermissionDenied
        form = DecisionForm(request.POST)
        step = request.POST.get("step", "review")
        if step == "change" or not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=200 if step == "change" else 422)
        if step == "decide" or not self.can_decide:
            return self.decide(form)
        self.template_name = self.review_template_name
        return self.render_to_response(self.get_context_data(form=form))

    def decide(self, form: DecisionForm) -> HttpResponse:
        """Through the service, which refuses what is decided already; then on to the queue."""
        verdict, facts = AppealState(form.cleaned_data["verdict"]), {"appeal": self.object.reference}
        try:
            decide_appeal(
                appeal=self.object,
                verdict=verdict,
                reason=form.cleaned_data["reason"],
                at=now(),
                by=self.request.user,
            )
        except Refusal as refusal:
            messages.error(self.request, explain(refusal))
            return redirect("appeals:inspect", self.object.pk)
        if verdict == AppealState.UPHELD:
            text = _("%(appeal)s is upheld, and its violation revoked. The seller is told.")
        else:
            text = _("%(appeal)s is rejected. The seller is told.")
        messages.success(self.request, text % facts)
        return redirect("appeals:index")


@permission_required("compliance.change_appeal")
@require_safe
def file(_request: HttpRequest, pk: int, position: int) -> FileResponse:
    """A file of an appeal, for who decides appeals: under the admin's address, which asks for a second factor."""
    return download_of(queries.file_by(pk, position))


class AppealViewSet(ReadOnlyViewSet):
    """What sellers say against violations: decided once, never edited."""

    model = Appeal
    name = url_prefix = "appeals"
    icon = "comment"
    menu_label = gettext_lazy("Appeals")
    menu_order = 406
    index_view_class = AppealIndexView
    inspect_view_class = AppealView
    inspect_view_enabled = True
    inspect_template_name = "compliance/admin/appeal.html"
    filterset_class = AppealFilters
    list_display = [
        "reference",
        Column("state", label=gettext_lazy("State"), accessor="get_state_display"),
        Column("age", label=gettext_lazy("Waits for"), accessor=age_of),
        Column("violation", label=gettext_lazy("Violation"), accessor="violation.reference"),
        Column("type", label=gettext_lazy("Type"), accessor=type_of),
        Column("seller", label=gettext_lazy("Seller"), accessor="violation.seller.code"),
        Column("region", label=gettext_lazy("Region"), accessor="violation.seller.get_region_display"),
        Column("files", label=gettext_lazy("Files"), accessor="number_of_files"),
        Column("made_at", label=gettext_lazy("Received"), sort_key="made_at"),
        Column("decided_at", label=gettext_lazy("Decided"), sort_key="decided_at"),
    ]
    list_per_page = 50
    search_fields = ["reference", "violation__reference", "violation__seller__code"]

    def get_urlpatterns(self) -> list[URLPattern]:
        """With the files."""
        return [*super().get_urlpatterns(), path("<int:pk>/files/<int:position>/", file, name="file")]


class ReasonTemplateViewSet(ModelViewSet):
    """Words that decisions begin with, in each language."""

    model = ReasonTemplate
    name = url_prefix = "reason-templates"
    icon = "form"
    menu_label = gettext_lazy("Reason templates")
    menu_order = 407
    list_display = ["title", "verdict", "language"]
    list_filter = ["verdict", "language"]
    search_fields = ["title", "text"]
    ordering = "title"
    copy_view_enabled = add_to_reference_index = False

    def get_form_class(self, for_update: bool = False) -> type[ReasonTemplateForm]:
        """One shape for new and known ones."""
        return ReasonTemplateForm
