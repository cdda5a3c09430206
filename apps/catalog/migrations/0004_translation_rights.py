"""Editors and approvers send pages to translation; what a draft may become is decided by the rights on pages."""

from django.db import migrations

ROLES = ["Content editors", "Content approvers"]


def submit_translation(apps):
    """wagtail-localize makes it for a table that it doesn't have, under a name of its own."""
    return apps.get_model("auth", "Permission").objects.get(
        content_type__app_label="wagtail_localize", codename="submit_translation"
    )


def give_rights(apps, _schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name__in=ROLES):
        group.permissions.add(submit_translation(apps))


def take_rights(apps, _schema_editor):
    for group in apps.get_model("auth", "Group").objects.filter(name__in=ROLES):
        group.permissions.remove(submit_translation(apps))


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_translation_section_number"),
        ("wagtail_localize", "0016_rename_page_revision_translationlog_revision"),
    ]
    operations = [migrations.RunPython(give_rights, take_rights)]
