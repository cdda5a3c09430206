"""What the apps above hear of sellers. Sent inside the transaction that did it."""

from django.dispatch import Signal

seller_joined = Signal()
"""A person stands for a seller from now on. `seller`, `person`; `at`."""

seller_state_changed = Signal()
"""The marketplace says another state of a seller. `seller` (with the new one), `was` (the old one); `at`."""
