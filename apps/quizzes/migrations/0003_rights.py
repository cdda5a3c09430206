"""Who writes questions, who publishes, retires and voids them, who keeps the banks."""

from django.db import migrations

from apps.accounts.migrations._grants import grant

WRITE = ("view_bank", "view_question", "add_question", "change_question", "view_questionversion")
PUBLISH = ("publish_question", "change_questionversion")
RIGHTS = {
    "Content editors": (*WRITE, "add_bank", "change_bank"),
    "Content approvers": (*WRITE, *PUBLISH),
    "Policy team": (*WRITE, *PUBLISH, "add_bank", "change_bank"),
}


def give_rights(apps, _schema_editor):
    for role, codenames in RIGHTS.items():
        grant(apps, role, "quizzes", *codenames)


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0002_published_never_changes"), ("accounts", "0002_roles")]
    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
