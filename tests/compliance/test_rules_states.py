"""The three tables: what may become of a violation, an enforcement, an appeal."""

import pytest

from apps.compliance.enums import AppealState, EnforcementState, ImportState, ViolationState
from apps.compliance.rules import MACHINES
from apps.core.rules import StateMachine


def test_there_are_three() -> None:
    assert [machine.name for machine in MACHINES] == ["Violation", "Enforcement", "Appeal", "File of violations"]


@pytest.mark.parametrize(
    ("machine", "states"), [*zip(MACHINES, (ViolationState, EnforcementState, AppealState, ImportState), strict=True)]
)
def test_every_state_has_a_row_and_can_be_reached(machine: StateMachine, states: type) -> None:
    followers = {state for following in machine.transitions.values() for state in following}
    assert set(machine.transitions) == set(states)
    assert followers | set(machine.start) == set(states)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_what_no_table_knows_follows_nothing_and_nothing_follows_it(machine: StateMachine) -> None:
    for state in machine.transitions:
        assert not machine.allows(state, "lost")
        assert not machine.allows("lost", state)
