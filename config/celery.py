"""Celery: the broker, the queues, and the one table of what runs by itself.

The broker is a bell and holds no work (`apps/core/jobs.py`). Without BROKER_URL it is a folder under var/.
"""

import os
from datetime import timedelta

from celery import Celery
from celery.signals import beat_init

from apps.core.rules import Job

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# What runs by itself: times are UTC. Each slot runs once, however many schedulers there are.
SCHEDULE = (
    Job("apps.notifications.tasks.send_due_letters_every_minute", every=MINUTE),
    Job("apps.notifications.tasks.continue_sendings_every_minute", every=MINUTE),
    Job("apps.catalog.tasks.publish_due_pages_every_minute", every=MINUTE),
    Job("apps.catalog.tasks.tell_policy_changes_every_minute", every=MINUTE),
    Job("apps.notifications.tasks.send_due_deliveries_every_minute", every=MINUTE),
    Job("apps.learning.tasks.tell_learners_every_minute", every=MINUTE),
    Job("apps.compliance.tasks.end_enforcements_every_minute", every=MINUTE),
    Job("apps.compliance.tasks.continue_imports_every_minute", every=MINUTE),
    Job("apps.compliance.tasks.credit_late_passes_every_minute", every=MINUTE),
    Job("apps.compliance.tasks.expire_points_every_ten_minutes", every=10 * MINUTE),
    Job("apps.compliance.tasks.remind_of_closing_quizzes_hourly", every=HOUR),
    Job("apps.learning.tasks.remind_of_goals_hourly", every=HOUR),
    Job("apps.core.tasks.forget_old_runs_daily", every=DAY, offset=timedelta(hours=3)),
    Job("apps.accounts.tasks.forget_old_calls_daily", every=DAY, offset=timedelta(hours=3)),
    Job("apps.web.tasks.forget_missed_searches_daily", every=DAY, offset=timedelta(hours=3)),
)

app = Celery("seller-university")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    job.name: {
        "task": "apps.core.tasks.run_scheduled",
        "args": (job.task, job.every.total_seconds(), job.offset.total_seconds(), job.lease.total_seconds()),
        "schedule": job.offered_every,
        "options": {"queue": "default", "expires": job.offered_every.total_seconds()},
    }
    for job in SCHEDULE
}


@beat_init.connect
def offer_all_at_once(**_facts: object) -> None:
    """A schedule that begins looks at once what it missed, not only after the first interval."""
    for entry in app.conf.beat_schedule.values():
        app.send_task(entry["task"], args=entry["args"], **entry["options"])
