"""Letters to machines in the admin: operators see and do everything, nobody else anything."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from wagtail.models import ModelLogEntry

from apps.notifications.enums import DeliveryState, GivenUp
from apps.notifications.models import Delivery, DeliveryTry, Receiver
from tests.factories import AT
from tests.factories.notifications_webhooks import DeliveryFactory, ReceiverFactory
from tests.notifications.machines import machine_that

pytestmark = pytest.mark.django_db
FACTS = {"name": "Ledger", "url": "http://127.0.0.1:9/hook", "events": ["course.completed"], "is_active": "on"}


@pytest.fixture
def inside_allowed(settings: Any) -> None:
    """Receivers may be on loopback."""
    settings.WEBHOOKS_ALLOW_PRIVATE = True


@pytest.fixture
def receiver() -> Receiver:
    """A receiver whose secret nobody but its owner should see."""
    return ReceiverFactory(name="Ledger")


def ended(**facts: Any) -> Delivery:
    """A delivery that was given up after one try."""
    delivery = DeliveryFactory(state=DeliveryState.FAILED, next_try_at=None, ended_at=AT, tries=1, **facts)
    DeliveryTry.objects.create(delivery=delivery, number=1, at=AT, status=500, took_ms=17, error="Answered 500. Oops")
    return delivery


class TestWhoMay:
    @pytest.mark.parametrize("persona", ["visitor", "person_client", "seller_client", "editor", "approver"])
    @pytest.mark.parametrize("name", ["index", "add", "edit", "delete", "secret", "rotate", "test", "again"])
    def test_nobody_but_operators(self, name: str, persona: str, request: Any, receiver: Receiver) -> None:
        client = request.getfixturevalue(persona)
        delivery, secret = ended(receiver=receiver), receiver.secret
        url = {
            "index": lambda: reverse("receivers:index"),
            "add": lambda: reverse("receivers:add"),
            "again": lambda: reverse("deliveries:edit", args=[delivery.pk]),
        }.get(name, lambda: reverse(f"receivers:{name}", args=[receiver.pk]))()
        for answer in (client.get(url), client.post(url, FACTS)):
            assert answer.status_code in {302, 403, 404}, answer.status_code
            assert secret not in answer.content.decode()
        assert list(Receiver.objects.values_list("secret", flat=True)) == [secret]
        assert list(Delivery.objects.values_list("state", flat=True)) == [DeliveryState.FAILED]

    def test_the_menu_shows_it_to_operators_only(self, operator: Client, editor: Client) -> None:
        def menu(client: Client) -> str:
            return client.get(reverse("wagtailadmin_home")).content.decode()

        assert reverse("receivers:index") in menu(operator)
        assert reverse("receivers:index") not in menu(editor)


class TestReceivers:
    @pytest.mark.usefixtures("inside_allowed")
    def test_a_new_one_and_its_secret_once(self, operator: Client) -> None:
        answer = operator.post(reverse("receivers:add"), FACTS)
        made = Receiver.objects.get()
        assert (made.name, made.url, made.events, made.is_active) == (
            "Ledger",
            FACTS["url"],
            ["course.completed"],
            True,
        )
        assert answer["Location"] == reverse("receivers:secret", args=[made.pk])
        assert made.secret in operator.get(answer["Location"]).content.decode()
        again = operator.get(answer["Location"]).content.decode()
        assert made.secret not in again
        assert "makes a new one" in again
        assert made.secret not in operator.get(reverse("receivers:edit", args=[made.pk])).content.decode()
        assert ModelLogEntry.objects.get().action == "wagtail.create"

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("http://127.0.0.1/hook", "public Internet"),
            ("http://localhost/", "public Internet"),
            ("http://[::1]:8000/", "public Internet"),
            ("http://169.254.169.254/latest/", "public Internet"),
            ("https://name:word@8.8.8.8/", "name and password"),
            ("ftp://8.8.8.8/", "begin with"),
            ("nothing", "valid URL"),
        ],
    )
    def test_an_address_inside_is_refused_at_the_door(self, operator: Client, url: str, reason: str) -> None:
        answer = operator.post(reverse("receivers:add"), FACTS | {"url": url})
        assert reason in answer.content.decode()
        assert not Receiver.objects.exists()

    def test_an_unknown_event_and_a_name_twice_are_refused(self, operator: Client, receiver: Receiver) -> None:
        answer = operator.post(reverse("receivers:add"), FACTS | {"url": "https://8.8.8.8/", "events": ["x"]})
        assert set(answer.context["form"].errors) == {"name", "events"}
        assert Receiver.objects.count() == 1

    def test_turned_off_without_looking_the_address_up(self, operator: Client, receiver: Receiver) -> None:
        facts = {"name": "Ledger 2", "url": receiver.url}
        answer = operator.post(reverse("receivers:edit", args=[receiver.pk]), facts)
        assert answer.status_code == 302
        receiver.refresh_from_db()
        assert (receiver.name, receiver.events, receiver.is_active) == ("Ledger 2", [], False)

    def test_a_new_secret_is_shown_once(self, operator: Client, receiver: Receiver) -> None:
        old = receiver.secret
        answer = operator.post(reverse("receivers:rotate", args=[receiver.pk]), {"of": receiver.secret_mark})
        receiver.refresh_from_db()
        assert (receiver.old_secret, receiver.secret != old) == (old, True)
        page = operator.get(answer["Location"]).content.decode()
        assert receiver.secret in page
        assert old not in page

    def test_a_double_click_makes_one_new_secret_and_shows_it(self, operator: Client, receiver: Receiver) -> None:
        old, form = receiver.secret, {"of": receiver.secret_mark}
        for _click in range(2):
            answer = operator.post(reverse("receivers:rotate", args=[receiver.pk]), form)
        receiver.refresh_from_db()
        assert receiver.old_secret == old
        page = operator.get(answer["Location"]).content.decode()
        assert receiver.secret in page
        assert "A new secret had been made already." in page

    def test_acts_are_posts(self, operator: Client, receiver: Receiver) -> None:
        for name in ("rotate", "test"):
            assert operator.get(reverse(f"receivers:{name}", args=[receiver.pk])).status_code == 405

    @pytest.mark.usefixtures("inside_allowed")
    def test_a_test_event(self, operator: Client, django_capture_on_commit_callbacks: Any) -> None:
        with machine_that(200) as machine:
            receiver = ReceiverFactory(url=machine.url)
            with django_capture_on_commit_callbacks(execute=True):
                answer = operator.post(reverse("receivers:test", args=[receiver.pk]))
        assert json.loads(machine.got[0].body)["type"] == "test"
        delivery = Delivery.objects.get()
        assert delivery.state == DeliveryState.DELIVERED
        assert answer["Location"] == reverse("deliveries:edit", args=[delivery.pk])

    def test_no_test_event_to_who_is_off(self, operator: Client) -> None:
        receiver = ReceiverFactory(is_active=False)
        answer = operator.post(reverse("receivers:test", args=[receiver.pk]), follow=True)
        assert "This receiver is off." in answer.content.decode()
        assert not Delivery.objects.exists()


class TestDeliveries:
    def test_found_by_receiver_state_and_event(self, operator: Client, receiver: Receiver) -> None:
        ended(receiver=receiver, subject="seller:ONE")
        DeliveryFactory(receiver=receiver, subject="seller:TWO")
        DeliveryFactory(event="test", subject="test:THREE")
        index = reverse("deliveries:index")

        def found(**facts: Any) -> set[str]:
            return {each.subject for each in operator.get(index, facts).context["object_list"]}

        assert found() == {"seller:ONE", "seller:TWO", "test:THREE"}
        assert found(receiver=receiver.pk) == {"seller:ONE", "seller:TWO"}
        assert found(state="failed") == {"seller:ONE"}
        assert found(event="test") == {"test:THREE"}

    @pytest.mark.parametrize("count", [1, 15])
    def test_the_list_costs_the_same_for_many(
        self, operator: Client, count: int, django_assert_max_num_queries: Any
    ) -> None:
        for _number in range(count):
            DeliveryFactory()
        with django_assert_max_num_queries(22):
            operator.get(reverse("deliveries:index"))

    def test_one_shows_content_and_tries(self, operator: Client) -> None:
        delivery = ended(payload={"seller": "CARLA-01"})
        page = operator.get(reverse("deliveries:edit", args=[delivery.pk])).content.decode()
        for text in (delivery.webhook_id, "CARLA-01", "Answered 500. Oops", "Given up", "Send again"):
            assert text in page
        assert delivery.receiver.secret not in page

    def test_one_given_up_without_a_try_says_why(self, operator: Client) -> None:
        delivery = ended(given_up=GivenUp.SILENT)
        page = operator.get(reverse("deliveries:edit", args=[delivery.pk])).content.decode()
        assert "Given up. It waited for three days, and the receiver gives no answer." in page

    def test_send_again(self, operator: Client, at: datetime) -> None:
        delivery = ended()
        url = reverse("deliveries:edit", args=[delivery.pk])
        answer = operator.post(url)
        assert answer["Location"] == url
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.WAITING
        assert ModelLogEntry.objects.get().action == "notifications.send_delivery_again"

    def test_what_waits_has_no_button_and_is_refused(self, operator: Client) -> None:
        delivery = DeliveryFactory()
        url = reverse("deliveries:edit", args=[delivery.pk])
        assert "Send again" not in operator.get(url).content.decode()
        assert "This delivery still waits" in operator.post(url, follow=True).content.decode()
        delivery.refresh_from_db()
        assert delivery.resent_at is None
