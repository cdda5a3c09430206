"""Letters to machines in the Wagtail admin: who listens, what was sent, and what came of it."""

import json
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST
from django_filters import ChoiceFilter
from wagtail.admin import messages
from wagtail.admin.auth import permission_required
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import BooleanColumn, Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from apps.core.clock import now
from apps.core.refusals import explain
from apps.core.rules import Refusal
from apps.notifications.enums import DeliveryState, Event
from apps.notifications.forms import ReceiverForm, SendAgainForm
from apps.notifications.models import Delivery, Receiver
from apps.notifications.rules import event_body
from apps.notifications.services.receivers import change_receiver, register_receiver, rotate_secret
from apps.notifications.services.webhooks import send_again, send_test_event

SHOWN_ONCE = "notifications_secret_of"


def show_secret_next(request: HttpRequest, receiver: Receiver) -> str:
    """The address that shows the receiver's secret, once, to who has just made it."""
    request.session[SHOWN_ONCE] = receiver.pk
    return reverse("receivers:secret", args=[receiver.pk])


class ReceiverCreateView(generic.CreateView):
    """A new receiver; its secret is shown next."""

    def save_instance(self) -> Receiver:
        """Through the service, which makes the secret."""
        return register_receiver(**self.form.cleaned_data, at=now(), by=self.request.user)

    def get_success_url(self) -> str:
        """Where the secret is shown."""
        return show_secret_next(self.request, self.object)


class ReceiverEditView(generic.EditView):
    """A receiver, with buttons for a test event and a new secret."""

    def save_instance(self) -> Receiver:
        """Through the service."""
        return change_receiver(receiver=self.object, **self.form.cleaned_data, by=self.request.user)


@permission_required("notifications.change_receiver")
@require_GET
def secret_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The secret, once after it was made; afterwards how to get a new one."""
    receiver = get_object_or_404(Receiver, pk=pk)
    is_new = request.session.get(SHOWN_ONCE) == pk
    if is_new:
        del request.session[SHOWN_ONCE]
    return render(request, "notifications/admin/secret.html", {"receiver": receiver, "is_new": is_new})


@permission_required("notifications.change_receiver")
@require_POST
def rotate(request: HttpRequest, pk: int) -> HttpResponse:
    """A new secret, which is shown next."""
    receiver = get_object_or_404(Receiver, pk=pk)
    try:
        receiver = rotate_secret(receiver=receiver, of=request.POST.get("of", ""), at=now(), by=request.user)
    except Refusal as refusal:
        # After a double click the answer to the first was never seen: the page shows its secret, if nobody saw it yet.
        messages.error(request, explain(refusal))
        return redirect("receivers:secret", receiver.pk)
    return redirect(show_secret_next(request, receiver))


@permission_required("notifications.change_receiver")
@require_POST
def send_test(request: HttpRequest, pk: int) -> HttpResponse:
    """A test event; what came of it stands on the delivery."""
    receiver = get_object_or_404(Receiver, pk=pk)
    try:
        delivery = send_test_event(receiver=receiver, at=now(), by=request.user)
    except Refusal as refusal:
        messages.error(request, explain(refusal))
        return redirect("receivers:edit", pk)
    messages.success(request, _("The test event is on its way. Reload this page to see what came of it."))
    return redirect("deliveries:edit", delivery.pk)


class ReceiverViewSet(ModelViewSet):
    """The machines that listen."""

    model = Receiver
    name = url_prefix = "receivers"
    icon = "site"
    menu_label = gettext_lazy("Receivers")
    add_view_class = ReceiverCreateView
    edit_view_class = ReceiverEditView
    edit_template_name = "notifications/admin/receiver.html"
    list_display = ["name", "url", BooleanColumn("is_active", label=gettext_lazy("gets events"))]
    list_filter = ["is_active"]
    search_fields = ["name", "url"]
    ordering = "name"
    copy_view_enabled = False

    def get_form_class(self, for_update: bool = False) -> type[ReceiverForm]:
        """One shape for new and known receivers."""
        return ReceiverForm

    def get_urlpatterns(self) -> list[URLPattern]:
        """With the buttons' addresses."""
        return [
            *super().get_urlpatterns(),
            path("secret/<int:pk>/", secret_page, name="secret"),
            path("rotate/<int:pk>/", rotate, name="rotate"),
            path("test/<int:pk>/", send_test, name="test"),
        ]


class DeliveryView(generic.EditView):
    """What was sent, every try of it, and *Send again*; nothing of it can be changed."""

    submit_button_label = gettext_lazy("Send again")
    submit_button_active_label = gettext_lazy("Sending…")
    success_message = gettext_lazy("It is on its way once more.")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Refused with a word where it still waits, or its receiver is off."""
        try:
            return super().post(request, *args, **kwargs)
        except Refusal as refusal:
            messages.error(request, explain(refusal))
            return redirect(self.get_edit_url())

    def save_instance(self) -> Delivery:
        """Through the service, which logs it."""
        return send_again(delivery=self.object, at=now(), by=self.request.user)

    def get_success_url(self) -> str:
        """Stay: the tries are here."""
        return self.get_edit_url()

    def get_success_buttons(self) -> list[Any]:
        """None: one is there already."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the content as it is sent, and the tries."""
        body = event_body(event=self.object.event, at=self.object.written_at, data=self.object.payload)
        return super().get_context_data(**kwargs) | {
            "content": json.dumps(body, indent=2, ensure_ascii=False),
            "tries": self.object.log.order_by("-number"),
        }


class DeliveryIndexView(generic.IndexView):
    """The list, with each receiver's name."""

    def get_base_queryset(self) -> QuerySet[Delivery]:
        """One statement for any number."""
        return super().get_base_queryset().select_related("receiver")


class DeliveryFilterSet(WagtailFilterSet):
    """By receiver, state and event."""

    state = ChoiceFilter(label=gettext_lazy("State"), choices=DeliveryState.choices)
    event = ChoiceFilter(label=gettext_lazy("Event"), choices=Event.choices)

    class Meta:
        model = Delivery
        fields = ["receiver", "state", "event"]


class DeliveryViewSet(ModelViewSet):
    """What was sent to other machines, the newest first."""

    model = Delivery
    name = url_prefix = "deliveries"
    icon = "arrow-right-full"
    menu_label = gettext_lazy("Deliveries")
    index_view_class = DeliveryIndexView
    edit_view_class = DeliveryView
    edit_template_name = "notifications/admin/delivery.html"
    list_display = [
        "event",
        "subject",
        "receiver",
        Column("get_state_display", label=gettext_lazy("State"), sort_key="state"),
        "tries",
        DateColumn("written_at", label=gettext_lazy("written at"), sort_key="written_at"),
    ]
    filterset_class = DeliveryFilterSet
    search_fields = ["subject", "event"]
    ordering = "-written_at"
    copy_view_enabled = False

    def get_form_class(self, for_update: bool = False) -> type[SendAgainForm]:
        """No fields."""
        return SendAgainForm

    def get_urlpatterns(self) -> list[URLPattern]:
        """Without those for making and deleting: deliveries are written by what happens."""
        return [each for each in super().get_urlpatterns() if each.name not in {"add", "delete"}]

    def get_index_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """With no way to make one."""
        return super().get_index_view_kwargs(**kwargs) | {"add_url_name": None, "delete_url_name": None}

    def get_edit_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """With no way to delete it."""
        return super().get_edit_view_kwargs(**kwargs) | {"delete_url_name": None}
