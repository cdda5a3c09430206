"""The marketplace's machines."""

from typing import Any

import factory
from django.test import Client

from apps.accounts.enums import Scope
from apps.accounts.models import MachineAccount
from apps.accounts.services import issue_token
from tests.factories import AT


class MachineFactory(factory.django.DjangoModelFactory):
    """A machine account that is on, without a token."""

    class Meta:
        model = MachineAccount

    name = factory.Sequence(lambda number: f"Machine {number}")
    made_at = AT


def token_for(*scopes: str, account: MachineAccount | None = None, **facts: Any) -> str:
    """The words of a new token for these scopes; facts as `days`, `at`."""
    facts = {"days": None, "at": AT, "by": None} | facts
    _token, words = issue_token(account=account or MachineFactory(), scopes=scopes or list(Scope), **facts)
    return words


class MachineClient(Client):
    """Calls the API as a machine does: JSON, and a token if it has one."""

    def __init__(self, words: str = "", **facts: Any) -> None:
        super().__init__(**facts)
        self.words = words

    def call(self, method: str, path: str, sent: Any = None, **facts: Any) -> Any:
        """The answer; what is sent as bytes or text goes as it is."""
        headers = {"authorization": f"Bearer {self.words}"} if self.words else {}
        facts["headers"] = headers | facts.get("headers", {})
        return getattr(self, method)(f"/api/v1{path}", sent, content_type="application/json", **facts)
