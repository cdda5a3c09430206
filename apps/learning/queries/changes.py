"""Who learned a policy that has changed, and what each of them finds on the page about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Q, QuerySet

from apps.accounts.models import User
from apps.catalog.enums import Kind
from apps.catalog.models import PolicyChange, Reading
from apps.catalog.queries.policies import PolicyDifference, difference_since, policy_readings
from apps.catalog.queries.related import uses_one_of, versions_of
from apps.learning import rules
from apps.learning.models import Completion, PolicyNews, PolicyNotice
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt, AttemptQuerySet
from apps.quizzes.queries.attempts import attempts_of
from apps.quizzes.queries.bank import CitingQuestion, keys_citing, questions_citing


def lessons_on(policy_key: UUID) -> list[UUID]:
    """The lessons that show or link to this policy, in any language of either."""
    lessons = Reading.objects.filter(uses_one_of(versions_of([policy_key])), kind=Kind.LESSON)
    return sorted(set(lessons.values_list("key", flat=True)))


def learners_of(news: PolicyNews) -> QuerySet[User]:
    """Everyone who is told of this change: who finished a lesson on the policy before it was published as it is now,
    and whose course quiz the change closed.
    """
    change = news.change
    finished = Completion.objects.filter(lesson_key__in=news.lesson_keys, completed_at__lt=change.new.published_at)
    reached = Q(pk__in=finished.values("person")) | Q(pk__in=closed_tries(news).values("person"))
    return User.objects.filter(reached, is_active=True)


def closed_tries(news: PolicyNews) -> AttemptQuerySet:
    """The tries of course quizzes that this change closed."""
    return Attempt.objects.filter(
        state=AttemptState.SUPERSEDED,
        closed_at=news.told_at,
        closed_reason=rules.POLICY_CHANGED,
        is_practice=False,
        quiz__startswith=rules.QUIZ_OF_COURSE,
        drawn__version__cited_page__translation_key=news.change.policy_key,
    )


@dataclass(frozen=True)
class LearnerFacts:
    """What decides what a person is told: when they learned the policy, whether a quiz of theirs was closed."""

    person: User
    learned_at: datetime
    quiz_closed: bool


def facts_of(news: PolicyNews, persons: Sequence[User]) -> list[LearnerFacts]:
    """The same for a chunk of persons, in three statements."""
    change = news.change
    finished = Completion.objects.filter(
        person__in=persons, lesson_key__in=news.lesson_keys, completed_at__lt=change.new.published_at
    )
    completed = dict(finished.values_list("person").annotate(at=Max("completed_at")))
    tries = closed_tries(news).filter(person__in=persons)
    begun = dict(tries.values_list("person").annotate(at=Max("started_at")))
    notices = PolicyNotice.objects.filter(person__in=persons, policy_key=change.policy_key)
    known = {each.person_id: each.done_at or each.learned_at for each in notices}
    return [
        LearnerFacts(
            person,
            rules.learned_at(completed.get(person.pk), begun.get(person.pk), known.get(person.pk)),
            person.pk in begun,
        )
        for person in persons
    ]


def titles_of(change: PolicyChange) -> dict[str, str]:
    """The policy's title by language, where it can be read."""
    return {language: reading.title for language, reading in policy_readings(change.policy_key).items()}


# --- The page of one person ------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChangedPolicy:
    """What the page shows: the policy, what changed since its reader learned it, and how many questions there are.

    `url` is "" where nobody may open the policy any more. `difference` is None where no older text is kept.
    """

    notice: PolicyNotice
    title: str
    language: str
    url: str
    what_changed: str
    words_language: str
    effective_at: datetime
    difference: PolicyDifference | None
    questions: int


def notice_of(person: User, policy_key: UUID) -> PolicyNotice | None:
    """The person's own notice of this policy."""
    notices = PolicyNotice.objects.filter(person=person, policy_key=policy_key)
    return notices.select_related("news__change__new").first()


def changed_policy(notice: PolicyNotice, language: str) -> ChangedPolicy:
    """The page of this notice for a reader of this language."""
    change, readings = notice.news.change, policy_readings(notice.policy_key)
    difference = difference_since(notice.policy_key, language, seen=notice.learned_at, changed=change.new.published_at)
    reading = readings.get(language) or readings.get(change.new.language) or next(iter(readings.values()), None)
    return ChangedPolicy(
        notice=notice,
        title=reading.title if reading else change.title,
        language=reading.language if reading else change.new.language,
        url=reading.url if reading else "",
        what_changed=change.what_changed,
        words_language=change.new.language,
        effective_at=change.effective_at,
        difference=difference,
        questions=min(rules.MOST_QUESTIONS, len(recheck_questions(notice, language))),
    )


def recheck_questions(notice: PolicyNotice, language: str) -> list[CitingQuestion]:
    """The questions that the re-check of a notice may draw."""
    questions = questions_citing(notice.policy_key, language)
    wanted = rules.pick_questions({each.key: each.section for each in questions}, notice.news.change.sections)
    return [each for each in questions if each.key in wanted]


def rechecks_of(person: User, policy_key: UUID) -> AttemptQuerySet:
    """The person's re-checks of this policy, the newest first."""
    return attempts_of(person, rules.recheck_name(policy_key)).filter(is_practice=True)


def recheck_by(person: User, policy_key: UUID, reference: str) -> Attempt | None:
    """The person's own re-check of this reference."""
    return rechecks_of(person, policy_key).filter(reference=reference).first()


# --- What editors see before they publish ------------------------------------------------------------------


@dataclass(frozen=True)
class Reach:
    """How many a material change of a policy would touch now."""

    learners: int
    attempts: int
    questions: int


def reach_of(policy_key: UUID) -> Reach:
    """Who finished a lesson on this policy, which quizzes on it are under way, which questions cite it."""
    finished = Completion.objects.filter(lesson_key__in=lessons_on(policy_key), person__is_active=True)
    keys = keys_citing(policy_key)
    under_way = Attempt.objects.open().filter(drawn__version__key__in=keys)
    asked = questions_citing(policy_key, "")
    return Reach(
        learners=finished.values("person").distinct().count(),
        attempts=under_way.values("pk").distinct().count(),
        questions=len(asked),
    )
