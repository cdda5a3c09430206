"""Operators look after the machines and see what they called."""

from django.db import migrations

from apps.accounts.migrations._grants import grant


def give_rights(apps, _schema_editor):
    grant(
        apps,
        "Operators",
        "accounts",
        "view_machineaccount",
        "add_machineaccount",
        "change_machineaccount",
        "view_machinecall",
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_machines"), ("accounts", "0002_roles")]
    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
