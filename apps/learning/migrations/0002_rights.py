"""Who may look at certificates and revoke one."""

from django.db import migrations

from apps.accounts.migrations._grants import grant


def give_rights(apps, _schema_editor):
    for role in ("Operators", "Content approvers"):
        grant(apps, role, "learning", "view_certificate", "change_certificate")


class Migration(migrations.Migration):
    dependencies = [("learning", "0001_initial"), ("accounts", "0002_roles")]
    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
