"""What holds for the code as a whole: the river, the rooms, settings, templates, translations."""

import importlib
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = sorted(path.parent for path in (ROOT / "apps").glob("*/__init__.py"))
MODULES = sorted(path for path in (ROOT / "apps").rglob("*.py") if "migrations" not in path.parts)

# An app may know only those in rows below its own.
RIVER = [
    {"web"},
    {"health", "onboarding"},
    {"compliance", "workshops"},
    {"learning"},
    {"catalog"},
    {"quizzes"},
    {"notifications"},
    {"accounts"},
    {"core"},
]
DEPTH = {app: depth for depth, row in enumerate(RIVER) for app in row}


def name_of(path: Path) -> str:
    """A file's name from the root of the project, for parameters and messages."""
    return str(path.relative_to(ROOT))


def docstring_of(app: Path) -> str:
    """What an app says of itself."""
    return importlib.import_module(f"apps.{app.name}").__doc__ or ""
