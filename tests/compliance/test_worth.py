"""What voiding a question would take off is told before it is done, and policy quizzes have names."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.enums import Role
from apps.accounts.models import Seller, User
from apps.compliance.enums import CapScope, NoPoint
from apps.compliance.models import PointEntry, QuizStake, Violation, ViolationType
from apps.compliance.queries.worth import worth_of_passes
from apps.compliance.rules.programme import Cap
from apps.compliance.services.violations import revoke_violation
from apps.core.clock import now
from apps.quizzes.models import Attempt
from apps.quizzes.queries.titles import titles_of
from tests.factories.accounts import PersonFactory
from tests.factories.compliance import ViolationTypeFactory, linked_seller, set_programme, violation_of
from tests.factories.quizzes import attempt_of, submitted
from tests.screens import soup_of, text_of

pytestmark = pytest.mark.django_db

TODAY = now() - timedelta(hours=2)


@pytest.fixture(autouse=True)
def types() -> None:
    """V02 has a quiz."""
    ViolationTypeFactory(questions=3)


def failed(violation: Violation, *, minutes: int = 0) -> Attempt:
    """An attempt for this violation with one question wrong."""
    at = TODAY + timedelta(minutes=minutes)
    attempt = attempt_of(violation.seller.person, at, banks=("v02",), quiz="policy:V02", seed=minutes)
    submitted(attempt, at, wrong=(1,))
    QuizStake.objects.create(attempt=attempt, seller=violation.seller, violation=violation)
    return attempt


def violated(seller: Seller | None = None, **facts: object) -> Violation:
    """A violation of today."""
    return violation_of(seller or linked_seller(), at=TODAY, **facts)


def worth(*attempts: Attempt) -> list[str]:
    """What each would take off."""
    found = worth_of_passes(attempts, now())
    return [found[each.pk] for each in attempts]


def test_one_counts_against_the_caps_of_the_next() -> None:
    violation = violated()
    set_programme("ID", credit_cap=Cap(1))
    first, second = failed(violation), failed(violation, minutes=1)
    assert worth(second, first) == [
        f"No point off {violation.reference}: {NoPoint.CREDITS_USED.label}",
        f"1 point off {violation.reference}",
    ]


def test_a_type_that_has_lost_its_bank_does_not_get_round_the_cap() -> None:
    violation = violated()
    set_programme("ID", credit_cap=Cap(1, CapScope.QUIZ))
    first, second = failed(violation), failed(violation, minutes=1)
    ViolationType.objects.update(bank=None)
    assert worth(first, second)[1] == f"No point off {violation.reference}: {NoPoint.CREDITS_USED.label}"


def test_never_more_than_what_the_others_leave() -> None:
    violation = violated(points=1)
    first, second = failed(violation), failed(violation, minutes=1)
    assert worth(first, second) == [
        f"1 point off {violation.reference}",
        f"No point off {violation.reference}: {NoPoint.CLEARED.label}",
    ]


def test_nothing_of_a_revoked_one(person: User) -> None:
    violation = violated()
    attempt = failed(violation)
    revoke_violation(violation=violation, reason="It was another shop.", at=now(), by=person)
    assert worth(attempt) == [f"No point off {violation.reference}: {NoPoint.REVOKED.label}"]


def test_the_same_statements_for_one_and_for_thirty() -> None:
    counts = []
    for number in (1, 29):
        attempts = [failed(violated()) for _each in range(number)]
        with CaptureQueriesContext(connection) as captured:
            worth(*attempts)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_list_before_voiding_names_the_points(client_of: Callable[[User], Client]) -> None:
    policy = client_of(PersonFactory(role=Role.POLICY))
    violation = violated()
    attempt = failed(violation)
    version = attempt.drawn.get(is_right=False).version
    page = policy.get(f"/cms/quiz-questions/version/{version.pk}/void/")
    [row] = [text_of(each) for each in soup_of(page).select("table.listing tbody tr")]
    assert "V02 Exaggerated effect" in row
    assert row.endswith(f"Passes 1 point off {violation.reference}")
    assert PointEntry.objects.count() == 1, "looking takes nothing off"


def test_policy_quizzes_bear_the_name_of_their_type() -> None:
    assert titles_of(["policy:V02", "policy:GONE"]) == {
        "policy:V02": "V02 Exaggerated effect",
        "policy:GONE": "policy:GONE",
    }
