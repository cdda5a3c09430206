"""The API at its door: each status with its shape, and what is written down of each call."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.enums import Scope
from apps.accounts.models import MachineAccount, MachineCall, MachineToken, Seller, User
from apps.core import clock
from apps.core.api import LARGEST_BODY
from tests.factories.accounts import SellerFactory
from tests.factories.machines import MachineClient, MachineFactory, token_for

pytestmark = pytest.mark.django_db
ALICE = {"email": "alice@lantern.example", "shop_name": "Alice's Lamps", "region": "US", "state": "active"}
PATH = "/sellers/ALICE-01"


@pytest.fixture
def machine() -> MachineClient:
    """Who may name sellers."""
    return MachineClient(token_for(Scope.SELLERS_WRITE, account=MachineFactory(name="Registry")))


def errors_of(answer: Any) -> list[tuple[str, str]]:
    """What is wrong, of an answer that is in the one shape."""
    assert answer["Content-Type"] == "application/json"
    told = answer.json()
    assert set(told) == {"errors"}
    assert all(set(each) == {"field", "reason"} for each in told["errors"])
    return [(each["field"], each["reason"]) for each in told["errors"]]


class TestWhoCalls:
    def test_without_a_token(self) -> None:
        answer = MachineClient().call("put", PATH, ALICE)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
        assert errors_of(answer) == [("", "Send a valid token: Authorization: Bearer TOKEN.")]
        assert not Seller.objects.exists()

    @pytest.mark.parametrize("words", ["x", "sut_" + "a" * 43, "sut_" + "a" * 44, "Bearer", "\u00e9"])
    def test_with_a_token_that_nobody_knows(self, words: str) -> None:
        answer = MachineClient(words).call("put", PATH, ALICE)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
        assert not MachineCall.objects.exists(), "anyone could fill the table"

    def test_a_session_is_no_token(self, operator: Client) -> None:
        answer = operator.put(f"/api/v1{PATH}", json.dumps(ALICE), content_type="application/json")
        assert answer.status_code == 401

    @pytest.mark.parametrize(
        ("ended", "reason"),
        [
            ("revoked", "This token was revoked."),
            ("expired", "This token has expired."),
            ("off", "The machine account of this token is off."),
        ],
    )
    def test_with_one_that_no_longer_counts(self, ended: str, reason: str, machine: MachineClient) -> None:
        at = clock.now()
        if ended == "off":
            MachineAccount.objects.update(is_active=False)
        else:
            MachineToken.objects.update(**{"revoked_at" if ended == "revoked" else "expires_at": at})
        answer = machine.call("put", PATH, ALICE)
        assert (answer.status_code, errors_of(answer)) == (401, [("", reason)])
        assert "WWW-Authenticate" in answer
        assert MachineCall.objects.get().status == 401

    def test_outside_of_its_scopes(self) -> None:
        others = [scope for scope in Scope if scope != Scope.SELLERS_WRITE]
        answer = MachineClient(token_for(*others)).call("put", PATH, ALICE)
        assert (answer.status_code, errors_of(answer)) == (403, [("", "This token lacks the scope sellers:write.")])
        assert not Seller.objects.exists()

    def test_a_machine_has_no_pages(self, machine: MachineClient) -> None:
        for path in ("/cms/", "/dashboard/"):
            answer = machine.get(path, headers={"authorization": f"Bearer {machine.words}"})
            assert answer.status_code == 302


class TestWhatIsSent:
    @pytest.mark.parametrize(
        ("sent", "status", "reason"),
        [
            ("", 400, "Send JSON."),
            ("email=alice", 400, "This is no JSON."),
            ('{"email": "a@b.example", "email": "c@b.example"}', 400, "A key stands in one object twice."),
            ('{"email": NaN}', 400, "NaN is no JSON."),
            (b'{"email": "\xff"}', 400, "This is no UTF-8."),
            ('{"email":' * 50_000, 400, "This is nested too deeply."),
        ],
    )
    def test_no_json(self, machine: MachineClient, sent: Any, status: int, reason: str) -> None:
        answer = machine.call("put", PATH, sent)
        assert (answer.status_code, errors_of(answer)) == (status, [("", reason)])

    @pytest.mark.parametrize(
        ("changed", "field", "reason"),
        [
            ({"email": "nobody"}, "email", "This is no e-mail address."),
            ({"email": None}, "email", "Input should be a valid string."),
            ({"email": f"{'a' * 250}@b.example"}, "email", "String should have at most 254 characters."),
            ({"shop_name": "  "}, "shop_name", "String should have at least 1 character."),
            ({"shop_name": "x" * 121}, "shop_name", "String should have at most 120 characters."),
            ({"shop_name": "x\x00"}, "shop_name", "A text holds a character that can't be kept."),
            ({"shop_name": 7}, "shop_name", "Input should be a valid string."),
            ({"region": "SG"}, "region", "Input should be 'ID' or 'US'."),
            ({"state": "gone"}, "state", "Input should be 'active', 'suspended' or 'closed'."),
            ({"colour": "red"}, "colour", "This field isn't known."),
        ],
    )
    @pytest.mark.parametrize("method", ["put", "patch"])
    def test_a_field_that_does_not_fit(
        self, machine: MachineClient, method: str, changed: dict[str, Any], field: str, reason: str
    ) -> None:
        SellerFactory(code="ALICE-01", shop_name="Lamps")
        answer = machine.call(method, PATH, ALICE | changed)
        assert (answer.status_code, errors_of(answer)) == (422, [(field, reason)])
        assert Seller.objects.get().shop_name == "Lamps"

    @pytest.mark.parametrize("left_out", ALICE)
    def test_all_is_said_in_a_put(self, machine: MachineClient, left_out: str) -> None:
        answer = machine.call("put", PATH, {name: value for name, value in ALICE.items() if name != left_out})
        assert (answer.status_code, errors_of(answer)) == (422, [(left_out, "This field is missing.")])

    @pytest.mark.parametrize("sent", [[], "x", 1, None, [ALICE]])
    def test_no_object(self, machine: MachineClient, sent: Any) -> None:
        answer = machine.call("put", PATH, json.dumps(sent))
        assert answer.status_code == 422
        assert errors_of(answer)[0][0] == ""

    @pytest.mark.parametrize("code", ["!", "A", "-AB", "A" * 33, "A B", "\u0131\u0131", "a\u017f"])
    def test_no_code(self, machine: MachineClient, code: str) -> None:
        answer = machine.call("put", f"/sellers/{code}", ALICE)
        assert answer.status_code == 422
        assert [field for field, _reason in errors_of(answer)] == ["seller_code"]

    def test_more_than_5_mb(self, machine: MachineClient) -> None:
        answer = machine.call("put", PATH, b" " * (LARGEST_BODY + 1))
        assert (answer.status_code, errors_of(answer)) == (413, [("", "This is more than 5 MB. Send it in parts.")])
        assert MachineCall.objects.values_list("route", "status").get() == ("api/v1/sellers/<seller_code>", 413)
        assert machine.call("put", PATH, b" " * LARGEST_BODY).status_code == 400

    @pytest.mark.parametrize(("more", "status"), [(1, 413), (0, 422)])
    def test_more_than_5_mb_without_saying_so(self, machine: MachineClient, more: int, status: int) -> None:
        """Chunked: read up to the limit, and no further."""
        pipe = Pipe(b'{"x": "' + b"y" * (LARGEST_BODY - 9 + more) + b'"}')
        answer = machine.generic(
            "PUT",
            f"/api/v1{PATH}",
            headers={"authorization": f"Bearer {machine.words}", "transfer-encoding": "chunked"},
            **{"wsgi.input": pipe, "wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
        )
        assert answer.status_code == status
        assert pipe.taken <= LARGEST_BODY + 1


class Pipe(BytesIO):
    """What comes without a length."""

    taken = 0

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes, counted."""
        assert size is not None and size >= 0
        found = super().read(size)
        self.taken += len(found)
        return found


class TestJsonOnly:
    @pytest.mark.parametrize(
        "path", ["/api/", "/api/v1/", "/api/v1/nothing", "/api/v2/sellers/ALICE-01", "/api/v1/sellers/"]
    )
    def test_an_unknown_address(self, machine: MachineClient, path: str) -> None:
        for client in (machine, Client()):
            answer = client.get(path, headers={"accept": "text/html"})
            assert (answer.status_code, errors_of(answer)) == (404, [("", "There is nothing at this address.")])

    def test_an_unknown_seller(self, machine: MachineClient) -> None:
        answer = machine.call("patch", PATH, {"state": "closed"})
        assert (answer.status_code, errors_of(answer)) == (404, [("", "There is no seller ALICE-01.")])
        assert not Seller.objects.exists()

    def test_an_unknown_method(self, machine: MachineClient) -> None:
        answer = machine.call("post", PATH, ALICE)
        assert (answer.status_code, errors_of(answer)) == (405, [("", "This address doesn't know this method.")])
        assert set(answer["Allow"].split(", ")) == {"PUT", "PATCH"}

    def test_nul_in_the_address(self, machine: MachineClient) -> None:
        answer = machine.call("put", "/sellers/ALICE%00", ALICE)
        assert answer.status_code == 400
        assert errors_of(answer)[0][0] == ""

    def test_another_host(self, machine: MachineClient) -> None:
        answer = machine.call("put", PATH, ALICE, headers={"host": "elsewhere.example"})
        assert answer.status_code == 400
        assert len(errors_of(answer)) == 1

    def test_our_own_failure(self, machine: MachineClient, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
        def fail(**_facts: Any) -> None:
            raise RuntimeError("a secret detail")

        monkeypatch.setattr("apps.accounts.api.name_seller", fail)
        machine.raise_request_exception = False
        for settings.DEBUG in (False, True):
            answer = machine.call("put", PATH, ALICE)
            assert answer.status_code == 500
            assert "Something went wrong on our side." in errors_of(answer)[0][1]
            assert "secret detail" not in answer.content.decode()
        assert set(MachineCall.objects.values_list("status", flat=True)) == {500}

    def test_reasons_are_english_whatever_is_asked_for(self, machine: MachineClient) -> None:
        answer = machine.call("patch", PATH, {}, headers={"accept-language": "id"})
        assert errors_of(answer) == [("", "There is no seller ALICE-01.")]

    def test_nothing_of_it_stays_in_a_cache(self, machine: MachineClient) -> None:
        assert machine.call("put", PATH, ALICE)["Cache-Control"] == "no-store"
        assert machine.call("put", PATH, "")["Cache-Control"] == "no-store"


class TestPace:
    @pytest.fixture(autouse=True)
    def one_minute(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Three calls a minute, and a clock that stands still in the middle of one."""
        settings.API_CALLS_PER_MINUTE = 3
        at = clock.now().replace(second=20, microsecond=0)
        monkeypatch.setattr("apps.accounts.middleware.now", lambda: at)
        return

    def test_too_many_calls_of_a_token(self, machine: MachineClient) -> None:
        statuses = [machine.call("put", PATH, ALICE).status_code for _time in range(3)]
        assert statuses == [200, 200, 200]
        answer = machine.call("put", PATH, ALICE)
        assert (answer.status_code, answer["Retry-After"]) == (429, "40")
        assert errors_of(answer) == [("", "Too many calls: 3 a minute are allowed. Wait, then go on.")]
        for _time in range(5):
            machine.call("put", PATH, ALICE)
        assert sorted(MachineCall.objects.values_list("status", flat=True)) == [200, 200, 200, 429]

    def test_each_token_has_its_own(self, machine: MachineClient) -> None:
        other = MachineClient(token_for(Scope.SELLERS_WRITE))
        for _time in range(4):
            machine.call("put", PATH, ALICE)
        assert other.call("put", PATH, ALICE).status_code == 200

    def test_who_has_none_is_held_by_the_address(self) -> None:
        assert [MachineClient(f"x{n}").call("put", PATH, ALICE).status_code for n in range(5)] == [401] * 3 + [429] * 2
        elsewhere = MachineClient("x", REMOTE_ADDR="192.0.2.7")
        assert elsewhere.call("put", PATH, ALICE).status_code == 401


class TestWrittenDown:
    def test_a_call(self, machine: MachineClient) -> None:
        machine.call("put", PATH, ALICE)
        call = MachineCall.objects.get()
        assert (call.token.account.name, call.method, call.status) == ("Registry", "PUT", 200)
        assert (call.route, call.counts, call.address) == ("api/v1/sellers/<seller_code>", {"sellers": 1}, "127.0.0.1")
        assert 0 <= call.took_ms < 60_000

    def test_one_that_led_nowhere(self, machine: MachineClient) -> None:
        machine.call("get", "/nothing")
        assert MachineCall.objects.values_list("route", "status").get() == ("", 404)

    def test_last_used_to_the_hour(self, machine: MachineClient) -> None:
        machine.call("put", PATH, ALICE)
        first = MachineToken.objects.get().last_used_at
        machine.call("put", PATH, ALICE)
        assert MachineToken.objects.get().last_used_at == first
        MachineToken.objects.update(last_used_at=first - timedelta(hours=1))
        machine.call("put", PATH, ALICE)
        assert MachineToken.objects.get().last_used_at >= first

    def test_the_same_call_costs_the_same(self, machine: MachineClient, django_assert_max_num_queries: Any) -> None:
        machine.call("put", PATH, ALICE)
        with django_assert_max_num_queries(14):
            assert machine.call("put", PATH, ALICE).status_code == 200


class TestDocument:
    @pytest.fixture
    def document(self) -> dict[str, Any]:
        """As everyone may read it."""
        answer = Client().get("/api/v1/openapi.json")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
        return answer.json()

    def test_stands_open_and_says_how_to_come_in(self, document: dict[str, Any]) -> None:
        assert reverse("api:openapi-json") == "/api/v1/openapi.json"
        assert document["openapi"] == "3.1.0"
        scheme = document["components"]["securitySchemes"]["Bearer"]
        assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")

    def test_every_operation_tells_scope_errors_and_examples(self, document: dict[str, Any]) -> None:
        operations = [each for methods in document["paths"].values() for each in methods.values()]
        assert {each["operationId"] for each in operations} >= {"put_seller", "change_seller"}
        for operation in operations:
            assert [list(each) for each in operation["security"]] == [["Bearer"]]
            assert set(operation["security"][0]["Bearer"]) <= set(Scope.values)
            assert operation["summary"] and operation["description"]
            assert {"200", "400", "401", "403", "413", "422", "429"} <= set(operation["responses"])
            for status, answer in operation["responses"].items():
                content = answer["content"]["application/json"]
                if status == "200":
                    continue
                assert content["schema"] == {"$ref": "#/components/schemas/FaultsOut"}
                assert set(content["example"]["errors"][0]) == {"field", "reason"}
            assert "Retry-After" in operation["responses"]["429"]["headers"]
            assert "WWW-Authenticate" in operation["responses"]["401"]["headers"]

    def test_what_is_sent_and_answered_has_an_example(self, document: dict[str, Any]) -> None:
        shapes = document["components"]["schemas"]
        assert all("example" in shapes[name] for name in ("SellerIn", "SellerChange", "SellerOut"))
        assert shapes["SellerIn"]["additionalProperties"] is False
        assert set(shapes["SellerIn"]["required"]) == {"email", "shop_name", "region", "state"}
        assert "required" not in shapes["SellerChange"]

    def test_nothing_of_it_lies_elsewhere(self, document: dict[str, Any]) -> None:
        """Addresses stand in examples only."""
        told = json.dumps(document)
        assert [ref for ref in re.findall(r'"\$ref": "([^"]*)"', told) if not ref.startswith("#/")] == []
        assert not {"externalDocs", "externalValue"} & set(re.findall(r'"(\w+)":', told))
        assert document.get("servers", []) == []


def test_the_answer_says_what_is_kept(machine: MachineClient, person: User) -> None:
    answer = machine.call(
        "put", "/sellers/%20alice-01%20", ALICE | {"email": " AYU@example.com ", "shop_name": " Lamps "}
    )
    assert answer.json() == {
        "seller_code": "ALICE-01",
        "email": "ayu@example.com",
        "shop_name": "Lamps",
        "region": "US",
        "state": "active",
        "link": "linked",
    }
    assert Seller.objects.get().person == person
