"""Machines that listen to our events: who they are, their secrets, on and off."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from wagtail.log_actions import log

from apps.accounts.models import User
from apps.core.rules import gettext_noop
from apps.core.signing import make_secret
from apps.notifications import rules
from apps.notifications.models import Receiver

logger = logging.getLogger(__name__)


@transaction.atomic
def register_receiver(
    *, name: str, url: str, events: Sequence[str], is_active: bool, at: datetime, by: User
) -> Receiver:
    """A new receiver, with a secret of its own."""
    receiver = Receiver.objects.create(
        name=name, url=url, events=list(events), is_active=is_active, secret=make_secret(), made_at=at
    )
    log(receiver, "wagtail.create", user=by)
    return receiver


@transaction.atomic
def change_receiver(
    *, receiver: Receiver, name: str, url: str, events: Sequence[str], is_active: bool, by: User
) -> Receiver:
    """Change what a receiver is and gets; what waits for it goes to the new address, without a rest."""
    receiver = Receiver.objects.select_for_update().get(pk=receiver.pk)
    receiver.name, receiver.url, receiver.events, receiver.is_active = name, url, list(events), is_active
    receiver.rest_until = None
    receiver.save(update_fields=["name", "url", "events", "is_active", "rest_until"])
    log(receiver, "wagtail.edit", user=by)
    return receiver


@transaction.atomic
def rotate_secret(*, receiver: Receiver, of: str, at: datetime, by: User) -> Receiver:
    """Give the receiver a new secret; the one until now signs too for a day, any older one no more.

    `of` is the mark of the secret to be replaced (`Receiver.secret_mark`). Refused where it was replaced already: a
    second click would void the one that the receiver still knows.
    """
    receiver = Receiver.objects.select_for_update().get(pk=receiver.pk)
    if of != receiver.secret_mark:
        raise rules.SecretReplaced(
            gettext_noop("A new secret had been made already. Nothing was changed; the one before it signs too.")
        )
    receiver.old_secret, receiver.old_secret_until = receiver.secret, at + rules.OLD_SECRET_SIGNS_FOR
    receiver.secret = make_secret()
    receiver.save(update_fields=["secret", "old_secret", "old_secret_until"])
    log(receiver, "notifications.rotate_secret", user=by)
    return receiver


@transaction.atomic
def turn_off_gone(*, receiver: Receiver) -> None:
    """A receiver that answered 410 Gone wants no more; staff can turn it on again."""
    if Receiver.objects.filter(pk=receiver.pk, is_active=True).update(is_active=False):
        logger.warning("The receiver %s answered 410 Gone and is off now.", receiver.name)
        log(receiver, "notifications.receiver_gone")
