"""How far files of violations are, and what is wrong with their lines."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Q

from apps.compliance.enums import Outcome
from apps.compliance.models import ImportLine, ViolationImport

SHOWN = 100
TROUBLES = (Outcome.REFUSED, Outcome.CONFLICT)


@dataclass(frozen=True)
class FileNumbers:
    """A file in numbers: `expected` by outcome as it was looked at, `taken` by outcome as it came."""

    expected: dict[str, int] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)

    @property
    def lines(self) -> int:
        """All of them."""
        return sum(self.expected.values())

    @property
    def done(self) -> int:
        """Those that were taken, or never will be."""
        return sum(self.taken.values())

    @property
    def would_enter(self) -> bool:
        """Whether taking it would do anything."""
        return bool(self.expected.get(Outcome.CREATED, 0) + self.expected.get(Outcome.PENDING, 0))


def numbers_of(files: Collection[ViolationImport]) -> dict[int, FileNumbers]:
    """These files in numbers, by their id; one statement whatever their number."""
    expected: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    taken: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    rows = ImportLine.objects.filter(brought__in=[each.pk for each in files])
    counted = rows.values_list("brought", "expected", "outcome").annotate(lines=Count("pk")).order_by()
    for brought, before, after, lines in counted:
        expected[brought][before] += lines
        if after:
            taken[brought][after] += lines
    return {each.pk: FileNumbers(dict(expected[each.pk]), dict(taken[each.pk])) for each in files}


def troubled_lines(brought: ViolationImport) -> Sequence[ImportLine]:
    """The first lines that can't be taken, or could not: refused, or another content under a known id."""
    trouble = Q(outcome__in=TROUBLES) | Q(outcome="", expected__in=TROUBLES)
    return list(brought.lines.filter(trouble).order_by("number")[:SHOWN])
