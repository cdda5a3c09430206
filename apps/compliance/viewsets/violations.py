"""Violations in the Wagtail admin: found, looked into, revoked and adjusted with a reason, typed in by hand."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.widgets.button import Button

from apps.accounts.enums import Region
from apps.compliance.enums import AppealState, Outcome, Source, ViolationState
from apps.compliance.forms.violations import AdjustmentForm, ReasonForm, ViolationForm
from apps.compliance.models import Violation, ViolationType
from apps.compliance.queries.casework import casework_of, violation_facts, violations_listed
from apps.compliance.queries.types import title_of
from apps.compliance.rules.states import VIOLATION
from apps.compliance.services.intake import take_batch
from apps.compliance.services.violations import adjust_violation, revoke_violation
from apps.core.clock import now
from apps.core.refusals import explain
from apps.core.rules import Refusal
from apps.core.viewsets import ReadOnlyViewSet


class ViolationFilters(WagtailFilterSet):
    """Narrows the list of violations."""

    type = django_filters.ModelChoiceFilter(
        label=_("Violation type"), queryset=lambda _request: ViolationType.objects.order_by("code")
    )
    region = django_filters.ChoiceFilter(label=_("Region"), field_name="seller__region", choices=Region.choices)
    seller = django_filters.CharFilter(label=_("Seller code"), method="of_seller")
    issued_at = django_filters.DateFromToRangeFilter(label=_("Issued at"), widget=DateRangePickerWidget)

    class Meta:
        model = Violation
        fields = ["state", "type", "channel", "region", "seller", "issued_at"]

    def of_seller(self, rows: QuerySet[Violation], _name: str, value: str) -> QuerySet[Violation]:
        """Of one seller, however the code is written."""
        return rows.filter(seller__code=value.strip().upper())


class ViolationIndexView(generic.IndexView):
    """All violations, the newest first."""

    add_item_label = _("Add a violation")

    def get_base_queryset(self) -> QuerySet[Violation]:
        """Without a statement for each row."""
        return violations_listed()

    def get_list_more_buttons(self, instance: Violation) -> list[Button]:
        """None: the reference leads to the violation."""
        return []


class ViolationView(generic.InspectView):
    """One violation: what it is about, what came of it, and what staff can do."""

    page_title = _("Violation")
    template_name = "compliance/admin/violation.html"

    def get_object(self, queryset: QuerySet[Violation] | None = None) -> Violation:
        """With its facts."""
        return get_object_or_404(violation_facts(self.pk))

    def get_fields(self) -> list[str]:
        """The template names them."""
        return []

    def get_fields_context(self) -> list[dict[str, Any]]:
        """The template names them."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the acts that would be allowed."""
        violation = self.object
        may = self.user_has_permission("change")
        return super().get_context_data(
            casework=casework_of(violation),
            title=title_of(violation.type, self.request.LANGUAGE_CODE),
            details=getattr(violation, "details", None),
            can_revoke=may and VIOLATION.allows(violation.state, ViolationState.REVOKED),
            can_adjust=may and violation.holding.state_at(now()) == ViolationState.ACTIVE,
            **kwargs,
        )


class ActView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    """Something that staff do to a violation: what it means, the form, and the act once it is sent."""

    model = Violation
    permission_required = "change"
    header_icon = "warning"
    done = ""

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Find the violation."""
        super().setup(request, *args, **kwargs)
        self.object = get_object_or_404(violations_listed(), pk=kwargs["pk"])

    def get_page_subtitle(self) -> str:
        """Which one."""
        return self.object.reference

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Below the violation."""
        above = [
            {"url": reverse("violations:index"), "label": gettext("Violations")},
            {"url": reverse("violations:inspect", args=[self.object.pk]), "label": self.object.reference},
        ]
        return [*self.breadcrumbs_items, *above, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the violation."""
        return super().get_context_data(violation=self.object, **kwargs)

    def act(self, facts: dict[str, Any]) -> None:
        """Do it. Raises a refusal."""
        raise NotImplementedError

    def form_valid(self, form: ReasonForm) -> HttpResponse:
        """Do it, or say why not beside what was typed."""
        try:
            self.act(form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, explain(refusal))
            return self.form_invalid(form)
        messages.success(self.request, self.done)
        return redirect("violations:inspect", self.object.pk)

    def form_invalid(self, form: ReasonForm) -> HttpResponse:
        """The form, with what is wrong with it."""
        messages.error(self.request, gettext("Nothing has changed. See what is wrong below."))
        return self.render_to_response(self.get_context_data(form=form), status=422)


class RevokeView(ActView):
    """Take off what remains, for good."""

    form_class = ReasonForm
    template_name = "compliance/admin/revoke.html"
    page_title = _("Revoke the violation")
    done = _("The violation is revoked. The seller is told.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the appeal that this decides."""
        appeal = self.object.appeals.filter(state=AppealState.PENDING).first()
        return super().get_context_data(appeal=appeal, **kwargs)

    def act(self, facts: dict[str, Any]) -> None:
        """Through the service, which logs it."""
        by = self.request.user
        revoke_violation(violation=self.object, reason=facts["reason"], at=now(), by=by)  # type: ignore[arg-type]


class AdjustView(ActView):
    """Add points to an active violation, or take some off."""

    form_class = AdjustmentForm
    template_name = "compliance/admin/adjust.html"
    page_title = _("Adjust the points")
    done = _("The points are adjusted. The seller is told.")

    def act(self, facts: dict[str, Any]) -> None:
        """Through the service, which logs it."""
        by = self.request.user
        adjust_violation(violation=self.object, **facts, at=now(), by=by)  # type: ignore[arg-type]


class AddView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    """Type in a violation. It goes the way of those that the marketplace sends."""

    model = Violation
    permission_required = "add"
    form_class = ViolationForm
    template_name = "compliance/admin/add.html"
    page_title = _("Add a violation")
    header_icon = "plus"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Below the list."""
        above = {"url": reverse("violations:index"), "label": gettext("Violations")}
        return [*self.breadcrumbs_items, above, {"url": "", "label": self.page_title}]

    def form_valid(self, form: ViolationForm) -> HttpResponse:
        """Through the service, which judges each field."""
        by = self.request.user
        [result] = take_batch(items=[form.item()], source=Source.STAFF, at=now(), by=by)  # type: ignore[arg-type]
        if result.outcome == Outcome.REFUSED:
            for fault in result.faults:
                form.tell(fault.field, gettext(fault.reason) % fault.facts)
            return self.form_invalid(form)
        if result.outcome == Outcome.CONFLICT:
            form.add_error(None, gettext("This form was sent before, with other words. Begin a new one."))
            return self.form_invalid(form)
        return self.taken(result.outcome, result.reference)

    def taken(self, outcome: Outcome, reference: str) -> HttpResponse:
        """To the violation; one that waits has no page yet."""
        violation = Violation.objects.filter(reference=reference).first()
        if violation is None:
            text = gettext("%(reference)s waits until somebody stands for the seller.")
            messages.success(self.request, text % {"reference": reference})
            return redirect("violations:index")
        if outcome == Outcome.KNOWN:
            messages.warning(self.request, gettext("This violation was added before. Nothing has changed."))
        else:
            text = ngettext(
                "The violation is recorded with %(points)s point. The seller is told.",
                "The violation is recorded with %(points)s points. The seller is told.",
                violation.points,
            )
            messages.success(self.request, text % {"points": violation.points})
        return redirect("violations:inspect", violation.pk)

    def form_invalid(self, form: ViolationForm) -> HttpResponse:
        """The form, with what is wrong with it."""
        messages.error(self.request, gettext("Nothing was recorded. See what is wrong below."))
        return self.render_to_response(self.get_context_data(form=form), status=422)


class ViolationViewSet(ReadOnlyViewSet):
    """The violations: never edited, never deleted."""

    model = Violation
    name = url_prefix = "violations"
    icon = "warning"
    menu_label = _("Violations")
    index_view_class = ViolationIndexView
    inspect_view_class = ViolationView
    inspect_view_enabled = True
    filterset_class = ViolationFilters
    acts = ("add",)
    list_display = [
        "reference",
        Column("seller", label=_("Seller"), accessor="seller.code", sort_key="seller__code"),
        Column("type", label=_("Type"), accessor="type.code", sort_key="type__code"),
        "channel",
        "state",
        Column("points", label=_("Points"), sort_key="points"),
        Column("remaining", label=_("Points left"), sort_key="remaining"),
        "issued_at",
    ]
    list_per_page = 50
    search_fields = ["reference", "seller__code", "seller__shop_name", "report__external_id"]
    ordering = "-issued_at"

    def get_urlpatterns(self) -> list[URLPattern]:
        """With the form, which is the view's own, and the acts."""
        return [
            *super().get_urlpatterns(),
            path("new/", self.construct_view(AddView), name="add"),
            path("<int:pk>/revoke/", self.construct_view(RevokeView), name="revoke"),
            path("<int:pk>/adjust/", self.construct_view(AdjustView), name="adjust"),
        ]
