"""How lessons do, for editors: the numbers, who may see them, and that no reader is named."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.enums import Role
from apps.accounts.models import User
from apps.learning import services
from tests.factories import AT
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import LessonFactory, Market
from tests.screens import soup_of, text_of, words

pytestmark = pytest.mark.django_db

EXPLORER = "/cms/reports/lessons/"


def rows(client: Client, query: str = "") -> dict[str, str]:
    """Each lesson's line, by its title."""
    lines = soup_of(client.get(f"{EXPLORER}{query}")).select("table.listing tbody tr")
    return {text_of(line.find("td")): " ".join(text_of(cell) for cell in line.find_all("td")[1:]) for line in lines}


@pytest.fixture
def answered(market: Market) -> Market:
    """Six found the first lesson on claims clear or not, two the first on anchors."""
    for number in range(6):
        reader = PersonFactory(name=f"Reader {number}")
        lesson = market.reading(market.claim_lessons[0])
        services.complete_lesson(person=reader, lesson=lesson, at=AT)
        said = "Too <fast>" if number == 0 else ""
        services.say_clarity(person=reader, lesson=lesson, is_clear=number > 2, words=said, at=AT)
        if number < 2:
            lesson = market.reading(market.anchor_lessons[0])
            services.say_clarity(person=reader, lesson=lesson, is_clear=True, at=AT)
    return market


def test_counts_learners_completions_and_clarity(answered: Market, editor: Client) -> None:
    found = rows(editor)
    assert len(found) == 6, "every lesson once over all languages"
    assert found["Say what is so"].startswith("Claims 6 6 50 % of 6 6")
    assert found["On a short video"].startswith("Product anchors 0 0 100 % of 2 (too few to tell) 2")
    assert found["Prove it"].startswith("Claims 6 0 no answers yet 0")


def test_narrows_and_sorts(answered: Market, editor: Client) -> None:
    page = answered.claim_lessons[1]
    page.review_on = date(2026, 1, 1)
    page.save()
    assert list(rows(editor, "?clear=low")) == ["Say what is so"]
    assert "On a short video" in rows(editor, "?clear=few")
    assert list(rows(editor, "?review=due")) == ["Prove it"]
    assert "Prove it" not in rows(editor, "?review=none")
    assert set(rows(editor, f"?course={answered.anchors.translation_key}")) == {
        "On a short video",
        "On a live",
        "After the live",
    }
    assert rows(editor, "?subject=policies") == {}
    assert list(rows(editor, "?ordering=-share"))[:2] == ["On a short video", "Say what is so"]
    assert list(rows(editor, "?ordering=share"))[:2] == ["Say what is so", "On a short video"]
    assert list(rows(editor, "?q=prove")) == ["Prove it"]


def test_shows_words_without_names(answered: Market, editor: Client) -> None:
    page = editor.get(f"{EXPLORER}{answered.claim_lessons[0].translation_key}/")
    assert "Too <fast> Not quite clear en" in words(page)
    assert "50 % of 6" in words(page)
    assert "Reader" not in words(page)
    assert "@" not in words(page)
    assert editor.get(f"{EXPLORER}{answered.claims.translation_key}/").status_code == 404


def test_can_be_taken_along(answered: Market, editor: Client) -> None:
    answer = editor.get(f"{EXPLORER}?export=csv")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert "Say what is so,Claims,en,6,6,6,3," in lines


def test_is_for_editors_and_approvers(
    market: Market, approver: Client, operator: Client, person_client: Client, client_of: Callable[[User], Client]
) -> None:
    door = client_of(PersonFactory(role=Role.EVENT_STAFF))
    paths = [EXPLORER, f"{EXPLORER}{market.claim_lessons[0].translation_key}/"]
    for path in paths:
        assert approver.get(path).status_code == 200
        for client in (operator, door, person_client):
            assert client.get(path).status_code in (302, 403)


def test_asks_as_much_for_many_lessons_as_for_few(
    answered: Market, editor: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    editor.get(EXPLORER)
    with django_assert_max_num_queries(16):
        editor.get(EXPLORER)
    for number in range(12):
        LessonFactory(parent=answered.claims, slug=f"more-{number}")
    with django_assert_max_num_queries(16):
        assert len(rows(editor)) == 18
