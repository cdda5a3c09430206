"""Every address of the site. Content lies under its language; the rest follows the reader's."""

from django.conf import settings
from django.contrib.sitemaps.views import index as sitemap_index
from django.contrib.sitemaps.views import sitemap
from django.urls import URLPattern, include, path, re_path
from django.views.generic import RedirectView
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls
from wagtail.views import authenticate_with_password

from apps.accounts.views import change_email, set_password
from apps.learning.views import read
from apps.web import views as web
from apps.web.sitemaps import SITEMAPS
from config.api import api

LANGUAGE_CODES = "|".join(code for code, _name in settings.LANGUAGES)

handler400, handler403 = "apps.web.views.bad_request", "apps.web.views.forbidden"
handler404, handler500 = "apps.web.views.not_found", "apps.web.views.server_error"


def tracking_urls(service: str) -> list[URLPattern]:
    """Where this mail service reports bounces and complaints; anymail has many more doors, which stay shut."""
    from anymail.urls import urlpatterns as doors

    return [door for door in doors if door.name == f"{service}_tracking_webhook"]


urlpatterns = [
    # One page shows what allauth has three for; an address changes by way of the old one, and
    # a password is set by who has shown lately that it is them.
    path("accounts/2fa/", RedirectView.as_view(pattern_name="accounts:security")),
    path("accounts/2fa/webauthn/", RedirectView.as_view(pattern_name="accounts:security")),
    path("accounts/email/", change_email, name="account_email"),
    path("accounts/password/set/", set_password, name="account_set_password"),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api.urls),
    path("", include("apps.accounts.urls")),
    path("", include("apps.web.urls")),
    path("", include("apps.catalog.urls")),
    path("", include("apps.learning.urls")),
    path("", include("apps.compliance.urls")),
    path("", include("apps.notifications.urls")),
    path("sitemap.xml", sitemap_index, {"sitemaps": SITEMAPS, "sitemap_url_name": "sitemap"}),
    path("sitemap-<section>.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    # Wagtail's own sign-in answers unless it is caught before its include.
    path("cms/login/", web.staff_sign_in),
    path("cms/logout/", web.staff_sign_out),
    path("_util/login/", web.private_page_sign_in, name="wagtailcore_login"),
    path("cms/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    re_path(r"^media/(?P<path>.+)$", web.media, name="media"),
    path(
        "_util/authenticate_with_password/<int:page_view_restriction_id>/<int:page_id>/",
        authenticate_with_password,
        name="wagtailcore_authenticate_with_password",
    ),
    # Our pages know their own addresses (`EditorialPage.get_url_parts`); Wagtail finds the rest through `read`.
    re_path(rf"^(?P<language>{LANGUAGE_CODES})/(?P<path>.*)$", read, name="read"),
]

if settings.ANYMAIL_ESP:
    urlpatterns.insert(0, path("anymail/", include(tracking_urls(settings.ANYMAIL_ESP))))
