"""The marketplace's word on sellers: made, changed, linked, invited; the same word again does nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from wagtail.models import ModelLogEntry

from apps.accounts import rules, services
from apps.accounts.enums import Link
from apps.accounts.models import MachineAccount, Seller, User
from apps.accounts.signals import seller_joined, seller_state_changed
from apps.notifications.models import Message
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.factories.machines import MachineFactory

pytestmark = pytest.mark.django_db
ALICE = rules.SellerWord("alice@lantern.example", "Alice's Lamps", "US", "active")


@pytest.fixture
def machine() -> MachineAccount:
    """Who brings the marketplace's word."""
    return MachineFactory(name="Registry")


@pytest.fixture
def heard() -> Iterator[list[tuple[Any, ...]]]:
    """What the apps above hear."""
    found: list[tuple[Any, ...]] = []

    def joined(seller: Seller, person: User, at: datetime, **_facts: Any) -> None:
        found.append(("joined", seller.code, person.email, at))

    def changed(seller: Seller, was: str, at: datetime, **_facts: Any) -> None:
        found.append(("state", seller.code, was, seller.state, at))

    seller_joined.connect(joined)
    seller_state_changed.connect(changed)
    yield found
    seller_joined.disconnect(joined)
    seller_state_changed.disconnect(changed)


def named(by: MachineAccount, at: datetime, *, code: str = "alice-01", new: bool = True, **changed: Any) -> Link:
    """Take Alice's word, changed, and answer what became of the link."""
    word = rules.SellerWord(**{**vars(ALICE), **changed})
    return services.name_seller(code=code, word=word, at=at, by=by, may_be_new=new)[1]


def letters() -> list[tuple[str, str]]:
    """To whom what was written."""
    return [(each.to_address, each.subject) for each in Message.objects.order_by("pk")]


class TestNobodyIsThereYet:
    def test_the_address_is_invited_once(self, machine: MachineAccount, at: datetime) -> None:
        assert named(machine, at) == Link.INVITED
        assert named(machine, at + timedelta(days=1)) == Link.INVITED
        seller = Seller.objects.get()
        assert (seller.code, seller.named_email, seller.invited_at) == ("ALICE-01", "alice@lantern.example", at)
        assert letters() == [("alice@lantern.example", "Your shop Alice's Lamps at Seller University")]
        text = Message.objects.get().text
        assert "/accounts/signup/?email=alice%40lantern.example" in text
        assert "named this address for the shop Alice's Lamps (ALICE-01)" in text

    def test_the_same_word_is_written_down_once(self, machine: MachineAccount, at: datetime) -> None:
        for _time in range(3):
            named(machine, at)
        entries = ModelLogEntry.objects.filter(content_type__model="seller")
        assert [(entry.action, entry.user, entry.data) for entry in entries] == [
            ("wagtail.create", None, {"machine": "Registry"})
        ]

    def test_another_address_is_invited_too(self, machine: MachineAccount, at: datetime) -> None:
        named(machine, at)
        assert named(machine, at, email="al@lantern.example") == Link.INVITED
        assert [address for address, _subject in letters()] == ["alice@lantern.example", "al@lantern.example"]

    def test_the_letter_speaks_the_language_of_the_region(self, machine: MachineAccount, at: datetime) -> None:
        named(machine, at, region="ID")
        assert Message.objects.get().language == "id"

    def test_a_closed_one_gets_no_letter_until_it_is_open_again(self, machine: MachineAccount, at: datetime) -> None:
        assert named(machine, at, state="closed") == Link.WAITING
        assert letters() == []
        word = rules.SellerWord(state="active")
        _seller, link = services.name_seller(code="ALICE-01", word=word, at=at, by=machine, may_be_new=False)
        assert (link, len(letters())) == (Link.INVITED, 1)

    def test_who_has_not_proven_the_address_is_asked_to_sign_in(self, machine: MachineAccount, at: datetime) -> None:
        person = PersonFactory(email="alice@lantern.example", verified=False)
        assert named(machine, at) == Link.INVITED
        assert Seller.objects.get().person is None
        assert "/accounts/login/?email=alice%40lantern.example" in Message.objects.get(person=person).text


class TestThePersonIsThere:
    def test_linked_at_once_and_told(self, machine: MachineAccount, at: datetime, heard: list[Any]) -> None:
        person = PersonFactory(email="alice@lantern.example")
        assert named(machine, at) == Link.LINKED
        assert named(machine, at + timedelta(days=1)) == Link.LINKED
        seller = Seller.objects.get()
        assert (seller.person, seller.linked_at) == (person, at)
        assert letters() == [("alice@lantern.example", "Your shop Alice's Lamps is linked")]
        assert heard == [("joined", "ALICE-01", "alice@lantern.example", at)]

    def test_who_stands_for_another_seller_waits(self, machine: MachineAccount, at: datetime) -> None:
        SellerFactory(code="OTHER-01", person=PersonFactory(email="alice@lantern.example"))
        assert named(machine, at) == Link.WAITING
        assert Seller.objects.get(code="ALICE-01").person is None
        assert letters() == []

    def test_nobody_is_unlinked_by_another_address(self, machine: MachineAccount, at: datetime) -> None:
        person = PersonFactory(email="alice@lantern.example")
        named(machine, at)
        PersonFactory(email="eve@lantern.example")
        assert named(machine, at, email="eve@lantern.example") == Link.OTHER
        seller = Seller.objects.get()
        assert (seller.person, seller.named_email) == (person, "eve@lantern.example")
        assert len(letters()) == 1

    def test_staff_may_end_it_and_the_next_sign_in_does_not_undo_that(
        self, machine: MachineAccount, at: datetime
    ) -> None:
        person = PersonFactory(email="alice@lantern.example")
        named(machine, at)
        services.unlink_seller(seller=Seller.objects.get(), by=None)
        assert services.link_named_seller(person=person, at=at) is None
        assert Seller.objects.get().person is None


class TestLinkNamedSeller:
    def test_who_proves_the_address_is_linked(self, machine: MachineAccount, at: datetime, heard: list[Any]) -> None:
        named(machine, at)
        person = PersonFactory(email="alice@lantern.example", verified=False)
        assert services.link_named_seller(person=person, at=at) is None
        services.confirm_email(person=person)
        later = at + timedelta(hours=1)
        assert services.link_named_seller(person=person, at=later) == Seller.objects.get(person=person)
        assert heard == [("joined", "ALICE-01", "alice@lantern.example", later)]

    def test_of_two_the_first_and_no_second(self, machine: MachineAccount, at: datetime) -> None:
        named(machine, at)
        named(machine, at, code="ALICE-02")
        person = PersonFactory(email="alice@lantern.example")
        assert services.link_named_seller(person=person, at=at).code == "ALICE-01"
        assert services.link_named_seller(person=person, at=at) is None

    def test_nobody_else(self, machine: MachineAccount, at: datetime) -> None:
        named(machine, at)
        assert services.link_named_seller(person=PersonFactory(), at=at) is None


class TestWhatIsSaid:
    def test_only_what_is_said_changes(self, machine: MachineAccount, at: datetime, heard: list[Any]) -> None:
        named(machine, at)
        word = rules.SellerWord(state="suspended")
        later = at + timedelta(hours=1)
        for _time in range(2):
            services.name_seller(code="ALICE-01", word=word, at=later, by=machine, may_be_new=False)
        seller = Seller.objects.get()
        assert (seller.shop_name, seller.region, seller.state) == ("Alice's Lamps", "US", "suspended")
        assert heard == [("state", "ALICE-01", "active", "suspended", later)]

    def test_a_new_one_has_no_state_that_changed(self, machine: MachineAccount, at: datetime, heard: list[Any]) -> None:
        named(machine, at, state="suspended")
        assert heard == []

    def test_staff_say_it_the_same_way(self, at: datetime, heard: list[Any]) -> None:
        SellerFactory(code="ALICE-01", shop_name="Lamps", region="US")
        services.register_seller(code="ALICE-01", shop_name="Lamps", region="US", state="closed", at=at, by=None)
        assert heard == [("state", "ALICE-01", "active", "closed", at)]

    def test_an_unknown_one_is_not_made_by_a_change(self, machine: MachineAccount, at: datetime) -> None:
        with pytest.raises(rules.SellerUnknown, match=r"There is no seller ALICE-01\."):
            named(machine, at, new=False)
        assert not Seller.objects.exists()

    def test_what_hears_can_refuse_it_all(self, machine: MachineAccount, at: datetime) -> None:
        """The signal is sent inside the transaction."""

        def fail(**_facts: Any) -> None:
            raise RuntimeError

        PersonFactory(email="alice@lantern.example")
        seller_joined.connect(fail)
        try:
            with pytest.raises(RuntimeError):
                named(machine, at)
        finally:
            seller_joined.disconnect(fail)
        assert not Seller.objects.exists()
