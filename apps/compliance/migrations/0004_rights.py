"""The policy team keeps programmes, types and templates, and looks after violations and appeals; operators look."""

from django.db import migrations

from apps.accounts.migrations._grants import grant

LOOK = (
    "view_appeal", "view_enforcement", "view_policyprogramme", "view_pointentry", "view_repeatflag",
    "view_violation", "view_violationimport", "view_violationtype",
)  # fmt: skip
KEEP = (
    "add_policyprogramme",
    "add_violationtype", "change_violationtype",
    "add_violation", "change_violation",
    "add_violationimport", "change_violationimport",
    "change_appeal", "change_enforcement", "change_repeatflag",
    "view_reasontemplate", "add_reasontemplate", "change_reasontemplate", "delete_reasontemplate",
)  # fmt: skip
RIGHTS = {"Policy team": (*LOOK, *KEEP), "Operators": LOOK}


def give_rights(apps, _schema_editor):
    for role, codenames in RIGHTS.items():
        grant(apps, role, "compliance", *codenames)


class Migration(migrations.Migration):
    dependencies = [("compliance", "0003_first_programmes"), ("accounts", "0002_roles")]
    operations = [migrations.RunPython(give_rights, migrations.RunPython.noop)]
