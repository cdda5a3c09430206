"""Violations and standings at the API's door: each status with its shape, and what strangers may send."""

import json
from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.enums import Scope
from apps.accounts.models import MachineCall, MachineToken
from apps.compliance.models import PointEntry, Report, Standing, Violation
from apps.compliance.rules.programme import PRESETS
from apps.core import clock
from apps.core.api import LARGEST_BODY
from tests.compliance import JAKARTA
from tests.factories.accounts import SellerFactory
from tests.factories.compliance import ViolationTypeFactory, linked_seller, set_programme
from tests.factories.machines import MachineClient, MachineFactory, token_for

pytestmark = pytest.mark.django_db

PATH = "/violations"


@pytest.fixture(autouse=True)
def types() -> None:
    """One with a quiz, one without."""
    ViolationTypeFactory(code="V02", questions=9)
    ViolationTypeFactory(code="V12", points=24, titles={"en": "Prohibited goods"})


@pytest.fixture
def machine() -> MachineClient:
    """Who may send violations and read standings."""
    account = MachineFactory(name="Watch")
    return MachineClient(token_for(Scope.VIOLATIONS_WRITE, Scope.STANDING_READ, account=account))


def sent(external_id: str = "lm-88121", code: str = "ALICE-01", **facts: Any) -> dict[str, Any]:
    """The example of the contract, of this day."""
    return {
        "external_id": external_id,
        "seller_code": code,
        "type": "V02",
        "channel": "live",
        "issued_at": (clock.now() - timedelta(days=1)).replace(microsecond=0).isoformat(),
        "points": 4,
        "message": "text shown to the seller",
        "content": {"title": "Evening live", "url": "https://lantern.example/live/7", "at_seconds": 734},
    } | facts


def batch(*items: object) -> dict[str, Any]:
    """A body."""
    return {"violations": list(items)}


def outcomes(answer: Any) -> list[str]:
    """What became of each."""
    assert answer.status_code == 200, answer.content
    return [each["outcome"] for each in answer.json()["results"]]


class TestSending:
    def test_each_item_has_its_result_in_the_shape_of_the_contract(self, machine: MachineClient) -> None:
        linked_seller(code="ALICE-01")
        answer = machine.call("post", PATH, batch(sent(), sent("lm-2", type="V77"), sent("lm-3", code="NOBODY")))
        violation = Violation.objects.get()
        waiting = Report.objects.get(external_id="lm-3")
        reason = "There is no violation type V77."
        assert answer.json() == {
            "results": [
                {
                    "index": 0,
                    "external_id": "lm-88121",
                    "outcome": "created",
                    "reference": violation.reference,
                    "errors": [],
                },
                {
                    "index": 1,
                    "external_id": "lm-2",
                    "outcome": "refused",
                    "reference": "",
                    "errors": [{"field": "type", "reason": reason}],
                },
                {
                    "index": 2,
                    "external_id": "lm-3",
                    "outcome": "pending",
                    "reference": waiting.reference,
                    "errors": [],
                },
            ]
        }
        call = MachineCall.objects.get()
        assert call.counts == {"created": 1, "refused": 1, "pending": 1}

    def test_the_same_batch_twice_changes_nothing(self, machine: MachineClient) -> None:
        linked_seller(code="ALICE-01")
        body = batch(sent(), sent("lm-2"), sent("lm-3", code="NOBODY"))
        first, second = (machine.call("post", PATH, body) for _time in range(2))
        assert outcomes(first) == ["created", "created", "pending"]
        assert outcomes(second) == ["known", "known", "known"]
        references = [[each["reference"] for each in answer.json()["results"]] for answer in (first, second)]
        assert references[0] == references[1]
        assert (PointEntry.objects.count(), Report.objects.count()) == (2, 3)

    def test_another_content_under_the_same_id_is_a_conflict(self, machine: MachineClient) -> None:
        linked_seller(code="ALICE-01")
        machine.call("post", PATH, batch(sent()))
        answer = machine.call("post", PATH, batch(sent(message="Something else."), sent(points=5)))
        assert outcomes(answer) == ["conflict", "conflict"]
        assert Standing.objects.get().balance == 4

    @pytest.mark.parametrize(
        ("facts", "field"),
        [
            ({"points": -5}, "points"),
            ({"points": 1_000_000}, "points"),
            ({"points": True}, "points"),
            ({"points": "4"}, "points"),
            ({"type": "V77"}, "type"),
            ({"type": 7}, "type"),
            ({"channel": "radio"}, "channel"),
            ({"issued_at": "1999-12-31T23:59:59Z"}, "issued_at"),
            ({"issued_at": "2999-01-01T00:00:00Z"}, "issued_at"),
            ({"issued_at": "2026-11-02T09:30:00"}, "issued_at"),
            ({"issued_at": 1}, "issued_at"),
            ({"external_id": ""}, "external_id"),
            ({"external_id": "a b"}, "external_id"),
            ({"seller_code": "AL ICE"}, "seller_code"),
            ({"seller_code": None}, "seller_code"),
            ({"message": "x" * 2001}, "message"),
            ({"content": {"url": "javascript:alert(1)"}}, "content.url"),
            ({"content": {"at_seconds": -1}}, "content.at_seconds"),
            ({"content": []}, "content"),
            ({"ponits": 4}, "ponits"),
        ],
    )
    def test_one_bad_item_is_refused_at_its_field_and_blocks_none(
        self, facts: dict[str, Any], field: str, machine: MachineClient
    ) -> None:
        linked_seller(code="ALICE-01")
        answer = machine.call("post", PATH, batch(sent("bad") | facts, sent("good")))
        assert outcomes(answer) == ["refused", "created"]
        errors = answer.json()["results"][0]["errors"]
        assert [each["field"] for each in errors] == [field]
        assert errors[0]["reason"].endswith(".")
        assert "%(" not in errors[0]["reason"]
        assert Violation.objects.get().report.external_id == "good"

    def test_codes_with_spaces_and_small_letters_are_the_same_seller(self, machine: MachineClient) -> None:
        linked_seller(code="ALICE-01")
        assert outcomes(machine.call("post", PATH, batch(sent(code="  alice-01 "), sent(code="ALICE-01")))) == [
            "created",
            "known",
        ]

    @pytest.mark.parametrize("item", [None, 7, "text", [], [[]]])
    def test_what_is_no_object_is_refused(self, item: object, machine: MachineClient) -> None:
        assert outcomes(machine.call("post", PATH, batch(item))) == ["refused"]


class TestRefusedWhole:
    @pytest.mark.parametrize("body", [{"violations": []}, {"violations": {}}, {"violations": [{}] * 1001}, {}])
    def test_what_is_no_batch(self, body: Any, machine: MachineClient) -> None:
        answer = machine.call("post", PATH, body)
        assert answer.status_code == 422
        assert [each["field"] for each in answer.json()["errors"]] == ["violations"]

    @pytest.mark.parametrize("body", [b"no JSON", b"", b'{"violations": [NaN]}', b'{"violations": [' + b"[" * 5000])
    def test_what_is_no_json(self, body: bytes, machine: MachineClient) -> None:
        answer = machine.call("post", PATH, body)
        assert answer.status_code == 400
        assert set(answer.json()) == {"errors"}

    def test_a_body_that_is_too_large(self, machine: MachineClient) -> None:
        answer = machine.call("post", PATH, b'{"violations": ["' + b"x" * LARGEST_BODY + b'"]}')
        assert answer.status_code == 413
        assert not Report.objects.exists()

    def test_without_a_token_with_a_revoked_one_and_outside_its_scopes(self, machine: MachineClient) -> None:
        body = batch(sent())
        assert MachineClient().call("post", PATH, body).status_code == 401
        others = [scope for scope in Scope if scope != Scope.VIOLATIONS_WRITE]
        assert MachineClient(token_for(*others)).call("post", PATH, body).status_code == 403
        MachineToken.objects.update(revoked_at=clock.now())
        assert machine.call("post", PATH, body).status_code == 401
        assert not Report.objects.exists()

    def test_too_many_calls(self, machine: MachineClient, settings: Any) -> None:
        settings.API_CALLS_PER_MINUTE = 1
        machine.call("post", PATH, batch(sent()))
        answer = machine.call("post", PATH, batch(sent()))
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) > 0


class TestRevoking:
    def test_again_is_the_same_answer(self, machine: MachineClient) -> None:
        linked_seller(code="ALICE-01")
        machine.call("post", PATH, batch(sent()))
        path = f"{PATH}/lm-88121/revoke"
        answers = [machine.call("post", path, {"reason": "Shown rightly."}) for _time in range(2)]
        told = {"external_id": "lm-88121", "reference": Violation.objects.get().reference, "state": "revoked"}
        assert [(each.status_code, each.json()) for each in answers] == [(200, told), (200, told)]
        assert list(PointEntry.objects.order_by("pk").values_list("delta", flat=True)) == [4, -4]

    def test_what_waits_is_withdrawn(self, machine: MachineClient) -> None:
        machine.call("post", PATH, batch(sent(code="NOBODY")))
        answer = machine.call("post", f"{PATH}/lm-88121/revoke", {"reason": "Shown rightly."})
        assert answer.json()["state"] == "withdrawn"

    def test_an_id_that_was_never_sent(self, machine: MachineClient) -> None:
        answer = machine.call("post", f"{PATH}/lm-0/revoke", {"reason": "Shown rightly."})
        assert (answer.status_code, answer.json()["errors"][0]["reason"]) == (
            404,
            "There is no violation with the id lm-0.",
        )

    @pytest.mark.parametrize("body", [{}, {"reason": " "}, {"reason": "x" * 501}, {"reason": 5}])
    def test_without_a_reason(self, body: Any, machine: MachineClient) -> None:
        linked_seller(code="ALICE-01")
        machine.call("post", PATH, batch(sent()))
        answer = machine.call("post", f"{PATH}/lm-88121/revoke", body)
        assert answer.status_code == 422
        assert [each["field"] for each in answer.json()["errors"]] == ["reason"]
        assert PointEntry.objects.count() == 1


class TestStanding:
    def test_it_is_told_in_the_shape_of_the_contract(self, machine: MachineClient) -> None:
        linked_seller(code="ALICE-01")
        machine.call("post", PATH, batch(sent(points=8), sent("lm-2", type="V12", points=5)))
        machine.call("post", f"{PATH}/lm-2/revoke", {"reason": "Shown rightly."})
        told = machine.call("get", "/sellers/alice-01/standing").json()
        first, second = Violation.objects.order_by("pk")
        assert {name: told[name] for name in ("seller_code", "scale", "balance", "next_milestone")} == {
            "seller_code": "ALICE-01",
            "scale": "points",
            "balance": 8,
            "next_milestone": {"points": 12, "distance": 4},
        }
        assert "rating" not in told
        by_id = {each["external_id"]: each for each in told["violations"]}
        assert by_id["lm-88121"]["reference"] == first.reference
        assert by_id["lm-88121"]["quiz_closes_at"] == json_time(first.quiz_closes_at)
        assert by_id["lm-2"]["quiz_closes_at"] is None
        assert (by_id["lm-2"]["state"], by_id["lm-2"]["remaining"]) == ("revoked", 0)
        assert [(each["kind"], each["delta"], each["reason"]) for each in told["entries"]] == [
            ("revoke", -5, "Shown rightly."),
            ("issue", 5, ""),
            ("issue", 8, ""),
        ]
        assert told["entries"][0]["reference"] == second.reference
        assert [(each["milestone"], each["state"]) for each in told["enforcements"]] == [(12, "lifted")]

    def test_on_the_scale_of_ratings_the_rating_too(self, machine: MachineClient) -> None:
        seller = linked_seller(code="ALICE-01")
        rating = PRESETS["rating"](JAKARTA)
        set_programme(seller.region, scale=rating.scale, milestones=rating.milestones)
        machine.call("post", PATH, batch(sent()))
        told = machine.call("get", "/sellers/ALICE-01/standing").json()
        assert (told["scale"], told["balance"], told["rating"]) == ("rating", 4, 196)

    def test_who_has_no_violations_has_no_points(self, machine: MachineClient) -> None:
        SellerFactory(code="BAYU-01")
        told = machine.call("get", "/sellers/BAYU-01/standing").json()
        assert (told["balance"], told["violations"], told["entries"], told["enforcements"]) == (0, [], [], [])

    def test_unknown_sellers(self, machine: MachineClient) -> None:
        assert machine.call("get", "/sellers/NOBODY-01/standing").status_code == 404


def json_time(at: Any) -> str:
    """An instant as the API writes it."""
    return at.isoformat().replace("+00:00", "Z")


def test_the_document_names_every_field_and_has_an_example_of_each_call(client: Any) -> None:
    document = client.get("/api/v1/openapi.json").json()
    fields = document["components"]["schemas"]["ViolationIn"]["properties"]
    assert set(fields) == set(sent())
    shape = document["components"]["schemas"]["BatchIn"]
    assert shape["properties"]["violations"]["maxItems"] == 1000
    for name in ("BatchIn", "ReasonIn", "ResultsOut", "RevokedOut", "StandingOut"):
        assert document["components"]["schemas"][name]["example"]
    assert (
        json.dumps(document["paths"]["/api/v1/violations"]["post"]["security"]) == '[{"Bearer": ["violations:write"]}]'
    )
