"""What every list of the Wagtail admin shares that is looked at and not edited."""

from typing import Any

from django.urls import URLPattern, path
from django.utils.functional import cached_property
from wagtail.admin.viewsets.model import ModelViewSet


class ReadOnlyViewSet(ModelViewSet):
    """A list, and a page for each row where `inspect_view_enabled`; there is no form.

    `acts` names those of Wagtail's acts that have an address all the same; who names one adds it to the addresses.
    `row_act` is where the audit trail leads.
    """

    acts: tuple[str, ...] = ()
    row_act = "inspect"
    copy_view_enabled = add_to_reference_index = False

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Views that look for the address of another act find none."""
        closed = {"add", "edit", "delete", "history", "usage"}.difference(self.acts)
        nowhere = dict.fromkeys(f"{act}_url_name" for act in closed)
        return super().get_common_view_kwargs(**nowhere, **kwargs)

    @cached_property
    def url_finder_class(self) -> type:
        """Where the audit trail leads."""
        name = f"{self.model.__name__}URLFinder"
        return type(name, (super().url_finder_class,), {"edit_url_name": self.get_url_name(self.row_act)})

    def get_form_class(self, for_update: bool = False) -> None:
        """There is no form."""
        return

    def get_urlpatterns(self) -> list[URLPattern]:
        """The list and one row."""
        patterns = [
            path("", self.index_view, name="index"),
            path("results/", self.index_results_view, name="index_results"),
        ]
        if self.inspect_view_enabled:
            patterns.append(path("<int:pk>/", self.inspect_view, name="inspect"))
        return patterns
