"""Letters, what readers want to get, dead addresses, letters to many, and events for other machines."""

import hashlib
import uuid
from datetime import datetime
from email.utils import parseaddr

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.notifications import rules
from apps.notifications.enums import (
    Channel,
    DeliveryState,
    GivenUp,
    Kind,
    MessageState,
    Priority,
    SendingState,
    SuppressionReason,
)


class Message(models.Model):
    """A letter to one person, or to an address that no person has (`person` is None).

    Written in the transaction of what it is about; that is when the person sees it on the site. `dedupe_key` names
    the occasion: a second letter with the same key to the same recipient is never written. `next_try_at` is when
    the e-mail is due and `lease_until` until when a worker holds it; both are times, so that a worker's death needs
    no cleaning up. `reference` makes the Message-ID, which stays the same however often it is sent.
    A secret letter doesn't stand on the site, and its text is emptied once it is sent or given up.
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("person"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="letters",
    )
    address = models.EmailField(_("address"), blank=True, help_text=_("Empty: the person's own when it is sent."))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    subject = models.CharField(_("subject"), max_length=250)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    link = models.CharField(_("link"), max_length=500, blank=True)
    reply_to = models.EmailField(_("reply to"), blank=True)
    language = models.CharField(_("language"), max_length=10)
    is_secret = models.BooleanField(_("secret"), default=False)
    dedupe_key = models.CharField(max_length=200, blank=True)
    sending = models.ForeignKey(
        "notifications.Sending",
        verbose_name=_("letter to many"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="letters",
    )

    written_at = models.DateTimeField(_("written at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    state = models.CharField(_("state"), max_length=10, choices=MessageState.choices)
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority.choices, default=Priority.NORMAL)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    resent_at = models.DateTimeField(_("sent again at"), null=True, blank=True)
    error = models.TextField(_("why it failed"), blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "dedupe_key"],
                condition=~Q(dedupe_key=""),
                name="notifications_letter_once_an_occasion",
            ),
            models.UniqueConstraint(
                fields=["sending", "person"],
                condition=Q(sending__isnull=False),
                name="notifications_letter_once_a_sending",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=False) | ~Q(address=""), name="notifications_letter_has_recipient"
            ),
            models.CheckConstraint(
                condition=~Q(state=MessageState.WAITING) | Q(next_try_at__isnull=False),
                name="notifications_waiting_has_try",
            ),
        ]
        indexes = [
            models.Index(fields=["priority", "next_try_at"], condition=Q(state="waiting"), name="notifications_due"),
            models.Index(
                fields=["person"],
                condition=Q(read_at=None, is_secret=False),
                name="notifications_unread",
            ),
            models.Index(fields=["person", "-written_at"], name="notifications_inbox"),
            models.Index(fields=["-written_at"], name="notifications_newest"),
            models.Index(
                fields=["sending", "state"], condition=Q(sending__isnull=False), name="notifications_of_sending"
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def message_id(self) -> str:
        """The Message-ID of every try."""
        return f"<{self.reference}@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2]}>"

    @property
    def to_address(self) -> str:
        """Where the e-mail goes: the address it was written to, or the person's own of today."""
        return self.address or (self.person.email if self.person else "")


class Preference(models.Model):
    """How a person wants letters of one kind; without a row by e-mail and on the site."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="letter_preferences")
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    channel = models.CharField(_("how"), max_length=10, choices=Channel.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="notifications_preference_once")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.channel}"


class Suppression(models.Model):
    """An address that gets no e-mail, and why. Operators may take it off once the reader has mended it."""

    address = models.EmailField(_("address"), unique=True)
    reason = models.CharField(_("reason"), max_length=20, choices=SuppressionReason.choices)
    detail = models.TextField(_("what was said"), blank=True)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("address without e-mail")
        verbose_name_plural = _("addresses without e-mail")

    def __str__(self) -> str:
        return self.address


class AddressRetry(models.Model):
    """When a person last had their dead address written to again, so that it isn't tried all day."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id} {self.at}"


class Sending(models.Model):
    """A letter to many, written to its audience chunk by chunk.

    `audience` names a list of persons that an app offers, `audience_facts` narrows it. `cursor` is the id of the
    last person written to: who comes after it in the list is yet to be written to. `total` was counted at the start.
    `reference` is made where the letter is looked over before it is sent: the same one starts nothing twice.
    `lease_until` is until when a worker writes; `error` says why the last one could not go on.
    Once no letter of it waits any more its letters are counted by state, at `counted_at`, and not again: `sent`,
    `given_up`, `held_back` and `site_only` mean nothing before.
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    audience = models.CharField(_("to"), max_length=100)
    audience_facts = models.JSONField(default=dict, blank=True)
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"), max_length=10_000)
    subject_id = models.CharField(_("subject in Indonesian"), max_length=200, blank=True)
    text_id = models.TextField(_("text in Indonesian"), max_length=10_000, blank=True)
    link = models.CharField(_("link"), max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=SendingState.choices, default=SendingState.WRITING)
    total = models.PositiveIntegerField(_("readers"), default=0)
    written = models.PositiveIntegerField(_("written"), default=0)
    failed = models.PositiveIntegerField(_("failed"), default=0)
    cursor = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    error = models.TextField(_("why it does not go on"), blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    sent = models.PositiveIntegerField(default=0)
    given_up = models.PositiveIntegerField(default=0)
    held_back = models.PositiveIntegerField(default=0)
    site_only = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("letter to many")
        verbose_name_plural = _("letters to many")

    def __str__(self) -> str:
        return self.subject

    def words_for(self, language: str) -> tuple[str, str, str]:
        """Subject, text and their language, for a reader of this language: English where there is no other."""
        if language == "id" and self.text_id:
            return self.subject_id, self.text_id, "id"
        return self.subject, self.text, "en"


class Receiver(models.Model):
    """A machine that listens to our events, and the secrets that sign what it gets.

    `secret` signs; `old_secret` signs too until `old_secret_until`, so that the receiver can change over. Both as
    Standard Webhooks writes them: `whsec_` and base64. `events` holds names of event types; empty means all.
    A receiver that gave no answer at all rests until `rest_until`: nothing is sent to it, so that a dead one takes
    no time from the others.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    url = models.URLField(_("address"), max_length=500)
    events = models.JSONField(_("events"), default=list, blank=True)
    secret = models.CharField(max_length=200)
    old_secret = models.CharField(max_length=200, blank=True)
    old_secret_until = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(_("gets events"), default=True)
    rest_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("receiver")
        verbose_name_plural = _("receivers")

    def __str__(self) -> str:
        return self.name

    @property
    def secret_mark(self) -> str:
        """Tells the present secret from others without giving it away."""
        return hashlib.sha256(self.secret.encode()).hexdigest()[:16]

    def secrets_at(self, at: datetime) -> list[str]:
        """The secrets that sign at this instant, the present one first."""
        old = self.old_secret if self.old_secret_until is not None and at < self.old_secret_until else ""
        return [self.secret, old] if old else [self.secret]


class Delivery(models.Model):
    """One event for one receiver, written in the transaction of what happened.

    `subject` is what the event is about (`seller:ALICE-01`): events about the same subject reach a receiver in the
    order in which they were written; one that waits holds back those after it until it is delivered or given up.
    `reference` is the webhook-id: the same for every try. `given_up` says why it was given up where no try does.
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    receiver = models.ForeignKey(
        Receiver, verbose_name=_("receiver"), on_delete=models.CASCADE, related_name="deliveries"
    )
    event = models.CharField(_("event"), max_length=100)
    subject = models.CharField(_("subject"), max_length=200)
    payload = models.JSONField(_("content"))
    written_at = models.DateTimeField(_("written at"))
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    resent_at = models.DateTimeField(_("sent again at"), null=True, blank=True)
    given_up = models.CharField(max_length=10, choices=GivenUp.choices, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.WAITING) | Q(next_try_at__isnull=False),
                name="notifications_delivery_has_try",
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="notifications_delivery_due"),
            models.Index(
                fields=["receiver", "subject", "id"], condition=Q(state="waiting"), name="notifications_delivery_order"
            ),
            models.Index(fields=["-written_at"], name="notifications_delivery_new"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject}"

    @property
    def webhook_id(self) -> str:
        """The webhook-id of every try."""
        return f"msg_{self.reference.hex}"

    @property
    def may_be_sent_again(self) -> bool:
        """Whether it was delivered or given up: what still waits is tried by itself."""
        return rules.DELIVERY.allows(self.state, DeliveryState.WAITING)


class DeliveryTry(models.Model):
    """One request to a receiver: what it answered (`status`, 0 where there was no answer) and how long it took."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="log")
    number = models.PositiveIntegerField(_("try"))
    at = models.DateTimeField(_("at"))
    status = models.PositiveSmallIntegerField(_("answer"), default=0)
    took_ms = models.PositiveIntegerField(_("milliseconds"), default=0)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="notifications_try_once")]

    def __str__(self) -> str:
        return f"{self.delivery_id} #{self.number}"
