"""What standing adds to the Wagtail admin: its menu, and how the audit trail calls its acts."""

from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from apps.compliance.viewsets import StandingGroup
from apps.compliance.viewsets.loop import ClosedLoopView, LoopMenuItem


@hooks.register("register_admin_viewset")
def standing() -> StandingGroup:
    """The menu of standing."""
    return StandingGroup()


@hooks.register("register_admin_urls")
def closed_loop() -> list[URLPattern]:
    """The report on the closed loop."""
    return [path("reports/closed-loop/", ClosedLoopView.as_view(), name="closed_loop")]


@hooks.register("register_reports_menu_item")
def loop_in_menu() -> LoopMenuItem:
    """The report among Wagtail's own."""
    return LoopMenuItem()


@hooks.register("register_log_actions")
def actions(registry: LogActionRegistry) -> None:
    """How the audit trail calls our acts."""
    registry.register_action("compliance.revoke", gettext_lazy("Revoke a violation"), gettext_lazy("It was revoked"))
    registry.register_action(
        "compliance.withdraw", gettext_lazy("Withdraw a report that waits"), gettext_lazy("It was withdrawn")
    )
    registry.register_action(
        "compliance.adjust", gettext_lazy("Adjust a violation's points"), gettext_lazy("Its points were adjusted")
    )
    registry.register_action(
        "compliance.end_enforcement", gettext_lazy("End an enforcement"), gettext_lazy("It was ended by staff")
    )
    registry.register_action(
        "compliance.look_at_repeat", gettext_lazy("Look at a repeat offender"), gettext_lazy("It was looked at")
    )
    registry.register_action(
        "compliance.save_programme", gettext_lazy("Save a version of a programme"), gettext_lazy("It was saved")
    )
    registry.register_action(
        "compliance.preview_import", gettext_lazy("Bring a file of violations"), gettext_lazy("It was brought")
    )
    registry.register_action(
        "compliance.start_import", gettext_lazy("Take a file of violations"), gettext_lazy("It is being taken")
    )
    registry.register_action(
        "compliance.drop_import", gettext_lazy("Drop a file of violations"), gettext_lazy("It was dropped")
    )
    registry.register_action(
        "compliance.uphold_appeal", gettext_lazy("Uphold an appeal"), gettext_lazy("It was upheld")
    )
    registry.register_action(
        "compliance.reject_appeal", gettext_lazy("Reject an appeal"), gettext_lazy("It was rejected")
    )
