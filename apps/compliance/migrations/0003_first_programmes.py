"""Each region begins with the default programme: a region is never without one."""

from datetime import UTC, datetime

from django.db import migrations

ZONES = {"ID": "Asia/Jakarta", "US": "America/Los_Angeles"}
SINCE = datetime(2000, 1, 1, tzinfo=UTC)
SETTINGS = {'scale': 'points',
 'start_score': 200,
 'questions_per_attempt': 3,
 'pass_mark': 100,
 'points_per_pass': 1,
 'attempt_cap': {'limit': 3, 'scope': 'quiz', 'period': 'month', 'days': None},
 'credit_cap': {'limit': 3, 'scope': 'quiz', 'period': 'month', 'days': None},
 'expiry_days': 90,
 'appeal_days': 30,
 'appeal_max': 2,
 'quiz_during_appeal': True,
 'repeat_rule': {'warn_at': 4, 'flag_at': 6, 'days': 90},
 'warn_within': 3,
 'milestones': [{'points': 6, 'actions': ['notice', 'lessons'], 'days': None},
                {'points': 12, 'actions': ['no_campaigns'], 'days': 7},
                {'points': 24, 'actions': ['no_promotion_plans', 'no_live'], 'days': 14},
                {'points': 36, 'actions': ['anchors_off'], 'days': 28},
                {'points': 48, 'actions': ['selling_closed', 'staff_review'], 'days': None}]}


def make_programmes(apps, _schema_editor):
    programmes = apps.get_model("compliance", "PolicyProgramme")
    for region, zone in ZONES.items():
        programmes.objects.get_or_create(
            region=region,
            number=1,
            defaults={"effective_from": SINCE, "made_at": SINCE, "settings": {"zone": zone, **SETTINGS}},
        )


class Migration(migrations.Migration):
    dependencies = [("compliance", "0002_books_never_change")]
    operations = [migrations.RunPython(make_programmes, migrations.RunPython.noop)]
