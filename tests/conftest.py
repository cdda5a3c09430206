"""What all tests stand on: a database from the template, clean caches and folders, the market, the personas."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.core.cache import caches
from django.core.files.storage import storages
from django.test import Client, TransactionTestCase
from django.utils import timezone, translation

from apps.accounts.enums import Role
from apps.accounts.models import User
from tests.databases import MARKET, PLAIN, SCENE, Databases, databases_for
from tests.factories import AT
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.factories.catalog import Market, find_market

# Two cores and a busy neighbour: how long an example takes says nothing about the code.
hypothesis.settings.register_profile("suite", deadline=None, database=None)
hypothesis.settings.load_profile("suite")


databases_key = pytest.StashKey[Databases]()
blocker_key = pytest.StashKey[Any]()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
    worker_id: str,
    request: pytest.FixtureRequest,
) -> Iterator[None]:
    """This worker's databases; Django's way (migrate, later flush) is left out."""
    with django_db_blocker.unblock():
        databases = databases_for(worker_id, tmp_path_factory.mktemp("databases"))
        databases.create()
        databases.use(kind_for(request.node.stash.get(item_key, None)))
        request.config.stash[databases_key] = databases
        request.config.stash[blocker_key] = django_db_blocker
        patch = pytest.MonkeyPatch()
        # Django would empty all tables after a transactional test, those that migrations filled with them.
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _case: databases.restore())
        yield
        patch.undo()
        databases.drop()


item_key = pytest.StashKey[pytest.Item]()


def kind_for(item: pytest.Item | None) -> str:
    """The template that a test asks for by its fixtures."""
    asked = getattr(item, "fixturenames", ())
    return SCENE if "scene" in asked else MARKET if "market" in asked else PLAIN


LONGEST_FIRST = ("browser", "journeys")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest come first, so that no worker is left alone with one of them at the end."""
    items.sort(key=lambda item: not set(LONGEST_FIRST).intersection(item.path.parts))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture opens a transaction, choose the database to open it on."""
    item.session.stash[item_key] = item
    if databases := item.config.stash.get(databases_key, None):
        with item.config.stash[blocker_key].unblock():
            databases.use(kind_for(item))


@pytest.fixture(autouse=True)
def clean_ground(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing that a test leaves in a cache, a folder, or this thread's language and zone reaches the next."""
    settings.MEDIA_ROOT = tmp_path / "media"
    # Fields hold this storage since they were made, so it moves, not its setting.
    monkeypatch.setattr(storages["private"], "location", str(tmp_path / "private"))
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.BADGE_KEYS_FILE = tmp_path / "badge-keys.json"
    for alias in settings.CACHES:
        caches[alias].clear()
    with translation.override(settings.LANGUAGE_CODE), timezone.override(None):
        yield


@pytest.fixture
def at() -> datetime:
    """The instant at which the test happens."""
    return AT


@pytest.fixture
def market(db: None) -> Market:
    """A small site with content in two languages; see `Market` and `tests.databases`."""
    return find_market()


def signed_in(person: User) -> Client:
    """A client in whose session this person is signed in."""
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """Makes a signed-in client of any person."""
    return signed_in


# --- Personas: the fixtures give clients, `<name>.person` isn't needed where the person is a fixture too ----


@pytest.fixture
def visitor() -> Client:
    """Who isn't signed in."""
    return Client()


@pytest.fixture
def person(db: None) -> User:
    """A learner without a shop, with no route chosen."""
    return PersonFactory(email="ayu@example.com", name="Ayu Lestari")


@pytest.fixture
def person_client(person: User) -> Client:
    """The learner, signed in."""
    return signed_in(person)


@pytest.fixture
def other_person(db: None) -> User:
    """Another learner, who must never see or change what is the first one's."""
    return PersonFactory(email="ben@example.com", name="Ben Okafor")


@pytest.fixture
def other_client(other_person: User) -> Client:
    """The other learner, signed in."""
    return signed_in(other_person)


@pytest.fixture
def seller_person(db: None) -> User:
    """An affiliate seller: a person who stands for the seller CARLA-01."""
    person = PersonFactory(email="carla@example.com", name="Carla Ruiz", affiliate=True)
    SellerFactory(code="CARLA-01", shop_name="Carla's Kitchen", person=person, route=person.chosen_route)
    return person


@pytest.fixture
def seller_client(seller_person: User) -> Client:
    """The seller's person, signed in."""
    return signed_in(seller_person)


@pytest.fixture
def editor(db: None) -> Client:
    """Writes content and submits it; may not publish."""
    return signed_in(PersonFactory(email="editor@example.com", role=Role.EDITOR))


@pytest.fixture
def approver(db: None) -> Client:
    """Publishes content."""
    return signed_in(PersonFactory(email="approver@example.com", role=Role.APPROVER))


@pytest.fixture
def policy_team(db: None) -> Client:
    """Keeps programmes and types, looks after violations, decides appeals."""
    return signed_in(PersonFactory(email="policy@example.com", name="Putri Team", role=Role.POLICY))


@pytest.fixture
def operator(db: None) -> Client:
    """Looks after persons, sellers, certificates and questions."""
    return signed_in(PersonFactory(email="operator@example.com", role=Role.OPERATOR))
