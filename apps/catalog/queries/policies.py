"""What a policy said when: the text of a section that was in force, and what changed between two versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from apps.catalog import rules
from apps.catalog.enums import Difference
from apps.catalog.models import PolicyVersion, Reading, SectionVersion


@dataclass(frozen=True)
class SectionText:
    """A section of a policy as it read, or reads.

    `in_force_from` is when its version was to come into force, `is_first_known` whether it answers for an instant
    before all that is kept.
    """

    number: str
    title: str
    html: SafeString
    language: str
    version: int
    published_at: datetime
    in_force_from: datetime
    is_first_known: bool = False


@dataclass(frozen=True)
class SectionDifference:
    """A section of a policy that changed, came or went, passage by passage; without a number it is the introduction."""

    number: str
    title: str
    kind: Difference
    passages: tuple[rules.ChangedPassage, ...]


@dataclass(frozen=True)
class PolicyDifference:
    """What changed between two versions of a policy in one language, and the titles of what stayed."""

    language: str
    title: str
    old: int
    new: int
    changed: tuple[SectionDifference, ...]
    same: tuple[tuple[str, str], ...]


def versions_in(policy_key: UUID, language: str) -> list[PolicyVersion]:
    """All versions of a policy that a reader of this language may get, in it and in the site's first, oldest first."""
    languages = {language, settings.LANGUAGE_CODE}
    found = PolicyVersion.objects.filter(policy_key=policy_key, language__in=languages).defer("introduction")
    return list(found.order_by("number"))


def editions(versions: Sequence[PolicyVersion], language: str) -> list[rules.Edition]:
    """Those of this language, as far as rules look at them."""
    return [
        rules.Edition(each.number, each.published_at, each.in_force_from)
        for each in versions
        if each.language == language
    ]


def section_at(policy_key: UUID, number: str, language: str, at: datetime) -> SectionText | None:
    """The section as it was in force at this instant; None where the policy had none of this number, or isn't known.

    In this language, or where the policy wasn't in force in it yet, in the site's first. For an instant before all that
    is kept the first known text answers, and says so. Two statements.
    """
    versions = versions_in(policy_key, language)
    tries = [(each, rules.edition_at(editions(versions, each), at)) for each in (language, settings.LANGUAGE_CODE)]
    known = [(each, found) for each, found in tries if found is not None]
    # A text that was in force then, in whichever language, before one that is only the first that we have.
    known.sort(key=lambda each: each[1].is_first_known)
    if not known:
        return None
    in_language, found = known[0]
    version = next(each for each in versions if (each.language, each.number) == (in_language, found.number))
    return text_in(version, number, is_first_known=found.is_first_known)


def section_now(policy_key: UUID, number: str, language: str) -> SectionText | None:
    """The section as it was published last, also where its day is still to come; None where it is no longer there.

    In this language, or where the policy was never published in it, in the site's first. Two statements.
    """
    versions = versions_in(policy_key, language)
    mine = [each for each in versions if each.language == language] or versions
    return text_in(mine[-1], number) if mine else None


def text_in(version: PolicyVersion, number: str, *, is_first_known: bool = False) -> SectionText | None:
    """The section of this number in a version, or None."""
    section = SectionVersion.objects.filter(version=version, number=number).first()
    if section is None:
        return None
    return SectionText(
        number=number,
        title=section.title,
        html=safe(section.html),
        language=version.language,
        version=version.number,
        published_at=version.published_at,
        in_force_from=version.in_force_from,
        is_first_known=is_first_known,
    )


def safe(html: str) -> SafeString:
    """Archived HTML: our own renderer made it of what Wagtail's whitelist had cleaned."""
    return mark_safe(html)  # noqa: S308


def difference_since(policy_key: UUID, language: str, *, seen: datetime, changed: datetime) -> PolicyDifference | None:
    """What changed between what readers saw at the instant `seen` and now, by a change that was published at `changed`.

    In this language, if the change is there in it already, otherwise in the site's first, or in the language that the
    policy is in. None where no older text is kept. Three statements at most.
    """
    versions = list(PolicyVersion.objects.filter(policy_key=policy_key).order_by("number"))
    languages = dict.fromkeys([language, settings.LANGUAGE_CODE, *(each.language for each in versions)])
    for each in languages:
        mine = [version for version in versions if version.language == each]
        old = rules.seen_at(editions(mine, each), seen, before=changed)
        if old is not None and mine[-1].published_at >= changed:
            before = next(version for version in mine if version.number == old)
            return difference_between(before, mine[-1])
    return None


def difference_between(old: PolicyVersion, new: PolicyVersion) -> PolicyDifference:
    """What changed between two versions, section by section in their order; one statement."""
    rows = SectionVersion.objects.filter(version__in=[old, new]).order_by("position")
    sections = list(rows)
    before, after = ({row.number: row for row in sections if row.version_id == each.pk} for each in (old, new))
    changed, same = [], []
    if old.introduction != new.introduction:
        changed.append(compared("", "", old.introduction, new.introduction))
    for number in sorted({**before, **after}, key=in_order):
        was, now = before.get(number), after.get(number)
        if was and now and (was.title, was.html) == (now.title, now.html):
            same.append((number, now.title))
        else:
            changed.append(compared_sections(was, now))
    real = [each for each in changed if any(passage.kind != Difference.SAME for passage in each.passages)]
    return PolicyDifference(new.language, new.title, old.number, new.number, tuple(real), tuple(same))


def in_order(number: str) -> tuple[int, ...]:
    """How section numbers follow each other: 2.3 before 2.10."""
    return tuple(int(part) for part in number.split("."))


def compared_sections(was: SectionVersion | None, now: SectionVersion | None) -> SectionDifference:
    """A section of two versions; None where one hasn't it."""
    there = now or was
    if there is None:
        raise ValueError("A section is in one of both versions.")
    old, new = (rules.passages_of(each.html, each.title) if each else [] for each in (was, now))
    found = tuple(rules.differences(old, new))
    kind = Difference.CHANGED if was and now else Difference.ADDED if now else Difference.REMOVED
    return SectionDifference(there.number, there.title, kind, found)


def compared(number: str, title: str, old: str, new: str) -> SectionDifference:
    """A text that both versions have."""
    found = tuple(rules.differences(rules.passages_of(old), rules.passages_of(new)))
    return SectionDifference(number, title, Difference.CHANGED, found)


def policy_readings(policy_key: UUID) -> dict[str, Reading]:
    """Where the policy can be read now, by language."""
    return {each.language: each for each in Reading.objects.filter(key=policy_key)}
