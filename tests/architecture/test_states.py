"""A state has a table, and the diagrams say what the tables say."""

from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import Field

from apps.core.rules import StateMachine
from apps.web.management.commands import draw_states

MACHINES = list(draw_states.machines())

# The marketplace may say any state after any.
WITHOUT_TABLE = {"accounts.Seller.state"}

DOOR = StateMachine(
    name="Door",
    start={"shut": "hung"},
    transitions={"shut": {"open": "pushed"}, "open": {"shut": "pulled"}},
)
DRAWN = """**Door** (`house`)

```mermaid
stateDiagram-v2
    [*] --> shut: hung
    shut --> open: pushed
    open --> shut: pulled
```
"""

each = pytest.mark.parametrize("machine", [machine for _app, machine in MACHINES], ids=lambda machine: machine.name)


def state_fields() -> list[Field]:
    """Every column of ours that holds a state."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
    fields = [field for model in ours for field in model._meta.local_fields]
    return [field for field in fields if field.choices and (field.name == "state" or field.name.endswith("_state"))]


def test_every_state_of_a_column_stands_in_a_table_of_its_app() -> None:
    tables = [(app, set(machine.transitions)) for app, machine in MACHINES]
    columns = {
        str(field): (field.model._meta.app_label, {value for value, _label in field.choices})
        for field in state_fields()
    }
    assert {name for name, column in columns.items() if column not in tables} == WITHOUT_TABLE
    assert len(columns) == len(tables) + len(WITHOUT_TABLE)


@each
def test_the_start_leads_to_every_state_and_to_none_beside(machine: StateMachine) -> None:
    reached, next_ones = set(), set(machine.start)
    while next_ones:
        reached |= next_ones
        next_ones = {target for state in next_ones for target in machine.transitions[state]} - reached
    assert reached == set(machine.transitions)


@each
def test_every_arrow_has_words_that_mermaid_can_read(machine: StateMachine) -> None:
    acts = [*machine.start.values(), *(act for following in machine.transitions.values() for act in following.values())]
    assert [act for act in acts if not act or set(act) & set(":;#\n")] == []


def test_the_diagrams_say_what_the_tables_say() -> None:
    call_command("draw_states", "--check", stdout=StringIO())


def test_a_machine_is_drawn_arrow_by_arrow() -> None:
    assert draw_states.diagram_of("house", DOOR) == DRAWN


@pytest.fixture
def readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another file, with old diagrams between other words."""
    path = tmp_path / "README.md"
    path.write_text(f"Before\n\n{draw_states.BEGIN}\nold\n{draw_states.END}\n\nAfter\n")
    monkeypatch.setattr(draw_states, "README", path)
    monkeypatch.setattr(draw_states, "machines", lambda: iter([("house", DOOR)]))
    return path


def test_checking_writes_nothing(readme: Path) -> None:
    old = readme.read_text()
    with pytest.raises(CommandError, match="The diagrams differ") as refused:
        call_command("draw_states", "--check")
    assert (refused.value.returncode, readme.read_text()) == (1, old)


def test_drawing_twice_writes_the_same_and_leaves_the_words_around_it(readme: Path) -> None:
    drawn = f"Before\n\n{draw_states.BEGIN}\n\n{DRAWN}\n{draw_states.END}\n\nAfter\n"
    for said in ("Drawn.\n", "The diagrams say what the tables say.\n"):
        out = StringIO()
        call_command("draw_states", stdout=out)
        assert (out.getvalue(), readme.read_text()) == (said, drawn)
    call_command("draw_states", "--check", stdout=StringIO())


def test_a_file_without_the_comments_is_left_alone(readme: Path) -> None:
    readme.write_text(f"{draw_states.END}\n{draw_states.BEGIN}\n")
    with pytest.raises(CommandError, match="lacks the two comments"):
        call_command("draw_states")
    assert readme.read_text() == f"{draw_states.END}\n{draw_states.BEGIN}\n"
