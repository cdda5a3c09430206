"""Types of violations in the Wagtail admin, with a warning where too few questions are ready for a quiz."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.admin.views import generic
from wagtail.admin.widgets.button import Button

from apps.accounts.models import User
from apps.compliance.forms.types import ViolationTypeForm
from apps.compliance.models import ViolationType
from apps.compliance.queries.types import titles_of
from apps.compliance.services.types import save_type
from apps.core.viewsets import ReadOnlyViewSet
from apps.quizzes.models import Bank
from apps.quizzes.queries.bank import Readiness, readiness_of
from apps.quizzes.rules import READY_AT_LEAST

NAMES = dict(settings.LANGUAGES)


def too_few(readiness: list[Readiness]) -> str:
    """Which languages have too few questions, in words; "" where none has."""
    few = [each for each in readiness if not each.is_enough]
    counts = ", ".join(f"{gettext(NAMES[each.language])} {each.ready}" for each in few)
    words = gettext("Fewer than %(least)s questions are ready: %(counts)s")
    return words % {"least": READY_AT_LEAST, "counts": counts} if few else ""


def bank_address(bank: Bank) -> str:
    """Where the questions of a bank stand."""
    return f"{reverse('quiz_questions:list')}?bank={bank.pk}"


def quiz_cell(kind: ViolationType) -> str | SafeString:
    """The bank of its quiz, with a warning where too little is ready."""
    if kind.bank is None:
        return gettext("No quiz")
    link = format_html('<a href="{}">{}</a>', bank_address(kind.bank), kind.bank)
    return format_html("{}<br><strong>{}</strong>", link, kind.warning) if kind.warning else link  # type: ignore[attr-defined]


class TypeIndexView(generic.IndexView):
    """All types by their code."""

    def get_base_queryset(self) -> QuerySet[ViolationType]:
        """Without a statement for each row."""
        return super().get_base_queryset().select_related("bank", "policy_page", "lesson_page")

    def get_list_more_buttons(self, instance: ViolationType) -> list[Button]:
        """None: the code leads to the type."""
        return []

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Names and ready questions of this page of the list, in a fixed number of statements."""
        context = super().get_context_data(*args, **kwargs)
        kinds = list(context["object_list"])
        titles = titles_of(kinds, get_language() or settings.LANGUAGE_CODE)
        readiness = readiness_of([kind.bank for kind in kinds if kind.bank is not None])
        for kind in context["object_list"]:
            kind.title = titles[kind.pk]
            kind.warning = too_few(readiness[kind.bank_id]) if kind.bank_id else ""
        return context


class SavesType:
    """Saves the form through the service."""

    form: ViolationTypeForm
    request: HttpRequest

    def save_instance(self) -> ViolationType:
        """The type with its names."""
        by: User = self.request.user  # type: ignore[assignment]
        return save_type(kind=self.form.save(commit=False), texts=self.form.texts(), by=by)


class TypeAddView(SavesType, generic.CreateView):
    """A new type."""

    def get_success_buttons(self) -> list[Button]:
        """To the type."""
        return [Button(_("Edit"), url=self.get_edit_url())]


class TypeEditView(SavesType, generic.EditView):
    """A type; its code stays."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With what its quiz lacks."""
        bank = self.object.bank
        lack = too_few(readiness_of([bank])[bank.pk]) if bank is not None else ""
        address = bank_address(bank) if bank is not None else ""
        return super().get_context_data(**kwargs) | {"lack": lack, "bank_address": address}


class ViolationTypeViewSet(ReadOnlyViewSet):
    """The types; none is deleted, one that isn't used any more is turned off."""

    model = ViolationType
    name = url_prefix = "violation-types"
    icon = "list-ul"
    menu_label = _("Violation types")
    index_view_class = TypeIndexView
    add_view_class = TypeAddView
    edit_view_class = TypeEditView
    edit_template_name = "compliance/admin/type.html"
    acts = ("add", "edit", "history")
    row_act = "edit"
    list_display = [
        "code",
        Column("title", label=_("Name")),
        "severity",
        Column("points", label=_("Points"), sort_key="points"),
        Column("policy", label=_("Policy"), accessor="policy_page.title"),
        Column("section", label=_("Section")),
        Column("lesson", label=_("Lesson"), accessor="lesson_page.title"),
        Column("quiz", label=_("Quiz"), accessor=quiz_cell),
        BooleanColumn("is_active", label=_("May be reported")),
    ]
    list_filter = ["severity", "is_active"]
    search_fields = ["code", "texts__title"]
    ordering = "code"
    list_per_page = 50

    def get_form_class(self, for_update: bool = False) -> type[ViolationTypeForm]:
        """The type with its names."""
        return ViolationTypeForm

    def get_urlpatterns(self) -> list[URLPattern]:
        """With the form and the trail."""
        return [
            *super().get_urlpatterns(),
            path("new/", self.add_view, name="add"),
            path("edit/<int:pk>/", self.edit_view, name="edit"),
            path("history/<int:pk>/", self.history_view, name="history"),
        ]
