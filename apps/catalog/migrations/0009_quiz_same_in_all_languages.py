from django.db import migrations

QUIZ = ["quiz_bank", "quiz_questions", "quiz_pass_mark", "quiz_pause_minutes"]


def forget_choices(apps, _schema_editor):
    """Translations that were begun before offer a bank of their own, which counted for nobody."""
    for name in ("OverridableSegment", "SegmentOverride"):
        apps.get_model("wagtail_localize", name).objects.filter(context__path__in=QUIZ).delete()


class Migration(migrations.Migration):
    """The quiz of a course is set in the site's first language: translators have no choice in it."""

    dependencies = [
        ("catalog", "0008_policy_versions_never_change"),
        ("wagtail_localize", "0016_rename_page_revision_translationlog_revision"),
    ]

    operations = [migrations.RunPython(forget_choices, migrations.RunPython.noop, elidable=True)]
