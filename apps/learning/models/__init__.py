"""Tables of learning: `records` holds what was begun, done and certified, `own` what a person keeps, says and plans,
`changes` who is told that a policy has changed.
"""

from apps.learning.models.changes import PolicyNews, PolicyNotice
from apps.learning.models.own import Assignment, Bookmark, ClarityAnswer, WeeklyGoal
from apps.learning.models.records import REFERENCE_ALPHABET, Certificate, Completion, Enrolment, new_reference

__all__ = [
    "REFERENCE_ALPHABET",
    "Assignment",
    "Bookmark",
    "Certificate",
    "ClarityAnswer",
    "Completion",
    "Enrolment",
    "PolicyNews",
    "PolicyNotice",
    "WeeklyGoal",
    "new_reference",
]
