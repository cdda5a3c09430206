"""Certificates in the Wagtail admin, revoked with a reason; and lessons that persons are asked to do."""

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
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button

from apps.core.clock import now
from apps.core.refusals import explain
from apps.core.viewsets import ReadOnlyViewSet
from apps.learning.forms import AssignmentForm, RevocationForm
from apps.learning.models import Assignment, Certificate
from apps.learning.queries.certificates import revoker_of
from apps.learning.rules import AssignmentEnded, DayPassed, LessonGone
from apps.learning.services import assign_lesson, revoke_certificate, withdraw_assignment


class RevokeView(generic.EditView):
    """What a certificate says, and the one thing that can be done to it: revoking it, once."""

    submit_button_label = _("Revoke certificate")
    submit_button_active_label = _("Revoking…")

    def get_page_subtitle(self) -> str:
        """What the screen is for."""
        return gettext("Revoked certificate") if self.object.revoked_at else gettext("Revoke certificate")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The facts stand on the certificate, but for who revoked it."""
        return super().get_context_data(**kwargs) | {"revoked_by": revoker_of(self.object)}

    def form_valid(self, form: RevocationForm) -> HttpResponse:
        """Through the service, which logs it; a certificate that was revoked before stays as it was."""
        at = now()
        certificate = revoke_certificate(
            certificate=self.object, reason=form.cleaned_data["revoke_reason"], at=at, by=self.request.user
        )
        if certificate.revoked_at == at:
            messages.success(self.request, gettext("The certificate is revoked."))
        else:
            messages.warning(self.request, gettext("This certificate was revoked before. Nothing has changed."))
        return redirect(self.get_edit_url())


class CertificateViewSet(ModelViewSet):
    """All certificates, the newest first."""

    model = Certificate
    name = url_prefix = "certificates"
    icon = "success"
    menu_label = _("Certificates")
    menu_order = 510
    add_to_admin_menu = True
    edit_view_class = RevokeView
    edit_template_name = "learning/admin/certificate.html"
    list_display = ["reference", "name", "course_title", Column("issued_at"), Column("revoked_at")]
    search_fields = ["reference", "name", "course_title"]
    ordering = "-issued_at"
    copy_view_enabled = False

    def get_form_class(self, for_update: bool = False) -> type[RevocationForm]:
        """Only the reason."""
        return RevocationForm


def state_of(assignment: Assignment) -> str:
    """Whether the lesson is still to be done."""
    if assignment.fulfilled_at:
        return gettext("Done")
    return gettext("Withdrawn") if assignment.withdrawn_at else gettext("Open")


class AssignmentFilters(WagtailFilterSet):
    """Narrows the list of assigned lessons."""

    state = django_filters.ChoiceFilter(
        label=_("State"),
        method="by_state",
        choices=[("open", _("Open")), ("done", _("Done")), ("withdrawn", _("Withdrawn"))],
    )

    class Meta:
        model = Assignment
        fields: list[str] = []

    def by_state(self, rows: QuerySet[Assignment], _name: str, value: str) -> QuerySet[Assignment]:
        """Open, done or withdrawn."""
        if value == "done":
            return rows.filter(fulfilled_at__isnull=False)
        if value == "withdrawn":
            return rows.filter(withdrawn_at__isnull=False)
        return rows.filter(fulfilled_at=None, withdrawn_at=None)


class AssignmentIndexView(generic.IndexView):
    """The assigned lessons, with whom they are for."""

    def get_base_queryset(self) -> QuerySet[Assignment]:
        """Without a statement for each row."""
        return super().get_base_queryset().select_related("person", "assigned_by")

    def get_list_more_buttons(self, instance: Assignment) -> list[Button]:
        """None: the lesson's title leads to the row."""
        return []


class AssignView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    """Ask a person to do a lesson."""

    model = Assignment
    permission_required = "add"
    form_class = AssignmentForm
    template_name = "learning/admin/assign.html"
    page_title = _("Assign a lesson")
    header_icon = "tasks"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Below the list."""
        above = {"url": reverse("assignments:index"), "label": _("Assigned lessons")}
        return [*self.breadcrumbs_items, above, {"url": "", "label": self.page_title}]

    def form_valid(self, form: AssignmentForm) -> HttpResponse:
        """Through the service, which tells the person."""
        facts = form.cleaned_data
        lesson = facts.pop("lesson")
        try:
            made = assign_lesson(lesson_key=lesson.translation_key, at=now(), by=self.request.user, **facts)
        except DayPassed as refusal:
            form.add_error("due_on", explain(refusal))
            return self.form_invalid(form)
        except LessonGone as refusal:
            form.add_error("lesson", explain(refusal))
            return self.form_invalid(form)
        messages.success(self.request, gettext("%(person)s is asked to do the lesson.") % {"person": made.person})
        return redirect("assignments:index")

    def form_invalid(self, form: AssignmentForm) -> HttpResponse:
        """The form, with what is wrong with it."""
        messages.error(self.request, gettext("Nobody was asked. See what is wrong below."))
        return self.render_to_response(self.get_context_data(form=form), status=422)


class AssignmentView(generic.InspectView):
    """One assigned lesson: who asked whom for what, and what became of it."""

    page_title = _("Assigned lesson")
    template_name = "learning/admin/assignment.html"

    def get_fields(self) -> list[str]:
        """In the order in which staff ask."""
        first = ["lesson_title", "person", "reason", "due_on", "assigned_at", "assigned_by"]
        return [*first, "fulfilled_at", "withdrawn_at"]

    def get_fields_context(self) -> list[dict[str, Any]]:
        """What is empty is left out."""
        return [field for field in super().get_fields_context() if field["value"] not in (None, "")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the button, where it would be allowed."""
        can_withdraw = self.object.is_open and self.user_has_permission("change")
        return super().get_context_data(can_withdraw=can_withdraw, **kwargs)


class WithdrawView(PermissionCheckedMixin, View):
    """Ask for the lesson no more."""

    model = Assignment
    permission_required = "change"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Through the service, which refuses and logs."""
        assignment = get_object_or_404(Assignment, pk=pk)
        try:
            withdraw_assignment(assignment=assignment, at=now(), by=request.user)  # type: ignore[arg-type]
        except AssignmentEnded as refusal:
            messages.error(request, explain(refusal))
        else:
            messages.success(request, gettext("The lesson is not asked for any more."))
        return redirect("assignments:inspect", pk)


class AssignmentViewSet(ReadOnlyViewSet):
    """Lessons that persons are asked to do, the newest first: asked for and withdrawn, never edited."""

    model = Assignment
    name = url_prefix = "assignments"
    icon = "tasks"
    menu_label = _("Assigned lessons")
    menu_order = 515
    add_to_admin_menu = True
    acts = ("add",)
    index_view_class = AssignmentIndexView
    inspect_view_class = AssignmentView
    inspect_view_enabled = True
    filterset_class = AssignmentFilters
    list_display = [
        "lesson_title",
        Column("person", label=_("Person"), sort_key="person__name"),
        Column("state", label=_("State"), accessor=state_of),
        "due_on",
        "assigned_at",
        Column("assigned_by", label=_("assigned by")),
    ]
    list_per_page = 50
    search_fields = ["lesson_title", "person__email", "person__name"]
    ordering = "-assigned_at"

    def get_urlpatterns(self) -> list[URLPattern]:
        """With the form, which is the view's own, and the one act."""
        return [
            *super().get_urlpatterns(),
            path("new/", self.construct_view(AssignView), name="add"),
            path("<int:pk>/withdraw/", self.construct_view(WithdrawView), name="withdraw"),
        ]
