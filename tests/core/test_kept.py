"""Pages with holes: what is cut from a rendering and filled for a reader is what the reader would have been given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.kept import CLOSE, MIDDLE, OPEN, cut, fill, mark_choice, mark_value

words = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=20)
names = st.sampled_from(["done", "enrolled", "seller"])


@pytest.mark.parametrize(
    ("flags", "text"),
    [(set(), "<p>begin</p>"), ({"enrolled"}, "<p>go on, Ayu</p>"), ({"enrolled", "done"}, "<p>go on, Ayu, again</p>")],
)
def test_choices_and_values_in_one_another(flags: set[str], text: str) -> None:
    inner = "go on, " + mark_value("name") + mark_choice("done", ", again", "")
    parts = cut("<p>" + mark_choice("enrolled", inner, "begin") + "</p>")
    assert fill(parts, flags=flags, values={"name": "Ayu"}) == text


@given(words, words, words, names, st.frozensets(names))
def test_a_choice_gives_the_side_that_the_flag_decides(
    before: str, yes: str, no: str, flag: str, flags: frozenset[str]
) -> None:
    parts = cut(before + mark_choice(flag, yes, no))
    assert fill(parts, flags=flags, values={}) == before + (yes if flag in flags else no)


@given(words)
def test_a_page_without_holes_stays_as_it_is(text: str) -> None:
    assert fill(cut(text), flags=set(), values={}) == text


def test_a_control_character_in_a_text_is_only_a_text() -> None:
    assert fill(cut("pasted \x02\x1d\x03\x1acsrf\x1a"), flags=set(), values={}) == "pasted \x02\x1d\x03\x1acsrf\x1a"


UNPAIRED = {
    "open": f"{OPEN}done{MIDDLE}yes{MIDDLE}no",
    "stray end": f"yes{CLOSE}",
    "stray middle": f"{MIDDLE}no",
    "one side": f"{OPEN}done{MIDDLE}yes",
}


@pytest.mark.parametrize("text", UNPAIRED.values(), ids=UNPAIRED)
def test_marks_that_do_not_pair_up_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="page to be kept"):
        cut(text)
