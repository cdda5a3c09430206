"""Machines in the admin and at the command line: operators make and revoke tokens, and see what was called."""

import re
from datetime import datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.urls import reverse
from wagtail.models import ModelLogEntry

from apps.accounts import rules, services
from apps.accounts.enums import Scope
from apps.accounts.models import MachineAccount, MachineCall, MachineToken
from apps.accounts.tasks import forget_old_calls_daily
from tests.factories.machines import MachineFactory, token_for
from tests.screens import soup_of, words

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r"sut_[A-Za-z0-9_-]{43}")


@pytest.fixture
def machine() -> MachineAccount:
    """One with a token."""
    account = MachineFactory(name="Registry")
    token_for(Scope.SELLERS_WRITE, account=account)
    return account


def asked(**changed: Any) -> dict[str, Any]:
    """A form for a token."""
    return {"scopes": ["violations:write", "standing:read"], "days": "30", "reference": str(uuid4())} | changed


class TestWhoMay:
    @pytest.mark.parametrize("persona", ["visitor", "person_client", "seller_client", "editor", "approver"])
    @pytest.mark.parametrize("name", ["index", "add", "edit", "token", "revoke", "calls"])
    def test_nobody_but_operators(self, name: str, persona: str, request: Any, machine: MachineAccount) -> None:
        client, token = request.getfixturevalue(persona), machine.tokens.get()
        url = {
            "index": lambda: reverse("machines:index"),
            "add": lambda: reverse("machines:add"),
            "revoke": lambda: reverse("machines:revoke", args=[token.reference]),
            "calls": lambda: reverse("machine-calls:index"),
        }.get(name, lambda: reverse(f"machines:{name}", args=[machine.pk]))()
        for answer in (client.get(url), client.post(url, asked(name="Mine"))):
            assert answer.status_code in {302, 403, 405}, answer.status_code
            assert token.prefix not in answer.content.decode()
        token.refresh_from_db()
        assert (token.revoked_at, MachineToken.objects.count(), MachineAccount.objects.count()) == (None, 1, 1)

    def test_the_menu_shows_it_to_operators_only(self, operator: Client, editor: Client) -> None:
        pages = [client.get(reverse("wagtailadmin_home")).content.decode() for client in (operator, editor)]
        assert [reverse("machines:index") in page for page in pages] == [True, False]

    def test_nobody_deletes_one(self, operator: Client, machine: MachineAccount) -> None:
        page = operator.get(reverse("machines:edit", args=[machine.pk]))
        assert "/delete/" not in page.content.decode()
        assert operator.post(f"/cms/machines/delete/{machine.pk}/").status_code == 404


class TestTokens:
    def test_from_a_name_to_a_token_that_is_shown_once(self, operator: Client) -> None:
        answer = operator.post(reverse("machines:add"), {"name": "Registry", "note": "Ask Dewi", "is_active": "on"})
        account = MachineAccount.objects.get()
        page = reverse("machines:edit", args=[account.pk])
        assert (answer["Location"], account.made_by.email) == (page, "operator@example.com")
        assert "This machine has no token yet" in words(operator.get(page))

        form = operator.get(reverse("machines:token", args=[account.pk]))
        reference = soup_of(form).find("input", {"name": "reference"})["value"]
        answer = operator.post(reverse("machines:token", args=[account.pk]), asked(reference=reference))
        shown = TOKEN.findall(answer.content.decode())
        token = MachineToken.objects.get()
        assert (answer.status_code, len(shown)) == (200, 1)
        assert "no-store" in answer["Cache-Control"]
        assert (token.digest, token.prefix) == (rules.digest_of_token(shown[0]), shown[0][:10])
        assert token.scopes == ["violations:write", "standing:read"]
        assert token.expires_at - token.made_at == timedelta(days=30)
        later = operator.get(page).content.decode()
        assert token.prefix in later
        assert not TOKEN.search(later)

        again = operator.post(reverse("machines:token", args=[account.pk]), asked(reference=reference))
        assert again.status_code == 422
        assert "This token had been made already." in words(again)
        assert MachineToken.objects.count() == 1
        entry = ModelLogEntry.objects.get(action="accounts.issue_token")
        assert (entry.user.email, entry.data["token"]) == ("operator@example.com", token.prefix)
        assert shown[0] not in str(entry.data)

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"scopes": []}, "scopes"),
            ({"scopes": ["all"]}, "scopes"),
            ({"days": "0"}, "days"),
            ({"days": "3651"}, "days"),
        ],
    )
    def test_what_does_not_fit(
        self, operator: Client, machine: MachineAccount, changed: dict[str, Any], field: str
    ) -> None:
        answer = operator.post(reverse("machines:token", args=[machine.pk]), asked(**changed))
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
        assert MachineToken.objects.count() == 1

    def test_without_days_it_has_no_end(self, operator: Client, machine: MachineAccount) -> None:
        answer = operator.post(reverse("machines:token", args=[machine.pk]), asked(days=""))
        assert "It counts until somebody revokes it." in words(answer)
        assert MachineToken.objects.filter(expires_at=None).count() == 2

    def test_none_for_a_machine_that_is_off(self, operator: Client, machine: MachineAccount) -> None:
        facts = {"name": "Registry", "note": ""}
        operator.post(reverse("machines:edit", args=[machine.pk]), facts)
        machine.refresh_from_db()
        assert machine.is_active is False
        answer = operator.post(reverse("machines:token", args=[machine.pk]), asked())
        assert answer.status_code == 422
        assert "This machine account is off. Turn it on first." in words(answer)
        assert "Account off" in words(operator.get(reverse("machines:edit", args=[machine.pk])))

    def test_revoked_at_once_and_once(self, operator: Client, machine: MachineAccount) -> None:
        token = machine.tokens.get()
        url = reverse("machines:revoke", args=[token.reference])
        answer = operator.post(url, follow=True)
        assert "opens nothing any more" in words(answer)
        token.refresh_from_db()
        first = token.revoked_at
        assert first is not None
        operator.post(url)
        token.refresh_from_db()
        assert token.revoked_at == first
        assert ModelLogEntry.objects.filter(action="accounts.revoke_token").count() == 1
        assert operator.get(url).status_code == 405

    def test_the_list_counts_what_is_valid(
        self, operator: Client, machine: MachineAccount, at: datetime, django_assert_max_num_queries: Any
    ) -> None:
        token_for(account=machine, days=1, at=at - timedelta(days=400))
        for number in range(8):
            MachineFactory(name=f"Other {number}")
        operator.get(reverse("machines:index"))
        with django_assert_max_num_queries(25):
            page = operator.get(reverse("machines:index"))
        row = next(each for each in soup_of(page).find_all("tr") if "Registry" in each.get_text())
        assert [cell.get_text(" ", strip=True) for cell in row.find_all("td")][2] == "1"


class TestCalls:
    def call(self, token: MachineToken, began: datetime, **facts: Any) -> MachineCall:
        known = {"method": "POST", "route": "api/v1/violations", "status": 200, "counts": {"created": 3, "known": 1}}
        ended = began + timedelta(milliseconds=42)
        return services.note_call(token=token, began=began, ended=ended, address="192.0.2.7", **known | facts)

    def test_are_listed_and_filtered(self, operator: Client, machine: MachineAccount, at: datetime) -> None:
        token = machine.tokens.get()
        self.call(token, at)
        other = MachineFactory(name="Ledger")
        token_for(account=other)
        self.call(other.tokens.get(), at, status=422, counts={}, route="api/v1/other")
        page = words(operator.get(reverse("machine-calls:index")))
        assert "Registry" in page and "Ledger" in page
        page = words(operator.get(reverse("machine-calls:index"), {"account": machine.pk}))
        assert "created 3, known 1" in page
        assert "api/v1/violations 200" in page
        assert "api/v1/other" not in page
        assert "api/v1/violations" not in words(operator.get(reverse("machine-calls:index"), {"status": 422}))

    def test_cannot_be_changed(self, operator: Client, machine: MachineAccount, at: datetime) -> None:
        call = self.call(machine.tokens.get(), at)
        for verb in ("add", "edit", "delete"):
            assert operator.get(f"/cms/machine-calls/{verb}/{call.pk}/").status_code == 404
        assert operator.post("/cms/machine-calls/new/").status_code == 404

    def test_a_clock_that_jumps_back_gives_no_negative_time(self, machine: MachineAccount, at: datetime) -> None:
        facts = {"method": "GET", "route": "", "status": 200, "counts": {}, "address": ""}
        early = at - timedelta(seconds=5)
        assert services.note_call(token=machine.tokens.get(), began=at, ended=early, **facts).took_ms == 0

    def test_are_kept_for_90_days(self, machine: MachineAccount, at: datetime) -> None:
        token = machine.tokens.get()
        kept = self.call(token, at - timedelta(days=90))
        self.call(token, at - timedelta(days=90, seconds=1))
        self.call(token, at - timedelta(days=400))
        assert forget_old_calls_daily(at.isoformat()) == {"deleted": 2}
        assert list(MachineCall.objects.all()) == [kept]


class TestIssueToken:
    def run(self, *arguments: str) -> tuple[str, str]:
        """What is printed, and what is said beside it."""
        out, err = StringIO(), StringIO()
        call_command("issue_token", *arguments, stdout=out, stderr=err)
        return out.getvalue(), err.getvalue()

    def test_prints_the_token_alone(self) -> None:
        out, err = self.run("Registry", "--scope", "violations:write", "--scope", "standing:read", "--days", "30")
        token = MachineToken.objects.get()
        assert rules.digest_of_token(out.removesuffix("\n")) == token.digest
        assert (token.account.name, token.scopes) == ("Registry", ["violations:write", "standing:read"])
        assert token.expires_at - token.made_at == timedelta(days=30)
        assert "Registry" in err and "violations:write, standing:read" in err
        assert out.strip() not in err

    def test_another_one_for_the_same_machine(self) -> None:
        self.run("Registry", "--scope", "violations:write")
        self.run("Registry", "--scope", "sellers:write")
        assert MachineAccount.objects.count() == 1
        assert MachineToken.objects.filter(expires_at=None).count() == 2

    @pytest.mark.parametrize(
        "arguments",
        [
            ["Registry"],
            ["Registry", "--scope", "everything"],
            ["Registry", "--scope", "tasks:write", "--days", "0"],
            [" ", "--scope", "tasks:write"],
            ["x" * 81, "--scope", "tasks:write"],
        ],
    )
    def test_refuses_what_makes_no_token(self, arguments: list[str]) -> None:
        with pytest.raises(CommandError):
            self.run(*arguments)
        assert not MachineAccount.objects.exists()
