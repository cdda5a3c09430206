"""The tests' databases: made once for each state of the code, copied for every worker.

Migrating takes a quarter of a minute, building the market more than a second, a copy less than a tenth of one. So
there are templates: `plain` holds what migrations make, `market` the small site of `tests.factories.catalog` as
well, `scene` the site with all that its pages may show (`tests.browser.scenes`), and the files that belong to it. A
test that asks for the fixture `market` or `scene` runs on a copy of that one, every other test on a copy of the
first. What a transactional test leaves behind goes the same way: the copy becomes equal to its template again, on
PostgreSQL by the rows that changed (`tests.rows`).
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from tests.browser.scenes import make_scene
from tests.factories.catalog import make_market
from tests.rows import Beyond, Rows

# Nobody outlives these databases, so no commit needs to wait for the disk, in processes that tests start neither.
os.environ.setdefault("PGOPTIONS", "-c synchronous_commit=off")

PLAIN, MARKET, SCENE = "plain", "market", "scene"
KEEP_UNUSED_SECONDS = 24 * 60 * 60
ROOT = Path(settings.BASE_DIR)


def digest_of(files: Iterable[Path], *facts: object) -> str:
    """Twelve signs that change with the files and the facts."""
    digest = hashlib.sha256(repr(facts).encode())
    for file in sorted(files):
        digest.update(str(file.relative_to(ROOT)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def template_names() -> dict[str, str]:
    """Each template's name, which bears what it depends on."""
    migrations = [*ROOT.glob("apps/*/migrations/*.py"), ROOT / "requirements.lock"]
    state = digest_of(migrations, settings.INSTALLED_APPS, settings.LANGUAGES)
    code = digest_of([*ROOT.glob("apps/**/*.py"), *ROOT.glob("tests/factories/*.py")], state)
    scene = digest_of([ROOT / "tests/browser/scenes.py"], code)
    return {PLAIN: f"{PLAIN}_{state}", MARKET: f"{MARKET}_{code}", SCENE: f"{SCENE}_{scene}"}


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the lock that all workers of all runs on this machine share."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def connect_to(name: str) -> None:
    """Point the connection of this thread, and those of threads to come, at another database."""
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name


def is_running(pid: int) -> bool:
    """Whether there is such a process on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Databases(ABC):
    """One worker's copies of both templates."""

    def __init__(self, worker: str, folder: Path) -> None:
        self.worker, self.folder = worker, folder
        self.shelf = Path(settings.VAR_DIR) / "testdb"
        self.templates = template_names()
        self.current = PLAIN
        self.copied: set[str] = set()

    def create(self) -> None:
        """Make the templates where they are missing, and this worker's copies."""
        with one_at_a_time(self.shelf):
            self.make_template(PLAIN, self.migrate)
            self.make_template(MARKET, make_market, base=PLAIN)
            self.drop_leftovers()
            for kind in (PLAIN, MARKET):
                self.make_copy(kind)
                self.copied.add(kind)
        self.use(PLAIN)

    def create_scene(self) -> None:
        """Make the scene's template where it is missing, and this worker's copy: few tests ask for it."""
        with one_at_a_time(self.shelf):
            if self.files_of_scene.is_dir():
                self.make_template(SCENE, self.fill_scene, base=MARKET)
            else:
                self.fill(self.fill_scene, self.templates[MARKET], self.templates[SCENE])
                self.mark_used(self.templates[SCENE])
            self.make_copy(SCENE)
            self.copied.add(SCENE)

    @property
    def files_of_scene(self) -> Path:
        """The folder of the files that belong to the scene."""
        return self.shelf / f"{self.templates[SCENE]}_media"

    def fill_scene(self) -> None:
        """The scene, with its files beside the templates."""
        shutil.rmtree(self.files_of_scene, ignore_errors=True)
        with override_settings(MEDIA_ROOT=self.files_of_scene):
            make_scene()

    def make_template(self, kind: str, fill: Callable[[], object], base: str | None = None) -> None:
        """The template of this kind; under another name until it is whole."""
        if not self.has(self.templates[kind]):
            self.fill(fill, self.templates[base] if base else None, self.templates[kind])
        self.mark_used(self.templates[kind])

    @staticmethod
    def migrate() -> None:
        """What `manage.py migrate` does to an empty database."""
        call_command("migrate", verbosity=0, interactive=False)

    def use(self, kind: str) -> None:
        """Let what follows run on this worker's copy of a template."""
        if kind not in self.copied and kind == SCENE:
            self.create_scene()
        if self.name_of_copy(kind) != connection.settings_dict["NAME"]:
            connect_to(self.name_of_copy(kind))
        self.current = kind

    def drop_old_files(self) -> None:
        """Drop files of scenes that nobody used for a day."""
        for folder in self.shelf.glob("*_media"):
            if folder != self.files_of_scene and folder.stat().st_mtime < time.time() - KEEP_UNUSED_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)

    @abstractmethod
    def has(self, template: str) -> bool:
        """Whether the template is there."""

    @abstractmethod
    def fill(self, fill: Callable[[], object], base: str | None, template: str) -> None:
        """Make the template from its base, or from nothing."""

    @abstractmethod
    def mark_used(self, template: str) -> None:
        """Note that it was wanted now."""

    @abstractmethod
    def drop_leftovers(self) -> None:
        """Drop templates that nobody used for a day, and what dead runs left."""

    @abstractmethod
    def name_of_copy(self, kind: str) -> str:
        """The database of this worker."""

    @abstractmethod
    def make_copy(self, kind: str) -> None:
        """Make this worker's database of this kind."""

    @abstractmethod
    def restore(self) -> None:
        """Make the database in use equal to its template again."""

    @abstractmethod
    def drop(self) -> None:
        """Leave only the templates."""


class SqliteDatabases(Databases):
    """Templates are files under VAR_DIR/testdb/, copies lie in the run's temporary folder. Never in memory: threads
    of a live server would share one connection there.
    """

    def file_of(self, template: str) -> Path:
        """Where the template lies."""
        return self.shelf / f"{template}.sqlite3"

    def has(self, template: str) -> bool:
        return self.file_of(template).exists()

    def fill(self, fill: Callable[[], object], base: str | None, template: str) -> None:
        unfinished = self.shelf / "unfinished.sqlite3"
        self.remove(unfinished)
        if base:
            unfinished.write_bytes(self.file_of(base).read_bytes())
        connect_to(str(unfinished))
        fill()
        connection.close()
        unfinished.replace(self.file_of(template))

    def mark_used(self, template: str) -> None:
        os.utime(self.file_of(template))

    def drop_leftovers(self) -> None:
        self.drop_old_files()
        for file in self.shelf.glob("*.sqlite3"):
            if file.stat().st_mtime < time.time() - KEEP_UNUSED_SECONDS:
                self.remove(file)

    def name_of_copy(self, kind: str) -> str:
        return str(self.folder / f"{kind}.sqlite3")

    def make_copy(self, kind: str) -> None:
        Path(self.name_of_copy(kind)).write_bytes(self.file_of(self.templates[kind]).read_bytes())

    def restore(self) -> None:
        # SQLite's own backup takes its locks, so a thread that a test left behind does no harm.
        connection.ensure_connection()
        with closing(sqlite3.connect(self.file_of(self.templates[self.current]))) as template:
            template.backup(connection.connection)

    def drop(self) -> None:
        connection.close()
        for kind in self.copied:
            self.remove(Path(self.name_of_copy(kind)))

    @staticmethod
    def remove(file: Path) -> None:
        """The file and what SQLite keeps beside it."""
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)


class PostgresDatabases(Databases):
    """Templates and copies are databases beside the one that DATABASE_URL names; copies bear their process."""

    def __init__(self, worker: str, folder: Path) -> None:
        super().__init__(worker, folder)
        self.base = settings.DATABASES["default"]["NAME"]
        self.templates = {kind: f"{self.base}_template_{name}" for kind, name in self.templates.items()}
        self.rows: dict[str, Rows] = {}

    def has(self, template: str) -> bool:
        return bool(self.like(template))

    def fill(self, fill: Callable[[], object], base: str | None, template: str) -> None:
        unfinished = f"{self.base}_template_unfinished"
        self.remake(unfinished, base or "template1")
        connect_to(unfinished)
        fill()
        connection.close()
        self.run(
            f'DROP DATABASE IF EXISTS "{template}" WITH (FORCE)',
            f'ALTER DATABASE "{unfinished}" RENAME TO "{template}"',
        )

    def mark_used(self, template: str) -> None:
        self.run(f"COMMENT ON DATABASE \"{template}\" IS '{int(time.time())}'")

    def drop_leftovers(self) -> None:
        self.drop_old_files()
        for name, used_at in self.like(f"{self.base}_template_%"):
            if int(used_at or 0) < time.time() - KEEP_UNUSED_SECONDS:
                self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        for name, _comment in self.like(f"{self.base}_test_%"):
            pid = name.removeprefix(f"{self.base}_test_").partition("_")[0]
            if pid.isdigit() and not is_running(int(pid)):
                self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def name_of_copy(self, kind: str) -> str:
        return f"{self.base}_test_{os.getpid()}_{self.worker}_{kind}"

    def make_copy(self, kind: str) -> None:
        if kind in self.rows:
            self.rows.pop(kind).close()
        self.remake(self.name_of_copy(kind), self.templates[kind])
        self.rows[kind] = Rows(**self.address_of(kind))

    def restore(self) -> None:
        # Whoever still holds a connection loses it.
        connection.close()
        try:
            self.rows[self.current].restore()
        except Beyond:
            self.make_copy(self.current)

    def address_of(self, kind: str) -> dict[str, Any]:
        """How psycopg connects to this worker's copy."""
        given = connection.settings_dict
        return {
            "dbname": self.name_of_copy(kind),
            "user": given["USER"],
            "password": given["PASSWORD"],
            "host": given["HOST"],
            "port": given["PORT"],
        }

    def drop(self) -> None:
        connection.close()
        for rows in self.rows.values():
            rows.close()
        for kind in self.copied:
            self.run(f'DROP DATABASE IF EXISTS "{self.name_of_copy(kind)}" WITH (FORCE)')

    def remake(self, name: str, template: str) -> None:
        """A new database like the template, in place of any of this name."""
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    @staticmethod
    def run(*statements: str) -> None:
        """Each statement by itself, from outside all databases of ours."""
        with connection._nodb_cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    @staticmethod
    def like(pattern: str) -> list[tuple[str, str | None]]:
        """Databases whose name is like this, with their comment."""
        with connection._nodb_cursor() as cursor:
            cursor.execute(
                "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname LIKE %s",
                [pattern.replace("_", r"\_")],
            )
            return cursor.fetchall()


def databases_for(worker: str, folder: Path) -> Databases:
    """Of the kind that the settings name."""
    kind = SqliteDatabases if connection.vendor == "sqlite" else PostgresDatabases
    return kind(worker, folder)
