"""The rooms of every app, and what each may do. Imports between rooms are import-linter's (pyproject.toml)."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture import APPS, MODULES, ROOT, docstring_of, name_of

WIRING = {"apps", "urls", "wagtail_hooks", "middleware", "adapters", "checks", "sitemaps"}
DOORS = {"views", "api", "viewsets", "tasks", "receivers", "templatetags", "management"}
INSIDE = {
    "forms",
    "services",
    "letters",
    "queries",
    "access",
    "models",
    "blocks",
    "panels",
    "rules",
    "enums",
    "signals",
}
ROOMS = WIRING | DOORS | INSIDE
OF_CORE = {"clock", "htmx", "jobs", "kept", "pace", "signing", "refusals"}
LONGEST_ROOM = 600

HX_READ = re.compile(
    r"""(headers\s*(\.get\(|\[)\s*|META\s*(\.get\(|\[)\s*)["'](HTTP_)?HX[-_]|request\.htmx|\.htmx\.""", re.I
)
CLOCK = re.compile(
    r"\btimezone\.now\b|\bdatetime\.(now|utcnow|today)\b|\bdate\.today\(|\blocaldate\(\)|\bNow\(\)|time\.time\("
)


def rooms_of(app: Path) -> set[str]:
    """Names of the modules and packages that stand in an app, besides its `__init__` and migrations."""
    entries = {path for path in app.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    return {path.stem for path in entries} - {"__init__", "migrations"}


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_an_app_has_only_rooms_that_the_house_knows(app: Path) -> None:
    allowed = ROOMS | (OF_CORE if app.name == "core" else set())
    assert rooms_of(app) - allowed == set()


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_an_app_holds_nothing_but_python(app: Path) -> None:
    strangers = [path.name for path in app.rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc", ".md"}]
    assert strangers == []


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_an_app_says_what_it_owns_and_must_not_know(app: Path) -> None:
    text = docstring_of(app)
    assert re.search(r"\b[Oo]wns\b|belong", text), "what it owns"
    assert re.search(r"[Mm]ust not know|nothing knows it", text), "what it must not know"


def test_no_module_is_named_after_nothing() -> None:
    names = {"utils", "util", "helpers", "helper", "common", "misc", "base"}
    assert [name_of(path) for path in MODULES if path.stem in names or path.parent.name in names] == []


@pytest.mark.parametrize("path", [path for path in MODULES if path.stem != "__init__"], ids=name_of)
def test_a_room_that_grew_becomes_a_package(path: Path) -> None:
    """About 400 lines, says the house; half as many again is no longer about."""
    assert len(path.read_text().splitlines()) <= LONGEST_ROOM


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_core_htmx_reads_the_headers_of_htmx(path: Path) -> None:
    found = HX_READ.findall(path.read_text())
    assert bool(found) == (name_of(path) == "apps/core/htmx.py")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_core_clock_asks_what_time_it_is(path: Path) -> None:
    found = CLOCK.search(path.read_text())
    assert bool(found) == (name_of(path) == "apps/core/clock.py")


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports from, by its full name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
    return found


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_doors_do_not_go_through_the_doors_of_another_app(path: Path) -> None:
    """The viewsets and the api of core are what others are made of: no door opens on them."""
    app = path.relative_to(ROOT / "apps").parts[0]
    doors = re.compile(
        rf"apps\.(?!{app}\.|core\.(?:viewsets|api)\b)\w+\.({'|'.join(sorted(DOORS - {'templatetags'}))})(\.|$)"
    )
    assert [name for name in imports_of(path) if doors.match(name)] == []


def functions_of(room: str) -> list[tuple[str, ast.FunctionDef]]:
    """The public functions at the top of a room, over all apps."""
    found = []
    for path in MODULES:
        if path.stem == room or path.parent.name == room:
            found += [
                (f"{name_of(path)}:{node.name}", node)
                for node in ast.parse(path.read_text()).body
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
            ]
    return found


@pytest.mark.parametrize("function", [pytest.param(node, id=name) for name, node in functions_of("services")])
def test_a_service_says_what_it_does(function: ast.FunctionDef) -> None:
    assert ast.get_docstring(function)


@pytest.mark.parametrize("path", [path for path in MODULES if path.stem == "urls"], ids=name_of)
def test_addresses_bear_references_and_never_primary_keys(path: Path) -> None:
    assert re.findall(r"<int:|<(?:str:|slug:)?(?:pk|id)>", path.read_text()) == []
