"""One address, two answers."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails

from apps.core import htmx


def request_with(**headers: str) -> HttpRequest:
    request = RequestFactory().get("/", headers=headers)
    request.htmx = HtmxDetails(request)
    return request


@pytest.mark.parametrize(
    ("headers", "fragment"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_who_gets_a_fragment(headers: dict[str, str], fragment: bool) -> None:
    assert htmx.is_fragment_request(request_with(**headers)) is fragment


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the templates that were asked for."""
    names: list[str] = []

    def note(_request: HttpRequest, name: str, _context: Any, status: int) -> HttpResponse:
        names.append(name)
        return HttpResponse(status=status)

    monkeypatch.setattr(htmx, "render", note)
    return names


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({}, "list.html"),
        ({"HX-Target": "results"}, "list.html"),
        ({"HX-Request": "true", "HX-Target": "results"}, "list.html#lines"),
        ({"HX-Request": "true", "HX-Target": "secret"}, "list.html"),
        ({"HX-Request": "true"}, "list.html"),
    ],
)
def test_only_targets_of_the_allow_list_name_a_partial(rendered: list[str], headers: dict[str, str], name: str) -> None:
    response = htmx.answer(request_with(**headers), "list.html", {}, partials={"results": "lines"}, status=422)
    assert rendered == [name]
    assert response.status_code == 422
    assert {each.strip() for each in response["Vary"].split(",")} == {"HX-Request", "HX-Target"}


def test_going_on_is_a_redirect_or_a_header() -> None:
    plain = htmx.go_to(request_with(), "/dashboard/")
    assert (plain.status_code, plain["Location"]) == (303, "/dashboard/")
    swapped = htmx.go_to(request_with(**{"HX-Request": "true"}), "/dashboard/")
    assert (swapped.status_code, swapped["HX-Redirect"]) == (204, "/dashboard/")
