from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LearningConfig(AppConfig):
    name = "apps.learning"
    label = "learning"
    verbose_name = _("Learning")

    def ready(self) -> None:
        from apps.catalog.enums import Subject
        from apps.learning import receivers  # noqa: F401
        from apps.learning.queries import audiences
        from apps.learning.queries.quizzes import titles_of_quizzes
        from apps.learning.rules import QUIZ_OF_COURSE
        from apps.notifications.queries.audiences import Audience, register_audience
        from apps.quizzes.queries.titles import register_titles

        register_titles(QUIZ_OF_COURSE, titles_of_quizzes)
        register_audience(
            Audience(
                "learners_of_subject",
                _("Learners of a subject"),
                _("You get this because you take courses on this subject."),
                audiences.learners_of_subject,
                fact="subject",
                choices=lambda: list(Subject.choices),
            )
        )
        register_audience(
            Audience(
                "learners_of_course",
                _("Learners of one course"),
                _("You get this because you are in a course that it is about."),
                audiences.learners_of_course,
                fact="course",
                choices=audiences.course_choices,
            )
        )
