"""Sellers in the Wagtail admin; every change goes through the services."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet
from wagtail.users.views.users import EditView, UserViewSet

from apps.accounts.forms import PersonCreationForm, PersonEditForm, SellerForm
from apps.accounts.models import Seller, User
from apps.accounts.services import change_email, link_seller, register_seller, remove_second_factor, unlink_seller
from apps.core.clock import now


class SavesSeller:
    """Saves what the form says of a seller, and the link to a person."""

    def save_instance(self) -> Seller:
        """Register, then link or unlink."""
        facts, by = self.form.cleaned_data, self.request.user  # type: ignore[attr-defined]
        person = facts.pop("person_email")
        seller = register_seller(**facts, at=now(), by=by)
        if seller.person_id and (person is None or person.pk != seller.person_id):
            unlink_seller(seller=seller, by=by)
        if person is not None:
            link_seller(seller=seller, person=person, at=now(), by=by)
        return seller


class SellerCreateView(SavesSeller, generic.CreateView):
    """A new seller."""


class SellerEditView(SavesSeller, generic.EditView):
    """A seller that the marketplace or staff named before."""


class SellerViewSet(ModelViewSet):
    """The sellers: code, shop, region, state and who stands for each."""

    model = Seller
    name = url_prefix = "sellers"
    icon = "group"
    menu_label = _("Sellers")
    menu_order = 500
    add_to_admin_menu = True
    add_view_class = SellerCreateView
    edit_view_class = SellerEditView
    list_display = ["code", "shop_name", "region", "state", "route", "person"]
    list_filter = ["region", "state", "route"]
    search_fields = ["code", "shop_name"]
    ordering = "code"
    copy_view_enabled = False

    def get_form_class(self, for_update: bool = False) -> type[SellerForm]:
        """One shape for new and known sellers."""
        return SellerForm


class PersonEditView(EditView):
    """A person, changed by staff."""

    def save_instance(self) -> User:
        """Another address and the end of second factors go through the services, which tell the person."""
        address = self.form.cleaned_data["email"]
        self.form.instance.email = self.form.initial["email"]
        person = super().save_instance()
        if address != person.email:
            change_email(person=person, new_address=address, by=self.request.user)
        if self.form.cleaned_data["remove_second_factor"]:
            remove_second_factor(person=person, by=self.request.user)
        return person


class PersonViewSet(UserViewSet):
    """The people, and the roles of those who are staff."""

    edit_view_class = PersonEditView

    def get_form_class(self, for_update: bool = False) -> type[PersonCreationForm] | type[PersonEditForm]:
        """Our own forms: people have one name here."""
        return PersonEditForm if for_update else PersonCreationForm
