"""Translation side by side, in the hand of an editor."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
from wagtail.models import Locale

from apps.accounts.enums import Role
from apps.catalog.models import CoursePage
from apps.catalog.services.translations import begin_translation
from tests.browser.conftest import DESK
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import Market, give_quiz


def test_a_course_with_a_quiz_is_translated_without_a_fault(market: Market, page_at: Callable[..., Page]) -> None:
    """Nothing fails while the editor loads, and the quiz is no passage of it."""
    give_quiz(market.claims)
    editor = PersonFactory(role=Role.EDITOR)
    course = CoursePage.objects.get(pk=market.claims.pk)
    locale = Locale.objects.get(language_code="id")
    draft = begin_translation(page=course, locale=locale, with_children=False, by=editor)
    page = page_at(DESK, person=editor)
    page.goto(f"/cms/pages/{draft.pk}/edit/")
    expect(page.get_by_role("heading", name="Title", exact=True)).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("heading", name="question bank", exact=True)).to_have_count(0)
    assert page.faults == []  # type: ignore[attr-defined]
