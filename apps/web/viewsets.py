"""Questions to staff, searches without a result, and what runs by itself, in the Wagtail admin."""

from typing import Any
from urllib.parse import quote

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.admin.widgets.button import Button

from apps.core.clock import now
from apps.core.models import JobRun
from apps.core.viewsets import ReadOnlyViewSet
from apps.web.forms import AnsweredForm, HandledForm
from apps.web.models import HelpRequest, MissedSearch
from apps.web.services.questions import mark_answered
from apps.web.services.searches import mark_handled


class AnswerView(generic.EditView):
    """Read a question, answer it by mail, and note whether it was answered."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Where the answer goes."""
        return super().get_context_data(**kwargs) | {"answer_url": answer_url(self.object)}

    def save_instance(self) -> HelpRequest:
        """Through the service."""
        mark_answered(question=self.object, answered=self.form.cleaned_data["answered"], at=now())
        return self.object


def answer_url(question: HelpRequest) -> str:
    """Opens a letter to the asker, with the subject in the language of the question."""
    with translation.override(question.language):
        subject = gettext("Your question to Seller University: %(topic)s")
        subject %= {"topic": question.get_topic_display()}
    return f"mailto:{quote(question.email, safe='@')}?subject={quote(subject)}"


class HelpRequestViewSet(ModelViewSet):
    """The questions, the newest first."""

    model = HelpRequest
    name = url_prefix = "questions"
    icon = "help"
    menu_label = _("Questions")
    menu_order = 520
    add_to_admin_menu = True
    edit_view_class = AnswerView
    edit_template_name = "web/admin/question.html"
    list_display = ["topic", "email", "language", Column("asked_at"), Column("answered_at")]
    list_filter = ["topic", "language"]
    search_fields = ["email", "text"]
    ordering = "-asked_at"
    copy_view_enabled = False

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """The question as it came, and one box to tick."""
        return AnsweredForm


class HandleView(generic.EditView):
    """See how often something was looked for, and note whether it was handled."""

    def save_instance(self) -> MissedSearch:
        """Through the service."""
        mark_handled(missed=self.object, handled=self.form.cleaned_data["handled"], at=now())
        return self.object


class MissedFilters(WagtailFilterSet):
    """Narrows the list of searches without a result."""

    handled = django_filters.BooleanFilter(
        label=_("Handled"), field_name="handled_at", lookup_expr="isnull", exclude=True
    )

    class Meta:
        model = MissedSearch
        fields = ["language"]


class MissedSearchViewSet(ModelViewSet):
    """What was looked for in vain, the oftenest first."""

    model = MissedSearch
    name = url_prefix = "missed-searches"
    icon = "search"
    menu_label = _("Searches in vain")  # short: the sidebar cuts what is longer
    menu_order = 410
    add_to_admin_menu = True
    edit_view_class = HandleView
    filterset_class = MissedFilters
    list_display = ["text", "language", Column("times", sort_key="times"), "last_asked_at", "handled_at"]
    search_fields = ["text"]
    ordering = ["-times", "-last_asked_at"]
    list_per_page = 50
    copy_view_enabled = add_to_reference_index = False

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """What was looked for, and one box to tick."""
        return HandledForm


def state_of(run: JobRun) -> str:
    """How a run ended, or that it didn't."""
    if run.ended_at is not None:
        return gettext("Failed") if run.error else gettext("Done")
    return gettext("Running") if run.lease_until > now() else gettext("Died")


def counts_of(run: JobRun) -> str:
    """What a run did: `sent 50, failed 2`."""
    return ", ".join(f"{name} {count}" for name, count in run.counts.items())


class RunFilters(WagtailFilterSet):
    """Narrows the list of runs."""

    job = django_filters.AllValuesFilter(label=_("job"))
    state = django_filters.ChoiceFilter(label=_("State"), method="only_failed", choices=[("failed", _("Failed"))])

    class Meta:
        model = JobRun
        fields = ["job"]

    def only_failed(self, runs: QuerySet[JobRun], _name: str, _value: str) -> QuerySet[JobRun]:
        """Those that raised an error."""
        return runs.exclude(error="")


class RunIndexView(generic.IndexView):
    """All runs."""

    def get_list_more_buttons(self, instance: JobRun) -> list[Button]:
        """None: the job's name leads to the run."""
        return []


class RunView(generic.InspectView):
    """One run."""

    page_title = _("Job run")

    def get_fields(self) -> list[str]:
        """What it did, and why it failed."""
        return ["job", "slot", "started_at", "ended_at", "tries", "counts", "error"]

    def get_fields_context(self) -> list[dict[str, Any]]:
        """What is empty is left out."""
        return [field for field in super().get_fields_context() if field["value"] not in (None, "")]

    def get_counts_display_value(self) -> str:
        """In words."""
        return counts_of(self.object)

    def get_error_display_value(self) -> str:
        """Line by line, as Python wrote it."""
        return format_html("<pre>{}</pre>", self.object.error) if self.object.error else ""


class JobRunViewSet(ReadOnlyViewSet):
    """What ran by itself, the newest first. Nothing is added, edited or deleted here."""

    model = JobRun
    name = url_prefix = "jobs"
    icon = "cogs"
    menu_label = _("Jobs")
    menu_order = 540
    add_to_admin_menu = True
    index_view_class = RunIndexView
    inspect_view_class = RunView
    inspect_view_enabled = True
    filterset_class = RunFilters
    list_display = [
        "job",
        "slot",
        Column("state", label=_("State"), accessor=state_of),
        "started_at",
        "ended_at",
        Column("counts", label=_("Counts"), accessor=counts_of),
    ]
    list_per_page = 50
    search_fields = ["job", "error"]
    ordering = "-started_at"
