"""What differs between two texts: paragraph by paragraph, and within a changed paragraph word by word."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html.parser import HTMLParser

from apps.catalog.enums import Difference

ALIKE = 0.5
"""From which share of common words on two paragraphs are one that was changed, and not two."""

PASSAGES = {"p", "li", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"}


@dataclass(frozen=True)
class Passage:
    """One paragraph, heading or item of a list: its words without their looks."""

    tag: str
    text: str


@dataclass(frozen=True)
class Run:
    """Words of a passage that were there before and after, only before, or only after."""

    kind: Difference
    text: str


@dataclass(frozen=True)
class ChangedPassage:
    """A passage between two texts: without its added runs it is the old one, without its removed ones the new."""

    kind: Difference
    tag: str
    runs: tuple[Run, ...]


class _Reader(HTMLParser):
    """Collects the passages of HTML that our own renderer made."""

    def __init__(self) -> None:
        super().__init__()
        self.passages: list[Passage] = []
        self.tag, self.words = "p", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in PASSAGES:
            self.end()
            self.tag = tag
        elif tag == "br":
            self.words += " "

    def handle_endtag(self, tag: str) -> None:
        if tag in PASSAGES:
            self.end()

    def handle_data(self, data: str) -> None:
        self.words += data

    def end(self) -> None:
        """What was read so far is a passage, if it says anything."""
        text = " ".join(self.words.split())
        if text:
            self.passages.append(Passage(self.tag, text))
        self.tag, self.words = "p", ""


def passages_of(html: str, title: str = "") -> list[Passage]:
    """The passages of a text, its title first.

    >>> [passage.text for passage in passages_of("<p>Say <b>what</b> is so.</p><ul><li>Always</li></ul>", "Claims")]
    ['Claims', 'Say what is so.', 'Always']
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end()
    return [Passage("title", title), *reader.passages] if title else reader.passages


def differences(old: Sequence[Passage], new: Sequence[Passage]) -> list[ChangedPassage]:
    """All passages of both texts in their order; where one took the place of another, the old one comes first."""
    found: list[ChangedPassage] = []
    for kind, i, i_end, j, j_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [whole(Difference.SAME, each) for each in new[j:j_end]]
        else:
            found += _replaced(old[i:i_end], new[j:j_end])
    return found


def whole(kind: Difference, passage: Passage) -> ChangedPassage:
    """A passage that is the same, gone or new as a whole."""
    return ChangedPassage(kind, passage.tag, (Run(kind, passage.text),))


def _replaced(old: Sequence[Passage], new: Sequence[Passage]) -> Iterator[ChangedPassage]:
    """Passages that took the place of others: those alike are one that was changed, the others are gone or new."""
    i = j = 0
    for before, after in [*_pairs(old, new), (len(old), len(new))]:
        yield from (whole(Difference.REMOVED, each) for each in old[i:before])
        yield from (whole(Difference.ADDED, each) for each in new[j:after])
        if before < len(old):
            yield ChangedPassage(Difference.CHANGED, new[after].tag, word_runs(old[before].text, new[after].text))
        i, j = before + 1, after + 1


def _pairs(old: Sequence[Passage], new: Sequence[Passage]) -> list[tuple[int, int]]:
    """Which old passage became which new one: pairs in order, of which the likenesses add up to the most."""
    best: list[list[tuple[float, list[tuple[int, int]]]]] = [[(0.0, [])] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i, before in enumerate(old, start=1):
        for j, after in enumerate(new, start=1):
            options = [best[i - 1][j], best[i][j - 1]]
            if (alike := likeness(before, after)) >= ALIKE:
                score, pairs = best[i - 1][j - 1]
                options.append((score + alike, [*pairs, (i - 1, j - 1)]))
            best[i][j] = max(options, key=lambda option: option[0])
    return best[-1][-1][1]


def likeness(old: Passage, new: Passage) -> float:
    """The share of words that two passages have in common, from 0 to 1; a title resembles titles only."""
    if "title" in (old.tag, new.tag):
        return 1.0 if old.tag == new.tag else 0.0
    return SequenceMatcher(None, old.text.split(), new.text.split(), autojunk=False).ratio()


def word_runs(old: str, new: str) -> tuple[Run, ...]:
    """What stayed, went and came between two texts, word by word.

    >>> [(run.kind.value, run.text) for run in word_runs("within 3 days", "within 2 days")]
    [('same', 'within '), ('removed', '3 '), ('added', '2 '), ('same', 'days ')]
    """
    before, after = old.split(), new.split()
    runs: list[Run] = []
    for kind, i, i_end, j, j_end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            runs.append(Run(Difference.SAME, spaced(after[j:j_end])))
            continue
        if i < i_end:
            runs.append(Run(Difference.REMOVED, spaced(before[i:i_end])))
        if j < j_end:
            runs.append(Run(Difference.ADDED, spaced(after[j:j_end])))
    return tuple(runs)


def spaced(words: Sequence[str]) -> str:
    """The words, with a space after each: also after the last one, since another run may follow."""
    return "".join(f"{word} " for word in words)
