"""Those who learned a policy are told that it changed, see the difference, and check themselves without stakes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.catalog.models import PolicyChange
from apps.core.clock import now
from apps.learning import rules, services
from apps.learning.models import Completion, PolicyNews, PolicyNotice
from apps.learning.queries.changes import changed_policy, lessons_on, notice_of, reach_of, recheck_questions
from apps.learning.services import changes
from apps.learning.services.changes import take_up_change, tell_all
from apps.notifications.models import Message
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt
from apps.quizzes.rules import QuizFirst
from tests.factories import AT
from tests.factories.catalog import LessonFactory, Market, give_quiz, link, stream
from tests.factories.learning import CompletionFactory
from tests.factories.policies import change_policy, section, tell_learners
from tests.factories.quizzes import BankFactory, QuestionFactory, answers_of, attempt_of
from tests.screens import buttons, heading, press, words

PROOF = "Proof is needed before the LIVE."
LATER = now() + timedelta(days=1)
HOUR = timedelta(hours=1)


def lesson_on_policy(market: Market, **facts: Any) -> UUID:
    """A lesson that shows a section of the policy; its key."""
    excerpt = {"policy": market.policy.pk, "section": "1.1"}
    lesson = LessonFactory(parent=market.claims, title="Proof", body=stream(("policy_excerpt", excerpt)), **facts)
    return lesson.translation_key


def changed(market: Market, **facts: Any) -> PolicyChange:
    """The policy changed materially: 1.1 says more, 1.2 stays."""
    kept = section("1.2", "Prices", "<p>Show the whole price.</p>")
    version = change_policy(
        market.policy,
        [section("1.1", "Claims", "<p>Say what you can prove at once.</p>"), kept],
        material=PROOF,
        **facts,
    )
    return version.change  # type: ignore[attr-defined]


def questions_on(market: Market, number: int, section: str = "1.1") -> None:
    """So many questions that cite a section of the policy."""
    QuestionFactory.create_batch(
        number, bank=BankFactory(code="claims"), cited_page=market.policy, cited_section=section
    )


@pytest.fixture
def learner(market: Market, person: User) -> User:
    """Ayu, who finished a lesson on the policy."""
    CompletionFactory(person=person, lesson_key=lesson_on_policy(market), completed_at=AT)
    return person


def notices() -> dict[int, PolicyNotice]:
    """All notices by person."""
    return {each.person_id: each for each in PolicyNotice.objects.all()}


class TestRules:
    CLAIMS, PRICES, ALL = UUID(int=1), UUID(int=2), UUID(int=3)

    def test_questions_on_what_changed_come_before_all_others(self) -> None:
        questions = {self.CLAIMS: "1.1", self.PRICES: "1.2", self.ALL: ""}
        assert rules.pick_questions(questions, ["1.2"]) == {self.PRICES}
        assert rules.pick_questions(questions, ["9.9"]) == set(questions)
        assert rules.pick_questions({}, ["1.1"]) == frozenset()

    @pytest.mark.parametrize(
        ("completed", "begun", "known", "expected"),
        [
            (AT, None, None, AT),
            (AT, AT + timedelta(days=1), None, AT),
            (AT, None, AT + timedelta(days=2), AT + timedelta(days=2)),
            (None, AT, None, AT),
        ],
    )
    def test_learned_at(
        self, completed: datetime | None, begun: datetime | None, known: datetime | None, expected: datetime
    ) -> None:
        assert rules.learned_at(completed, begun, known) == expected

    def test_who_learned_nothing_has_no_such_day(self) -> None:
        with pytest.raises(ValueError, match="learned nothing"):
            rules.learned_at(None, None, None)


@pytest.mark.django_db
class TestWhoIsTold:
    def test_who_finished_a_lesson_that_shows_it(self, market: Market, learner: User, other_person: User) -> None:
        CompletionFactory(person=other_person, lesson_key=market.anchor_lessons[0].translation_key)
        changed(market)
        assert tell_learners(LATER) == {"told": 1}
        assert list(notices()) == [learner.pk]
        notice = notices()[learner.pk]
        assert (notice.learned_at, notice.quiz_closed, notice.is_open) == (AT, False, True)
        assert tell_learners(LATER) == {"told": 0}

    def test_who_finished_a_lesson_that_links_to_it(self, market: Market, person: User) -> None:
        body = stream(("text", f"<p>{link(market.policy)}</p>"))
        lesson = LessonFactory(parent=market.anchors, title="Named", body=body)
        assert lessons_on(market.policy.translation_key) == [lesson.translation_key]
        CompletionFactory(person=person, lesson_key=lesson.translation_key)
        changed(market)
        assert tell_learners(LATER) == {"told": 1}

    def test_not_who_learned_the_new_text(self, market: Market, person: User) -> None:
        key, day = lesson_on_policy(market), now().date() + timedelta(days=20)
        change = changed(market, effective_on=day)
        CompletionFactory(person=person, lesson_key=key, completed_at=change.new.published_at)
        take_up_change(change=change, at=now() + timedelta(days=21))
        assert tell_learners(LATER) == {"told": 0}

    def test_not_who_is_closed_or_erased(self, market: Market, learner: User) -> None:
        User.objects.filter(pk=learner.pk).update(is_active=False)
        changed(market)
        assert tell_learners(LATER) == {"told": 0}

    def test_by_one_letter_that_says_what_changed(self, market: Market, learner: User) -> None:
        changed(market)
        tell_learners(LATER)
        letter = Message.objects.get(person=learner)
        assert letter.subject == "Changed since you learned it: Claims policy"
        assert PROOF in letter.text
        assert letter.link == f"/changes/{market.policy.translation_key}/"
        assert "closed without counting" not in letter.text

    def test_in_chunks_each_person_once(self, market: Market, learner: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(changes, "CHUNK", 2)
        key = Completion.objects.get().lesson_key
        for _number in range(4):
            CompletionFactory(lesson_key=key)
        changed(market)
        news = PolicyNews.objects.get()
        assert tell_all(news=news, clock=lambda: LATER, until=LATER + HOUR) == 5
        news.refresh_from_db()
        assert (news.readers, news.written_at) == (5, LATER)
        assert PolicyNotice.objects.count() == Message.objects.filter(subject__startswith="Changed").count() == 5

    def test_in_as_many_statements_for_thirty_as_for_one(
        self, market: Market, learner: User, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        key = Completion.objects.get().lesson_key
        changed(market)
        news = PolicyNews.objects.select_related("change__new").get()
        with django_assert_num_queries(17) as first:
            changes.tell_chunk(news=news, persons=[learner], at=LATER)
        persons = [CompletionFactory(lesson_key=key).person for _number in range(30)]
        news = PolicyNews.objects.select_related("change__new").get()
        with django_assert_num_queries(len(first)):
            changes.tell_chunk(news=news, persons=persons, at=LATER)

    def test_in_rounds_that_end_and_go_on(self, market: Market, learner: User, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(changes, "CHUNK", 1)
        CompletionFactory(lesson_key=Completion.objects.get().lesson_key)
        changed(market)
        ticks = iter([LATER, LATER + HOUR])
        assert changes.tell_learners(clock=lambda: next(ticks), until=LATER + HOUR) == {"told": 1}
        assert PolicyNews.objects.get().written_at is None
        assert tell_learners(LATER) == {"told": 1}

    def test_by_nobody_else_while_a_worker_holds_it(self, market: Market, learner: User) -> None:
        changed(market)
        PolicyNews.objects.update(lease_until=LATER + timedelta(minutes=1))
        assert tell_learners(LATER) == {"told": 0}
        assert tell_learners(LATER + timedelta(minutes=1)) == {"told": 1}, "the other one died"

    def test_by_one_worker_only(self, market: Market, learner: User) -> None:
        changed(market)
        news = PolicyNews.objects.select_related("change__new").get()
        assert changes.tell_chunk(news=news, persons=[learner], at=LATER) == 1
        assert changes.tell_chunk(news=news, persons=[learner], at=LATER) == 0
        assert Message.objects.filter(person=learner).count() == 1


@pytest.mark.django_db
class TestAgain:
    def test_a_second_change_brings_an_open_notice_up_to_it(self, market: Market, learner: User) -> None:
        changed(market)
        tell_learners(LATER)
        changes.put_change_away(notice=notices()[learner.pk], at=LATER)
        change_policy(market.policy, [section("1.1", "Claims", "<p>Say nothing.</p>")], material="No claims.")
        tell_learners(LATER)
        notice = notice_of(learner, market.policy.translation_key)
        assert notice is not None and notice.is_open
        assert (notice.learned_at, notice.news.change.what_changed) == (AT, "No claims.")
        page = changed_policy(notice, "en")
        assert page.difference is not None and (page.difference.old, page.difference.new) == (1, 3)

    def test_who_confirmed_the_first_sees_only_the_second(self, market: Market, learner: User) -> None:
        changed(market)
        tell_learners(now())
        confirmed = now()
        services.confirm_change(notice=notices()[learner.pk], at=confirmed)
        change_policy(market.policy, [section("1.1", "Claims", "<p>Say nothing.</p>")], material="No claims.")
        tell_learners(LATER)
        notice = notice_of(learner, market.policy.translation_key)
        assert notice is not None and notice.is_open
        assert notice.learned_at == confirmed
        page = changed_policy(notice, "en")
        assert page.difference is not None and (page.difference.old, page.difference.new) == (2, 3)


@pytest.mark.django_db
class TestQuizzesUnderWay:
    def test_are_closed_with_a_reason_and_their_takers_told(self, market: Market, person: User) -> None:
        questions_on(market, 3)
        attempt = attempt_of(person, quiz=rules.quiz_name(market.claims.translation_key), banks=("claims",))
        change = changed(market)
        attempt.refresh_from_db()
        assert (attempt.state, attempt.closed_at) == (AttemptState.SUPERSEDED, change.told_at)
        assert attempt.closed_reason == rules.POLICY_CHANGED
        assert tell_learners(LATER) == {"told": 1}
        assert notices()[person.pk].quiz_closed
        assert "It was closed without counting" in Message.objects.get(person=person).text

    def test_on_other_things_go_on(self, market: Market, person: User) -> None:
        questions_on(market, 1)
        give_quiz(market.anchors)
        other = attempt_of(person, quiz="course:1", banks=("anchors",))
        changed(market)
        other.refresh_from_db()
        assert other.state == AttemptState.OPEN

    def test_of_other_apps_are_closed_and_left_to_them_to_tell(self, market: Market, person: User) -> None:
        questions_on(market, 3)
        attempt = attempt_of(person, quiz="violation:1", banks=("claims",))
        changed(market)
        attempt.refresh_from_db()
        assert attempt.state == AttemptState.SUPERSEDED
        assert tell_learners(LATER) == {"told": 0}

    def test_say_why_where_they_were(self, market: Market, person_client: Client, person: User) -> None:
        questions_on(market, 3)
        key = market.claims.translation_key
        attempt = attempt_of(person, quiz=rules.quiz_name(key), banks=("claims",))
        changed(market)
        page = person_client.get(f"/courses/en/{key}/quiz/{attempt.reference}/")
        assert page.status_code == 409
        assert "A policy that this quiz asks about has changed." in words(page)


@pytest.mark.django_db
class TestRecheck:
    @pytest.fixture
    def notice(self, market: Market, learner: User) -> PolicyNotice:
        """Ayu's notice of the change."""
        changed(market)
        tell_learners(LATER)
        found = notice_of(learner, market.policy.translation_key)
        assert found is not None
        return found

    def test_asks_up_to_three_questions_on_what_changed(
        self, market: Market, notice: PolicyNotice, learner: User
    ) -> None:
        questions_on(market, 5)
        questions_on(market, 5, section="1.2")
        attempt = services.start_recheck(person=learner, notice=notice, language="en", at=AT)
        assert (attempt.total, attempt.is_practice) == (3, True)
        assert attempt.quiz == f"recheck:{market.policy.translation_key.hex}"
        assert set(attempt.drawn.values_list("version__cited_section", flat=True)) == {"1.1"}
        assert services.start_recheck(person=learner, notice=notice, language="en", at=AT) == attempt

    def test_asks_as_many_as_there_are(self, market: Market, notice: PolicyNotice, learner: User) -> None:
        questions_on(market, 2)
        assert services.start_recheck(person=learner, notice=notice, language="en", at=AT).total == 2

    def test_is_refused_without_questions(self, notice: PolicyNotice, learner: User) -> None:
        assert recheck_questions(notice, "en") == []
        with pytest.raises(rules.RecheckGone, match="no questions on this policy"):
            services.start_recheck(person=learner, notice=notice, language="en", at=AT)

    def test_waits_for_a_quiz_that_asks_the_same(self, market: Market, notice: PolicyNotice, learner: User) -> None:
        questions_on(market, 3)
        attempt_of(learner, quiz="violation:1", banks=("claims",))
        with pytest.raises(QuizFirst):
            services.start_recheck(person=learner, notice=notice, language="en", at=AT)

    @pytest.mark.parametrize("wrong", [(), (1, 2, 3)])
    def test_has_no_stakes(self, market: Market, notice: PolicyNotice, learner: User, wrong: tuple[int, ...]) -> None:
        questions_on(market, 3)
        attempt = services.start_recheck(person=learner, notice=notice, language="en", at=AT)
        services.submit_recheck(notice=notice, attempt=attempt, answers=answers_of(attempt, wrong=wrong), at=LATER)
        assert notices()[learner.pk].done_at == LATER
        assert Completion.objects.filter(person=learner).count() == 1

    def test_of_a_newer_change_is_not_done_by_an_older_page(self, market: Market, notice: PolicyNotice) -> None:
        change_policy(market.policy, [section("1.1", "Claims", "<p>Say nothing.</p>")], material="No claims.")
        tell_learners(LATER)
        services.confirm_change(notice=notice, at=LATER)
        assert notices()[notice.person_id].is_open


@pytest.mark.django_db
class TestReach:
    def test_counts_learners_quizzes_and_questions(self, market: Market, learner: User, other_person: User) -> None:
        questions_on(market, 3)
        attempt_of(other_person, banks=("claims",))
        CompletionFactory(lesson_key=Completion.objects.get().lesson_key)
        reach = reach_of(market.policy.translation_key)
        assert (reach.learners, reach.attempts, reach.questions) == (2, 1, 3)

    def test_stands_on_the_edit_page(self, market: Market, learner: User, approver: Client) -> None:
        questions_on(market, 1)
        page = approver.get(f"/cms/pages/{market.policy.pk}/edit/").content.decode()
        assert "1 person who finished a lesson on it" in page
        assert "1 question that cites it" in page
        assert "under way" not in page.split("A material change would touch now:")[1].split("</ul>")[0]


@pytest.mark.django_db
class TestThePage:
    @pytest.fixture
    def address(self, market: Market, learner: User) -> str:
        """Where Ayu reads what changed."""
        changed(market)
        tell_learners(LATER)
        return f"/changes/{market.policy.translation_key}/"

    def test_shows_old_and_new_and_says_so_in_words(self, address: str, person_client: Client) -> None:
        page = person_client.get(address)
        assert heading(page) == "What changed since you learned this"
        said = words(page)
        assert PROOF in said
        assert "Say what you can Taken out: prove. New: prove at once." in said
        assert "1 section stayed as it was" in said
        assert page["Cache-Control"] == "private, no-cache"

    def test_is_its_readers_alone(self, address: str, other_client: Client, client: Client) -> None:
        assert other_client.get(address).status_code == 404
        assert other_client.post(f"{address}read/").status_code == 404
        assert other_client.post(f"{address}check/").status_code == 404
        stranger = client.get(address)
        assert stranger.status_code == 302
        assert stranger["Location"].startswith("/accounts/login/")

    def test_stands_on_the_home_page_until_it_is_read(self, address: str, person_client: Client) -> None:
        board = person_client.get("/dashboard/")
        assert PROOF in words(board)
        done = press(person_client, person_client.get(address), "I have read it")
        assert "You are up to date with this policy." in done.content.decode()
        assert PROOF not in words(person_client.get("/dashboard/"))
        assert "You are up to date with this policy" in words(person_client.get(address))

    def test_can_be_put_away_and_still_be_read(self, address: str, person_client: Client) -> None:
        press(person_client, person_client.get(address), "Take it off my home page")
        assert PROOF not in words(person_client.get("/dashboard/"))
        again = person_client.get(address)
        assert "Take it off my home page" not in buttons(again)
        assert "I have read it" in buttons(again)

    def test_asks_and_explains(self, market: Market, address: str, person_client: Client) -> None:
        questions_on(market, 3)
        sheet = press(person_client, person_client.get(address), "Begin the re-check")
        missing = press(person_client, sheet, "See the answers")
        assert missing.status_code == 422
        attempt = Attempt.objects.get()
        result = press(person_client, missing, "See the answers", **answers_of(attempt, wrong=(2,)))
        assert heading(result) == "2 of 3 right"
        assert "You are up to date with this policy." in words(result)
        assert PROOF not in words(person_client.get("/dashboard/"))

    def test_of_a_recheck_is_its_takers_alone(
        self, market: Market, address: str, person: User, person_client: Client, other_client: Client
    ) -> None:
        questions_on(market, 3)
        press(person_client, person_client.get(address), "Begin the re-check")
        mine = f"{address}check/{Attempt.objects.get().reference}/"
        assert person_client.get(mine).status_code == 200
        assert other_client.get(mine).status_code == 404
        assert other_client.post(f"{mine}answer/", {"step": "submit"}).status_code == 404

    def test_of_a_recheck_that_was_closed_says_why(self, market: Market, address: str, person_client: Client) -> None:
        questions_on(market, 3)
        press(person_client, person_client.get(address), "Begin the re-check")
        mine = f"{address}check/{Attempt.objects.get().reference}/"
        change_policy(market.policy, [section("1.1", "Claims", "<p>Say nothing.</p>")], material="No claims.")
        assert person_client.get(mine).status_code == 409
        late = person_client.post(f"{mine}answer/", {"step": "submit"})
        assert late.status_code == 409
        assert "has changed" in words(late)

    def test_outlives_the_policy(self, market: Market, address: str, person_client: Client) -> None:
        market.policy.unpublish()
        page = person_client.get(address)
        assert page.status_code == 200
        assert "Claims policy" in words(page)

    def test_asks_as_much_for_many_sections_as_for_few(
        self,
        market: Market,
        address: str,
        person_client: Client,
        django_assert_max_num_queries: Callable[[int], Any],
    ) -> None:
        with django_assert_max_num_queries(12) as few:
            person_client.get(address)
        more = [section(f"2.{number}", f"Title {number}", "<p>More.</p>") for number in range(30)]
        change_policy(market.policy, more)
        with django_assert_max_num_queries(len(few)):
            assert "Title 29" in person_client.get(address).content.decode()


@pytest.mark.django_db
def test_the_home_page_asks_no_more_for_it(
    market: Market, learner: User, person_client: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    changed(market)
    tell_learners(LATER)
    person_client.get("/dashboard/")
    with django_assert_max_num_queries(12):
        assert PROOF in words(person_client.get("/dashboard/"))
