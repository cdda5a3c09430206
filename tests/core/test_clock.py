"""The clock."""

from datetime import UTC, datetime, timedelta

from apps.core.clock import now


def test_now_is_aware_and_in_utc() -> None:
    before, instant, after = datetime.now(UTC), now(), datetime.now(UTC)
    assert before <= instant <= after
    assert instant.utcoffset() == timedelta(0)
