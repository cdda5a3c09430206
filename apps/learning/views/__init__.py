"""Doors of learning: `pages` shows what there is to read, `acts` changes, `quizzes` asks, `certificates` shows and
checks, `badges` hands out certificates for machines, with all that these look up.

`own` is for what a person keeps, says and plans, `record` shows all that they have done, `changes` what changed in a
policy since they learned it.
"""

from apps.learning.views.acts import complete, enrol, finish, keep_place
from apps.learning.views.badges import achievement, badge, badge_picture, issuer, issuer_keys, key_set, status_list
from apps.learning.views.certificates import certificate, certificate_pdf, check_form, course_done
from apps.learning.views.changes import (
    answer_recheck,
    confirm_change,
    policy_change,
    put_change_away,
    recheck,
    start_recheck,
)
from apps.learning.views.own import clarity, goal, save, saved
from apps.learning.views.pages import read
from apps.learning.views.quizzes import answer_quiz, quiz, quiz_try, start_quiz
from apps.learning.views.record import record

__all__ = [
    "achievement",
    "answer_quiz",
    "answer_recheck",
    "badge",
    "badge_picture",
    "certificate",
    "certificate_pdf",
    "check_form",
    "clarity",
    "complete",
    "confirm_change",
    "course_done",
    "enrol",
    "finish",
    "goal",
    "issuer",
    "issuer_keys",
    "keep_place",
    "key_set",
    "policy_change",
    "put_change_away",
    "quiz",
    "quiz_try",
    "read",
    "recheck",
    "record",
    "save",
    "saved",
    "start_quiz",
    "start_recheck",
    "status_list",
]
