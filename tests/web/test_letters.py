"""Every letter of every app, with example data, in every language."""

import re

import pytest
from bs4 import BeautifulSoup
from django.conf import settings

from apps.notifications.rules import NOT_A_CHOICE
from apps.web.enums import HelpTopic
from apps.web.letters import all_samples, question_letter
from apps.web.models import HelpRequest

LANGUAGES = [code for code, _name in settings.LANGUAGES]
NAMES = sorted(all_samples("en"))
TAG = re.compile(r"</?(p|a|div|h1|br|strong|em|html|body|ul|li|span)\b", re.I)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
class TestEveryLetter:
    def test_has_a_subject_that_fits(self, name: str, language: str) -> None:
        subject = all_samples(language)[name].subject
        assert 5 <= len(subject) <= 250
        assert subject == " ".join(subject.split())
        assert "&amp;" not in subject

    def test_has_a_text_that_was_written_for_reading(self, name: str, language: str) -> None:
        letter = all_samples(language)[name]
        assert TAG.search(letter.text) is None
        assert re.search(r"&(amp|lt|gt|quot|#\d+);", letter.text) is None
        assert "\n\n\n" not in letter.text
        assert "\n--\n" in letter.text, "the reason why the reader gets it"
        assert not re.search(r"{[{%]", letter.text)

    def test_has_html_with_language_title_and_heading(self, name: str, language: str) -> None:
        letter = all_samples(language)[name]
        page = BeautifulSoup(letter.html, "html.parser")
        assert page.html["lang"] == language
        assert page.title.get_text() == letter.subject
        assert len(page.find_all("h1")) == 1
        assert page.find_all(["img", "script", "link", "iframe"]) == [], "reads well with pictures off"
        assert "prefers-color-scheme: dark" in page.style.get_text()

    def test_leads_to_what_it_is_about_by_one_button(self, name: str, language: str) -> None:
        letter = all_samples(language)[name]
        page = BeautifulSoup(letter.html, "html.parser")
        buttons = [each["href"] for each in page.find_all("a") if "background" in each["style"]]
        assert len(buttons) == (0 if "K7QX-MRTB" in letter.text else 1)
        assert all(href in letter.text and href.startswith(settings.BASE_URL) for href in buttons)
        if letter.link:
            assert buttons == [settings.BASE_URL + letter.link]

    def test_can_be_stopped_where_it_is_a_choice(self, name: str, language: str) -> None:
        letter = all_samples(language)[name]
        assert ("/letters/stop/" in letter.text and "/letters/stop/" in letter.html) == (
            letter.kind not in NOT_A_CHOICE
        )


@pytest.mark.parametrize("name", NAMES)
def test_a_letter_is_translated(name: str) -> None:
    english, indonesian = (all_samples(language)[name] for language in ("en", "id"))
    assert english.subject != indonesian.subject
    shared = set(english.text.splitlines()) & set(indonesian.text.splitlines())
    allowed = re.compile(r"$|--$|https?://|\s{4}")
    assert [line for line in shared if not allowed.match(line)] == []


def test_a_question_is_in_the_language_of_staff_and_names_that_of_who_asked() -> None:
    question = HelpRequest(pk=3, email="budi@example.com", topic=HelpTopic.BARRIER, text="Di mana?\n<b>", language="id")
    letter = question_letter(question)
    assert letter.subject == "Question: Something I cannot use or read"
    assert letter.text.startswith("Di mana?\n<b>\n")
    assert "budi@example.com, who reads Bahasa Indonesia" in letter.text
    assert "&lt;b&gt;" in letter.html
    assert letter.link == "/cms/questions/edit/3/"
