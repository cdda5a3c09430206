"""A violation as the policy team sees it: the facts, every line with who wrote it, tries, appeals."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from apps.compliance.models import Appeal, PointEntry, QuizStake, RepeatFlag, Report, Violation


@dataclass(frozen=True)
class Line:
    """A line of the ledger, and what it left of the violation."""

    entry: PointEntry
    left: int


@dataclass(frozen=True)
class Casework:
    """All of one violation. `report` is None where it wasn't sent in, `repeat` where it repeats nothing."""

    lines: Sequence[Line]
    tries: Sequence[QuizStake]
    appeals: Sequence[Appeal]
    report: Report | None
    repeat: RepeatFlag | None


def violations_listed() -> QuerySet[Violation]:
    """Violations with all that a list of them shows."""
    return Violation.objects.select_related("seller", "type")


def violation_facts(pk: int) -> QuerySet[Violation]:
    """One violation with its facts, in one statement."""
    rows = Violation.objects.filter(pk=pk)
    return rows.select_related("seller__person", "type__policy_page", "type__lesson_page", "programme", "details")


def casework_of(violation: Violation) -> Casework:
    """What came of a violation, in a fixed number of statements."""
    appeals = violation.appeals.select_related("words", "decided_by").prefetch_related("files")
    tries = violation.stakes.select_related("attempt__person")
    return Casework(
        lines=lines_of(violation),
        tries=list(tries.order_by("-attempt__started_at", "-pk")),
        appeals=list(appeals.order_by("-made_at")),
        report=Report.objects.filter(violation=violation).first(),
        repeat=RepeatFlag.objects.filter(violation=violation).first(),
    )


def lines_of(violation: Violation) -> list[Line]:
    """Its lines in the order of recording."""
    lines, left = list[Line](), 0
    entries = violation.entries.select_related("note__by", "attempt", "appeal")
    for entry in entries.order_by("pk"):
        left += entry.delta
        lines.append(Line(entry, left))
    return lines
