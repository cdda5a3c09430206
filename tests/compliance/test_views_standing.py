"""A seller's pages of standing as each reader meets them; nobody sees what is another's."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Seller, User
from apps.accounts.services import link_seller, unlink_seller
from apps.compliance.enums import AppealState, CapPeriod, CapScope
from apps.compliance.models import Appeal, PointEntry, QuizStake, Violation, ViolationType, ViolationTypeText
from apps.compliance.rules.programme import Cap, rating_preset
from apps.compliance.services.attempts import start_quiz, submit_quiz
from apps.compliance.services.violations import adjust_violation, issue_violation, revoke_violation
from apps.core.clock import now
from apps.quizzes.enums import AttemptState
from apps.quizzes.models import Attempt
from apps.quizzes.services import supersede_attempts
from tests.conftest import signed_in
from tests.factories.accounts import PASSWORD, PersonFactory
from tests.factories.catalog import Market
from tests.factories.compliance import (
    ViolationTypeFactory,
    evidence,
    linked_seller,
    seller_with_violation,
    set_programme,
    violation_of,
)
from tests.factories.policies import change_policy, section
from tests.factories.quizzes import answers_of
from tests.screens import address, buttons, follow, go, heading, links, press, soup_of, words

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def violation(db: None) -> Violation:
    """A violation of 4 points, issued a minute ago, whose quiz draws of 4 questions."""
    return seller_with_violation(questions=4, at=now() - timedelta(minutes=1))


@pytest.fixture
def owner(violation: Violation) -> Client:
    """Who stands for its seller, signed in."""
    return signed_in(person_of(violation))


def person_of(violation: Violation) -> User:
    """Who stands for its seller."""
    person = violation.seller.person
    assert person is not None
    return person


def page_of(violation: Violation) -> str:
    """The address of its page."""
    return f"/standing/violations/{violation.reference}/"


def quiz_of(violation: Violation) -> str:
    """The address of its quiz."""
    return f"{page_of(violation)}quiz/"


def tried(violation: Violation, *, wrong: tuple[int, ...] = ()) -> QuizStake:
    """A whole attempt now."""
    at = now()
    attempt = start_quiz(violation=violation, person=person_of(violation), at=at)
    return submit_quiz(attempt=attempt, answers=answers_of(attempt, wrong=wrong), at=at)


def begun(client: Client, violation: Violation) -> HttpResponse:
    """The questions of a new attempt."""
    return press(client, client.get(quiz_of(violation)), "Begin the quiz")


def one_try(client: Client, violation: Violation) -> HttpResponse:
    """A whole attempt that passes; its result."""
    sheet = begun(client, violation)
    answers = answers_of(Attempt.objects.open().get())
    return press(client, press(client, sheet, "Look over my answers", **answers), "Submit my answers")


class TestStanding:
    def test_a_clean_record_is_encouraged(self) -> None:
        page = signed_in(linked_seller().person).get("/standing/")  # type: ignore[arg-type]
        assert "0 points Healthy" in words(page)
        assert "A clean record" in words(page)
        assert "Ledger" not in words(page)

    def test_says_points_word_next_milestone_and_what_can_be_done(self, owner: Client, violation: Violation) -> None:
        page = owner.get("/standing/")
        assert "4 points Caution" in words(page)
        assert "2 more points and you reach 6: Notice, Lessons assigned." in words(page)
        assert "What you can do about 1 violation" in words(page)
        assert "A pass now takes 1 point off. You have 3 of 3 tries left in" in words(page)
        assert "Violation · Exaggerated effect" in words(page)

    def test_the_gauge_is_drawn_with_points_whatever_the_language(self, violation: Violation) -> None:
        person = person_of(violation)
        person.language = "id"
        person.save()
        soup = soup_of(signed_in(person).get("/standing/"))
        places = [each["x"] for each in soup.select(".gauge text")]
        assert places == ["11.57%", "23.15%", "46.30%", "69.44%", "92.59%"]
        assert soup.select_one(".gauge__bead")["cx"] == "7.72%"  # type: ignore[index]

    def test_a_rating_falls(self) -> None:
        set_programme("ID", scale="rating", milestones=rating_preset("Asia/Jakarta").milestones)
        violation = seller_with_violation(points=49)
        page = signed_in(person_of(violation)).get("/standing/")
        assert "151 of 200 Caution" in words(page)
        assert "1 more point and you reach 150: Notice, Lessons assigned." in words(page)

    def test_what_is_in_force_is_said_with_its_end(self, db: None) -> None:
        violation = seller_with_violation(points=12, at=now())
        page = signed_in(person_of(violation)).get("/standing/")
        assert "12 points Restricted" in words(page)
        assert "In force now: No campaigns Until" in words(page)
        assert "then it ends by itself." in words(page)

    def test_the_most_urgent_comes_first(self, violation: Violation) -> None:
        """What takes a point now before what has no quiz, though that came earlier."""
        seller_with_violation("V12", seller=violation.seller, points=1, at=now() - 2 * HOUR, issued_at=now() - 2 * HOUR)
        ViolationTypeText.objects.filter(type__code="V12").update(title="Prohibited goods")
        soup = soup_of(signed_in(person_of(violation)).get("/standing/"))
        assert [each.get_text() for each in soup.select(".fix h3")] == ["Exaggerated effect", "Prohibited goods"]
        assert "There is no quiz for this type of violation. Its points go by themselves on" in words(
            signed_in(person_of(violation)).get("/standing/")
        )

    def test_with_the_tries_used_it_says_from_when(self, owner: Client, violation: Violation) -> None:
        set_programme("ID", attempt_cap=Cap(1, CapScope.QUIZ, CapPeriod.ROLLING, days=5), since=now() - DAY)
        tried(violation, wrong=(1,))
        page = owner.get("/standing/")
        assert "You have used all tries for now. From" in words(page)
        assert "there is another, and a pass takes a point off." in words(page)
        assert "To the quiz" not in words(page)

    def test_with_the_credits_used_it_says_so_before_the_start(self, owner: Client, violation: Violation) -> None:
        cap = Cap(1, CapScope.QUIZ, CapPeriod.ROLLING, days=5)
        set_programme("ID", attempt_cap=None, credit_cap=cap, since=now() - DAY)
        tried(violation)
        for page in (owner.get("/standing/"), owner.get(page_of(violation)), owner.get(quiz_of(violation))):
            assert "A pass takes no point off now. You have had all the points" in words(page)
            assert "it does again." in words(page)

    def test_an_open_attempt_of_another_violation_is_named(self, owner: Client, violation: Violation) -> None:
        other = violation_of(violation.seller, at=now())
        begun(owner, violation)
        page = owner.get(page_of(other))
        assert f"You have begun this quiz for violation {violation.reference} . A pass takes points off" in words(page)
        assert address(go(owner, page, "Go on with the quiz")).startswith(quiz_of(violation))

    def test_a_quiz_that_is_being_written_is_not_offered(self) -> None:
        violation = seller_with_violation(questions=2, at=now())
        page = signed_in(person_of(violation)).get("/standing/")
        assert "The quiz is being written." in words(page)
        assert "To the quiz" not in words(page)

    def test_beyond_twelve_violations_are_lines(self, violation: Violation) -> None:
        for _number in range(13):
            violation_of(violation.seller, points=1, at=now())
        soup = soup_of(signed_in(person_of(violation)).get("/standing/"))
        assert (len(soup.select(".fix")), len(soup.select(".more__lines li"))) == (12, 2)
        assert "What you can do about 14 violations" in words(signed_in(person_of(violation)).get("/standing/"))

    def test_the_ledger_counts_down_to_the_first_line(self, owner: Client, violation: Violation) -> None:
        tried(violation)
        by = PersonFactory()
        adjust_violation(violation=Violation.objects.get(), delta=2, reason="Two clips, not one.", at=now(), by=by)
        lines = soup_of(owner.get("/standing/ledger/")).select("ol.ledger > li")
        after = [line.select_one(".ledger__after").get_text().split()[-1] for line in lines]  # type: ignore[union-attr]
        delta = [line.select_one(".ledger__delta").get_text() for line in lines]  # type: ignore[union-attr]
        assert (delta, after) == (["+2", "−1", "+4"], ["5", "3", "4"])
        assert "Two clips, not one." in words(owner.get("/standing/"))

    def test_a_long_ledger_has_pages_that_go_on_counting(self, owner: Client, violation: Violation) -> None:
        by = PersonFactory()
        for number in range(60):
            adjust_violation(
                violation=Violation.objects.get(), delta=1 if number % 2 else -1, reason="To and fro.", at=now(), by=by
            )
        assert "The whole ledger" in words(owner.get("/standing/"))
        second = owner.get("/standing/ledger/?page=2")
        lines = soup_of(second).select("ol.ledger > li")
        assert len(lines) == 11
        assert lines[-1].select_one(".ledger__after").get_text().split()[-1] == "4"  # type: ignore[union-attr]


class TestViolation:
    def test_says_what_was_found_where_and_which_rule(self, market: Market) -> None:
        seller = linked_seller()
        kind = ViolationTypeFactory(code="V01", policy_page=market.policy, section="1.1")
        kind.lesson_page = market.claim_lessons[0]
        kind.save()
        facts = evidence(content_title="Evening live", content_url="https://market.example/8", content_at_seconds=734)
        at = now()
        found = issue_violation(seller=seller, kind=kind, evidence=facts, issued_at=at, at=at, by=None)
        page = signed_in(seller.person).get(page_of(found))  # type: ignore[arg-type]
        assert heading(page) == "Exaggerated effect"
        assert "No cream whitens overnight." in words(page)
        assert "Evening live , at 12:14" in words(page)
        assert "1.1 Claims Say what you can prove." in words(page)
        found_links = links(page)
        assert found_links["Evening live"] == "https://market.example/8"
        assert found_links["Read section 1.1 : " + market.policy.title].startswith(f"{market.policy.url}#")
        assert market.claim_lessons[0].url in found_links.values()

    def test_a_section_that_left_its_policy_is_said_to_be_gone(self, market: Market) -> None:
        seller = linked_seller()
        kind = ViolationTypeFactory(code="V01", policy_page=market.policy, section="9.9")
        at = now()
        found = issue_violation(seller=seller, kind=kind, evidence=evidence(), issued_at=at, at=at, by=None)
        page = signed_in(seller.person).get(page_of(found))  # type: ignore[arg-type]
        assert "Section 9.9 is no longer in this policy." in words(page)

    def test_the_rule_stands_as_it_read_then_and_as_it_reads_now(self, market: Market) -> None:
        seller = linked_seller()
        kind = ViolationTypeFactory(code="V01", policy_page=market.policy, section="1.1")
        at = now()
        found = issue_violation(seller=seller, kind=kind, evidence=evidence(), issued_at=at, at=at, by=None)
        client = signed_in(seller.person)  # type: ignore[arg-type]
        assert "The text has changed since." not in words(client.get(page_of(found)))
        change_policy(market.policy, [section("1.1", "Claims", "<p>Say what you can prove today.</p>")])
        page = client.get(page_of(found))
        assert "The text has changed since. What counts for this violation is how it read then." in words(page)
        assert "1.1 Claims Say what you can prove." in words(page)
        assert soup_of(page).select(".clause-card--now ins")[-1].get_text().split()[-1] == "today."
        change_policy(market.policy, [section("1.2", "Prices", "<p>Show the whole price.</p>")])
        assert "Section 1.1 is no longer in this policy. What counts" in words(client.get(page_of(found)))

    def test_its_tries_and_lines_stand_there(self, owner: Client, violation: Violation) -> None:
        tried(violation)
        page = owner.get(page_of(violation))
        assert "Passed 1 point taken off" in words(page)
        assert "3 of 4 points left." in words(page)
        assert soup_of(page).select("ol.ledger > li")[-1].select_one(".ledger__after") is not None

    def test_a_revoked_one_offers_nothing(self, owner: Client, violation: Violation) -> None:
        revoke_violation(violation=violation, reason="Not in the clip.", at=now(), by=None)
        page = owner.get(page_of(violation))
        assert "Revoked: it does not count any more." in words(page)
        assert "there is nothing left to appeal" in words(page)
        assert "What you can do now" not in words(page)
        assert "What there was is settled." in words(owner.get("/standing/"))

    def test_a_pending_appeal_is_named(self, owner: Client, violation: Violation) -> None:
        Appeal.objects.create(reference="A-222222", violation=violation, made_at=now(), state=AppealState.PENDING)
        assert "A-222222" in words(owner.get(page_of(violation)))
        assert "Your appeal A-222222 is being looked at." in words(owner.get("/standing/"))


class TestQuiz:
    def test_is_passed_and_tells_what_came_of_it(self, owner: Client, violation: Violation) -> None:
        card = owner.get(quiz_of(violation))
        assert "3 questions 3 right to pass 30 minutes" in words(card)
        assert "For 1 point A pass now takes 1 point off." in words(card)
        result = one_try(owner, violation)
        assert heading(result) == "Passed: 3 of 3 right"
        assert "1 point taken off 3 points remain of this violation." in words(result)
        assert words(result).count("The anchor shows the price of the product page.") == 3

    def test_without_a_point_the_result_says_why(self, owner: Client, violation: Violation) -> None:
        set_programme("ID", points_per_pass=1, credit_cap=Cap(1), attempt_cap=None, since=now() - DAY)
        tried(violation)
        page = owner.get(quiz_of(violation))
        assert "For yourself, without a point" in words(page)
        result = one_try(owner, violation)
        assert "Passed, no point taken You have had all the points" in words(result)

    def test_not_passed_it_names_what_to_read(self, owner: Client, violation: Violation) -> None:
        stake = tried(violation, wrong=(1, 2))
        page = owner.get(f"{quiz_of(violation)}{stake.attempt.reference}/")
        assert heading(page) == "Not passed yet: 1 of 3 right"
        assert "No point taken this time It takes 3 of 3 to pass." in words(page)
        assert "To the next try" in links(page)

    def test_missing_answers_are_named_first(self, owner: Client, violation: Violation) -> None:
        refused = press(owner, begun(owner, violation), "Look over my answers")
        assert refused.status_code == 422
        assert "3 questions are not answered" in words(refused)
        assert "Submit without them" in buttons(refused)

    def test_from_another_violation_it_leads_back_and_names_the_first(
        self, owner: Client, violation: Violation
    ) -> None:
        other = violation_of(violation.seller, at=now())
        begun(owner, violation)
        page = follow(owner, owner.post(quiz_of(other)))
        assert address(page).startswith(quiz_of(violation))
        assert f"You had begun this quiz for violation {violation.reference}." in words(page)

    def test_a_start_that_is_refused_says_why(self, owner: Client, violation: Violation) -> None:
        Violation.objects.filter(pk=violation.pk).update(quiz_closes_at=now())
        refused = owner.post(quiz_of(violation))
        assert (refused.status_code, heading(refused)) == (409, "That is not possible now")
        assert "The quiz of this violation is closed." in words(refused)
        assert page_of(violation) in links(refused).values()

    def test_tampered_answers_are_400_and_change_nothing(self, owner: Client, violation: Violation) -> None:
        sheet = address(begun(owner, violation))
        sent = {"q-999999": "1", "step": "submit"}
        assert owner.post(f"{sheet}answer/", sent).status_code == 400
        many = {next(iter(answers_of(Attempt.objects.get()))): [str(number) for number in range(1000)]}
        assert owner.post(f"{sheet}answer/", many | {"step": "submit"}).status_code == 400
        assert Attempt.objects.get().state == AttemptState.OPEN

    def test_late_answers_are_refused_and_the_lapse_stands(self, owner: Client, violation: Violation) -> None:
        sheet = begun(owner, violation)
        past = now() - HOUR
        Attempt.objects.update(started_at=past, deadline_at=past + timedelta(minutes=30))
        late = owner.post(f"{address(sheet)}answer/", {"step": "submit"})
        assert (late.status_code, heading(late)) == (409, "That is not possible now")
        assert Attempt.objects.get().state == AttemptState.LAPSED
        assert owner.get(address(sheet)).status_code == 409

    def test_a_superseded_try_says_so(self, owner: Client, violation: Violation) -> None:
        sheet = address(begun(owner, violation))
        supersede_attempts(quiz="policy:V02", reason="The policy changed.", at=now())
        assert "closed without counting" in words(owner.get(sheet))

    def test_in_two_tabs_the_second_gets_the_first_result(self, owner: Client, violation: Violation) -> None:
        result = address(one_try(owner, violation))
        again = follow(owner, owner.post(f"{result}answer/", {"step": "submit"}))
        assert address(again) == result
        assert PointEntry.objects.filter(kind="quiz").count() == 1

    def test_answers_outlive_an_expired_session(self, owner: Client, violation: Violation) -> None:
        sheet = begun(owner, violation)
        answers = answers_of(Attempt.objects.get())
        owner.logout()
        signing_in = follow(owner, owner.post(f"{address(sheet)}answer/", answers | {"step": "submit"}))
        assert Attempt.objects.get().state == AttemptState.OPEN
        back = press(owner, signing_in, "Sign in", login=person_of(violation).email, password=PASSWORD)
        assert address(back) == address(sheet)
        assert len(soup_of(back).select("input[checked]")) == 3
        assert "your answers are still here" in words(back)


class TestPractice:
    def test_is_marked_as_practice_and_takes_nothing(self, owner: Client, violation: Violation) -> None:
        page = owner.get("/standing/practice/V02/")
        assert "no point, no try" in words(page)
        sheet = press(owner, page, "Begin to practise")
        assert heading(sheet) == "Practice: 3 questions"
        answers = answers_of(Attempt.objects.get())
        result = press(owner, press(owner, sheet, "Look over my answers", **answers), "Submit my answers")
        assert heading(result) == "Practice: 3 of 3 right"
        assert "Practice takes no point off." in words(result)
        assert QuizStake.objects.count() == 0
        assert "3 of 3 right" in words(owner.get("/standing/practice/V02/"))

    def test_goes_on_where_it_was(self, owner: Client, violation: Violation) -> None:
        sheet = press(owner, owner.get("/standing/practice/V02/"), "Begin to practise")
        again = go(owner, owner.get("/standing/practice/V02/"), "Go on practising")
        assert address(again) == address(sheet)

    def test_leads_back_to_the_quiz_that_asks_the_same(self, owner: Client, violation: Violation) -> None:
        begun(owner, violation)
        refused = owner.post("/standing/practice/V02/")
        assert refused.status_code == 409
        assert "Submit your quiz first." in words(refused)
        assert "/standing/" in links(refused).values()

    def test_a_type_without_a_quiz_says_so(self, owner: Client) -> None:
        ViolationTypeFactory(code="V12")
        page = owner.get("/standing/practice/V12/")
        assert "There is no quiz for this type of violation." in words(page)
        assert owner.post("/standing/practice/V12/").status_code == 409
        assert owner.get("/standing/practice/V99/").status_code == 404


class TestWhoSeesWhat:
    def test_another_seller_and_staff_learn_of_nothing(
        self, owner: Client, violation: Violation, other_client: Client, editor: Client, operator: Client
    ) -> None:
        stake = tried(violation)
        result = f"{quiz_of(violation)}{stake.attempt.reference}/"
        practice = press(owner, owner.get("/standing/practice/V02/"), "Begin to practise")
        stranger = signed_in(linked_seller().person)  # type: ignore[arg-type]
        for client in (other_client, editor, operator, stranger):
            for path in (page_of(violation), quiz_of(violation), result, address(practice)):
                assert client.get(path).status_code == 404, path
            assert client.post(quiz_of(violation)).status_code == 404
            assert client.post(f"{result}answer/", {"step": "submit"}).status_code == 404
        assert Attempt.objects.count() == 2

    def test_another_sellers_attempt_is_not_answered_from_an_own_violation(
        self, owner: Client, violation: Violation
    ) -> None:
        attempt = Attempt.objects.get(reference=address(begun(owner, violation)).split("/")[-2])
        other = violation_of(linked_seller(), at=now())
        thief = signed_in(person_of(other))
        stolen = f"{quiz_of(other)}{attempt.reference}/"
        assert thief.get(stolen).status_code == 404
        assert thief.post(f"{stolen}answer/", answers_of(attempt) | {"step": "submit"}).status_code == 404
        attempt.refresh_from_db()
        assert attempt.state == AttemptState.OPEN

    def test_what_the_last_person_of_the_shop_left_open_is_not_offered_to_the_next(
        self, owner: Client, violation: Violation, other_person: User
    ) -> None:
        set_programme(violation.seller.region, attempt_cap=None)
        begun(owner, violation)
        unlink_seller(seller=violation.seller, by=None)
        link_seller(seller=violation.seller, person=other_person, at=now(), by=None)
        next_owner = signed_in(other_person)
        for path in ("/standing/", page_of(violation), quiz_of(violation)):
            assert "Go on with the quiz" not in words(next_owner.get(path)), path
        assert begun(next_owner, violation).status_code == 200
        assert Attempt.objects.filter(person=other_person, state=AttemptState.OPEN).count() == 1

    def test_a_stranger_signs_in_first(self, visitor: Client, violation: Violation) -> None:
        for path in ("/standing/", "/standing/ledger/", page_of(violation), quiz_of(violation)):
            assert visitor.get(path)["Location"] == f"/accounts/login/?next={path}"
        assert visitor.post(quiz_of(violation))["Location"].endswith(f"?next={quiz_of(violation)}")

    def test_who_has_no_shop_reads_how_one_is_linked(self, person_client: Client) -> None:
        page = person_client.get("/standing/")
        assert "No shop is linked to you yet" in words(page)
        assert person_client.get("/standing/ledger/").status_code == 404

    def test_nothing_of_it_is_kept_by_others(self, owner: Client, violation: Violation) -> None:
        for path in ("/standing/", page_of(violation), quiz_of(violation)):
            assert "private" in owner.get(path)["Cache-Control"]


class TestDashboard:
    def test_says_where_the_shop_stands(self, owner: Client, violation: Violation) -> None:
        page = owner.get("/dashboard/")
        assert "Your standing Caution 4 points 1 quiz is open to you, until" in words(page)
        assert links(page)["Take points off"] == "/standing/"

    def test_who_has_no_shop_has_no_standing_there(self, person_client: Client) -> None:
        assert "Your standing" not in words(person_client.get("/dashboard/"))

    def test_restricted_is_said(self) -> None:
        violation = seller_with_violation("V12", points=24, at=now())
        page = signed_in(person_of(violation)).get("/dashboard/")
        assert "Restricted 24 points No quiz is open to you at the moment." in words(page)


def test_as_many_statements_for_thirty_violations_as_for_one(
    owner: Client, violation: Violation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def statements(path: str) -> int:
        owner.get(path)
        with CaptureQueriesContext(connection) as context:
            assert owner.get(path).status_code == 200
        return len(context)

    paths = ["/standing/", page_of(violation), quiz_of(violation), "/standing/ledger/", "/dashboard/"]
    before = {path: statements(path) for path in paths}
    for number in range(29):
        kind = ViolationType.objects.create(code=f"X{number}", points=1, bank=violation.type.bank)
        ViolationTypeText.objects.create(type=kind, language="en", title=f"Type {number}")
        issue_violation(seller=seller_of(violation), kind=kind, evidence=evidence(), issued_at=now(), at=now(), by=None)
    for path in paths:
        with django_assert_num_queries(before[path]):
            assert owner.get(path).status_code == 200
    assert max(before.values()) <= 22, before


def seller_of(violation: Violation) -> Seller:
    """Its seller."""
    return violation.seller
