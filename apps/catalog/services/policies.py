"""Keeps what policies said when, and tells the apps above of material changes, each once, when it comes into force."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from wagtail.models import Page, Revision

from apps.catalog import rules
from apps.catalog.enums import ChangeKind
from apps.catalog.models import PolicyChange, PolicyPage, PolicyVersion, Reading, SectionVersion
from apps.catalog.panels import brings_changes
from apps.catalog.queries.policies import difference_between, editions
from apps.catalog.queries.readings import addresses_for, rich
from apps.catalog.services.schedule import each_alone
from apps.catalog.signals import policy_changed

DRAFTS_LOOKED_AT = 20


@transaction.atomic
def keep_version(*, page: PolicyPage, at: datetime) -> PolicyVersion | None:
    """Keep the text that was published at this instant, and note a material change; None where the text is no new one.

    A change that is in force already is told at once. What the draft said of this publication is taken off it.
    """
    # Two who publish at once number their versions one after the other.
    Page.objects.select_for_update().get(pk=page.pk)
    versions = list(PolicyVersion.objects.filter(policy_key=page.translation_key, language=page.locale.language_code))
    versions.sort(key=lambda each: each.number)
    decides = brings_changes(page)
    is_material = decides and bool(versions) and page.change_kind == ChangeKind.MATERIAL
    texts = texts_of(page)
    if versions and not is_material and says_the_same(versions[-1], page, texts, at):
        version = None
    else:
        version = write_version(page=page, texts=texts, before=versions, is_material=is_material, at=at)
    if decides:
        if version is not None and versions:
            plan_change(version=version, before=versions, is_material=is_material, at=at)
        begin_anew(page=page)
    return version


def texts_of(page: PolicyPage) -> dict[str, Any]:
    """What readers get of a policy, as HTML: its introduction, and its sections by their numbers."""
    with addresses_for(page):
        sections = {
            child.value["number"]: (child.value["title"], str(rich(child.value["text"].source)))
            for child in reversed(list(page.sections))
        }
        introduction = str(rich(page.introduction)) if page.introduction else ""
    return {"introduction": introduction, "sections": dict(reversed(sections.items()))}


def says_the_same(version: PolicyVersion, page: PolicyPage, texts: dict[str, Any], at: datetime) -> bool:
    """Whether the last version has this text, and is in force as this one would be at once."""
    known = {each.number: (each.title, each.html) for each in version.sections.all()}
    said = (version.title, version.introduction, known)
    day_has_come = page.effective_on is None or rules.day_begins(page.effective_on, settings.MARKET_ZONE) <= at
    is_same = said == (page.title, texts["introduction"], texts["sections"])
    return is_same and day_has_come and version.in_force_from <= at


def write_version(
    *, page: PolicyPage, texts: dict[str, Any], before: list[PolicyVersion], is_material: bool, at: datetime
) -> PolicyVersion:
    """The row of a text with its sections, numbered after the last one."""
    begins = rules.in_force_from(page.effective_on, at, is_first=not before, zone=settings.MARKET_ZONE)
    version = PolicyVersion.objects.create(
        policy_key=page.translation_key,
        language=page.locale.language_code,
        number=before[-1].number + 1 if before else 1,
        title=page.title,
        introduction=texts["introduction"],
        change_kind=ChangeKind.MATERIAL if is_material else ChangeKind.EDITORIAL,
        what_changed=page.what_changed.strip() if is_material else "",
        published_at=at,
        in_force_from=begins,
    )
    SectionVersion.objects.bulk_create(
        SectionVersion(version=version, position=position, number=number, title=title, html=html)
        for position, (number, (title, html)) in enumerate(texts["sections"].items(), start=1)
    )
    return version


def plan_change(*, version: PolicyVersion, before: list[PolicyVersion], is_material: bool, at: datetime) -> None:
    """Note a material change, to be told at its instant.

    One that waits leads to the newer text from now on; taken back before its day, it is told nobody.
    """
    waiting = PolicyChange.objects.select_for_update().filter(policy_key=version.policy_key, told_at=None).first()
    if waiting is None and not is_material:
        return
    held = rules.edition_at(editions(before, version.language), at)
    old = waiting.old if waiting else next(each for each in before if held and each.number == held.number)
    change = waiting or PolicyChange(policy_key=version.policy_key, old=old)
    change.new, change.title, change.effective_at = version, version.title, version.in_force_from
    change.what_changed = joined(change.what_changed, version.what_changed)
    changed = difference_between(old, version).changed
    if waiting is not None and not changed and not is_material:
        waiting.delete()
        return
    change.sections = [each.number for each in changed if each.number]
    change.save()
    if change.effective_at <= at:
        tell_change(change=change, at=at)


def joined(waiting: str, words: str) -> str:
    """What changed, of one that waited and of the one that joins it, each said once."""
    return " ".join(dict.fromkeys(each for each in (waiting, words) if each))


def begin_anew(*, page: PolicyPage) -> None:
    """The next draft begins as wording only, and so do drafts that took this publication's words with them.

    The choice is of one publication: left on the page, it would make the next one material without anybody saying so.
    What was chosen is kept with the version.
    """
    words, blank = page.what_changed, {"change_kind": str(ChangeKind.EDITORIAL), "what_changed": ""}
    if page.change_kind == ChangeKind.EDITORIAL and not words:
        return
    live = PolicyPage.objects.filter(pk=page.pk)
    live_revision = live.values_list("live_revision_id", flat=True).get()
    live.update(**blank)
    page.change_kind, page.what_changed = ChangeKind.EDITORIAL, ""
    for revision in Revision.page_revisions.filter(object_id=str(page.pk)).order_by("-pk")[:DRAFTS_LOOKED_AT]:
        has_taken_it = bool(words) and revision.content.get("what_changed") == words
        if revision.pk == live_revision or has_taken_it:
            Revision.objects.filter(pk=revision.pk).update(content=revision.content | blank)


def tell_due_changes(*, at: datetime) -> dict[str, Any]:
    """Tell every change that is in force by now and can be read; one that can't be told hinders no other."""
    readable = Exists(Reading.objects.filter(key=OuterRef("policy_key")))
    due = PolicyChange.objects.filter(readable, told_at=None, effective_at__lte=at).order_by("effective_at", "pk")

    def tell(change: PolicyChange) -> None:
        tell_change(change=change, at=at)

    told, failed = each_alone(due, tell, lambda _change, _why: None)
    return {"told": told, "failed": failed} if failed else {"told": told}


@transaction.atomic
def tell_change(*, change: PolicyChange, at: datetime) -> bool:
    """Tell the apps above, unless somebody has, or nobody can read the policy; answers whether they were told."""
    if not Reading.objects.filter(key=change.policy_key).exists():
        return False
    # Whoever writes the row tells: of two workers, one.
    if not PolicyChange.objects.filter(pk=change.pk, told_at=None, effective_at__lte=at).update(told_at=at):
        return False
    change = PolicyChange.objects.select_related("old", "new").get(pk=change.pk)
    policy_changed.send(
        sender=PolicyChange,
        change=change,
        policy_key=change.policy_key,
        sections=change.sections,
        old_version=change.old.number,
        new_version=change.new.number,
        at=at,
    )
    return True


def keep_unversioned() -> int:
    """Keep the text of policies from before their texts were kept; answers how many there were."""
    kept = PolicyVersion.objects.filter(
        policy_key=OuterRef("translation_key"), language=OuterRef("locale__language_code")
    )
    pages = PolicyPage.objects.filter(~Exists(kept), live=True, last_published_at__isnull=False)
    for page in (found := list(pages.select_related("locale"))):
        keep_version(page=page, at=page.last_published_at)
    return len(found)
