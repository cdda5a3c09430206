"""What the policy team sees and does in the admin; operators look, nobody else sees any of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from apps.accounts.enums import Role
from apps.accounts.models import User
from apps.compliance.enums import Channel, EnforcementState, RepeatLevel, ViolationState
from apps.compliance.models import Enforcement, PointEntry, RepeatFlag, Report, Standing, Violation, ViolationType
from apps.compliance.services.violations import adjust_violation
from apps.core.clock import now
from tests.factories import AT
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.factories.catalog import Market
from tests.factories.compliance import (
    ViolationTypeFactory,
    evidence,
    linked_seller,
    seller_with_violation,
    violation_of,
)
from tests.screens import buttons, form_with, links, press, soup_of, text_of, typed_in, words

pytestmark = pytest.mark.django_db

# The views look at the clock.
TODAY = now() - timedelta(minutes=5)

LISTS = ["violations", "repeats", "enforcements", "violation-types"]
NEW = "/cms/violations/new/"


@pytest.fixture
def policy(client_of: Callable[[User], Client]) -> Client:
    """Issues, revokes and adjusts violations; keeps types and programmes."""
    return client_of(PersonFactory(email="policy@example.com", name="Putri Hakim", role=Role.POLICY))


def errors(response: object) -> str:
    """What the form says is wrong, in one line."""
    return " ".join(text_of(each) for each in soup_of(response).select(".error-message, .messages .error"))  # type: ignore[arg-type]


def statements(client: Client, path: str) -> int:
    """How many statements a page takes, once it is warm."""
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def flagged(violation: Violation) -> RepeatFlag:
    """Staff are to look at this."""
    return RepeatFlag.objects.create(
        seller=violation.seller, type=violation.type, violation=violation, level=RepeatLevel.FLAGGED, at=AT
    )


class TestWhoSeesIt:
    @pytest.mark.parametrize("path", LISTS)
    @pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OPERATOR, Role.POLICY)])
    def test_other_staff_see_nothing(self, client_of: Callable[[User], Client], path: str, role: Role) -> None:
        client = client_of(PersonFactory(role=role))
        assert client.get(f"/cms/{path}/").status_code == 302
        assert f"/cms/{path}/" not in client.get("/cms/").content.decode()

    @pytest.mark.parametrize("path", LISTS)
    def test_sellers_and_visitors_see_nothing(self, seller_client: Client, visitor: Client, path: str) -> None:
        assert seller_client.get(f"/cms/{path}/").status_code in (302, 403)
        assert visitor.get(f"/cms/{path}/").status_code == 302

    @pytest.mark.parametrize("path", LISTS)
    def test_policy_and_operators_have_the_lists_in_their_menu(
        self, policy: Client, operator: Client, path: str
    ) -> None:
        for client in (policy, operator):
            assert client.get(f"/cms/{path}/").status_code == 200
            assert f"/cms/{path}/" in client.get("/cms/").content.decode()

    def test_operators_look_and_change_nothing(self, operator: Client) -> None:
        violation = seller_with_violation(points=48)
        flag = flagged(violation)
        enforcement = Enforcement.objects.get()
        seen = operator.get(f"/cms/violations/{violation.pk}/")
        assert seen.status_code == 200
        assert not {"Revoke it …", "Adjust the points …"} & set(links(seen))
        assert "End it now" not in buttons(operator.get(f"/cms/enforcements/{enforcement.pk}/"))
        assert "Note that it was looked at" not in buttons(operator.get(f"/cms/repeats/{flag.pk}/"))
        operator.post(f"/cms/violations/{violation.pk}/revoke/", {"reason": "It was not so."})
        operator.post(f"/cms/violations/{violation.pk}/adjust/", {"delta": "-2", "reason": "It was not so."})
        operator.post(f"/cms/enforcements/{enforcement.pk}/end/")
        operator.post(f"/cms/repeats/{flag.pk}/", {"note": "mine"})
        assert operator.get(NEW).status_code == 302
        assert operator.get("/cms/violation-types/new/").status_code == 302
        assert PointEntry.objects.count() == 1
        enforcement.refresh_from_db()
        flag.refresh_from_db()
        assert (enforcement.state, flag.seen_at, flag.note) == (EnforcementState.ACTIVE, None, "")

    def test_acts_of_editors_change_nothing(self, editor: Client) -> None:
        violation = seller_with_violation()
        for path in ("revoke", "adjust"):
            response = editor.post(f"/cms/violations/{violation.pk}/{path}/", {"delta": 2, "reason": "It was not so."})
            assert response.status_code == 302
        assert editor.get(f"/cms/violations/{violation.pk}/").status_code == 302
        assert PointEntry.objects.count() == 1


class TestViolations:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("state=active", {"A-1", "B-1"}),
            ("state=revoked", {"A-2"}),
            ("type={v03}", {"A-2"}),
            ("channel=video", {"B-1"}),
            ("region=US", {"B-1"}),
            ("seller= a-1 ", {"A-1"}),
            ("issued_at_from=2026-03-02&issued_at_to=2026-03-02", {"A-1", "A-2"}),
            ("q=Shop of B", {"B-1"}),
        ],
    )
    def test_found_by_state_type_channel_region_seller_and_day(
        self, policy: Client, query: str, found: set[str]
    ) -> None:
        violation_of(linked_seller(code="A-1"))
        gone = violation_of(linked_seller(code="A-2"), "V03")
        video = evidence(channel=Channel.VIDEO)
        other = SellerFactory(code="B-1", shop_name="Shop of B")
        violation_of(other, evidence=video, issued_at=AT - timedelta(days=5))
        press(policy, policy.get(f"/cms/violations/{gone.pk}/revoke/"), "Revoke it", reason="It was not so.")
        query = query.format(v03=ViolationType.objects.get(code="V03").pk)
        rows = soup_of(policy.get(f"/cms/violations/?{query}")).select("table.listing tbody tr")
        assert {text_of(row.find_all("td")[1]) for row in rows} == found

    def test_one_shows_what_came_of_it(self, policy: Client, person: User) -> None:
        violation = seller_with_violation(questions=9)
        adjust_violation(violation=violation, delta=2, reason="Shown twice in the LIVE.", at=AT, by=person)
        flagged(violation)
        seen = words(policy.get(f"/cms/violations/{violation.pk}/"))
        assert "V02 Exaggerated effect" in seen
        assert "6 left, issued with 4" in seen
        assert "No cream whitens overnight." in seen
        assert "Violation +4 4" in seen
        assert "Adjusted +2 6 Shown twice in the LIVE. Ayu Lestari" in seen
        assert "The seller has not taken the quiz for this violation." in seen
        assert "There is no appeal." in seen
        assert "Repeated Staff look at it" in seen

    def test_the_list_takes_the_same_statements_for_one_and_for_thirty(self, policy: Client) -> None:
        seller_with_violation()
        first = statements(policy, "/cms/violations/")
        for _each in range(29):
            violation_of(linked_seller())
        assert statements(policy, "/cms/violations/") == first

    def test_one_takes_the_same_statements_however_long_its_ledger(self, policy: Client, person: User) -> None:
        violation = seller_with_violation()
        first = statements(policy, f"/cms/violations/{violation.pk}/")
        for number in range(29):
            adjust_violation(violation=violation, delta=1, reason=f"Number {number}.", at=AT, by=person)
        assert statements(policy, f"/cms/violations/{violation.pk}/") <= first + 1, "who wrote notes, in one statement"

    def test_revoked_once_with_a_reason_that_stays_typed(self, policy: Client) -> None:
        violation = seller_with_violation(at=TODAY)
        asked = policy.get(f"/cms/violations/{violation.pk}/revoke/")
        assert "The 4 points that are left come off the balance" in words(asked)
        refused = policy.post(f"/cms/violations/{violation.pk}/revoke/", {"reason": "No"})
        assert refused.status_code == 422
        assert "Give a reason that the seller can understand." in errors(refused)
        assert typed_in(form_with(refused, "Revoke it")[0])["reason"] == "No"
        done = press(policy, asked, "Revoke it", reason="It was another shop.")
        assert "Revoked −4".replace("−", "-") in words(done)
        assert "Revoke it …" not in links(done)
        again = policy.post(f"/cms/violations/{violation.pk}/revoke/", {"reason": "It was another shop."})
        assert (again.status_code, "is revoked already" in errors(again)) == (422, True)
        violation.refresh_from_db()
        assert (violation.state, Standing.objects.get().balance) == (ViolationState.REVOKED, 0)
        assert ModelLogEntry.objects.filter(action="compliance.revoke").count() == 1

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"delta": "0", "reason": "It was not so."}, "An adjustment adds points or takes some off."),
            ({"delta": "-5", "reason": "It was not so."}, "4 points remain"),
            ({"delta": "9999", "reason": "It was not so."}, "4 points remain"),
            ({"delta": "two", "reason": "It was not so."}, "whole number"),
            ({"delta": "-1", "reason": ""}, "required"),
        ],
    )
    def test_an_adjustment_that_is_refused_keeps_what_was_typed(
        self, policy: Client, typed: dict[str, str], said: str
    ) -> None:
        violation = seller_with_violation(at=TODAY)
        response = policy.post(f"/cms/violations/{violation.pk}/adjust/", typed)
        assert response.status_code == 422
        assert said in errors(response)
        sent = typed_in(form_with(response, "Adjust the points")[0])
        assert {name: sent[name] for name in typed} == typed
        assert PointEntry.objects.count() == 1

    def test_adjusted(self, policy: Client) -> None:
        violation = seller_with_violation(at=TODAY)
        asked = policy.get(f"/cms/violations/{violation.pk}/adjust/")
        done = press(policy, asked, "Adjust the points", delta="-3", reason="Half of it was right.")
        assert "1 left, issued with 4" in words(done)
        assert "Half of it was right. Putri Hakim" in words(done)


ITEM = {
    "seller_code": " ayu-01 ",
    "type": "V02",
    "channel": "live",
    "issued_at": "2026-03-02 10:00",
    "points": "",
    "message": "No cream whitens overnight.",
    "title": "Evening live",
    "url": "https://market.example/live/1",
    "at_seconds": "734",
}


class TestAddByHand:
    @pytest.fixture(autouse=True)
    def types(self) -> None:
        ViolationTypeFactory()

    def test_it_enters_where_somebody_stands_for_the_seller(self, policy: Client) -> None:
        linked_seller(code="AYU-01")
        done = press(policy, policy.get(NEW), "Record the violation", **ITEM)
        violation = Violation.objects.get()
        assert (violation.seller.code, violation.points, violation.channel) == ("AYU-01", 4, "live")
        assert violation.details.content_at_seconds == 734
        assert violation.report.source == "staff"
        assert violation.reference in words(done)
        assert "recorded with 4 points" in done.content.decode()

    def test_the_same_form_twice_is_one_violation(self, policy: Client) -> None:
        linked_seller(code="AYU-01")
        form = policy.get(NEW)
        press(policy, form, "Record the violation", **ITEM)
        again = press(policy, form, "Record the violation", **ITEM)
        assert "was added before" in again.content.decode()
        changed = press(policy, form, "Record the violation", **ITEM | {"title": "Other"})
        assert (changed.status_code, "sent before, with other words" in errors(changed)) == (422, True)
        assert Violation.objects.count() == 1

    def test_it_waits_where_nobody_does(self, policy: Client) -> None:
        done = press(policy, policy.get(NEW), "Record the violation", **ITEM)
        report = Report.objects.get()
        assert (Violation.objects.count(), report.seller_code) == (0, "AYU-01")
        assert f"{report.reference} waits until somebody stands for the seller." in done.content.decode()

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("seller_code", "a b", "seller code"),
            ("type", "V99", "valid choice"),
            ("channel", "radio", "valid choice"),
            ("issued_at", "yesterday", "valid date"),
            ("issued_at", "2999-01-01 10:00", "in the future"),
            ("issued_at", "1999-01-01 10:00", "before the year 2000"),
            ("points", "-5", "from 1 to 1000"),
            ("points", "1000000", "from 1 to 1000"),
            ("url", "javascript:alert(1)", "begins with https"),
            ("at_seconds", "-1", "from 0 to"),
            ("message", "x" * 2001, "2000 characters"),
        ],
    )
    def test_wrong_input_is_told_beside_its_field_and_kept(
        self, policy: Client, field: str, value: str, said: str
    ) -> None:
        linked_seller(code="AYU-01")
        response = press(policy, policy.get(NEW), "Record the violation", **ITEM | {field: value})
        assert response.status_code == 422
        assert said in errors(response)
        sent = typed_in(form_with(response, "Record the violation")[0])
        assert sent["message"] == (value if field == "message" else ITEM["message"])
        if field not in ("type", "channel"):
            assert sent[field] == value
        assert Report.objects.count() == 0


class TestRepeatsAndEnforcements:
    def test_looked_at_with_a_note(self, policy: Client) -> None:
        flag = flagged(seller_with_violation())
        assert policy.get("/cms/repeats/?seen=false").content.decode().count(flag.seller.code) > 0
        done = press(policy, policy.get(f"/cms/repeats/{flag.pk}/"), "Note that it was looked at", note="We called.")
        assert "We called." in words(done)
        flag.refresh_from_db()
        assert (flag.note, flag.seen_by.name) == ("We called.", "Putri Hakim")
        assert len(soup_of(policy.get("/cms/repeats/?seen=false")).select("table.listing tbody tr")) == 0
        long = policy.post(f"/cms/repeats/{flag.pk}/", {"note": "x" * 501})
        assert (long.status_code, "x" * 501 in long.content.decode()) == (422, True)

    def test_only_one_without_an_end_is_ended(self, policy: Client) -> None:
        endless, timed = seller_with_violation(points=48), seller_with_violation(points=12)
        found = {each.seller_id: each for each in Enforcement.objects.all()}
        one, other = found[endless.seller_id], found[timed.seller_id]
        done = press(policy, policy.get(f"/cms/enforcements/{one.pk}/"), "End it now")
        assert "Ended (by staff)" in words(done)
        assert "Selling closed, Staff review" in words(done)
        assert "End it now" not in buttons(policy.get(f"/cms/enforcements/{other.pk}/"))
        refused = policy.post(f"/cms/enforcements/{other.pk}/end/", follow=True)
        assert "Only an enforcement without an end" in refused.content.decode()
        other.refresh_from_db()
        assert other.state == EnforcementState.ACTIVE

    @pytest.mark.parametrize("path", ["repeats", "enforcements"])
    def test_the_lists_take_the_same_statements_for_one_and_for_thirty(self, policy: Client, path: str) -> None:
        flagged(seller_with_violation(points=12))
        first = statements(policy, f"/cms/{path}/")
        for _each in range(29):
            flagged(violation_of(linked_seller(), points=12))
        assert statements(policy, f"/cms/{path}/") == first


class TestTypes:
    def test_made_with_names_policy_and_lesson(self, market: Market, policy: Client) -> None:
        page = market.policy
        section = page.sections[0].value["number"]
        typed = {
            "code": "v77",
            "title_en": "Sold out goods",
            "description_en": "Goods that are not there.",
            "title_id": "Barang habis",
            "severity": "serious",
            "points": "3",
            "channels": ["live"],
            "policy_page": str(page.pk),
            "section": section,
            "lesson_page": str(market.claim_lessons[0].pk),
        }
        response = policy.post("/cms/violation-types/new/", typed | {"is_active": "on"})
        assert response.status_code == 302, errors(response)
        kind = ViolationType.objects.get(code="V77")
        names = {each.language: each.title for each in kind.texts.all()}
        assert names == {"en": "Sold out goods", "id": "Barang habis"}
        assert (kind.points, kind.channels, kind.section, kind.policy_page_id) == (3, ["live"], section, page.pk)
        assert ModelLogEntry.objects.filter(action="wagtail.create", label="V77").count() == 1

        wrong = policy.post(f"/cms/violation-types/edit/{kind.pk}/", typed | {"section": "99.9"})
        assert f"“{page.title}” has no section 99.9." in errors(wrong)
        assert 'value="99.9"' in wrong.content.decode()
        policy.post(f"/cms/violation-types/edit/{kind.pk}/", typed | {"code": "V78", "title_id": "", "points": "5"})
        kind.refresh_from_db()
        assert (kind.code, kind.points, kind.is_active) == ("V77", 5, False), "a code never changes"
        assert [each.language for each in kind.texts.all()] == ["en"]

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ({"code": "V02"}, "a type of this code already"),
            ({"code": "v 1"}, "slug"),
            ({"title_en": ""}, "required"),
            ({"points": "0"}, "greater than or equal to 1"),
            ({"points": "5000"}, "less than or equal to 1000"),
            ({"section": "2.3"}, "Choose the policy that the section stands in."),
            ({"description_id": "Kalimat."}, "Give the name too."),
        ],
    )
    def test_wrong_input_is_told_and_kept(self, policy: Client, typed: dict[str, str], said: str) -> None:
        ViolationTypeFactory()
        good = {"code": "V77", "title_en": "Sold out goods", "severity": "minor", "points": "3"}
        response = policy.post("/cms/violation-types/new/", good | typed)
        assert said in errors(response)
        if "title_en" not in typed:
            assert 'value="Sold out goods"' in response.content.decode()
        assert ViolationType.objects.filter(code="V77").count() == 0

    def test_a_bank_with_too_few_questions_is_pointed_out(self, policy: Client) -> None:
        kind = ViolationTypeFactory(questions=2)
        ViolationTypeFactory(code="V03", questions=9)
        seen = policy.get("/cms/violation-types/")
        assert words(seen).count("Fewer than 9 questions are ready") == 1
        assert "English 2" in words(seen)
        page = policy.get(f"/cms/violation-types/edit/{kind.pk}/")
        assert "Fewer than 9 questions are ready" in words(page)
        assert f"bank={kind.bank_id}" in links(page)["To the questions"]
        assert policy.get(links(page)["To the questions"]).status_code == 200

    def test_the_list_takes_the_same_statements_for_one_and_for_thirty(self, policy: Client) -> None:
        ViolationTypeFactory(code="W00", questions=1)
        first = statements(policy, "/cms/violation-types/")
        for number in range(1, 30):
            ViolationTypeFactory(code=f"W{number:02}", questions=1)
        assert statements(policy, "/cms/violation-types/") == first
