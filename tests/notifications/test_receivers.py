"""What mail services report of addresses, posted to anymail's own doors in the services' own shapes."""

import hashlib
import hmac
import json
from base64 import b64encode
from typing import Any

import pytest
from django.test import Client

from apps.notifications.models import Suppression
from apps.notifications.rules import suppression_for
from config.urls import tracking_urls
from tests.architecture.test_project import manage

SECRET, KEY = "lantern:by-the-river", "key-of-mailgun"
BASIC = {"Authorization": "Basic " + b64encode(SECRET.encode()).decode()}


@pytest.fixture(autouse=True)
def a_site_with_a_mail_service(settings: Any, db: None) -> None:
    """As ANYMAIL_ESP makes it."""
    settings.ROOT_URLCONF = "tests.notifications.anymail_addresses"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET, "MAILGUN_WEBHOOK_SIGNING_KEY": KEY}


def postmark(headers: dict[str, str] = BASIC, **facts: Any) -> int:
    """Post a bounce as Postmark does."""
    event = {
        "RecordType": "Bounce",
        "MessageStream": "outbound",
        "ID": 4323372036854775807,
        "Type": "HardBounce",
        "TypeCode": 1,
        "Name": "Hard bounce",
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Metadata": {},
        "ServerID": 23,
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
        "Email": "Ayu@Example.com",
        "From": "university@lantern.example",
        "BouncedAt": "2026-03-02T09:33:54.9070259Z",
        "DumpAvailable": True,
        "Inactive": True,
        "CanActivate": True,
        "Subject": "Your certificate",
    }
    body = json.dumps(event | facts)
    return (
        Client().post("/anymail/postmark/tracking/", body, content_type="application/json", headers=headers).status_code
    )


def mailgun(key: str = KEY, **facts: Any) -> int:
    """Post an event as Mailgun does, signed."""
    token, timestamp = "c57ef1d5" * 6, "1772442834"
    event = {
        "signature": {
            "token": token,
            "timestamp": timestamp,
            "signature": hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest(),
        },
        "event-data": {
            "event": "failed",
            "severity": "permanent",
            "reason": "bounce",
            "timestamp": 1772442834.4,
            "log-level": "error",
            "id": "G9Bn5sl1TC6nu79C8C0bwg",
            "recipient": "ayu@example.com",
            "delivery-status": {"code": 550, "message": "5.1.1 no such user", "description": ""},
            "message": {"headers": {"message-id": "20260302.1@lantern.example", "to": "ayu@example.com"}},
        }
        | facts,
    }
    return (
        Client()
        .post("/anymail/mailgun/tracking/", json.dumps(event), content_type="application/json", headers=BASIC)
        .status_code
    )


def stopped() -> list[tuple[str, str]]:
    """Every address that gets no e-mail, and why."""
    return list(Suppression.objects.values_list("address", "reason"))


def test_a_hard_bounce_stops_the_address_once() -> None:
    for _repeat in range(2):
        assert postmark() == 200
    assert stopped() == [("ayu@example.com", "bounced")]
    assert "does not exist" in Suppression.objects.get().detail


def test_a_complaint_stops_the_address() -> None:
    assert postmark(RecordType="SpamComplaint", Type="SpamComplaint", Details="", Email="ben@example.com") == 200
    assert mailgun(event="complained") == 200
    assert sorted(stopped()) == [("ayu@example.com", "complained"), ("ben@example.com", "complained")]


def test_an_address_that_is_none_is_stopped() -> None:
    assert postmark(Type="BadEmailAddress", Details="") == 200
    assert stopped() == [("ayu@example.com", "bounced")]


@pytest.mark.parametrize(
    "facts",
    [
        {"Type": "SoftBounce", "Details": "smtp;452 4.2.2 mailbox full"},
        {"Type": "Transient"},
        {"Type": "DnsError"},
        {"Type": "AutoResponder"},
        {"Type": "Blocked", "Details": "smtp;550 5.7.1 spam"},
        {"Type": "HardBounce", "Details": "smtp;552 5.2.2 over quota"},
        {"Type": "VirusNotification"},
        {"Type": "SomethingNew", "RecordType": "SomethingNew"},
        {"RecordType": "Delivery"},
        {"Email": ""},
    ],
    ids=lambda facts: str(facts.get("Type") or facts),
)
def test_what_passes_stops_nothing(facts: dict[str, Any]) -> None:
    assert postmark(**facts) == 200
    assert stopped() == []


def test_mailgun_says_what_lasts_and_what_does_not() -> None:
    assert mailgun(severity="temporary", reason="generic") == 200
    assert stopped() == []
    assert mailgun() == 200
    assert stopped() == [("ayu@example.com", "bounced")]


def test_nobody_else_reports() -> None:
    wrong = {"Authorization": "Basic " + b64encode(b"lantern:guessed").decode()}
    assert [postmark(headers={}), postmark(headers=wrong), mailgun(key="guessed")] == [400, 400, 400]
    assert stopped() == []


@pytest.mark.parametrize(
    ("happened", "reason", "words", "stops"),
    [
        ("bounced", "bounced", "hard_bounce 550 no such user", "bounced"),
        ("bounced", "bounced", "soft_bounce", ""),
        ("bounced", "bounced", "activity.soft_bounced", ""),
        ("bounced", "bounced", "Bounce Transient General", ""),
        ("bounced", "bounced", "Permanent OnAccountSuppressionList", "bounced"),
        ("bounced", "bounced", "bounce blocked", ""),
        ("rejected", "invalid", "", "bounced"),
        ("rejected", "bounced", "dropped", "bounced"),
        ("rejected", "spam", "dropped", "complained"),
        ("rejected", "blocked", "", ""),
        ("rejected", "timed_out", "", ""),
        ("deferred", "bounced", "", ""),
        ("unsubscribed", "unsubscribed", "", ""),
        ("complained", "", "", "complained"),
        ("opened", "", "", ""),
    ],
)
def test_other_services_in_their_words(happened: str, reason: str, words: str, stops: str) -> None:
    assert suppression_for(happened=happened, reason=reason, words=words) == stops


class TestTheDoor:
    @pytest.mark.parametrize("path", ["/anymail/postmark/tracking/", "/anymail/mailgun/tracking/"])
    def test_is_shut_where_no_service_is_named(self, settings: Any, path: str) -> None:
        settings.ROOT_URLCONF = "config.urls"
        assert Client().post(path, "{}", content_type="application/json", headers=BASIC).status_code == 404

    def test_is_one_only(self) -> None:
        assert [str(each.pattern) for each in tracking_urls("postmark")] == ["postmark/tracking/"]
        assert tracking_urls("console") == []

    def test_a_site_with_a_service_starts_and_sends_through_it(self) -> None:
        code = (
            "from django.conf import settings; from django.urls import resolve;"
            "print(settings.EMAIL_BACKEND, settings.ANYMAIL['POSTMARK_SERVER_TOKEN'],"
            "resolve('/anymail/postmark/tracking/').view_name)"
        )
        named = {"ANYMAIL_ESP": "postmark", "ANYMAIL_POSTMARK_SERVER_TOKEN": "token", "ANYMAIL_WEBHOOK_SECRET": SECRET}
        done = manage("shell", "-v", "0", "-c", code, **named)
        assert done.returncode == 0, done.stderr
        words = done.stdout.split()
        assert words == ["anymail.backends.postmark.EmailBackend", "token", "postmark_tracking_webhook"]

    @pytest.mark.parametrize("secret", ["", "nobody"])
    def test_a_site_with_a_service_does_not_start_without_a_secret(self, secret: str) -> None:
        done = manage("check", ANYMAIL_ESP="postmark", ANYMAIL_WEBHOOK_SECRET=secret)
        assert done.returncode != 0
        assert "ANYMAIL_ESP needs ANYMAIL_WEBHOOK_SECRET" in done.stderr
