"""Who repeats a type: those who took the lesson, passed the quiz, did neither."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.enums import Role
from apps.accounts.models import Seller, User
from apps.compliance.models import QuizStake, Violation, ViolationType
from apps.compliance.queries.loop import LoopOfType, Rate, closed_loop
from apps.compliance.services.violations import revoke_violation
from apps.core.clock import now
from apps.learning.services import complete_lesson
from tests.factories import AT
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.factories.catalog import Market
from tests.factories.compliance import ViolationTypeFactory, linked_seller, violation_of
from tests.factories.quizzes import attempt_of, submitted
from tests.screens import soup_of, text_of, words

pytestmark = pytest.mark.django_db

FIRST = AT - timedelta(days=100)


def days(number: int):  # type: ignore[no-untyped-def]
    """So many days after the first violation."""
    return FIRST + timedelta(days=number)


@pytest.fixture
def kind(market: Market) -> ViolationType:
    """V02 with a lesson and a bank."""
    kind = ViolationTypeFactory(questions=9)
    kind.lesson_page = market.claim_lessons[0]
    kind.save()
    return kind


def violated(*at: int, seller: Seller | None = None) -> Seller:
    """A seller with violations on these days."""
    seller = seller or linked_seller()
    for number in at:
        violation_of(seller, at=days(number))
    return seller


def learn(market: Market, seller: Seller, at: int) -> None:
    """Take the lesson."""
    assert seller.person is not None
    complete_lesson(person=seller.person, lesson=market.reading(market.claim_lessons[0]), at=days(at))


def take_quiz(seller: Seller, at: int, *, passes: bool = True) -> None:
    """Take the quiz for the first violation."""
    attempt = attempt_of(seller.person, days(at), banks=("v02",), quiz="policy:V02")
    submitted(attempt, days(at), wrong=() if passes else (1,))
    QuizStake.objects.create(attempt=attempt, seller=seller, violation=seller.violations.order_by("pk")[0])


def loop() -> LoopOfType:
    """Of the one type."""
    [found] = closed_loop(AT, "en")
    return found


def rates(found: LoopOfType) -> dict[str, list[tuple[int, int]]]:
    """(repeated, sellers) within 30 and 90 days."""
    names = ("lesson", "quiz", "neither")
    return {name: [(rate.repeated, rate.sellers) for rate in getattr(found, name)] for name in names}


def test_what_was_done_before_the_repeat_counts(market: Market, kind: ViolationType) -> None:
    learner = violated(0)
    learn(market, learner, 3)
    late_learner = violated(0, 5)
    learn(market, late_learner, 6)
    slow_learner = violated(0, 80)
    learn(market, slow_learner, 40)
    passed = violated(0, 20)
    take_quiz(passed, 2)
    failed = violated(0, 60)
    take_quiz(failed, 2, passes=False)
    both = violated(0)
    learn(market, both, 1)
    take_quiz(both, 1)
    assert rates(loop()) == {
        "lesson": [(0, 2), (1, 3)],
        "quiz": [(1, 2), (1, 2)],
        "neither": [(1, 3), (2, 2)],
    }


def test_earlier_learning_revoked_ones_and_other_types_do_not_count(
    market: Market, kind: ViolationType, person: User
) -> None:
    seller = linked_seller()
    learn(market, seller, -1)
    violated(0, seller=seller)
    revoked = violation_of(seller, at=days(10))
    revoke_violation(violation=revoked, reason="It was another shop.", at=days(11), by=person)
    violation_of(seller, "V03", at=days(12))
    by_code = {each.kind.code: rates(each) for each in closed_loop(AT, "en")}
    nobody = [(0, 0), (0, 0)]
    assert by_code["V02"] == {"lesson": nobody, "quiz": nobody, "neither": [(0, 1), (0, 1)]}


def test_only_first_ones_whose_window_has_passed(kind: ViolationType) -> None:
    violated(40, 60)
    assert rates(loop())["neither"] == [(1, 1), (0, 0)]


def test_who_has_nobody_to_learn_is_left_out(kind: ViolationType) -> None:
    violated(0, seller=SellerFactory())
    assert closed_loop(AT, "en") == []


@pytest.mark.parametrize(("repeated", "sellers", "percent"), [(1, 8, 13), (0, 5, 0), (2, 3, 67), (0, 0, None)])
def test_shares_are_whole_percents(repeated: int, sellers: int, percent: int | None) -> None:
    assert Rate(sellers, repeated).percent == percent


def test_few_sellers_are_marked() -> None:
    assert [Rate(sellers).is_small for sellers in (29, 30)] == [True, False]


def test_the_same_statements_for_one_seller_and_for_thirty(kind: ViolationType) -> None:
    counts = []
    for number in (1, 29):
        for _each in range(number):
            violated(0, 10)
        with CaptureQueriesContext(connection) as captured:
            closed_loop(AT, "en")
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 4


def test_the_report_names_types_and_marks_small_numbers(
    kind: ViolationType, client_of: Callable[[User], Client], operator: Client
) -> None:
    seller = linked_seller()
    for number in (100, 95):
        violation_of(seller, at=now() - timedelta(days=number))
    for client in (client_of(PersonFactory(role=Role.POLICY)), operator):
        response = client.get("/cms/reports/closed-loop/")
        last = text_of(soup_of(response).select("table.listing tbody tr")[-1])
        assert last == "Neither " + " ".join(["100 % (1 of 1 seller) too few to tell"] * 2)
        assert "V02 Exaggerated effect" in words(response)
        assert "/cms/reports/closed-loop/" in client.get("/cms/").content.decode()
    assert Violation.objects.count() == 2


def test_editors_do_not_see_it(editor: Client) -> None:
    assert editor.get("/cms/reports/closed-loop/").status_code == 302
    assert "/cms/reports/closed-loop/" not in editor.get("/cms/").content.decode()
