"""Puts a PostgreSQL database back as it was, by the rows that changed.

Making the copy of a template anew costs a checkpoint for dropping the old one, which waits for the disk. Most tests
change a few rows of a few small tables, so these tables only are filled again from memory. Which ones changed is
read from the rows themselves: each bears the number of the transaction that wrote it.
"""

from dataclasses import dataclass
from typing import LiteralString, cast

import psycopg
from psycopg import sql


class Beyond(Exception):
    """Not rows alone have changed: the database has to be made anew."""


@dataclass(frozen=True)
class Table:
    """One table as it was: its columns, its rows as COPY writes them, and how many they are."""

    name: str
    columns: tuple[str, ...]
    rows: bytes
    number: int
    has_triggers: bool


COLUMNS = """
    SELECT attrelid::regclass::text, array_agg(attname::text ORDER BY attnum) FILTER (WHERE attgenerated = ''),
        EXISTS (SELECT FROM pg_trigger WHERE tgrelid = attrelid AND NOT tgisinternal)
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
    GROUP BY attrelid ORDER BY 1
"""
SEQUENCES = "SELECT schemaname, sequencename, start_value, last_value FROM pg_sequences ORDER BY 1, 2"
OTHERS = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class Rows:
    """All rows of a database, as they are when this is made."""

    def __init__(self, **address: str | int | None) -> None:
        self.connection = psycopg.connect(**{key: str(value) for key, value in address.items() if value})
        self.connection.autocommit = True
        self.shape = self.connection.execute(COLUMNS).fetchall()
        self.sequences = self.connection.execute(SEQUENCES).fetchall()
        self.tables = [self.read(*each) for each in self.shape]
        self.mark = self.now()
        counts = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} FROM {} HAVING count(*) <> {} OR bool_or(age(xmin) < age(%(mark)s::xid))").format(
                sql.Literal(number), sql.SQL(cast(LiteralString, table.name)), sql.Literal(table.number)
            )
            for number, table in enumerate(self.tables)
        )
        self.changed = counts.as_string(self.connection)

    def now(self) -> str:
        """The number of a transaction that begins after all that were, as a row bears it."""
        found = self.connection.execute("SELECT (txid_current() % (2 ^ 32)::bigint)::text").fetchone()
        assert found is not None
        return found[0]

    def read(self, name: str, columns: list[str], has_triggers: bool) -> Table:
        """A table with its rows."""
        with self.connection.cursor() as cursor:
            with cursor.copy(self.statement("COPY {} ({}) TO STDOUT", name, columns)) as copy:
                rows = b"".join(bytes(each) for each in copy)
            return Table(name, tuple(columns), rows, cursor.rowcount, has_triggers)

    @staticmethod
    def statement(text: LiteralString, name: str, columns: tuple[str, ...] | list[str] = ()) -> sql.Composed:
        """A statement on a table, whose name is written as the database writes it."""
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        return sql.SQL(text).format(sql.SQL(cast(LiteralString, name)), listed)

    def restore(self) -> None:
        """Make every row and every sequence what they were. Whoever else is connected is cut off first."""
        run = self.connection.execute
        try:
            run(OTHERS)
            if run(COLUMNS).fetchall() != self.shape:
                raise Beyond("another shape")
            with self.connection.transaction():
                changed = [self.tables[number] for (number,) in run(self.changed, {"mark": self.mark}).fetchall()]
                self.fill_again(changed)
                self.set_sequences()
                if changed:
                    self.mark = self.now()
        except psycopg.Error as error:
            raise Beyond(str(error)) from error

    def fill_again(self, tables: list[Table]) -> None:
        """Empty these tables and fill them; what refuses or adds to changes of rows rests meanwhile."""
        run = self.connection.execute
        for table in tables:
            if table.has_triggers:
                run(self.statement("ALTER TABLE {} DISABLE TRIGGER USER", table.name))
        for table in tables:
            run(self.statement("DELETE FROM {}", table.name))
        for table in tables:
            if table.number:
                with self.connection.cursor().copy(
                    self.statement("COPY {} ({}) FROM STDIN", table.name, table.columns)
                ) as copy:
                    copy.write(table.rows)
        run("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            if table.has_triggers:
                run(self.statement("ALTER TABLE {} ENABLE TRIGGER USER", table.name))

    def set_sequences(self) -> None:
        """Let numbers begin where they began."""
        found = self.connection.execute(SEQUENCES).fetchall()
        for now, (schema, name, start, last) in zip(found, self.sequences, strict=True):
            if now[3] != last:
                place = sql.Identifier(schema, name).as_string(self.connection)
                value = start if last is None else last
                self.connection.execute("SELECT setval(%s::regclass, %s, %s)", [place, value, last is not None])

    def close(self) -> None:
        """Let go of the database."""
        self.connection.close()
