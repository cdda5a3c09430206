"""Which programme holds, and what it says."""

from datetime import datetime

from django.db.models import Q

from apps.compliance.models import PolicyProgramme
from apps.compliance.rules.programme import Version, version_in_force


def versions_of(region: str) -> list[Version]:
    """Every version of a region's programme."""
    return [each.as_version for each in PolicyProgramme.objects.filter(region=region)]


def programme_row(region: str, at: datetime) -> PolicyProgramme:
    """The version in force at this instant (`rules.programme.version_in_force`), as its row."""
    rows = PolicyProgramme.objects.filter(region=region)
    in_force = rows.filter(effective_from__lte=at).order_by("effective_from", "number").last()
    return in_force or rows.order_by("effective_from", "number")[:1].get()


class Programmes:
    """Every version of a region's programme, read once, for whoever does many acts in one transaction."""

    def __init__(self, region: str) -> None:
        self._rows = list(PolicyProgramme.objects.filter(region=region).order_by("effective_from", "number"))

    def row(self, at: datetime) -> PolicyProgramme:
        """The version in force at this instant, as `programme_row` answers it."""
        in_force = [row for row in self._rows if row.effective_from <= at]
        return in_force[-1] if in_force else self._rows[0]


def programmes_of_regions(at: datetime) -> dict[str, PolicyProgramme]:
    """The version in force in each region: one statement, for whoever looks at many sellers."""
    rows = list(PolicyProgramme.objects.filter(Q(effective_from__lte=at) | Q(number=1)))
    regions = {row.region for row in rows}
    return {
        region: next(
            row
            for row in rows
            if row.region == region
            and row.number == version_in_force([each.as_version for each in rows if each.region == region], at).number
        )
        for region in regions
    }
