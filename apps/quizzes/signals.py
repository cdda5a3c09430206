"""What whoever gives quizzes a meaning hears. Sent inside the transaction that did it."""

from django.dispatch import Signal

attempts_remarked = Signal()
"""A version was voided. `attempts`: those whose mark rose; `newly_passed`: those of them that a pass came of; `at`."""

attempts_superseded = Signal()
"""Open attempts were closed without counting. `attempts`, each with its `closed_reason`; `at`."""
