"""Tells those who learned a policy that it has changed, chunk by chunk, and keeps what they do about it."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from apps.accounts.models import User
from apps.catalog.models import PolicyChange
from apps.core.jobs import enqueue_on_commit
from apps.learning import rules
from apps.learning.letters import policy_changed_letter
from apps.learning.models import PolicyNews, PolicyNotice
from apps.learning.queries.changes import (
    LearnerFacts,
    facts_of,
    learners_of,
    lessons_on,
    recheck_questions,
    titles_of,
)
from apps.notifications.services.letters import post_letters
from apps.quizzes.models import Attempt
from apps.quizzes.queries.bank import keys_citing
from apps.quizzes.rules import QuizTerms, check_counts
from apps.quizzes.services import settle_attempt, start_attempt, supersede_attempts

logger = logging.getLogger(__name__)

CHUNK = 500
LEASE = timedelta(minutes=2)
Clock = Callable[[], datetime]


@transaction.atomic
def take_up_change(*, change: PolicyChange, at: datetime) -> PolicyNews:
    """Close the quizzes on the policy that are under way, and note that its learners are to be told."""
    keys = keys_citing(change.policy_key)
    if keys:
        supersede_attempts(version_keys=keys, reason=rules.POLICY_CHANGED, at=at)
    lessons = [str(key) for key in lessons_on(change.policy_key)]
    news, _created = PolicyNews.objects.get_or_create(change=change, defaults={"lesson_keys": lessons, "told_at": at})
    enqueue_on_commit("apps.learning.tasks.tell_learners")
    return news


def tell_learners(*, clock: Clock, until: datetime) -> dict[str, int]:
    """Go on with all news that aren't written to everyone, the oldest first; answers how many persons were told.

    A worker holds one by a lease, so that those who come meanwhile don't render the same letters.
    """
    told = errors = 0
    for news in PolicyNews.objects.filter(written_at=None).order_by("pk"):
        try:
            told += tell_all(news=news, clock=clock, until=until)
        except Exception:
            logger.exception("The news of %s can't go on.", news)
            errors += 1
    return {"told": told, "errors": errors} if errors else {"told": told}


def tell_all(*, news: PolicyNews, clock: Clock, until: datetime) -> int:
    """Tell of one change everyone who isn't told yet, or as many as can be until then; 0 where another is at it."""
    told, mine, held = 0, PolicyNews.objects.filter(pk=news.pk, written_at=None), None
    while (at := clock()) < until:
        free = Q(lease_until=None) | Q(lease_until__lte=at) | Q(lease_until=held)
        if not mine.filter(free).update(lease_until=at + LEASE):
            return told
        held = at + LEASE
        news = PolicyNews.objects.select_related("change__new").get(pk=news.pk)
        persons = list(learners_of(news).filter(pk__gt=news.cursor).order_by("pk")[:CHUNK])
        if not persons:
            mine.filter(lease_until=held).update(written_at=at, lease_until=None)
            return told
        told += tell_chunk(news=news, persons=persons, at=at)
    mine.filter(lease_until=held).update(lease_until=None)
    return told


def tell_chunk(*, news: PolicyNews, persons: Sequence[User], at: datetime) -> int:
    """Write to these persons and put the change on their home pages; 0 where another worker has told them.

    Letters are rendered before the transaction: on SQLite nobody could write meanwhile.
    """
    facts = facts_of(news, persons)
    titles = titles_of(news.change)
    letters = [
        (each.person, policy_changed_letter(each.person, news.change, titles, quiz_closed=each.quiz_closed))
        for each in facts
    ]
    with transaction.atomic():
        mine = PolicyNews.objects.filter(pk=news.pk, cursor=news.cursor)
        if not mine.update(cursor=persons[-1].pk, readers=F("readers") + len(persons)):
            return 0
        there = User.objects.select_for_update(no_key=True).filter(pk__in=[person.pk for person in persons])
        still = set(there.order_by("pk").values_list("pk", flat=True))
        write_notices(news=news, facts=[each for each in facts if each.person.pk in still], at=at)
        post_letters(letters=letters, at=at, dedupe_key=f"policy-change:{news.change_id}")
    return len(persons)


def write_notices(*, news: PolicyNews, facts: Sequence[LearnerFacts], at: datetime) -> None:
    """One notice for each, or the one that they have brought up to this change and open again."""
    PolicyNotice.objects.bulk_create(
        [
            PolicyNotice(
                person=each.person,
                policy_key=news.change.policy_key,
                news=news,
                learned_at=each.learned_at,
                told_at=at,
                quiz_closed=each.quiz_closed,
            )
            for each in facts
        ],
        update_conflicts=True,
        unique_fields=["person", "policy_key"],
        update_fields=["news", "learned_at", "told_at", "quiz_closed", "done_at", "dismissed_at"],
    )


@transaction.atomic
def confirm_change(*, notice: PolicyNotice, at: datetime) -> None:
    """The person has read what changed; again changes nothing."""
    PolicyNotice.objects.filter(pk=notice.pk, news=notice.news_id, done_at=None).update(done_at=at)


@transaction.atomic
def put_change_away(*, notice: PolicyNotice, at: datetime) -> None:
    """Take it off the person's home page; the page itself stays, and can still be done."""
    open_one = PolicyNotice.objects.filter(pk=notice.pk, news=notice.news_id, done_at=None, dismissed_at=None)
    open_one.update(dismissed_at=at)


def start_recheck(*, person: User, notice: PolicyNotice, language: str, at: datetime) -> Attempt:
    """Draw up to three questions on what changed, or go on with those that are drawn. Refused where there are none."""
    questions = recheck_questions(notice, language)
    if not questions:
        raise rules.RecheckGone(
            rules.gettext_noop("There are no questions on this policy at the moment. Reading what changed is enough.")
        )
    terms = QuizTerms(
        quiz=rules.recheck_name(notice.policy_key),
        bank_codes=tuple(sorted({each.bank for each in questions})),
        size=min(rules.MOST_QUESTIONS, len(questions)),
        pass_mark=100,
        only=frozenset(each.key for each in questions),
    )
    return start_attempt(person=person, terms=terms, language=language, at=at, is_practice=True)


def submit_recheck(
    *, notice: PolicyNotice, attempt: Attempt, answers: Mapping[str, Sequence[str]], at: datetime
) -> Attempt:
    """Mark the re-check, once; whatever was answered, the change is done. Refused as the engine refuses."""
    with transaction.atomic():
        settled = settle_attempt(attempt=attempt, answers=answers, at=at)
        if settled.is_submitted:
            confirm_change(notice=notice, at=at)
    # Outside, since it would undo the lapse that it tells of.
    check_counts(settled.state, settled.closed_reason)
    return settled
