"""The project as Django sees it: migrations, system checks of a real site, the lock file."""

import os
import re
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import call_command

from tests.architecture import ROOT

REAL_SITE = {
    "DEBUG": "0",
    "SECRET_KEY": "a-long-random-text-such-as-only-a-test-would-write-down-0123456789",
    "BASE_URL": "https://university.example",
    "ALLOWED_HOSTS": "university.example",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` in a process of its own, with only this environment."""
    bare = {key: os.environ[key] for key in ("PATH", "HOME", "VAR_DIR") if key in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=bare | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    out = StringIO()
    try:
        call_command("makemigrations", "--check", "--dry-run", stdout=out, stderr=out)
    except SystemExit:
        pytest.fail(f"Run manage.py makemigrations:\n{out.getvalue()}")


def test_a_real_site_passes_the_deployment_checks() -> None:
    done = manage("check", "--deploy", "--fail-level", "WARNING", **REAL_SITE)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_a_real_site_does_not_start_without_a_secret() -> None:
    done = manage("check", **REAL_SITE | {"SECRET_KEY": ""})
    assert done.returncode != 0
    assert "Set SECRET_KEY" in done.stderr


def test_no_committed_file_names_a_registry() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert "--hash=sha256:" in lock
    assert re.findall(r"https?://\S+|--(?:extra-)?index-url", lock) == []
    assert not (ROOT / "uv.lock").exists()


def test_the_lock_answers_to_pyproject() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[\[<>=~! ]", each)[0].lower().replace("_", "-") for each in wanted}
    locked = set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / "requirements.lock").read_text(), re.M))
    assert names - locked == set(), "Run make lock."
