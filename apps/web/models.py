"""What comes in through the contact form, what was looked for in vain, and what of the demo market was loaded from
which text.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.web.enums import HelpTopic


class HelpRequest(models.Model):
    """A question to staff. `answered_at` is set by who took care of it.

    `sender` tells senders apart for the pace: the person, or a keyed digest of the network address, never itself.
    """

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), null=True, blank=True, on_delete=models.SET_NULL
    )
    sender = models.CharField(max_length=64, editable=False)
    email = models.EmailField(_("e-mail"))
    topic = models.CharField(_("topic"), max_length=20, choices=HelpTopic.choices)
    text = models.TextField(_("question"), max_length=4000)
    language = models.CharField(_("language"), max_length=10)
    asked_at = models.DateTimeField(_("asked at"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)

    class Meta:
        verbose_name = _("question to staff")
        verbose_name_plural = _("questions to staff")
        indexes = [models.Index(fields=["sender", "asked_at"], name="web_help_sender_asked")]

    def __str__(self) -> str:
        return f"{self.get_topic_display()}: {self.email}"


class MissedSearch(models.Model):
    """Words that were looked for and found nowhere, for editors; who looked for them is nowhere kept.

    `text` is in lower case and in one line. `handled_at` is set by an editor, and emptied when somebody misses the
    same again.
    """

    text = models.CharField(_("looked for"), max_length=100)
    language = models.CharField(_("language"), max_length=10)
    times = models.PositiveIntegerField(_("times"), default=1)
    last_asked_at = models.DateTimeField(_("last asked at"))
    handled_at = models.DateTimeField(_("handled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("search without a result")
        verbose_name_plural = _("searches without a result")
        constraints = [models.UniqueConstraint(fields=["text", "language"], name="web_missed_once")]
        indexes = [models.Index(fields=["last_asked_at"], name="web_missed_asked")]

    def __str__(self) -> str:
        return self.text


class SeededPage(models.Model):
    """A page or a question of the demo market: what its file said when it was last loaded.

    So editors' work is left alone.
    """

    ref = models.CharField(max_length=200)
    language = models.CharField(max_length=10)
    key = models.UUIDField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ref", "language"], name="web_seeded_once")]

    def __str__(self) -> str:
        return f"{self.ref} ({self.language})"
