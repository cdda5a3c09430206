"""Every operation of the API, called with what its document allows and with what it forbids, keeps to its document.

Schemathesis makes the calls from the document as it is served: no failure of ours, no status and no shape that the
document doesn't name. An app that adds a router is called here without a word more.
"""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.accounts.enums import Scope
from apps.accounts.models import MachineCall
from tests.factories.accounts import SellerFactory
from tests.factories.machines import token_for

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 60


@pytest.fixture
def inside_one_transaction(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls keep the test's connection, which the handler would close; no pace, since every example is a call."""
    settings.API_CALLS_PER_MINUTE = 1_000_000
    monkeypatch.setattr(connection, "close_if_unusable_or_obsolete", lambda: None)


def document_of(changed: Callable[[Any], None] = lambda _document: None) -> Any:
    """The document as a machine reads it, or changed."""
    raw = Client().get("/api/v1/openapi.json").json()
    changed(raw)
    document = schemathesis.openapi.from_dict(raw)
    document.app = get_wsgi_application()
    return document


def test_every_operation_keeps_to_its_document(inside_one_transaction: None) -> None:
    SellerFactory(code="ALICE-01")
    tokens = [token_for(), token_for(Scope.TASKS_WRITE), ""]
    statuses: set[int] = set()
    for found in document_of().get_all_operations():
        statuses |= called(found.ok(), tokens)
    assert statuses >= {200, 401, 403, 404, 422}, "the calls reach what they are to reach"
    assert MachineCall.objects.count() > EXAMPLES


def called(operation: Any, tokens: list[str]) -> set[int]:
    """The statuses of many calls of one operation, each of which kept to the document."""
    statuses: set[int] = set()
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in GenerationMode])

    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.explicit, Phase.generate],
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, token=st.sampled_from([tokens[0], tokens[0], *tokens]))
    def call(case: Any, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS)
        statuses.add(response.status_code)

    call()
    return statuses


def test_the_judge_judges(inside_one_transaction: None) -> None:
    """The same calls against a document that names no 401, and against one with another shape of it."""

    def without(document: Any) -> None:
        document["paths"]["/api/v1/sellers/{seller_code}"]["put"]["responses"].pop("401")

    def of_another_shape(document: Any) -> None:
        document["components"]["schemas"]["FaultsOut"]["required"] = ["error"]

    for changed, found in ((without, "Undocumented status code"), (of_another_shape, "violates schema")):
        operation = next(each.ok() for each in document_of(changed).get_all_operations())
        with pytest.raises(FailureGroup) as failed:
            called(operation, [""])
        assert found in str(failed.value.exceptions)
