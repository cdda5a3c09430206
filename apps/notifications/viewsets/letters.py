"""Letters and dead addresses in the Wagtail admin: looked at, sent again, lifted; never edited."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from wagtail.admin import messages
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.widgets.button import Button

from apps.core.clock import now
from apps.core.refusals import explain
from apps.core.rules import Refusal
from apps.core.viewsets import ReadOnlyViewSet
from apps.notifications import rules
from apps.notifications.enums import MessageState
from apps.notifications.models import Message, Suppression
from apps.notifications.services.letters import send_again
from apps.notifications.services.suppression import lift


class LetterFilters(WagtailFilterSet):
    """Narrows the list of letters."""

    written_at = django_filters.DateFromToRangeFilter(label=gettext_lazy("written at"), widget=DateRangePickerWidget)

    class Meta:
        model = Message
        fields = ["kind", "state", "written_at", "sending"]


class LetterIndexView(generic.IndexView):
    """The letters, with whom they are to."""

    def get_base_queryset(self) -> QuerySet[Message]:
        """Without a statement for each row."""
        return super().get_base_queryset().select_related("person").defer("text", "html")

    def get_list_more_buttons(self, instance: Message) -> list[Button]:
        """None: the subject leads to the letter."""
        return []


class LetterView(generic.InspectView):
    """One letter: what became of it."""

    page_title = gettext_lazy("Letter")
    template_name = "notifications/admin/letter.html"

    def get_fields(self) -> list[str]:
        """In the order in which an operator asks."""
        first = ["state", "to_address", "person", "kind", "language", "written_at", "sent_at", "read_at"]
        return [*first, "tries", "next_try_at", "error", "message_id", "link", "sending"]

    def get_fields_context(self) -> list[dict[str, Any]]:
        """What is empty is left out."""
        return [field for field in super().get_fields_context() if field["value"] not in (None, "")]

    def get_field_label(self, field_name: str, field: Any) -> str:
        """Words for what isn't a column."""
        names = {"to_address": _("To"), "message_id": "Message-ID"}
        return names.get(field_name) or super().get_field_label(field_name, field)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the button, where it would be allowed."""
        may = self.user_has_permission("change") and rules.LETTER.allows(self.object.state, MessageState.WAITING)
        can_send_again = may and not self.object.is_secret
        return super().get_context_data(can_send_again=can_send_again, **kwargs)


class SendAgainView(PermissionCheckedMixin, View):
    """Try a letter anew that was given up."""

    model = Message
    permission_required = "change"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Through the service, which refuses and logs."""
        letter = get_object_or_404(Message, pk=pk)
        try:
            send_again(message=letter, at=now(), by=request.user)  # type: ignore[arg-type]
        except Refusal as refusal:
            messages.error(request, explain(refusal))
        else:
            messages.success(request, _("The letter is on its way again."))
        return redirect(reverse("letters:inspect", args=[pk]))


class LetterViewSet(ReadOnlyViewSet):
    """What was sent to whom, when, and its state, the newest first."""

    model = Message
    name = url_prefix = "letters"
    icon = "mail"
    menu_label = gettext_lazy("Letters")
    index_view_class = LetterIndexView
    inspect_view_class = LetterView
    inspect_view_enabled = True
    filterset_class = LetterFilters
    list_display = [
        "subject",
        Column("to_address", label=gettext_lazy("To"), sort_key="person__email"),
        "kind",
        "state",
        "written_at",
        "sent_at",
        "tries",
    ]
    list_per_page = 50
    search_fields = ["subject", "address", "person__email", "person__name"]
    ordering = "-written_at"

    def get_urlpatterns(self) -> list[URLPattern]:
        """With the one act."""
        again = path("<int:pk>/again/", self.construct_view(SendAgainView), name="again")
        return [*super().get_urlpatterns(), again]


class SuppressionIndexView(generic.IndexView):
    """Addresses that get no e-mail."""

    def get_list_more_buttons(self, instance: Suppression) -> list[Button]:
        """The one act."""
        url = self.get_delete_url(instance)
        return [Button(_("Let it get e-mail again"), url=url, icon_name="undo")] if url else []


class LiftView(generic.DeleteView):
    """Send e-mail to the address again, once that was confirmed."""

    template_name = "notifications/admin/lift.html"
    page_title = gettext_lazy("Let it get e-mail again")
    success_message = gettext_lazy("E-mail goes to %(object)s again.")

    def delete_action(self) -> None:
        """Through the service, which logs it."""
        lift(suppression=self.object, by=self.request.user)


class SuppressionViewSet(ReadOnlyViewSet):
    """Addresses that bounced or complained, the newest first."""

    model = Suppression
    name = url_prefix = "suppressions"
    icon = "warning"
    menu_label = gettext_lazy("Addresses without e-mail")
    index_view_class = SuppressionIndexView
    delete_view_class = LiftView
    acts = ("delete",)
    row_act = "delete"
    list_display = ["address", "reason", "detail", "since"]
    list_filter = ["reason"]
    search_fields = ["address", "detail"]
    ordering = "-since"

    def get_urlpatterns(self) -> list[URLPattern]:
        """With the one act."""
        return [*super().get_urlpatterns(), path("<int:pk>/lift/", self.delete_view, name="delete")]
