"""An operator registers a shop and links its person; refusals keep what was typed; the person sees the shop."""

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from wagtail.models import ModelLogEntry

from apps.accounts.enums import Route
from apps.accounts.models import Seller, User
from tests.factories.accounts import PersonFactory, SellerFactory
from tests.factories.catalog import Market
from tests.screens import soup_of, words

ADD = "/cms/sellers/new/"


def edit(seller: Seller) -> str:
    """Where the operator changes this seller."""
    return reverse("sellers:edit", args=[seller.pk])


def facts(**changed: str) -> dict[str, str]:
    """A seller as the marketplace names it."""
    known = {"code": "river-07", "shop_name": "River Lamps", "region": "ID", "state": "active", "person_email": ""}
    return known | changed


def kept(answer: HttpResponse) -> dict[str, str]:
    """What the form still holds after a refusal."""
    soup = soup_of(answer)
    names = ("code", "shop_name", "person_email")
    fields = {each["name"]: each.get("value", "") for each in soup.find_all("input") if each.get("name") in names}
    for select in soup.find_all("select"):
        chosen = select.find("option", selected=True)
        if select.get("name") in {"region", "state"} and chosen is not None:
            fields[select["name"]] = chosen["value"]
    return fields


def test_a_registered_and_linked_shop_is_on_its_persons_profile(
    operator: Client, person: User, person_client: Client
) -> None:
    User.objects.filter(pk=person.pk).update(chosen_route=Route.SELF_SELLING)
    assert "No shop is linked to you yet." in words(person_client.get("/profile/"))

    assert reverse("sellers:add") == ADD
    answer = operator.post(ADD, facts(person_email="AYU@example.com"))
    assert answer.status_code == 302

    seller = Seller.objects.get()
    assert (seller.code, seller.shop_name, seller.region) == ("RIVER-07", "River Lamps", "ID")
    assert (seller.person, seller.route) == (person, "self_selling")
    assert seller.linked_at is not None
    profile = words(person_client.get("/profile/"))
    assert "Shop River Lamps Seller code RIVER-07 Region Indonesia" in profile
    assert "No shop is linked" not in profile

    entries = ModelLogEntry.objects.filter(action="accounts.link_seller")
    assert [(entry.user.email, entry.data["person"]) for entry in entries] == [("operator@example.com", person.pk)]


def test_a_shop_may_be_registered_before_anyone_stands_for_it(operator: Client, person_client: Client) -> None:
    operator.post(ADD, facts())
    seller = Seller.objects.get()
    assert seller.person is None
    operator.post(edit(seller), facts(shop_name="River Lamps & Co", person_email="ayu@example.com"))
    seller.refresh_from_db()
    assert seller.shop_name == "River Lamps & Co"
    assert "River Lamps &amp; Co" in person_client.get("/profile/").content.decode()


def test_a_code_cannot_be_changed_once_it_is_known(operator: Client) -> None:
    seller = SellerFactory(code="FIRST-01")
    operator.post(edit(seller), facts(code="SECOND-02"))
    assert list(Seller.objects.values_list("code", "shop_name")) == [("FIRST-01", "River Lamps")]


def test_a_shop_is_unlinked_and_the_persons_learning_stays(
    operator: Client, seller_person: User, seller_client: Client
) -> None:
    seller = Seller.objects.get(person=seller_person)
    form = operator.get(edit(seller))
    assert kept(form)["person_email"] == "carla@example.com"
    operator.post(edit(seller), facts(person_email=""))
    seller.refresh_from_db()
    assert (seller.person, seller.linked_at, seller.route) == (None, None, "affiliate")
    seller_person.refresh_from_db()
    assert seller_person.chosen_route == "affiliate"
    assert "No shop is linked to you yet." in words(seller_client.get("/profile/"))


class TestARefusalKeepsWhatWasTyped:
    def refused(self, operator: Client, reason: str, **typed: str) -> None:
        """The reason is shown, the form holds everything, and nothing was saved."""
        before = list(Seller.objects.order_by("pk").values())
        answer = operator.post(ADD, facts(**typed))
        assert reason in words(answer)
        assert kept(answer) == facts(**typed)
        assert list(Seller.objects.order_by("pk").values()) == before

    def test_of_a_code_that_is_none(self, operator: Client) -> None:
        self.refused(operator, "A seller code has 2 to 32 letters, digits and hyphens", code="river 07!")

    def test_of_a_person_who_never_signed_up(self, operator: Client) -> None:
        self.refused(operator, "Nobody has signed up with nobody@example.com.", person_email="nobody@example.com")

    def test_of_a_person_who_never_proved_the_address(self, operator: Client) -> None:
        PersonFactory(email="new@example.com", verified=False)
        self.refused(operator, "This person has not verified the e-mail yet.", person_email="new@example.com")

    def test_of_a_person_who_stands_for_another_shop(self, operator: Client, seller_person: User) -> None:
        reason = "This person is linked to CARLA-01. To link another seller, first open CARLA-01, empty the e-mail"
        self.refused(operator, reason, person_email="carla@example.com")

    def test_of_a_shop_that_another_person_stands_for(
        self, operator: Client, seller_person: User, person: User
    ) -> None:
        seller = Seller.objects.get(code="CARLA-01")
        answer = operator.post(edit(seller), facts(code="CARLA-01", person_email="ayu@example.com"))
        assert "CARLA-01 is linked to carla@example.com. To link somebody else, first empty the e-mail" in words(answer)
        assert kept(answer)["person_email"] == "ayu@example.com"
        seller.refresh_from_db()
        assert (seller.person, seller.shop_name) == (seller_person, "Carla's Kitchen")
        for email in ("", "ayu@example.com"):  # what the reason says to do
            operator.post(edit(seller), facts(code="CARLA-01", person_email=email))
        seller.refresh_from_db()
        assert seller.person == person

    def test_of_a_new_shop_under_a_code_that_is_taken(self, operator: Client, seller_person: User) -> None:
        """Whoever types a known code into the form for new shops must not overwrite that shop unseen."""
        self.refused(operator, "Seller code already exists", code="carla-01", person_email="")


def test_nobody_can_link_a_shop_to_themselves(market: Market, person: User, person_client: Client) -> None:
    SellerFactory(code="RIVER-07")
    answer = person_client.post(
        "/profile/", {"name": "Ayu", "language": "en", "zone": "UTC", "code": "RIVER-07", "seller": "RIVER-07"}
    )
    assert answer.status_code == 303
    assert person_client.post(ADD, facts(person_email=person.email)).status_code in {302, 403}
    assert Seller.objects.get().person is None


def test_an_editor_registers_no_shop(editor: Client) -> None:
    answer = editor.post(ADD, facts(), follow=True)
    assert "River Lamps" not in answer.content.decode()
    assert not Seller.objects.exists()
