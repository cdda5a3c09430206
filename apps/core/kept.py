"""Pages kept with holes: rendered once for everyone, filled for each reader without touching a template.

While a page is rendered for keeping, the tags of `templatetags/kept.py` write both sides of every personal choice
and a mark for every personal value into it. `cut` turns the text into parts; `fill` joins them for one reader.

>>> parts = cut(mark_choice("done", "yes", "no") + " " + mark_value("name"))
>>> fill(parts, flags={"done"}, values={"name": "Ada"})
'yes Ada'
>>> fill(parts, flags=set(), values={"name": "Ada"})
'no Ada'
"""

import re
import secrets
from collections.abc import Callable, Collection, Mapping

# Control characters and a word that this process alone knows: no text that an editor pastes holds them.
_WORD = secrets.token_hex(8)
OPEN, MIDDLE, CLOSE, VALUE = f"\x02{_WORD}", f"\x1d{_WORD}", f"\x03{_WORD}", f"\x1a{_WORD}"
MARKS = re.compile(f"({OPEN}|{MIDDLE}|{CLOSE}|{VALUE})")

Choice = tuple[str, tuple["Part", ...], tuple["Part", ...]]
Value = tuple[str]
Part = str | Choice | Value
Parts = tuple[Part, ...]


def mark_choice(flag: str, yes: str, no: str) -> str:
    """Both sides of a choice that a reader's flag decides."""
    return f"{OPEN}{flag}{MIDDLE}{yes}{MIDDLE}{no}{CLOSE}"


def mark_value(name: str) -> str:
    """Where a value of the reader's goes."""
    return f"{VALUE}{name}{VALUE}"


def cut(text: str) -> Parts:
    """The parts of a rendered page. Raises ValueError where marks don't pair up."""
    parts, rest = _cut(MARKS.split(text), 0)
    if rest is not None:
        raise ValueError("A page to be kept has a mark too many.")
    return parts


def _cut(tokens: list[str], at: int) -> tuple[Parts, int | None]:
    """Parts up to the mark that ends this level, and where that mark stands; None at the end of the text."""
    parts: list[Part] = []
    while at < len(tokens):
        token = tokens[at]
        if token == OPEN:
            yes, middle = _cut(tokens, at + 3)
            no, close = _cut(tokens, (middle or len(tokens)) + 1)
            if close is None or tokens[close] != CLOSE:
                raise ValueError("A choice in a page to be kept isn't closed.")
            parts.append((tokens[at + 1], yes, no))
            at = close + 1
        elif token == VALUE:
            parts.append((tokens[at + 1],))
            at += 3
        elif token in (MIDDLE, CLOSE):
            return tuple(parts), at
        else:
            if token:
                parts.append(token)
            at += 1
    return tuple(parts), None


def fill(parts: Parts, *, flags: Collection[str], values: Mapping[str, str]) -> str:
    """The page for one reader. Values are HTML already; one that is missing is a KeyError."""
    filled: list[str] = []
    _fill(parts, flags, values, filled.append)
    return "".join(filled)


def _fill(parts: Parts, flags: Collection[str], values: Mapping[str, str], add: Callable[[str], None]) -> None:
    for part in parts:
        if isinstance(part, str):
            add(part)
        elif len(part) == 1:
            add(values[part[0]])
        else:
            _fill(part[1] if part[0] in flags else part[2], flags, values, add)
