"""`make bench-pages`: what each page costs, in *me*: process CPU per request, in-process, 10th percentile. What mostly
waits for the database, as search does, is to be read by its wall time.

Runs on a PostgreSQL database of its own (BENCH_DATABASE_URL, else `su_bench` on 127.0.0.1), filled once with
`seed --size large`. Writes `var/bench.json`.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

URL = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/su_bench")
os.environ |= {
    "DATABASE_URL": URL,
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DEBUG": "0",
    "SECRET_KEY": "bench",
    "COMPRESS": "0",
}
ROUNDS = int(os.environ.get("ROUNDS", "300"))
LESSONS = int(os.environ.get("LESSONS", "3000"))


def prepare() -> None:
    """Make the database where it is missing, and fill it."""
    import psycopg

    base, _slash, name = URL.rpartition("/")
    with psycopg.connect(f"{base}/postgres".replace("postgres://", "postgresql://"), autocommit=True) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            server.execute(f'CREATE DATABASE "{name}"')
    seed = ["seed", "--size", "large", "--lessons", str(LESSONS)]
    for command in (["migrate", "-v0"], seed, ["collectstatic", "--noinput", "-v0"]):
        subprocess.run([sys.executable, "manage.py", *command], check=True, stdout=subprocess.DEVNULL)
    # A database that has just been filled knows nothing of its rows: in life autovacuum has looked by then.
    with psycopg.connect(URL.replace("postgres://", "postgresql://"), autocommit=True) as filled:
        filled.execute("ANALYZE")


def cost(act: Callable[[], Any]) -> tuple[float, float]:
    """Process CPU and wall time of one request, in milliseconds."""
    start, wall = time.process_time(), time.perf_counter()
    act()
    return (time.process_time() - start) * 1000, (time.perf_counter() - wall) * 1000


def measure(subjects: dict[str, Callable[[], Any]]) -> dict[str, dict[str, float]]:
    """All subjects in turn, round after round, so that drift of the machine hits all alike."""
    for act in subjects.values():
        for _warm in range(5):
            act()
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in subjects}
    for _round in range(ROUNDS):
        for name, act in subjects.items():
            costs[name].append(cost(act))
    figures = {}
    for name, both in costs.items():
        each, walls = sorted(cpu for cpu, _wall in both), sorted(wall for _cpu, wall in both)
        figures[name] = {
            "p10_ms": each[len(each) // 10],
            "median_ms": statistics.median(each),
            "p90_ms": each[len(each) * 9 // 10],
            "wall_p10_ms": walls[len(walls) // 10],
        }
    return figures


def subjects() -> dict[str, Callable[[], Any]]:
    """Every page and act that is measured."""
    from django.core.cache import cache
    from django.test import Client
    from django.urls import reverse

    from apps.accounts.models import User
    from apps.catalog.enums import Kind
    from apps.catalog.models import Reading
    from apps.core.clock import now
    from apps.learning.models import Completion, Enrolment
    from apps.learning.services import enrol

    alice = User.objects.get(email="alice@lantern.example")
    bayu = User.objects.get(email="bayu@lantern.example")
    for course in Reading.objects.filter(kind=Kind.COURSE, language="en")[:50]:
        enrol(person=alice, course=course, at=now())
    signed_in, acting, anonymous = Client(), Client(), Client()
    signed_in.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    # Acts are somebody else's: they would change the tag of what the reader reads.
    acting.force_login(bayu, backend="allauth.account.auth_backends.AuthenticationBackend")
    outline = Reading.objects.filter(path__startswith="en/courses/bulk-").order_by("page__path")
    course, lesson = outline.filter(kind=Kind.COURSE)[1], outline.filter(kind=Kind.LESSON)[60]
    rich = Reading.objects.get(path="en/courses/promotion-plans-and-commission/set-a-commission/")
    cold = Reading.objects.select_related("parent").filter(parent__path="en/courses/live-that-stays-healthy/")[0]
    signed_in.get(rich.url)  # sets the CSRF cookie, which the tag holds
    tag = signed_in.get(rich.url)["ETag"]
    complete = reverse("learning:complete", args=["en", rich.key])
    enrol_url = reverse("learning:enrol", args=["en", course.key])

    def get(client: Client, url: str, status: int = 200, **headers: str) -> Callable[[], Any]:
        def act() -> None:
            response = client.get(url, headers=headers)
            assert response.status_code == status, (url, response.status_code)

        return act

    def post(url: str, status: int) -> Callable[[], Any]:
        def act() -> None:
            response = acting.post(url)
            assert response.status_code == status, (url, response.status_code)

        return act

    versions = (cold.version.hex, cold.parent.version.hex)

    def uncached() -> None:
        for key in [key for key in cache._cache if any(version in key for version in versions)]:
            cache._cache.pop(key, None)
            cache._expire_info.pop(key, None)
        assert signed_in.get(cold.url).status_code == 200

    def complete_anew() -> None:
        Completion.objects.filter(person=bayu, lesson_key=rich.key).delete()
        assert acting.post(complete).status_code == 303

    def enrol_anew() -> None:
        Enrolment.objects.filter(person=bayu, course_key=course.key).delete()
        assert acting.post(enrol_url).status_code == 303

    return {
        "hello": get(signed_in, "/bench/hello/"),
        "me": get(signed_in, "/bench/me/"),
        "one update": post("/bench/update/", 200),
        "lesson, signed in": get(signed_in, rich.url),
        "lesson in an outline of 40, signed in": get(signed_in, lesson.url),
        "lesson, 304": get(signed_in, rich.url, 304, **{"If-None-Match": tag}),
        "lesson, anonymous": get(anonymous, rich.url),
        "lesson, nothing cached": uncached,
        "course, signed in": get(signed_in, course.url),
        "catalogue, signed in": get(signed_in, "/en/courses/"),
        "catalogue, anonymous": get(anonymous, "/en/courses/"),
        "dashboard, 50 courses": get(signed_in, "/dashboard/"),
        "home, anonymous": get(anonymous, "/en/"),
        "policy, signed in": get(signed_in, "/en/policies/content/"),
        "search, a rare word": get(signed_in, "/search/?q=thermos"),
        "search, a word in every lesson": get(signed_in, "/search/?q=lesson"),
        "search, a mistyped word": get(signed_in, "/search/?q=thermsos"),
        "search, in vain, while typing": get(signed_in, "/search/?q=zebrafish", **{"HX-Request": "true"}),
        "complete (with its reset)": complete_anew,
        "enrol (with its reset)": enrol_anew,
    }


def main() -> None:
    """Prepare, measure, print, write."""
    prepare()
    import django

    django.setup()
    from django.conf import settings
    from django.test.utils import override_settings

    settings.ALLOWED_HOSTS.append("testserver")
    with override_settings(ROOT_URLCONF="tests.bench.urls"):
        figures = measure(subjects())
    me, update, wall = figures["me"]["p10_ms"], figures["one update"]["p10_ms"], figures["me"]["wall_p10_ms"]
    print(f"{'':42}{'p10 ms':>9}{'median':>9}{'p90':>9}{'in me':>8}{'in update':>11}{'wall in me':>12}")
    for name, each in figures.items():
        each |= {"in_me": each["p10_ms"] / me, "in_update": each["p10_ms"] / update}
        each |= {"wall_in_me": each["wall_p10_ms"] / wall}
        print(
            f"{name:42}{each['p10_ms']:9.2f}{each['median_ms']:9.2f}{each['p90_ms']:9.2f}"
            f"{each['in_me']:8.2f}{each['in_update']:11.2f}{each['wall_in_me']:12.2f}"
        )
    about = {
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "django": django.get_version(),
        "rounds": ROUNDS,
        "lessons": LESSONS,
    }
    Path("var").mkdir(exist_ok=True)
    Path("var/bench.json").write_text(json.dumps({"about": about, "pages": figures}, indent=1))


if __name__ == "__main__":
    main()
