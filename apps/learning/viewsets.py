"""Certificates in the Wagtail admin: found by reference or name, revoked with a reason."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from apps.core.clock import now
from apps.learning.forms import RevocationForm
from apps.learning.models import Certificate
from apps.learning.services import revoke_certificate


class RevokeView(generic.EditView):
    """Revoke a certificate; nothing else of it can be changed."""

    def save_instance(self) -> Certificate:
        """Through the service, which logs it."""
        return revoke_certificate(
            certificate=self.object,
            reason=self.form.cleaned_data["revoke_reason"],
            at=now(),
            by=self.request.user,
        )


class CertificateViewSet(ModelViewSet):
    """All certificates, the newest first."""

    model = Certificate
    name = url_prefix = "certificates"
    icon = "success"
    menu_label = _("Certificates")
    menu_order = 510
    add_to_admin_menu = True
    edit_view_class = RevokeView
    list_display = ["reference", "name", "course_title", Column("issued_at"), Column("revoked_at")]
    search_fields = ["reference", "name", "course_title"]
    ordering = "-issued_at"
    copy_view_enabled = False

    def get_form_class(self, for_update: bool = False) -> type[RevocationForm]:
        """Only the reason."""
        return RevocationForm
