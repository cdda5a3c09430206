"""Doors of learning: `pages` shows what there is to read, `acts` changes, `certificates` shows and checks."""

from apps.learning.views.acts import complete, enrol, finish, keep_place
from apps.learning.views.certificates import certificate, check_form, course_done
from apps.learning.views.pages import read

__all__ = ["certificate", "check_form", "complete", "course_done", "enrol", "finish", "keep_place", "read"]
