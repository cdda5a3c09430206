"""Questions to staff in the Wagtail admin."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from apps.core.clock import now
from apps.web.forms import AnsweredForm
from apps.web.models import HelpRequest
from apps.web.services.questions import mark_answered


class AnswerView(generic.EditView):
    """Read a question and note that it was answered."""

    def save_instance(self) -> HelpRequest:
        """Through the service."""
        if self.form.cleaned_data["answered"]:
            mark_answered(question=self.object, at=now())
        return self.object


class HelpRequestViewSet(ModelViewSet):
    """The questions, the newest first."""

    model = HelpRequest
    name = url_prefix = "questions"
    icon = "help"
    menu_label = _("Questions")
    menu_order = 520
    add_to_admin_menu = True
    edit_view_class = AnswerView
    list_display = ["topic", "email", "language", Column("asked_at"), Column("answered_at")]
    list_filter = ["topic", "language"]
    search_fields = ["email", "text"]
    ordering = "-asked_at"
    copy_view_enabled = False

    def get_form_class(self, for_update: bool = False) -> type[forms.ModelForm]:
        """The question as it came, and one box to tick."""
        return AnsweredForm
