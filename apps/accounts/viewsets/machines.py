"""The marketplace's machines in the Wagtail admin: who they are, what their tokens open, what they called."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from wagtail.admin import messages
from wagtail.admin.auth import permission_required
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.ui.tables import BooleanColumn, Column, DateColumn
from wagtail.admin.views import generic
from wagtail.admin.viewsets.base import ViewSetGroup
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button

from apps.accounts.forms import MachineForm, TokenForm
from apps.accounts.models import MachineAccount, MachineCall, MachineToken
from apps.accounts.queries import tokens_of
from apps.accounts.services import change_machine, issue_token, register_machine, revoke_token
from apps.core.clock import now
from apps.core.refusals import explain
from apps.core.rules import Refusal
from apps.core.viewsets import ReadOnlyViewSet


class MachineIndexView(generic.IndexView):
    """The machines, with how many tokens each has that count."""

    def get_base_queryset(self) -> QuerySet[MachineAccount]:
        """One statement for any number."""
        at = now()
        counts = Q(tokens__revoked_at=None) & (Q(tokens__expires_at=None) | Q(tokens__expires_at__gt=at))
        rows = super().get_base_queryset()
        return rows.annotate(valid=Count("tokens", filter=counts), last_used_at=Max("tokens__last_used_at"))


class MachineCreateView(generic.CreateView):
    """A new machine; its first token is made on its page."""

    def save_instance(self) -> MachineAccount:
        """Through the service."""
        return register_machine(**self.form.cleaned_data, at=now(), by=self.request.user)

    def get_success_url(self) -> str:
        """Where tokens are made."""
        return self.get_edit_url()


class MachineEditView(generic.EditView):
    """A machine, its tokens, and the way to a new one."""

    def save_instance(self) -> MachineAccount:
        """Through the service."""
        return change_machine(account=self.object, **self.form.cleaned_data, by=self.request.user)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the tokens, and whether each counts."""
        at = now()
        tokens = [(token, token.state_at(at)) for token in tokens_of(self.object)]
        return super().get_context_data(**kwargs) | {"tokens": tokens}


@permission_required("accounts.change_machineaccount")
@require_http_methods(["GET", "POST"])
def make_token(request: HttpRequest, pk: int) -> HttpResponse:
    """A form; the answer to it is the token, this once: kept anywhere until a next page, others could read it."""
    account = get_object_or_404(MachineAccount, pk=pk)
    form = TokenForm(request.POST or None)
    context = {"account": account, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            token, words = issue_token(account=account, **form.cleaned_data, at=now(), by=request.user)  # type: ignore[arg-type]
        except Refusal as refusal:
            form.add_error(None, explain(refusal))
        else:
            response = render(request, "accounts/admin/token.html", context | {"token": token, "words": words})
            add_never_cache_headers(response)
            return response
    return render(request, "accounts/admin/make_token.html", context, status=422 if form.errors else 200)


@permission_required("accounts.change_machineaccount")
@require_POST
def revoke(request: HttpRequest, reference: UUID) -> HttpResponse:
    """End a token; its machine's page says so."""
    token = get_object_or_404(MachineToken.objects.select_related("account"), reference=reference)
    revoke_token(token=token, at=now(), by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("The token %(token)s opens nothing any more.") % {"token": token})
    return redirect("machines:edit", token.account_id)


class MachineViewSet(ModelViewSet):
    """The systems of the marketplace that call the API."""

    model = MachineAccount
    name = url_prefix = "machines"
    icon = "key"
    menu_label = gettext_lazy("Machine accounts")
    index_view_class = MachineIndexView
    add_view_class = MachineCreateView
    edit_view_class = MachineEditView
    edit_template_name = "accounts/admin/machine.html"
    list_display = [
        "name",
        BooleanColumn("is_active", label=gettext_lazy("active")),
        Column("valid", label=gettext_lazy("Valid tokens")),
        DateColumn("last_used_at", label=gettext_lazy("Last used")),
    ]
    search_fields = ["name", "note"]
    ordering = "name"
    copy_view_enabled = add_to_reference_index = False

    def get_form_class(self, for_update: bool = False) -> type[MachineForm]:
        """One shape for new and known machines."""
        return MachineForm

    def get_urlpatterns(self) -> list[URLPattern]:
        """With those of tokens, without deleting: what a machine did bears its name."""
        return [
            *(each for each in super().get_urlpatterns() if each.name != "delete"),
            path("token/<int:pk>/", make_token, name="token"),
            path("revoke/<uuid:reference>/", revoke, name="revoke"),
        ]

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Views that look for the address of deleting find none."""
        return super().get_common_view_kwargs(**{"delete_url_name": None, **kwargs})


class CallFilters(WagtailFilterSet):
    """By machine, what came of it, and day."""

    account = django_filters.ModelChoiceFilter(
        label=gettext_lazy("machine account"),
        field_name="token__account",
        queryset=MachineAccount.objects.order_by("name"),
    )
    status = django_filters.NumberFilter(label=gettext_lazy("status"))
    at = django_filters.DateFromToRangeFilter(label=gettext_lazy("at"), widget=DateRangePickerWidget)

    class Meta:
        model = MachineCall
        fields = ["account", "method", "status", "at"]


class CallIndexView(generic.IndexView):
    """The calls, with the token and the machine of each."""

    def get_base_queryset(self) -> QuerySet[MachineCall]:
        """One statement for any number."""
        return super().get_base_queryset().select_related("token__account")

    def get_list_more_buttons(self, instance: MachineCall) -> list[Button]:
        """None: there is nothing to do to a call."""
        return []


def counts_of(call: MachineCall) -> str:
    """What a call did: `created 50, known 2`. By name: PostgreSQL keeps no order of its own."""
    return ", ".join(f"{name} {count}" for name, count in sorted(call.counts.items()))


class CallViewSet(ReadOnlyViewSet):
    """What machines called in the last 90 days, the newest first."""

    model = MachineCall
    name = url_prefix = "machine-calls"
    icon = "list-ul"
    menu_label = gettext_lazy("Calls")
    row_act = "index"
    index_view_class = CallIndexView
    filterset_class = CallFilters
    list_display = [
        Column("at", label=gettext_lazy("at"), sort_key="at"),
        Column("account", label=gettext_lazy("machine account"), accessor="token.account"),
        Column("token", label=gettext_lazy("token")),
        Column("method", label=gettext_lazy("method")),
        Column("route", label=gettext_lazy("address")),
        Column("status", label=gettext_lazy("status"), sort_key="status"),
        Column("counts", label=gettext_lazy("counts"), accessor=counts_of),
        Column("took_ms", label=gettext_lazy("milliseconds"), sort_key="took_ms"),
        Column("address", label=gettext_lazy("from")),
    ]
    list_per_page = 50
    search_fields = ["route", "token__account__name", "token__prefix"]
    ordering = "-at"


class MachinesGroup(ViewSetGroup):
    """Who calls the API, and what they called."""

    menu_label = gettext_lazy("API")
    menu_icon = "code"
    menu_order = 535
    items = (MachineViewSet, CallViewSet)
