"""What staff may do with pages, pictures, files and clips; the workflow from editor to approver.

Wagtail's own two groups go: the site has roles of its own.
"""

from django.db import migrations

from apps.accounts.migrations._grants import grant, permission

PAGES = {
    "Content editors": ["add_page", "change_page"],
    "Content approvers": ["add_page", "change_page", "publish_page", "lock_page", "unlock_page", "bulk_delete_page"],
}
COLLECTIONS = {
    "wagtailimages": ["add_image", "change_image", "choose_image"],
    "wagtaildocs": ["add_document", "change_document", "choose_document"],
}


def give_rights(apps, _schema_editor):
    group_of = apps.get_model("auth", "Group").objects.get
    root_page = apps.get_model("wagtailcore", "Page").objects.get(depth=1)
    root_collection = apps.get_model("wagtailcore", "Collection").objects.get(depth=1)
    apps.get_model("auth", "Group").objects.filter(name__in=["Editors", "Moderators"]).delete()
    for role, codenames in PAGES.items():
        group = group_of(name=role)
        for codename in codenames:
            apps.get_model("wagtailcore", "GroupPagePermission").objects.get_or_create(
                group=group, page=root_page, permission=permission(apps, "wagtailcore", codename)
            )
        for app_label, collection_codenames in COLLECTIONS.items():
            for codename in collection_codenames:
                apps.get_model("wagtailcore", "GroupCollectionPermission").objects.get_or_create(
                    group=group, collection=root_collection, permission=permission(apps, app_label, codename)
                )
        grant(apps, role, "catalog", "view_video", "add_video")
    # A clip has no drafts: changing one changes live pages, so only who may publish may do it.
    grant(apps, "Content approvers", "catalog", "change_video")
    for task in apps.get_model("wagtailcore", "GroupApprovalTask").objects.all():
        task.name = "Content approval"
        task.save()
        task.groups.set([group_of(name="Content approvers")])
    apps.get_model("wagtailcore", "Workflow").objects.update(name="Content approval")


def take_rights(apps, _schema_editor):
    for name in ("GroupPagePermission", "GroupCollectionPermission"):
        apps.get_model("wagtailcore", name).objects.filter(group__name__in=PAGES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0001_initial"),
        ("accounts", "0002_roles"),
        ("wagtailcore", "0098_apitoken"),
        ("wagtailimages", "0027_image_description"),
        ("wagtaildocs", "0014_alter_document_file_size"),
    ]
    operations = [migrations.RunPython(give_rights, take_rights)]
