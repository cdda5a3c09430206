"""A key points down the river, within its own app, or out to Django, Wagtail and the like."""

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField, Model

from tests.architecture import APPS, DEPTH

ours = [model for model in apps.get_models(include_auto_created=True) if model.__module__.startswith("apps.")]


def targets_of(model: type[Model]) -> Iterator[tuple[str, type[Model]]]:
    """Every key that stands in the model's own table, one-to-ones and many-to-manys among them."""
    for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
        if isinstance(field, ForeignKey | ManyToManyField):
            yield field.name, field.related_model


def flows_down(source: type[Model], target: type[Model]) -> bool:
    """Whether a key from source to target keeps to the river."""
    if not target.__module__.startswith("apps."):
        return True
    above, below = source._meta.app_label, target._meta.app_label
    return above == below or DEPTH[above] < DEPTH[below]


def test_there_are_keys_to_look_at() -> None:
    found = {(model._meta.label, name) for model in ours for name, _target in targets_of(model)}
    assert {("learning.Enrolment", "person"), ("accounts.Seller", "person"), ("catalog.Reading", "parent")} <= found


def test_upward_and_sideways_are_told_from_down() -> None:
    user, seller = apps.get_model("accounts.User"), apps.get_model("accounts.Seller")
    enrolment = apps.get_model("learning.Enrolment")
    assert flows_down(enrolment, user)
    assert flows_down(seller, user)
    assert not flows_down(user, enrolment)
    assert not any(DEPTH[a] < DEPTH[b] for a, b in [("health", "onboarding"), ("compliance", "workshops")])


@pytest.mark.parametrize("model", ours, ids=lambda model: model._meta.label)
def test_keys_flow_down(model: type[Model]) -> None:
    upward = [name for name, target in targets_of(model) if not flows_down(model, target)]
    assert upward == []


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_every_app_has_its_place_in_the_river(app: object) -> None:
    assert app.name in DEPTH


@pytest.mark.parametrize("app", [app for app in APPS if (app / "apps.py").exists()], ids=lambda app: app.name)
def test_every_app_that_is_more_than_rules_is_installed_under_its_name(app: object) -> None:
    assert apps.get_app_config(app.name).name == f"apps.{app.name}"
