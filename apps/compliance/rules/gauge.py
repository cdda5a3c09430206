"""Where a balance and the rungs of the ladder stand on a line, for whoever draws it."""

from dataclasses import dataclass

from apps.compliance.enums import Scale
from apps.compliance.rules.programme import Programme

HEADROOM = 1.08
"""How much longer than the last rung the line of points is, so that the rung doesn't stand at its very end."""


@dataclass(frozen=True)
class Mark:
    """A rung on the line; `place` is in percent of its length, from where it begins."""

    points: int
    shown: int
    place: str
    is_restricting: bool
    is_reached: bool


@dataclass(frozen=True)
class Gauge:
    """A balance on a line, in percent of its length: points fill it from the beginning, a rating as far as it is left.

    Places are text with a point, whatever the language, since they are written into a drawing.
    """

    filled: str
    marks: tuple[Mark, ...]


def gauge_of(programme: Programme, balance: int) -> Gauge:
    """The balance and the ladder on a line."""
    top = _top(programme, balance)
    marks = [
        Mark(
            points=each.points,
            shown=programme.shown(each.points),
            place=_percent(programme.shown(each.points), top),
            is_restricting=each.is_restricting,
            is_reached=each.points <= balance,
        )
        for each in programme.milestones
    ]
    return Gauge(_percent(programme.shown(balance), top), tuple(marks))


def _top(programme: Programme, balance: int) -> float:
    """What the whole line stands for."""
    if programme.scale == Scale.RATING:
        return programme.start_score
    return max(programme.milestones[-1].points * HEADROOM, balance)


def _percent(shown: int, top: float) -> str:
    """A place on the line; a rating below 0 stands at its beginning.

    >>> _percent(12, 48), _percent(-3, 200)
    ('25.00', '0.00')
    """
    return f"{min(max(shown / top, 0), 1) * 100:.2f}"
