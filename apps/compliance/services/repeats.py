"""Sellers who repeat one type of violation are looked at by staff."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.services.audit import log_act
from apps.compliance.models import RepeatFlag


@transaction.atomic
def look_at(*, flag: RepeatFlag, note: str, at: datetime, by: User) -> RepeatFlag:
    """Note that somebody looked at it, and what came of it; who looks again replaces the note."""
    flag = RepeatFlag.objects.select_for_update().get(pk=flag.pk)
    flag.seen_at, flag.seen_by, flag.note = at, by, note
    flag.save(update_fields=["seen_at", "seen_by", "note"])
    log_act(flag, "compliance.look_at_repeat", by=by)
    return flag
