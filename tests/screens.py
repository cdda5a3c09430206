"""Reads and uses an answer as a reader without scripts does: by its words, its links, its buttons."""

import re
from typing import Any
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from django.core import mail
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client

from apps.core.clock import now
from apps.notifications.services.delivery import send_due


def soup_of(response: HttpResponse) -> BeautifulSoup:
    """The answer as a tree."""
    return BeautifulSoup(response.content, "html.parser")


def text_of(part: Tag) -> str:
    """The words of a part in one line."""
    return " ".join(part.get_text(" ").split())


def words(response: HttpResponse) -> str:
    """What stands in the main part of a page, in one line; of a fragment, all of it."""
    soup = soup_of(response)
    return text_of(soup.find("main") or soup)


def heading(response: HttpResponse) -> str:
    """The page's first heading."""
    found = soup_of(response).find("h1")
    assert found is not None, "a page without a heading"
    return text_of(found)


def address(response: HttpResponse) -> str:
    """Where the reader is after all redirects."""
    request: dict[str, Any] = response.request  # type: ignore[attr-defined]
    return request["PATH_INFO"] + (f"?{request['QUERY_STRING']}" if request["QUERY_STRING"] else "")


def links(response: HttpResponse) -> dict[str, str]:
    """Address by words, of every link in the main part."""
    soup = soup_of(response)
    return {text_of(each): each["href"] for each in (soup.find("main") or soup).find_all("a", href=True)}


def buttons(response: HttpResponse) -> list[str]:
    """The words on every button in the main part."""
    soup = soup_of(response)
    return [text_of(each) for each in (soup.find("main") or soup).find_all("button")]


def typed_in(form: Tag) -> dict[str, Any]:
    """What a browser would send of a form as it stands."""
    sent: dict[str, Any] = {}
    for field in form.find_all(["input", "textarea", "select"]):
        name, kind = field.get("name"), field.get("type")
        if not name or kind in {"submit", "button", "file"} or field.has_attr("disabled"):
            continue
        if field.name == "textarea":
            sent[name] = field.text.removeprefix("\n").removeprefix("\r\n")
        elif field.name == "select":
            chosen = [each for each in field.find_all("option") if each.has_attr("selected")]
            sent[name] = (chosen or field.find_all("option"))[0].get("value", "")
        elif kind not in {"radio", "checkbox"} or field.has_attr("checked"):
            value = field.get("value", "on" if kind == "checkbox" else "")
            # A name that comes again, as boxes of one question do, sends all its values.
            sent[name] = [*as_list(sent[name]), value] if name in sent else value
    return sent


def as_list(value: Any) -> list[Any]:
    """One value or several."""
    return value if isinstance(value, list) else [value]


def form_with(response: HttpResponse, button: str) -> tuple[Tag, Tag]:
    """The form that has a button of these words, and the button."""
    for found in soup_of(response).find_all(["button", "input"]):
        form = found.find_parent("form")
        said = text_of(found) if found.name == "button" else found.get("type") == "submit" and found.get("value")
        if form is not None and said == button:
            return form, found
    raise AssertionError(f"no button “{button}” on {address(response)}, only {buttons(response)}")


def follow(client: Client, response: HttpResponse) -> HttpResponse:
    """Where the answer leads, in the end."""
    for _turn in range(8):
        if response.status_code not in {301, 302, 303, 307, 308}:
            return response
        response = client.get(urljoin(address(response), response["Location"]))
    raise AssertionError(f"a circle of redirects at {address(response)}")


def press(client: Client, response: HttpResponse, button: str, **typed: Any) -> HttpResponse:
    """Type into the form, press its button, and follow where it leads."""
    form, pressed = form_with(response, button)
    sent = typed_in(form) | typed
    if pressed.get("name"):
        sent[pressed["name"]] = pressed.get("value", "")
    where = urljoin(address(response), form.get("action") or "")
    send = client.post if form.get("method", "get").lower() == "post" else client.get
    return follow(client, send(where, sent))


def go(client: Client, response: HttpResponse, link: str) -> HttpResponse:
    """Follow the link of these words."""
    found = links(response)
    assert link in found, f"no link “{link}” on {address(response)}, only {sorted(found)}"
    return follow(client, client.get(urljoin(address(response), found[link])))


def delivered() -> list[EmailMessage]:
    """Every e-mail so far, the newest last.

    Tests that never commit hear no bell, so the mailroom is told here to send what is due, as its schedule would.
    """
    send_due(clock=now)
    return mail.outbox


def code_in_mail() -> str:
    """The code in the newest letter."""
    letter = delivered()[-1]
    found = re.search(r"^ {4}(\S+)$", letter.body, re.M)
    assert found, f"no code in “{letter.subject}”"
    return found[1]
