"""Policies that change: what editors say of it, the text that is kept for ever, and who is told when."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from wagtail import hooks

from apps.catalog import rules
from apps.catalog.enums import ChangeKind, Difference
from apps.catalog.models import PolicyChange, PolicyIndexPage, PolicyPage, PolicyVersion, SectionVersion
from apps.catalog.panels import REACH_OF_CHANGE
from apps.catalog.queries.policies import difference_since, section_at, section_now
from apps.catalog.services.policies import keep_unversioned, tell_due_changes
from apps.catalog.signals import policy_changed
from apps.core.clock import now
from tests.factories.catalog import Market, PolicyFactory, link, stream
from tests.factories.policies import change_policy, section
from tests.journeys.editing import edit_page

FIRST_DAY = datetime(2025, 12, 31, 17, tzinfo=UTC)
"""The first of January 2026 where the marketplace is."""


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    """What the apps above heard."""
    heard: list[dict[str, Any]] = []

    def hear(**facts: Any) -> None:
        heard.append(facts)

    policy_changed.connect(hear)
    yield heard
    policy_changed.disconnect(hear)


def versions(policy: PolicyPage, language: str = "en") -> list[PolicyVersion]:
    """All that is kept of a policy in one language."""
    return list(PolicyVersion.objects.filter(policy_key=policy.translation_key, language=language).order_by("number"))


def in_days(days: int) -> date:
    """A day, so many from today."""
    return now().date() + timedelta(days=days)


@pytest.mark.django_db
class TestWhatIsKept:
    def test_is_every_section_of_a_published_text(self, market: Market) -> None:
        (version,) = versions(market.policy)
        assert (version.number, version.title, version.change_kind) == (1, "Claims policy", "editorial")
        assert version.in_force_from == FIRST_DAY
        assert list(version.sections.order_by("position").values_list("number", "title", "html")) == [
            ("1.1", "Claims", "<p>Say what you can prove.</p>"),
            ("1.2", "Prices", "<p>Show the whole price.</p>"),
        ]

    def test_has_its_links_resolved(self, market: Market) -> None:
        lesson = market.claim_lessons[0]
        change_policy(market.policy, [section("1.1", "Claims", f"<p>Read {link(lesson, 'this')}.</p>")])
        (text,) = SectionVersion.objects.filter(version=versions(market.policy)[-1])
        assert text.html == f'<p>Read <a href="{lesson.url}">this</a>.</p>'

    def test_gets_a_version_for_each_new_text_and_none_for_the_same(self, market: Market) -> None:
        change_policy(market.policy, [section("1.1", "Claims", "<p>Prove it.</p>")])
        change_policy(market.policy, [section("1.1", "Claims", "<p>Prove it.</p>")])
        assert [each.number for each in versions(market.policy)] == [1, 2]

    @pytest.mark.parametrize("model", [PolicyVersion, SectionVersion])
    def test_never_changes(self, market: Market, model: Any) -> None:
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            model.objects.update(title="Another")
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            model.objects.all()._raw_delete("default")

    def test_is_kept_of_pages_from_before(self, market: Market) -> None:
        assert keep_unversioned() == 0
        PolicyPage.objects.filter(pk=market.policy.pk).update(translation_key="00000000-0000-0000-0000-000000000007")
        page = PolicyPage.objects.get(pk=market.policy.pk)
        assert keep_unversioned() == 1
        assert [each.published_at for each in versions(page)] == [page.last_published_at]
        assert keep_unversioned() == 0

    def test_is_nothing_of_a_draft(self, market: Market) -> None:
        page = PolicyPage.objects.get(pk=market.policy.pk)
        page.title = "A draft"
        page.save_revision()
        assert len(versions(market.policy)) == 1


@pytest.mark.django_db
class TestSectionAt:
    def key(self, market: Market) -> Any:
        return market.policy.translation_key

    def test_is_the_text_that_was_in_force(self, market: Market) -> None:
        change_policy(market.policy, [section("1.1", "Claims", "<p>Prove it first.</p>")], effective_on=in_days(30))
        before = section_at(self.key(market), "1.1", "en", now())
        after = section_at(self.key(market), "1.1", "en", now() + timedelta(days=40))
        assert before is not None and after is not None
        assert (before.html, before.version, before.is_first_known) == ("<p>Say what you can prove.</p>", 1, False)
        assert (after.html, after.version) == ("<p>Prove it first.</p>", 2)
        latest = section_now(self.key(market), "1.1", "en")
        assert latest is not None and latest.version == 2

    def test_is_the_first_known_for_earlier_instants_and_says_so(self, market: Market) -> None:
        found = section_at(self.key(market), "1.1", "en", FIRST_DAY - timedelta(seconds=1))
        assert found is not None and (found.version, found.is_first_known) == (1, True)

    def test_is_none_where_there_was_none(self, market: Market) -> None:
        assert section_at(self.key(market), "9.9", "en", now()) is None
        assert section_at(market.about.translation_key, "1.1", "en", now()) is None
        change_policy(market.policy, [section("1.1", "Claims", "<p>Prove it.</p>")])
        assert section_now(self.key(market), "1.2", "en") is None
        assert section_at(self.key(market), "1.2", "en", now() - timedelta(days=1)) is not None

    def test_falls_back_to_the_first_language(self, market: Market) -> None:
        found = section_at(self.key(market), "1.1", "id", now())
        assert found is not None and (found.language, found.html) == ("en", "<p>Say what you can prove.</p>")

    def test_is_in_the_readers_language_where_it_was_in_force_in_it(self, market: Market) -> None:
        translate(market, effective_on=in_days(-1))
        early, late = (section_at(self.key(market), "1.1", "id", at) for at in (now() - timedelta(days=20), now()))
        assert early is not None and late is not None
        assert (early.language, early.is_first_known) == ("en", False)
        assert (late.language, late.html) == ("id", "<p>Katakan yang bisa dibuktikan.</p>")

    def test_takes_two_statements(self, market: Market, django_assert_num_queries: DjangoAssertNumQueries) -> None:
        for number in range(5):
            change_policy(market.policy, [section("1.1", "Claims", f"<p>Prove it {number} times.</p>")])
        with django_assert_num_queries(2):
            section_at(self.key(market), "1.1", "id", now())
        with django_assert_num_queries(2):
            section_now(self.key(market), "1.1", "id")


def translate(market: Market, **facts: Any) -> PolicyPage:
    """The policy in Indonesian."""
    parent = PolicyIndexPage.objects.child_of(market.home_id).get()
    sections = stream(section("1.1", "Klaim", "<p>Katakan yang bisa dibuktikan.</p>"))
    return PolicyFactory(
        parent=parent, title="Klaim", slug="claims", translation_of=market.policy, sections=sections, **facts
    )


@pytest.mark.django_db
class TestDifferenceSince:
    def test_is_between_what_was_seen_and_what_reads_now(self, market: Market) -> None:
        seen = now()
        version = change_policy(
            market.policy,
            [
                section("1.1", "Claims", "<p>Say what you can prove at once.</p>"),
                section("1.3", "Proof", "<p>Keep it.</p>"),
            ],
        )
        found = difference_since(market.policy.translation_key, "en", seen=seen, changed=version.published_at)
        assert found is not None
        assert [(each.number, each.kind) for each in found.changed] == [
            ("1.1", Difference.CHANGED),
            ("1.2", Difference.REMOVED),
            ("1.3", Difference.ADDED),
        ]
        assert (found.old, found.new, found.same) == (1, 2, ())

    def test_names_what_stayed(self, market: Market) -> None:
        kept = section("1.2", "Prices", "<p>Show the whole price.</p>")
        version = change_policy(market.policy, [section("1.1", "Claims", "<p>Prove it.</p>"), kept])
        found = difference_since(market.policy.translation_key, "en", seen=now(), changed=version.published_at)
        assert found is not None
        assert found.same == (("1.2", "Prices"),)

    def test_is_in_the_first_language_until_the_change_is_translated(self, market: Market) -> None:
        page, seen = translate(market), now()
        version = change_policy(market.policy, [section("1.1", "Claims", "<p>Prove it.</p>")])
        facts = {"seen": seen, "changed": version.published_at}
        found = difference_since(market.policy.translation_key, "id", **facts)
        assert found is not None and found.language == "en"
        change_policy(page, [section("1.1", "Klaim", "<p>Buktikan.</p>")])
        found = difference_since(market.policy.translation_key, "id", **facts)
        assert found is not None and (found.language, found.title) == ("id", "Klaim")

    def test_is_unknown_without_an_older_text(self, market: Market) -> None:
        (version,) = versions(market.policy)
        key = market.policy.translation_key
        assert difference_since(key, "en", seen=now(), changed=version.published_at) is None


@pytest.mark.django_db
class TestAMaterialChange:
    def test_is_told_within_its_publication_where_its_day_has_come(
        self, market: Market, told: list[dict[str, Any]]
    ) -> None:
        version = change_policy(market.policy, [section("1.1", "Claims", "<p>Prove it.</p>")], material="Prove first.")
        (heard,) = told
        assert heard["policy_key"] == market.policy.translation_key
        assert heard["sections"] == ["1.1", "1.2"]
        assert (heard["old_version"], heard["new_version"], heard["at"]) == (1, 2, version.published_at)
        assert (version.change_kind, version.what_changed) == ("material", "Prove first.")
        assert tell_due_changes(at=now()) == {"told": 0}
        assert len(told) == 1

    def test_waits_for_its_day_and_is_told_once(self, market: Market, told: list[dict[str, Any]]) -> None:
        day = in_days(30)
        change_policy(
            market.policy, [section("1.1", "Claims", "<p>Prove it.</p>")], material="Prove.", effective_on=day
        )
        begins = rules.day_begins(day, settings.MARKET_ZONE)
        assert tell_due_changes(at=begins - timedelta(seconds=1)) == {"told": 0}
        assert told == []
        assert tell_due_changes(at=begins) == {"told": 1}
        assert tell_due_changes(at=begins + timedelta(days=1)) == {"told": 0}
        assert [each["at"] for each in told] == [begins]

    def test_of_wording_only_is_told_nobody(self, market: Market, told: list[dict[str, Any]]) -> None:
        change_policy(market.policy, [section("1.1", "Claims", "<p>Say what you can prove!</p>")])
        assert told == [] and not PolicyChange.objects.exists()

    def test_is_none_on_the_first_publication(self, market: Market, told: list[dict[str, Any]]) -> None:
        PolicyFactory(parent=market.policies, change_kind=ChangeKind.MATERIAL, what_changed="All of it.")
        assert told == []

    def test_that_waits_takes_later_corrections_with_it(self, market: Market, told: list[dict[str, Any]]) -> None:
        day = in_days(30)
        change_policy(
            market.policy, [section("1.1", "Claims", "<p>Prove it.</p>")], material="Prove.", effective_on=day
        )
        change_policy(market.policy, [section("1.1", "Claims", "<p>Prove it first.</p>")], effective_on=day)
        tell_due_changes(at=now() + timedelta(days=40))
        assert [(each["old_version"], each["new_version"]) for each in told] == [(1, 3)]
        assert told[0]["change"].what_changed == "Prove."

    def test_that_is_taken_back_before_its_day_is_told_nobody(self, market: Market, told: list[dict[str, Any]]) -> None:
        before = [
            (child.block_type, dict(child.value) | {"text": child.value["text"].source})
            for child in market.policy.sections
        ]
        change_policy(
            market.policy, [section("1.1", "Claims", "<p>Prove.</p>")], material="Prove.", effective_on=in_days(9)
        )
        change_policy(market.policy, before, effective_on=market.policy.effective_on)
        assert tell_due_changes(at=now() + timedelta(days=40)) == {"told": 0}
        assert not PolicyChange.objects.exists()

    def test_of_a_policy_that_nobody_can_read_waits(self, market: Market, told: list[dict[str, Any]]) -> None:
        change_policy(
            market.policy, [section("1.1", "Claims", "<p>Prove.</p>")], material="Prove.", effective_on=in_days(9)
        )
        PolicyPage.objects.get(pk=market.policy.pk).unpublish()
        later = now() + timedelta(days=20)
        assert tell_due_changes(at=later) == {"told": 0}
        page = PolicyPage.objects.get(pk=market.policy.pk)
        page.get_latest_revision().publish()
        tell_due_changes(at=later)
        assert len(told) == 1

    def test_that_cannot_be_told_hinders_no_other(self, market: Market) -> None:
        other = PolicyFactory(parent=market.policies, title="Prices policy")
        for page in (market.policy, other):
            change_policy(page, [section("1.1", "Claims", "<p>Prove.</p>")], material="Prove.", effective_on=in_days(9))

        def refuse(policy_key: Any, **_facts: Any) -> None:
            if policy_key == market.policy.translation_key:
                raise ValueError("not this one")

        policy_changed.connect(refuse)
        try:
            counts = tell_due_changes(at=now() + timedelta(days=20))
        finally:
            policy_changed.disconnect(refuse)
        assert counts == {"told": 1, "failed": ["Claims policy: Prove.: ValueError: not this one"]}
        waiting = PolicyChange.objects.get(told_at=None)
        assert waiting.policy_key == market.policy.translation_key, "it is tried again"

    def test_of_a_translation_is_none(self, market: Market, told: list[dict[str, Any]]) -> None:
        page = translate(market)
        change_policy(page, [section("1.1", "Klaim", "<p>Buktikan.</p>")], material="Buktikan.")
        assert told == []
        assert [each.change_kind for each in versions(market.policy, "id")] == ["editorial", "editorial"]


@pytest.mark.django_db
class TestTheDraft:
    def test_begins_as_wording_only_after_each_publication(self, market: Market) -> None:
        change_policy(market.policy, [section("1.1", "Claims", "<p>Prove.</p>")], material="Prove.")
        page = PolicyPage.objects.get(pk=market.policy.pk)
        for each in (page, page.get_latest_revision_as_object()):
            assert (each.change_kind, each.what_changed) == ("editorial", "")

    def test_that_was_begun_from_a_scheduled_one_does_too(self, market: Market) -> None:
        page = PolicyPage.objects.get(pk=market.policy.pk)
        page.change_kind, page.what_changed = ChangeKind.MATERIAL, "Prove."
        scheduled = page.save_revision()
        page.title = "Claims and proofs"
        page.save_revision()
        scheduled.publish()
        latest = PolicyPage.objects.get(pk=page.pk).get_latest_revision_as_object()
        assert (latest.title, latest.change_kind) == ("Claims and proofs", "editorial")

    def test_keeps_a_change_of_its_own(self, market: Market) -> None:
        page = PolicyPage.objects.get(pk=market.policy.pk)
        page.change_kind, page.what_changed = ChangeKind.MATERIAL, "Prove."
        scheduled = page.save_revision()
        page.what_changed = "Show the price."
        page.save_revision()
        scheduled.publish()
        latest = PolicyPage.objects.get(pk=page.pk).get_latest_revision_as_object()
        assert (latest.change_kind, latest.what_changed) == ("material", "Show the price.")

    def test_without_words_is_refused_wherever_it_is_published(self, market: Market) -> None:
        page = PolicyPage.objects.get(pk=market.policy.pk)
        page.change_kind = ChangeKind.MATERIAL
        with pytest.raises(rules.ChangeUnsaid, match="Say what changed"):
            page.save_revision().publish()
        assert len(versions(market.policy)) == 1


@pytest.mark.django_db
class TestTheForm:
    def test_says_beside_the_field_what_is_missing_on_publishing_only(self, market: Market, approver: Client) -> None:
        page = PolicyPage.objects.get(pk=market.policy.pk)
        saved = edit_page(approver, page, change_kind="material")
        assert saved.status_code == 302
        refused = edit_page(approver, page, change_kind="material", action_publish="1")
        assert refused.status_code == 200
        assert "Say what changed, in a sentence or two." in refused.content.decode()
        published = edit_page(approver, page, change_kind="material", what_changed="All.", action_publish="1")
        assert published.status_code == 302
        assert PolicyChange.objects.get().what_changed == "All."

    def test_counts_whom_a_change_touches(self, market: Market, approver: Client) -> None:
        address = f"/cms/pages/{market.policy.pk}/edit/"
        assert "would touch nobody now" in approver.get(address).content.decode()
        with hooks.register_temporarily(REACH_OF_CHANGE, lambda policy: [f"7 readers of {policy.title}"]):
            assert "7 readers of Claims policy" in approver.get(address).content.decode()

    def test_does_not_ask_a_translation(self, market: Market, approver: Client) -> None:
        page = translate(market)
        shown = approver.get(f"/cms/pages/{page.pk}/edit/").content.decode()
        assert 'name="change_kind"' not in shown
        assert 'name="effective_on"' in shown
