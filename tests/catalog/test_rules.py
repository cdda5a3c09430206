"""How long, for whom, and what keeps a page from being published."""

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


def test_videos_that_everyone_can_follow_pass() -> None:
    rules.check_videos([])
    rules.check_videos([rules.VideoFacts("Pin it", True, True)] * 2)


@pytest.mark.parametrize(
    ("captions", "transcript", "reason"),
    [
        (False, True, "“Pin it” has no captions"),
        (True, False, "“Pin it” has no transcript"),
        (False, False, "has no captions"),
    ],
)
def test_a_video_that_some_could_not_follow_is_refused(captions: bool, transcript: bool, reason: str) -> None:
    good = rules.VideoFacts("Fine", True, True)
    with pytest.raises(rules.NotReadyToPublish, match=reason) as refusal:
        rules.check_videos([good, rules.VideoFacts("Pin it", captions, transcript)])
    assert refusal.value.status == 409


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
