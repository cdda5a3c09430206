"""One violation as its seller sees it: what happened, which rule, what can be done, what has come of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import Seller
from apps.catalog.enums import Difference
from apps.catalog.queries.policies import SectionText, section_at, section_now
from apps.catalog.rules import ChangedPassage, differences, passages_of
from apps.compliance.models import QuizStake, Violation, ViolationType
from apps.compliance.queries.cards import FixCard, card_of
from apps.compliance.queries.programmes import programme_row
from apps.compliance.queries.standing import LedgerLine, entries_about
from apps.compliance.rules.programme import Programme


@dataclass(frozen=True)
class Rule:
    """The section that a violation cites, as it read when it was issued and as it reads now; None where it isn't there.

    `passages` show what changed between the two, none where nothing did or the two are in different languages.
    """

    then: SectionText | None
    now: SectionText | None
    passages: Sequence[ChangedPassage]

    @property
    def has_changed(self) -> bool:
        """Whether it reads otherwise now, or is no longer there."""
        if self.then is None or self.now is None:
            return self.then is not None
        return (self.then.title, self.then.html) != (self.now.title, self.now.html)


@dataclass(frozen=True)
class ViolationPage:
    """All of a violation's page. `clock` is how far into the content it was, as a player shows it; "" if unknown."""

    card: FixCard
    programme: Programme
    clock: str
    rule: Rule | None
    tries: Sequence[QuizStake]
    lines: Sequence[LedgerLine]


def violation_by(seller: Seller, reference: str) -> Violation | None:
    """The seller's violation of this reference; nobody learns of another's that it exists."""
    rows = Violation.objects.filter(seller=seller, reference=reference)
    return rows.select_related("type__lesson_page", "type__bank", "details", "seller").first()


def type_by(code: str) -> ViolationType | None:
    """The type of violation of this code."""
    return ViolationType.objects.filter(code=code).select_related("bank", "lesson_page").first()


def violation_page(violation: Violation, language: str, at: datetime) -> ViolationPage:
    """What the page of a violation shows, in a fixed number of statements."""
    seller = violation.seller
    programme = programme_row(seller.region, at).value
    card = card_of(violation, seller, programme, language, at)
    seconds = card.details.content_at_seconds if card.details is not None else None
    return ViolationPage(
        card=card,
        programme=programme,
        clock=clock_of(seconds) if seconds is not None else "",
        rule=rule_of(violation, language),
        tries=tries_at(violation),
        lines=lines_about(violation),
    )


def clock_of(seconds: int) -> str:
    """So far into a clip, as a player shows it.

    >>> clock_of(734), clock_of(3601)
    ('12:14', '1:00:01')
    """
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def rule_of(violation: Violation, language: str) -> Rule | None:
    """What the cited section said and says; None where no text of it is kept. Four statements."""
    key, number = violation.policy_key, violation.section
    if key is None or not number:
        return None
    then, now = section_at(key, number, language, violation.issued_at), section_now(key, number, language)
    return Rule(then, now, changed_passages(then, now)) if then or now else None


def changed_passages(then: SectionText | None, now: SectionText | None) -> Sequence[ChangedPassage]:
    """What became of the text, passage by passage; nothing where there is nothing to compare."""
    if then is None or now is None or then.language != now.language:
        return ()
    found = list(differences(passages_of(then.html, then.title), passages_of(now.html, now.title)))
    return found if any(each.kind != Difference.SAME for each in found) else ()


def tries_at(violation: Violation) -> list[QuizStake]:
    """What the seller tried for this violation, the newest first."""
    rows = QuizStake.objects.filter(violation=violation).select_related("attempt")
    return list(rows.order_by("-attempt__started_at", "-pk"))


def lines_about(violation: Violation) -> list[LedgerLine]:
    """The lines of the ledger about one violation, oldest first; `after` is what each left of it."""
    lines, left = [], 0
    for entry in entries_about(violation):
        left += entry.delta
        lines.append(LedgerLine(entry, "", left))
    return lines
