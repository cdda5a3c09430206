"""What a person has learnt, as rows; tests of services let the services write instead."""

import uuid
from datetime import timedelta

import factory

from apps.learning.models import Certificate, Completion, Enrolment
from tests.factories import AT
from tests.factories.accounts import PersonFactory


class EnrolmentFactory(factory.django.DjangoModelFactory):
    """A person in a course, begun and not finished."""

    class Meta:
        model = Enrolment

    class Params:
        finished = factory.Trait(completed_at=AT + timedelta(days=1))

    person = factory.SubFactory(PersonFactory)
    course_key = factory.LazyFunction(uuid.uuid4)
    course_title = "A course"
    enrolled_at = AT
    last_read_at = AT


class CompletionFactory(factory.django.DjangoModelFactory):
    """A lesson done."""

    class Meta:
        model = Completion

    person = factory.SubFactory(PersonFactory)
    lesson_key = factory.LazyFunction(uuid.uuid4)
    lesson_title = "A lesson"
    completed_at = AT


class CertificateFactory(factory.django.DjangoModelFactory):
    """A valid certificate."""

    class Meta:
        model = Certificate

    class Params:
        revoked = factory.Trait(revoked_at=AT + timedelta(days=2), revoke_reason="Given by mistake.")

    person = factory.SubFactory(PersonFactory)
    course_key = factory.LazyFunction(uuid.uuid4)
    course_title = "A course"
    name = factory.LazyAttribute(lambda certificate: certificate.person.get_full_name())
    language = "en"
    issued_at = AT
