"""Who may see how clear lessons are, and who may ask persons to do a lesson."""

from django.db import migrations

from apps.accounts.migrations._grants import grant


def give_rights(apps, _schema_editor):
    for role in ("Content editors", "Content approvers"):
        grant(apps, role, "learning", "view_clarityanswer")
    for role in ("Policy team", "Operators"):
        grant(apps, role, "learning", "view_assignment", "add_assignment", "change_assignment")


class Migration(migrations.Migration):
    dependencies = [("learning", "0004_own")]
    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
