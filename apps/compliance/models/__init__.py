"""Tables of standing: `programme` is what the policy team sets, `violations` the ledger and what it leads to,
`quizzes` what an attempt is worth, `appeals` what is said against a violation, `imports` what comes as a file."""

from apps.compliance.models.appeals import Appeal, AppealFile, AppealText, ReasonTemplate
from apps.compliance.models.imports import ImportLine, ViolationImport
from apps.compliance.models.programme import PolicyProgramme, ViolationType, ViolationTypeText
from apps.compliance.models.quizzes import QuizStake
from apps.compliance.models.violations import (
    Enforcement,
    EntryNote,
    MilestoneRecord,
    PointEntry,
    RepeatFlag,
    Report,
    Standing,
    Violation,
    ViolationDetails,
    ViolationQuerySet,
    new_reference,
)

__all__ = [
    "Appeal",
    "AppealFile",
    "AppealText",
    "Enforcement",
    "EntryNote",
    "ImportLine",
    "MilestoneRecord",
    "PointEntry",
    "PolicyProgramme",
    "QuizStake",
    "ReasonTemplate",
    "RepeatFlag",
    "Report",
    "Standing",
    "Violation",
    "ViolationDetails",
    "ViolationImport",
    "ViolationQuerySet",
    "ViolationType",
    "ViolationTypeText",
    "new_reference",
]
