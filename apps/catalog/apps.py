from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CatalogConfig(AppConfig):
    name = "apps.catalog"
    label = "catalog"
    verbose_name = _("Catalogue")

    def ready(self) -> None:
        from apps.catalog import receivers  # noqa: F401
        from apps.catalog.forms import CoursePageForm, PolicyPageForm
        from apps.catalog.models import CoursePage, PolicyPage

        CoursePage.base_form_class = CoursePageForm
        PolicyPage.base_form_class = PolicyPageForm
