"""The shape of a file of violations."""

from django import forms
from django.utils.translation import gettext_lazy as _


class FileForm(forms.Form):
    """A CSV file; what is in it is judged by the rules."""

    content = forms.FileField(
        label=_("CSV file"),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=_("In UTF-8, with commas or semicolons. At most 5 MB and 20,000 lines."),
    )
