"""Doors of the catalogue: `checks` for readers, `translations` for editors, in the Wagtail admin."""
