"""Carries out what editors scheduled: each page by itself, so that one that can't go hinders no other."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from wagtail.models import Page, Revision

from apps.accounts.models import User
from apps.catalog.letters import not_published_letter
from apps.core.refusals import explain
from apps.core.rules import Refusal
from apps.notifications.services.letters import post_letter

logger = logging.getLogger(__name__)


def publish_due(*, at: datetime) -> dict[str, Any]:
    """Publish every revision whose hour has come, and take off every page whose time is over.

    A revision that can't be published stays scheduled and is tried again each time: it is named in the answer, and
    its editor gets one letter with the reason.
    """
    due = Revision.objects.filter(approved_go_live_at__lte=at).order_by("approved_go_live_at", "pk")
    over = Page.objects.filter(live=True, expire_at__lte=at).order_by("expire_at", "pk")
    published, failed = each_alone(due.select_related("user"), publish_one, lambda one, why: tell_editor(one, why, at))
    expired, stuck = each_alone(over, lambda page: unpublish_one(page, at), lambda _page, _why: None)
    counts: dict[str, Any] = {"published": published, "unpublished": expired}
    return counts | {"failed": failed + stuck} if failed or stuck else counts


def each_alone(
    things: Iterable[Any], act: Callable[[Any], None], tell: Callable[[Any, str], None]
) -> tuple[int, list[str]]:
    """Act on each in a transaction of its own; answers how many went well, and what to say of the others."""
    well, failed = 0, []
    for thing in list(things):
        try:
            with transaction.atomic():
                act(thing)
            well += 1
        except Exception as error:
            why = explain(error) if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
            logger.warning("The schedule could not carry out %s: %s", thing, why)
            failed.append(f"{thing}: {why}")
            say(tell, thing, why)
    return well, failed


def say(tell: Callable[[Any, str], None], thing: Any, why: str) -> None:
    """Tell of a failure; a letter that fails too hinders nothing."""
    try:
        with transaction.atomic():
            tell(thing, why)
    except Exception:
        logger.exception("Nobody could be told that %s was not carried out.", thing)


def publish_one(revision: Revision) -> None:
    """Make the revision live, if it is still to go (an editor may have taken it off the schedule meanwhile)."""
    revision = Revision.objects.select_for_update().get(pk=revision.pk)
    if revision.approved_go_live_at is not None:
        revision.publish(log_action="wagtail.publish.scheduled")


def unpublish_one(page: Page, at: datetime) -> None:
    """Take the page off, if its time is still over (an editor may have given it more meanwhile)."""
    over = Page.objects.select_for_update().filter(pk=page.pk, live=True, expire_at__lte=at).first()
    if over is not None:
        over.specific.unpublish(set_expired=True, log_action="wagtail.unpublish.scheduled")


def tell_editor(revision: Revision, why: str, at: datetime) -> None:
    """One letter a revision, to who made it."""
    editor = revision.user
    if isinstance(editor, User):
        letter = not_published_letter(editor, revision.object_str, revision.object_id, why)
        post_letter(letter=letter, person=editor, dedupe_key=f"not-published:{revision.pk}", at=at)
