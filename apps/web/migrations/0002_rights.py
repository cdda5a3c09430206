"""Who reads the questions that come in through the contact form."""

from django.db import migrations

from apps.accounts.migrations._grants import grant


def give_rights(apps, _schema_editor):
    grant(apps, "Operators", "web", "view_helprequest", "change_helprequest")


class Migration(migrations.Migration):
    dependencies = [("web", "0001_initial"), ("accounts", "0002_roles")]
    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
