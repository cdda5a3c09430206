"""The report on the closed loop: does who learns repeat less?"""

from typing import Any

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.permission_policies import ModelPermissionPolicy

from apps.compliance.models import Violation
from apps.compliance.queries.loop import ENOUGH_SELLERS, WINDOWS, closed_loop
from apps.core.clock import now

MAY_SEE = ModelPermissionPolicy(Violation)


class ClosedLoopView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """For each type, who repeated it: those who took the lesson, passed the quiz, did neither."""

    permission_policy = MAY_SEE
    any_permission_required = ["view"]
    template_name = "compliance/admin/loop.html"
    page_title = _("Closed loop")
    header_icon = "rotate"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """A report by itself."""
        return [*self.breadcrumbs_items, {"url": "", "label": self.page_title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the numbers."""
        kinds = closed_loop(now(), self.request.LANGUAGE_CODE)
        return super().get_context_data(kinds=kinds, windows=WINDOWS, enough=ENOUGH_SELLERS, **kwargs)


class LoopMenuItem(MenuItem):
    """The report's line in the menu, for who may see it."""

    def __init__(self) -> None:
        address = reverse_lazy("closed_loop")
        super().__init__(ClosedLoopView.page_title, address, name="closed-loop", icon_name="rotate", order=610)

    def is_shown(self, request: Any) -> bool:
        """Who sees violations."""
        return MAY_SEE.user_has_permission(request.user, "view")
