"""A new version of a programme: typed, tried on the ledgers, saved once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.enums import Region, Role
from apps.accounts.models import User
from apps.compliance.enums import Action
from apps.compliance.models import Enforcement, PointEntry, PolicyProgramme
from apps.compliance.queries import trials
from apps.compliance.queries.programmes import programme_row
from apps.compliance.rules.programme import PRESETS, Milestone, preset_for
from apps.compliance.rules.trials import VersionMeanwhile, VersionTooEarly
from apps.compliance.services.programmes import save_version
from apps.compliance.services.violations import end_enforcement, revoke_violation
from apps.core.clock import now
from tests.factories import AT
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.factories.compliance import linked_seller, seller_with_violation, violation_of
from tests.screens import form_with, press, soup_of, text_of, typed_in, words

pytestmark = pytest.mark.django_db

NEW = "/cms/programmes/new/ID/"
TRY = "See what would have changed"


@pytest.fixture
def policy(client_of: Callable[[User], Client]) -> Client:
    """Keeps the programmes."""
    return client_of(PersonFactory(name="Putri Hakim", role=Role.POLICY))


def errors(response: HttpResponse) -> str:
    """What the form says is wrong, in one line."""
    return " ".join(text_of(each) for each in soup_of(response).select(".error-message, .messages .error"))


def rows(response: HttpResponse) -> list[str]:
    """The rows of all tables."""
    return [text_of(each) for each in soup_of(response).select("table.listing tbody tr")]


class TestWhoSeesIt:
    def test_operators_look_and_save_nothing(self, operator: Client) -> None:
        assert "Indonesia 1" in words(operator.get("/cms/programmes/"))
        assert "New version" not in operator.get("/cms/programmes/").content.decode()
        version = programme_row(Region.INDONESIA, AT)
        assert "6: Notice, Lessons assigned" in words(operator.get(f"/cms/programmes/{version.pk}/"))
        assert operator.get(NEW).status_code == 302
        assert operator.post(NEW, {"step": "save"}).status_code == 302

    def test_editors_see_nothing(self, editor: Client) -> None:
        assert editor.get("/cms/programmes/").status_code == 302
        assert editor.get(NEW).status_code == 302

    def test_an_unknown_region_is_not_found(self, policy: Client) -> None:
        assert policy.get("/cms/programmes/new/XX/").status_code == 404


class TestForm:
    def test_typed_tried_and_saved(self, policy: Client) -> None:
        seller = linked_seller(code="AYU-01")
        violation_of(seller, points=5, at=now() - timedelta(days=3))
        typed = {"note": "Begins earlier.", "milestones-0-points": "4", "pass_mark": "67"}
        seen = press(policy, policy.get(NEW), TRY, **typed)
        assert "Pass mark in percent 100 % 67 %" in rows(seen)
        assert "4 0 1 +1" in rows(seen)
        assert "AYU-01 " + seller.shop_name + " — 4" in rows(seen)
        assert "1 seller would have met other milestones" in words(seen)
        assert PolicyProgramme.objects.filter(region="ID").count() == 1, "nothing is saved by looking"

        back = press(policy, seen, "Change it")
        assert typed_in(form_with(back, TRY)[0])["milestones-0-points"] == "4"
        done = press(policy, press(policy, back, TRY), "Save this version")
        version = PolicyProgramme.objects.get(region="ID", number=2)
        assert "Indonesia 2 is saved." in done.content.decode()
        assert (version.note, version.value.pass_mark) == ("Begins earlier.", 67)
        assert version.value == replace(
            preset_for(Region.INDONESIA),
            pass_mark=67,
            milestones=(replace(version.value.milestones[0], points=4), *preset_for(Region.INDONESIA).milestones[1:]),
        )
        assert programme_row("ID", now()).number == 2
        listed = rows(policy.get("/cms/programmes/?region=ID"))
        assert ["In force" in each for each in listed] == [True, False]

        again = press(policy, seen, "Save this version")
        assert again.status_code == 422
        assert "Version 2 was saved after you began." in errors(again)

    @pytest.mark.parametrize("preset", PRESETS)
    def test_a_preset_is_saved_as_it_is(self, policy: Client, preset: str) -> None:
        seen = press(policy, policy.get(f"{NEW}?preset={preset}"), TRY, note="As others do it.")
        press(policy, seen, "Save this version")
        assert PolicyProgramme.objects.get(region="ID", number=2).value == preset_for(Region.INDONESIA, preset)

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("pass_mark", "101", "from 1 to 100"),
            ("pass_mark", "", "from 1 to 100"),
            ("pass_mark", "all", "whole number"),
            ("questions_per_attempt", "21", "from 1 to 20"),
            ("points_per_pass", "-1", "from 0 to 1000"),
            ("attempt_cap_days", "30", "Days are for rolling periods only."),
            ("attempt_cap_limit", "x", "whole number"),
            ("credit_cap_limit", "0", "from 1 to 1000"),
            ("expiry_days", "731", "from 1 to 730"),
            ("repeat_rule_flag_at", "3", "from 5 to 1000"),
            ("repeat_rule_warn_at", "", "from 2 to 999"),
            ("milestones-1-points", "6", "Milestones rise"),
            ("milestones-0-days", "7", "Only what restricts the seller lasts for days."),
            ("milestones-5-points", "60", "Choose one or more"),
            ("milestones-2-points", "many", "whole number"),
            ("effective_from", "2020-01-01 00:00", "can’t begin in the past"),
            ("effective_from", "soon", "valid date"),
            ("note", "", "required"),
            ("note", "x" * 301, "300"),
        ],
    )
    def test_wrong_input_is_told_and_kept(self, policy: Client, field: str, value: str, said: str) -> None:
        response = press(policy, policy.get(NEW), TRY, **{"note": "Try."} | {field: value})
        assert response.status_code == 422
        assert said in errors(response)
        sent = typed_in(form_with(response, TRY)[0])
        assert sent[field] == value
        assert PolicyProgramme.objects.filter(region="ID").count() == 1

    def test_a_rating_is_checked_as_a_whole(self, policy: Client) -> None:
        response = press(policy, policy.get(f"{NEW}?preset=rating"), TRY, note="Try.", start_score="150")
        assert (response.status_code, "give at most 150 points" in errors(response)) == (422, True)

    def test_caps_expiry_and_repeats_may_be_none(self, policy: Client) -> None:
        names = ["attempt_cap_limit", "credit_cap_limit", "expiry_days"]
        names += ["repeat_rule_warn_at", "repeat_rule_flag_at", "repeat_rule_days"]
        seen = press(policy, policy.get(NEW), TRY, note="Try.", **dict.fromkeys(names, ""))
        press(policy, seen, "Save this version")
        value = PolicyProgramme.objects.get(region="ID", number=2).value
        assert (value.attempt_cap, value.credit_cap, value.expiry_days, value.repeat_rule) == (None,) * 4

    def test_a_later_version_is_announced_as_coming(self, policy: Client) -> None:
        seen = press(policy, policy.get(NEW), TRY, note="Next year.", effective_from="2999-01-01 00:00")
        assert "It would hold from" in words(seen)
        press(policy, seen, "Save this version")
        assert programme_row("ID", now()).number == 1
        assert "Comes" in words(policy.get("/cms/programmes/"))


class TestService:
    def save(self, **facts: object) -> PolicyProgramme:
        """The default, at once, unless something else is said."""
        given = {"region": "US", "programme": preset_for(Region.UNITED_STATES), "effective_from": None, "note": "Why."}
        return save_version(**given | {"after": 1, "at": AT, "by": PersonFactory()} | facts)  # type: ignore[arg-type]

    def test_it_begins_at_once_or_later_never_before(self) -> None:
        assert self.save().effective_from == AT
        assert self.save(after=2, effective_from=AT + timedelta(days=1)).number == 3
        with pytest.raises(VersionTooEarly):
            self.save(after=3, effective_from=AT - timedelta(seconds=1))

    def test_of_two_drafts_begun_together_one_is_saved(self) -> None:
        self.save()
        with pytest.raises(VersionMeanwhile):
            self.save()
        assert PolicyProgramme.objects.filter(region="US").count() == 2


class TestTrial:
    DRAFT = replace(preset_for(Region.INDONESIA), milestones=(Milestone(10, (Action.NO_LIVE,), days=3),))

    def test_only_the_days_tried_change(self) -> None:
        long_ago, lately = AT - timedelta(days=100), AT - timedelta(days=10)
        seller = linked_seller()
        violation_of(seller, points=13, at=long_ago)
        violation_of(linked_seller(), points=13, at=lately)
        violation_of(SellerFactory(), points=13, at=lately)
        trial = trials.trial_of("ID", self.DRAFT, AT)
        assert (trial.sellers, trial.changed, trial.is_sample) == (1, 1, False), "this region's, of these days"
        assert {each.points: each.change for each in trial.rungs} == {10: 1, 12: -1}
        assert (trial.restrictions, trial.restrictions_then) == (1, 1)

    def test_what_was_above_before_fires_nothing_then(self) -> None:
        seller = linked_seller()
        violation_of(seller, points=11, at=AT - timedelta(days=91, hours=1))
        violation_of(seller, points=1, at=AT - timedelta(days=80), issued_at=AT - timedelta(days=80))
        trial = trials.trial_of("ID", self.DRAFT, AT)
        assert {each.points: (each.fired, each.fired_then) for each in trial.rungs} == {12: (1, 0)}

    def test_the_programme_in_force_changes_nothing(self, person: User) -> None:
        for points in (5, 13, 50):
            seller = linked_seller()
            first = violation_of(seller, points=points, at=AT - timedelta(days=20))
            violation_of(seller, "V03", points=9, at=AT - timedelta(days=10))
            revoke_violation(violation=first, reason="It was another shop.", at=AT - timedelta(days=5), by=person)
        endless = Enforcement.objects.filter(ends_at=None).first()
        if endless is not None:
            end_enforcement(enforcement=endless, at=AT - timedelta(days=4), by=person)
        trial = trials.trial_of("ID", programme_row("ID", AT).value, AT)
        assert (trial.sellers, trial.changed) == (3, 0)
        assert all(each.change == 0 for each in trial.rungs)

    def test_many_sellers_are_sampled_and_the_first_shown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(trials, "MOST_SELLERS", 3)
        monkeypatch.setattr(trials, "SHOWN", 2)
        for _each in range(4):
            seller_with_violation(points=10, at=AT - timedelta(days=1))
        trial = trials.trial_of("ID", self.DRAFT, AT)
        assert (trial.sellers, trial.is_sample, trial.changed, len(trial.shown)) == (3, True, 3, 2)
        newest = PointEntry.objects.order_by("-pk").values_list("seller", flat=True)[:2]
        assert [seller.pk for seller, _trial in trial.shown] == list(newest)

    def test_the_same_statements_for_one_seller_and_for_thirty(self) -> None:
        counts = []
        for number in (1, 29):
            for _each in range(number):
                seller_with_violation(points=10, at=AT - timedelta(days=1))
            with CaptureQueriesContext(connection) as captured:
                trials.trial_of("ID", self.DRAFT, AT)
            counts.append(len(captured))
        assert counts[0] == counts[1]
