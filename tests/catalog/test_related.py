"""Which lessons go with a page: the ranking, what it answers of the market, and that what shows it is never stale."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries
from wagtail.models import Page

from apps.accounts.models import User
from apps.accounts.services import choose_route
from apps.catalog import rules
from apps.catalog.queries.related import lessons_about, lessons_teaching, related_lessons
from tests.factories.catalog import CourseFactory, LessonFactory, Market, PolicyFactory, UpdateFactory, link, stream
from tests.screens import soup_of, text_of

A, B, C, D = (UUID(int=number) for number in range(1, 5))
places = st.lists(
    st.builds(
        rules.CoursePlace,
        st.integers(1, 9).map(lambda number: UUID(int=number)),
        st.sampled_from(["tools", "policies"]),
        st.sampled_from(["affiliate", "self_selling", "both"]),
    ),
    max_size=8,
    unique_by=lambda place: place.key,
)


def citing(market: Market, section: str = "1.1") -> str:
    """A body that cites the policy."""
    return stream(("policy_excerpt", {"policy": market.policy.pk, "section": section}))


class TestCoursesAfter:
    def test_alike_first_then_the_next_one(self) -> None:
        catalogue = [
            rules.CoursePlace(A, "tools", "both"),
            rules.CoursePlace(B, "policies", "both"),
            rules.CoursePlace(C, "tools", "affiliate"),
            rules.CoursePlace(D, "tools", "both"),
        ]
        assert rules.courses_after(A, catalogue, "all") == [D, B]
        assert rules.courses_after(D, catalogue, "all") == [A]
        assert rules.courses_after(B, catalogue, "all") == [C]
        assert rules.courses_after(B, catalogue, "self_selling") == [D]
        assert rules.courses_after(UUID(int=8), catalogue, "all") == []

    @given(places, st.sampled_from(["all", "affiliate", "self_selling"]))
    def test_never_itself_nor_another_route_nor_twice(self, catalogue: list[rules.CoursePlace], audience: str) -> None:
        route_of = {place.key: place.route for place in catalogue}
        for place in catalogue:
            found = rules.courses_after(place.key, catalogue, audience)
            assert place.key not in found
            assert len(set(found)) == len(found)
            assert all(audience == "all" or route_of[key] in (audience, "both") for key in found)

    @given(st.lists(st.tuples(st.integers(1, 9), st.integers(20, 24)), max_size=12))
    def test_of_each_course_one_and_three_at_most(self, pairs: list[tuple[int, int]]) -> None:
        candidates = [(UUID(int=lesson), UUID(int=course)) for lesson, course in pairs]
        picked = rules.pick_related(candidates)
        assert len(picked) == min(3, len({course for _lesson, course in candidates}))
        assert picked[:1] == [lesson for lesson, _course in candidates[:1]]


@pytest.mark.django_db
class TestWhatGoesWithALesson:
    def related(self, page: Page, audience: str = "all") -> list[str]:
        """The titles, best first."""
        reading = Market.reading(page)
        assert reading.parent is not None
        return [lesson.title for lesson in related_lessons(reading, reading.parent, audience)]

    def test_is_first_what_cites_the_same_policy(self, market: Market) -> None:
        mine = LessonFactory(parent=market.anchors, title="Mine", slug="mine", body=citing(market))
        LessonFactory(parent=market.claims, title="Also cites", slug="also", body=citing(market, "1.2"))
        LessonFactory(parent=market.anchors, title="Same course", slug="same", body=citing(market))
        assert self.related(mine) == ["Also cites"]

    def test_is_else_how_like_courses_begin(self, market: Market) -> None:
        other = CourseFactory(parent=market.catalogue, title="More tools", slug="more")
        CourseFactory(parent=market.catalogue, title="Without lessons", slug="none")
        for number in (1, 2):
            LessonFactory(parent=other, title=f"More {number}", slug=f"m{number}")
        assert self.related(market.anchor_lessons[0]) == ["More 1", "Say what is so"]

    def test_is_nothing_of_a_route_that_is_not_the_readers(self, market: Market) -> None:
        mine = LessonFactory(parent=market.anchors, title="Mine", slug="mine", body=citing(market))
        LessonFactory(parent=market.claims, title="For affiliates", slug="also", body=citing(market))
        assert self.related(mine, "affiliate") == ["For affiliates"]
        assert self.related(mine, "self_selling") == []

    def test_is_in_the_language_of_the_lesson_where_it_exists_in_it(self, market: Market) -> None:
        reading = market.reading(market.claim_lessons[0])
        (link_to,) = related_lessons(reading, reading.parent, "all")
        assert (link_to.title, link_to.language) == ("On a short video", "en")
        reading.language = "id"
        (link_to,) = related_lessons(reading, reading.parent, "all")
        assert (link_to.title, link_to.language) == ("Di video pendek", "id")

    def test_in_three_statements(self, market: Market, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        reading = market.reading(LessonFactory(parent=market.anchors, slug="mine", body=citing(market)))
        LessonFactory(parent=market.claims, slug="also", body=citing(market))
        with django_assert_num_queries(3):
            related_lessons(reading, reading.parent, "all")


@pytest.mark.django_db
def test_a_policy_names_the_lessons_that_teach_it(market: Market) -> None:
    PolicyFactory(parent=market.policies, slug="other")
    LessonFactory(parent=market.claims, title="Quotes", slug="quotes", body=citing(market))
    body = stream(("text", f"<p>{link(market.policy)}</p>"))
    LessonFactory(parent=market.anchors, title="Links", slug="links", body=body)
    policy = market.reading(market.policy)
    assert [lesson.title for lesson in lessons_teaching(policy, "all")] == ["Links", "Quotes"]
    assert [lesson.title for lesson in lessons_teaching(policy, "self_selling")] == ["Links"]


@pytest.mark.django_db
def test_an_update_names_lessons_that_it_links_or_that_share_its_policy(market: Market) -> None:
    LessonFactory(parent=market.claims, title="Shares", slug="shares", body=citing(market))
    body = stream(("text", f"<p>{link(market.anchor_lessons[1])} {link(market.policy)}</p>"))
    update = market.reading(UpdateFactory(parent=market.updates, slug="linking", body=body))
    assert [lesson.title for lesson in lessons_about(update, "all")] == ["On a live", "Shares"]
    assert [lesson.title for lesson in lessons_about(update, "self_selling")] == ["On a live"]
    assert lessons_about(market.reading(market.update), "all") == []


@pytest.mark.django_db
class TestOnThePage:
    def shown(self, client: Client, page: Page) -> list[str]:
        """The titles under the page."""
        return [text_of(each) for each in soup_of(client.get(page.url)).select(".related h3")]

    def test_a_lesson_that_went_is_named_no_more(self, market: Market, visitor: Client, person_client: Client) -> None:
        for client in (visitor, person_client):
            assert self.shown(client, market.anchor_lessons[0]) == ["Say what is so"]
        market.claim_lessons[0].unpublish()
        for client in (visitor, person_client):
            assert self.shown(client, market.anchor_lessons[0]) == ["Prove it"]

    def test_nor_is_a_course_that_went(self, market: Market, visitor: Client) -> None:
        assert self.shown(visitor, market.anchor_lessons[0]) == ["Say what is so"]
        market.claims.unpublish()
        assert self.shown(visitor, market.anchor_lessons[0]) == []

    @pytest.mark.parametrize("act", ["unpublish", "stop citing", "rename"])
    def test_policies_and_updates_follow_their_lessons(self, market: Market, visitor: Client, act: str) -> None:
        lesson = LessonFactory(parent=market.anchors, title="Quotes", slug="quotes", body=citing(market))
        body = stream(("text", f"<p>{link(market.policy)}</p>"))
        update = UpdateFactory(parent=market.updates, slug="naming", body=body)
        for page in (market.policy, update):
            assert self.shown(visitor, page) == ["Quotes"]
        changes: dict[str, Callable[[], object]] = {
            "unpublish": lesson.unpublish,
            "stop citing": lambda: self.publish(lesson, body=stream(("text", "<p>Nothing.</p>"))),
            "rename": lambda: self.publish(lesson, title="Cites"),
        }
        changes[act]()
        for page in (market.policy, update):
            assert self.shown(visitor, page) == (["Cites"] if act == "rename" else [])

    def publish(self, page: Page, **facts: object) -> None:
        """As an editor does."""
        page = Page.objects.get(pk=page.pk).specific
        for name, value in facts.items():
            setattr(page, name, value)
        page.save_revision().publish()

    @pytest.mark.parametrize(
        ("facts", "is_new"),
        [
            ({"body": stream(("text", "<p>In other words.</p>"))}, False),
            ({"title": "Renamed"}, True),
            ({"body": stream(("text", "<p>" + "word " * 2000 + "</p>"))}, True),
        ],
        ids=["text", "title", "length"],
    )
    def test_other_courses_are_new_only_where_a_lesson_is_named_otherwise(
        self, market: Market, facts: dict[str, str], is_new: bool
    ) -> None:
        before = market.reading(market.anchors).version, market.reading(market.claims).version
        self.publish(market.claim_lessons[0], **facts)
        assert (market.reading(market.anchors).version != before[0]) is is_new
        assert market.reading(market.claims).version != before[1], "its own outline"

    def test_a_lesson_that_becomes_the_first_is_named(self, market: Market, visitor: Client) -> None:
        assert self.shown(visitor, market.anchor_lessons[0]) == ["Say what is so"]
        first, second = (Page.objects.get(pk=lesson.pk) for lesson in market.claim_lessons[:2])
        second.move(first, pos="left")
        assert self.shown(visitor, market.anchor_lessons[0]) == ["Prove it"]

    def test_each_reader_sees_their_route(self, market: Market, person: User, client_of: Callable) -> None:
        lesson = LessonFactory(parent=market.anchors, title="Mine", slug="mine", body=citing(market))
        LessonFactory(parent=market.claims, title="For affiliates", slug="also", body=citing(market))
        for route, titles in (("affiliate", ["For affiliates"]), ("self_selling", []), ("both", ["For affiliates"])):
            choose_route(person=person, route=route)
            person.refresh_from_db()
            assert self.shown(client_of(person), lesson) == titles
            taught = ["Mine", "For affiliates"] if titles else ["Mine"]
            assert self.shown(client_of(person), market.policy) == taught
