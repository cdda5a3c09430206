"""Doors for editors who translate; they stand in front of those of wagtail-localize that would do something else."""

from collections.abc import Callable
from typing import Any

import django_filters
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from wagtail.admin import messages
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.views.reports import ReportView
from wagtail.models import Locale, Page
from wagtail_localize.models import Translation
from wagtail_localize.views.submit_translations import SubmitPageTranslationView, SubmitTranslationForm

from apps.accounts.models import User
from apps.catalog import rules
from apps.catalog.enums import TranslationState
from apps.catalog.queries.translations import LANGUAGES_TO_TRANSLATE, pages_in_progress, translation_of
from apps.catalog.services import translations as services
from apps.core.refusals import explain
from apps.core.rules import Refusal

RIGHT = "wagtail_localize.submit_translation"


class TranslateView(SubmitPageTranslationView):
    """Begins the translation of a page, as drafts; wagtail-localize's own would make live aliases of its parents."""

    def form_valid(self, form: SubmitTranslationForm) -> HttpResponse:
        """Each chosen language, or none of them."""
        try:
            drafts = services.begin_translations(
                page=self.object,
                locales=form.cleaned_data["locales"],
                with_children=form.cleaned_data["include_subtree"],
                by=self.request.user,
            )
        except Refusal as refusal:
            messages.error(self.request, explain(refusal), buttons=self.way_on(refusal))
            return self.render_to_response(self.get_context_data(), status=refusal.status)
        names = ", ".join(str(draft.locale) for draft in drafts)
        text = _("“%(title)s” can be translated now: %(languages)s.")
        messages.success(self.request, text % {"title": self.object.title, "languages": names})
        return redirect("wagtailadmin_pages:edit", drafts[0].pk)

    def way_on(self, refusal: Refusal) -> list[tuple[str, str, bool]]:
        """A link to where the page above is translated, with the same languages, if that is what comes first."""
        if not isinstance(refusal, rules.ParentNotTranslated):
            return []
        parent = self.object.get_parent()
        address = reverse("wagtail_localize:submit_page_translation", args=[parent.pk])
        # wagtail-localize chooses one language beforehand.
        chosen = Locale.objects.filter(pk__in=self.request.POST.getlist("locales")).first()
        query = f"?select_locale={chosen.language_code}" if chosen else ""
        return [messages.button(address + query, _("Translate “%(title)s”") % {"title": parent.title})]


def keep(translation: Translation, user: User) -> str:
    """Keep what is translated so far as a draft."""
    services.keep_translation(translation=translation, by=user)
    return _("The draft is saved. Nothing changes for readers.")


def submit(translation: Translation, user: User) -> str:
    """Hand it to the approvers."""
    if not translation.get_target_instance().permissions_for_user(user).can_submit_for_moderation():
        raise PermissionDenied
    services.submit_translation(translation=translation, by=user)
    return _("The translation is with the approvers.")


def publish(translation: Translation, user: User) -> str:
    """Make it live."""
    if not translation.get_target_instance().permissions_for_user(user).can_publish():
        raise PermissionDenied
    services.publish_translation(translation=translation, by=user)
    return _("The translation is published.")


ACTS: dict[str, Callable[[Translation, User], str]] = {"keep": keep, "submit": submit, "publish": publish}


def act_on_translation(request: HttpRequest, page: Page) -> HttpResponse | None:
    """What the buttons of the side-by-side screen do; None for all else, which Wagtail answers."""
    act = ACTS.get(request.POST.get("action", ""))
    translation = translation_of(page) if act else None
    if act is None or translation is None:
        return None
    if page.permissions_for_user(request.user).page_locked():
        messages.error(request, _("The page is locked: it waits for approval, or somebody keeps it as it is."))
        return redirect("wagtailadmin_pages:edit", page.pk)
    try:
        messages.success(request, act(translation, request.user))  # type: ignore[arg-type]
    except Refusal as refusal:
        messages.error(request, explain(refusal))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("wagtailadmin_pages:edit", page.pk)


@require_POST
def pair(request: HttpRequest, page_id: int, language: str) -> HttpResponse:
    """Put a page and its translation that was written by hand side by side."""
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    original = get_object_or_404(Page, pk=page_id)
    translated = get_object_or_404(
        Page, translation_key=original.translation_key, locale__language_code=language, alias_of=None
    )
    if not translated.permissions_for_user(request.user).can_edit():
        raise PermissionDenied
    try:
        services.pair_pages(original=original, translated=translated)
    except Refusal as refusal:
        messages.error(request, explain(refusal))
        return redirect("translations")
    messages.success(request, _("“%(title)s” stands beside its original now.") % {"title": translated.title})
    return redirect("wagtailadmin_pages:edit", translated.pk)


def closed(_request: HttpRequest, **_kwargs: Any) -> HttpResponse:
    """Doors of wagtail-localize that nobody may use.

    Aliases would show readers pages in the wrong language; quiz questions have versions, and ways of their own.
    """
    raise Http404


def follows_by_itself(_request: HttpRequest, **_kwargs: Any) -> HttpResponse:
    """Wagtail-localize's *sync*: a translation follows its original whenever that is published."""
    return redirect("translations")


class TranslationFilters(WagtailFilterSet):
    """The language, and how far a page is in it."""

    language = django_filters.ChoiceFilter(
        label=gettext_lazy("Language"), choices=LANGUAGES_TO_TRANSLATE, empty_label=None, method="in_language"
    )
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"), choices=TranslationState.choices, empty_label=gettext_lazy("All")
    )

    class Meta:
        model = Page
        fields = ["language", "state"]

    def _add_locale_filter(self) -> None:
        """Wagtail would offer the language of the originals, which is the same for all."""

    def in_language(self, pages: QuerySet[Page], _name: str, _value: str) -> QuerySet[Page]:
        """The list is made for one language; see `TranslationsView.language`."""
        return pages


class TranslationsView(PermissionRequiredMixin, ReportView):
    """Every page of the first language, with how far it is in another one: what is missing or out of date first."""

    permission_required = RIGHT
    raise_exception = True
    index_url_name = "translations"
    index_results_url_name = "translations_results"
    results_template_name = "catalog/admin/translations_results.html"
    page_title = gettext_lazy("Translations")
    header_icon = "globe"
    filterset_class = TranslationFilters
    list_export = ["title", "content_type.name", "state", "waiting"]
    export_headings = {
        "content_type.name": gettext_lazy("Type"),
        "state": gettext_lazy("State"),
        "waiting": gettext_lazy("Passages to translate"),
    }

    @property
    def language(self) -> str:
        """The chosen language, the first that isn't the site's own without a choice."""
        wanted = self.request.GET.get("language", "")
        return wanted if wanted in dict(LANGUAGES_TO_TRANSLATE) else LANGUAGES_TO_TRANSLATE[0][0]

    def get_queryset(self) -> QuerySet[Page]:
        """In the chosen language."""
        return pages_in_progress(self.language).select_related("content_type")

    def decorate_paginated_queryset(self, object_list: Any) -> Any:
        """Every line with the words of its state."""
        for page in object_list:
            page.state_label = TranslationState(page.state).label
        return object_list

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The language that the lines are about."""
        return super().get_context_data(**kwargs) | {"language": self.language}
