"""What every app's rules share: the refusal. No Django, so that rules stay plain Python on values."""


def gettext_noop(text: str) -> str:
    """Mark a text for the translators; `core.refusals.explain` translates it at the door."""
    return text


class Refusal(Exception):
    """The product says no, with a reason that a person can read.

    `reason` is English, with `%(name)s` for the `facts`. `status` is 409 where the state forbids the act, 422
    where the input does, 429 where it came too often. `way_on` is the address that the page with the reason
    offers next, or "" for the start page.
    """

    status = 409

    def __init__(self, reason: str, *, way_on: str = "", **facts: object) -> None:
        super().__init__(reason % facts)
        self.reason = reason
        self.facts = facts
        self.way_on = way_on
