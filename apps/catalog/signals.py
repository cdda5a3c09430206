"""What the apps above hear of the catalogue. Sent inside the transaction that did it."""

from django.dispatch import Signal

policy_changed = Signal()
"""A material change of a policy came into force; once for each.

`change`, the row; `policy_key`; `sections`, numbers of those that changed, came or went; `old_version` and
`new_version`, their numbers in the language that decides; `at`, not before `change.effective_at`.
"""
