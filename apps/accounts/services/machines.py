"""The marketplace's machines: their accounts, their tokens, and what is kept of their calls."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.accounts import rules
from apps.accounts.models import MachineAccount, MachineCall, MachineToken, User
from apps.accounts.services.audit import log_act
from apps.core.pace import count_up
from apps.core.rules import gettext_noop, slot_end


@transaction.atomic
def register_machine(*, name: str, note: str, is_active: bool, at: datetime, by: User | None) -> MachineAccount:
    """A new machine account, without a token yet."""
    account = MachineAccount.objects.create(name=name, note=note, is_active=is_active, made_at=at, made_by=by)
    log_act(account, "wagtail.create", by=by)
    return account


@transaction.atomic
def change_machine(*, account: MachineAccount, name: str, note: str, is_active: bool, by: User) -> MachineAccount:
    """Change what is said of a machine, or turn it off: then none of its tokens opens anything."""
    account = MachineAccount.objects.select_for_update().get(pk=account.pk)
    account.name, account.note, account.is_active = name, note, is_active
    account.save(update_fields=["name", "note", "is_active"])
    log_act(account, "wagtail.edit", by=by)
    return account


@transaction.atomic
def issue_token(
    *,
    account: MachineAccount,
    scopes: Collection[str],
    days: int | None,
    at: datetime,
    by: User | None,
    reference: UUID | None = None,
) -> tuple[MachineToken, str]:
    """A new token and its words, which are kept nowhere. `days` None: it counts until it is revoked.

    The same `reference` a second time is refused: a double click makes one token.
    """
    account = MachineAccount.objects.select_for_update().get(pk=account.pk)
    if not account.is_active:
        raise rules.MachineOff(gettext_noop("This machine account is off. Turn it on first."))
    words = rules.new_token()
    token = MachineToken(
        account=account,
        reference=reference or uuid4(),
        digest=rules.digest_of_token(words),
        prefix=words[: rules.SIGNS_SHOWN],
        scopes=rules.check_scopes(scopes),
        made_at=at,
        made_by=by,
        expires_at=rules.expiry_of(days=days, at=at),
    )
    try:
        with transaction.atomic():
            token.save(force_insert=True)
    except IntegrityError:
        raise rules.TokenMade(
            gettext_noop("This token had been made already. If you didn't see it, revoke it and make another.")
        ) from None
    log_act(account, "accounts.issue_token", by=by, data={"token": token.prefix, "scopes": token.scopes})
    return token, words


@transaction.atomic
def issue_token_for_name(
    *, name: str, scopes: Collection[str], days: int | None, at: datetime
) -> tuple[MachineToken, str]:
    """A token for the machine of this name, made where there is none: the command line's way."""
    account = MachineAccount.objects.filter(name=name).first()
    if account is None:
        account = register_machine(name=name, note="", is_active=True, at=at, by=None)
    return issue_token(account=account, scopes=scopes, days=days, at=at, by=None)


@transaction.atomic
def revoke_token(*, token: MachineToken, at: datetime, by: User) -> None:
    """End a token at once and for good; a second time changes nothing."""
    if MachineToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
        log_act(token.account, "accounts.revoke_token", by=by, data={"token": token.prefix})


def count_call(*, who: str, allowed: int, at: datetime) -> int:
    """Count a call and answer how many this one makes in its minute; refused beyond `allowed`."""
    window = rules.CALLS_COUNTED_FOR
    calls = count_up("accounts.machine_calls", who=who, window=window, at=at)
    rules.check_pace(calls=calls, allowed=allowed, left=slot_end(window, at) - at)
    return calls


def note_use(*, token: MachineToken, at: datetime) -> None:
    """Note that a token was used, once an hour: more would be a write for each call that only reads."""
    before = at - rules.USE_NOTED_EVERY
    if token.last_used_at is None or token.last_used_at <= before:
        idle = MachineToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=before), pk=token.pk)
        idle.update(last_used_at=at)


def note_call(
    *,
    token: MachineToken,
    method: str,
    route: str,
    status: int,
    counts: Mapping[str, int],
    began: datetime,
    ended: datetime,
    address: str,
) -> MachineCall:
    """Write down a call of a known token, and when it was last used."""
    note_use(token=token, at=began)
    return MachineCall.objects.create(
        token=token,
        at=began,
        method=method[:16],
        route=route[:200],
        status=status,
        counts=dict(counts),
        took_ms=max(0, round((ended - began).total_seconds() * 1000)),
        address=address[:45],
    )


def forget_calls(*, at: datetime) -> int:
    """Delete the calls older than 90 days, a few thousand at a time; answers how many."""
    old = MachineCall.objects.filter(at__lt=at - rules.CALLS_KEPT_FOR)
    deleted = 0
    while chunk := list(old.order_by("at").values_list("pk", flat=True)[:5000]):
        deleted += MachineCall.objects.filter(pk__in=chunk).delete()[0]
    return deleted
