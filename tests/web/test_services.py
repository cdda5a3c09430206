"""Questions reach support in the transaction that keeps them; the demo's people have letters and get no old e-mail."""

import random
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.db import transaction

from apps.accounts.enums import Route
from apps.accounts.models import User
from apps.catalog.enums import Kind as PageKind
from apps.catalog.models import Reading
from apps.learning.models import Certificate
from apps.notifications.enums import Channel, Kind, MessageState
from apps.notifications.models import Message, Preference
from apps.web.models import HelpRequest
from apps.web.services.market_people import SEED, SIGN_INS, load_bayu, load_seller, load_sign_in
from apps.web.services.questions import ask_staff
from tests.factories.catalog import Market
from tests.screens import delivered


def ask(at: datetime, person: User | None = None) -> HelpRequest:
    """A question from the help page."""
    facts = {
        "address": "203.0.113.7",
        "email": "Budi@example.com",
        "topic": "other",
        "text": "Di mana?",
        "language": "id",
    }
    return ask_staff(person=person, at=at, **facts)


@pytest.mark.django_db
class TestAskStaff:
    def test_writes_to_support_at_once(self, at: datetime) -> None:
        question = ask(at)
        letter = Message.objects.get()
        assert (letter.person, letter.to_address, letter.kind) == (None, settings.SUPPORT_EMAIL, Kind.STAFF)
        assert (letter.reply_to, letter.written_at) == ("budi@example.com", at)
        assert (letter.state, letter.link) == (MessageState.WAITING, f"/cms/questions/edit/{question.pk}/")

    def test_a_reply_reaches_who_asked(self, at: datetime) -> None:
        ask(at)
        (sent,) = delivered()
        assert (sent.to, sent.reply_to) == ([settings.SUPPORT_EMAIL], ["budi@example.com"])
        assert sent.subject == "Question: Something else"

    def test_what_is_undone_was_never_written(self, at: datetime) -> None:
        with pytest.raises(RuntimeError), transaction.atomic():
            ask(at)
            raise RuntimeError
        assert not HelpRequest.objects.exists()
        assert not Message.objects.exists()


class TestTheDemosPeople:
    def load(self, at: datetime) -> None:
        """Bayu, and forty of the sellers."""
        for sign_in in SIGN_INS[:2]:
            load_sign_in(sign_in)
        load_bayu(at)
        courses = list(Reading.objects.filter(kind=PageKind.COURSE, language="en"))
        chance = random.Random(SEED)
        for number in range(1, 41):
            load_seller(number, chance, dict.fromkeys(Route, courses), at)

    def test_have_letters_on_the_site_and_get_no_e_mail(self, market: Market, at: datetime) -> None:
        self.load(at)
        assert Certificate.objects.count() > 5
        about = Message.objects.filter(kind=Kind.LEARNING)
        assert about.count() == Certificate.objects.count()
        assert set(Message.objects.values_list("state", flat=True)) == {MessageState.NONE}
        assert delivered() == []

    def test_get_what_comes_later_by_e_mail_too(self, market: Market, at: datetime) -> None:
        self.load(at)
        assert set(Preference.objects.values_list("channel", flat=True)) == {Channel.BOTH}

    def test_are_loaded_once(self, market: Market, at: datetime) -> None:
        self.load(at)
        letters = set(Message.objects.values_list("reference", flat=True))
        self.load(at + timedelta(days=1))
        assert set(Message.objects.values_list("reference", flat=True)) == letters

    def test_bayu_is_welcomed_in_his_language(self, market: Market, at: datetime) -> None:
        self.load(at)
        letter = Message.objects.get(person__email="bayu@lantern.example")
        assert (letter.kind, letter.language, letter.link) == (Kind.NEWS, "id", "/id/courses/")
        assert letter.written_at == at - timedelta(days=2)
