"""Lists of persons to whom staff may write. Apps above offer theirs when they start (`apps.py`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.enums import Route, SellerState
from apps.accounts.models import Seller, User
from apps.core.rules import gettext_noop
from apps.notifications.rules import AudienceUnknown, NobodyThere

Facts = Mapping[str, str]
Choices = list[tuple[str, Any]]


@dataclass(frozen=True)
class Audience:
    """A named list of persons.

    `label` is what staff choose, `reason` tells a reader why they get the letter. A list that is narrowed by a
    fact (a course, a route) names it, with its `choices`; `persons` takes the facts that were chosen.
    """

    name: str
    label: Any
    reason: Any
    persons: Callable[[Facts], QuerySet[User]]
    fact: str = ""
    choices: Callable[[], Choices] = list

    def check(self, facts: Facts) -> None:
        """Refuse facts that this audience doesn't have."""
        wanted = {self.fact} if self.fact else set()
        if set(facts) != wanted or (self.fact and facts[self.fact] not in dict(self.choices())):
            raise AudienceUnknown(gettext_noop("Nobody knows this audience. Choose one of the list."))

    def words(self, facts: Facts) -> str:
        """What staff chose: `Learners of one course: Product anchors`."""
        if not self.fact:
            return str(self.label)
        chosen = facts.get(self.fact, "")
        return f"{self.label}: {dict(self.choices()).get(chosen, chosen)}"


AUDIENCES: dict[str, Audience] = {}


def register_audience(audience: Audience) -> None:
    """Offer an audience to staff; called once, when the app that knows it starts."""
    AUDIENCES[audience.name] = audience


def audience_named(name: str) -> Audience:
    """The audience of this name; refused where no app offers it (any more)."""
    if name not in AUDIENCES:
        raise AudienceUnknown(gettext_noop("Nobody knows this audience. Choose one of the list."))
    return AUDIENCES[name]


def readers_of(name: str, facts: Facts) -> QuerySet[User]:
    """The persons of an audience who get letters: active, and not of a closed seller."""
    audience = audience_named(name)
    audience.check(facts)
    closed = Seller.objects.filter(person=OuterRef("pk"), state=SellerState.CLOSED)
    return audience.persons(facts).filter(~Exists(closed), is_active=True)


def count_readers(name: str, facts: Facts) -> int:
    """How many readers a letter to this audience has; refused where there is none."""
    readers = readers_of(name, facts).count()
    if not readers:
        raise NobodyThere(gettext_noop("Nobody would get this letter: there is nobody in this audience."))
    return readers


def verified_persons(_facts: Facts) -> QuerySet[User]:
    """Everyone who has proven their e-mail."""
    proven = EmailAddress.objects.filter(user=OuterRef("pk"), email=OuterRef("email"), verified=True)
    return User.objects.filter(Exists(proven))


def sellers_of_route(facts: Facts) -> QuerySet[User]:
    """The persons of sellers who sell by this route; who sells by both sells by each."""
    sellers = Seller.objects.filter(person=OuterRef("pk"), route__in={facts["route"], Route.BOTH})
    return User.objects.filter(Exists(sellers))
