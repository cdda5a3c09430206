"""`manage.py draw_states`: the tables of states, as diagrams in `apps/README.md`."""

from argparse import ArgumentParser
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core.rules import StateMachine

README = Path(settings.BASE_DIR) / "apps" / "README.md"
BEGIN = "<!-- Drawn by manage.py draw_states: change the tables in rules, not this. -->"
END = "<!-- Drawn until here. -->"


class Command(BaseCommand):
    """Draws what has changed; with `--check` only says whether anything has."""

    help = "Draw the state machines of all apps into apps/README.md."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--check` for tests and CI."""
        parser.add_argument("--check", action="store_true", help="Write nothing; exit 1 where the diagrams differ.")

    def handle(self, *_args: Any, check: bool, **_options: Any) -> None:
        """The same tables a second time change nothing."""
        text = README.read_text(encoding="utf-8")
        drawn = with_diagrams(text, [diagram_of(app, machine) for app, machine in machines()])
        if drawn == text:
            self.stdout.write("The diagrams say what the tables say.")
        elif check:
            raise CommandError("The diagrams differ from the tables. Run manage.py draw_states.")
        else:
            README.write_text(drawn, encoding="utf-8")
            self.stdout.write("Drawn.")


def machines() -> Iterator[tuple[str, StateMachine]]:
    """Every machine that an app's `rules` offer, with the app's name."""
    for config in apps.get_app_configs():
        if config.name.startswith("apps.") and find_spec(f"{config.name}.rules"):
            for machine in getattr(import_module(f"{config.name}.rules"), "MACHINES", ()):
                yield config.label, machine


def diagram_of(app: str, machine: StateMachine) -> str:
    """A machine in Mermaid, under its name."""
    arrows = [f"[*] --> {state}: {act}" for state, act in machine.start.items()]
    for state, following in machine.transitions.items():
        arrows += [f"{state} --> {target}: {act}" for target, act in following.items()]
    lines = "".join(f"    {arrow}\n" for arrow in arrows)
    return f"**{machine.name}** (`{app}`)\n\n```mermaid\nstateDiagram-v2\n{lines}```\n"


def with_diagrams(text: str, diagrams: list[str]) -> str:
    """The text with these diagrams, and nothing else, between the two comments."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise CommandError(f"{README.name} lacks the two comments between which the diagrams stand.")
    return "\n".join([before + begin, "", *diagrams, end + after])
