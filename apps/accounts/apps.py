from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class AccountsConfig(AppConfig):
    default = True  # there are two in this module
    name = "apps.accounts"
    label = "accounts"
    verbose_name = _("People and sellers")

    def ready(self) -> None:
        """Hear what sign-in tells."""
        from apps.accounts import receivers  # noqa: F401


class StaffScreensConfig(WagtailUsersAppConfig):
    """Wagtail's screens for people and groups, with our people."""

    user_viewset = "apps.accounts.viewsets.PersonViewSet"
