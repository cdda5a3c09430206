"""What learning adds to the Wagtail admin: certificates, lessons that are asked for, the lesson explorer.

And care for pages that have learners.
"""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, include, path, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.log_actions import LogActionRegistry
from wagtail.models import Page

from apps.catalog.panels import REACH_OF_CHANGE
from apps.learning.queries.changes import reach_of
from apps.learning.queries.progress import learners_of
from apps.learning.views.explorer import MAY_SEE, ClarityWordsView, LessonExplorerView
from apps.learning.viewsets import AssignmentViewSet, CertificateViewSet


@hooks.register("register_admin_viewset")
def certificates() -> CertificateViewSet:
    """The certificates."""
    return CertificateViewSet()


@hooks.register("register_admin_viewset")
def assignments() -> AssignmentViewSet:
    """Lessons that persons are asked to do."""
    return AssignmentViewSet()


@hooks.register("register_admin_urls")
def lesson_explorer() -> list[URLPattern]:
    """The report on lessons."""
    addresses = [
        path("", LessonExplorerView.as_view(), name="index"),
        path("results/", LessonExplorerView.as_view(results_only=True), name="results"),
        path("<uuid:key>/", ClarityWordsView.as_view(), name="words"),
    ]
    return [path("reports/lessons/", include((addresses, "lesson_explorer")))]


class ExplorerMenuItem(MenuItem):
    """The report's line in the menu, for who may see it."""

    def is_shown(self, request: HttpRequest) -> bool:
        """Editors and approvers."""
        return MAY_SEE.user_has_permission(request.user, "view")


@hooks.register("register_reports_menu_item")
def explorer_in_menu() -> MenuItem:
    """The report among Wagtail's own."""
    address = reverse_lazy("lesson_explorer:index")
    return ExplorerMenuItem(LessonExplorerView.page_title, address, name="lessons", icon_name="glasses", order=600)


@hooks.register("register_log_actions")
def actions(registry: LogActionRegistry) -> None:
    """How the audit trail calls our acts."""
    registry.register_action("learning.assign_lesson", gettext_lazy("Assign a lesson"), gettext_lazy("It was assigned"))
    registry.register_action(
        "learning.withdraw_assignment", gettext_lazy("Withdraw an assigned lesson"), gettext_lazy("It was withdrawn")
    )
    registry.register_action(
        "learning.revoke_certificate", gettext_lazy("Revoke a certificate"), gettext_lazy("It was revoked")
    )


@hooks.register(REACH_OF_CHANGE)
def reach_of_change(policy: Page) -> list[str]:
    """Whom a material change of this policy would touch: its learners, quizzes under way, and the questions on it."""
    reach = reach_of(policy.translation_key)
    counts = [
        (
            reach.learners,
            ngettext(
                "%(n)s person who finished a lesson on it", "%(n)s people who finished a lesson on it", reach.learners
            ),
        ),
        (
            reach.attempts,
            ngettext(
                "%(n)s quiz under way, which is closed without counting",
                "%(n)s quizzes under way, which are closed without counting",
                reach.attempts,
            ),
        ),
        (
            reach.questions,
            ngettext(
                "%(n)s question that cites it: look whether it is still right",
                "%(n)s questions that cite it: look whether they are still right",
                reach.questions,
            ),
        ),
    ]
    return [text % {"n": number} for number, text in counts if number]


def learners_below(page: Page) -> int:
    """How many persons have begun or completed this page or one below it."""
    return learners_of(page.get_descendants(inclusive=True).values_list("translation_key", flat=True))


@hooks.register("before_delete_page")
def offer_to_retire(request: HttpRequest, page: Page) -> HttpResponse | None:
    """A page with learners is retired (unpublished) rather than deleted, unless staff insist.

    Wagtail's own confirmation is shown to who insists, and posts without `retire`. Either way no learning record
    is lost: records hold the page's identity and title, not the page.
    """
    if request.method == "POST" and request.POST.get("retire"):
        page.unpublish(user=request.user)
        messages.success(request, _("“%(title)s” is retired. Records of learners are kept.") % {"title": page.title})
        return redirect("wagtailadmin_explore", page.get_parent().pk)
    learners = learners_below(page)
    if request.method == "POST" or request.GET.get("insist") or not learners:
        return None
    return render(request, "learning/admin/retire.html", {"page": page, "learners": learners})


@hooks.register("before_bulk_action")
def keep_learners(request: HttpRequest, action_type: str, objects: Sequence[Any], action: Any) -> HttpResponse | None:
    """Deleting many pages at once is refused for those with learners: each is to be looked at."""
    pages = [each for each in objects if isinstance(each, Page)]
    if action_type != "delete" or not pages or request.method != "POST":
        return None
    with_learners = [page for page in pages if learners_below(page)]
    if not with_learners:
        return None
    text = ngettext(
        "%(titles)s has learners. Open it and choose Delete there: you can retire it instead.",
        "%(titles)s have learners. Open each and choose Delete there: you can retire it instead.",
        len(with_learners),
    )
    messages.error(request, text % {"titles": ", ".join(page.title for page in with_learners)})
    return redirect(request.get_full_path())
