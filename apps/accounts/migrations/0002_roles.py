"""The groups of staff. Every app gives them its own rights in a migration of its own."""

from django.db import migrations

from apps.accounts.migrations._grants import grant

ROLES = ["Content editors", "Content approvers", "Policy team", "Event managers", "Event staff", "Operators"]


def make_roles(apps, _schema_editor):
    for role in ROLES:
        grant(apps, role, "wagtailadmin", "access_admin")
    grant(apps, "Policy team", "accounts", "view_seller")
    grant(apps, "Operators", "accounts", "view_seller", "add_seller", "change_seller", "view_user", "add_user", "change_user")


def remove_roles(apps, _schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
    ]
    operations = [migrations.RunPython(make_roles, remove_roles)]
