"""Who did what, in Wagtail's audit trail."""

from typing import Any

from django.db.models import Model
from wagtail.log_actions import log

from apps.accounts.models import MachineAccount, User

Actor = User | MachineAccount | None
"""Who acts: a person, a machine of the marketplace, or the site by itself."""


def log_act(instance: Model, action: str, *, by: Actor, data: dict[str, Any] | None = None) -> None:
    """Write an act down. The trail knows persons only: a machine is named in the entry's data."""
    if isinstance(by, MachineAccount):
        log(instance, action, data={**(data or {}), "machine": by.name})
    else:
        log(instance, action, user=by, data=data)
