"""What ran by itself, for operators to see; nobody else does (tests/notifications/test_viewsets.py)."""

from typing import Any

import pytest
from django.test import Client

from apps.core.models import JobRun
from tests.factories import AT
from tests.screens import links, soup_of, words

pytestmark = pytest.mark.django_db


class TestJobs:
    def run(self, job: str, **facts: Any) -> JobRun:
        """A run that ended well, unless said otherwise."""
        given = {"slot": AT, "started_at": AT, "lease_until": AT, "ended_at": AT, "counts": {"sent": 5, "failed": 1}}
        return JobRun.objects.create(job=job, **(given | facts))

    def test_the_list_says_what_ran_and_how_it_ended(self, operator: Client) -> None:
        self.run("core.fine")
        self.run("core.bad", error="ValueError: x", counts={})
        self.run("core.dead", ended_at=None, counts={})
        rows = [row.get_text(" ", strip=True) for row in soup_of(operator.get("/cms/jobs/")).select("tbody tr")]
        stated = {row.split()[0]: next(word for word in ("Done", "Failed", "Died") if word in row) for row in rows}
        assert stated == {"core.fine": "Done", "core.bad": "Failed", "core.dead": "Died"}
        assert any("sent 5, failed 1" in row for row in rows)

    @pytest.mark.parametrize(("query", "found"), [("state=failed", {"core.bad"}), ("job=core.fine", {"core.fine"})])
    def test_filtered(self, operator: Client, query: str, found: set[str]) -> None:
        self.run("core.fine")
        self.run("core.bad", error="ValueError: x")
        listed = set(links(operator.get(f"/cms/jobs/?{query}")))
        assert listed & {"core.fine", "core.bad"} == found

    def test_one_says_why_it_failed(self, operator: Client) -> None:
        run = self.run("core.bad", error="Traceback\nValueError: x")
        response = operator.get(f"/cms/jobs/{run.pk}/")
        seen = words(response)
        assert "Counts sent 5, failed 1" in seen
        assert soup_of(response).find("pre").text == "Traceback\nValueError: x"

    @pytest.mark.parametrize("path", ["new/", "edit/1/", "delete/1/", "copy/1/"])
    def test_nothing_is_added_changed_or_deleted(self, operator: Client, path: str) -> None:
        assert operator.get(f"/cms/jobs/{path}").status_code == 404
