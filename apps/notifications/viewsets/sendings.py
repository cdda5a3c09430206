"""Letters to many in the Wagtail admin: written, looked over, sent, followed, stopped."""

import uuid
from copy import copy
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.widgets.button import Button

from apps.core.clock import now
from apps.core.refusals import explain
from apps.core.rules import Refusal
from apps.core.viewsets import ReadOnlyViewSet
from apps.notifications.forms import SendingForm
from apps.notifications.letters import letter_to_many
from apps.notifications.models import Sending
from apps.notifications.queries.audiences import AUDIENCES, count_readers
from apps.notifications.queries.sendings import progress_of
from apps.notifications.rules import Letter
from apps.notifications.services.sendings import start_sending, stop_sending

REFRESH_SECONDS = 3


def audience_of(sending: Sending) -> str:
    """To whom it goes, in words; the bare name where no app offers the audience any more."""
    audience = AUDIENCES.get(sending.audience)
    return audience.words(sending.audience_facts) if audience else sending.audience


class SendingIndexView(generic.IndexView):
    """All letters to many, with how far each is."""

    add_item_label = gettext_lazy("Write to many")

    def get_list_more_buttons(self, instance: Sending) -> list[Button]:
        """None: the subject leads to the letter."""
        return []

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The numbers of this page of the list, in one statement."""
        context = super().get_context_data(*args, **kwargs)
        numbers = progress_of(context["object_list"])
        for sending in context["object_list"]:
            sending.progress = numbers[sending.pk]
        return context


class WriteView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    """Write a letter to many in two steps: the form, then the letter as readers get it, with their number."""

    model = Sending
    permission_required = "add"
    form_class = SendingForm
    template_name = "notifications/admin/write.html"
    preview_template_name = "notifications/admin/look_over.html"
    page_title = gettext_lazy("Write to many")
    header_icon = "group"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Below the list."""
        above = {"url": reverse("sendings:index"), "label": _("Letters to many")}
        return [*self.breadcrumbs_items, above, {"url": "", "label": self.page_title}]

    def get_initial(self) -> dict[str, Any]:
        """A form is one letter: whoever comes back to it after sending finds it sent, and writes another anew."""
        return {"reference": uuid.uuid4()}

    def form_valid(self, form: SendingForm) -> HttpResponse:
        """Look it over, change it, or send it."""
        step = self.request.POST.get("step")
        if step == "change":
            return self.render_to_response(self.get_context_data(form=form))
        try:
            if step == "send" and form.cleaned_data["reference"]:
                return self.send(form)
            return self.look_over(form)
        except Refusal as refusal:
            form.add_error("to", explain(refusal))
            return self.form_invalid(form)

    def form_invalid(self, form: SendingForm) -> HttpResponse:
        """The form, with what is wrong with it."""
        messages.error(self.request, _("The letter wasn't sent. See what is wrong below."))
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def look_over(self, form: SendingForm) -> HttpResponse:
        """The letter as the writer would get it, and how many readers it has."""
        facts = form.letter()
        readers = count_readers(facts["audience"], facts["facts"])
        reference = form.cleaned_data["reference"] or uuid.uuid4()
        context = self.get_context_data(form=form, readers=readers, reference=reference)
        context |= {"letters": self.examples(facts), "to": audience_of(draft(facts))}
        return self.response_class(self.request, [self.preview_template_name], context)

    def examples(self, facts: dict[str, Any]) -> list[Letter]:
        """The letter in each language in which it was written, as to the writer."""
        found = []
        for language in ("en", "id") if facts["text_id"] else ("en",):
            reader = copy(self.request.user)
            reader.language = language
            found.append(letter_to_many(draft(facts), reader))
        return found

    def send(self, form: SendingForm) -> HttpResponse:
        """Start it; a second click finds it started."""
        reference = form.cleaned_data["reference"]
        sending = start_sending(**form.letter(), reference=reference, at=now(), by=self.request.user)
        return redirect("sendings:inspect", sending.pk)


def draft(facts: dict[str, Any]) -> Sending:
    """A letter to many that isn't kept."""
    words = {name: value for name, value in facts.items() if name != "facts"}
    return Sending(audience_facts=facts["facts"], **words)


class ProgressView(generic.InspectView):
    """How far a letter to many is; the page asks anew by itself while something is left to do."""

    page_title = gettext_lazy("Letter to many")
    template_name = "notifications/admin/sending.html"

    def get_fields(self) -> list[str]:
        """What it is."""
        return ["audience", "started_at", "ended_at", "by", "link", "reference"]

    def get_fields_context(self) -> list[dict[str, Any]]:
        """What is empty is left out."""
        return [field for field in super().get_fields_context() if field["value"] not in (None, "")]

    def get_audience_display_value(self) -> str:
        """To whom, in words."""
        return audience_of(self.object)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the numbers."""
        progress = progress_of([self.object])[self.object.pk]
        can_stop = progress.is_under_way and self.user_has_permission("change")
        return super().get_context_data(progress=progress, can_stop=can_stop, **kwargs)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Without a script: the browser is told when to come back."""
        response = super().render_to_response(context, **kwargs)
        if context["progress"].is_under_way:
            response["Refresh"] = str(REFRESH_SECONDS)
        return response


class StopView(PermissionCheckedMixin, View):
    """Stop a letter to many."""

    model = Sending
    permission_required = "change"
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Through the service, which refuses and logs."""
        sending = get_object_or_404(Sending, pk=pk)
        try:
            stop_sending(sending=sending, at=now(), by=request.user)  # type: ignore[arg-type]
        except Refusal as refusal:
            messages.error(request, explain(refusal))
        else:
            messages.success(request, _("Stopped. What is not under way yet is held back."))
        return redirect("sendings:inspect", pk)


class SendingViewSet(ReadOnlyViewSet):
    """Letters to many, the newest first."""

    model = Sending
    name = url_prefix = "sendings"
    icon = "group"
    menu_label = gettext_lazy("Letters to many")
    index_view_class = SendingIndexView
    inspect_view_class = ProgressView
    inspect_view_enabled = True
    acts = ("add",)
    list_display = [
        "subject",
        Column("to", label=gettext_lazy("To"), accessor=audience_of),
        "state",
        DateColumn("started_at", label=gettext_lazy("Started"), sort_key="started_at"),
        Column("readers", label=gettext_lazy("Readers"), accessor="progress.readers"),
        Column("written", label=gettext_lazy("Written"), accessor="progress.written"),
        Column("sent", label=gettext_lazy("Sent"), accessor="progress.sent"),
        Column("failed", label=gettext_lazy("Given up"), accessor="progress.failed"),
    ]
    list_filter = ["state", "started_at"]
    search_fields = ["subject", "text"]
    ordering = "-started_at"

    def get_urlpatterns(self) -> list[URLPattern]:
        """With the form, which is the view's own, and the one act."""
        return [
            *super().get_urlpatterns(),
            path("new/", self.construct_view(WriteView), name="add"),
            path("<int:pk>/stop/", self.construct_view(StopView), name="stop"),
        ]
