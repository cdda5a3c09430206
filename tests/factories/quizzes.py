"""Banks, questions and attempts. Questions are published as an editor publishes them, so that versions exist."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import factory
from wagtail.models import Locale, Page

from apps.accounts.models import User
from apps.quizzes.enums import QuestionKind
from apps.quizzes.models import Attempt, Bank, Question, QuestionOption, QuestionVersion
from apps.quizzes.queries.attempts import field_name
from apps.quizzes.rules import QuizTerms, places_of
from apps.quizzes.services import start_attempt, submit_attempt
from tests.factories import AT


class BankFactory(factory.django.DjangoModelFactory):
    """A bank on seller tools; the same code twice is the same bank."""

    class Meta:
        model = Bank
        django_get_or_create = ("code",)

    code = "anchors"
    title = factory.LazyAttribute(lambda bank: bank.code.capitalize())


class QuestionFactory(factory.django.DjangoModelFactory):
    """A question with one right answer of three, published unless `published=False`; `translation_of` pairs it.

    `right` are the places of the right answers among `answers`. It cites the root of the page tree.
    """

    class Meta:
        model = Question

    class Params:
        multiple = factory.Trait(kind=QuestionKind.MULTIPLE, right=(0, 1))

    bank = factory.SubFactory(BankFactory)
    prompt = factory.Sequence(lambda number: f"Which price does the buyer see, number {number}?")
    explanation = "The anchor shows the price of the product page."
    right = (0,)
    answers = ("The one on the product page", "The one you say", "None")

    @classmethod
    def _create(
        cls,
        model_class: type[Question],
        *_args: Any,
        answers: Sequence[str],
        right: Sequence[int],
        language: str = "en",
        published: bool = True,
        translation_of: Question | None = None,
        **facts: Any,
    ) -> Question:
        facts.setdefault("cited_page", Page.objects.get(depth=1))
        locale, _made = Locale.objects.get_or_create(language_code=language)
        question = model_class(locale=locale, live=False, **facts)
        if translation_of is not None:
            question.translation_key = translation_of.translation_key
        write_answers(question, answers, right)
        question.save()
        if published:
            publish(question)
        return question


def write_answers(question: Question, answers: Sequence[str], right: Sequence[int]) -> None:
    """Give a question these answers instead of those it has; nothing is saved."""
    question.options.set(
        QuestionOption(text=text, is_right=place in right, sort_order=place, locale=question.locale)
        for place, text in enumerate(answers)
    )


def publish(question: Question) -> QuestionVersion:
    """Publish what the question says in memory; its ready version."""
    question.save_revision().publish()
    question.refresh_from_db()
    return question.versions.ready().get()


def terms(
    *,
    quiz: str = "exercise:anchors",
    banks: tuple[str, ...] = ("anchors",),
    size: int = 3,
    pass_mark: int = 100,
    deadline: timedelta | None = None,
    closes_at: datetime | None = None,
) -> QuizTerms:
    """Three questions of the bank `anchors`, all to be right, without a deadline."""
    return QuizTerms(quiz, banks, size, pass_mark, deadline, closes_at)


def attempt_of(person: User, at: datetime = AT, *, seed: int = 1, language: str = "en", **facts: Any) -> Attempt:
    """An open attempt, drawn the same way every time."""
    return start_attempt(person=person, terms=terms(**facts), language=language, at=at, draw_with=Random(seed))


def answers_of(attempt: Attempt, *, wrong: Sequence[int] = ()) -> dict[str, list[str]]:
    """What a form would send with all answers right, but for those at these positions (from 1), which are wrong."""
    answers = {}
    for drawn in attempt.drawn.select_related("version").order_by("position"):
        picked = set(drawn.version.options.filter(is_right=drawn.position not in wrong).values_list("pk", flat=True))
        places = places_of(drawn.option_order)
        answers[field_name(drawn)] = [place for place, option in places.items() if option in picked]
        if drawn.position in wrong:
            answers[field_name(drawn)] = answers[field_name(drawn)][:1]
    return answers


def submitted(attempt: Attempt, at: datetime = AT, *, wrong: Sequence[int] = ()) -> Attempt:
    """The attempt, submitted."""
    return submit_attempt(attempt=attempt, answers=answers_of(attempt, wrong=wrong), at=at)
