"""What readers find: passages of the database, ranked by the rules, shown with the words that were looked for.

One statement asks for candidates, a hundred of each kind and language at most and as many by their title alone, and
ranks only those: a word that stands in every lesson costs no more than one in a hundred. Where nothing is found,
PostgreSQL is asked for known words that resemble the ones that were typed. One more statement reads the texts of the
page of the list that is shown.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.accounts.rules import readable_routes
from apps.catalog import rules
from apps.catalog.models import SearchEntry
from apps.catalog.queries import lists
from apps.catalog.queries.lists import FilterValues
from apps.catalog.queries.passages import SEARCHED
from apps.catalog.queries.readings import as_uuid
from apps.catalog.rules import Candidate, Hit, Piece

MOST_OF_A_KIND = 100
NEAREST_WORDS = 40

COLUMNS = "entry.id, entry.key, entry.kind, entry.language, entry.anchor, entry.title"
POSTGRES_ARM = f"""
    SELECT {COLUMNS}, ts_rank(entry.vector, to_tsquery('simple', %s), 1)
    FROM (SELECT * FROM catalog_searchentry AS entry WHERE {{column}} @@ to_tsquery('simple', %s) AND {{where}}
          LIMIT {MOST_OF_A_KIND}) AS entry
"""  # noqa: S608 - names are ours
SQLITE_ARM = f"""
    SELECT * FROM (
        SELECT {COLUMNS}, -bm25(catalog_searchtext, 10, 2, 1)
        FROM catalog_searchtext JOIN catalog_searchentry AS entry ON entry.id = catalog_searchtext.rowid
        WHERE catalog_searchtext MATCH %s AND {{where}} LIMIT {MOST_OF_A_KIND})
"""  # noqa: S608 - names are ours
# The trigram index gives the nearest words; only those count that a reader of this audience could find.
NEAR_WORDS = f"""
    SELECT asked.term, near.word
    FROM unnest(%s::text[]) AS asked(term), LATERAL (
        SELECT word FROM catalog_searchword ORDER BY word <-> asked.term LIMIT {NEAREST_WORDS}
    ) AS near
    WHERE EXISTS (
        SELECT 1 FROM catalog_searchentry AS entry
        WHERE entry.vector @@ plainto_tsquery('simple', near.word) AND entry.audience IN ('', %s)
    )
"""  # noqa: S608 - names are ours

Stems = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Wish:
    """What a reader looks for: `chosen` are the filters by name, `language` and `audience` the reader's own."""

    query: str
    language: str
    audience: str
    chosen: Mapping[str, str]

    @property
    def terms(self) -> tuple[str, ...]:
        """The words that count."""
        return rules.terms_of(self.query)

    @property
    def languages(self) -> list[str]:
        """Where to look: in the chosen language, or in all."""
        return [self.chosen["language"]] if self.chosen.get("language") else [code for code, _n in settings.LANGUAGES]


@dataclass(frozen=True)
class Found:
    """The answer to a wish: every page that was found, the best first.

    `corrected` is what was looked for instead, where nothing had the words as they were typed; `full` are the kinds
    of which there may be more.
    """

    wish: Wish
    stems: Stems = ()
    every: Sequence[Hit] = ()
    corrected: str = ""
    full: frozenset[str] = frozenset()

    @cached_property
    def hits(self) -> list[Hit]:
        """Those of the chosen kind."""
        kind = self.wish.chosen.get("kind")
        return [hit for hit in self.every if kind in (None, hit.best.kind)]

    @cached_property
    def counts(self) -> dict[str, str]:
        """How many pages of each kind, "" for all; with a plus where there may be more."""
        of_kind = Counter(hit.best.kind for hit in self.every)
        more = {kind: f"{number}+" if kind in self.full else str(number) for kind, number in of_kind.items()}
        return {str(kind): more.get(kind, "0") for kind in SEARCHED} | {"": f"{len(self.every)}{'+' * bool(self.full)}"}

    @property
    def is_full(self) -> bool:
        """Whether there may be more of what was chosen."""
        kind = self.wish.chosen.get("kind")
        return kind in self.full if kind else bool(self.full)


@dataclass(frozen=True)
class Line:
    """One page in the list of what was found; `also` are further sections of it."""

    kind: str
    kind_label: str
    title: list[Piece]
    url: str
    context: str
    language_code: str
    is_other_language: bool
    snippet: list[Piece]
    route: str
    route_label: str
    also: list[tuple[str, str]]


def filter_values() -> FilterValues:
    """The filters of a search: the kind of page, and those of the catalogue that suit every kind."""
    shared = lists.filter_values()
    kinds = [(str(kind), str(each.many)) for kind, each in SEARCHED.items()]
    return {"kind": (_("Kind"), kinds), **{name: shared[name] for name in ("subject", "route", "language")}}


def find(wish: Wish) -> Found:
    """Every page that has all the words; where none has, those that have what was probably meant."""
    if not rules.is_enough(wish.terms):
        return Found(wish)
    stems = [(rules.stem_of(term),) for term in wish.terms]
    found = found_with(wish, stems)
    if found.every or connection.vendor != "postgresql":
        return found
    meant = [rules.correct(term, near) for term, near in near_words(wish).items()]
    if not all(meant) or meant == [(term,) for term in wish.terms]:
        return found
    better = found_with(wish, [tuple(rules.stem_of(word) for word in words) for words in meant])
    return replace(better, corrected=" ".join(words[0] for words in meant)) if better.every else found


def found_with(wish: Wish, stems: Stems) -> Found:
    """What has words that begin with these."""
    candidates = candidates_for(wish, stems)
    of_kind = Counter((each.kind, each.language) for each in candidates)
    full = frozenset(kind for (kind, _language), number in of_kind.items() if number >= MOST_OF_A_KIND)
    return Found(wish, stems, rules.best_first(candidates, stems, wish.language), full=full)


def candidates_for(wish: Wish, stems: Stems) -> list[Candidate]:
    """The passages worth ranking, in one statement."""
    arms = list(arms_for(wish, stems))
    sql = " UNION ALL ".join(f"SELECT * FROM ({arm}) AS arm" for arm, _values in arms)
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _arm, values in arms for value in values])
        rows = cursor.fetchall()
    return [Candidate(entry, as_uuid(key), *rest) for entry, key, *rest in rows]


def arms_for(wish: Wish, stems: Stems) -> Iterator[tuple[str, list[Any]]]:
    """The parts of that statement with their values: in each language by title, then by every word, kind by kind."""
    narrow, values = conditions(wish)
    for language in wish.languages:
        where, given = f"entry.language = %s AND {narrow}", [language, *values]
        yield arm_for(stems, where, given, by_title=True)
        for kind in SEARCHED:
            yield arm_for(stems, f"entry.kind = %s AND {where}", [str(kind), *given], by_title=False)


def conditions(wish: Wish) -> tuple[str, list[Any]]:
    """What narrows every arm: what this audience sees, and the filters but that of the kind, which only hides."""
    parts, values = ["entry.audience IN ('', %s)"], [wish.audience]
    if wish.chosen.get("subject"):
        parts.append("entry.subject = %s")
        values.append(wish.chosen["subject"])
    if wish.chosen.get("route"):
        routes = readable_routes(wish.chosen["route"])
        parts.append(f"entry.route IN ({', '.join(['%s'] * len(routes))})")
        values += routes
    return " AND ".join(parts), values


def arm_for(stems: Stems, where: str, values: list[Any], *, by_title: bool) -> tuple[str, list[Any]]:
    """One part, as this database writes it."""
    if connection.vendor == "postgresql":
        query = postgres_query(stems)
        column = "title_vector" if by_title else "vector"
        return POSTGRES_ARM.format(column=column, where=where), [query, query, *values]
    query = sqlite_query(stems)
    return SQLITE_ARM.format(where=where), [f"title : ({query})" if by_title else query, *values]


def postgres_query(stems: Stems) -> str:
    """For to_tsquery. Stems hold letters, figures and points only, so that quotes suffice."""
    return " & ".join(f"({' | '.join(postgres_word(stem) for stem in each)})" for each in stems)


def postgres_word(stem: str) -> str:
    return f"'{stem}':*" if len(stem) > 1 else f"'{stem}'"


def sqlite_query(stems: Stems) -> str:
    """The same for FTS5."""
    return " AND ".join(f"({' OR '.join(sqlite_word(stem) for stem in each)})" for each in stems)


def sqlite_word(stem: str) -> str:
    return f'"{stem}" *' if len(stem) > 1 else f'"{stem}"'


def near_words(wish: Wish) -> dict[str, list[str]]:
    """For each word that was typed the known ones that resemble it and that this audience could find."""
    near: dict[str, list[str]] = {term: [] for term in wish.terms}
    with connection.cursor() as cursor:
        cursor.execute(NEAR_WORDS, [list(near), wish.audience])
        for term, word in cursor.fetchall():
            near[term].append(word)
    return near


def lines_of(hits: Sequence[Hit], stems: Stems) -> list[Line]:
    """These hits as they are shown, in one statement."""
    wanted = [each.entry for hit in hits for each in (hit.best, *hit.also)]
    rows = SearchEntry.objects.filter(pk__in=wanted).select_related("reading").in_bulk()
    # Who published meanwhile has taken some away.
    return [line_of(hit, rows, stems) for hit in hits if hit.best.entry in rows]


def line_of(hit: Hit, rows: Mapping[int, SearchEntry], stems: Stems) -> Line:
    """One hit with its texts."""
    entry = rows[hit.best.entry]
    also = [rows[each.entry] for each in hit.also if each.entry in rows]
    return Line(
        kind=entry.kind,
        kind_label=str(SEARCHED[entry.kind].one),
        title=rules.marked(entry.title, stems),
        url=entry.url,
        context=entry.context,
        language_code=entry.language,
        is_other_language=entry.language != get_language(),
        snippet=rules.snippet(entry.text, stems),
        route=entry.route,
        route_label=entry.get_route_display(),
        also=[(each.title, each.url) for each in also],
    )
