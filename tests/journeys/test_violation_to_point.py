"""A violation comes in, its seller reads, practises, passes; and the answers stay unknown until they are submitted."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from apps.accounts.models import User
from apps.compliance.enums import CapPeriod, CapScope
from apps.compliance.models import PointEntry, Violation
from apps.compliance.rules.programme import Cap
from apps.compliance.services.violations import issue_violation
from apps.core.clock import now
from apps.notifications.models import Message
from apps.quizzes.models import Attempt, QuestionVersion
from tests.factories.accounts import SellerFactory
from tests.factories.catalog import Market
from tests.factories.compliance import ViolationTypeFactory, evidence, set_programme
from tests.factories.quizzes import BankFactory, QuestionFactory, answers_of
from tests.journeys.test_course_quiz import given_away
from tests.screens import go, heading, press, words


class Watched(Client):
    """A browser that keeps every answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen: list[HttpResponse] = []

    def request(self, **request: Any) -> HttpResponse:
        """Ask, and keep what comes."""
        response = super().request(**request)
        self.seen.append(response)
        return response


@pytest.fixture
def violation(market: Market, person: User) -> Violation:
    """Ayu's shop has a violation of the claims policy, reported a moment ago; a quiz takes one point in five days."""
    set_programme("US", credit_cap=Cap(1, CapScope.QUIZ, CapPeriod.ROLLING, days=5), since=now())
    seller = SellerFactory(code="AYU-01", shop_name="Ayu Lamps", person=person)
    bank = BankFactory(code="v02")
    for number in range(7):
        # Each says why in words of its own, so that they would be recognised anywhere.
        QuestionFactory(bank=bank, prompt=f"Claim {number}?", explanation=f"Only proof {number} counts.")
    kind = ViolationTypeFactory(
        code="V02", policy_page=market.policy, section="1.1", lesson_page=market.claim_lessons[0], bank=bank
    )
    at = now()
    return issue_violation(seller=seller, kind=kind, evidence=evidence(), issued_at=at, at=at, by=None)


@pytest.fixture
def seller(person: User) -> Watched:
    """Ayu, signed in, every answer of hers kept."""
    client = Watched(enforce_csrf_checks=True)
    client.force_login(person)
    return client


def explanations() -> set[str]:
    """Why the right answers are right, of all questions."""
    return set(QuestionVersion.objects.values_list("explanation", flat=True))


def submitted_explanations() -> set[str]:
    """Those of what was submitted, which may be known."""
    drawn = Attempt.objects.submitted().values("drawn__version")
    return set(QuestionVersion.objects.filter(pk__in=drawn).values_list("explanation", flat=True))


def test_a_violation_is_read_practised_and_a_point_taken_off(
    market: Market, seller: Watched, person: User, violation: Violation
) -> None:
    letters = Message.objects.filter(person=person).values_list("subject", flat=True)
    assert "A violation was recorded: Exaggerated effect" in letters
    assert "Your standing Caution 4 points 1 quiz is open to you" in words(seller.get("/dashboard/"))

    policy = go(seller, seller.get("/standing/"), f"Read section 1.1 : {market.policy.title}")
    assert "Say what you can prove." in words(policy)
    practice = go(seller, seller.get("/standing/"), "Practise : Exaggerated effect")
    sheet = press(seller, practice, "Begin to practise")
    look = press(seller, sheet, "Look over my answers", **answers_of(Attempt.objects.get(), wrong=[1]))

    # Until here nothing said which answers are right, in no answer of the site.
    assert len(seller.seen) > 6
    for response in seller.seen:
        assert list(given_away(response, explanations())) == [], response.request["PATH_INFO"]  # type: ignore[attr-defined]

    result = press(seller, look, "Submit my answers")
    assert heading(result) == "Practice: 2 of 3 right"
    assert PointEntry.objects.count() == 1, "practice takes nothing"

    # In earnest, three others are drawn; of these nothing is known before they are submitted.
    seen_before = len(seller.seen)
    card = seller.get(f"/standing/violations/{violation.reference}/quiz/")
    assert "A pass now takes 1 point off. You have 3 of 3 tries left in" in words(card)
    sheet = press(seller, card, "Begin the quiz")
    look = press(seller, sheet, "Look over my answers", **answers_of(Attempt.objects.open().get()))
    assert len(submitted_explanations()) == 3
    for response in seller.seen[seen_before:]:
        assert list(given_away(response, explanations())) == [], response.request["PATH_INFO"]  # type: ignore[attr-defined]

    result = press(seller, look, "Submit my answers")
    assert heading(result) == "Passed: 3 of 3 right"
    assert "1 point taken off 3 points remain of this violation. 3 points Caution" in words(result)
    assert len(submitted_explanations()) == 6
    standing = go(seller, result, "See your standing")
    assert "Quiz passed · Exaggerated effect" in words(standing)

    # A second one of the same type: said before the start, a pass takes nothing now, and from when it does.
    at, facts = now(), {"seller": violation.seller, "kind": violation.type, "evidence": evidence(), "by": None}
    second = issue_violation(issued_at=at, at=at, **facts)
    page = words(seller.get(f"/standing/violations/{second.reference}/"))
    assert "A pass takes no point off now. You have had all the points that quizzes take off in this time." in page
    assert "it does again." in page
