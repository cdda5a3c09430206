"""Every text of the site can be read in every language of the site."""

import re
import subprocess
import sys

import pytest
from babel.messages.pofile import read_po
from django.conf import settings

from tests.architecture import ROOT

CATALOGUES = [
    ROOT / "locale" / code / "LC_MESSAGES" / "django.po"
    for code, _name in settings.LANGUAGES
    if code != settings.LANGUAGE_CODE
]
NAMED = re.compile(r"%\((\w+)\)s")


def texts(value: object) -> list[str]:
    """A message or its forms, as a list."""
    return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value or "")]


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.parent.parent.name)
def test_every_text_is_translated_and_none_is_a_guess(file: object) -> None:
    with file.open("rb") as stream:
        catalog = read_po(stream)
    messages = [message for message in catalog if message.id]
    assert len(messages) > 0
    assert not catalog.fuzzy, "`#, fuzzy` in the header keeps the whole catalogue from being compiled"
    assert [message.id for message in messages if not all(texts(message.string))] == []
    assert [message.id for message in messages if message.fuzzy] == []


@pytest.mark.parametrize("file", CATALOGUES, ids=lambda file: file.parent.parent.name)
def test_a_translation_keeps_the_names_that_are_filled_in(file: object) -> None:
    with file.open("rb") as stream:
        catalog = read_po(stream)
    lost = [
        message.id
        for message in catalog
        if message.id
        for text in texts(message.string)
        if not set(NAMED.findall(text)) <= {name for each in texts(message.id) for name in NAMED.findall(each)}
    ]
    assert lost == []


def test_the_catalogues_hold_every_text_of_the_source() -> None:
    done = subprocess.run(
        [sys.executable, "bin/messages", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"Run make messages, then translate:\n{done.stdout}{done.stderr}"
