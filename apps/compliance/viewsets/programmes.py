"""Programmes in the Wagtail admin: the versions of each region, and a new one, tried out before it is saved."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column
from wagtail.admin.views import generic
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.widgets.button import Button, HeaderButton

from apps.accounts.enums import Region
from apps.compliance.forms.programmes import ProgrammeForm
from apps.compliance.models import PolicyProgramme
from apps.compliance.queries.programmes import programme_row, programmes_of_regions
from apps.compliance.queries.trials import trial_of
from apps.compliance.rules.programme import PRESETS, Cap, Milestone, Programme, RepeatRule, preset_for
from apps.compliance.rules.trials import VersionTooEarly, begin_of_version
from apps.compliance.services.programmes import save_version
from apps.core.clock import now
from apps.core.refusals import explain
from apps.core.rules import Refusal
from apps.core.viewsets import ReadOnlyViewSet

# --- In words ----------------------------------------------------------------------------------------------


def cap_words(cap: Cap | None) -> str:
    """A cap in words."""
    if cap is None:
        return gettext("no limit")
    period = gettext("%(days)s rolling days") % {"days": cap.days} if cap.days else cap.period.label
    return f"{cap.limit}: {cap.scope.label}, {period}"


def rung_words(rung: Milestone) -> str:
    """A milestone in words."""
    brings = ", ".join(str(each.label) for each in rung.actions)
    if rung.days is not None:
        brings = gettext("%(what)s, for %(days)s days") % {"what": brings, "days": rung.days}
    return f"{rung.points}: {brings}"


def repeat_words(rule: RepeatRule | None) -> str:
    """What happens to who repeats one type, in words."""
    if rule is None:
        return gettext("off")
    words = gettext("warn at %(warn)s, staff look at %(flag)s of one type in %(days)s days")
    return words % {"warn": rule.warn_at, "flag": rule.flag_at, "days": rule.days}


def settings_in_words(programme: Programme) -> dict[str, str]:
    """Every setting by what it is called, as the policy team reads it."""
    form = ProgrammeForm(draft=programme)
    expiry = programme.expiry_days
    words = {
        "zone": programme.zone,
        "scale": str(programme.scale.label),
        "start_score": str(programme.start_score),
        "questions_per_attempt": str(programme.questions_per_attempt),
        "pass_mark": f"{programme.pass_mark} %",
        "points_per_pass": str(programme.points_per_pass),
        "quiz_during_appeal": gettext("Yes") if programme.quiz_during_appeal else gettext("No"),
        "expiry_days": gettext("never") if expiry is None else str(expiry),
        "appeal_days": str(programme.appeal_days),
        "appeal_max": str(programme.appeal_max),
        "warn_within": str(programme.warn_within),
    }
    found = {str(form.fields[name].label): value for name, value in words.items()}
    return found | {
        gettext("Attempts at most"): cap_words(programme.attempt_cap),
        gettext("Passes that take points off, at most"): cap_words(programme.credit_cap),
        gettext("Repeat rule"): repeat_words(programme.repeat_rule),
        gettext("Milestones"): "\n".join(map(rung_words, programme.milestones)),
    }


# --- Views -------------------------------------------------------------------------------------------------


def state_of(version: PolicyProgramme) -> str:
    """Whether it holds now, held before, or comes."""
    if version.is_in_force:  # type: ignore[attr-defined]
        return gettext("In force")
    return gettext("Comes") if version.effective_from > version.looked_at else gettext("Past")  # type: ignore[attr-defined]


class ProgrammeIndexView(generic.IndexView):
    """The versions of all regions, the newest of each first."""

    def get_list_more_buttons(self, instance: PolicyProgramme) -> list[Button]:
        """None: the version leads to its settings."""
        return []

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        """A new version for each region."""
        if not self.permission_policy.user_has_permission(self.request.user, "add"):
            return []
        return [
            HeaderButton(
                gettext("New version: %(region)s") % {"region": region.label},
                url=reverse("programmes:new", args=[region.value]),
                icon_name="plus",
            )
            for region in Region
        ]

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Which holds now."""
        context = super().get_context_data(*args, **kwargs)
        at = now()
        in_force = {row.pk for row in programmes_of_regions(at).values()}
        for version in context["object_list"]:
            version.is_in_force, version.looked_at = version.pk in in_force, at
        return context


class ProgrammeView(generic.InspectView):
    """One version with all settings."""

    page_title = _("Version of a programme")
    template_name = "compliance/admin/programme.html"

    def get_fields(self) -> list[str]:
        """The template names them."""
        return []

    def get_fields_context(self) -> list[dict[str, Any]]:
        """The template names them."""
        return []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The settings in words."""
        words = settings_in_words(self.object.value).items()
        return super().get_context_data(settings=words, **kwargs)


class NewVersionView(PermissionCheckedMixin, WagtailAdminTemplateMixin, FormView):
    """A new version in two steps: the form, then what it would have changed, with the button that saves it."""

    model = PolicyProgramme
    permission_required = "add"
    form_class = ProgrammeForm
    template_name = "compliance/admin/programme_form.html"
    preview_template_name = "compliance/admin/programme_preview.html"
    page_title = _("New version of the programme")
    header_icon = "cogs"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """For which region, and what holds there now."""
        super().setup(request, *args, **kwargs)
        if kwargs["region"] not in Region.values:
            raise Http404
        self.region = Region(kwargs["region"])
        self.current = programme_row(self.region, now())

    def get_page_subtitle(self) -> str:
        """Of which region."""
        return str(self.region.label)

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Below the list."""
        above = {"url": reverse("programmes:index"), "label": gettext("Programmes")}
        return [*self.breadcrumbs_items, above, {"url": "", "label": self.page_title}]

    def get_form_kwargs(self) -> dict[str, Any]:
        """Begun from the version in force, or from a preset."""
        preset = self.request.GET.get("preset", "")
        draft = preset_for(self.region, preset) if preset in PRESETS else self.current.value
        latest = PolicyProgramme.objects.filter(region=self.region).latest("number")
        return super().get_form_kwargs() | {"draft": draft, "initial": {"after": latest.number}}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the presets."""
        return super().get_context_data(region=self.region, current=self.current, presets=list(PRESETS), **kwargs)

    def form_valid(self, form: ProgrammeForm) -> HttpResponse:
        """Try it, change it, or save it."""
        step = self.request.POST.get("step")
        if step == "change":
            return self.render_to_response(self.get_context_data(form=form))
        if step == "save":
            return self.save(form)
        return self.try_out(form)

    def form_invalid(self, form: ProgrammeForm) -> HttpResponse:
        """The form, with what is wrong with it."""
        messages.error(self.request, gettext("Nothing was saved. See what is wrong below."))
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def try_out(self, form: ProgrammeForm) -> HttpResponse:
        """What changes, and what would have changed."""
        at = now()
        effective_from = form.cleaned_data["effective_from"]
        try:
            begin_of_version(effective_from, at=at)
        except VersionTooEarly as refusal:
            form.add_error("effective_from", explain(refusal))
            return self.form_invalid(form)
        before, after = settings_in_words(self.current.value), settings_in_words(form.programme)
        changes = [(label, before[label], words) for label, words in after.items() if before[label] != words]
        trial = trial_of(self.region, form.programme, at)
        context = self.get_context_data(form=form, changes=changes, trial=trial, effective_from=effective_from)
        return self.response_class(self.request, [self.preview_template_name], context)

    def save(self, form: ProgrammeForm) -> HttpResponse:
        """Through the service, which logs it."""
        facts = form.cleaned_data
        try:
            version = save_version(
                region=self.region,
                programme=form.programme,
                effective_from=facts["effective_from"],
                note=facts["note"],
                after=facts["after"],
                at=now(),
                by=self.request.user,  # type: ignore[arg-type]
            )
        except Refusal as refusal:
            form.add_error("effective_from" if isinstance(refusal, VersionTooEarly) else None, explain(refusal))
            return self.form_invalid(form)
        messages.success(self.request, gettext("%(version)s is saved.") % {"version": version})
        return redirect("programmes:inspect", version.pk)


class ProgrammeViewSet(ReadOnlyViewSet):
    """The versions of each region's programme: added, never changed."""

    model = PolicyProgramme
    name = url_prefix = "programmes"
    icon = "cogs"
    menu_label = _("Programmes")
    index_view_class = ProgrammeIndexView
    inspect_view_class = ProgrammeView
    inspect_view_enabled = True
    list_display = [
        "__str__",
        Column("state", label=_("State"), accessor=state_of),
        "effective_from",
        Column("note", label=_("What changed, and why")),
        "made_at",
    ]
    list_filter = ["region"]
    list_per_page = 50
    ordering = ["region", "-number"]

    def get_urlpatterns(self) -> list[URLPattern]:
        """With the form of a new version."""
        new = path("new/<str:region>/", self.construct_view(NewVersionView), name="new")
        return [*super().get_urlpatterns(), new]
