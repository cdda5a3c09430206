"""Attempts are written at their start with all that they are marked by, and marked once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from random import Random, SystemRandom
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.core.rules import gettext_noop
from apps.quizzes import rules
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt, AttemptQuerySet, ChosenOption, DrawnQuestion, QuestionVersion
from apps.quizzes.queries.attempts import asked_now, drawn_facts, field_name, last_seen, open_attempt
from apps.quizzes.queries.bank import candidates_of, options_by_version
from apps.quizzes.rules import QuizTerms
from apps.quizzes.signals import attempts_superseded


def start_attempt(
    *,
    person: User,
    terms: QuizTerms,
    language: str,
    at: datetime,
    is_practice: bool = False,
    draw_with: Random | None = None,
) -> Attempt:
    """Draw and write an attempt, or answer the one that this person has open in this quiz.

    One whose deadline has come lapses first. Of two tabs that start at once, both get the same attempt. Questions
    come in `language`, and where one isn't ready in it, in the site's first. Refused where too few are ready.
    Practice leaves out what the person is asked in earnest meanwhile: its result would tell the answers.
    """
    try:
        with transaction.atomic():
            return _open_or_drawn(person, terms, language, at, is_practice, draw_with or SystemRandom())
    except IntegrityError:
        # The other tab's was written between our look and our own; without one, something else is wrong.
        found = Attempt.objects.open().filter(person=person, quiz=terms.quiz, is_practice=is_practice).first()
        if found is None:
            raise
        return found


def _open_or_drawn(
    person: User, terms: QuizTerms, language: str, at: datetime, is_practice: bool, random: Random
) -> Attempt:
    """The open attempt, or a new one."""
    lapse_overdue(person=person, quiz=terms.quiz, at=at)
    if found := open_attempt(person, terms.quiz, at, is_practice=is_practice):
        return found
    deadline_at = terms.deadline_from(at)
    if rules.is_late(deadline_at, at):
        raise rules.AttemptLate(gettext_noop("This quiz is closed."))
    candidates = candidates_of(terms.bank_codes, language, terms.only)
    if is_practice:
        candidates = rules.leave_out(candidates, asked_now(person, at), terms.size)
    versions = rules.draw(candidates, last_seen(person), terms.size, random)
    attempt = Attempt.objects.create(
        person=person,
        quiz=terms.quiz,
        language=language,
        is_practice=is_practice,
        started_at=at,
        deadline_at=deadline_at,
        pass_mark=terms.pass_mark,
        total=terms.size,
    )
    write_drawing(attempt=attempt, versions=versions, random=random)
    return attempt


def write_drawing(*, attempt: Attempt, versions: Sequence[QuestionVersion], random: Random) -> None:
    """Pin the versions on the attempt, each with its options in an order of chance."""
    options = options_by_version(versions)
    DrawnQuestion.objects.bulk_create(
        DrawnQuestion(
            attempt=attempt,
            position=position,
            version=version,
            option_order=rules.order_options([option.pk for option in options[version.pk]], random),
        )
        for position, version in enumerate(versions, start=1)
    )


def lapse_overdue(*, person: User, quiz: str, at: datetime) -> int:
    """Close what the person left open beyond its deadline; answers how many."""
    overdue = Attempt.objects.overdue(at).filter(person=person, quiz=quiz)
    return sum(_lapse(attempt) for attempt in overdue)


def _lapse(attempt: Attempt) -> int:
    """Close one open attempt at its deadline; 0 where it was open no more."""
    held = Attempt.objects.open().filter(pk=attempt.pk)
    return held.update(state=AttemptState.LAPSED, closed_at=attempt.deadline_at)


def submit_attempt(*, attempt: Attempt, answers: Mapping[str, Sequence[str]], at: datetime) -> Attempt:
    """Mark an attempt on exactly what it drew; submitted again, whatever is answered, it keeps its first result.

    `answers` are places of options as text, by the names of the form's fields (`rules.answers_in`). Refused: answers
    that the form couldn't have sent, which change nothing; at the deadline or later, when the attempt lapses; an
    attempt that was closed without counting. Not for within a transaction, which the refusal would undo with the
    lapse: there `settle_attempt`, and `rules.check_counts` after it.
    """
    settled = settle_attempt(attempt=attempt, answers=answers, at=at)
    rules.check_counts(settled.state, settled.closed_reason)
    return settled


@transaction.atomic
def settle_attempt(*, attempt: Attempt, answers: Mapping[str, Sequence[str]], at: datetime) -> Attempt:
    """The attempt as it is once these answers have come: marked, lapsed, or as it was closed before.

    Refused: answers that the form couldn't have sent, and practice on questions that the person is asked in earnest
    meanwhile; both change nothing.
    """
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if attempt.state != AttemptState.OPEN:
        return attempt
    if rules.is_late(attempt.deadline_at, at):
        _lapse(attempt)
        attempt.refresh_from_db()
        return attempt
    # Read under the lock: a version voided until now counts as right, one voided later re-marks.
    drawn = list(attempt.drawn.select_related("version").order_by("position"))
    if attempt.is_practice and attempt.person is not None:
        rules.check_not_asked([each.version.key for each in drawn], asked_now(attempt.person, at))
    facts = drawn_facts(drawn)
    chosen = rules.check_answers(facts, answers)
    write_marks(attempt=attempt, drawn=drawn, chosen=chosen, marking=rules.mark(facts, chosen), at=at)
    return attempt


def write_marks(
    *,
    attempt: Attempt,
    drawn: Sequence[DrawnQuestion],
    chosen: rules.Chosen,
    marking: rules.Marking,
    at: datetime,
) -> None:
    """Keep what was chosen, and how it was marked."""
    fields = [field_name(each) for each in drawn]
    ChosenOption.objects.bulk_create(
        ChosenOption(drawn=each, option_id=option)
        for each, field in zip(drawn, fields, strict=True)
        for option in sorted(chosen.get(field, ()))
    )
    for each, is_right in zip(drawn, marking.marks, strict=True):
        each.is_right = is_right
    DrawnQuestion.objects.bulk_update(drawn, ["is_right"])
    attempt.state = rules.state_for(marking.right, attempt.total, attempt.pass_mark)
    # Clocks of two servers differ: nothing is submitted before it is started.
    attempt.submitted_at, attempt.right = max(at, attempt.started_at), marking.right
    attempt.save(update_fields=["state", "submitted_at", "right"])


@transaction.atomic
def supersede_attempts(
    *,
    quiz: str | None = None,
    version_keys: Collection[UUID] | None = None,
    attempts: AttemptQuerySet | None = None,
    reason: str,
    at: datetime,
) -> list[Attempt]:
    """Close open attempts without counting, and say so upwards: those of a quiz, those that drew these questions.

    With several, those that all of them name. `version_keys` are identities of questions. The reason is English,
    marked for the translators by who gives it.
    """
    if quiz is None and version_keys is None and attempts is None:
        raise ValueError("Name the quiz, the questions, or the attempts.")
    found = (Attempt.objects.all() if attempts is None else attempts).open()
    if quiz is not None:
        found = found.filter(quiz=quiz)
    if version_keys is not None:
        found = found.filter(pk__in=DrawnQuestion.objects.filter(version__key__in=version_keys).values("attempt"))
    closed = list(found.select_for_update().order_by("pk"))
    for attempt in closed:
        attempt.state, attempt.closed_at, attempt.closed_reason = AttemptState.SUPERSEDED, at, reason
    Attempt.objects.bulk_update(closed, ["state", "closed_at", "closed_reason"], batch_size=500)
    if closed:
        attempts_superseded.send(sender=Attempt, attempts=closed, at=at)
    return closed
