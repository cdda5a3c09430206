"""What operators see and do in the mailroom's part of the admin; nobody else sees any of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.models import ModelLogEntry

from apps.accounts.enums import Role
from apps.accounts.models import User
from apps.notifications.enums import Kind, MessageState, SendingState, SuppressionReason
from apps.notifications.models import Message, Sending, Suppression
from apps.notifications.services import sendings
from tests.factories import AT
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.screens import buttons, links, soup_of, words

pytestmark = pytest.mark.django_db

NEW = "/cms/sendings/new/"
LETTER = {"to": "everyone", "subject": "News, {name}", "text": "Dear {name},\n\nnew.", "step": "preview"}


@pytest.fixture(autouse=True)
def no_bells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test says when a worker looks."""
    monkeypatch.setattr(sendings, "enqueue_on_commit", lambda *_args: None)
    monkeypatch.setattr(sendings, "ring", lambda *_args: None)


def letter_to(person: User | None, **facts: Any) -> Message:
    """A letter that was given up, unless said otherwise."""
    given = {"kind": Kind.LEARNING, "subject": "Your certificate", "text": "Well done.", "state": MessageState.FAILED}
    return Message.objects.create(person=person, written_at=AT, language="en", **(given | facts))


def hidden(response: HttpResponse) -> dict[str, str]:
    """What the preview would send on."""
    form = soup_of(response).find("form", action=NEW)
    return {field["name"]: field.get("value", "") for field in form.find_all("input", type="hidden")}


def errors(response: HttpResponse) -> str:
    """What the form says is wrong, in one line."""
    return " ".join(each.get_text(" ", strip=True) for each in soup_of(response).select(".error-message"))


class TestWhoSeesIt:
    @pytest.mark.parametrize("path", ["letters", "sendings", "suppressions", "jobs"])
    @pytest.mark.parametrize("role", [role for role in Role if role != Role.OPERATOR])
    def test_other_staff_see_nothing(self, client_of: Callable[[User], Client], path: str, role: Role) -> None:
        client = client_of(PersonFactory(role=role))
        assert client.get(f"/cms/{path}/").status_code == 302
        assert "Mailroom" not in client.get("/cms/").content.decode()

    @pytest.mark.parametrize("path", ["letters", "sendings", "suppressions", "jobs"])
    def test_learners_and_visitors_see_nothing(self, person_client: Client, visitor: Client, path: str) -> None:
        assert person_client.get(f"/cms/{path}/").status_code in (302, 403)
        assert visitor.get(f"/cms/{path}/").status_code == 302

    def test_acts_of_others_change_nothing(self, editor: Client, person: User) -> None:
        letter = letter_to(person)
        sending = Sending.objects.create(audience="everyone", subject="x", text="x", started_at=AT)
        dead = Suppression.objects.create(address="a@x.com", reason=SuppressionReason.BOUNCED, since=AT)
        for path in (f"letters/{letter.pk}/again", f"sendings/{sending.pk}/stop", f"suppressions/{dead.pk}/lift"):
            assert editor.post(f"/cms/{path}/").status_code == 302
        editor.post(NEW, LETTER | {"step": "send", "reference": "5f3c1c6e-8d7c-4f57-9f0e-0d7c4c1f2a11"})
        letter.refresh_from_db()
        sending.refresh_from_db()
        assert (letter.state, sending.state) == (MessageState.FAILED, SendingState.WRITING)
        assert (Suppression.objects.count(), Sending.objects.count()) == (1, 1)


class TestLetters:
    def test_the_list_says_what_to_whom_and_its_state(self, operator: Client, person: User) -> None:
        letter_to(person)
        letter_to(None, address="help@x.com", subject="A question", state=MessageState.SENT)
        seen = words(operator.get("/cms/letters/"))
        assert "Your certificate ayu@example.com Courses and certificates Given up" in seen
        assert "A question help@x.com Courses and certificates Sent" in seen

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("q=ayu@", {"To Ayu"}),
            ("q=Lestari", {"To Ayu"}),
            ("q=to ben", {"To Ben"}),
            ("q=help@", {"To help"}),
            ("state=failed", {"To Ayu"}),
            ("kind=news", {"To Ben"}),
            ("written_at_from=2026-03-03", {"To help"}),
        ],
    )
    def test_found_by_address_name_subject_kind_state_and_day(
        self, operator: Client, person: User, other_person: User, query: str, found: set[str]
    ) -> None:
        letter_to(person, subject="To Ayu")
        letter_to(other_person, subject="To Ben", kind=Kind.NEWS, state=MessageState.SENT)
        late = letter_to(None, address="help@x.com", subject="To help", state=MessageState.SENT)
        Message.objects.filter(pk=late.pk).update(written_at=AT + timedelta(days=3))
        listed = set(links(operator.get(f"/cms/letters/?{query}")))
        assert listed & {"To Ayu", "To Ben", "To help"} == found

    def test_the_list_takes_the_same_statements_for_one_and_for_thirty(self, operator: Client, person: User) -> None:
        counts = []
        for number in (1, 29):
            for _each in range(number):
                letter_to(PersonFactory())
            operator.get("/cms/letters/")
            with CaptureQueriesContext(connection) as captured:
                operator.get("/cms/letters/")
            counts.append(len(captured))
        assert counts[0] == counts[1]

    def test_one_says_why_it_failed_and_what_stood_in_it(self, operator: Client, person: User) -> None:
        letter = letter_to(person, error="550 5.1.1 no such user", tries=3)
        seen = words(operator.get(f"/cms/letters/{letter.pk}/"))
        assert "Why it failed 550 5.1.1 no such user" in seen
        assert f"Message-ID {letter.message_id}" in seen
        assert "Well done." in seen
        assert "Tries 3" in seen

    def test_a_secret_one_keeps_its_text(self, operator: Client, person: User) -> None:
        letter = letter_to(person, text="Your code is 424242", is_secret=True)
        response = operator.get(f"/cms/letters/{letter.pk}/")
        assert "424242" not in response.content.decode()
        assert "nobody else sees it" in words(response)
        assert "Send again" not in buttons(response)

    def test_send_again(self, operator: Client, person: User) -> None:
        letter = letter_to(person, error="later")
        assert "Send again" in buttons(operator.get(f"/cms/letters/{letter.pk}/"))
        response = operator.post(f"/cms/letters/{letter.pk}/again/", follow=True)
        letter.refresh_from_db()
        assert (letter.state, letter.tries, letter.error) == (MessageState.WAITING, 0, "")
        assert "on its way again" in response.content.decode()
        assert "Send again" not in buttons(response)
        assert ModelLogEntry.objects.get(action="notifications.send_again").user.email == "operator@example.com"

    def test_one_that_was_sent_is_not_sent_again(self, operator: Client, person: User) -> None:
        letter = letter_to(person, state=MessageState.SENT)
        response = operator.post(f"/cms/letters/{letter.pk}/again/", follow=True)
        assert "Only a letter that was given up can be sent again." in response.content.decode()
        letter.refresh_from_db()
        assert letter.state == MessageState.SENT

    def test_asking_is_not_acting(self, operator: Client, person: User) -> None:
        letter = letter_to(person)
        assert operator.get(f"/cms/letters/{letter.pk}/again/").status_code == 405
        letter.refresh_from_db()
        assert letter.state == MessageState.FAILED

    @pytest.mark.parametrize("path", ["new/", "edit/1/", "delete/1/", "copy/1/"])
    def test_nothing_is_added_changed_or_deleted(self, operator: Client, path: str) -> None:
        assert operator.get(f"/cms/letters/{path}").status_code == 404


class TestWriting:
    def test_looked_over_before_anything_is_sent(self, operator: Client, person: User) -> None:
        response = operator.post(NEW, LETTER)
        seen = words(response)
        assert "2 readers: Everyone with a proven e-mail" in seen
        assert "Nothing is sent yet." in seen
        assert {"Send it to 2 readers", "Change it"} <= set(buttons(response))
        reader = User.objects.get(email="operator@example.com")
        assert f"Dear {reader.name}," in soup_of(response).find("iframe")["srcdoc"]
        assert Sending.objects.count() == 0

    def test_both_languages_are_shown(self, operator: Client, person: User) -> None:
        response = operator.post(NEW, LETTER | {"subject_id": "Kabar", "text_id": "Yth. {name}"})
        frames = [frame["srcdoc"] for frame in soup_of(response).find_all("iframe")]
        assert len(frames) == 2
        assert "Yth. " in frames[1]

    def test_sent_leads_to_its_progress(self, operator: Client, person: User) -> None:
        sent = hidden(operator.post(NEW, LETTER))
        response = operator.post(NEW, sent | {"step": "send"}, follow=True)
        sending = Sending.objects.get()
        assert response.redirect_chain == [(f"/cms/sendings/{sending.pk}/", 302)]
        assert (sending.subject, sending.text, sending.audience) == ("News, {name}", "Dear {name},\n\nnew.", "everyone")
        assert sending.by.email == "operator@example.com"
        assert "0 of 2 written" in words(response)

    def test_a_second_click_starts_no_second_one(self, operator: Client, person: User) -> None:
        sent = hidden(operator.post(NEW, LETTER)) | {"step": "send"}
        first, second = operator.post(NEW, sent), operator.post(NEW, sent)
        assert first["Location"] == second["Location"]
        assert Sending.objects.count() == 1

    def test_change_it_brings_the_words_back(self, operator: Client, person: User) -> None:
        response = operator.post(NEW, hidden(operator.post(NEW, LETTER)) | {"step": "change"})
        form = soup_of(response).find("form", action=NEW)
        assert form.find("input", {"name": "subject"})["value"] == "News, {name}"
        assert form.find("textarea", {"name": "text"}).text.strip() == "Dear {name},\n\nnew."
        assert Sending.objects.count() == 0

    def test_to_a_route(self, operator: Client, person: User) -> None:
        SellerFactory(person=person, route="affiliate")
        sent = hidden(operator.post(NEW, LETTER | {"to": "sellers_of_route:affiliate"}))
        operator.post(NEW, sent | {"step": "send"})
        sending = Sending.objects.get()
        assert (sending.audience, sending.audience_facts, sending.total) == (
            "sellers_of_route",
            {"route": "affiliate"},
            1,
        )

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"to": ""}, "required"),
            ({"to": "gone"}, "gone is not one of the available choices"),
            ({"to": "sellers_of_route"}, "not one of the available choices"),
            ({"to": "sellers_of_route:by-sea"}, "not one of the available choices"),
            ({"to": "sellers_of_route:both"}, "nobody in this audience"),
            ({"subject": ""}, "required"),
            ({"subject": "   "}, "required"),
            ({"text": " \n "}, "required"),
            ({"text": "x" * 10_001}, "at most 10000 characters"),
            ({"text": "Dear {nama} and {}"}, "Nothing fills in {nama}, {}."),
            ({"text_id": "Yth."}, "Write both, subject and text, or neither."),
            ({"subject_id": "Kabar"}, "Write both, subject and text, or neither."),
            ({"link": "https://elsewhere.example/"}, "Only a page of this site"),
            ({"link": "//elsewhere.example/"}, "Only a page of this site"),
            ({"link": "/\\elsewhere.example/"}, "Only a page of this site"),
            ({"link": "javascript:x()"}, "Only a page of this site"),
        ],
    )
    @pytest.mark.parametrize("step", ["preview", "send"])
    def test_bad_input_is_told_and_nothing_is_sent(
        self, operator: Client, change: dict[str, str], says: str, step: str
    ) -> None:
        reference = {"reference": "5f3c1c6e-8d7c-4f57-9f0e-0d7c4c1f2a11", "step": step}
        response = operator.post(NEW, LETTER | reference | change)
        assert response.status_code == 422
        assert says in errors(response)
        assert Sending.objects.count() == 0

    def test_who_goes_back_and_sends_once_more_sends_nothing_twice(self, operator: Client) -> None:
        """The form holds the reference, the preview keeps it: a preview asked for again after Back is the same letter."""
        reference = {"reference": str(operator.get(NEW).context["form"]["reference"].value())}
        for _round in range(2):
            preview = operator.post(NEW, LETTER | reference | {"step": "preview"})
            assert str(preview.context_data["reference"]) == reference["reference"]
            operator.post(NEW, LETTER | reference | {"step": "send"})
        assert Sending.objects.count() == 1

    @pytest.mark.parametrize("reference", ["", "1; DROP TABLE"])
    def test_without_a_whole_reference_nothing_is_sent(self, operator: Client, reference: str) -> None:
        response = operator.post(NEW, LETTER | {"step": "send", "reference": reference})
        assert response.status_code in (200, 422)
        assert Sending.objects.count() == 0

    def test_a_link_copied_from_the_browser_and_a_line_of_dashes(
        self, operator: Client, person: User, settings: Any
    ) -> None:
        full = LETTER | {"link": f"{settings.BASE_URL}/en/updates/", "text": "One\r\n--\r\ntwo"}
        sent = hidden(operator.post(NEW, full))
        operator.post(NEW, sent | {"step": "send"})
        assert (Sending.objects.get().link, Sending.objects.get().text) == ("/en/updates/", "One\n—\ntwo")


class TestProgress:
    def begun(self) -> Sending:
        """A letter to everyone."""
        by = User.objects.get(email="operator@example.com")
        return sendings.start_sending(audience="everyone", facts={}, subject="News", text="New.", at=AT, by=by)

    def test_comes_back_by_itself_until_all_is_sent(self, operator: Client, person: User) -> None:
        sending = self.begun()
        path = f"/cms/sendings/{sending.pk}/"
        response = operator.get(path)
        assert (response["Refresh"], "Stop" in buttons(response)) == ("3", True)
        sendings.continue_sending(sending=sending, clock=lambda: AT, until=AT + timedelta(days=1))
        Message.objects.filter(person=person).update(state=MessageState.SENT)
        response = operator.get(path)
        seen = words(response)
        assert "2 of 2 written" in seen
        assert "Sent by e-mail 1 Waiting to be sent 1 On the site only 0 Given up 0 Held back 0" in seen
        assert response["Refresh"] == "3"
        Message.objects.update(state=MessageState.SENT)
        response = operator.get(path)
        assert ("Refresh" in response, "Stop" in buttons(response)) == (False, False)

    def test_stop(self, operator: Client, person: User) -> None:
        sending = self.begun()
        sendings.continue_sending(sending=sending, clock=lambda: AT, until=AT + timedelta(days=1))
        response = operator.post(f"/cms/sendings/{sending.pk}/stop/", follow=True)
        assert "Stopped. What is not under way yet is held back." in response.content.decode()
        assert "Waiting to be sent 0 On the site only 0 Given up 0 Held back 2" in words(response)
        sendings.continue_sendings(clock=lambda: AT, until=AT + timedelta(days=1))
        assert set(Message.objects.values_list("state", flat=True)) == {MessageState.STOPPED}
        again = operator.post(f"/cms/sendings/{sending.pk}/stop/", follow=True)
        assert "There is nothing left to stop." in again.content.decode()

    def test_says_why_it_does_not_go_on(self, operator: Client, person: User) -> None:
        sending = self.begun()
        Sending.objects.update(error="AudienceUnknown: x", audience="gone")
        assert "It does not go on: AudienceUnknown: x" in words(operator.get(f"/cms/sendings/{sending.pk}/"))

    def test_the_list_has_the_numbers_in_a_fixed_number_of_statements(self, operator: Client, person: User) -> None:
        counts = []
        for number in (1, 14):
            for _each in range(number):
                sending = self.begun()
                sendings.continue_sending(sending=sending, clock=lambda: AT, until=AT + timedelta(days=1))
            operator.get("/cms/sendings/")
            with CaptureQueriesContext(connection) as captured:
                response = operator.get("/cms/sendings/")
            counts.append(len(captured))
        assert counts[0] == counts[1]
        assert "Everyone with a proven e-mail Written" in words(response)

    @pytest.mark.parametrize("path", ["edit/1/", "delete/1/", "copy/1/"])
    def test_what_is_sent_is_not_changed_or_deleted(self, operator: Client, path: str) -> None:
        assert operator.get(f"/cms/sendings/{path}").status_code == 404


class TestSuppressions:
    def test_found_and_lifted_once_confirmed(self, operator: Client) -> None:
        Suppression.objects.create(address="other@x.com", reason=SuppressionReason.COMPLAINED, since=AT)
        dead = Suppression.objects.create(
            address="ayu@example.com", reason=SuppressionReason.BOUNCED, detail="550 5.1.1", since=AT
        )
        seen = words(operator.get("/cms/suppressions/?q=ayu"))
        assert "ayu@example.com" in seen
        assert "other@x.com" not in seen
        path = f"/cms/suppressions/{dead.pk}/lift/"
        assert path in operator.get("/cms/suppressions/").content.decode()
        asked = operator.get(path)
        assert "ayu@example.com gets no e-mail now: The address takes no mail. 550 5.1.1" in words(asked)
        assert Suppression.objects.count() == 2
        response = operator.post(path, follow=True)
        assert "E-mail goes to ayu@example.com again." in response.content.decode()
        assert list(Suppression.objects.values_list("address", flat=True)) == ["other@x.com"]
        assert ModelLogEntry.objects.get(action="notifications.lift_suppression").data == {"address": "ayu@example.com"}
        assert operator.post(path).status_code == 404

    @pytest.mark.parametrize("path", ["new/", "edit/1/", "copy/1/"])
    def test_nothing_is_added_or_changed(self, operator: Client, path: str) -> None:
        assert operator.get(f"/cms/suppressions/{path}").status_code == 404
