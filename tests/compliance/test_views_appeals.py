"""The seller's page of appeals, and who gets the files."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from apps.accounts.enums import Role
from apps.accounts.models import User
from apps.compliance.enums import AppealState
from apps.compliance.models import Appeal, AppealFile, AppealText, Violation
from apps.core.clock import now
from tests.factories.accounts import PASSWORD, PersonFactory, SellerFactory
from tests.factories.compliance import (
    WHY_WRONG,
    appeal_of,
    decided,
    linked_seller,
    paper,
    picture,
    seller_with_violation,
    set_programme,
    upload,
    violation_of,
)
from tests.screens import buttons, heading, links, soup_of, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def violation() -> Violation:
    """One of today, with a quiz."""
    return seller_with_violation(at=now(), questions=9)


@pytest.fixture
def client(violation: Violation, client_of: Callable[[User], Client]) -> Client:
    """Who stands for its seller."""
    return client_of(violation.seller.person)


@pytest.fixture
def staff() -> User:
    """One of the policy team."""
    return PersonFactory(role=Role.POLICY)


def page_of(violation: Violation) -> str:
    """Where it is appealed."""
    return f"/standing/violations/{violation.reference}/appeal/"


def send(client: Client, violation: Violation, text: str = WHY_WRONG, **sent: Any) -> HttpResponse:
    """The form, sent as a browser sends it."""
    return client.post(page_of(violation), {"text": text, **sent}, follow=True)


def file_at(appeal: Appeal, position: int | str = 1) -> str:
    """Where its owner gets a file."""
    return f"/standing/appeals/{appeal.reference}/files/{position}/"


class TestThePage:
    def test_it_says_until_when_how_often_and_how_it_goes(self, client: Client, violation: Violation) -> None:
        page = client.get(page_of(violation))
        said = words(page)
        assert heading(page) == "Appeal this violation"
        assert "You can do so until" in said
        assert "midnight WIB" in said
        assert "up to 2 times, one after the other" in said
        assert "You can take its quiz all the same." in said
        assert "Up to 3 files: pictures (JPEG, PNG, WebP) or PDFs, 5 MB each." in said
        assert page["Cache-Control"] == "private, no-cache"

    def test_the_violation_leads_to_it(self, client: Client, violation: Violation) -> None:
        page = client.get(f"/standing/violations/{violation.reference}/")
        assert links(page)["Write an appeal"] == page_of(violation)

    def test_files_are_chosen_in_one_field_of_the_kinds_that_are_taken(
        self, client: Client, violation: Violation
    ) -> None:
        field = soup_of(client.get(page_of(violation))).find("input", {"name": "files"})
        assert field is not None
        assert field.has_attr("multiple")
        assert field["accept"] == "image/jpeg,image/png,image/webp,application/pdf"
        assert field.find_parent("form")["enctype"] == "multipart/form-data"

    def test_a_quiz_that_waits_is_said(self, client: Client, violation: Violation) -> None:
        set_programme(violation.seller.region, quiz_during_appeal=False)
        assert "the violation counts, and its quiz waits." in words(client.get(page_of(violation)))

    def test_one_may_be_all(self, client: Client, violation: Violation) -> None:
        set_programme(violation.seller.region, appeal_max=1)
        assert "You can appeal this violation once." in words(client.get(page_of(violation)))

    def test_too_late_is_said_without_a_form(self, client_of: Callable[[User], Client]) -> None:
        old = seller_with_violation(at=now() - timedelta(days=40))
        page = client_of(old.seller.person).get(page_of(old))
        assert "The time to appeal this violation is over." in words(page)
        assert buttons(page) == []

    def test_what_was_sent_and_answered_stays_to_be_read(
        self, client: Client, violation: Violation, staff: User
    ) -> None:
        first = appeal_of(violation, upload("shot.png", picture()), at=now())
        decided(first, AppealState.REJECTED, by=staff, at=now(), reason="The claim can be heard at 12:14.")
        page = client.get(page_of(violation))
        said = words(page)
        assert "You have 1 of 2 appeals left." in said
        assert WHY_WRONG in said
        assert "The violation stays" in said
        assert "The claim can be heard at 12:14." in said
        assert links(page)["shot.png"] == file_at(first)
        assert "Send the appeal" in buttons(page)

    def test_upheld_leads_to_the_standing(self, client: Client, violation: Violation, staff: User) -> None:
        decided(appeal_of(violation, at=now()), AppealState.UPHELD, by=staff, at=now())
        page = client.get(page_of(violation))
        assert "The policy team agrees" in words(page)
        assert "there is nothing left to appeal" in words(page)
        assert links(page)["Your standing"] == "/standing/"

    def test_erased_words_are_said_to_be_erased(self, client: Client, violation: Violation, staff: User) -> None:
        decided(appeal_of(violation, at=now()), AppealState.REJECTED, by=staff, at=now())
        AppealText.objects.update(text="", reason="")
        said = words(client.get(page_of(violation)))
        assert "The text was erased." in said
        assert "The reason was erased." in said

    def test_what_is_written_is_text_and_nothing_else(self, client: Client, violation: Violation) -> None:
        page = send(client, violation, "<script>alert(1)</script> It is not what it says.")
        assert "<script>alert(1)" not in page.content.decode()
        assert "<script>alert(1)</script> It is not" in words(page)

    def test_more_appeals_need_no_more_statements(
        self, client: Client, violation: Violation, staff: User, django_assert_num_queries: Any
    ) -> None:
        set_programme(violation.seller.region, appeal_max=10)
        decided(appeal_of(violation, upload("1.png", picture()), at=now()), AppealState.REJECTED, by=staff, at=now())
        client.get(page_of(violation))
        with django_assert_num_queries(8):
            client.get(page_of(violation))
        for number in range(8):
            appeal = appeal_of(violation, upload(f"{number}.png", picture()), upload("a.pdf", paper()), at=now())
            decided(appeal, AppealState.REJECTED, by=staff, at=now())
        with django_assert_num_queries(8):
            assert words(client.get(page_of(violation))).count("A-") == 9


class TestSending:
    def test_it_arrives_with_its_files(self, client: Client, violation: Violation) -> None:
        page = send(client, violation, files=[upload("shot.png", picture()), upload("terms.pdf", paper())])
        assert page.redirect_chain == [(page_of(violation), 303)]
        assert heading(page) == "Your appeal is being looked at"
        assert "Your appeal has arrived." in page.content.decode()
        appeal = Appeal.objects.get()
        assert appeal.words.text == WHY_WRONG
        assert [each.name for each in appeal.files.order_by("position")] == ["shot.png", "terms.pdf"]
        assert buttons(page) == []

    def test_pressed_twice_the_second_is_told_that_it_is_looked_at(self, client: Client, violation: Violation) -> None:
        send(client, violation, files=upload("shot.png", picture()))
        page = send(client, violation, files=upload("shot.png", picture()))
        assert page.status_code == 200
        assert heading(page) == "Your appeal is being looked at"
        assert "Your appeal is being looked at. You can write again once it is decided." in page.content.decode()
        assert (Appeal.objects.count(), AppealFile.objects.count()) == (1, 1)

    def test_errors_keep_the_text_and_say_that_files_are_chosen_again(
        self, client: Client, violation: Violation
    ) -> None:
        page = send(client, violation, files=[upload("shot.png", picture()), upload("setup.png", b"MZ")])
        assert page.status_code == 422
        said = words(page)
        assert "setup.png is neither a picture (JPEG, PNG, WebP) nor a PDF." in said
        assert "The files were not kept. Choose them again." in said
        assert WHY_WRONG in soup_of(page).find("textarea").text
        assert soup_of(page).find("a", href="#id_files") is not None
        assert not Appeal.objects.exists()

    def test_without_files_nobody_speaks_of_files(self, client: Client, violation: Violation) -> None:
        page = send(client, violation, "Wrong!")
        assert page.status_code == 422
        assert "Say in a sentence or two why the violation is wrong." in words(page)
        assert "Choose them again" not in words(page)

    def test_nothing_at_all(self, client: Client, violation: Violation) -> None:
        page = client.post(page_of(violation), {})
        assert page.status_code == 422
        assert words(page).count("Say in a sentence or two why the violation is wrong.") == 2

    def test_a_text_with_a_null_sign(self, client: Client, violation: Violation) -> None:
        page = send(client, violation, f"{WHY_WRONG}\x00")
        assert page.status_code == 422
        assert not Appeal.objects.exists()

    def test_line_ends_count_as_one_sign(self, client: Client, violation: Violation) -> None:
        send(client, violation, "line\r\n" * 900)
        assert Appeal.objects.get().words.text == ("line\n" * 900).strip()

    def test_too_late_is_refused(self, client_of: Callable[[User], Client]) -> None:
        old = seller_with_violation(at=now() - timedelta(days=40))
        answer = send(client_of(old.seller.person), old)
        assert answer.status_code == 409
        assert "The time to appeal this violation is over." in words(answer)
        assert page_of(old) in links(answer).values()

    def test_in_the_reader_s_language(self, violation: Violation, client: Client) -> None:
        person = violation.seller.person
        person.language = "id"
        person.save()
        page = client.get(page_of(violation))
        assert page["Content-Language"] == "id"


class TestWhoseItIs:
    @pytest.mark.parametrize("method", ["get", "post"])
    def test_another_seller_s_is_not_there(
        self, violation: Violation, client_of: Callable[[User], Client], method: str
    ) -> None:
        stranger = client_of(linked_seller().person)
        assert getattr(stranger, method)(page_of(violation), {"text": WHY_WRONG}).status_code == 404
        assert not Appeal.objects.exists()

    def test_who_stands_for_nobody_finds_nothing(self, violation: Violation, person_client: Client) -> None:
        assert person_client.get(page_of(violation)).status_code == 404

    def test_staff_appeal_nothing(self, violation: Violation, policy_team: Client) -> None:
        assert policy_team.post(page_of(violation), {"text": WHY_WRONG}).status_code == 404

    def test_unknown_and_other_methods(self, client: Client, violation: Violation) -> None:
        assert client.get("/standing/violations/V-222222/appeal/").status_code == 404
        assert client.put(page_of(violation)).status_code == 405

    def test_an_expired_session_keeps_the_text(self, violation: Violation, visitor: Client) -> None:
        answer = visitor.post(page_of(violation), {"text": WHY_WRONG, "files": upload("shot.png", picture())})
        assert answer.status_code == 303
        assert answer["Location"] == f"/accounts/login/?next={page_of(violation)}"
        assert not Appeal.objects.exists()
        person = violation.seller.person
        page = visitor.post(answer["Location"], {"login": person.email, "password": PASSWORD}, follow=True)
        assert page.redirect_chain[-1][0] == page_of(violation)
        assert WHY_WRONG in soup_of(page).find("textarea").text
        assert "your text is still here" in page.content.decode()
        assert WHY_WRONG not in soup_of(visitor.get(page_of(violation))).find("textarea").text

    def test_what_was_kept_is_for_its_own_violation(self, violation: Violation, visitor: Client) -> None:
        other = violation_of(violation.seller, "V07", at=now())
        visitor.post(page_of(violation), {"text": WHY_WRONG})
        person = violation.seller.person
        visitor.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
        assert WHY_WRONG not in soup_of(visitor.get(page_of(other))).find("textarea").text


class TestFiles:
    @pytest.fixture
    def appeal(self, violation: Violation) -> Appeal:
        """With a picture and a paper, both called something else."""
        return appeal_of(violation, upload("a; filename=x.html", picture()), upload("terms.PDF", paper()), at=now())

    def test_its_owner_gets_it_to_be_saved_and_never_shown(self, client: Client, appeal: Appeal) -> None:
        answer = client.get(file_at(appeal))
        assert answer.getvalue() == picture()
        assert answer["Content-Type"] == "image/png"
        assert answer["Content-Disposition"] == 'attachment; filename="a; filename=x.html.png"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer["Cache-Control"] == "private, no-store"
        assert client.get(file_at(appeal, 2))["Content-Type"] == "application/pdf"

    def test_nobody_else_learns_that_it_is_there(
        self, appeal: Appeal, client_of: Callable[[User], Client], person_client: Client, policy_team: Client
    ) -> None:
        stranger = client_of(linked_seller().person)
        for client in (stranger, person_client, policy_team):
            assert client.get(file_at(appeal)).status_code == 404

    def test_who_is_not_signed_in_signs_in(self, appeal: Appeal, visitor: Client) -> None:
        assert visitor.get(file_at(appeal))["Location"] == f"/accounts/login/?next={file_at(appeal)}"

    def test_who_stood_for_the_seller_before_gets_it_no_more(
        self, appeal: Appeal, violation: Violation, client: Client
    ) -> None:
        violation.seller.person = None
        violation.seller.save()
        assert client.get(file_at(appeal)).status_code == 404

    @pytest.mark.parametrize("position", ["0", "3", "01", "-1", "x", "9" * 5000])
    def test_there_is_no_other(self, client: Client, appeal: Appeal, position: str) -> None:
        assert client.get(file_at(appeal, position)).status_code == 404

    def test_one_that_was_erased_is_not_there(self, client: Client, appeal: Appeal) -> None:
        file = appeal.files.get(position=1)
        file.content.storage.delete(file.content.name)
        assert client.get(file_at(appeal)).status_code == 404

    def test_it_lies_under_no_address_of_media(self, client: Client, appeal: Appeal) -> None:
        name = appeal.files.get(position=1).content.name
        assert client.get(f"/media/{name}").status_code == 404
        assert client.get(f"/media/../private/{name}").status_code == 400

    def test_a_closed_shop_keeps_its_own(self, client_of: Callable[[User], Client]) -> None:
        seller = SellerFactory(indonesian=True, person=PersonFactory(), state="suspended")
        violation = violation_of(seller, at=now())
        client = client_of(seller.person)
        send(client, violation, files=upload("shot.png", picture()))
        assert client.get(file_at(Appeal.objects.get())).status_code == 200
