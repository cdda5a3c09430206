"""Banks and questions in the Wagtail admin: written as drafts, published as versions, retired, voided."""

from typing import Any

import django_filters
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from wagtail.admin import messages
from wagtail.admin.auth import permission_required
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.panels import ObjectList
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.ui.tables import Column, LocaleColumn, UpdatedAtColumn
from wagtail.admin.widgets.button import Button, ButtonWithDropdown
from wagtail.models import Locale
from wagtail.snippets.views.snippets import (
    EditView,
    IndexView,
    PreviewOnCreateView,
    SnippetViewSet,
    SnippetViewSetGroup,
    UnpublishView,
)

from apps.core.clock import now
from apps.core.refusals import explain
from apps.core.rules import Refusal, whole_percent
from apps.quizzes.enums import Subject
from apps.quizzes.forms import BankForm, QuestionForm, VoidForm
from apps.quizzes.models import Bank, Question, QuestionVersion
from apps.quizzes.queries.bank import (
    drawings_of,
    gains_of,
    options_chosen,
    questions_overview,
    readiness_of,
    tags_in_use,
    versions_of,
)
from apps.quizzes.queries.statistics import ENOUGH_ANSWERS, statistics_of
from apps.quizzes.queries.titles import with_titles
from apps.quizzes.queries.worth import with_worth
from apps.quizzes.rules import READY_AT_LEAST
from apps.quizzes.services import retire_question, translate_question, void_version

SHOWN_ATTEMPTS = 100
NAMES = dict(settings.LANGUAGES)


# --- Questions -------------------------------------------------------------------------------------------


def state_of(question: Question) -> str:
    """Whether it is asked, and whether there is more than what is asked."""
    if question.ready_number is not None:
        state = _("Ready, version %(number)s") % {"number": question.ready_number}
    elif question.last_number is not None:
        state = _("Retired")
    else:
        return _("Draft")
    return _("%(state)s, with a newer draft") % {"state": state} if question.has_unpublished_changes else state


def answered_right(question: Question) -> str:
    """How many of those who answered it had it right, in percent; "" before anyone has."""
    return f"{whole_percent(question.right, question.marked)} %" if question.marked else ""


def facility_of(question: Question) -> str:
    """How many have it right at the first try; that it is too early to tell, once somebody was asked."""
    found = question.statistics  # type: ignore[attr-defined]
    if found.facility is not None:
        return f"{found.facility} %"
    words = _("too few: %(answers)s of %(enough)s")
    return words % {"answers": found.answers, "enough": ENOUGH_ANSWERS} if found.answers else ""


def discrimination_of(question: Question) -> str:
    """Whether those who have it right know the rest better too."""
    found = question.statistics.discrimination  # type: ignore[attr-defined]
    return "" if found is None else number_format(found, 2)


class QuestionFilters(WagtailFilterSet):
    """Narrows the list of questions."""

    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        method="in_state",
        choices=[
            ("ready", gettext_lazy("Ready")),
            ("draft", gettext_lazy("Draft")),
            ("newer", gettext_lazy("With a newer draft")),
            ("retired", gettext_lazy("Retired")),
        ],
    )
    subject = django_filters.ChoiceFilter(
        label=gettext_lazy("Subject"), field_name="bank__subject", choices=Subject.choices
    )
    tag = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Tag"), field_name="tagged_items__tag", queryset=lambda _request: tags_in_use()
    )

    class Meta:
        model = Question
        fields = ["bank", "kind"]

    def in_state(self, questions: QuerySet[Question], _name: str, value: str) -> QuerySet[Question]:
        """Those of the list that `state_of` calls so."""
        return {
            "ready": questions.filter(ready_number__isnull=False),
            "draft": questions.filter(last_number=None),
            "newer": questions.filter(ready_number__isnull=False, has_unpublished_changes=True),
            "retired": questions.filter(ready_number=None, last_number__isnull=False),
        }[value]


class QuestionIndexView(IndexView):
    """All questions of a language, those changed last first."""

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """How those of this page of the list do, in one statement."""
        context = super().get_context_data(*args, **kwargs)
        found = statistics_of(list(context["object_list"]))
        for question in context["object_list"]:
            question.statistics = found[question.pk]
        return context

    def get_list_buttons(self, instance: Question) -> list[ButtonWithDropdown]:
        """One menu, without what hooks add: wagtail-localize asks twice a row, for ways that questions don't go."""
        label = _("More options for '%(title)s'") % {"title": instance}
        items = self.get_list_more_buttons(instance)
        buttons = [Button.from_menu_item(item) if isinstance(item, MenuItem) else item for item in items]
        return [ButtonWithDropdown(buttons=buttons, icon_name="dots-horizontal", attrs={"aria-label": label})]

    def get_list_more_buttons(self, instance: Question) -> list[Button]:
        """Wagtail's, and the versions."""
        versions = Button(
            _("Versions"), url=reverse("quiz_questions:versions", args=[instance.pk]), icon_name="history"
        )
        return [*super().get_list_more_buttons(instance), versions]


class QuestionEditView(EditView):
    """A question, with the ways to its versions and its translations."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether it was ever asked, and in which languages it isn't written yet."""
        written = {self.object.locale.language_code} | {each["locale"].language_code for each in self.translations}
        missing = [(code, name) for code, name in settings.LANGUAGES if code not in written]
        can_add = self.user_has_permission("add")
        return super().get_context_data(**kwargs) | {"missing_languages": missing if can_add else []}


class PreviewNewView(PreviewOnCreateView):
    """A question that isn't saved yet."""

    def get_object(self) -> Question:
        """In the site's first language, until it is saved in its own."""
        return Question(locale=Locale.get_default())


class RetireView(UnpublishView):
    """Asks before a question is asked nobody any more."""

    page_title = gettext_lazy("Retire")
    success_message = gettext_lazy("“%(object)s” is retired.")
    template_name = "quizzes/admin/retire.html"

    def unpublish(self) -> None:
        """Through the service: in every language, with its versions."""
        retire_question(question=self.object, at=now(), by=self.request.user)


@permission_required("quizzes.add_question")
@require_POST
def translate(request: HttpRequest, pk: int, language: str) -> HttpResponse:
    """Begin the question in another language, or go to where it was begun."""
    question = get_object_or_404(Question, pk=pk)
    if language not in NAMES:
        messages.error(request, _("The site doesn’t speak this language."))
        return redirect("quiz_questions:edit", pk)
    copy = translate_question(question=question, language=language, by=request.user)  # type: ignore[arg-type]
    return redirect("quiz_questions:edit", copy.pk)


@permission_required("quizzes.view_question")
@require_GET
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """All that was ever asked under the name of this question."""
    question = get_object_or_404(Question, pk=pk)
    context = {"question": question, "versions": versions_of(question)}
    return render(request, "quizzes/admin/versions.html", context)


@permission_required("quizzes.view_questionversion")
@require_GET
def version(request: HttpRequest, pk: int) -> HttpResponse:
    """What a version says, and the attempts that are marked on it."""
    found = get_object_or_404(QuestionVersion.objects.select_related("question", "published_by"), pk=pk)
    drawings = drawings_of(found)
    drawn = list(drawings[:SHOWN_ATTEMPTS])
    with_titles([each.attempt for each in drawn])
    context = {"version": found, "options": options_chosen(found), "drawn": drawn, "count": drawings.count()}
    return render(request, "quizzes/admin/version.html", context)


@permission_required("quizzes.change_questionversion")
@require_http_methods(["GET", "POST"])
def void(request: HttpRequest, pk: int) -> HttpResponse:
    """Whose mark would rise, why, and the button."""
    found = get_object_or_404(QuestionVersion.objects.select_related("question"), pk=pk)
    form = VoidForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return void_now(request, found, form.cleaned_data["reason"])
    gains = gains_of(found)
    shown = gains[:SHOWN_ATTEMPTS]
    with_titles([gain.attempt for gain in shown])
    context = {"version": found, "form": form, "gains": shown, "count": len(gains)}
    passing = [gain.attempt for gain in gains if gain.newly_passes]
    context["passing"], context["has_worth"] = len(passing), with_worth(passing, now())
    return render(request, "quizzes/admin/void.html", context, status=422 if form.is_bound else 200)


def void_now(request: HttpRequest, found: QuestionVersion, reason: str) -> HttpResponse:
    """Void it, and say for how many that made a difference."""
    try:
        raised = void_version(version=found, reason=reason, at=now(), by=request.user)  # type: ignore[arg-type]
    except Refusal as refusal:
        messages.error(request, explain(refusal))
    else:
        messages.success(request, void_done(was_ready=found.is_ready, count=len(raised)))
    return redirect("quiz_questions:version", found.pk)


def void_done(*, was_ready: bool, count: int) -> str:
    """What voiding did, to the question and to so many attempts."""
    if was_ready:
        text = ngettext(
            "The version is void and its question retired. %(count)s attempt was raised.",
            "The version is void and its question retired. %(count)s attempts were raised.",
            count,
        )
    else:
        text = ngettext(
            "The version is void, its question stays as it is. %(count)s attempt was raised.",
            "The version is void, its question stays as it is. %(count)s attempts were raised.",
            count,
        )
    return text % {"count": count}


class QuestionViewSet(SnippetViewSet):
    """The questions."""

    model = Question
    url_namespace = "quiz_questions"
    url_prefix = "quiz-questions"
    icon = "help"
    menu_label = gettext_lazy("Quiz questions")
    index_view_class = QuestionIndexView
    edit_view_class = QuestionEditView
    edit_template_name = "quizzes/admin/question.html"
    preview_on_add_view_class = PreviewNewView
    unpublish_view_class = RetireView
    filterset_class = QuestionFilters
    edit_handler = ObjectList(Question.panels, base_form_class=QuestionForm)
    copy_view_enabled = False
    list_display = [
        "__str__",
        "bank",
        LocaleColumn(),
        Column("state", label=gettext_lazy("State"), accessor=state_of),
        Column("drawn", label=gettext_lazy("Drawn"), sort_key="drawn"),
        Column("right", label=gettext_lazy("Answered right"), accessor=answered_right),
        Column("facility", label=gettext_lazy("Right at the first try"), accessor=facility_of),
        Column("discrimination", label=gettext_lazy("Discrimination"), accessor=discrimination_of),
        UpdatedAtColumn(),
    ]
    search_fields = ["prompt", "explanation"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Question]:
        """With what the list shows of each."""
        return questions_overview()

    def get_urlpatterns(self) -> list[URLPattern]:
        """With versions, and the acts on them."""
        return [
            *super().get_urlpatterns(),
            path("translate/<int:pk>/<str:language>/", translate, name="translate"),
            path("versions/<int:pk>/", versions, name="versions"),
            path("version/<int:pk>/", version, name="version"),
            path("version/<int:pk>/void/", void, name="void"),
        ]


# --- Banks -----------------------------------------------------------------------------------------------


def readiness_line(bank: Bank) -> str:
    """How many questions are ready in each language, and which languages have too few."""
    counts = ", ".join(f"{NAMES[each.language]} {each.ready}" for each in bank.readiness)
    if all(each.is_enough for each in bank.readiness):
        return counts
    return _("%(counts)s: fewer than %(least)s") % {"counts": counts, "least": READY_AT_LEAST}


class BankIndexView(IndexView):
    """The banks, with what each has ready."""

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The counts of this page of the list, in one statement."""
        context = super().get_context_data(*args, **kwargs)
        banks = list(context["object_list"])
        readiness = readiness_of(banks)
        for bank in context["object_list"]:
            bank.readiness = readiness[bank.pk]
        return context


class BankViewSet(SnippetViewSet):
    """The banks."""

    model = Bank
    url_namespace = "quiz_banks"
    url_prefix = "quiz-banks"
    icon = "folder-open-inverse"
    menu_label = gettext_lazy("Question banks")
    index_view_class = BankIndexView
    edit_handler = ObjectList(Bank.panels, base_form_class=BankForm)
    list_display = [
        "title",
        "code",
        "subject",
        Column("ready", label=gettext_lazy("Ready questions"), accessor=readiness_line),
    ]
    list_filter = ["subject"]
    search_fields = ["title", "code"]
    ordering = "title"
    copy_view_enabled = False


class QuizGroup(SnippetViewSetGroup):
    """Quizzes' menu."""

    menu_label = gettext_lazy("Quizzes")
    menu_icon = "help"
    menu_order = 410
    items = (QuestionViewSet, BankViewSet)
