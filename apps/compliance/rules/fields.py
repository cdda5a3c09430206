"""Reads named values that strangers sent, and says of each field what is wrong with it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from apps.core.rules import Refusal, gettext_noop


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field: `reason` is English, with `%(name)s` for the `facts`."""

    field: str
    reason: str
    facts: Mapping[str, object]


class Faulty(Refusal):
    """Input with one or more faults; the refusal's own reason is the first of them."""

    status = 422

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(first.reason, **dict(first.facts))  # type: ignore[arg-type]


class FieldReader:
    """Takes the fields of an object one by one and collects the faults of all of them.

    What has a fault comes back as a stand-in, so that the next can be looked at. `under` is what the names of the
    fields are told with: `content.` for those of a nested object.
    """

    def __init__(self, given: Mapping[str, object], *, under: str = "") -> None:
        self.given, self.under, self.faults = given, under, list[Fault]()

    def refuse(self, name: str, reason: str, **facts: object) -> None:
        """Note what is wrong with a field."""
        self.faults.append(Fault(f"{self.under}{name}", reason, facts))

    def check_names(self, names: Collection[str]) -> None:
        """Note what isn't a field: a misspelt one would be lost in silence."""
        for name in sorted(map(str, self.given.keys() - set(names))):
            self.refuse(name.encode(errors="replace").decode()[:50], gettext_noop("There is no such field."))

    def whole(self, name: str, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.given.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.refuse(name, gettext_noop("Give a whole number from %(least)s to %(most)s."), least=least, most=most)
        return least

    def whole_or_none(self, name: str, least: int, most: int) -> int | None:
        """A whole number within bounds, or None where none was given."""
        return None if self.given.get(name) is None else self.whole(name, least, most)

    def one_of(self, name: str, choices: Collection[str]) -> str:
        """One of these words."""
        value = self.given.get(name)
        if isinstance(value, str) and value in choices:
            return value
        self.refuse(name, gettext_noop("Choose one of: %(choices)s."), choices=", ".join(choices))
        return next(iter(choices))

    def nested(self, name: str) -> Self | None:
        """A reader of the object under a name, whose faults are this one's too; None where there is none."""
        value = self.given.get(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.refuse(name, gettext_noop("This is no object with fields."))
            return None
        inside = type(self)(value, under=f"{self.under}{name}.")
        inside.faults = self.faults
        return inside
