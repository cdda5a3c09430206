"""Which lessons go with a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.accounts.rules import readable_routes

MOST_RELATED = 3


@dataclass(frozen=True)
class CoursePlace:
    """A course as the catalogue holds it, in the catalogue's order."""

    key: UUID
    subject: str
    route: str


def courses_after(course: UUID, catalogue: Sequence[CoursePlace], audience: str) -> list[UUID]:
    """The courses whose beginning goes with a lesson of this one, the nearest first.

    Those of the same subject and route come first, then the next course of the catalogue. Both begin behind this
    course and go round, so that the last course leads to the first. Courses that aren't for the audience are left
    out: they neither come nor count as the next one.
    """
    keys = [place.key for place in catalogue]
    if course not in keys:
        return []
    here = keys.index(course)
    own = catalogue[here]
    around = [*catalogue[here + 1 :], *catalogue[:here]]
    suited = [place for place in around if place.route in readable_routes(audience)]
    alike = [place.key for place in suited if (place.subject, place.route) == (own.subject, own.route)]
    return list(dict.fromkeys([*alike, *(place.key for place in suited[:1])]))


def pick_related(candidates: Iterable[tuple[UUID, UUID]], most: int = MOST_RELATED) -> list[UUID]:
    """The lessons to show of those that go with a page, the best first; of each course one.

    `candidates` are pairs of lesson and course.

    >>> a, b, course = UUID(int=1), UUID(int=2), UUID(int=9)
    >>> pick_related([(a, course), (b, course)]) == [a]
    True
    """
    first: dict[UUID, UUID] = {}
    for lesson, course in candidates:
        first.setdefault(course, lesson)
    return list(first.values())[:most]
