"""Persons and sellers, changed."""

from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError
from wagtail.models import ModelLogEntry

from apps.accounts import rules, services
from apps.accounts.enums import Region, Route
from apps.accounts.models import Seller, User
from tests.factories.accounts import PersonFactory, SellerFactory

pytestmark = pytest.mark.django_db


def log_of(seller: Seller) -> list[tuple[str, int | None, dict[str, object]]]:
    """What staff did to a seller, the first act first."""
    entries = ModelLogEntry.objects.for_instance(seller).order_by("pk")
    return [(entry.action, entry.user_id, entry.data) for entry in entries]


@pytest.fixture
def clerk() -> User:
    return PersonFactory(email="clerk@example.com")


class TestRegisterSeller:
    def test_makes_a_seller_under_the_normal_code(self, clerk: User, at: datetime) -> None:
        seller = services.register_seller(code=" alice-01 ", shop_name=" Alice ", region="US", at=at, by=clerk)
        seller.refresh_from_db()
        assert (seller.code, seller.shop_name, seller.region, seller.state) == ("ALICE-01", "Alice", "US", "active")
        assert log_of(seller) == [("wagtail.create", clerk.pk, {})]

    def test_again_updates_the_one_record(self, clerk: User, person: User, at: datetime) -> None:
        SellerFactory(code="ALICE-01", person=person, route=Route.AFFILIATE)
        seller = services.register_seller(code="alice-01", shop_name="Alice & Co", region="ID", at=at, by=clerk)
        seller.refresh_from_db()
        assert Seller.objects.count() == 1
        assert (seller.shop_name, seller.region) == ("Alice & Co", Region.INDONESIA)
        assert (seller.person, seller.route) == (person, Route.AFFILIATE)
        assert log_of(seller) == [("wagtail.edit", clerk.pk, {})]

    def test_refuses_what_is_no_code(self, at: datetime) -> None:
        with pytest.raises(rules.CodeUnreadable):
            services.register_seller(code="!", shop_name="x", region="US", at=at, by=None)
        assert not Seller.objects.exists()


class TestLinkSeller:
    def test_lets_the_person_stand_for_the_seller(self, person: User, clerk: User, at: datetime) -> None:
        seller = services.link_seller(seller=SellerFactory(), person=person, at=at, by=clerk)
        seller.refresh_from_db()
        assert (seller.person, seller.linked_at) == (person, at)
        assert log_of(seller) == [("accounts.link_seller", clerk.pk, {"person": person.pk})]

    @pytest.mark.parametrize(
        ("of_seller", "of_person", "both"),
        [
            ("", Route.AFFILIATE, "affiliate"),
            (Route.SELF_SELLING, Route.AFFILIATE, "self_selling"),
            (Route.BOTH, "", "both"),
            ("", "", ""),
        ],
    )
    def test_makes_both_say_the_same_route(self, of_seller: str, of_person: str, both: str, at: datetime) -> None:
        person, seller = PersonFactory(chosen_route=of_person), SellerFactory(route=of_seller)
        services.link_seller(seller=seller, person=person, at=at, by=None)
        person.refresh_from_db()
        seller.refresh_from_db()
        assert (seller.route, person.chosen_route) == (both, both)

    def test_the_same_link_again_changes_nothing(self, person: User, at: datetime) -> None:
        seller = SellerFactory()
        services.link_seller(seller=seller, person=person, at=at, by=None)
        services.link_seller(seller=seller, person=person, at=at + timedelta(days=1), by=None)
        seller.refresh_from_db()
        assert seller.linked_at == at
        assert len(log_of(seller)) == 1

    def test_refuses_a_second_person(self, person: User, other_person: User, at: datetime) -> None:
        seller = SellerFactory(code="ALICE-01", person=other_person)
        with pytest.raises(rules.SellerTaken, match="ALICE-01"):
            services.link_seller(seller=seller, person=person, at=at, by=None)
        seller.refresh_from_db()
        assert seller.person == other_person

    def test_refuses_a_second_seller(self, seller_person: User, at: datetime) -> None:
        seller = SellerFactory()
        with pytest.raises(rules.PersonTaken, match="CARLA-01"):
            services.link_seller(seller=seller, person=seller_person, at=at, by=None)
        seller.refresh_from_db()
        assert seller.person is None

    def test_refuses_an_unproven_e_mail(self, at: datetime) -> None:
        with pytest.raises(rules.EmailUnproven):
            services.link_seller(seller=SellerFactory(), person=PersonFactory(verified=False), at=at, by=None)
        assert not Seller.objects.filter(person__isnull=False).exists()

    def test_looks_at_the_row_and_not_at_the_object_in_hand(
        self, person: User, other_person: User, at: datetime
    ) -> None:
        stale = SellerFactory()
        Seller.objects.filter(pk=stale.pk).update(person=other_person)
        with pytest.raises(rules.SellerTaken):
            services.link_seller(seller=stale, person=person, at=at, by=None)


class TestUnlinkSeller:
    def test_ends_the_link_and_keeps_the_rest(self, seller_person: User, clerk: User) -> None:
        seller = Seller.objects.get()
        services.unlink_seller(seller=seller, by=clerk)
        seller.refresh_from_db()
        seller_person.refresh_from_db()
        assert (seller.person, seller.linked_at) == (None, None)
        assert (seller.route, seller_person.chosen_route) == (Route.AFFILIATE, Route.AFFILIATE)
        assert log_of(seller) == [("accounts.unlink_seller", clerk.pk, {"person": seller_person.pk})]

    def test_again_changes_nothing(self) -> None:
        seller = SellerFactory()
        services.unlink_seller(seller=seller, by=None)
        assert log_of(seller) == []

    def test_frees_both_for_new_links(self, seller_person: User, person: User, at: datetime) -> None:
        seller = Seller.objects.get()
        services.unlink_seller(seller=seller, by=None)
        services.link_seller(seller=seller, person=person, at=at, by=None)
        services.link_seller(seller=SellerFactory(code="OTHER-2"), person=seller_person, at=at, by=None)
        assert set(Seller.objects.values_list("code", "person__email")) == {
            ("CARLA-01", "ayu@example.com"),
            ("OTHER-2", "carla@example.com"),
        }


class TestThePersonsOwn:
    def test_a_route_is_kept_on_the_person_and_on_the_linked_seller(self, seller_person: User, person: User) -> None:
        services.choose_route(person=seller_person, route="both")
        seller_person.refresh_from_db()
        person.refresh_from_db()
        assert (seller_person.chosen_route, Seller.objects.get().route) == ("both", "both")
        assert person.chosen_route == ""

    def test_a_route_that_is_none_is_stopped_by_the_database(self, person: User) -> None:
        with pytest.raises(IntegrityError):
            services.choose_route(person=person, route="wholesale")

    def test_the_profile_of_one_person_only_is_changed(self, person: User, other_person: User) -> None:
        services.change_profile(person=person, name="Ayu L.", language="id", zone="Asia/Jakarta")
        person.refresh_from_db()
        other_person.refresh_from_db()
        assert (person.name, person.language, person.zone) == ("Ayu L.", "id", "Asia/Jakarta")
        assert (other_person.name, other_person.language, other_person.zone) == ("Ben Okafor", "en", "UTC")

    def test_the_language_is_kept(self, person: User) -> None:
        services.choose_language(person=person, language="id")
        person.refresh_from_db()
        assert person.language == "id"

    def test_an_e_mail_is_confirmed_once(self) -> None:
        person = PersonFactory(verified=False)
        services.confirm_email(person=person)
        services.confirm_email(person=person)
        address = EmailAddress.objects.get(user=person)
        assert (address.email, address.verified, address.primary) == (person.email, True, True)
