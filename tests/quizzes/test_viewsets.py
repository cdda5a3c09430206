"""Banks and questions in the admin: drafts, publishing, versions, retiring, voiding; who may do what."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries
from wagtail.models import Locale, ModelLogEntry, Page

from apps.accounts.enums import Role
from apps.accounts.models import User
from apps.catalog.models import CoursePage
from apps.learning.rules import quiz_name
from apps.learning.services import enrol, start_quiz
from apps.quizzes.enums import AttemptState, VersionState
from apps.quizzes.models import Bank, DrawnQuestion, Question, QuestionVersion
from apps.quizzes.queries.titles import titles_of
from tests.factories import AT
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import Market, give_quiz
from tests.factories.quizzes import BankFactory, QuestionFactory, attempt_of, publish, submitted
from tests.screens import buttons, press, soup_of, words

pytestmark = pytest.mark.django_db

LIST, NEW = "/cms/quiz-questions/", "/cms/quiz-questions/add/"
ANSWERS = (("The product page's", True), ("The one you say", False), ("None", False))


def form_of(question: Question | None = None, *, answers: Any = ANSWERS, **said: Any) -> dict[str, Any]:
    """What the editor's form sends: a good question, but for what is `said` otherwise."""
    sent: dict[str, Any] = {
        "bank": Bank.objects.get().pk,
        "prompt": "Which price does the buyer see?",
        "kind": "single",
        "explanation": "The anchor shows the price of the product page.",
        "cited_page": Page.objects.get(depth=1).pk,
        "cited_section": "",
        "tags": "V10",
        "options-TOTAL_FORMS": len(answers),
        "options-INITIAL_FORMS": 0 if question is None else question.options.count(),
        "options-MIN_NUM_FORMS": 0,
        "options-MAX_NUM_FORMS": 6,
    }
    known = [] if question is None else list(question.options.all())
    for place, (text, is_right) in enumerate(answers):
        row = {"id": known[place].pk if place < len(known) else "", "text": text, "ORDER": place + 1, "DELETE": ""}
        row |= {"is_right": "on"} if is_right else {}
        sent |= {f"options-{place}-{name}": value for name, value in row.items()}
    return sent | said


def errors(response: HttpResponse) -> str:
    """What the form says is wrong, in one line."""
    return " ".join(each.get_text(" ", strip=True) for each in soup_of(response).select(".error-message"))


@pytest.fixture
def bank() -> Bank:
    """The bank `anchors`."""
    return BankFactory()


@pytest.fixture
def policy_team() -> Client:
    """Who looks after policies."""
    client = Client()
    client.force_login(PersonFactory(email="policy@example.com", role=Role.POLICY))
    return client


class TestWhoMayDoWhat:
    @pytest.mark.parametrize("role", [Role.EVENT_MANAGER, Role.EVENT_STAFF, Role.OPERATOR])
    @pytest.mark.parametrize("path", ["quiz-questions", "quiz-questions/add", "quiz-banks"])
    def test_other_staff_see_nothing(self, client_of: Callable[[User], Client], role: Role, path: str) -> None:
        assert client_of(PersonFactory(role=role)).get(f"/cms/{path}/").status_code == 302

    def test_learners_and_visitors_see_nothing(self, person_client: Client, visitor: Client, bank: Bank) -> None:
        version = QuestionFactory(bank=bank).versions.get()
        for path in (LIST, f"{LIST}version/{version.pk}/", f"{LIST}versions/{version.question_id}/"):
            assert person_client.get(path).status_code in (302, 403)
            assert visitor.get(path).status_code == 302

    def test_an_editor_writes_but_does_not_publish(self, editor: Client, bank: Bank) -> None:
        response = editor.post(NEW, form_of() | {"action-publish": "action-publish"})
        question = Question.objects.get()
        assert (response.status_code, question.live, QuestionVersion.objects.count()) == (302, False, 0)
        assert "Publish" not in buttons(editor.get(f"{LIST}edit/{question.pk}/"))

    @pytest.mark.parametrize("who", ["approver", "policy_team"])
    def test_approvers_and_policy_team_publish(self, request: pytest.FixtureRequest, who: str, bank: Bank) -> None:
        request.getfixturevalue(who).post(NEW, form_of() | {"action-publish": "action-publish"})
        version = QuestionVersion.objects.get()
        assert (version.state, version.number, version.prompt) == (
            VersionState.READY,
            1,
            "Which price does the buyer see?",
        )
        assert list(version.options.order_by("position").values_list("text", "is_right")) == list(ANSWERS)

    def test_an_editor_neither_retires_nor_voids(self, editor: Client, bank: Bank) -> None:
        question = QuestionFactory(bank=bank)
        version = question.versions.get()
        editor.post(f"{LIST}unpublish/{question.pk}/")
        editor.post(f"{LIST}version/{version.pk}/void/", {"reason": "Two answers are right."})
        version.refresh_from_db()
        assert (version.state, version.voided_at) == (VersionState.READY, None)


class TestDrafts:
    def test_a_draft_may_lack_anything_but_its_bank(self, editor: Client, bank: Bank) -> None:
        bare = form_of(answers=[], prompt="", explanation="", cited_page="")
        assert editor.post(NEW, bare).status_code == 302
        assert Question.objects.get().live is False

    def test_saving_never_reaches_what_is_asked(self, editor: Client, bank: Bank) -> None:
        question = QuestionFactory(bank=bank, prompt="Which price?")
        editor.post(f"{LIST}edit/{question.pk}/", form_of(question, prompt="Half ty"))
        question.refresh_from_db()
        version = question.versions.get()
        assert (question.prompt, version.prompt) == ("Which price?", "Which price?")
        assert question.get_latest_revision_as_object().prompt == "Half ty"

    def test_autosave_never_reaches_what_is_asked(self, approver: Client, person: User, bank: Bank) -> None:
        """As the editor's script sends it, by one who may publish, over its own revision again and again."""
        question = QuestionFactory(bank=bank, prompt="Which price?")
        attempt = attempt_of(person, size=1)
        before = list(QuestionVersion.objects.values())
        revision = ""
        for typed in ("W", "Wh", "Why is"):
            sent = form_of(question, prompt=typed, answers=[("x", True)], overwrite_revision_id=revision)
            sent |= {"options-TOTAL_FORMS": 3, "options-INITIAL_FORMS": 3}
            for place, option in enumerate(question.options.all()):
                sent |= {f"options-{place}-id": option.pk, f"options-{place}-DELETE": "on" if place else ""}
            answer = approver.post(f"{LIST}edit/{question.pk}/", sent, headers={"accept": "application/json"})
            assert answer.json()["success"] is True, answer.json()
            revision = answer.json()["revision_id"]
        question.refresh_from_db()
        assert (question.prompt, question.options.count()) == ("Which price?", 3)
        assert list(QuestionVersion.objects.values()) == before
        assert submitted(attempt).state == AttemptState.PASSED


class TestPublishing:
    @pytest.mark.parametrize(
        ("said", "answers", "why"),
        [
            ({"prompt": ""}, ANSWERS, "Write the question."),
            ({"explanation": " "}, ANSWERS, "Say why the right answer is right"),
            ({"cited_page": ""}, ANSWERS, "Choose the page that explains the answer."),
            ({}, ANSWERS[:1], "Give two to six answers."),
            ({}, (*ANSWERS, ("NONE ", False)), "Two answers are the same."),
            ({}, ANSWERS[1:], "Mark exactly one answer as right"),
            ({"kind": "multiple"}, [(text, True) for text, _right in ANSWERS], "leave at least one that isn"),
        ],
    )
    def test_what_is_missing_is_said_beside_it(
        self, approver: Client, bank: Bank, said: dict[str, str], answers: Any, why: str
    ) -> None:
        response = approver.post(NEW, form_of(answers=answers, **said) | {"action-publish": "action-publish"})
        assert response.status_code == 200
        assert why in errors(response)
        assert Question.objects.count() == 0

    def test_a_policys_section_must_be_there(self, approver: Client, market: Market, bank: Bank) -> None:
        policy = market.policy
        wrong = form_of(cited_page=policy.pk, cited_section="9.9") | {"action-publish": "action-publish"}
        assert "That page has no section 9.9." in errors(approver.post(NEW, wrong))
        approver.post(NEW, wrong | {"cited_section": "1.1"})
        assert QuestionVersion.objects.values_list("cited_title", "cited_section").get() == (policy.title, "1.1")

    def test_publishing_an_edited_question_makes_the_next_version(self, approver: Client, bank: Bank) -> None:
        question = QuestionFactory(bank=bank)
        sent = form_of(question, prompt="Which price, in a livestream?") | {"action-publish": "action-publish"}
        approver.post(f"{LIST}edit/{question.pk}/", sent)
        rows = question.versions.order_by("number").values_list("number", "state", "prompt")
        assert [row[:2] for row in rows] == [(1, VersionState.RETIRED), (2, VersionState.READY)]
        assert rows[1][2] == "Which price, in a livestream?"


class TestPreview:
    @pytest.mark.parametrize(
        ("mode", "there", "gone"),
        [("asked", "The one you say", "(right"), ("explained", "The anchor shows", "Choose all")],
    )
    def test_shows_the_draft_as_a_seller_sees_it(
        self, editor: Client, bank: Bank, mode: str, there: str, gone: str
    ) -> None:
        question = QuestionFactory(bank=bank, published=False)
        editor.post(f"{LIST}preview/{question.pk}/", form_of(question, prompt="Which one?"))
        page = words(editor.get(f"{LIST}preview/{question.pk}/?mode={mode}"))
        assert "Which one?" in page
        assert there in page
        assert gone not in page

    def test_works_before_the_first_saving(self, editor: Client, bank: Bank) -> None:
        answer = editor.post(f"{LIST}preview/", form_of(prompt="Really?"))
        assert answer.json() == {"is_valid": True, "is_available": True}
        assert "Really?" in words(editor.get(f"{LIST}preview/?mode=asked"))


class TestList:
    def test_says_what_there_is_to_know(self, editor: Client, person: User, bank: Bank) -> None:
        question = QuestionFactory(bank=bank, prompt="Which price?")
        submitted(attempt_of(person, size=1), wrong=[1])
        question.prompt = "Which price, then?"
        question.save_revision()
        row = words(editor.get(LIST))
        assert "Which price, then?" in row
        assert "Ready, version 1, with a newer draft" in row
        assert "0 %" in row

    @pytest.mark.parametrize("act", ["edit", "retire and edit"])
    def test_a_question_whose_draft_was_emptied_keeps_its_name(self, approver: Client, bank: Bank, act: str) -> None:
        question = QuestionFactory(bank=bank, prompt="Which price?")
        question.prompt = "Which price, then?"
        publish(question)
        if act != "edit":
            approver.post(f"{LIST}unpublish/{question.pk}/")
        assert approver.post(f"{LIST}edit/{question.pk}/", form_of(question, prompt=" ")).status_code == 302
        titles = soup_of(approver.get(LIST)).select(".title-wrapper")
        assert [each.get_text(strip=True) for each in titles] == ["Which price, then?"]
        assert "Which price, then?" in soup_of(approver.get(f"{LIST}edit/{question.pk}/")).title.get_text()

    def test_one_that_never_said_anything_is_numbered(self, bank: Bank) -> None:
        question = QuestionFactory(bank=bank, prompt="", published=False)
        assert str(question) == f"quiz question {question.pk}"
        assert str(Question(bank=bank)) == "quiz question None"

    def test_shares_are_rounded(self, editor: Client, bank: Bank) -> None:
        QuestionFactory(bank=bank)
        for number in range(3):
            submitted(attempt_of(PersonFactory(), size=1), wrong=[1] if number == 0 else [])
        assert "67 %" in words(editor.get(LIST))

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ("state=ready", {"ready", "other"}),
            ("state=draft", {"draft"}),
            ("state=retired", {"retired"}),
            ("q=ther", {"other"}),
            ("subject=policies", {"other"}),
            ("kind=multiple", {"draft"}),
        ],
    )
    def test_is_narrowed(self, approver: Client, bank: Bank, asked: str, found: set[str]) -> None:
        QuestionFactory(bank=bank, prompt="ready")
        QuestionFactory(bank=BankFactory(code="claims", subject="policies"), prompt="other")
        QuestionFactory(bank=bank, prompt="draft", published=False, multiple=True)
        approver.post(f"{LIST}unpublish/{QuestionFactory(bank=bank, prompt='retired').pk}/")
        titles = soup_of(approver.get(f"{LIST}?{asked}")).select(".title-wrapper")
        assert {each.get_text(strip=True) for each in titles} == found

    def test_no_query_grows_with_it(self, editor: Client, bank: Bank) -> None:
        QuestionFactory(bank=bank)
        editor.get(LIST)
        counts = []
        for more in (0, 9):
            QuestionFactory.create_batch(more, bank=bank)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert editor.get(LIST).status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestBanks:
    def test_one_with_too_few_ready_questions_says_so(self, editor: Client, bank: Bank) -> None:
        QuestionFactory.create_batch(8, bank=bank)
        assert "English 8, Bahasa Indonesia 8: fewer than 9" in words(editor.get("/cms/quiz-banks/"))
        QuestionFactory(bank=bank)
        assert "English 9, Bahasa Indonesia 9" in words(editor.get("/cms/quiz-banks/"))
        assert "fewer" not in words(editor.get("/cms/quiz-banks/"))

    def test_editors_make_them(self, editor: Client) -> None:
        editor.post("/cms/quiz-banks/add/", {"code": "claims", "title": "Claims", "subject": "policies"})
        assert Bank.objects.values_list("code", "subject").get() == ("claims", "policies")

    def test_keep_their_code_for_ever(self, editor: Client, bank: Bank) -> None:
        where = f"/cms/quiz-banks/edit/{bank.pk}/"
        assert soup_of(editor.get(where)).find("input", {"name": "code"}).has_attr("disabled")
        editor.post(where, {"code": "another", "title": "Anchors, and more", "subject": "tools"})
        bank.refresh_from_db()
        assert (bank.code, bank.title) == ("anchors", "Anchors, and more")


class TestRetiring:
    def test_takes_it_out_of_every_language(self, approver: Client, bank: Bank) -> None:
        Locale.objects.get_or_create(language_code="id")
        question = QuestionFactory(bank=bank)
        QuestionFactory(bank=bank, language="id", translation_of=question)
        approver.post(f"{LIST}unpublish/{question.pk}/")
        assert set(QuestionVersion.objects.values_list("state", flat=True)) == {VersionState.RETIRED}
        assert not Question.objects.filter(live=True).exists()
        assert ModelLogEntry.objects.filter(action="quizzes.retire_question").count() == 2

    def test_a_question_that_was_asked_is_never_deleted(self, client: Client, bank: Bank) -> None:
        question = QuestionFactory(bank=bank, prompt="Which price?")
        client.force_login(PersonFactory(is_superuser=True))
        answer = client.post(f"{LIST}delete/{question.pk}/", follow=True)
        assert "Retire it instead: Which price?." in answer.content.decode()
        assert Question.objects.filter(pk=question.pk).exists()


class TestVersions:
    def test_show_what_each_attempt_pinned(self, editor: Client, person: User, bank: Bank) -> None:
        question = QuestionFactory(bank=bank, prompt="Which price?")
        submitted(attempt_of(person, size=1), wrong=[1])
        question.prompt = "Which price, then?"
        question.save_revision().publish()
        old, new = question.versions.order_by("number")
        assert "0 of 1" in words(editor.get(f"{LIST}versions/{question.pk}/"))
        page = words(editor.get(f"{LIST}version/{old.pk}/"))
        assert "Which price?" in page
        assert "1 attempt is marked on it" in page
        assert "Ayu Lestari exercise:anchors" in page
        assert "0 attempts are marked on it" in words(editor.get(f"{LIST}version/{new.pk}/"))


class TestTitlesOfQuizzes:
    """Who gives a quiz its meaning says what it is called."""

    def test_are_those_of_courses(self, approver: Client, market: Market, person: User, other_person: User) -> None:
        give_quiz(market.claims)
        for each in (person, other_person):
            submitted(start_quiz(person=each, course=market.reading(market.claims), at=AT), wrong=[1, 2, 3])
        drawn = DrawnQuestion.objects.filter(attempt__person=person).first()
        assert drawn is not None
        for page in (f"{LIST}version/{drawn.version_id}/", f"{LIST}version/{drawn.version_id}/void/"):
            shown = words(approver.get(page))
            assert "Ayu Lestari Claims" in shown
            assert "course:" not in shown

    def test_of_a_course_that_is_gone_is_what_it_was_called(self, market: Market, person: User) -> None:
        quiz = quiz_name(market.claims.translation_key)
        enrol(person=person, course=market.reading(market.claims), at=AT)
        CoursePage.objects.get(pk=market.claims.pk).delete()
        assert titles_of([quiz]) == {quiz: "Claims"}

    def test_of_a_quiz_that_nobody_knows_is_its_bare_name(self, market: Market) -> None:
        known, lost = quiz_name(market.anchors.translation_key), quiz_name(UUID(int=1))
        assert titles_of([known, lost, "other:one"]) == {
            known: "Product anchors",
            lost: lost,
            "other:one": "other:one",
        }

    def test_are_asked_for_all_at_once(self, market: Market, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        with django_assert_num_queries(1):
            assert len(titles_of(quiz_name(page.translation_key) for page in (market.anchors, market.claims))) == 2


class TestVoiding:
    def test_lists_who_gains_what_before_it_is_done(
        self, approver: Client, person: User, other_person: User, bank: Bank
    ) -> None:
        version = QuestionFactory(bank=bank).versions.get()
        failed, passed = submitted(attempt_of(person, size=1), wrong=[1]), submitted(attempt_of(other_person, size=1))
        page = approver.get(f"{LIST}version/{version.pk}/void/")
        assert "1 attempt is raised" in words(page)
        assert "Ayu Lestari" in words(page)
        assert "0 of 1 1 of 1 Passes" in words(page)
        assert "Ben Okafor" not in words(page)
        failed.refresh_from_db()
        assert failed.state == AttemptState.FAILED, "looking changes nothing"
        after = press(approver, page, "Void it", reason="Two answers are right.")
        assert "1 attempt was raised." in after.content.decode()
        assert "Void since" in words(after)
        failed.refresh_from_db()
        passed.refresh_from_db()
        assert (failed.state, failed.right, passed.right) == (AttemptState.PASSED, 1, 1)
        entry = ModelLogEntry.objects.get(action="quizzes.void_version")
        assert (entry.data["reason"], entry.data["raised"]) == ("Two answers are right.", 1)

    def test_says_what_becomes_of_the_question(self, approver: Client, bank: Bank) -> None:
        question = QuestionFactory(bank=bank)
        old = question.versions.get()
        question.prompt = "Which price, corrected?"
        new = publish(question)
        for version, before, afterwards in (
            (old, "so the question stays as it is", "its question stays as it is"),
            (new, "The question is retired in every language", "its question retired"),
        ):
            page = approver.get(f"{LIST}version/{version.pk}/void/")
            assert before in words(page)
            after = press(approver, page, "Void it", reason="Two answers are right.")
            assert afterwards in words(after)

    def test_without_a_reason_nothing_happens(self, approver: Client, bank: Bank) -> None:
        version = QuestionFactory(bank=bank).versions.get()
        response = approver.post(f"{LIST}version/{version.pk}/void/", {"reason": " x "})
        assert response.status_code == 422
        assert "Say what is wrong with the question." in words(response)
        version.refresh_from_db()
        assert version.voided_at is None

    def test_a_second_time_says_that_it_was_done(self, approver: Client, bank: Bank) -> None:
        version = QuestionFactory(bank=bank).versions.get()
        for _click in range(2):
            sent = {"reason": "Two answers are right."}
            answer = approver.post(f"{LIST}version/{version.pk}/void/", sent, follow=True)
        assert "was voided before" in answer.content.decode()
        assert ModelLogEntry.objects.filter(action="quizzes.void_version").count() == 1


class TestTranslating:
    def test_begins_a_draft_once(self, editor: Client, bank: Bank) -> None:
        Locale.objects.get_or_create(language_code="id")
        question = QuestionFactory(bank=bank)
        page = press(editor, editor.get(f"{LIST}edit/{question.pk}/"), "Translate into Bahasa Indonesia")
        copy = Question.objects.get(locale__language_code="id")
        assert page.status_code == 200
        assert (copy.translation_key, copy.live, copy.versions.count()) == (question.translation_key, False, 0)
        assert copy.options.count() == 3
        assert copy.get_latest_revision_as_object().prompt == question.prompt
        editor.post(f"{LIST}translate/{question.pk}/id/")
        assert Question.objects.count() == 2

    def test_keeps_the_right_answers_where_they_are(self, approver: Client, bank: Bank) -> None:
        Locale.objects.get_or_create(language_code="id")
        question = QuestionFactory(bank=bank)
        approver.post(f"{LIST}translate/{question.pk}/id/")
        copy = Question.objects.get(locale__language_code="id").get_latest_revision_as_object()
        moved = [("Tidak ada", False), ("Halaman produk", True), ("Yang Anda sebut", False)]
        sent = form_of(copy, answers=moved, prompt="Harga mana?") | {"action-publish": "action-publish"}
        assert "with the same ones right" in errors(approver.post(f"{LIST}edit/{copy.pk}/", sent))
        assert copy.versions.count() == 0
