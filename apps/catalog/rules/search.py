"""What a search finds and shows: plain functions over words.

A page is found when for every word that is asked for, one of its words begins alike. Both databases compare like that,
and so does what marks the words in a result: what is found can always be shown.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

MOST_CHARACTERS = 200
MOST_TERMS = 8
LONGEST_TERM = 40
SHORTEST_STEM = 4
SNIPPET_WORDS = 34
MOST_ALSO = 3
WORD = re.compile(r"\d+(?:\.\d+)+|[^\W_]+")
# Section numbers stay whole (3.1). Endings are English and Indonesian, the longest first.
ENDINGS = (
    "ations",
    "ation",
    "ings",
    "ions",
    "ness",
    "ing",
    "ied",
    "ies",
    "ion",
    "nya",
    "kan",
    "ed",
    "es",
    "e",
    "s",
    "y",
)


# What stands in every text says nothing about which is meant.
STOP_WORDS = frozenset(
    "a an and are as at be by can did do does for from get how i if in is it may me my of on or our should that the "
    "their this to was we what when where which who why will with you your "
    "ada adalah agar akan anda apa apakah atau bagaimana bisa dan dari dengan di dalam dapat harus ini itu jika kalau "
    "kami kapan ke kenapa kepada mana mengapa oleh pada saat saya siapa untuk yang".split()
)


@dataclass(frozen=True)
class Candidate:
    """A passage that matches: of which page (`key` over all languages), and how well (`rank`, more is better)."""

    entry: int
    key: UUID
    kind: str
    language: str
    anchor: str
    title: str
    rank: float


@dataclass(frozen=True)
class Hit:
    """A page that is found: its best passage, and others of the same page that have a place of their own."""

    best: Candidate
    also: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class Piece:
    """A part of a text, marked where it is what was looked for."""

    text: str
    marked: bool = False


def normal_query(text: str) -> str:
    """What was typed, in one line of at most 200 characters, without what can't be seen.

    >>> normal_query("  pin\\tthe ﬁrst anchor ")
    'pin the first anchor'
    """
    plain = "".join(" " if unicodedata.category(each).startswith("C") else each for each in text[: MOST_CHARACTERS * 4])
    return " ".join(unicodedata.normalize("NFKC", plain).split())[:MOST_CHARACTERS].rstrip()


def terms_of(query: str) -> tuple[str, ...]:
    """The words that count: each once, at most eight, none that stands in every text unless there is no other.

    >>> terms_of("How to pin an anchor? (3.1)")
    ('pin', 'anchor', '3.1')
    """
    words = dict.fromkeys(word[:LONGEST_TERM] for word in WORD.findall(query.casefold()))
    telling = [word for word in words if word not in STOP_WORDS]
    return tuple((telling or list(words))[:MOST_TERMS])


def is_enough(terms: Sequence[str]) -> bool:
    """Whether there is a word of two letters or more: one letter begins half of all words."""
    return any(len(term) > 1 for term in terms)


def stem_of(term: str) -> str:
    """The beginning that words of the same root share; four letters at least, or three before a doubled one.

    >>> [stem_of(word) for word in ("policies", "commissions", "pinned", "komisinya", "live")]
    ['polic', 'commiss', 'pin', 'komisi', 'live']
    """
    for ending in ENDINGS:
        stem = term.removesuffix(ending)
        if stem != term and len(stem) >= SHORTEST_STEM:
            return stem[:-1] if ending in ("ing", "ed") and stem[-1] == stem[-2] and stem[-1] not in "ls" else stem
    return term


def snug(title: str, stems: Sequence[Sequence[str]]) -> float:
    """Which share of a title's letters was asked for; 0.0 where a word that was asked for isn't in it.

    `stems` holds for each word the beginnings that count for it. What stands in every text isn't counted.

    >>> snug("Set a price", [("set",), ("price",)]), snug("The new price settings", [("set",), ("price",)])
    (1.0, 0.5)
    """
    words = WORD.findall(title.casefold())
    if not all(any(begins(word, each) for word in words) for each in stems):
        return 0.0
    telling = [word for word in words if word not in STOP_WORDS] or words
    asked = [stem for each in stems for stem in each]
    told = sum(max((len(stem) for stem in asked if begins(word, [stem])), default=0) for word in telling)
    return told / sum(map(len, telling))


def begins(word: str, stems: Iterable[str]) -> bool:
    """Whether the word begins with one of these; a stem of one letter or figure is a whole word."""
    return any(word.startswith(stem) if len(stem) > 1 else word == stem for stem in stems)


def best_first(candidates: Iterable[Candidate], stems: Sequence[Sequence[str]], language: str) -> list[Hit]:
    """Each page once, in the reader's language where it was found in it, those pages first.

    Then what names the whole question in its title, the tightest first, a page before a part of one; then as the
    database ranks them.
    """

    def place(each: Candidate) -> tuple[bool, float, bool, float, int]:
        fit = snug(each.title, stems)
        return (each.language != language, -fit, bool(fit and each.anchor), -each.rank, each.entry)

    order = sorted({each.entry: each for each in candidates}.values(), key=place)
    pages: dict[UUID, list[Candidate]] = {}
    for each in order:
        pages.setdefault(each.key, []).append(each)
    return [Hit(found[0], also_in(found)) for found in pages.values()]


def also_in(found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Further passages of a page in the language of its best, at most three; only those that can be linked to."""
    best, *others = found
    return tuple(each for each in others if each.anchor and each.language == best.language)[:MOST_ALSO]


def marked(text: str, stems: Sequence[Sequence[str]]) -> list[Piece]:
    """The text in pieces, the words that were looked for marked.

    >>> [piece.text for piece in marked("Pin the anchors.", [("anchor",)]) if piece.marked]
    ['anchors']
    """
    pieces, at = [], 0
    for word in WORD.finditer(text):
        if any(begins(word[0].casefold(), each) for each in stems):
            pieces += [Piece(text[at : word.start()]), Piece(word[0], marked=True)]
            at = word.end()
    return [piece for piece in (*pieces, Piece(text[at:])) if piece.text]


def snippet(text: str, stems: Sequence[Sequence[str]]) -> list[Piece]:
    """The part of a text that tells most of what was looked for, marked; its beginning where nothing is in it.

    Lines of the text are set apart by a point. Cut ends bear an ellipsis.
    """
    words = " · ".join(line for line in map(str.strip, text.splitlines()) if line).split()
    first = best_window([told_by(word, stems) for word in words])
    part = " ".join(words[first : first + SNIPPET_WORDS]).strip("· ")
    before = "… " if first else ""
    after = " …" if first + SNIPPET_WORDS < len(words) else ""
    return marked(f"{before}{part}{after}", stems)


def told_by(word: str, stems: Sequence[Sequence[str]]) -> frozenset[int]:
    """Which of the words that were asked for this one holds, by their number."""
    parts = WORD.findall(word.casefold())
    return frozenset(number for number, each in enumerate(stems) if any(begins(part, each) for part in parts))


def best_window(told: Sequence[frozenset[int]]) -> int:
    """Where a snippet begins: a few words before the place from which it tells most different words, then most."""
    places = [number for number, each in enumerate(told) if each]

    def worth(place: int) -> tuple[int, int, int]:
        inside = [each for each in told[place : place + SNIPPET_WORDS - 6] if each]
        return (len(frozenset().union(*inside)), len(inside), -place)

    best = max(places, key=worth, default=0)
    return max(0, best - 6) if best > 6 else 0


def distance_to_beginning(term: str, word: str) -> int:
    """How many letters were mistyped, left out, put in or swapped, if the word was being typed.

    >>> distance_to_beginning("anhcor", "anchors"), distance_to_beginning("comis", "commission")
    (1, 1)
    """
    before, row = [0] * (len(word) + 1), list(range(len(word) + 1))
    for i, letter in enumerate(term, start=1):
        last, before, row = before, row, [i]
        for j, other in enumerate(word, start=1):
            cost = min(row[j - 1] + 1, before[j] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == word[j - 2] and term[i - 2] == other:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return min(row)


def correct(term: str, known: Iterable[str]) -> tuple[str, ...]:
    """The words that may have been meant, at most three; the term itself where a known word begins with it.

    One mistake is forgiven in words of four to six letters, two in longer ones. Nothing where no word is so near.
    """
    near = {word: distance_to_beginning(term, word) for word in known}
    if any(word.startswith(stem_of(term)) for word in near):
        return (term,)
    allowed = 0 if len(term) < 4 else 1 if len(term) < 7 else 2
    fitting = sorted((far, abs(len(word) - len(term)), word) for word, far in near.items() if far <= allowed)
    return tuple(word for far, _longer, word in fitting if far == fitting[0][0])[:3]
