"""The ground itself: what the fixtures promise to every other test."""

import threading
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection
from django.test import Client
from wagtail.models import Collection, Locale, Page, Site, Workflow

from apps.accounts.enums import Role
from apps.accounts.models import User
from apps.catalog.models import Reading
from apps.quizzes.models import QuestionVersion
from tests.factories.accounts import PersonFactory
from tests.factories.catalog import Market, give_quiz


def what_migrations_made() -> dict[str, object]:
    """The rows that a flush would take and no fixture brings back."""
    return {
        "root pages": Page.objects.filter(depth=1).count(),
        "languages": list(Locale.objects.values_list("language_code", flat=True)),
        "collections": Collection.objects.filter(depth=1).count(),
        "sites": Site.objects.count(),
        "workflows": list(Workflow.objects.values_list("name", flat=True)),
        "groups": sorted(Group.objects.values_list("name", flat=True)),
        "rights of operators": Group.objects.get(name=Role.OPERATOR.value).permissions.count() > 3,
        "persons": User.objects.count(),
    }


EXPECTED = {
    "root pages": 1,
    "languages": ["en"],
    "collections": 1,
    "sites": 1,
    "workflows": ["Content approval"],
    "groups": sorted(role.value for role in Role),
    "rights of operators": True,
    "persons": 0,
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_transactional_test_finds_and_leaves_what_migrations_made(turn: int) -> None:
    assert what_migrations_made() == EXPECTED
    PersonFactory()
    Group.objects.all().delete()
    Page.objects.filter(depth__gt=1).delete()
    Workflow.objects.all().delete()


@pytest.mark.django_db
@pytest.mark.parametrize("turn", [1, 2])
def test_a_test_in_a_transaction_finds_what_migrations_made(turn: int) -> None:
    assert what_migrations_made() == EXPECTED
    PersonFactory()


@pytest.mark.django_db(transaction=True)
def test_another_thread_sees_the_same_database() -> None:
    person, seen = PersonFactory(), []

    def look() -> None:
        seen.append(User.objects.get().email)
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [person.email]


@pytest.mark.parametrize("turn", [1, 2])
def test_cache_and_media_are_empty_at_the_start(turn: int, tmp_path: Path) -> None:
    assert cache.get("left-over") is None
    assert not default_storage.exists("left-over.txt")
    cache.set("left-over", "1")
    default_storage.save("left-over.txt", ContentFile(b"1"))
    assert (tmp_path / "media" / "left-over.txt").exists()


def test_the_market_is_readable(market: Market) -> None:
    paths = set(Reading.objects.values_list("path", flat=True))
    assert paths == {
        "en/",
        "en/courses/",
        "en/policies/",
        "en/updates/",
        "en/about/",
        "en/courses/anchors/",
        *(f"en/courses/anchors/a{number}/" for number in (1, 2, 3)),
        "en/courses/claims/",
        *(f"en/courses/claims/c{number}/" for number in (1, 2, 3)),
        "en/policies/claims/",
        "en/updates/anchor-button/",
        "id/",
        "id/courses/",
        "id/policies/",
        "id/updates/",
        "id/courses/anchors/",
        "id/courses/anchors/a1/",
    }


def test_personas_have_the_rights_of_their_role(editor: Client, approver: Client, operator: Client) -> None:
    def rights(role: Role) -> set[str]:
        return User.objects.get(groups__name=role.value).get_all_permissions()

    assert "accounts.change_seller" in rights(Role.OPERATOR)
    assert "catalog.add_video" in rights(Role.EDITOR)
    assert "catalog.change_video" not in rights(Role.EDITOR)
    assert "catalog.change_video" in rights(Role.APPROVER)
    assert "learning.change_certificate" not in rights(Role.EDITOR)
    assert "learning.change_certificate" in rights(Role.APPROVER)
    for client in (editor, approver, operator):
        assert "_auth_user_id" in client.session


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_transactional_test_finds_and_leaves_the_market(turn: int, market: Market) -> None:
    assert Reading.objects.count() == 21
    market.about.delete()
    assert Reading.objects.count() == 20


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_after_a_transactional_test_numbers_begin_anew_and_refusals_of_the_database_hold(
    turn: int, market: Market
) -> None:
    give_quiz(market.anchors)
    assert QuestionVersion.objects.order_by("pk").values_list("pk", flat=True)[0] == 1
    with pytest.raises(IntegrityError, match="never changes"):
        QuestionVersion.objects.update(prompt="Another")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_transactional_test_leaves_no_table_behind(turn: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE left_over (number integer)")


@pytest.mark.django_db
def test_who_does_not_ask_for_the_market_has_none() -> None:
    assert Reading.objects.count() == 0
