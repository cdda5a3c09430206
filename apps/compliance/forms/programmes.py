"""The shape of a new version of a programme: every setting, and the milestones as rows."""

import zoneinfo
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateTimeInput

from apps.compliance.enums import Action, CapPeriod, CapScope, Scale
from apps.compliance.rules.fields import Fault
from apps.compliance.rules.programme import (
    MOST_MILESTONES,
    Cap,
    Programme,
    ProgrammeRefused,
    read_programme,
)
from apps.compliance.rules.trials import LONGEST_NOTE

SPARE_ROWS = 4
CAPS = ("attempt_cap", "credit_cap")
REPEATS = ("warn_at", "flag_at", "days")


def whole(label: str, help_text: str = "") -> forms.IntegerField:
    """A number whose bounds the rules know."""
    return forms.IntegerField(label=label, help_text=help_text, required=False)


class MilestoneForm(forms.Form):
    """One rung of the ladder; a row that is left empty is none."""

    points = whole(_("Points"))
    actions = forms.MultipleChoiceField(
        label=_("What it brings"), choices=Action.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    days = whole(_("For days"), _("Empty: until staff end it. Only what restricts the seller lasts."))

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed into it."""
        return not self.has_changed()


MilestoneForms = forms.formset_factory(MilestoneForm, extra=0, max_num=MOST_MILESTONES, absolute_max=MOST_MILESTONES)


class ProgrammeForm(forms.Form):
    """A draft of a version. Its fields are named as the settings; what belongs together begins with the same name.

    `after` is the number of the version that was the latest when the draft was begun.
    """

    after = forms.IntegerField(widget=forms.HiddenInput)
    effective_from = forms.DateTimeField(
        label=_("In force from"),
        required=False,
        widget=AdminDateTimeInput,
        help_text=_("In your own time zone. Empty: at once. Never in the past."),
    )
    note = forms.CharField(label=_("What changed, and why"), max_length=LONGEST_NOTE)
    zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(each, each) for each in sorted(zoneinfo.available_timezones())],
        # As wide as its field: the longest name is wider than a phone.
        widget=forms.Select(attrs={"class": "w-w-full"}),
    )
    scale = forms.ChoiceField(label=_("Scale"), choices=Scale.choices)
    start_score = whole(_("A rating starts at"))
    questions_per_attempt = whole(_("Questions of a quiz"))
    pass_mark = whole(_("Pass mark in percent"))
    points_per_pass = whole(_("Points that a pass takes off"))
    quiz_during_appeal = forms.BooleanField(label=_("A quiz can be taken during an appeal"), required=False)
    attempt_cap_limit = whole(_("Attempts at most"), _("Empty: as many as they like."))
    attempt_cap_scope = forms.ChoiceField(label=_("Attempts count together for"), choices=CapScope.choices)
    attempt_cap_period = forms.ChoiceField(label=_("Attempts count within"), choices=CapPeriod.choices)
    attempt_cap_days = whole(_("Rolling days of attempts"), _("Only for rolling days."))
    credit_cap_limit = whole(_("Passes that take points off, at most"), _("Empty: every pass does."))
    credit_cap_scope = forms.ChoiceField(label=_("Passes count together for"), choices=CapScope.choices)
    credit_cap_period = forms.ChoiceField(label=_("Passes count within"), choices=CapPeriod.choices)
    credit_cap_days = whole(_("Rolling days of passes"), _("Only for rolling days."))
    expiry_days = whole(_("Points expire after days"), _("Empty: never."))
    appeal_days = whole(_("Days to appeal"))
    appeal_max = whole(_("Appeals of a violation, at most"))
    repeat_rule_warn_at = whole(_("Warn the seller at so many of one type"), _("Leave all three empty for no rule."))
    repeat_rule_flag_at = whole(_("Staff look at so many of one type"))
    repeat_rule_days = whole(_("Violations of one type count within days"))
    warn_within = whole(_("Warn at so many points before a milestone"))

    programme: Programme

    def __init__(self, *args: Any, draft: Programme, **kwargs: Any) -> None:
        kwargs["initial"] = initial_of(draft) | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.milestones = MilestoneForms(self.data, prefix="milestones") if self.is_bound else rows_of(draft)

    def clean(self) -> dict[str, Any]:
        """Ask the rules, and tell each fault beside its field."""
        facts = super().clean() or {}
        if not self.milestones.is_valid() and self.milestones.non_form_errors():
            self.add_error(None, self.milestones.non_form_errors())
        rows = [row for row in self.milestones.forms if not row.is_empty]
        try:
            self.programme = read_programme(self.settings(facts, rows))
        except ProgrammeRefused as refusal:
            for fault in refusal.faults:
                self.tell(fault, rows)
        if any(row.errors for row in rows) and not self.errors:
            self.add_error(None, gettext("See what is wrong with the milestones."))
        return facts

    def settings(self, facts: dict[str, Any], rows: list[MilestoneForm]) -> dict[str, Any]:
        """What was typed, as the rules take it."""
        plain = ("zone", "scale", "start_score", "questions_per_attempt", "pass_mark", "points_per_pass", "expiry_days")
        plain += ("appeal_days", "appeal_max", "quiz_during_appeal", "warn_within")  # type: ignore[assignment]
        settings: dict[str, Any] = {name: facts.get(name) for name in plain}
        for cap in CAPS:
            parts = {name: facts.get(f"{cap}_{name}") for name in ("limit", "scope", "period", "days")}
            has_limit = parts["limit"] is not None or f"{cap}_limit" in self.errors
            settings[cap] = parts if has_limit else None
        rule = {name: facts.get(f"repeat_rule_{name}") for name in REPEATS}
        settings["repeat_rule"] = rule if any(value is not None for value in rule.values()) else None
        settings["milestones"] = [
            {name: row.cleaned_data.get(name) for name in ("points", "actions", "days")} for row in rows
        ]
        return settings

    def tell(self, fault: Fault, rows: list[MilestoneForm]) -> None:
        """Put a fault beside its field, unless something is wrong with that already."""
        reason = gettext(fault.reason) % fault.facts
        match fault.field.split("."):
            case ["milestones", place, name]:
                row = rows[int(place)]
                if name not in row.errors:
                    row.add_error(name, reason)
            case parts:
                name = "_".join(parts)
                if name not in self.errors:
                    self.add_error(name if name in self.fields else None, reason)


def initial_of(programme: Programme) -> dict[str, Any]:
    """The settings as the fields of the form."""
    facts = {name: value for name, value in vars(programme).items() if name not in (*CAPS, "repeat_rule", "milestones")}
    for name in CAPS:
        cap: Cap | None = getattr(programme, name)
        parts = vars(cap) if cap is not None else {"scope": CapScope.QUIZ, "period": CapPeriod.MONTH}
        facts |= {f"{name}_{part}": value for part, value in parts.items()}
    if programme.repeat_rule is not None:
        facts |= {f"repeat_rule_{part}": value for part, value in vars(programme.repeat_rule).items()}
    return facts


def rows_of(programme: Programme) -> forms.BaseFormSet:
    """The milestones as rows, with some to spare."""
    rungs = [{"points": each.points, "actions": list(each.actions), "days": each.days} for each in programme.milestones]
    spare = min(SPARE_ROWS, MOST_MILESTONES - len(rungs))
    return MilestoneForms(initial=[*rungs, *({} for _row in range(spare))], prefix="milestones")
