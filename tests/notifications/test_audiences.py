"""To whom staff may write, as each app offers it."""

from datetime import datetime

import pytest

from apps.accounts.enums import Route, SellerState
from apps.accounts.models import User
from apps.catalog.enums import Subject
from apps.learning.queries.audiences import course_choices
from apps.notifications.queries.audiences import AUDIENCES, audience_named, readers_of
from apps.notifications.rules import AudienceUnknown
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.factories.catalog import CourseFactory, Market
from tests.factories.learning import EnrolmentFactory


def names(audience: str, **facts: str) -> set[str]:
    """Whom it holds."""
    return set(readers_of(audience, facts).values_list("name", flat=True))


def test_every_app_has_offered_its_own() -> None:
    assert set(AUDIENCES) == {"everyone", "sellers_of_route", "learners_of_subject", "learners_of_course"}


@pytest.mark.django_db
class TestEveryone:
    def test_has_proven_their_address_and_may_sign_in(self) -> None:
        PersonFactory(name="Ayu")
        PersonFactory(name="Unproven", verified=False)
        PersonFactory(name="Gone", is_active=False)
        assert names("everyone") == {"Ayu"}

    def test_without_closed_sellers(self) -> None:
        SellerFactory(person=PersonFactory(name="Closed"), state=SellerState.CLOSED)
        SellerFactory(person=PersonFactory(name="Suspended"), state=SellerState.SUSPENDED)
        assert names("everyone") == {"Suspended"}

    def test_a_changed_address_that_is_not_proven_does_not_count(self) -> None:
        person = PersonFactory()
        User.objects.filter(pk=person.pk).update(email="new@example.com")
        assert names("everyone") == set()


@pytest.mark.django_db
class TestSellersOfARoute:
    @pytest.mark.parametrize(
        ("route", "found"),
        [
            (Route.AFFILIATE, {"Affiliate", "Both"}),
            (Route.SELF_SELLING, {"Self-selling", "Both"}),
            (Route.BOTH, {"Both"}),
        ],
    )
    def test_who_sells_by_both_sells_by_each(self, route: str, found: set[str]) -> None:
        for name, of in (("Affiliate", "affiliate"), ("Self-selling", "self_selling"), ("Both", "both"), ("None", "")):
            SellerFactory(person=PersonFactory(name=name), route=of)
        PersonFactory(name="Without a shop", chosen_route=route)
        assert names("sellers_of_route", route=route) == found

    def test_an_unknown_route_is_refused(self) -> None:
        with pytest.raises(AudienceUnknown):
            readers_of("sellers_of_route", {"route": "by-sea"})


@pytest.mark.django_db
class TestLearners:
    def test_of_one_course(self, market: Market, person: User, other_person: User) -> None:
        EnrolmentFactory(person=person, course_key=market.anchors.translation_key)
        EnrolmentFactory(person=other_person)
        assert names("learners_of_course", course=str(market.anchors.translation_key)) == {person.name}

    def test_of_a_subject_once_each_also_of_a_course_taken_off(
        self, market: Market, person: User, other_person: User, at: datetime
    ) -> None:
        policies = CourseFactory(parent=market.catalogue, subject=Subject.POLICIES, slug="p1", title="Claims again")
        retired = CourseFactory(parent=market.catalogue, subject=Subject.POLICIES, slug="p2", published=False)
        tools = CourseFactory(parent=market.catalogue, subject=Subject.TOOLS, slug="t1")
        for course in (policies, retired, tools):
            EnrolmentFactory(person=person, course_key=course.translation_key)
        EnrolmentFactory(person=other_person, course_key=tools.translation_key)
        assert list(readers_of("learners_of_subject", {"subject": "policies"})) == [person]
        assert names("learners_of_subject", subject="tools") == {person.name, other_person.name}

    def test_a_course_in_two_languages_is_one_choice(self, market: Market) -> None:
        titles = dict(course_choices())
        assert titles[str(market.anchors.translation_key)] == "Product anchors"
        assert len(titles) == len({key for key, _title in course_choices()})

    def test_a_course_that_is_not_there_is_refused(self, market: Market) -> None:
        with pytest.raises(AudienceUnknown):
            readers_of("learners_of_course", {"course": "not-a-course"})

    def test_in_words(self, market: Market) -> None:
        audience = audience_named("learners_of_course")
        chosen = {"course": str(market.anchors.translation_key)}
        assert audience.words(chosen) == "Learners of one course: Product anchors"
        assert audience.words({"course": "gone"}) == "Learners of one course: gone"
