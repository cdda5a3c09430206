"""The person who signs in, the marketplace's seller, and the marketplace's machines."""

import zoneinfo
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.accounts.enums import Region, Route, Scope, SellerState, TokenState
from apps.accounts.rules import TokenFacts, state_of_token


def check_zone(value: str) -> None:
    """Refuse a zone that the IANA database doesn't name."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("%(zone)s is no time zone."), params={"zone": value})


class UserManager(BaseUserManager["User"]):
    """Makes persons; the e-mail is kept in lower case, so that one address is one person."""

    def create_user(self, email: str, password: str | None = None, **facts: Any) -> "User":
        """A person who may sign in; without a password only by code."""
        if not email:
            raise ValueError("A person needs an e-mail address.")
        user = self.model(email=email.strip().lower(), **facts)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **facts: Any) -> "User":
        """An operator with every right (`manage.py createsuperuser`)."""
        return self.create_user(email, password, is_superuser=True, **facts)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find by e-mail, whatever its case."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person: learns, holds certificates and seats, gets letters. Signs in by e-mail.

    `language` and `zone` are the reader's, so that a person without a seller has them too.
    `chosen_route` is how the person says they will sell; once a seller is linked, `services.choose_route` keeps
    the seller's route equal to it, so that a page knows its audience from the person alone.
    """

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120, help_text=_("As it stands on certificates."))
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    zone = models.CharField(_("time zone"), max_length=50, default="UTC", validators=[check_zone])
    chosen_route = models.CharField(_("route"), max_length=20, choices=Route.choices, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    date_joined = models.DateTimeField(_("joined at"), auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="accounts_user_email_lower"),
            models.CheckConstraint(
                condition=Q(chosen_route__in=["", *Route.values]), name="accounts_user_chosen_route_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """The name, as Wagtail asks for it."""
        return self.name or self.email

    def get_short_name(self) -> str:
        """The first word of the name."""
        return (self.name or self.email).split()[0]


class Seller(models.Model):
    """The marketplace's account of a shop; the marketplace decides its code, region and state.

    `person` is who stands for it, once proven (product.md, "Who a seller is must be proven"). Today one person
    stands for one seller; learning is keyed to the person and standing to the seller.

    `named_email` is whom the marketplace named for it ("" where it named nobody), in lower case: who proves this
    address is linked. `invited_email` is where a letter went that says so, `invited_at` when.
    """

    code = models.CharField(_("seller code"), max_length=32, unique=True)
    shop_name = models.CharField(_("shop name"), max_length=120)
    region = models.CharField(_("region"), max_length=2, choices=Region.choices)
    route = models.CharField(_("route"), max_length=20, choices=Route.choices, blank=True)
    state = models.CharField(_("state"), max_length=20, choices=SellerState.choices, default=SellerState.ACTIVE)
    person = models.OneToOneField(
        User, verbose_name=_("person"), null=True, blank=True, on_delete=models.SET_NULL, related_name="seller"
    )
    linked_at = models.DateTimeField(_("linked at"), null=True, blank=True, editable=False)
    named_email = models.EmailField(_("e-mail named by the marketplace"), blank=True, db_index=True, editable=False)
    invited_email = models.EmailField(_("invited e-mail"), blank=True, editable=False)
    invited_at = models.DateTimeField(_("invited at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("seller")
        verbose_name_plural = _("sellers")
        constraints = [
            models.CheckConstraint(condition=Q(route__in=["", *Route.values]), name="accounts_seller_route_known"),
            models.CheckConstraint(condition=Q(region__in=Region.values), name="accounts_seller_region_known"),
            models.CheckConstraint(condition=Q(state__in=SellerState.values), name="accounts_seller_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.shop_name} ({self.code})"


class EmailChange(models.Model):
    """A person wants another address, and has still to show that they read the old one.

    One at a time. The code itself isn't kept, only its digest. Once it was entered the row goes, and allauth asks
    for a code at the new address.
    """

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="email_change")
    new_address = models.EmailField()
    code_digest = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    wrong_codes = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.person} → {self.new_address}"


class MachineAccount(models.Model):
    """A system of the marketplace that calls the API. It is never deleted: what it did bears its name."""

    name = models.CharField(
        _("name"), max_length=80, unique=True, help_text=_("The system that calls, in a word or two.")
    )
    note = models.TextField(
        _("note"), blank=True, max_length=1000, help_text=_("Who looks after it, and how to reach them.")
    )
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Off: none of its tokens opens anything."))
    made_at = models.DateTimeField(_("made at"), editable=False)
    made_by = models.ForeignKey(
        User, verbose_name=_("made by"), null=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("machine account")
        verbose_name_plural = _("machine accounts")

    def __str__(self) -> str:
        return self.name


class MachineToken(models.Model):
    """What a machine proves itself with. Only the digest is kept; `prefix` is how people know it again.

    `last_used_at` is noted once an hour. `reference` comes from the form that asked for it, so that one form makes
    one token.
    """

    account = models.ForeignKey(MachineAccount, on_delete=models.PROTECT, related_name="tokens")
    reference = models.UUIDField(default=uuid4, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=12)
    scopes = models.JSONField()
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.prefix}…"

    @property
    def facts(self) -> TokenFacts:
        """What decides whether it counts."""
        return TokenFacts(self.account.is_active, self.expires_at, self.revoked_at)

    def state_at(self, at: datetime) -> TokenState:
        """Whether it counts, and if not, why."""
        return state_of_token(self.facts, at)

    @property
    def scope_labels(self) -> list[str]:
        """What it opens, in words."""
        return [str(Scope(scope).label) for scope in self.scopes]


class MachineCall(models.Model):
    """One call of the API by a known token, whether or not it still counted. Kept for 90 days.

    `route` is the template of the address, without what stood in it; "" where there is no such address. `counts` is
    what the call says it did: `{"created": 3, "known": 1}`.
    """

    token = models.ForeignKey(MachineToken, verbose_name=_("token"), on_delete=models.PROTECT, related_name="calls")
    at = models.DateTimeField(_("at"), db_index=True)
    method = models.CharField(_("method"), max_length=16)
    route = models.CharField(_("address"), max_length=200, blank=True)
    status = models.PositiveSmallIntegerField(_("status"))
    counts = models.JSONField(_("counts"), default=dict)
    took_ms = models.PositiveIntegerField(_("milliseconds"))
    address = models.CharField(_("from"), max_length=45, blank=True)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")

    def __str__(self) -> str:
        return f"{self.method} {self.route} {self.status}"
