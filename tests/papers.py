"""Reads what a PDF shows, from its own streams: glyphs are turned back into letters by the maps that it carries."""

import re
import zlib

OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.S)
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.S)
FONT = re.compile(rb"/([\w+-]+) (\d+) 0 R")
MAPPED = re.compile(rb"<([0-9a-f]{4})> <([0-9a-f]+)>", re.I)
SHOWN = re.compile(rb"/([\w+-]+) [\d.]+ Tf|\[([^\]]*)\] TJ|<([0-9a-f]+)> Tj", re.S | re.I)
GLYPHS = re.compile(rb"<([0-9a-f]+)>", re.I)


def text_of_pdf(pdf: bytes) -> str:
    """All words of a PDF whose fonts are embedded with two-byte glyph numbers, in the order in which they are drawn."""
    bodies = objects_of(pdf)
    letters = {number: letters_of(body, bodies) for number, body in bodies.items() if b"/ToUnicode" in body}
    named = {
        name: letters[number] for body in bodies.values() for name, number in FONT.findall(body) if number in letters
    }
    return " ".join(line for body in bodies.values() for line in lines_of(stream_of(body), named))


def objects_of(pdf: bytes) -> dict[bytes, bytes]:
    """Every object by its number, those too that are packed together in a stream."""
    objects = dict(OBJECT.findall(pdf))
    for body in [body for body in objects.values() if b"/ObjStm" in body]:
        first = re.search(rb"/First (\d+)", body)
        assert first is not None
        packed = stream_of(body)
        index = [int(each) for each in packed[: int(first[1])].split()]
        starts = [int(first[1]) + offset for offset in index[1::2]]
        for number, start, end in zip(index[::2], starts, [*starts[1:], len(packed)], strict=True):
            objects[b"%d" % number] = packed[start:end]
    return objects


def stream_of(body: bytes) -> bytes:
    """What an object's stream holds, inflated where it is deflated."""
    found = STREAM.search(body)
    if found is None:
        return b""
    return zlib.decompress(found[1]) if b"/FlateDecode" in body else found[1]


def letters_of(font: bytes, bodies: dict[bytes, bytes]) -> dict[bytes, str]:
    """Which letters stand for each glyph of a font."""
    reference = re.search(rb"/ToUnicode (\d+) 0 R", font)
    assert reference is not None
    mapped = MAPPED.findall(stream_of(bodies[reference[1]]))
    return {glyph.lower(): bytes.fromhex(text.decode()).decode("utf-16-be") for glyph, text in mapped}


def lines_of(stream: bytes, fonts: dict[bytes, dict[bytes, str]]) -> list[str]:
    """Each line that a page's stream draws."""
    lines, letters = [], {}
    for name, pieces, alone in SHOWN.findall(stream):
        if name:
            letters = fonts.get(name, {})
            continue
        glyphs = b"".join(GLYPHS.findall(pieces)) or alone
        lines.append("".join(letters.get(glyphs[at : at + 4].lower(), "") for at in range(0, len(glyphs), 4)))
    return lines
