"""The addresses of a site that sends through Postmark or Mailgun, as config.urls makes them."""

from django.urls import include, path

from config.urls import handler400, tracking_urls
from config.urls import urlpatterns as everything_else

__all__ = ["handler400", "urlpatterns"]

urlpatterns = [path("anymail/", include([*tracking_urls("postmark"), *tracking_urls("mailgun")])), *everything_else]
