"""What the tables of persons and sellers hold to."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from apps.accounts.enums import Role
from apps.accounts.models import Seller, User, check_zone
from tests.factories.accounts import PASSWORD, PersonFactory, SellerFactory

pytestmark = pytest.mark.django_db


def test_one_address_is_one_person_whatever_its_case() -> None:
    person = User.objects.create_user("  Ayu@Example.COM ", PASSWORD, name="Ayu")
    assert person.email == "ayu@example.com"
    assert User.objects.get_by_natural_key("AYU@example.com") == person
    assert person.check_password(PASSWORD)
    with pytest.raises(IntegrityError):
        User.objects.create_user("AYU@EXAMPLE.COM")


def test_an_upper_case_address_is_stopped_by_the_database(person: User) -> None:
    with pytest.raises(IntegrityError):
        User.objects.filter(pk=person.pk).update(email="AYU@example.com")


def test_a_person_without_a_password_signs_in_by_code_only() -> None:
    assert not User.objects.create_user("code@example.com").has_usable_password()
    with pytest.raises(ValueError, match="e-mail"):
        User.objects.create_user("")


def test_names_fall_back_on_the_address() -> None:
    named, bare = PersonFactory(name="Ayu Lestari"), PersonFactory(name="", email="b@example.com")
    assert (str(named), named.get_full_name(), named.get_short_name()) == ("Ayu Lestari", "Ayu Lestari", "Ayu")
    assert (str(bare), bare.get_full_name(), bare.get_short_name()) == ("b@example.com",) * 3


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "America/Los_Angeles", "UTC"])
def test_a_zone_of_the_iana_database_passes(zone: str) -> None:
    check_zone(zone)


@pytest.mark.parametrize("zone", ["", "Asia/Lantern", "GMT+25"])
def test_another_zone_does_not(zone: str) -> None:
    with pytest.raises(ValidationError, match="is no time zone"):
        check_zone(zone)


@pytest.mark.parametrize("facts", [{"region": "XX"}, {"route": "wholesale"}, {"state": "asleep"}])
def test_a_seller_is_as_the_marketplace_can_say(facts: dict[str, str]) -> None:
    seller = SellerFactory()
    with pytest.raises(IntegrityError):
        Seller.objects.filter(pk=seller.pk).update(**facts)


def test_a_seller_outlives_its_person(seller_person: User) -> None:
    seller_person.delete()
    assert Seller.objects.get().person is None


@pytest.mark.parametrize("role", list(Role))
def test_every_role_may_enter_the_admin(role: Role) -> None:
    assert PersonFactory(role=role).has_perm("wagtailadmin.access_admin")


def test_nobody_else_may(person: User) -> None:
    assert not person.has_perm("wagtailadmin.access_admin")
