"""Who learns what: the audiences that letters to many may have."""

from collections.abc import Mapping

from django.db.models import Exists, OuterRef, QuerySet

from apps.accounts.models import User
from apps.catalog.models import CoursePage
from apps.catalog.queries.lists import course_titles
from apps.learning.models import Enrolment


def learners_of_course(facts: Mapping[str, str]) -> QuerySet[User]:
    """The persons in a course, named by its identity."""
    return User.objects.filter(Exists(Enrolment.objects.filter(person=OuterRef("pk"), course_key=facts["course"])))


def learners_of_subject(facts: Mapping[str, str]) -> QuerySet[User]:
    """The persons in any course of a subject, also in one that was taken off."""
    courses = CoursePage.objects.filter(subject=facts["subject"]).values("translation_key")
    return User.objects.filter(Exists(Enrolment.objects.filter(person=OuterRef("pk"), course_key__in=courses)))


def course_choices() -> list[tuple[str, str]]:
    """Every course once, with its title in the site's first language where it has one, by title."""
    titles = ((str(key), title) for key, title in course_titles().items())
    return sorted(titles, key=lambda course: course[1].casefold())
