"""The mailroom in the Wagtail admin; operators see it."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.viewsets.base import ViewSetGroup

from apps.notifications.viewsets.letters import LetterViewSet, SuppressionViewSet
from apps.notifications.viewsets.sendings import SendingViewSet
from apps.notifications.viewsets.webhooks import DeliveryViewSet, ReceiverViewSet


class MailroomGroup(ViewSetGroup):
    """What was sent, to whom, and what hinders it."""

    menu_label = _("Mailroom")
    menu_icon = "mail"
    menu_order = 530
    items = (LetterViewSet, SendingViewSet, SuppressionViewSet, ReceiverViewSet, DeliveryViewSet)
