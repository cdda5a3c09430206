"""The reasons that people give for what they do to a seller's points."""

from apps.core.rules import Refusal, gettext_noop

SHORTEST_REASON, LONGEST_REASON = 5, 500


class ReasonMissing(Refusal):
    """Points aren't moved and appeals aren't decided without saying why."""

    status = 422


def check_reason(reason: str) -> str:
    """A reason of 5 to 500 characters that the seller can read, trimmed. Raises ReasonMissing."""
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        raise ReasonMissing(gettext_noop("Give a reason that the seller can understand."))
    if len(reason) > LONGEST_REASON:
        raise ReasonMissing(gettext_noop("Keep the reason to %(most)s characters."), most=LONGEST_REASON)
    return reason
