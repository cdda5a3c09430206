"""Verbs of learning: `enrolments` begins, goes on and finishes; `quizzes` tries; `certificates` gives and revokes;
`badges` signs; `guesses` counts who asks for references that there aren't.

`own` keeps what a person saves, says and plans; `assignments` asks for lessons; `reminders` reminds of goals;
`changes` tells learners of a policy that it has changed.
"""

from apps.learning.services.assignments import assign_lesson, withdraw_assignment
from apps.learning.services.certificates import give_certificate, revoke_certificate
from apps.learning.services.changes import confirm_change, put_change_away, start_recheck, submit_recheck
from apps.learning.services.enrolments import complete_lesson, enrol, finish_course, keep_place
from apps.learning.services.own import choose_goal, save_lesson, say_clarity, unsave_lesson
from apps.learning.services.quizzes import finish_passed_courses, start_quiz, submit_quiz

__all__ = [
    "assign_lesson",
    "choose_goal",
    "complete_lesson",
    "confirm_change",
    "enrol",
    "finish_course",
    "finish_passed_courses",
    "give_certificate",
    "keep_place",
    "put_change_away",
    "revoke_certificate",
    "save_lesson",
    "say_clarity",
    "start_quiz",
    "start_recheck",
    "submit_quiz",
    "submit_recheck",
    "unsave_lesson",
    "withdraw_assignment",
]
