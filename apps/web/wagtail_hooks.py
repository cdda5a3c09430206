"""What the site as a whole adds to the Wagtail admin."""

from wagtail import hooks

from apps.web.viewsets import HelpRequestViewSet


@hooks.register("register_admin_viewset")
def questions() -> HelpRequestViewSet:
    """Questions that came in through the contact form."""
    return HelpRequestViewSet()
