"""The shapes of a clip, of a course, of a policy."""

from typing import Any

from django.conf import settings
from wagtail.admin.forms import WagtailAdminModelForm, WagtailAdminPageForm

from apps.catalog import rules
from apps.catalog.blocks import says_something
from apps.catalog.panels import CHANGE_FIELDS, QUIZ_FIELDS, brings_changes, check_bank
from apps.catalog.queries.lists import titles_showing
from apps.core.refusals import explain


class VideoForm(WagtailAdminModelForm):
    """A clip keeps its captions and its transcript for as long as published pages show it."""

    def clean(self) -> dict[str, Any]:
        """Refuse to take away what those pages need."""
        cleaned = super().clean()
        if self.instance.pk:
            after = rules.VideoFacts(self.keeps_captions(), says_something(cleaned.get("transcript")))
            try:
                rules.check_clip_change(after, titles_showing(self.instance))
            except rules.ClipInUse as refusal:
                self.add_error(None if after.has_transcript else "transcript", explain(refusal))
        return cleaned

    def keeps_captions(self) -> bool:
        """Whether any caption file is left."""
        tracks = self.formsets["tracks"]
        return any(
            form not in tracks.deleted_forms and (form.instance.pk or form.has_changed()) for form in tracks.forms
        )


class CoursePageForm(WagtailAdminPageForm):
    """A course whose quiz can't be asked may be a draft, and isn't published; a translation sets no quiz."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.locale_id and self.instance.locale.language_code != settings.LANGUAGE_CODE:
            for name in QUIZ_FIELDS:
                self.fields.pop(name, None)

    def clean(self) -> dict[str, Any]:
        """Say beside the bank what it lacks, unless a draft is saved or previewed."""
        cleaned = super().clean()
        if not self.is_deferred_validation and "quiz_questions" in cleaned:
            try:
                check_bank(cleaned.get("quiz_bank"), cleaned["quiz_questions"])
            except rules.NotReadyToPublish as refusal:
                self.add_error("quiz_bank", explain(refusal))
        return cleaned


class PolicyPageForm(WagtailAdminPageForm):
    """A material change says what changed before it is published; a translation brings no change of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not brings_changes(self.instance):
            for name in CHANGE_FIELDS:
                self.fields.pop(name, None)

    def clean(self) -> dict[str, Any]:
        """Say beside the field what it lacks, unless a draft is saved or previewed."""
        cleaned = super().clean()
        if not self.is_deferred_validation and "change_kind" in cleaned:
            try:
                rules.check_change(cleaned["change_kind"], cleaned.get("what_changed", ""))
            except rules.ChangeUnsaid as refusal:
                self.add_error("what_changed", explain(refusal))
        return cleaned
