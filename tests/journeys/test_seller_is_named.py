"""The marketplace names a seller through the API; the letter leads its person in, and the shop is theirs."""

import re

from django.test import Client

from apps.accounts.enums import Scope
from apps.accounts.models import MachineCall, Seller
from apps.notifications.models import Message
from tests.accounts.test_views import CONFIRM, CREATE
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import Market
from tests.factories.machines import MachineClient, MachineFactory, token_for
from tests.screens import address, code_in_mail, press, soup_of, words

SARI = {"email": "sari@example.com", "shop_name": "Toko Sari", "region": "US", "state": "active"}


def registry() -> MachineClient:
    """The marketplace's register of sellers."""
    return MachineClient(token_for(Scope.SELLERS_WRITE, account=MachineFactory(name="Registry")))


def test_from_the_marketplaces_word_to_the_persons_profile(market: Market, visitor: Client) -> None:
    machine = registry()
    answer = machine.call("put", "/sellers/sari-01", SARI)
    assert (answer.status_code, answer.json()["link"]) == (200, "invited")
    assert machine.call("put", "/sellers/SARI-01", SARI).json() == answer.json()
    letter = Message.objects.get()
    way_in = re.search(r"http://[^/]+(/accounts/signup/\S+)", letter.text)[1]

    form = visitor.get(way_in)
    assert soup_of(form).select_one("[name=email]")["value"] == "sari@example.com"
    code_page = press(visitor, form, CREATE, name="Sari Dewi", password1="river-lamps-at-dusk")
    assert Seller.objects.get().person is None, "signing up proves nothing yet"
    welcome = press(visitor, code_page, CONFIRM, code=code_in_mail())
    assert address(welcome) == "/welcome/"
    assert "Your shop Toko Sari is linked." in words(welcome)
    assert "Shop Toko Sari Seller code SARI-01" in words(visitor.get("/profile/"))

    assert machine.call("put", "/sellers/SARI-01", SARI).json()["link"] == "linked"
    assert machine.call("patch", "/sellers/SARI-01", {"state": "suspended"}).json()["state"] == "suspended"
    assert Seller.objects.get().state == "suspended"
    assert list(MachineCall.objects.order_by("pk").values_list("method", "status")) == [
        ("PUT", 200),
        ("PUT", 200),
        ("PUT", 200),
        ("PATCH", 200),
    ]


def test_who_has_another_account_is_not_taken_for_the_one_who_was_named(market: Market, visitor: Client) -> None:
    registry().call("put", "/sellers/SARI-01", SARI)
    stranger = PersonFactory(email="mallory@example.com")
    visitor.force_login(stranger)
    visitor.get("/dashboard/")
    assert Seller.objects.get().person is None
