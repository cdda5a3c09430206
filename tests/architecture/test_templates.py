"""What no template and no style sheet may do, and that each of them can be read at all."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.loader import get_template

from tests.architecture import ROOT, name_of

TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"})
# Letters bear inline styles, since mail programs know nothing else.
PAGES = [path for path in TEMPLATES if path.suffix == ".html" and not {"email", "letters"} & set(path.parts)]
STYLES = sorted((ROOT / "static" / "css").rglob("*.css"))
SCRIPTS = sorted((ROOT / "static" / "js").rglob("*.js"))
TAG = re.compile(r"{%.*?%}|{#.*?#}", re.S)
ELSEWHERE = re.compile(r"^\s*(https?:)?//", re.I)
LOADED = {
    "script": ["src"],
    "img": ["src", "srcset"],
    "iframe": ["src"],
    "source": ["src", "srcset"],
    "track": ["src"],
    "video": ["src", "poster"],
    "audio": ["src"],
    "embed": ["src"],
    "object": ["data"],
    "use": ["href"],
}


class Reader(HTMLParser):
    """Collects what the strict Content-Security-Policy would forbid."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.feed(TAG.sub("x", source))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if "style" in given:
            self.faults.append(f"<{tag} style>")
        if tag in {"script", "style"} and not given.get("src") and "nonce" not in given:
            self.faults.append(f"<{tag}> without src or nonce")
        self.faults += [f"<{tag} {name}>" for name in given if name.startswith(("on", "hx-on"))]
        names = (
            ["href"] if tag == "link" and given.get("rel") not in {"canonical", "alternate"} else LOADED.get(tag, [])
        )
        self.faults += [f"<{tag} {name}> from elsewhere" for name in names if ELSEWHERE.match(given.get(name) or "")]


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ('<p style="color: red">', "<p style>"),
        ("<script>go()</script>", "<script> without src or nonce"),
        ('<button onclick="go()">', "<button onclick>"),
        ('<script src="https://cdn.example/x.js"></script>', "<script src> from elsewhere"),
        ('<link rel="stylesheet" href="//cdn.example/x.css">', "<link href> from elsewhere"),
    ],
)
def test_the_reader_finds(source: str, fault: str) -> None:
    assert Reader(source).faults == [fault]


@pytest.mark.parametrize(
    "source",
    ['<script nonce="{{ csp_nonce }}">go()</script>', '<a href="https://elsewhere.example/">', "<img src='{{ url }}'>"],
)
def test_the_reader_lets_pass(source: str) -> None:
    assert Reader(source).faults == []


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_loads(path: Path) -> None:
    name = str(path.relative_to(ROOT / "templates"))
    assert get_template(name).template.name == name


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_a_template_keeps_to_the_content_security_policy(path: Path) -> None:
    assert Reader(path.read_text()).faults == []


@pytest.mark.parametrize("path", [*STYLES, *SCRIPTS], ids=name_of)
def test_nothing_is_loaded_from_another_host(path: Path) -> None:
    found = re.findall(
        r"""(?:url\(\s*["']?|@import\s+["']|from\s+["']|import\(\s*["']|fetch\(\s*["'])((?:https?:)?//[^"')]+)""",
        path.read_text(),
    )
    assert found == []
