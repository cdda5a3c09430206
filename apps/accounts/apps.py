from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from wagtail.users.apps import WagtailUsersAppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"
    verbose_name = _("People and sellers")


class StaffScreensConfig(WagtailUsersAppConfig):
    """Wagtail's screens for people and groups, with our people."""

    user_viewset = "apps.accounts.viewsets.PersonViewSet"
