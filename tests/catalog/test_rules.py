"""How long, for whom, and what keeps a page from being published."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog import rules
from apps.catalog.enums import Audience

AUDIENCES = [audience.value for audience in Audience]


@pytest.mark.parametrize(
    ("words", "seconds", "minutes"),
    [(0, 0, 1), (1, 0, 1), (200, 0, 1), (201, 0, 2), (0, 60, 1), (0, 61, 2), (500, 40, 4), (200, 60, 2), (100, 30, 1)],
)
def test_minutes_of_reading(words: int, seconds: int, minutes: int) -> None:
    assert rules.reading_minutes(words, seconds) == minutes


@given(st.integers(0, 20_000), st.integers(0, 7200), st.integers(0, 500), st.integers(0, 600))
def test_more_to_read_never_takes_less_time(words: int, seconds: int, more_words: int, more_seconds: int) -> None:
    less = rules.reading_minutes(words, seconds)
    assert 1 <= less <= rules.reading_minutes(words + more_words, seconds + more_seconds)


@pytest.mark.parametrize(
    ("route", "audience"),
    [("affiliate", "affiliate"), ("self_selling", "self_selling"), ("both", "all"), ("", "all"), ("x", "all")],
)
def test_the_audience_of_a_route(route: str, audience: str) -> None:
    assert rules.audience_of(route) == audience
    assert type(rules.audience_of(route)) is str


@given(st.text())
def test_every_route_has_one_of_three_audiences(route: str) -> None:
    assert rules.audience_of(route) in AUDIENCES


@pytest.mark.parametrize(
    ("block_route", "audience", "shown"),
    [
        ("affiliate", "affiliate", True),
        ("affiliate", "self_selling", False),
        ("affiliate", "all", True),
        ("self_selling", "affiliate", False),
        ("self_selling", "self_selling", True),
        ("self_selling", "all", True),
    ],
)
def test_whom_a_block_for_one_route_is_shown(block_route: str, audience: str, shown: bool) -> None:
    assert rules.shows_to(block_route, audience) is shown


@pytest.mark.parametrize(
    ("captions", "transcript", "problem"),
    [
        (True, True, ""),
        (False, True, "The video “%(title)s” has no captions. Add a caption file to it, then publish."),
        (True, False, "The video “%(title)s” has no transcript. Write one, then publish."),
        (False, False, "The video “%(title)s” has no captions. Add a caption file to it, then publish."),
    ],
)
def test_what_keeps_some_from_following_a_video(captions: bool, transcript: bool, problem: str) -> None:
    assert rules.video_problem(rules.VideoFacts(captions, transcript)) == problem


class TestAClipInUse:
    def test_keeps_what_its_pages_need(self) -> None:
        rules.check_clip_change(rules.VideoFacts(True, True), ["Watch it"])
        rules.check_clip_change(rules.VideoFacts(False, False), [])
        with pytest.raises(rules.ClipInUse, match="need its captions and its transcript: One, Two") as refusal:
            rules.check_clip_change(rules.VideoFacts(True, False), ["One", "Two"])
        assert refusal.value.status == 409

    def test_is_not_deleted(self) -> None:
        rules.check_clip_deletion("Pinning", [])
        with pytest.raises(rules.ClipInUse, match="Take it out of them first: One, Two"):
            rules.check_clip_deletion("Pinning", ["One", "Two"])


@pytest.mark.parametrize(
    ("numbers", "repeated"),
    [([], []), (["1.1", "1.2"], []), (["2.1", "2.2", "2.1"], ["2.1"]), (["1", "1", "1"], ["1", "1"])],
)
def test_numbers_that_name_two_sections(numbers: list[str], repeated: list[str]) -> None:
    assert rules.repeated_numbers(numbers) == repeated


@given(st.lists(st.sampled_from(["1.1", "1.2", "2.1"])))
def test_nothing_is_repeated_where_all_differ(numbers: list[str]) -> None:
    repeated = rules.repeated_numbers(numbers)
    assert len(repeated) == len(numbers) - len(set(numbers))
    assert all(numbers.count(number) > 1 for number in repeated)


@pytest.mark.parametrize(
    ("text", "seconds"), [("00:00.000", 0), ("01:02.500", 62.5), ("00:01:02.500", 62.5), (" 1:00:00.000 ", 3600)]
)
def test_times_of_captions(text: str, seconds: float) -> None:
    assert rules.timestamp_seconds(text) == seconds


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_a_time_written_is_the_time_read(hours: int, minutes: int, seconds: int, thousandths: int) -> None:
    text = f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"
    expected = hours * 3600 + minutes * 60 + seconds + thousandths / 1000
    assert rules.timestamp_seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "12", "a:b", "1:2:3:4", "00:0x.000"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        rules.timestamp_seconds(text)


GOOD = "WEBVTT\n\n1\n00:00.000 --> 00:02.000 line:0\nPin it.\n\n00:02.000 --> 00:04.500\nSpeak.\n"


@pytest.mark.parametrize(
    "text", [GOOD, "\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD.replace("WEBVTT", "WEBVTT - en")]
)
def test_captions_that_a_player_reads(text: str) -> None:
    assert rules.caption_problem(text) == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "its first line is WEBVTT"),
        ("1\n00:00:00,000 --> 00:00:02,000\nSubRip", "its first line is WEBVTT"),
        ("\nWEBVTT\n", "its first line is WEBVTT"),
        ("WEBVTT\n\nPin it.\n", "no timed line"),
        ("WEBVTT\n\n00:02.000 --> 00:02.000\nx", "no readable start and end"),
        ("WEBVTT\n\n00:03.000 --> 00:02.000\nx", "no readable start and end"),
        ("WEBVTT\n\n00:03.000 -->\nx", "no readable start and end"),
        ("WEBVTT\n\n00:00:00,000 --> 00:00:02,000\nx", "no readable start and end"),
        (GOOD + "\nsoon --> later\nx", "no readable start and end"),
    ],
)
def test_captions_that_a_player_could_not_read(text: str, problem: str) -> None:
    assert problem in rules.caption_problem(text)


@given(st.text(max_size=200))
def test_any_text_is_judged_without_an_error(text: str) -> None:
    assert isinstance(rules.caption_problem(text), str)
    assert isinstance(rules.caption_problem(f"WEBVTT\n\n{text} --> {text}\n"), str)


# --- Search ----------------------------------------------------------------------------------------------

WORDS = st.lists(st.text("abcdefghij", min_size=1, max_size=8), max_size=60)


@pytest.mark.parametrize(
    ("typed", "query"),
    [("", ""), ("  \n ", ""), ("pin\x00it", "pin it"), ("Ａ\u200bB", "A B"), ("x" * 10_000, "x" * 200)],
)
def test_what_was_typed_becomes_one_line(typed: str, query: str) -> None:
    assert rules.normal_query(typed) == query


@given(st.text())
def test_a_query_is_short_and_stays_as_it_is(text: str) -> None:
    query = rules.normal_query(text)
    assert len(query) <= rules.MOST_CHARACTERS
    assert rules.normal_query(query) == query


@given(st.text())
def test_terms_hold_nothing_that_a_database_would_read_as_an_operator(text: str) -> None:
    terms = rules.terms_of(rules.normal_query(text))
    assert len(terms) <= rules.MOST_TERMS
    assert all(0 < len(term) <= rules.LONGEST_TERM and term.replace(".", "").isalnum() for term in terms)
    assert not any(each in "'\"\\&|!*:()<>-_" for term in terms for each in rules.stem_of(term))


@pytest.mark.parametrize(
    ("query", "terms"),
    [
        ("How to pin an anchor?", ("pin", "anchor")),
        ("what is it", ("what", "is", "it")),
        ("Pin pin PIN", ("pin",)),
        ("section 3.1", ("section", "3.1")),
        ("x_b-c", ("x", "b", "c")),
        ("🙂 -- %", ()),
        ("kebijakan untuk LIVE", ("kebijakan", "live")),
    ],
)
def test_the_words_that_count(query: str, terms: tuple[str, ...]) -> None:
    assert rules.terms_of(query)[:3] == terms


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=20))
def test_a_word_begins_with_its_stem(word: str) -> None:
    stem = rules.stem_of(word)
    assert word.startswith(stem)
    assert len(stem) >= min(3, len(word))


@given(WORDS, st.lists(st.text("abcdefghij", min_size=1, max_size=3), min_size=1, max_size=3))
def test_marking_changes_no_letter_and_marks_what_begins_alike(words: list[str], stems: list[str]) -> None:
    text = " ".join(words)
    pieces = rules.marked(text, [(stem,) for stem in stems])
    assert "".join(piece.text for piece in pieces) == text
    assert [piece.text for piece in pieces if piece.marked] == [word for word in words if rules.begins(word, stems)]


@given(WORDS, st.text("abcdefghij", min_size=2, max_size=3))
def test_a_snippet_is_short_and_shows_what_is_there(words: list[str], stem: str) -> None:
    pieces = rules.snippet(" ".join(words), [(stem,)])
    assert len("".join(piece.text for piece in pieces).split()) <= rules.SNIPPET_WORDS + 2
    assert any(piece.marked for piece in pieces) == any(word.startswith(stem) for word in words)


@given(st.text("abcde", max_size=8), st.text("abcde", max_size=8))
def test_mistakes_are_never_more_than_the_letters_typed(term: str, word: str) -> None:
    far = rules.distance_to_beginning(term, word)
    assert 0 <= far <= len(term)
    assert (far == 0) == word.startswith(term)


@pytest.mark.parametrize(
    ("term", "known", "meant"),
    [
        ("comission", ["commission", "mission"], ("commission",)),
        ("commission", ["commissions", "commotion"], ("commission",)),
        ("anhcor", ["anchor", "another"], ("anchor",)),
        ("pni", ["pin"], ()),
        ("zebrafish", ["anchor"], ()),
        ("xxxx", [], ()),
    ],
)
def test_what_a_mistyped_word_may_mean(term: str, known: list[str], meant: tuple[str, ...]) -> None:
    assert rules.correct(term, known) == meant


def candidate(entry: int, key: int = 0, **facts: object) -> rules.Candidate:
    """A passage, of a page of its own unless said otherwise."""
    given = {"kind": "lesson", "language": "en", "anchor": "", "title": "", "rank": 0.0}
    return rules.Candidate(entry=entry, key=UUID(int=key or entry), **(given | facts))  # type: ignore[arg-type]


def test_the_readers_language_then_the_title_then_the_rank() -> None:
    found = [
        candidate(1, language="id", title="Pin", rank=9),
        candidate(2, title="Other", rank=3),
        candidate(3, title="Pin it and more", rank=1),
        candidate(4, title="Pin it", rank=1),
        candidate(5, title="Another", rank=4),
    ]
    order = [hit.best.entry for hit in rules.best_first(found, [("pin",)], "en")]
    assert order == [4, 3, 5, 2, 1]


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(["en", "id"]), st.sampled_from(["", "s-1", "s-2"]))))
def test_each_page_is_shown_once_and_in_the_readers_language_where_it_has_it(
    facts: list[tuple[int, str, str]],
) -> None:
    found = [candidate(n, key, language=code, anchor=anchor) for n, (key, code, anchor) in enumerate(facts, start=1)]
    hits = rules.best_first(found, [("pin",)], "id")
    assert sorted(hit.best.key for hit in hits) == sorted({each.key for each in found})
    for hit in hits:
        assert hit.best.language == "id" or not any(
            each.key == hit.best.key and each.language == "id" for each in found
        )
        assert all(each.anchor and each.language == hit.best.language for each in hit.also)
        assert len(hit.also) <= rules.MOST_ALSO


@pytest.mark.parametrize(
    ("captions", "said"),
    [
        ("WEBVTT\n\n00:00.000 --> 00:02.000\nPin it.\n", "Pin it."),
        (
            "WEBVTT\r\n\r\nNOTE who\r\nspeaks\r\n\r\n1\r\n00:00.000 --> 00:02.000\r\n<v Ana>Pin\r\n<i>it</i>\r\n",
            "Pin it",
        ),
        ("WEBVTT", ""),
        ("", ""),
    ],
)
def test_what_captions_say(captions: str, said: str) -> None:
    assert rules.spoken_words(captions) == said
