"""What the mailroom adds to the Wagtail admin."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from apps.notifications.viewsets import MailroomGroup


@hooks.register("register_admin_viewset")
def mailroom() -> MailroomGroup:
    """The mailroom's menu."""
    return MailroomGroup()


@hooks.register("register_log_actions")
def actions(registry: LogActionRegistry) -> None:
    """How the audit trail calls our acts."""
    registry.register_action("notifications.send_again", _("Send a letter again"), _("It was sent again"))
    registry.register_action("notifications.lift_suppression", _("Lift a block"), _("It gets e-mail again"))
    registry.register_action("notifications.start_sending", _("Write to many"), _("It was begun"))
    registry.register_action("notifications.stop_sending", _("Stop a letter to many"), _("It was stopped"))
    for name, act, done in (
        ("rotate_secret", _("Make a new secret"), _("It got a new secret")),
        ("send_test_event", _("Send a test event"), _("A test event was sent")),
        ("receiver_gone", _("Turn off: gone"), _("It answered that it is gone, and was turned off")),
        ("send_delivery_again", _("Send an event again"), _("It was sent again")),
    ):
        registry.register_action(f"notifications.{name}", act, done)
