"""The database itself refuses to change or delete what a policy said: violations are judged by it for ever.

SQLite drops a table's triggers where a later migration alters the table: such a migration makes them anew.
"""

from django.db import migrations

WHY = "What a policy said never changes: publish it anew."
TABLES = ("catalog_policyversion", "catalog_sectionversion")
CHANGES = ("UPDATE", "DELETE")


def make_triggers(_apps, schema_editor):
    is_postgres = schema_editor.connection.vendor == "postgresql"
    if is_postgres:
        schema_editor.execute(
            "CREATE FUNCTION catalog_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{WHY}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    does = "FOR EACH ROW EXECUTE FUNCTION catalog_refuse_change()" if is_postgres else f"BEGIN SELECT RAISE(ABORT, '{WHY}'); END"
    for table in TABLES:
        for change in CHANGES:
            schema_editor.execute(f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} {does}")


def drop_triggers(_apps, schema_editor):
    is_postgres = schema_editor.connection.vendor == "postgresql"
    for table in TABLES:
        for change in CHANGES:
            on_table = f" ON {table}" if is_postgres else ""
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{change.lower()}{on_table}")
    if is_postgres:
        schema_editor.execute("DROP FUNCTION IF EXISTS catalog_refuse_change()")


class Migration(migrations.Migration):
    dependencies = [("catalog", "0007_policy_versions")]
    operations = [migrations.RunPython(make_triggers, drop_triggers)]
