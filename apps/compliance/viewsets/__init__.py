"""Standing in the Wagtail admin; the policy team works here, operators look."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.base import ViewSetGroup

from apps.compliance.viewsets.appeals import AppealViewSet, ReasonTemplateViewSet
from apps.compliance.viewsets.imports import ImportViewSet
from apps.compliance.viewsets.programmes import ProgrammeViewSet
from apps.compliance.viewsets.repeats import EnforcementViewSet, RepeatViewSet
from apps.compliance.viewsets.types import ViolationTypeViewSet
from apps.compliance.viewsets.violations import ViolationViewSet


class StandingGroup(ViewSetGroup):
    """Violations, what they led to, and the rules they go by."""

    menu_label = _("Standing")
    menu_icon = "clipboard-list"
    menu_order = 405
    items = (
        ViolationViewSet,
        AppealViewSet,
        ImportViewSet,
        RepeatViewSet,
        EnforcementViewSet,
        ViolationTypeViewSet,
        ProgrammeViewSet,
        ReasonTemplateViewSet,
    )
