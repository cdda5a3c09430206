"""The policy team's queue of appeals, one appeal beside the policy, the decision, and the words for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from wagtail.models import ModelLogEntry

from apps.accounts.models import User
from apps.compliance.enums import AppealState, ViolationState
from apps.compliance.models import Appeal, ReasonTemplate, Violation
from apps.core.clock import now
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.factories.catalog import Market
from tests.factories.compliance import (
    WHY_WRONG,
    ReasonTemplateFactory,
    ViolationTypeFactory,
    appeal_of,
    decided,
    linked_seller,
    picture,
    seller_with_violation,
    upload,
    violation_of,
)
from tests.factories.policies import change_policy, section
from tests.screens import buttons, links, press, soup_of, text_of, words

pytestmark = pytest.mark.django_db

REASON = "The content shows that the seller is right."


def at_admin(appeal: Appeal) -> str:
    """Where it is decided."""
    return f"/cms/appeals/{appeal.pk}/"


def cites(market: Market) -> Violation:
    """A violation of today whose type cites a section of the market's policy."""
    kind = ViolationTypeFactory(policy_page=market.policy, section="1.1")
    return violation_of(linked_seller(), kind.code, at=now())


def rows(response: HttpResponse) -> list[str]:
    """The rows of the list, each in one line."""
    return [text_of(row) for row in soup_of(response).select("table.listing tbody tr")]


@pytest.fixture
def appeal() -> Appeal:
    """One of today, with a picture."""
    return appeal_of(seller_with_violation(at=now()), upload("shot.png", picture()), at=now())


class TestTheQueue:
    def test_what_waits_longest_is_on_top_and_what_is_decided_below(self, policy_team: Client) -> None:
        seller, staff, appeals = linked_seller(), PersonFactory(), []
        for days in (2, 9, 5, 20):
            violation = violation_of(seller, at=now() - timedelta(days=days))
            appeals.append(appeal_of(violation, at=now() - timedelta(days=days)))
        decided(appeals[3], AppealState.REJECTED, by=staff, at=now())
        found = rows(policy_team.get("/cms/appeals/"))
        order = [appeals[1], appeals[2], appeals[0], appeals[3]]
        assert [row.split()[0] for row in found] == [each.reference for each in order]
        assert "1\xa0week, 2\xa0days" in soup_of(policy_team.get("/cms/appeals/")).select("tbody tr")[0].text
        assert "Rejected" in found[3]

    def test_it_is_narrowed_by_state_type_and_region(self, policy_team: Client) -> None:
        here = violation_of(linked_seller(), "V02", at=now())
        there = violation_of(SellerFactory(person=PersonFactory()), "V07", at=now())
        first, second = appeal_of(here, at=now()), appeal_of(there, at=now())
        decided(second, AppealState.REJECTED, by=PersonFactory(), at=now())

        def narrowed(query: str) -> list[str]:
            return [row.split()[0] for row in rows(policy_team.get(f"/cms/appeals/?{query}"))]

        assert narrowed("state=pending") == [first.reference]
        assert narrowed("state=rejected") == [second.reference]
        assert narrowed(f"type={there.type_id}") == [second.reference]
        assert narrowed("region=ID") == [first.reference]
        assert narrowed(f"q={there.reference}") == [second.reference]
        assert narrowed(f"q={here.seller.code}") == [first.reference]

    def test_it_needs_no_more_statements_for_more(
        self, policy_team: Client, django_assert_max_num_queries: Any
    ) -> None:
        seller = linked_seller()
        appeal_of(violation_of(seller, at=now()), upload("shot.png", picture()), at=now())
        policy_team.get("/cms/appeals/")
        with django_assert_max_num_queries(30) as few:
            policy_team.get("/cms/appeals/")
        for _number in range(12):
            appeal_of(violation_of(seller, at=now()), upload("shot.png", picture()), at=now())
        with django_assert_max_num_queries(len(few)):
            assert len(rows(policy_team.get("/cms/appeals/"))) == 13


class TestOneAppeal:
    def test_it_stands_beside_what_it_is_about(self, policy_team: Client, market: Market) -> None:
        violation = cites(market)
        other = violation_of(violation.seller, "V07", at=now(), points=1)
        staff = PersonFactory()
        earlier = decided(
            appeal_of(other, at=now()), AppealState.REJECTED, by=staff, at=now(), reason="The label is missing."
        )
        appeal = appeal_of(violation, upload("shot.png", picture()), at=now())
        answer = policy_team.get(at_admin(appeal))
        said = words(answer)
        assert WHY_WRONG in said
        assert "shot.png" in said
        assert "No cream whitens overnight." in said
        assert "1.1 Claims Say what you can prove." in said
        assert f"{violation.seller.code}, {violation.seller.shop_name} (Indonesia)" in said
        assert "5 points: " in said
        assert other.reference in said
        assert f"{earlier.reference} : {other.reference}" in said
        assert "The label is missing." in said

    def test_the_policy_stands_there_as_it_read_then_and_as_it_reads_now(
        self, policy_team: Client, market: Market
    ) -> None:
        violation = cites(market)
        appeal = appeal_of(violation, at=now())
        assert "The text has changed since." not in words(policy_team.get(at_admin(appeal)))
        change_policy(market.policy, [section("1.1", "Claims", "<p>Say what you can prove today.</p>")])
        page = policy_team.get(at_admin(appeal))
        assert "What counts for this violation is how it read then." in words(page)
        assert "1.1 Claims Say what you can prove." in words(page)
        assert soup_of(page).select("ins")[-1].get_text().split()[-1] == "today."
        change_policy(market.policy, [section("1.2", "Prices", "<p>Show the whole price.</p>")])
        assert "Section 1.1 is no longer in this policy. What counts" in words(policy_team.get(at_admin(appeal)))

    def test_it_says_what_upholding_does(self, policy_team: Client) -> None:
        violation = seller_with_violation(at=now(), points=8)
        violation_of(violation.seller, "V07", at=now(), points=5)
        said = words(policy_team.get(at_admin(appeal_of(violation, at=now()))))
        assert "8 points come off: the balance goes from 13 to 5." in said
        assert "Lifted, because it would not have begun without this violation: No campaigns." in said

    def test_what_would_stay_is_not_said_to_be_lifted(self, policy_team: Client) -> None:
        violation = seller_with_violation(at=now(), points=1)
        violation_of(violation.seller, "V07", at=now(), points=12)
        assert "No enforcement is lifted." in words(policy_team.get(at_admin(appeal_of(violation, at=now()))))

    def test_a_longer_record_needs_no_more_statements(
        self, policy_team: Client, appeal: Appeal, django_assert_max_num_queries: Any
    ) -> None:
        seller, staff = appeal.violation.seller, PersonFactory()
        decided(appeal_of(violation_of(seller, at=now()), at=now()), AppealState.REJECTED, by=staff, at=now())
        Appeal.objects.filter(pk=appeal.pk).update(made_at=now() + timedelta(hours=1))
        policy_team.get(at_admin(appeal))
        with django_assert_max_num_queries(60) as few:
            policy_team.get(at_admin(appeal))
        for _number in range(25):
            another = appeal_of(violation_of(seller, at=now(), points=1), upload("1.png", picture()), at=now())
            decided(another, AppealState.REJECTED, by=staff, at=now())
        with django_assert_max_num_queries(len(few)):
            assert "The 20 newest of 26 are shown." in words(policy_team.get(at_admin(appeal)))

    def test_unknown(self, policy_team: Client) -> None:
        assert policy_team.get("/cms/appeals/999999/").status_code == 404


class TestDeciding:
    def test_upheld_is_looked_over_first(self, policy_team: Client, appeal: Appeal) -> None:
        page = press(
            policy_team,
            policy_team.get(at_admin(appeal)),
            "Look over the decision",
            verdict="upheld",
            reason=REASON,
        )
        assert "4 points come off: the balance goes from 4 to 0." in words(page)
        assert REASON in words(page)
        assert Appeal.objects.get().state == AppealState.PENDING
        page = press(policy_team, page, "Uphold and revoke")
        assert page.request["PATH_INFO"] == "/cms/appeals/"
        assert f"{appeal.reference} is upheld, and its violation revoked." in page.content.decode()
        found = Appeal.objects.select_related("violation", "words", "decided_by").get()
        assert (found.state, found.words.reason) == (AppealState.UPHELD, REASON)
        assert found.decided_by.email == "policy@example.com"
        assert found.violation.state == ViolationState.REVOKED
        assert ModelLogEntry.objects.filter(action="compliance.uphold_appeal").count() == 1

    def test_rejected(self, policy_team: Client, appeal: Appeal) -> None:
        page = press(
            policy_team, policy_team.get(at_admin(appeal)), "Look over the decision", verdict="rejected", reason=REASON
        )
        assert "Points and enforcements stay as they are." in words(page)
        press(policy_team, page, "Reject the appeal")
        assert Appeal.objects.get().state == AppealState.REJECTED
        assert Violation.objects.get().state == ViolationState.ACTIVE
        page = policy_team.get(at_admin(appeal))
        assert REASON in words(page)
        assert "Look over the decision" not in buttons(page)

    def test_it_may_be_changed_once_more(self, policy_team: Client, appeal: Appeal) -> None:
        page = press(
            policy_team, policy_team.get(at_admin(appeal)), "Look over the decision", verdict="rejected", reason=REASON
        )
        page = press(policy_team, page, "Change it")
        assert page.status_code == 200
        assert soup_of(page).find("textarea").text.strip() == REASON
        assert soup_of(page).find("input", {"value": "rejected"}).has_attr("checked")

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({"verdict": "rejected", "reason": "No"}, "Give a reason that the seller can understand."),
            ({"verdict": "rejected", "reason": "x" * 501}, "Keep the reason to 500 characters."),
            ({"reason": REASON}, "Choose one of the two."),
            ({"verdict": "pending", "reason": REASON}, "Select a valid choice"),
        ],
    )
    @pytest.mark.parametrize("step", ["review", "decide"])
    def test_what_is_wrong_is_said(
        self, policy_team: Client, appeal: Appeal, sent: dict[str, str], told: str, step: str
    ) -> None:
        page = policy_team.post(at_admin(appeal), {**sent, "step": step})
        assert page.status_code == 422
        assert told in words(page)
        assert Appeal.objects.get().state == AppealState.PENDING

    @pytest.mark.parametrize("step", ["review", "decide"])
    def test_who_comes_second_is_told(self, policy_team: Client, appeal: Appeal, step: str) -> None:
        decided(appeal, AppealState.REJECTED, by=PersonFactory(), at=now())
        sent = {"verdict": "upheld", "reason": REASON, "step": step}
        page = policy_team.post(at_admin(appeal), sent, follow=True)
        assert "This appeal is decided already." in page.content.decode()
        assert Violation.objects.get().state == ViolationState.ACTIVE

    def test_words_come_in_the_seller_s_language(self, policy_team: Client) -> None:
        person = PersonFactory(indonesian=True)
        appeal = appeal_of(seller_with_violation(seller=linked_seller(person=person), at=now()), at=now())
        ReasonTemplateFactory(title="Seen")
        mine = ReasonTemplateFactory(title="Terlihat", language="id", text="Kami menonton kontennya sekali lagi.")
        page = policy_team.get(at_admin(appeal))
        offered = [words for words in links(page) if words.startswith("Rejected: ")]
        assert offered == ["Rejected: Terlihat"]
        page = policy_team.get(f"{at_admin(appeal)}?words={mine.pk}")
        assert soup_of(page).find("textarea").text.strip() == "Kami menonton kontennya sekali lagi."
        assert soup_of(page).find("input", {"value": "rejected"}).has_attr("checked")

    @pytest.mark.parametrize("chosen", ["", "0", "x", "9" * 30])
    def test_words_that_there_are_not(self, policy_team: Client, appeal: Appeal, chosen: str) -> None:
        page = policy_team.get(f"{at_admin(appeal)}?words={chosen}")
        assert soup_of(page).find("textarea").text.strip() == ""
        assert links(page)["Write one"] == "/cms/reason-templates/new/"


class TestWhoMay:
    def test_operators_look_and_neither_decide_nor_open_files(self, operator: Client, appeal: Appeal) -> None:
        page = operator.get(at_admin(appeal))
        assert WHY_WRONG in words(page)
        assert "shot.png" in words(page)
        assert "shot.png" not in links(page)
        assert "Look over the decision" not in buttons(page)
        sent = {"verdict": "upheld", "reason": REASON, "step": "decide"}
        assert operator.post(at_admin(appeal), sent).status_code in {302, 403}
        assert operator.get(f"{at_admin(appeal)}files/1/").status_code in {302, 403}
        assert Appeal.objects.get().state == AppealState.PENDING

    @pytest.mark.parametrize("path", ["/cms/appeals/", "{appeal}", "{appeal}files/1/", "/cms/reason-templates/"])
    def test_editors_and_sellers_find_nothing(
        self, editor: Client, seller_client: Client, appeal: Appeal, path: str
    ) -> None:
        path = path.format(appeal=at_admin(appeal))
        assert editor.get(path).status_code in {302, 403}
        assert seller_client.get(path).status_code == 403

    def test_the_team_gets_files_to_be_saved_and_never_shown(self, policy_team: Client, appeal: Appeal) -> None:
        answer = policy_team.get(f"{at_admin(appeal)}files/1/")
        assert answer.getvalue() == picture()
        assert answer["Content-Disposition"] == 'attachment; filename="shot.png"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert policy_team.get(f"{at_admin(appeal)}files/2/").status_code == 404

    def test_where_second_factors_are_asked_for_files_ask_too(
        self, policy_team: Client, appeal: Appeal, settings: Any
    ) -> None:
        settings.REQUIRE_STAFF_MFA = True
        answer = policy_team.get(f"{at_admin(appeal)}files/1/")
        assert answer.status_code == 302
        assert "second-factor" in answer["Location"]

    def test_one_of_the_team_who_sells_too_is_a_stranger_to_others(
        self, appeal: Appeal, client_of: Callable[[User], Client]
    ) -> None:
        client = client_of(linked_seller().person)
        assert client.get(at_admin(appeal)).status_code == 403


class TestReasons:
    def test_they_are_written_changed_and_thrown_away(self, policy_team: Client) -> None:
        facts = {"title": "Seen", "verdict": "rejected", "language": "en", "text": "We watched it again."}
        policy_team.post("/cms/reason-templates/new/", facts)
        words_of = ReasonTemplate.objects.get()
        assert (words_of.title, words_of.text) == ("Seen", "We watched it again.")
        policy_team.post(f"/cms/reason-templates/edit/{words_of.pk}/", facts | {"text": "We watched it twice."})
        words_of.refresh_from_db()
        assert words_of.text == "We watched it twice."
        policy_team.post(f"/cms/reason-templates/delete/{words_of.pk}/")
        assert not ReasonTemplate.objects.exists()

    @pytest.mark.parametrize(
        "wrong", [{"text": "No"}, {"text": "x" * 501}, {"verdict": "pending"}, {"language": "xx"}, {"title": ""}]
    )
    def test_what_could_not_be_used_is_refused(self, policy_team: Client, wrong: dict[str, str]) -> None:
        facts = {"title": "Seen", "verdict": "rejected", "language": "en", "text": "We watched it again."}
        policy_team.post("/cms/reason-templates/new/", facts | wrong)
        assert not ReasonTemplate.objects.exists()

    def test_the_same_title_stands_once_in_a_language(self, policy_team: Client) -> None:
        ReasonTemplateFactory(title="Seen")
        facts = {"title": "Seen", "verdict": "rejected", "language": "en", "text": "We watched it again."}
        assert policy_team.post("/cms/reason-templates/new/", facts).status_code == 200
        policy_team.post("/cms/reason-templates/new/", facts | {"language": "id"})
        assert list(ReasonTemplate.objects.order_by("language").values_list("language", flat=True)) == ["en", "id"]
