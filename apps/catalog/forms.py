"""The shape of a clip."""

from typing import Any

from wagtail.admin.forms import WagtailAdminModelForm

from apps.catalog import rules
from apps.catalog.blocks import says_something
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
