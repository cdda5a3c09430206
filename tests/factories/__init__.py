"""Rows for tests, one file per app. What a test relies on it names itself; defaults hold no surprises."""

from datetime import UTC, datetime

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""The instant at which tests happen, unless they say otherwise: a Monday morning."""
