"""Questions are published as versions that never change, retired, and voided where they were faulty."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction
from wagtail.log_actions import log
from wagtail.models import Locale

from apps.accounts.models import User
from apps.core.rules import gettext_noop
from apps.quizzes import rules
from apps.quizzes.enums import VersionState
from apps.quizzes.models import Attempt, DrawnQuestion, Question, QuestionVersion, VersionOption
from apps.quizzes.queries.bank import draft_of, ready_version, shape_of
from apps.quizzes.signals import attempts_remarked


@transaction.atomic
def publish_version(*, question: Question, at: datetime, by: User | None) -> QuestionVersion | None:
    """Make the next version of what the question, as it is saved, says now, and retire the one before.

    None where the ready version says the same already. Refused where the question lacks something. A version of the
    site's first language whose right answers stand elsewhere than before retires its translations, which would be
    marked differently: until they are published again, their readers get the original.
    """
    # Two who publish at once do so one after the other.
    question = Question.objects.select_for_update().get(pk=question.pk)
    draft = draft_of(question)
    rules.check_draft(draft)
    before = ready_version(question)
    if before is not None and says_the_same(before, question, draft):
        return None
    retire_versions(versions=[before] if before is not None else [])
    version = write_version(question=question, draft=draft, at=at, by=by)
    if version.language == settings.LANGUAGE_CODE:
        retire_versions(versions=translations_unlike(version, draft))
    log(question, "quizzes.publish_version", user=by, data={"number": version.number})
    return version


def says_the_same(version: QuestionVersion, question: Question, draft: rules.Draft) -> bool:
    """Whether a version says what the question says now; in which order its answers are written matters too."""
    answers = tuple(rules.Answer(option.text, option.is_right) for option in version.options.order_by("position"))
    said = (version.prompt, version.kind, version.explanation, answers, version.cited_page_id, version.cited_section)
    cited = (question.cited_page_id, draft.cited_section)
    return said == (draft.prompt, draft.kind, draft.explanation, draft.answers, *cited)


def write_version(*, question: Question, draft: rules.Draft, at: datetime, by: User | None) -> QuestionVersion:
    """The version and its options, numbered after the last one."""
    language, page = question.locale.language_code, question.cited_page
    earlier = QuestionVersion.objects.filter(key=question.translation_key, language=language)
    last = earlier.order_by("-number").values_list("number", flat=True).first()
    version = QuestionVersion.objects.create(
        question=question,
        key=question.translation_key,
        language=language,
        number=(last or 0) + 1,
        kind=draft.kind,
        prompt=draft.prompt,
        explanation=draft.explanation,
        cited_page=page,
        cited_title=page.title if page is not None else "",
        cited_section=draft.cited_section,
        published_at=at,
        published_by=by,
    )
    VersionOption.objects.bulk_create(
        VersionOption(version=version, position=position, text=answer.text, is_right=answer.is_right)
        for position, answer in enumerate(draft.answers, start=1)
    )
    return version


def translations_unlike(version: QuestionVersion, draft: rules.Draft) -> list[QuestionVersion]:
    """The ready versions of the same question in other languages whose right answers stand elsewhere."""
    others = QuestionVersion.objects.ready().filter(key=version.key).exclude(pk=version.pk)
    return [other for other in others if shape_of(other) != draft.shape]


def retire_versions(*, versions: Sequence[QuestionVersion]) -> None:
    """Have them drawn no more; attempts that drew them are marked on them all the same."""
    keys = [version.pk for version in versions]
    QuestionVersion.objects.ready().filter(pk__in=keys).update(state=VersionState.RETIRED)


@transaction.atomic
def retire_question(*, question: Question, at: datetime, by: User | None) -> None:
    """Ask it nobody any more, in any language; again changes nothing. Publishing brings a language back."""
    rows = Question.objects.select_for_update().filter(translation_key=question.translation_key).order_by("pk")
    for row in rows:
        retire_row(question=row, at=at, by=by)
        if row.live:
            row.unpublish(log_action=False)


def retire_row(*, question: Question, at: datetime, by: User | None) -> None:
    """Have a question drawn no more in this one language."""
    ready = list(question.versions.ready())
    if ready:
        retire_versions(versions=ready)
        log(question, "quizzes.retire_question", user=by, timestamp=at)


@transaction.atomic
def void_version(*, version: QuestionVersion, reason: str, at: datetime, by: User | None) -> list[Attempt]:
    """Declare a version faulty: it counts as right for everyone who drew it, and is asked nobody any more.

    One that is ready takes its question with it, in every language; an older one leaves the question as it is, which
    may be corrected by now.

    Attempts already submitted are marked again, upwards only; those that are open count it right when they are
    submitted. Answers the attempts whose mark rose, of which whoever has a stake in them hears. Refused without a
    reason, and for a version that was voided before.
    """
    reason = rules.check_reason(reason)
    # Questions before versions, as publishing does: the two never wait for each other in a circle.
    list(Question.objects.select_for_update().filter(translation_key=version.key).order_by("pk"))
    version = QuestionVersion.objects.select_for_update().get(pk=version.pk)
    if version.is_void:
        raise rules.VersionVoid(gettext_noop("This version was voided before. Nothing has changed."))
    if version.is_ready:
        retire_question(question=version.question, at=at, by=by)
    QuestionVersion.objects.filter(pk=version.pk).update(voided_at=at, void_reason=reason)
    raised = raise_marks(version=version, at=at)
    data = {"number": version.number, "reason": reason, "raised": len(raised)}
    log(version.question, "quizzes.void_version", user=by, data=data)
    return raised


def raise_marks(*, version: QuestionVersion, at: datetime) -> list[Attempt]:
    """Count the version as right in every submitted attempt that drew it; answers those whose mark rose.

    Open attempts are locked too: a submission under way ends first, and is then seen here with its mark.
    """
    drew = DrawnQuestion.objects.filter(version=version).values("attempt")
    attempts = list(Attempt.objects.select_for_update().filter(pk__in=drew).order_by("pk"))
    submitted = {attempt.pk: attempt for attempt in attempts if attempt.is_submitted}
    wrong = DrawnQuestion.objects.filter(version=version, attempt__in=submitted, is_right=False)
    raised = [submitted[attempt] for attempt in wrong.order_by("attempt").values_list("attempt", flat=True)]
    wrong.update(is_right=True)
    newly_passed = [attempt for attempt in raised if _raise_mark(attempt)]
    Attempt.objects.bulk_update(raised, ["right", "state"], batch_size=500)
    if raised:
        attempts_remarked.send(sender=Attempt, attempts=raised, newly_passed=newly_passed, at=at)
    return raised


def _raise_mark(attempt: Attempt) -> bool:
    """Count one more as right; whether that passes the attempt."""
    before = attempt.state
    attempt.right, attempt.state = rules.remark(attempt.right or 0, 1, attempt.total, attempt.pass_mark)
    return rules.ATTEMPT.allows(before, attempt.state)


@transaction.atomic
def translate_question(*, question: Question, language: str, by: User) -> Question:
    """The question's row in another language, begun as a draft with the words of this one; the one there is, if so."""
    locale = Locale.objects.get(language_code=language)
    found = question.get_translation_or_none(locale)
    if found is not None:
        return found
    copy = question.copy_for_translation(locale)
    copy.live, copy.has_unpublished_changes = False, True
    copy.first_published_at = copy.last_published_at = copy.live_revision = copy.latest_revision = None
    if copy.cited_page is not None:
        copy.cited_page = copy.cited_page.get_translation_or_none(locale) or copy.cited_page
    copy.save()
    copy.save_revision(user=by)
    log(copy, "wagtail.create", user=by)
    return copy
