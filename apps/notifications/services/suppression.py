"""Addresses that get no e-mail."""

from datetime import datetime

from django.db import transaction
from wagtail.log_actions import log

from apps.accounts.models import User
from apps.notifications.models import Suppression


@transaction.atomic
def suppress(*, address: str, reason: str, detail: str, at: datetime) -> Suppression:
    """Send no more e-mail to this address; a second word about it changes nothing."""
    found, _created = Suppression.objects.get_or_create(
        address=address.lower(), defaults={"reason": reason, "detail": detail[:2000], "since": at}
    )
    return found


@transaction.atomic
def lift(*, suppression: Suppression, by: User) -> None:
    """Send e-mail to the address again."""
    log(suppression, "notifications.lift_suppression", user=by, data={"address": suppression.address})
    suppression.delete()
