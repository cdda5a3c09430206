"""What the site as a whole adds to the Wagtail admin."""

from wagtail import hooks

from apps.web.viewsets import HelpRequestViewSet, JobRunViewSet, MissedSearchViewSet


@hooks.register("register_admin_viewset")
def questions() -> HelpRequestViewSet:
    """Questions that came in through the contact form."""
    return HelpRequestViewSet()


@hooks.register("register_admin_viewset")
def missed_searches() -> MissedSearchViewSet:
    """What readers looked for in vain."""
    return MissedSearchViewSet()


@hooks.register("register_admin_viewset")
def jobs() -> JobRunViewSet:
    """What runs by itself."""
    return JobRunViewSet()
