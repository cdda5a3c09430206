"""What this app adds to the Wagtail admin."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogActionRegistry

from apps.accounts.viewsets import MachinesGroup, SellerViewSet


@hooks.register("register_admin_viewset")
def sellers() -> SellerViewSet:
    """The sellers."""
    return SellerViewSet()


@hooks.register("register_admin_viewset")
def machines() -> MachinesGroup:
    """The machines that call the API, and what they called."""
    return MachinesGroup()


@hooks.register("register_log_actions")
def actions(registry: LogActionRegistry) -> None:
    """How the audit trail calls our acts."""
    registry.register_action("accounts.link_seller", _("Link a person"), _("A person was linked"))
    registry.register_action("accounts.unlink_seller", _("Unlink a person"), _("A person was unlinked"))
    registry.register_action("accounts.change_email", _("Change the e-mail"), _("The e-mail was changed"))
    registry.register_action(
        "accounts.remove_second_factor", _("Remove the second step"), _("The second step was removed")
    )
    registry.register_action("accounts.issue_token", _("Make a token"), _("A token was made"))
    registry.register_action("accounts.revoke_token", _("Revoke a token"), _("A token was revoked"))
