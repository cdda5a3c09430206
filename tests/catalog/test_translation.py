"""Pages in several languages: what readers get, who may translate, and which doors stay shut."""

from xml.etree import ElementTree

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import Locale, Page
from wagtail_localize.models import SegmentOverride, StringTranslation, Translation

from apps.accounts.enums import Role
from apps.accounts.models import User
from apps.catalog import rules
from apps.catalog.enums import TranslationState
from apps.catalog.models import LessonPage, PolicyIndexPage, PolicyPage, Reading
from apps.catalog.queries.translations import pages_in_progress, passages_waiting, translation_of
from apps.catalog.services import translations as services
from tests.conftest import signed_in
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import (
    LessonFactory,
    Market,
    PictureFactory,
    PolicyFactory,
    UpdateFactory,
    link,
    reading_of,
    stream,
)
from tests.screens import address, follow, links, press, soup_of, text_of, words

LINK = "{http://www.w3.org/1999/xhtml}link"


@pytest.fixture
def indonesian(market: Market) -> Locale:
    return Locale.objects.get(language_code="id")


@pytest.fixture
def translator(market: Market) -> User:
    """An editor, as the services know them."""
    return PersonFactory(role=Role.EDITOR)


@pytest.fixture
def policy_id(market: Market) -> PolicyPage:
    """The claims policy in Indonesian."""
    parent = PolicyIndexPage.objects.child_of(market.home_id).get()
    return PolicyFactory(
        parent=parent,
        title="Kebijakan klaim",
        slug="claims",
        translation_of=market.policy,
        sections=stream(("section", {"number": "1.1", "title": "Klaim", "text": "<p>Katakan yang terbukti.</p>"})),
    )


def states(language: str = "id") -> dict[str, str]:
    """Every page's state by its address."""
    return {page.specific.address: page.state for page in pages_in_progress(language)}  # type: ignore[attr-defined]


class TestBeginning:
    def test_makes_a_draft_with_the_same_slug_and_blocks(
        self, market: Market, indonesian: Locale, translator: User
    ) -> None:
        original = market.anchor_lessons[1]
        draft = services.begin_translation(page=original, locale=indonesian, with_children=False, by=translator)
        made = LessonPage.objects.get(pk=draft.pk)
        assert (made.live, made.slug, made.locale, made.alias_of) == (False, "a2", indonesian, None)
        assert [each.id for each in made.body] == [each.id for each in original.body]
        assert reading_of(made) is None
        assert states()["en/courses/anchors/a2/"] == TranslationState.WAITING

    def test_takes_along_what_is_published_below_and_not_there_yet(
        self, market: Market, indonesian: Locale, translator: User
    ) -> None:
        LessonFactory(parent=market.claims, title="Not yet", published=False)
        draft = services.begin_translation(page=market.claims, locale=indonesian, with_children=True, by=translator)
        below = Page.objects.child_of(Page.objects.get(pk=draft.pk)).order_by("path")
        assert [child.title for child in below] == ["Say what is so", "Prove it", "Fix it"]
        assert Reading.objects.filter(language="id", path__contains="claims").count() == 0

    @pytest.mark.parametrize("case", ["a draft", "its parent isn't there", "it is there"])
    def test_is_refused(self, market: Market, indonesian: Locale, translator: User, case: str) -> None:
        page, reason = {
            "a draft": (
                LessonFactory(parent=market.anchors, title="Not yet", published=False),
                "“Not yet” isn't published yet. Publish it first, then translate it.",
            ),
            "its parent isn't there": (
                market.claim_lessons[0],
                "Translate “Claims” first: “Say what is so” stands below it.",
            ),
            "it is there": (market.anchor_lessons[0], "“On a short video” stands in this language already."),
        }[case]
        with pytest.raises(rules.NotTranslatable) as refused:
            services.begin_translation(page=page, locale=indonesian, with_children=False, by=translator)
        assert str(refused.value) == reason
        assert not Translation.objects.exists()

    def test_a_refusal_is_told_on_the_form(self, market: Market, editor: Client, indonesian: Locale) -> None:
        form = reverse("wagtail_localize:submit_page_translation", args=[market.claim_lessons[0].pk])
        refused = editor.post(form, {"locales": [indonesian.pk]})
        assert refused.status_code == 409
        assert "Translate “Claims” first: “Say what is so” stands below it." in refused.content.decode()
        way_on = links(refused)["Translate “Claims”"]
        assert way_on == reverse("wagtail_localize:submit_page_translation", args=[market.claims.pk]) + (
            "?select_locale=id"
        )
        assert editor.get(way_on).status_code == 200
        assert Page.objects.filter(translation_key=market.claim_lessons[0].translation_key).count() == 1

    def test_once_more_offers_no_language(self, market: Market, editor: Client, indonesian: Locale) -> None:
        form = reverse("wagtail_localize:submit_page_translation", args=[market.claims.pk])
        editor.post(form, {"locales": [indonesian.pk]})
        twice = editor.post(form, {"locales": [indonesian.pk]})
        assert twice.status_code == 200
        assert Page.objects.filter(translation_key=market.claims.translation_key).count() == 2


class TestAnAlias:
    """Wagtail can make a live page that repeats another language's; readers get the original instead."""

    def test_is_no_translation(self, market: Market, indonesian: Locale, visitor: Client) -> None:
        alias = market.claims.copy_for_translation(indonesian, alias=True)
        assert alias.live
        services_see = Page.objects.get(pk=alias.pk)
        assert reading_of(services_see) is None
        assert visitor.get("/id/courses/claims/").status_code == 404
        assert links(visitor.get("/id/courses/"))["Claims"] == "/en/courses/claims/"

    def test_the_way_to_make_one_is_shut(self, market: Market, approver: Client) -> None:
        shut = reverse("wagtail_localize:convert_to_alias", args=[market.anchors_id.pk])
        assert approver.get(shut).status_code == 404
        assert approver.post(shut).status_code == 404


class TestPairing:
    def test_puts_a_page_that_was_translated_by_hand_beside_its_original(self, market: Market, editor: Client) -> None:
        original, translated = market.anchor_lessons[0], market.first_lesson_id
        mine = [{**block, "value": "<p>Sematkan, lalu bicara.</p>"} for block in original.body.raw_data]
        translated.body = mine
        translated.save_revision().publish()
        assert states()["en/courses/anchors/a1/"] == TranslationState.APART
        press(editor, editor.get(reverse("translations") + "?state=apart"), "Put side by side : On a short video")
        assert states()["en/courses/anchors/a1/"] == TranslationState.CURRENT
        kept = set(StringTranslation.objects.values_list("data", flat=True))
        assert {"Di video pendek", "Sematkan, lalu bicara."} <= kept

        # Nothing of it is lost when it is published from there.
        services.publish_translation(translation=translation_of(translated), by=PersonFactory(role=Role.APPROVER))
        assert "Sematkan, lalu bicara." in words(Client().get(translated.url))

    def test_keeps_its_own_pictures(self, market: Market) -> None:
        block = {"alt": "A bag", "decorative": False, "caption": ""}
        first, second = PictureFactory(), PictureFactory()
        original = LessonFactory(parent=market.anchors, body=stream(("picture", block | {"image": first.pk})))
        mine = [{**each, "value": block | {"image": second.pk, "alt": "Tas"}} for each in original.body.raw_data]
        translated = LessonFactory(parent=market.anchors_id, translation_of=original, slug=original.slug)
        translated.body = mine
        translated.save_revision().publish()
        services.pair_pages(original=original, translated=translated)
        assert SegmentOverride.objects.get().data == second.pk
        services.publish_translation(translation=translation_of(translated), by=PersonFactory(role=Role.APPROVER))
        assert LessonPage.objects.get(pk=translated.pk).body[0].value["image"] == second

    def test_is_refused_where_the_blocks_differ(self, market: Market, editor: Client) -> None:
        pair = reverse("pair_translation", args=[market.anchor_lessons[0].pk, "id"])
        answer = follow(editor, editor.post(pair))
        assert address(answer) == reverse("translations")
        assert "Give them the same blocks in the same order, then try again." in words(answer)
        assert not Translation.objects.exists()

    def test_is_asked_by_post_and_of_pages_that_exist(self, market: Market, editor: Client) -> None:
        assert editor.get(reverse("pair_translation", args=[market.anchor_lessons[0].pk, "id"])).status_code == 405
        assert editor.post(reverse("pair_translation", args=[market.anchor_lessons[1].pk, "id"])).status_code == 404
        assert editor.post(reverse("pair_translation", args=[market.anchor_lessons[0].pk, "xx"])).status_code == 404


class TestTheList:
    def test_says_how_far_each_page_is_what_is_missing_first(self, market: Market) -> None:
        found = states()
        assert found["en/courses/claims/"] == TranslationState.MISSING
        assert found["en/courses/anchors/"] == TranslationState.APART
        assert list(found.values()) == sorted(found.values(), key=list(TranslationState).index)
        assert not any(address.startswith("id/") for address in found)

    def test_leads_to_the_page_above_where_that_comes_first(
        self, market: Market, editor: Client, indonesian: Locale, translator: User
    ) -> None:
        """A lesson without its course has no address; once the course is there, the lesson is next."""
        form = reverse("wagtail_localize:submit_page_translation", args=[0])
        course, lesson = (form.replace("/0/", f"/{page.pk}/") for page in (market.claims, market.claim_lessons[0]))
        offered = links(editor.get(reverse("translations") + "?state=missing"))
        assert offered["Translate “Claims” first : Say what is so"] == f"{course}?select_locale=id"
        assert offered["Translate : Claims"] == f"{course}?select_locale=id"
        assert "Translate : Say what is so" not in offered
        services.begin_translation(page=market.claims, locale=indonesian, with_children=False, by=translator)
        offered = links(editor.get(reverse("translations") + "?state=missing"))
        assert offered["Translate : Say what is so"] == f"{lesson}?select_locale=id"

    def test_can_be_narrowed(self, market: Market, editor: Client) -> None:
        everything = soup_of(editor.get(reverse("translations"))).select("table.listing tbody tr")
        missing = soup_of(editor.get(reverse("translations"), {"state": "missing"})).select("table.listing tbody tr")
        assert 0 < len(missing) < len(everything)
        assert editor.get(reverse("translations"), {"language": "xx", "state": "nonsense"}).status_code == 200

    def test_asks_the_same_of_many_pages(self, market: Market, editor: Client) -> None:
        counts = []
        for more in (0, 30):
            for _number in range(more):
                UpdateFactory(parent=market.updates)
            editor.get(reverse("translations"))
            with CaptureQueriesContext(connection) as asked:
                editor.get(reverse("translations"))
            counts.append(len(asked))
        assert counts[0] == counts[1]

    def test_is_among_the_reports_of_who_translates(
        self, market: Market, editor: Client, approver: Client, operator: Client
    ) -> None:
        for client, status in ((editor, 200), (approver, 200), (operator, 302)):
            assert client.get(reverse("translations")).status_code == status
            menu = client.get(reverse("wagtailadmin_home")).content.decode()
            assert (reverse("translations") in menu) is (status == 200)
            assert reverse("wagtail_localize:translations_report") not in menu

    @pytest.mark.parametrize("door", ["translations_report", "update_translations"])
    def test_stands_in_for_what_it_replaces(self, market: Market, editor: Client, door: str) -> None:
        args = [1] if door == "update_translations" else []
        assert editor.get(reverse(f"wagtail_localize:{door}", args=args))["Location"] == reverse("translations")


class TestWhoMay:
    def test_nobody_but_editors_and_approvers(
        self, market: Market, person_client: Client, operator: Client, visitor: Client
    ) -> None:
        """Wagtail leads staff without the right back to its front page."""
        begin = reverse("wagtail_localize:submit_page_translation", args=[market.claims.pk])
        pair = reverse("pair_translation", args=[market.anchor_lessons[0].pk, "id"])
        for client, status, place in (
            (person_client, 403, ""),
            (operator, 302, "/cms/"),
            (visitor, 302, "/accounts/login/"),
        ):
            for door in (begin, pair):
                answer = client.post(door)
                assert (answer.status_code, answer.get("Location", "").split("?")[0]) == (status, place)
        assert not Translation.objects.exists()

    def test_an_editor_publishes_nothing(
        self, market: Market, indonesian: Locale, translator: User, policy_id: PolicyPage
    ) -> None:
        services.begin_translation(page=market.claims, locale=indonesian, with_children=False, by=translator)
        draft = Page.objects.get(translation_key=market.claims.translation_key, locale=indonesian)
        answer = signed_in(translator).post(reverse("wagtailadmin_pages:edit", args=[draft.pk]), {"action": "publish"})
        assert answer.status_code == 302
        assert not Page.objects.get(pk=draft.pk).live


class TestWhatReadersGet:
    def test_links_lead_to_the_page_in_the_language_of_the_text(
        self, market: Market, visitor: Client, policy_id: PolicyPage
    ) -> None:
        """Whichever language the editor chose; a page that isn't translated stays as it is."""
        text = stream(("text", f"<p>{link(market.policy, 'policy')} and {link(market.update, 'update')}</p>"))
        english = LessonFactory(parent=market.anchors, body=text, slug="links")
        indonesian = LessonFactory(parent=market.anchors_id, body=text, slug="links", translation_of=english)
        assert links(visitor.get(english.url))["policy"] == "/en/policies/claims/"
        assert links(visitor.get(indonesian.url))["policy"] == "/id/policies/claims/"
        assert links(visitor.get(indonesian.url))["update"] == "/en/updates/anchor-button/"

    def test_links_follow_when_a_translation_comes_and_goes(self, market: Market, visitor: Client) -> None:
        text = stream(("text", f"<p>{link(market.policy, 'policy')}</p>"))
        lesson = LessonFactory(parent=market.anchors_id, body=text, slug="links")
        assert links(visitor.get(lesson.url))["policy"] == "/en/policies/claims/"
        parent = PolicyIndexPage.objects.child_of(market.home_id).get()
        mine = PolicyFactory(parent=parent, slug="claims", translation_of=market.policy)
        assert links(visitor.get(lesson.url))["policy"] == "/id/policies/claims/"
        mine.unpublish()
        assert links(visitor.get(lesson.url))["policy"] == "/en/policies/claims/"

    @pytest.mark.parametrize(("section", "told"), [("1.1", "Katakan yang terbukti."), ("1.2", "Show the whole price.")])
    def test_an_excerpt_quotes_the_policy_in_the_lessons_language(
        self, market: Market, visitor: Client, policy_id: PolicyPage, section: str, told: str
    ) -> None:
        """And in the original's where the translation lacks the section, marked as such."""
        quote = stream(("policy_excerpt", {"policy": market.policy.pk, "section": section}))
        lesson = LessonFactory(parent=market.anchors_id, body=quote, slug="quote")
        page = visitor.get(lesson.url)
        excerpt = soup_of(page).select_one(".block-policy")
        assert excerpt is not None
        assert told in excerpt.get_text()
        language = "id" if section == "1.1" else "en"
        assert excerpt["lang"] == language
        assert excerpt.select_one("a")["href"] == f"/{language}/policies/claims/#s-{section}"

    def test_a_lesson_that_is_not_translated_stands_in_the_outline_and_says_so(self, market: Market) -> None:
        reader = Client()
        reader.cookies["django_language"] = "id"
        course = soup_of(reader.get("/id/courses/anchors/"))
        assert [each["href"] for each in course.select(".toc h3 a")] == [
            "/id/courses/anchors/a1/",
            "/en/courses/anchors/a2/",
            "/en/courses/anchors/a3/",
        ]
        assert [each["lang"] for each in course.select(".toc h3")] == ["id", "en", "en"]
        # Its reader goes on in Indonesian: the course around it, and what comes before.
        lesson = soup_of(reader.get("/en/courses/anchors/a2/"))
        assert lesson.select_one(".strip__course a")["href"] == "/id/courses/anchors/"  # type: ignore[index]
        assert lesson.select_one("[rel=prev]")["href"] == "/id/courses/anchors/a1/"  # type: ignore[index]
        assert (lesson.html["lang"], lesson.h1["lang"]) == ("id", "en")  # type: ignore[index]
        assert "Halaman ini berbahasa Inggris." in lesson.get_text()

    @pytest.mark.parametrize("path", ["courses", "updates", "policies"])
    def test_the_other_language_keeps_the_filters(self, market: Market, visitor: Client, path: str) -> None:
        page = visitor.get(f"/en/{path}/?route=affiliate")
        nexts = [each["value"] for each in soup_of(page).select(".tongues form:nth-of-type(2) [name=next]")]
        assert nexts[-1] == f"/id/{path}/?route=affiliate"
        switched = visitor.post("/language/", {"language": "id", "next": nexts})
        assert switched["Location"] == f"/id/{path}/?route=affiliate"

    def test_search_engines_learn_of_both_languages(self, market: Market, visitor: Client, settings: object) -> None:
        head = soup_of(visitor.get("/id/courses/anchors/?from=mail")).head
        assert head is not None
        base = settings.BASE_URL  # type: ignore[attr-defined]
        assert head.find("link", rel="canonical")["href"] == f"{base}/id/courses/anchors/"
        others = {each["hreflang"]: each["href"] for each in head.find_all("link", rel="alternate")}
        assert others == {"id": f"{base}/id/courses/anchors/", "en": f"{base}/en/courses/anchors/"}
        alone = soup_of(visitor.get("/en/courses/claims/")).head
        assert alone is not None
        assert alone.find_all("link", rel="alternate") == []

    def test_the_map_of_the_site_names_translations(self, market: Market, visitor: Client) -> None:
        tree = ElementTree.fromstring(visitor.get("/sitemap-pages.xml").content)
        named = {
            str(page.findtext("{*}loc")).partition("testserver")[2]: {each.get("hreflang") for each in page.iter(LINK)}
            for page in tree
        }
        assert set(named) == {reading.url for reading in Reading.objects.all()}
        assert named["/id/courses/anchors/"] == named["/en/courses/anchors/"] == {"en", "id"}
        assert named["/en/courses/claims/"] == {"en"}

    def test_translation_costs_readers_nothing(
        self, market: Market, visitor: Client, indonesian: Locale, translator: User, policy_id: PolicyPage
    ) -> None:
        """A lesson, signed out, is one statement, however it was translated."""
        services.begin_translation(page=market.anchor_lessons[1], locale=indonesian, with_children=False, by=translator)
        quote = stream(("policy_excerpt", {"policy": market.policy.pk, "section": "1.1"}))
        lesson = LessonFactory(parent=market.anchors_id, body=quote, slug="quote")
        cache.clear()
        visitor.get(lesson.url)
        with CaptureQueriesContext(connection) as asked:
            visitor.get(lesson.url)
        assert len(asked) == 1, asked.captured_queries


def test_an_original_that_changes_leaves_its_translation_to_be_done(
    market: Market, indonesian: Locale, translator: User
) -> None:
    original = market.anchor_lessons[1]
    draft = services.begin_translation(page=original, locale=indonesian, with_children=False, by=translator)
    translation = translation_of(draft)
    assert translation is not None
    before = passages_waiting(translation)
    original.body = stream(("text", "<p>One.</p><p>Two.</p>"), ("heading", "Three"))
    original.save_revision().publish()
    assert (before, passages_waiting(translation)) == (3, 5)


def test_the_lists_of_pages_say_in_which_languages_each_is_published(market: Market, editor: Client) -> None:
    def languages(parent: Page) -> dict[str, str]:
        """By title, of the pages below this one."""
        rows = soup_of(editor.get(reverse("wagtailadmin_explore", args=[parent.pk]))).select("table.listing tbody tr")
        return {text_of(row.select_one(".title a")): text_of(row.select("td")[-2]) for row in rows}

    assert languages(market.catalogue) == {"Product anchors": "EN, ID", "Claims": "EN"}
    assert languages(market.anchors) == {"On a short video": "EN, ID", "On a live": "EN", "After the live": "EN"}
    assert languages(market.policies) == {"Claims policy": "EN"}
