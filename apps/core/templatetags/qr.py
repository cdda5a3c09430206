"""QR codes, drawn as one path of SVG: sharp on any screen and on paper, in the colour of the text."""

from functools import lru_cache

import qrcode
from django import template
from qrcode.constants import ERROR_CORRECT_M

register = template.Library()


@register.inclusion_tag("_components/qr.html")
def qr(text: str) -> dict[str, object]:
    """The code of this text, without the quiet zone: what stands around it has to leave four modules free."""
    path, size = drawn(text)
    return {"path": path, "size": size}


@lru_cache(maxsize=256)
def drawn(text: str) -> tuple[str, int]:
    """The dark modules as a path, a run of them in a row at a time, and how many modules a side has."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    code.add_data(text)
    rows = code.get_matrix()
    return "".join(run for y, row in enumerate(rows) for run in runs(row, y)), len(rows)


def runs(row: list[bool], y: int) -> list[str]:
    """The dark stretches of one row."""
    edges = [x for x in range(len(row) + 1) if (x < len(row) and row[x]) != (x > 0 and row[x - 1])]
    return [f"M{start} {y}h{end - start}v1h-{end - start}z" for start, end in zip(edges[::2], edges[1::2], strict=True)]
