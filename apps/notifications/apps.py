from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "apps.notifications"
    label = "notifications"
    verbose_name = _("Mailroom")

    def ready(self) -> None:
        from apps.accounts.enums import Route
        from apps.notifications import receivers  # noqa: F401
        from apps.notifications.queries import audiences

        audiences.register_audience(
            audiences.Audience(
                "everyone",
                _("Everyone with a proven e-mail"),
                _("You get this because you have an account at Seller University."),
                audiences.verified_persons,
            )
        )
        audiences.register_audience(
            audiences.Audience(
                "sellers_of_route",
                _("Sellers of a route, with those who sell by both"),
                _("You get this because of the route by which you sell."),
                audiences.sellers_of_route,
                fact="route",
                choices=lambda: list(Route.choices),
            )
        )
