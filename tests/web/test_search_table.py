"""What readers of the demo market look for, and what they must be shown first: the same on both databases."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client, override_settings

from apps.web.services.market_pages import load_pages
from tests.screens import soup_of

MARKET = settings.BASE_DIR / "fixtures" / "lantern_market"
TOOLS_ID = "/id/courses/first-steps-in-seller-center/"
PLANS = "/en/courses/promotion-plans-and-commission/"
DISPATCH = "/en/courses/points-and-dispatch-2026/"

IN_ENGLISH = {
    # A word, in the title of what it names
    "commission": f"{PLANS}set-a-commission/",
    "Commissions": f"{PLANS}set-a-commission/",
    "claims": "/en/courses/claims-you-can-stand-behind/what-counts-as-a-claim/",
    "disclosure": "/en/policies/disclosure/",
    "countdown": "/en/courses/live-that-stays-healthy/honest-prices-and-countdowns/",
    "holidays": "/en/updates/dispatch-over-the-holidays/",
    "warm-up": "/en/courses/live-changes-2026/shorter-warm-ups/",
    # A few words, in any order and form
    "pin an anchor": "/en/courses/live-changes-2026/pinned-anchors/",
    "anchors pinned": "/en/courses/live-changes-2026/pinned-anchors/",
    "live policy": "/en/policies/live/",
    "policies on prices": "/en/policies/pricing/",
    "promotion plan": "/en/policies/commission/#s-11.1",
    "set a commission": f"{PLANS}set-a-commission/",
    "invite creators": f"{PLANS}invite-creators/",
    "payout statement": "/en/courses/commission-settings-2026/payout-statement/",
    "shop-wide plan exceptions": "/en/courses/commission-settings-2026/shop-wide-plans-with-exceptions/",
    "moderator seats": "/en/courses/live-changes-2026/moderator-seats/",
    "games of chance": "/en/courses/live-that-stays-healthy/no-games-of-chance/",
    "health words": "/en/courses/claims-you-can-stand-behind/health-words/",
    "dispatch clock": f"{DISPATCH}the-dispatch-clock/",
    "weekly report": f"{DISPATCH}read-your-weekly-report/",
    "points expire": "/en/updates/points-expire-after-90-days/",
    "sample deadlines": "/en/updates/sample-deadlines-from-august/",
    "workshop cities": "/en/updates/workshops-from-november-to-february/",
    # A section of a policy, at its place
    "3.1": "/en/policies/live/#s-3.1",
    "late dispatch rate": "/en/policies/dispatch/#s-9.3",
    "returns 48 hours": "/en/policies/dispatch/#s-9.4",
    "tracking number": "/en/policies/dispatch/#s-9.2",
    "music licence": "/en/policies/rights/#s-7.1",
    "how do I appeal": "/en/policies/points/#s-13.5",
    # Words that only the text has
    "batik shirts": "/en/policies/live/#s-3.3",
    # Half a word, as it is typed
    "tracki num": "/en/policies/dispatch/#s-9.2",
    # Written in Indonesian only, looked for by a reader of English
    "pesanan": f"{TOOLS_ID}orders-and-dispatch/",
}
IN_INDONESIAN = {
    "pesanan": f"{TOOLS_ID}orders-and-dispatch/",
    "cetak label": f"{TOOLS_ID}orders-and-dispatch/",
    "produk pertama": f"{TOOLS_ID}your-first-product/",
    "mengenal seller center": TOOLS_ID,
    "komisinya": f"{TOOLS_ID}map-of-seller-center/",
    "dispatch clock": f"{DISPATCH}the-dispatch-clock/",
}
MISTYPED = {
    "comission": f"{PLANS}set-a-commission/",
    "dispach clock": f"{DISPATCH}the-dispatch-clock/",
    "moderater seat": "/en/courses/live-changes-2026/moderator-seats/",
    "trakcing number": "/en/policies/dispatch/#s-9.2",
    "countdwon": "/en/courses/live-that-stays-healthy/honest-prices-and-countdowns/",
    "licenec music": "/en/policies/rights/#s-7.1",
    "invtie creaters": f"{PLANS}invite-creators/",
    "pesannan": f"{TOOLS_ID}orders-and-dispatch/",
}


@pytest.fixture(scope="module", autouse=True)
def demo_market(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """The pages of the demo market, loaded once and taken back."""
    media = override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media"))
    with django_db_blocker.unblock(), transaction.atomic(), media:
        load_pages(MARKET, lambda _done: None)
        yield
        transaction.set_rollback(True)


def found(query: str, language: str) -> list[str]:
    """Where what was found leads, the first first."""
    visitor = Client()
    visitor.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    answer = visitor.get("/search/", {"q": query})
    assert answer.status_code == 200
    return [each["href"] for each in soup_of(answer).select(".found__title a")]


@pytest.mark.parametrize("query", IN_ENGLISH)
def test_a_reader_of_english_is_shown_first(query: str) -> None:
    assert found(query, "en")[:1] == [IN_ENGLISH[query]]


@pytest.mark.parametrize("query", IN_INDONESIAN)
def test_a_reader_of_indonesian_is_shown_first(query: str) -> None:
    assert found(query, "id")[:1] == [IN_INDONESIAN[query]]


@pytest.mark.parametrize("query", MISTYPED)
def test_a_mistyped_word_is_understood_by_postgresql(query: str) -> None:
    """SQLite knows no words that resemble others: nothing begins with what was typed."""
    first = [MISTYPED[query]] if connection.vendor == "postgresql" else []
    assert found(query, "en")[:1] == first


def test_what_was_understood_is_said() -> None:
    answer = Client().get("/search/", {"q": "dispach clock"})
    said = soup_of(answer).select_one(".corrected")
    if connection.vendor == "postgresql":
        assert (
            " ".join(said.text.split()) == "Nothing has “dispach clock”. This is what was found for “dispatch clock”."
        )
    else:
        assert said is None


@pytest.mark.parametrize("query", ["Dewi rattan lamp", "console on air clay vase"], ids=["transcript", "captions"])
def test_what_is_said_in_a_clip_is_found(query: str) -> None:
    assert found(query, "en") == ["/en/courses/product-anchors-and-showcase/anchors-in-live/"]
