"""Repeat offenders and enforcements in the Wagtail admin."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.widgets.button import Button

from apps.accounts.enums import Region
from apps.compliance.enums import Action, EnforcementState
from apps.compliance.forms.violations import NoteForm
from apps.compliance.models import Enforcement, RepeatFlag, ViolationType
from apps.compliance.queries.types import title_of
from apps.compliance.services.repeats import look_at
from apps.compliance.services.violations import end_enforcement
from apps.core.clock import now
from apps.core.refusals import explain
from apps.core.rules import Refusal
from apps.core.viewsets import ReadOnlyViewSet


class RepeatFilters(WagtailFilterSet):
    """Narrows the list of those who repeat a type."""

    type = django_filters.ModelChoiceFilter(
        label=_("Violation type"), queryset=lambda _request: ViolationType.objects.order_by("code")
    )
    region = django_filters.ChoiceFilter(label=_("Region"), field_name="seller__region", choices=Region.choices)
    seen = django_filters.BooleanFilter(label=_("Looked at"), field_name="seen_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = RepeatFlag
        fields = ["level", "type", "region", "seen"]


class RepeatIndexView(generic.IndexView):
    """Who repeats what, the newest first."""

    def get_base_queryset(self) -> QuerySet[RepeatFlag]:
        """Without a statement for each row."""
        return super().get_base_queryset().select_related("seller", "type", "violation", "seen_by")

    def get_list_more_buttons(self, instance: RepeatFlag) -> list[Button]:
        """None: the seller's code leads to the row."""
        return []


class LookView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    """Who repeated what, and a note of what came of it."""

    model = RepeatFlag
    any_permission_required = ["view", "change"]
    form_class = NoteForm
    template_name = "compliance/admin/look.html"
    page_title = _("Repeated violation")
    header_icon = "rotate"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find the row."""
        super().setup(request, *args, **kwargs)
        rows = RepeatFlag.objects.select_related("seller", "type", "violation", "seen_by")
        self.object = get_object_or_404(rows, pk=kwargs["pk"])

    def get_page_subtitle(self) -> str:
        """Whose."""
        return self.object.seller.code

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Below the list."""
        above = {"url": reverse("repeats:index"), "label": gettext("Repeated violations")}
        return [*self.breadcrumbs_items, above, {"url": "", "label": self.object.seller.code}]

    def get_initial(self) -> dict[str, Any]:
        """The note that stands."""
        return {"note": self.object.note}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form is for who may write."""
        title = title_of(self.object.type, self.request.LANGUAGE_CODE)
        can_look = self.user_has_permission("change")
        return super().get_context_data(flag=self.object, title=title, can_look=can_look, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who only looks writes nothing."""
        if not self.user_has_permission("change"):
            messages.error(request, gettext("You can look at this, but not change it."))
            return redirect("repeats:inspect", self.object.pk)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: NoteForm) -> HttpResponse:
        """Through the service, which logs it."""
        look_at(flag=self.object, note=form.cleaned_data["note"], at=now(), by=self.request.user)  # type: ignore[arg-type]
        messages.success(self.request, gettext("It is noted that you looked at it."))
        return redirect("repeats:index")

    def form_invalid(self, form: NoteForm) -> HttpResponse:
        """The form, with what is wrong with it."""
        messages.error(self.request, gettext("Nothing has changed. See what is wrong below."))
        return self.render_to_response(self.get_context_data(form=form), status=422)


class RepeatViewSet(ReadOnlyViewSet):
    """Sellers who repeat one type of violation."""

    model = RepeatFlag
    name = url_prefix = "repeats"
    icon = "rotate"
    menu_label = _("Repeat offenders")
    index_view_class = RepeatIndexView
    inspect_view_class = LookView
    inspect_view_enabled = True
    filterset_class = RepeatFilters
    list_display = [
        Column("seller", label=_("Seller"), accessor="seller.code", sort_key="seller__code"),
        Column("type", label=_("Type"), accessor="type.code", sort_key="type__code"),
        "level",
        "at",
        "seen_at",
        Column("note", label=_("What came of it")),
    ]
    list_per_page = 50
    search_fields = ["seller__code", "seller__shop_name", "note"]
    ordering = "-at"


def actions_of(enforcement: Enforcement) -> str:
    """What it brings, in words."""
    return ", ".join(str(Action(each).label) for each in enforcement.actions)


class EnforcementFilters(WagtailFilterSet):
    """Narrows the list of enforcements."""

    region = django_filters.ChoiceFilter(label=_("Region"), field_name="seller__region", choices=Region.choices)
    is_open = django_filters.BooleanFilter(label=_("Without an end"), field_name="ends_at", lookup_expr="isnull")

    class Meta:
        model = Enforcement
        fields = ["state", "is_open", "region", "points"]


class EnforcementIndexView(generic.IndexView):
    """All enforcements, the newest first."""

    def get_base_queryset(self) -> QuerySet[Enforcement]:
        """Without a statement for each row."""
        return super().get_base_queryset().select_related("seller")

    def get_list_more_buttons(self, instance: Enforcement) -> list[Button]:
        """None: the seller's code leads to the row."""
        return []


class EnforcementView(generic.InspectView):
    """One enforcement, and its end where it has none of its own."""

    page_title = _("Enforcement")
    template_name = "compliance/admin/enforcement.html"

    def get_object(self, queryset: QuerySet[Enforcement] | None = None) -> Enforcement:
        """With its seller and what it began with."""
        return get_object_or_404(Enforcement.objects.select_related("seller", "entry__violation"), pk=self.pk)

    def get_page_subtitle(self) -> str:
        """Whose."""
        return self.object.seller.code

    def get_fields(self) -> list[str]:
        """The template names them."""
        return []

    def get_fields_context(self) -> list[dict[str, Any]]:
        """The template names them."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the button, where it would be allowed."""
        is_endless = self.object.ends_at is None and self.object.state == EnforcementState.ACTIVE
        can_end = is_endless and self.user_has_permission("change")
        return super().get_context_data(can_end=can_end, actions=[actions_of(self.object)], **kwargs)


class EndView(PermissionCheckedMixin, View):
    """End an enforcement that has no end of its own."""

    model = Enforcement
    permission_required = "change"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Through the service, which refuses and logs."""
        enforcement = get_object_or_404(Enforcement.objects.select_related("seller"), pk=pk)
        try:
            end_enforcement(enforcement=enforcement, at=now(), by=request.user)  # type: ignore[arg-type]
        except Refusal as refusal:
            messages.error(request, explain(refusal))
        else:
            messages.success(request, gettext("The enforcement is ended. The seller is told."))
        return redirect("enforcements:inspect", pk)


class EnforcementViewSet(ReadOnlyViewSet):
    """What milestones brought about."""

    model = Enforcement
    name = url_prefix = "enforcements"
    icon = "lock"
    menu_label = _("Enforcements")
    index_view_class = EnforcementIndexView
    inspect_view_class = EnforcementView
    inspect_view_enabled = True
    filterset_class = EnforcementFilters
    list_display = [
        Column("seller", label=_("Seller"), accessor="seller.code", sort_key="seller__code"),
        Column("points", label=_("Milestone"), sort_key="points"),
        Column("actions", label=_("What it brings"), accessor=actions_of),
        "state",
        "starts_at",
        Column("ends_at", label=_("Until"), accessor=lambda row: row.ends_at or gettext("until staff end it")),
    ]
    list_per_page = 50
    search_fields = ["seller__code", "seller__shop_name"]
    ordering = "-starts_at"

    def get_urlpatterns(self) -> list[URLPattern]:
        """With the one act."""
        return [*super().get_urlpatterns(), path("<int:pk>/end/", self.construct_view(EndView), name="end")]
