"""What quizzes are called. Apps above, which give quizzes their meaning, say so when they start (`apps.py`)."""

from collections.abc import Callable, Collection, Iterable, Mapping

from apps.quizzes.models import Attempt

Titles = Callable[[Collection[str]], Mapping[str, str]]

TITLES: dict[str, Titles] = {}


def register_titles(prefix: str, titles: Titles) -> None:
    """Say what the quizzes are called whose names begin so, such as `course:`.

    `titles` gets all names of a list at once, and answers those that it knows with their titles; called once,
    when the app that gives these quizzes starts.
    """
    TITLES[prefix] = titles


def titles_of(quizzes: Iterable[str]) -> dict[str, str]:
    """Each of these quizzes with its title; one that nobody knows any more keeps its bare name."""
    found = {quiz: quiz for quiz in quizzes}
    for prefix, titles in TITLES.items():
        names = [quiz for quiz in found if quiz.startswith(prefix)]
        if names:
            found.update(titles(names))
    return found


def with_titles(attempts: Collection[Attempt]) -> None:
    """Tell these attempts the title of their quiz: `quiz_title`. One statement an app that gives quizzes."""
    titles = titles_of(attempt.quiz for attempt in attempts)
    for attempt in attempts:
        attempt.quiz_title = titles[attempt.quiz]  # type: ignore[attr-defined]
