"""What passing by a voided question is worth. Apps above, which give quizzes their stakes, say so (`apps.py`)."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from apps.quizzes.models import Attempt

Worth = Callable[[Collection[Attempt], datetime], Mapping[int, str]]

WORTHS: dict[str, Worth] = {}


def register_worth(prefix: str, worth: Worth) -> None:
    """Say what it means to pass the quizzes whose names begin so, such as `policy:`.

    `worth` gets all attempts of these quizzes that would be passed, and the instant; it answers what that would bring
    each of them, in words, by their key.
    """
    WORTHS[prefix] = worth


def with_worth(attempts: Collection[Attempt], at: datetime) -> bool:
    """Tell these attempts what passing would be worth (`worth`, "" for nothing); whether any app said something."""
    found: dict[int, str] = {}
    for prefix, worth in WORTHS.items():
        asked = [each for each in attempts if each.quiz.startswith(prefix) and not each.is_practice]
        if asked:
            found.update(worth(asked, at))
    for each in attempts:
        each.worth = found.get(each.pk, "")  # type: ignore[attr-defined]
    return bool(found)
