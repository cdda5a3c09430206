"""Names of the choices of this app."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class HelpTopic(TextChoices):
    """What a question to staff is about."""

    SIGN_IN = "sign_in", _("Signing in, my account")
    COURSES = "courses", _("Courses and certificates")
    SELLER = "seller", _("Linking my shop")
    POLICIES = "policies", _("Policies")
    BARRIER = "barrier", _("Something I cannot use or read")
    OTHER = "other", _("Something else")


class Step(StrEnum):
    """What the dashboard offers as the next thing to do."""

    CONTINUE = "continue"
    QUIZ = "quiz"
    FINISH = "finish"
    RENEWED = "renewed"
    ROUTE = "route"
    COURSE = "course"
    CATALOGUE = "catalogue"
