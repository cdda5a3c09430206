"""The database itself refuses to change what a version says: attempts are marked on it for ever.

SQLite drops a table's triggers where a later migration alters the table: such a migration makes them anew.
"""

from django.db import migrations

SAYS = ("key", "language", "number", "kind", "prompt", "explanation", "cited_title", "cited_section", "published_at")
WHY = "What was published never changes: publish the question anew."

# Name of the trigger, table, what is refused.
TRIGGERS = (
    ("quizzes_version_kept", "quizzes_questionversion", "UPDATE OF " + ", ".join(SAYS)),
    ("quizzes_version_stays", "quizzes_questionversion", "DELETE"),
    ("quizzes_version_option_kept", "quizzes_versionoption", "UPDATE"),
    ("quizzes_version_option_stays", "quizzes_versionoption", "DELETE"),
)


def make_triggers(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE FUNCTION quizzes_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{WHY}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for name, table, change in TRIGGERS:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW EXECUTE FUNCTION quizzes_refuse_change()"
            )
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {change} ON {table} BEGIN SELECT RAISE(ABORT, '{WHY}'); END"
            )


def drop_triggers(_apps, schema_editor):
    for name, table, _change in TRIGGERS:
        on_table = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION IF EXISTS quizzes_refuse_change()")


class Migration(migrations.Migration):
    dependencies = [("quizzes", "0001_initial")]
    operations = [migrations.RunPython(make_triggers, drop_triggers)]
