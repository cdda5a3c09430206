"""Gives rights to the groups of staff, for the migrations of every app: permissions may not exist yet there."""

MODEL_ACTIONS = ("view", "add", "change", "delete")


def permission(apps, app_label, codename):
    """The permission `<action>_<model>`, made where migrations run before `post_migrate` makes it."""
    model = "admin" if codename == "access_admin" else codename.partition("_")[2]
    content_type, _created = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label=app_label, model=model
    )
    found, _created = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type, codename=codename, defaults={"name": f"Can {codename.replace('_', ' ')}"}
    )
    return found


def grant(apps, role, app_label, *codenames):
    """Add the rights to the role's group, made where it is missing."""
    group, _created = apps.get_model("auth", "Group").objects.get_or_create(name=role)
    group.permissions.add(*(permission(apps, app_label, codename) for codename in codenames))
