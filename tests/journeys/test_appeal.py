"""An appeal upheld after a quiz took a point: as the seller sees it, in the admin, and as the seller sees it then."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.catalog.models import PolicyPage
from apps.compliance.enums import EnforcementState
from apps.compliance.models import Appeal, Enforcement, Violation
from apps.core.clock import now
from apps.notifications.enums import Event
from apps.notifications.models import Delivery
from apps.quizzes.models import Attempt
from tests.factories.catalog import Market
from tests.factories.compliance import (
    ReasonTemplateFactory,
    ViolationTypeFactory,
    linked_seller,
    picture,
    upload,
    violation_of,
)
from tests.factories.notifications_webhooks import ReceiverFactory
from tests.factories.quizzes import answers_of
from tests.screens import buttons, delivered, go, heading, links, press, words

WHY = "The cream is sold as a moisturiser. At 12:14 I only read the label aloud, as the picture shows."


@pytest.fixture
def violation(market: Market) -> Violation:
    """Twelve points in all, so that campaigns are off: four for a claim, whose policy can be read, and eight."""
    kind = ViolationTypeFactory(code="V02", questions=9)
    kind.policy_page, kind.section = PolicyPage.objects.get(pk=market.policy.pk).page_ptr, "1.1"
    kind.save()
    seller = linked_seller()
    violation_of(seller, "V03", points=8, at=now())
    return violation_of(seller, "V02", at=now())


@pytest.mark.django_db
def test_an_appeal_is_upheld_after_a_quiz_took_a_point(
    market: Market, violation: Violation, client_of: Callable[[User], Client], policy_team: Client
) -> None:
    ReceiverFactory()
    seller = client_of(violation.seller.person)
    before = words(seller.get("/standing/"))

    # The seller takes the quiz, which takes one point off.
    page = go(seller, seller.get(f"/standing/violations/{violation.reference}/"), "To the quiz")
    page = press(seller, page, "Begin the quiz")
    answers = answers_of(Attempt.objects.get())
    page = press(seller, press(seller, page, "Look over my answers", **answers), "Submit my answers")
    assert "3 of 4 points left." in words(seller.get(f"/standing/violations/{violation.reference}/"))

    # And finds that the violation is wrong all the same.
    page = go(seller, seller.get(f"/standing/violations/{violation.reference}/"), "Write an appeal")
    assert "You can appeal this violation up to 2 times" in words(page)
    page = press(seller, page, "Send the appeal", text=WHY, files=upload("label.png", picture()))
    assert heading(page) == "Your appeal is being looked at"
    assert seller.get(links(page)["label.png"]).getvalue() == picture()
    appeal = Appeal.objects.get()
    assert delivered()[-1].subject == "We have your appeal: Exaggerated effect"

    # The policy team reads it beside the policy, and sees what upholding will do before it is done.
    ReasonTemplateFactory(title="Nothing wrong", verdict="upheld", text="We watched the content again and agree.")
    page = go(policy_team, policy_team.get("/cms/appeals/?state=pending"), appeal.reference)
    said = words(page)
    assert WHY in said
    assert "No cream whitens overnight." in said
    assert market.policy.section("1.1")["title"] in said
    assert "3 points come off: the balance goes from 11 to 8." in said
    assert "1 point that a quiz took off stays in the ledger" in said
    assert "would not have begun without this violation: No campaigns." in said
    assert policy_team.get(links(page)["label.png"]).getvalue() == picture()
    page = go(policy_team, page, "Upheld: Nothing wrong")
    page = press(policy_team, page, "Look over the decision")
    assert "We watched the content again and agree." in words(page)
    page = press(policy_team, page, "Uphold and revoke")
    assert f"{appeal.reference} is upheld" in page.content.decode()

    # The seller is told, and sees the rest come back and the restriction gone; the quiz stays in the ledger.
    assert "Your appeal was upheld." in next(
        letter.body for letter in delivered() if letter.subject == "A violation was revoked: Exaggerated effect"
    )
    page = seller.get(f"/standing/violations/{violation.reference}/appeal/")
    assert "The policy team agrees" in words(page)
    assert "We watched the content again and agree." in words(page)
    assert buttons(page) == []
    assert list(violation.entries.order_by("pk").values_list("delta", flat=True)) == [4, -1, -3]
    page = seller.get(f"/standing/violations/{violation.reference}/")
    assert "Revoked: it does not count any more." in words(page)
    assert "−3" in words(page)
    assert "In force" in before
    assert "In force" not in words(seller.get("/standing/"))
    assert Enforcement.objects.get().state == EnforcementState.LIFTED

    # The marketplace is told too, in order.
    told = list(Delivery.objects.order_by("pk").values_list("event", flat=True))
    assert told[-2:] == [Event.BALANCE_CHANGED, Event.ENFORCEMENT_LIFTED]
