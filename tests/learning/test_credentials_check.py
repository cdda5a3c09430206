"""The public check: what it says, to whom, and how often somebody may ask for what there isn't."""

import re

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.learning.models import new_reference
from apps.learning.rules import GUESSES_ALLOWED
from tests.factories.learning import CertificateFactory
from tests.screens import heading, links, press, words


def guess(client: Client, times: int, **where: str) -> list[int]:
    """Ask for references that there aren't; the statuses of the answers."""
    return [client.get(f"/certificates/{new_reference()}/", **where).status_code for _time in range(times)]


@pytest.fixture
def same_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine, the count isn't begun anew in the middle of the test."""
    from apps.learning.views import certificates

    at = certificates.now().replace(minute=1, second=0, microsecond=0)
    monkeypatch.setattr(certificates, "now", lambda: at)


@pytest.mark.usefixtures("same_ten_minutes")
class TestGuessing:
    def test_a_thousand_times_is_limited(self, visitor: Client, db: None) -> None:
        answers = guess(visitor, 1000)
        assert answers == [404] * GUESSES_ALLOWED + [429] * (1000 - GUESSES_ALLOWED)

    def test_too_often_says_so_and_when_to_come_back(self, visitor: Client, db: None) -> None:
        guess(visitor, GUESSES_ALLOWED)
        answer = visitor.get(f"/certificates/{new_reference()}/")
        assert (answer.status_code, answer["Retry-After"]) == (429, "540")
        assert heading(answer) == "Not so fast"
        assert "Wait ten minutes, then check again." in words(answer)
        assert links(answer)["Go on from here"] == "/certificates/"

    def test_does_not_hinder_who_checks_what_there_is(self, person: User, visitor: Client) -> None:
        valid, revoked = CertificateFactory(person=person), CertificateFactory(person=person, revoked=True)
        guess(visitor, GUESSES_ALLOWED + 1)
        for _time in range(50):
            assert heading(visitor.get(f"/certificates/{valid.reference}/")) == "This certificate is valid"
        assert heading(visitor.get(f"/certificates/{revoked.reference}/")) == "This certificate is no longer valid"

    def test_by_the_form_is_counted_too(self, visitor: Client, db: None) -> None:
        guess(visitor, GUESSES_ALLOWED)
        answer = press(visitor, visitor.get("/certificates/"), "Check it", reference=new_reference())
        assert answer.status_code == 429

    def test_by_one_holds_off_nobody_else(self, visitor: Client, db: None) -> None:
        guess(visitor, GUESSES_ALLOWED + 1, REMOTE_ADDR="192.0.2.7")
        assert guess(visitor, 1, REMOTE_ADDR="192.0.2.8") == [404]

    def test_from_many_addresses_of_one_network_is_one(self, visitor: Client, db: None) -> None:
        answers = [guess(visitor, 1, REMOTE_ADDR=f"2001:db8:1:2::{number:x}")[0] for number in range(1, 40)]
        assert answers.count(404) == GUESSES_ALLOWED


def test_the_check_says_name_course_and_day_and_nothing_else_of_the_person(
    seller_person: User, person: User, visitor: Client
) -> None:
    certificate = CertificateFactory(person=seller_person, course_title="Claims")
    page = visitor.get(f"/certificates/{certificate.reference}/")
    shown = page.content.decode()
    assert "Carla Ruiz finished the course “Claims” on March 2, 2026." in words(page)
    assert page["X-Robots-Tag"] == "noindex"
    for secret in ("carla@example.com", "CARLA-01", "Carla’s Kitchen", "Carla&#x27;s Kitchen", "affiliate"):
        assert secret not in shown
    assert not re.search(rf"\b(person|user)[-_=/]?{seller_person.pk}\b", shown)
