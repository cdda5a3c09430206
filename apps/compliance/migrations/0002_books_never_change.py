"""The database itself refuses to change what was written into the books: entries, milestones, programmes.

UPDATE on both databases; DELETE on PostgreSQL only, where emptying whole tables (TRUNCATE) is another thing.
SQLite drops a table's triggers where a later migration alters the table: such a migration makes them anew.
"""

from django.db import migrations

TABLES = ("compliance_pointentry", "compliance_milestonerecord", "compliance_policyprogramme")
WHY = "What is written into the books never changes: write another line."


def make_triggers(_apps, schema_editor):
    on_postgres = schema_editor.connection.vendor == "postgresql"
    if on_postgres:
        schema_editor.execute(
            "CREATE FUNCTION compliance_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{WHY}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for table in TABLES:
        if on_postgres:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION compliance_refuse_change()"
            )
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_kept BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{WHY}'); END"
            )


def drop_triggers(_apps, schema_editor):
    on_postgres = schema_editor.connection.vendor == "postgresql"
    for table in TABLES:
        on_table = f" ON {table}" if on_postgres else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_kept{on_table}")
    if on_postgres:
        schema_editor.execute("DROP FUNCTION IF EXISTS compliance_refuse_change()")


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial")]
    operations = [migrations.RunPython(make_triggers, drop_triggers)]
