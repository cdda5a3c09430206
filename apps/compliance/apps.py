from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplianceConfig(AppConfig):
    name = "apps.compliance"
    label = "compliance"
    verbose_name = _("Standing")

    def ready(self) -> None:
        from apps.compliance import receivers  # noqa: F401
        from apps.compliance.queries.worth import titles_of_quizzes, worth_of_passes
        from apps.compliance.rules.quizzes import QUIZ_OF_TYPE
        from apps.quizzes.queries.titles import register_titles
        from apps.quizzes.queries.worth import register_worth

        register_titles(QUIZ_OF_TYPE, titles_of_quizzes)
        register_worth(QUIZ_OF_TYPE, worth_of_passes)
