"""A file of violations in the admin: brought, looked over, taken, followed."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.enums import Role
from apps.accounts.models import User
from apps.compliance.enums import ImportState
from apps.compliance.models import Report, Violation, ViolationImport
from apps.compliance.services import imports
from apps.compliance.services.imports import preview_file
from apps.core.clock import now
from tests.factories import AT
from tests.factories.accounts import PersonFactory
from tests.factories.compliance import ViolationTypeFactory, linked_seller
from tests.screens import buttons, follow, press, soup_of, text_of, words

pytestmark = pytest.mark.django_db

NEW = "/cms/violation-files/new/"
HEADER = "external_id,seller_code,type,channel,issued_at,points\n"


@pytest.fixture(autouse=True)
def ground(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test says when a worker looks."""
    monkeypatch.setattr(imports, "enqueue_on_commit", lambda *_args: None)
    ViolationTypeFactory()
    linked_seller(code="AYU-01")


@pytest.fixture
def policy(client_of: Callable[[User], Client]) -> Client:
    """Brings files."""
    return client_of(PersonFactory(name="Putri Hakim", role=Role.POLICY))


def line(number: int, seller: str = "ayu-01", kind: str = "V02") -> str:
    """A line of the file."""
    return f"lm-{number},{seller},{kind},live,2026-02-02T09:30:00+07:00,4\n"


def bring(client: Client, content: str | bytes) -> HttpResponse:
    """Upload it."""
    data = content.encode() if isinstance(content, str) else content
    return follow(client, client.post(NEW, {"content": SimpleUploadedFile("week.csv", data, "text/csv")}))


def test_looked_over_taken_and_followed(policy: Client) -> None:
    bring(policy, HEADER + line(1))
    imports.start_import(brought=ViolationImport.objects.get(), at=AT, by=User.objects.get(name="Putri Hakim"))
    imports.continue_imports(clock=now)

    mixed = HEADER + line(1) + line(2) + line(3, "NEW-01") + line(1).replace(",4\n", ",5\n") + line(5, kind="V99")
    seen = bring(policy, mixed)
    assert "1 new, 1 that waits for its seller, 1 known, 1 conflict, 1 refused" in words(seen)
    wrong = [text_of(each) for each in soup_of(seen).select("table.listing tbody tr")]
    assert wrong == [
        "5 lm-1 ayu-01 Conflict: this id is known with other content.",
        "6 lm-5 ayu-01 type : There is no violation type V99.",
    ]
    assert (Report.objects.count(), Violation.objects.count()) == (1, 1), "nothing is written by looking"

    running = press(policy, seen, "Take it")
    assert running["Refresh"] == "3"
    assert "1 of 5 lines taken" in words(running)
    assert "Take it" not in buttons(running)
    imports.continue_imports(clock=now)
    brought = ViolationImport.objects.latest("pk")
    done = policy.get(f"/cms/violation-files/{brought.pk}/")
    assert "Refresh" not in done
    assert "1 new, 1 that waits for its seller, 1 known, 1 conflict, 1 refused." in words(done)
    assert (Report.objects.count(), Violation.objects.count()) == (3, 2)
    assert "week.csv" in words(policy.get("/cms/violation-files/"))

    again = policy.post(f"/cms/violation-files/{brought.pk}/decide/", {"take": "1"}, follow=True)
    assert "taken or dropped already" in again.content.decode()


def test_dropped(policy: Client) -> None:
    seen = press(policy, bring(policy, HEADER + line(1)), "Drop it")
    assert ViolationImport.objects.get().state == ImportState.DROPPED
    assert not {"Take it", "Drop it"} & set(buttons(seen))


def test_nothing_new_is_nothing_to_take(policy: Client) -> None:
    assert "Take it" not in buttons(bring(policy, HEADER + line(1, kind="V99")))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is missing"),
        (HEADER, "no violation in this file"),
        (b"\xff\xfe\x00a", "no text in UTF-8"),
        ("seller_code,type\nA,B\n", "is missing"),
        ("colour," + HEADER + "x", "There is no column “colour”."),
        (b"x" * (5 * 1024 * 1024 + 1), "5 MB"),
    ],
)
def test_what_is_no_table_is_refused(policy: Client, content: str | bytes, said: str) -> None:
    response = bring(policy, content)
    assert response.status_code == 422
    assert said in words(response)
    assert ViolationImport.objects.count() == 0


def test_no_file_is_told(policy: Client) -> None:
    assert policy.post(NEW, {}).status_code == 422


def test_operators_look_and_editors_see_nothing(operator: Client, editor: Client, person: User) -> None:
    brought = preview_file(name="week.csv", content=(HEADER + line(1)).encode(), at=AT, by=person)
    seen = operator.get(f"/cms/violation-files/{brought.pk}/")
    assert "1 new" in words(seen)
    assert "Take it" not in buttons(seen)
    assert operator.get(NEW).status_code == editor.get(NEW).status_code == 302
    assert editor.get("/cms/violation-files/").status_code == 302
    for client in (operator, editor):
        client.post(f"/cms/violation-files/{brought.pk}/decide/", {"take": "1"})
    brought.refresh_from_db()
    assert brought.state == ImportState.PREVIEWED


def test_the_list_takes_the_same_statements_for_one_and_for_thirty(policy: Client, person: User) -> None:
    counts = []
    for number in (1, 29):
        for _each in range(number):
            preview_file(name="week.csv", content=(HEADER + line(1)).encode(), at=AT, by=person)
        policy.get("/cms/violation-files/")
        with CaptureQueriesContext(connection) as captured:
            policy.get("/cms/violation-files/")
        counts.append(len(captured))
    assert counts[0] == counts[1]
