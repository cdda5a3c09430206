"""Persons and sellers."""

from typing import Any

import factory
from django.contrib.auth.models import Group

from apps.accounts.enums import Region, Role, Route
from apps.accounts.models import Seller, User
from apps.accounts.services import confirm_email
from tests.factories import AT

PASSWORD = "lantern-light-by-the-river"


class PersonFactory(factory.django.DjangoModelFactory):
    """A person with a verified e-mail and no route; `role` puts them into the group of that name."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        affiliate = factory.Trait(chosen_route=Route.AFFILIATE)
        self_selling = factory.Trait(chosen_route=Route.SELF_SELLING)
        indonesian = factory.Trait(language="id", zone="Asia/Jakarta")

    email = factory.Sequence(lambda number: f"person{number}@example.com")
    name = factory.Sequence(lambda number: f"Person {number}")
    password = PASSWORD

    @classmethod
    def _create(cls, model_class: type[User], *_args: Any, **facts: Any) -> User:
        return model_class.objects.create_user(**facts)

    @factory.post_generation
    def verified(self: User, create: bool, wanted: bool | None, **_facts: Any) -> None:
        """`verified=False` leaves the e-mail unproven."""
        if create and wanted is not False:
            confirm_email(person=self)

    @factory.post_generation
    def role(self: User, create: bool, wanted: Role | None, **_facts: Any) -> None:
        """The group that the migrations made for this role."""
        if create and wanted:
            self.groups.add(Group.objects.get(name=wanted.value))


class SellerFactory(factory.django.DjangoModelFactory):
    """A seller in the United States that nobody stands for; `person=` links one."""

    class Meta:
        model = Seller

    class Params:
        indonesian = factory.Trait(region=Region.INDONESIA)

    code = factory.Sequence(lambda number: f"SHOP-{number:03d}")
    shop_name = factory.Sequence(lambda number: f"Shop {number}")
    region = Region.UNITED_STATES
    linked_at = factory.LazyAttribute(lambda seller: AT if getattr(seller, "person", None) else None)
