"""Who a person stands for, and which language a reader is spoken to in."""

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Seller, User
from apps.accounts.queries import person_at, reader_language, seller_of
from tests.factories.accounts import PersonFactory

SESSION = settings.SESSION_COOKIE_NAME
DEVICE = settings.LANGUAGE_COOKIE_NAME


@pytest.mark.django_db
def test_the_seller_of_a_person(seller_person: User, other_person: User) -> None:
    assert seller_of(seller_person) == Seller.objects.get(code="CARLA-01")
    assert seller_of(other_person) is None


@pytest.mark.parametrize(
    ("own", "cookies", "spoken"),
    [
        ("id", {SESSION: "x"}, "id"),
        ("id", {SESSION: "x", DEVICE: "en"}, "id"),
        ("id", {}, "en"),  # no session cookie: nobody is signed in here
        (None, {DEVICE: "id"}, "id"),
        (None, {DEVICE: "xx"}, "en"),
        (None, {}, "en"),
    ],
)
def test_the_language_of_a_reader(own: str | None, cookies: dict[str, str], spoken: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES = cookies
    request.user = PersonFactory.build(language=own) if own else AnonymousUser()
    assert reader_language(request, "en") == spoken


@pytest.mark.django_db
def test_a_visitor_costs_no_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    request = RequestFactory().get("/")
    with django_assert_num_queries(0):
        assert reader_language(request, "id") == "id"


def test_the_person_of_an_address_is_found_whatever_its_case(person: User) -> None:
    assert person_at("AYU@Example.com") == person
    assert person_at("nobody@example.com") is None
