"""What a search may find, and how each database looks it up.

PostgreSQL: `vector` (title before context before text) and `title_vector`, made of the row itself, each under an
index; a table of all words, kept by a trigger, in which pg_trgm finds those that resemble a mistyped one. A word
that no page has any more does no harm there: who asks takes only words that a page has.

SQLite: a full-text table (FTS5) over the rows, kept by triggers.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

POSTGRES = [
    """
    ALTER TABLE catalog_searchentry
        ADD COLUMN title_vector tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED,
        ADD COLUMN vector tsvector GENERATED ALWAYS AS (
            setweight(to_tsvector('simple', title), 'A')
            || setweight(to_tsvector('simple', context), 'C')
            || setweight(to_tsvector('simple', text), 'D')
        ) STORED
    """,
    "CREATE INDEX catalog_entry_vector ON catalog_searchentry USING gin (vector)",
    "CREATE INDEX catalog_entry_title_vector ON catalog_searchentry USING gin (title_vector)",
    "CREATE TABLE catalog_searchword (word text PRIMARY KEY)",
    "CREATE INDEX catalog_word_near ON catalog_searchword USING gist (word gist_trgm_ops)",
    # Known words are left out first: publishing two pages at once waits only for what is new in both.
    """
    CREATE FUNCTION catalog_keep_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO catalog_searchword
            SELECT DISTINCT term FROM unnest(tsvector_to_array(NEW.vector)) AS term
            WHERE term ~ '^[[:alpha:]]{4,40}$'
                AND NOT EXISTS (SELECT 1 FROM catalog_searchword known WHERE known.word = term)
            ORDER BY term
            ON CONFLICT DO NOTHING;
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER catalog_keep_words AFTER INSERT OR UPDATE OF title, context, text ON catalog_searchentry
        FOR EACH ROW EXECUTE FUNCTION catalog_keep_words()
    """,
]
POSTGRES_BACK = [
    "DROP TRIGGER catalog_keep_words ON catalog_searchentry",
    "DROP FUNCTION catalog_keep_words()",
    "DROP TABLE catalog_searchword",
]

TAKE_OUT = """
    INSERT INTO catalog_searchtext (catalog_searchtext, rowid, title, context, text)
        VALUES ('delete', old.id, old.title, old.context, old.text);
"""
PUT_IN = """
    INSERT INTO catalog_searchtext (rowid, title, context, text)
        VALUES (new.id, new.title, new.context, new.text);
"""
SQLITE = [
    """
    CREATE VIRTUAL TABLE catalog_searchtext USING fts5(
        title, context, text, content='catalog_searchentry', content_rowid='id',
        tokenize="unicode61 remove_diacritics 2", prefix='2 3 4'
    )
    """,
    f"CREATE TRIGGER catalog_text_in AFTER INSERT ON catalog_searchentry BEGIN {PUT_IN} END",
    f"CREATE TRIGGER catalog_text_out AFTER DELETE ON catalog_searchentry BEGIN {TAKE_OUT} END",
    f"CREATE TRIGGER catalog_text_new AFTER UPDATE ON catalog_searchentry BEGIN {TAKE_OUT} {PUT_IN} END",
]
SQLITE_BACK = [
    "DROP TRIGGER catalog_text_in",
    "DROP TRIGGER catalog_text_out",
    "DROP TRIGGER catalog_text_new",
    "DROP TABLE catalog_searchtext",
]


def make_index(_apps, schema_editor):
    for statement in POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement, params=None)


def drop_index(_apps, schema_editor):
    for statement in POSTGRES_BACK if schema_editor.connection.vendor == "postgresql" else SQLITE_BACK:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_course_quiz")]
    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField()),
                ('kind', models.CharField(choices=[('home', 'Home'), ('catalogue', 'Catalogue'), ('course', 'Course'), ('lesson', 'Lesson'), ('policies', 'Policies'), ('policy', 'Policy'), ('updates', 'Updates'), ('update', 'Update'), ('plain', 'Plain')], max_length=20)),
                ('language', models.CharField(max_length=10)),
                ('audience', models.CharField(blank=True, choices=[('all', 'Everyone'), ('affiliate', 'Affiliate sellers'), ('self_selling', 'Self-selling sellers')], max_length=20)),
                ('subject', models.CharField(blank=True, choices=[('tools', 'Seller tools'), ('policies', 'Policies'), ('updates', 'Shop updates')], max_length=20)),
                ('route', models.CharField(choices=[('affiliate', 'Affiliate'), ('self_selling', 'Self-selling'), ('both', 'Both routes')], max_length=20)),
                ('anchor', models.CharField(blank=True, max_length=50)),
                ('title', models.CharField(max_length=300)),
                ('context', models.CharField(blank=True, max_length=255)),
                ('text', models.TextField(blank=True)),
                ('reading', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='catalog.reading')),
            ],
            options={
                'indexes': [models.Index(fields=['kind', 'language'], name='catalog_entry_kind')],
                'constraints': [models.UniqueConstraint(fields=('reading', 'anchor', 'audience'), name='catalog_entry_once')],
            },
        ),
        migrations.RunPython(make_index, drop_index),
    ]
