"""Codes are drawn as they are computed: the path, filled in again, is the code."""

import re

import qrcode
from django.template import Context, Template
from hypothesis import given, settings
from hypothesis import strategies as st
from qrcode.constants import ERROR_CORRECT_M

from apps.core.templatetags.qr import drawn

RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")


def modules(path: str, size: int) -> list[list[bool]]:
    """The rows that a path fills in."""
    rows = [[False] * size for _row in range(size)]
    for x, y, width, back in RUN.findall(path):
        assert width == back
        rows[int(y)][int(x) : int(x) + int(width)] = [True] * int(width)
    return rows


@settings(max_examples=20)
@given(st.text(min_size=1, max_size=120))
def test_the_path_is_the_code(text: str) -> None:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text)
    path, size = drawn(text)
    assert RUN.sub("", path) == ""
    assert modules(path, size) == code.get_matrix()


def test_it_stands_in_a_page_without_styles_and_for_nobody_to_read_out() -> None:
    shown = Template("{% load qr %}{% qr text %}").render(Context({"text": "https://university.example/"}))
    assert 'viewBox="0 0 29 29"' in shown
    assert 'aria-hidden="true"' in shown
    assert "style=" not in shown
