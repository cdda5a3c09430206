"""Operators look after the mailroom."""

from django.db import migrations

from apps.accounts.migrations._grants import grant

RIGHTS = (
    ("notifications", "view_message", "change_message"),
    ("notifications", "view_suppression", "delete_suppression"),
    ("notifications", "view_sending", "add_sending", "change_sending"),
    ("notifications", "view_receiver", "add_receiver", "change_receiver", "delete_receiver"),
    ("notifications", "view_delivery", "change_delivery"),
    ("core", "view_jobrun"),
)


def give_rights(apps, _schema_editor):
    for app_label, *codenames in RIGHTS:
        grant(apps, "Operators", app_label, *codenames)


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0001_initial"),
        ("core", "0001_initial"),
        ("accounts", "0002_roles"),
    ]
    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
