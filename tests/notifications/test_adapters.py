"""allauth's letters go through the mailroom: urgent, to the address that it names, in the reader's language."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from apps.accounts.models import User
from apps.notifications.enums import Kind, MessageState, Priority, SuppressionReason
from apps.notifications.models import Message, Suppression
from tests.factories.accounts import PASSWORD, PersonFactory
from tests.factories.catalog import Market
from tests.screens import code_in_mail, delivered, press

NEW = {"name": "Sari Dewi", "email": "sari@example.com", "password1": "pin-it-before-you-speak"}


@pytest.mark.django_db
class TestAskingForACode:
    def test_writes_a_secret_urgent_letter_to_the_person(self, person: User, visitor: Client) -> None:
        visitor.post("/accounts/login/code/", {"email": "AYU@example.com"})
        letter = Message.objects.get()
        assert (letter.person, letter.kind, letter.priority) == (person, Kind.ACCOUNT, Priority.URGENT)
        assert letter.to_address.lower() == "ayu@example.com"
        assert (letter.state, letter.is_secret, letter.link) == (MessageState.WAITING, True, "")
        assert letter.subject == "Your sign-in code"

    def test_goes_out_at_once(self, person: User, visitor: Client, django_capture_on_commit_callbacks: Any) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            visitor.post("/accounts/login/code/", {"email": person.email})
        (sent,) = mail.outbox
        assert sent.to == [person.email]
        assert sent.subject == "Your sign-in code"
        assert [kind for _content, kind in sent.alternatives] == ["text/html"]
        assert "List-Unsubscribe" not in sent.extra_headers

    def test_is_not_kept_once_it_is_sent(self, person: User, visitor: Client) -> None:
        visitor.post("/accounts/login/code/", {"email": person.email})
        code = code_in_mail()
        letter = Message.objects.get()
        assert (letter.state, letter.text, letter.html) == (MessageState.SENT, "", "")
        assert code not in letter.subject

    def test_is_not_kept_where_the_address_gets_no_mail(self, person: User, visitor: Client, at: object) -> None:
        Suppression.objects.create(address=person.email, reason=SuppressionReason.BOUNCED, since=at)
        visitor.post("/accounts/login/code/", {"email": person.email})
        letter = Message.objects.get()
        assert (letter.state, letter.text, letter.html) == (MessageState.NONE, "", "")
        assert delivered() == []

    def test_speaks_the_persons_language_on_any_device(self, visitor: Client) -> None:
        PersonFactory(email="budi@example.com", indonesian=True)
        visitor.post("/accounts/login/code/", {"email": "budi@example.com"}, headers={"Accept-Language": "en"})
        assert delivered()[-1].subject == "Kode masuk Anda"
        assert Message.objects.get().language == "id"

    def test_with_an_address_that_nobody_has_is_answered_in_the_pages_language(self, db: None) -> None:
        visitor = Client(headers={"Accept-Language": "id"})
        visitor.post("/accounts/login/code/", {"email": "nobody@example.com"})
        letter = Message.objects.get()
        assert (letter.person, letter.address, letter.language) == (None, "nobody@example.com", "id")
        assert letter.is_secret is False
        assert letter.subject == "Tidak ada akun dengan alamat ini"


@pytest.mark.django_db
class TestSigningUp:
    def test_the_code_is_the_new_persons_in_the_language_of_the_form(self, db: None) -> None:
        Client(headers={"Accept-Language": "id"}).post("/accounts/signup/", NEW)
        letter = Message.objects.get()
        assert (letter.person, letter.language, letter.is_secret) == (User.objects.get(), "id", True)
        assert delivered()[-1].subject == "Kode Anda untuk Seller University"

    def test_with_an_address_that_has_an_account_tells_its_holder_in_their_language(self, visitor: Client) -> None:
        budi = PersonFactory(email="budi@example.com", indonesian=True)
        visitor.post("/accounts/signup/", NEW | {"email": budi.email})
        letter = Message.objects.get()
        assert (letter.person, letter.is_secret, letter.subject) == (budi, False, "Anda sudah punya akun")


@pytest.mark.django_db
class TestChanges:
    def test_both_addresses_get_a_code_and_the_old_one_the_word(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        page = person_client.get("/accounts/email/")
        old_code_page = press(person_client, page, "Change the address", email="new@example.com")
        old_code = Message.objects.get()
        assert (old_code.person, old_code.to_address) == (person, "ayu@example.com")
        assert (old_code.subject, old_code.is_secret) == ("Your code to change your e-mail", True)
        new_code_page = press(person_client, old_code_page, "Confirm", code=code_in_mail())
        new_code = Message.objects.exclude(pk=old_code.pk).get()
        assert (new_code.person, new_code.to_address) == (person, "new@example.com")
        assert (new_code.subject, new_code.is_secret) == ("Your code for Seller University", True)
        press(person_client, new_code_page, "Confirm", code=code_in_mail())
        assert EmailAddress.objects.get(user=person, primary=True).email == "new@example.com"
        told = Message.objects.get(subject="Your e-mail address was changed")
        assert (told.person, told.to_address, told.is_secret) == (person, "ayu@example.com", False)
        assert "new@example.com" in told.text

    def test_a_new_password_is_told_and_stays_on_the_site(
        self, market: Market, person: User, person_client: Client
    ) -> None:
        page = person_client.get("/accounts/password/change/")
        typed = {"oldpassword": PASSWORD, "password1": NEW["password1"], "password2": NEW["password1"]}
        press(person_client, page, "Change the password", **typed)
        letter = Message.objects.get()
        assert (letter.person, letter.subject, letter.is_secret) == (person, "Your password was changed", False)
        assert delivered()[-1].to == [person.email]
        letter.refresh_from_db()
        assert letter.text.startswith("From now on, sign in with the new one.")

    def test_a_reset_link_is_secret(self, person: User, visitor: Client) -> None:
        visitor.post("/accounts/password/reset/", {"email": person.email})
        letter = Message.objects.get()
        assert letter.is_secret
        assert "/accounts/password/reset/key/" in letter.text
        assert "/key/" not in letter.subject + letter.link
