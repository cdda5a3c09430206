"""What a page asks of the database, at 30 lessons and at 3,000; and when a body is rendered anew.

performance.md: the same number of statements whatever the catalogue holds, twelve at most; a lesson three signed in
and one signed out, twenty with nothing kept.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from wagtail.models import Page

from apps.accounts.models import User
from apps.accounts.services import choose_route
from apps.catalog.models import LessonPage, Reading
from apps.catalog.queries import readings
from apps.learning import services
from apps.learning.models import Enrolment
from apps.web.services.market_bulk import load_large
from tests.factories import AT
from tests.factories.catalog import (
    FileFactory,
    LessonFactory,
    Market,
    PictureFactory,
    PlainFactory,
    VideoFactory,
    link,
    stream,
)

FEW, MANY = 30, 3_000
PATHS = {
    "home": "/en/",
    "catalogue": "/en/courses/",
    "catalogue, filtered": "/en/courses/?subject=tools&route=affiliate&level=beginner",
    "course": "/en/courses/anchors/",
    "lesson": "/en/courses/anchors/a2/",
    "policies": "/en/policies/",
    "policy": "/en/policies/claims/",
    "updates": "/en/updates/",
    "update": "/en/updates/anchor-button/",
    "plain": "/en/about/",
}
OWN = {"dashboard": "/dashboard/", "profile": "/profile/"}
MOST = 12


def statements(client: Client, path: str) -> list[str]:
    """What one visit asks of the database."""
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return [each["sql"] for each in asked.captured_queries]


def warm_counts(client: Client, paths: dict[str, str]) -> dict[str, int]:
    """How many statements each page needs once everybody has been there."""
    for _visit in range(2):
        for path in paths.values():
            client.get(path)
    return {name: len(statements(client, path)) for name, path in paths.items()}


@pytest.fixture
def learner(market: Market, person: User) -> User:
    """Ayu, in every course that there is."""
    choose_route(person=person, route="both")
    services.complete_lesson(person=person, lesson=market.reading(market.anchor_lessons[0]), at=AT)
    return person


def enrol_in_many(person: User, most: int) -> None:
    """The person begins so many of the courses that were loaded."""
    courses = Reading.objects.filter(kind="course", language="en").exclude(
        key__in=person.enrolments.values("course_key")
    )
    Enrolment.objects.bulk_create(
        Enrolment(person=person, course_key=course.key, course_title=course.title, enrolled_at=AT, last_read_at=AT)
        for course in courses[:most]
    )


@pytest.mark.django_db
def test_no_page_asks_more_of_a_large_catalogue(
    market: Market, learner: User, person_client: Client, visitor: Client
) -> None:
    load_large(FEW)
    enrol_in_many(learner, 1)
    few = warm_counts(visitor, PATHS), warm_counts(person_client, PATHS | OWN)
    load_large(MANY)
    enrol_in_many(learner, 50)
    assert Reading.objects.filter(kind="lesson").count() >= MANY
    assert learner.enrolments.count() >= 50
    cache.clear()
    many = warm_counts(visitor, PATHS), warm_counts(person_client, PATHS | OWN)
    assert many == few
    assert {name: count for count_of in many for name, count in count_of.items() if count > MOST} == {}


@pytest.mark.django_db
class TestALesson:
    def test_asks_one_statement_signed_out_and_three_signed_in(
        self, market: Market, learner: User, person_client: Client, visitor: Client
    ) -> None:
        for client, count in ((visitor, 1), (person_client, 3)):
            warm_counts(client, {"lesson": PATHS["lesson"]})
            asked = statements(client, PATHS["lesson"])
            assert len(asked) == count, asked

    def test_asks_as_little_to_say_that_nothing_changed(
        self, market: Market, learner: User, person_client: Client
    ) -> None:
        warm_counts(person_client, {"lesson": PATHS["lesson"]})
        tag = person_client.get(PATHS["lesson"])["ETag"]
        with CaptureQueriesContext(connection) as asked:
            answer = person_client.get(PATHS["lesson"], headers={"If-None-Match": tag})
        assert (answer.status_code, len(asked)) == (304, 3)

    def test_with_nothing_kept_asks_at_most_twenty(
        self, market: Market, learner: User, person_client: Client, visitor: Client
    ) -> None:
        """Every kind of block, and links to five pages in four texts: resolved together, not one by one."""
        pages = [PlainFactory(parent=market.home, title=f"P{number}", slug=f"p{number}") for number in range(5)]
        links = " ".join(link(page) for page in pages)
        body = stream(
            *(("text", f"<p>{links}</p>") for _text in range(4)),
            *(
                ("picture", {"image": PictureFactory(file__width=900, file__height=500).pk, "alt": "A", "caption": ""})
                for _each in range(3)
            ),
            *(
                ("video", {"video": VideoFactory().pk, "address": "", "address_title": "", "address_transcript": ""})
                for _each in range(2)
            ),
            *(("file", {"document": FileFactory(file_size=15).pk, "description": ""}) for _each in range(2)),
            *(("policy_excerpt", {"policy": market.policy.pk, "section": number}) for number in ("1.1", "1.2")),
            ("route_only", {"route": "affiliate", "body": [{"type": "text", "value": f"<p>{links}</p>", "id": None}]}),
        )
        lesson = LessonFactory(parent=market.anchors, title="Everything", slug="everything", body=body)
        for client in (visitor, person_client):
            client.get("/en/courses/anchors/a1/")
            cache.clear()
            client.get("/en/about/")  # the session, which lives in the cache too
            asked = statements(client, lesson.url)
            assert len(asked) <= 20, "\n".join(each[:160] for each in asked)

    def test_finds_its_pictures_made_when_it_was_published(self, market: Market, visitor: Client) -> None:
        """performance.md: renditions are made at publish, not at first view."""
        picture = PictureFactory(file__width=1500, file__height=800)
        body = stream(("picture", {"image": picture.pk, "alt": "A", "caption": ""}))
        lesson = LessonFactory(parent=market.anchors, title="Seen", slug="seen", body=body)
        assert sorted(picture.renditions.values_list("width", flat=True)) == [480, 960, 1440]
        visitor.get(lesson.url)
        assert picture.renditions.count() == 3

    def test_a_first_visitor_pays_once_for_all(
        self, market: Market, visitor: Client, person_client: Client, other_client: Client
    ) -> None:
        person_client.get(PATHS["lesson"])
        other_client.get(PATHS["plain"])
        assert len(statements(other_client, PATHS["lesson"])) == 3


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The titles of pages whose body was rendered, one for each rendering."""
    titles: list[str] = []
    real = readings.render_page_parts

    def render(page: Any, audience: str) -> Any:
        titles.append(f"{page.title}/{audience}")
        return real(page, audience)

    monkeypatch.setattr(readings, "render_page_parts", render)
    return titles


@contextmanager
def renders(rendered: list[str], *expected: str) -> Iterator[None]:
    """What happens inside makes these renderings and no other."""
    rendered.clear()
    yield
    assert rendered == list(expected)


@pytest.mark.django_db
def kept(key: str) -> Any:
    """What the cache holds under a key of the reading path."""
    return cache.get(f"{readings.templates_version()}:{key}")


class TestANewRendering:
    """A body is rendered once for each version, language and audience; `key` says when it is another."""

    @pytest.fixture
    def lesson(self, market: Market) -> LessonPage:
        """A lesson that shows a picture and an excerpt, and links to a page."""
        self.picture = PictureFactory(title="Bag")
        body = stream(
            ("text", f"<p>{link(market.about)}</p>"),
            ("picture", {"image": self.picture.pk, "alt": "The bag", "caption": ""}),
            ("policy_excerpt", {"policy": market.policy.pk, "section": "1.1"}),
        )
        return LessonFactory(parent=market.anchors, title="Shown", slug="shown", body=body)

    def key(self, lesson: LessonPage, language: str = "en", audience: str = "all") -> str:
        """The key under which the body is kept now."""
        reading = Reading.objects.get(page_id=lesson.pk)
        key = readings.rendering_key(reading, language=language, audience=audience)
        return f"{readings.templates_version()}:{key}"

    @contextmanager
    def new_key(self, lesson: LessonPage, expected: bool = True) -> Iterator[None]:
        """What happens inside makes a new key, or leaves it as it is."""
        before = self.key(lesson)
        yield
        assert (self.key(lesson) != before) is expected

    def test_is_made_once_for_all_readers_of_an_audience(
        self,
        lesson: LessonPage,
        client_of: Callable,
        visitor: Client,
        person_client: Client,
        other_client: Client,
        rendered: list[str],
    ) -> None:
        with renders(rendered, "Shown/all"):
            for client in (visitor, person_client, other_client, visitor):
                assert client.get(lesson.url).status_code == 200

    def test_follows_language_and_audience(
        self, lesson: LessonPage, person: User, rendered: list[str], client_of: Callable
    ) -> None:
        client = client_of(person)
        client.get(lesson.url)
        assert len({self.key(lesson), self.key(lesson, language="id"), self.key(lesson, audience="affiliate")}) == 3
        with renders(rendered, "Shown/affiliate"):
            choose_route(person=person, route="affiliate")
            client.get(lesson.url)
        with renders(rendered, "Shown/affiliate"):
            client.post("/language/", {"language": "id", "next": "/"})
            client.get(lesson.url)
        with renders(rendered):
            client.post("/language/", {"language": "en", "next": "/"})
            client.get(lesson.url)

    def test_follows_publishing_and_not_a_draft(self, lesson: LessonPage, visitor: Client, rendered: list[str]) -> None:
        visitor.get(lesson.url)
        page = Page.objects.get(pk=lesson.pk).specific
        page.body = [("heading", "Anew")]
        with self.new_key(lesson, expected=False), renders(rendered):
            page.save_revision()
            visitor.get(lesson.url)
        with self.new_key(lesson), renders(rendered, "Shown/all"):
            page.save_revision().publish()
            assert b"Anew" in visitor.get(lesson.url).content

    def test_follows_a_picture_that_was_changed(self, lesson: LessonPage, visitor: Client, rendered: list[str]) -> None:
        visitor.get(lesson.url)
        with self.new_key(lesson), renders(rendered, "Shown/all"):
            self.picture.title = "Another bag"
            self.picture.save()
            visitor.get(lesson.url)
        with self.new_key(lesson, expected=False), renders(rendered):
            PictureFactory(title="Elsewhere").save()
            visitor.get(lesson.url)

    def test_follows_the_policy_that_it_quotes(self, lesson: LessonPage, market: Market, visitor: Client) -> None:
        assert b"Say what you can prove." in visitor.get(lesson.url).content
        policy = Page.objects.get(pk=market.policy.pk).specific
        sections = [child.value for child in policy.sections]
        sections[0]["text"].source = "<p>Prove it first.</p>"
        with self.new_key(lesson):
            policy.sections = [("section", section) for section in sections]
            policy.save_revision().publish()
        html = visitor.get(lesson.url).content
        assert b"Prove it first." in html
        assert b"Say what you can prove." not in html

    def test_follows_the_address_of_a_page_that_it_links_to(
        self, lesson: LessonPage, market: Market, visitor: Client
    ) -> None:
        assert b'href="/en/about/"' in visitor.get(lesson.url).content
        about = Page.objects.get(pk=market.about.pk).specific
        about.slug = "about-us"
        with self.new_key(lesson):
            about.save_revision().publish()
        body = visitor.get(lesson.url).content.decode().split("<article")[1].split("</article>")[0]
        assert 'href="/en/about-us/"' in body
        assert 'href="/en/about/"' not in body

    def test_follows_the_templates(
        self, lesson: LessonPage, visitor: Client, monkeypatch: pytest.MonkeyPatch, rendered: list[str]
    ) -> None:
        visitor.get(lesson.url)
        with renders(rendered, "Shown/all"):
            monkeypatch.setattr(readings, "_kept_digest_of_templates", lambda: "another")
            visitor.get(lesson.url)
            visitor.get(lesson.url)

    def test_the_digest_of_templates_changes_with_each_of_them(self, tmp_path: Any, settings: Any) -> None:
        for folder in ("templates", "locale/id", "apps/catalog"):
            (tmp_path / folder).mkdir(parents=True)
        block = tmp_path / "apps" / "catalog" / "blocks.py"
        page, words = tmp_path / "templates" / "a.html", tmp_path / "locale" / "id" / "django.po"
        settings.BASE_DIR = tmp_path
        digests = set()
        for file in (page, words, block):
            for each in (page, words, block):
                each.write_text("as it was")
            file.write_text("changed")
            digests.add(readings._digest_of_templates())
        assert len(digests) == 3

    def test_follows_nothing_else(
        self, lesson: LessonPage, market: Market, person: User, person_client: Client, rendered: list[str]
    ) -> None:
        person_client.get(lesson.url)
        with self.new_key(lesson, expected=False), renders(rendered):
            services.complete_lesson(person=person, lesson=market.reading(lesson), at=AT)
            other = Page.objects.get(pk=market.claim_lessons[0].pk).specific
            other.title = "Elsewhere"
            other.save_revision().publish()
            VideoFactory()
            person.name = "Ayu L."
            person.save()
            person_client.get(lesson.url)
            person_client.get(lesson.url + "?from=mail")

    def test_a_key_bears_the_active_language(self, lesson: LessonPage) -> None:
        reading = Reading.objects.get(page_id=lesson.pk)
        with translation.override("id"):
            readings.body_of(reading, audience="all")
        assert kept(readings.rendering_key(reading, language="id", audience="all")) is not None
        assert kept(readings.rendering_key(reading, language="en", audience="all")) is None


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_are_answered_from_one_rendering(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are at the door before the first has finished; the second waits and gets what the first made."""
    reading = market.reading(market.anchor_lessons[0])
    begun, may_go_on, made, answers = threading.Event(), threading.Event(), [], []
    real = readings.render_page_parts

    def slowly(page: Any, audience: str) -> Any:
        made.append(page.title)
        begun.set()
        assert may_go_on.wait(10)
        return real(page, audience)

    def ask() -> None:
        answers.append(readings.body_of(reading, audience="all"))
        connection.close()

    monkeypatch.setattr(readings, "render_page_parts", slowly)
    monkeypatch.setattr(readings.time, "sleep", lambda seconds: may_go_on.set())  # the second one has come and waits
    threads = [threading.Thread(target=ask) for _reader in range(2)]
    threads[0].start()
    assert begun.wait(10)
    threads[1].start()
    for thread in threads:
        thread.join(20)
    assert made == ["On a short video"]
    assert len(answers) == 2
    assert answers[0] == answers[1]


def test_who_gets_the_turn_looks_again_before_rendering(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking and getting the turn another may have finished: its rendering is taken, not made twice."""

    class Late:
        """The cache in which another's rendering arrives just before the turn is given."""

        get, set, delete = cache.get, cache.set, cache.delete

        @staticmethod
        def add(key: str, *value: Any) -> bool:
            cache.set(key.removeprefix("making:"), "made by another")
            return cache.add(key, *value)

    monkeypatch.setattr(readings, "cache", Late)
    assert readings.keep_once("body:1", lambda: pytest.fail("it was made twice")) == "made by another"
    assert cache.get(f"making:{readings.templates_version()}:body:1") is None, "the turn is given back"


@pytest.mark.django_db
def test_a_rendering_that_fails_leaves_the_door_open(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who fails gives up the turn: the next one renders at once and doesn't wait for nobody."""
    reading = market.reading(market.anchor_lessons[0])
    real = readings.render_page_parts

    def fail(page: Any, audience: str) -> Any:
        raise RuntimeError("broken block")

    monkeypatch.setattr(readings, "render_page_parts", fail)
    with pytest.raises(RuntimeError, match="broken block"):
        readings.body_of(reading, audience="all")
    monkeypatch.setattr(readings, "render_page_parts", real)
    monkeypatch.setattr(readings.time, "sleep", lambda seconds: pytest.fail("it waits"))
    assert "Pin the product" in readings.body_of(reading, audience="all")["body"]


@pytest.mark.django_db
class TestListsAreKept:
    """Home and catalogue are rendered once for all readers who are equally far in what they show."""

    @pytest.mark.parametrize("path", ["/en/", "/en/courses/", "/en/courses/?subject=tools&route=affiliate"])
    def test_they_ask_one_statement_signed_out_and_say_that_nothing_changed(
        self, market: Market, visitor: Client, path: str
    ) -> None:
        visitor.get(path)
        asked = statements(visitor, path)
        assert len(asked) == 1, asked
        tag = visitor.get(path)["ETag"]
        assert visitor.get(path, headers={"If-None-Match": tag}).status_code == 304

    @pytest.mark.parametrize("path", ["/en/", "/en/courses/"])
    def test_they_show_what_changed(self, market: Market, visitor: Client, path: str) -> None:
        def shown() -> str:
            return visitor.get(path).content.decode()

        assert "Claims" in shown()
        market.claims.title = "Claims, second edition"
        market.claims.save_revision().publish()
        assert "Claims, second edition" in shown()
        assert shown().count("3 lessons") == 2
        market.claim_lessons[0].unpublish()
        assert shown().count("3 lessons") == 1
        Page.objects.get(pk=market.claims.pk).delete()
        assert "Claims" not in shown()

    @pytest.mark.parametrize("path", ["/en/", "/en/courses/"])
    def test_nobody_sees_how_far_another_is(
        self, market: Market, learner: User, person_client: Client, other_client: Client, path: str
    ) -> None:
        for _visit in range(2):
            assert "1 of 3 done" in person_client.get(path).content.decode()
            assert "1 of 3 done" not in other_client.get(path).content.decode()

    def test_the_pager_keeps_filters_and_nothing_else_of_the_address(self, market: Market, visitor: Client) -> None:
        load_large(1_000)
        page = visitor.get("/en/courses/?subject=tools&page=2&from=mail").content.decode()
        assert "subject=tools&amp;page=1" in page
        assert "from=mail" not in page.split("<main")[1]
        assert visitor.get("/en/courses/?page=%C2%B2").status_code == 200
