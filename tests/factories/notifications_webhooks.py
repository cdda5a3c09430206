"""Receivers and deliveries."""

import factory

from apps.core.signing import make_secret
from apps.notifications.enums import Event
from apps.notifications.models import Delivery, Receiver
from tests.factories import AT


class ReceiverFactory(factory.django.DjangoModelFactory):
    """A machine that is on and wants all events."""

    class Meta:
        model = Receiver

    name = factory.Sequence(lambda number: f"Machine {number}")
    url = "http://127.0.0.1:9/hook"
    secret = factory.LazyFunction(make_secret)
    made_at = AT


class DeliveryFactory(factory.django.DjangoModelFactory):
    """An event that waits and is due."""

    class Meta:
        model = Delivery

    receiver = factory.SubFactory(ReceiverFactory)
    event = Event.COURSE_COMPLETED
    subject = "seller:CARLA-01"
    payload = factory.Sequence(lambda number: {"number": number})
    written_at = AT
    next_try_at = AT
