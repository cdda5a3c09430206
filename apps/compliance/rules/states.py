"""What may become of a violation, an enforcement, an appeal, a file of violations."""

from apps.compliance.enums import AppealState, EnforcementState, ImportState, ViolationState
from apps.core.rules import StateMachine

VIOLATION = StateMachine(
    name="Violation",
    start={
        ViolationState.ACTIVE: "issued",
        ViolationState.EXPIRED: "arrives after its points have expired",
    },
    transitions={
        ViolationState.ACTIVE: {
            ViolationState.CLEARED: "nothing remains of it",
            ViolationState.EXPIRED: "its points expire",
            ViolationState.REVOKED: "revoked, or an appeal is upheld",
        },
        ViolationState.CLEARED: {ViolationState.REVOKED: "revoked, or an appeal is upheld"},
        ViolationState.EXPIRED: {ViolationState.REVOKED: "revoked, or an appeal is upheld"},
        ViolationState.REVOKED: {},
    },
)

ENFORCEMENT = StateMachine(
    name="Enforcement",
    start={EnforcementState.ACTIVE: "its milestone is reached"},
    transitions={
        EnforcementState.ACTIVE: {
            EnforcementState.ENDED: "its time is over, or staff end one without an end",
            EnforcementState.LIFTED: "without a revoked violation its milestone would not have been reached",
        },
        EnforcementState.ENDED: {},
        EnforcementState.LIFTED: {},
    },
)

APPEAL = StateMachine(
    name="Appeal",
    start={AppealState.PENDING: "the seller appeals"},
    transitions={
        AppealState.PENDING: {
            AppealState.UPHELD: "the policy team agrees, or the violation is revoked meanwhile",
            AppealState.REJECTED: "the policy team disagrees",
        },
        AppealState.UPHELD: {},
        AppealState.REJECTED: {},
    },
)

IMPORT = StateMachine(
    name="File of violations",
    start={ImportState.PREVIEWED: "brought, and looked at"},
    transitions={
        ImportState.PREVIEWED: {
            ImportState.RUNNING: "staff have it taken",
            ImportState.DROPPED: "staff don't want it",
        },
        ImportState.RUNNING: {ImportState.DONE: "the last line is taken"},
        ImportState.DONE: {},
        ImportState.DROPPED: {},
    },
)
