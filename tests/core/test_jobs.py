"""The schedule: each slot once, whoever offers it and however often."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.core import jobs, tasks
from apps.core.models import JobRun
from apps.core.rules import Job, is_late, slot_of
from apps.notifications import tasks as tasks_of_mail
from apps.notifications.services import delivery
from config.celery import SCHEDULE

AT = datetime(2026, 11, 22, 9, 7, 31, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
JOB = Job("apps.test.tasks.look_every_minute", every=MINUTE, lease=timedelta(minutes=5))


def run(at: datetime, work=lambda _at: {"done": 1}, job: Job = JOB) -> JobRun | None:
    return jobs.run_slot(job=job, at=at, clock=lambda: at + timedelta(seconds=2), work=work)


@pytest.mark.parametrize(
    ("every", "offset", "at", "slot"),
    [
        (MINUTE, timedelta(), AT, datetime(2026, 11, 22, 9, 7, tzinfo=UTC)),
        (timedelta(days=1), timedelta(hours=3), AT, datetime(2026, 11, 22, 3, tzinfo=UTC)),
        (timedelta(days=1), timedelta(hours=10), AT, datetime(2026, 11, 21, 10, tzinfo=UTC)),
        # Weeks begin on Thursday 1 January 1970: Monday is four days on.
        (timedelta(days=7), timedelta(days=4, hours=6), AT, datetime(2026, 11, 16, 6, tzinfo=UTC)),
    ],
)
def test_slots(every: timedelta, offset: timedelta, at: datetime, slot: datetime) -> None:
    assert slot_of(Job("apps.a.tasks.b", every=every, offset=offset), at) == slot


@given(st.integers(1, 10_000), st.integers(0, 10_000), st.integers(1_600_000_000, 2_200_000_000))
def test_an_instant_lies_in_its_slot(every: int, offset: int, second: int) -> None:
    job = Job("apps.a.tasks.b", every=timedelta(minutes=every), offset=timedelta(minutes=offset))
    at = datetime.fromtimestamp(second, UTC)
    assert slot_of(job, at) <= at < slot_of(job, at) + job.every
    assert slot_of(job, slot_of(job, at)) == slot_of(job, at)


@pytest.mark.parametrize(
    ("ended", "late"),
    [(None, True), (AT - 10 * MINUTE, True), (AT - 3 * MINUTE, False), (AT, False), (AT + timedelta(days=1), False)],
)
def test_late(ended: datetime | None, late: bool) -> None:
    assert is_late(JOB, ended_slot=ended and slot_of(JOB, ended), at=AT) is late


def test_a_daily_job_is_late_an_hour_after_it_was_due() -> None:
    job = Job("apps.a.tasks.b", every=timedelta(days=1), offset=timedelta(hours=3))
    yesterday, three = datetime(2026, 11, 21, 3, tzinfo=UTC), datetime(2026, 11, 22, 3, tzinfo=UTC)
    assert not is_late(job, ended_slot=yesterday, at=three + timedelta(minutes=59))
    assert is_late(job, ended_slot=yesterday, at=three + timedelta(minutes=60))


def test_a_slot_runs_once(db: None) -> None:
    first, again, next_slot = run(AT), run(AT + timedelta(seconds=20)), run(AT + MINUTE)
    assert first is not None and next_slot is not None and again is None
    assert list(JobRun.objects.order_by("slot").values_list("counts", "error")) == [({"done": 1}, "")] * 2


def test_a_failure_is_kept_and_the_next_slot_runs(db: None) -> None:
    def fail(_at: datetime) -> dict[str, int]:
        raise ValueError("no paper")

    failed, well = run(AT, fail), run(AT + MINUTE)
    assert failed is not None and "no paper" in failed.error
    assert well is not None and well.error == ""
    assert run(AT, fail) is None


def test_a_run_that_died_is_taken_over_after_its_lease(db: None) -> None:
    JobRun.objects.create(job=JOB.name, slot=slot_of(JOB, AT), started_at=AT, lease_until=AT + timedelta(seconds=10))
    assert run(AT + timedelta(seconds=5)) is None
    taken = run(AT + timedelta(seconds=11))
    assert taken is not None and taken.tries == 2
    assert JobRun.objects.get().ended_at is not None


def test_who_lost_the_lease_leaves_the_row_alone(db: None) -> None:
    def dawdle(_at: datetime) -> dict[str, str]:
        JobRun.objects.update(tries=2, counts={"by": "the other"}, ended_at=AT)
        return {"by": "the slow one"}

    run(AT, dawdle)
    assert JobRun.objects.get().counts == {"by": "the other"}


def test_a_clock_that_jumps_back_runs_nothing_twice(db: None) -> None:
    assert run(AT) is not None
    assert run(AT - timedelta(seconds=40)) is not None, "that is the slot before, which nobody had run"
    assert run(AT) is None
    assert is_late(JOB, ended_slot=jobs.ended_slot(JOB, AT - timedelta(hours=1)), at=AT - timedelta(hours=1))


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_for_ten_minutes() -> None:
    """Every five seconds of simulated time both offer: each slot runs once."""
    ran: Counter[datetime] = Counter()
    lock = threading.Lock()

    def work(at: datetime) -> dict[str, int]:
        with lock:
            ran[slot_of(JOB, at)] += 1
        return {}

    def offer() -> None:
        try:
            for second in range(0, 600, 5):
                run(AT + timedelta(seconds=second), work)
        finally:
            connection.close()

    threads = [threading.Thread(target=offer) for _scheduler in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(ran.values()) == {1}
    assert len(ran) == 11, "ten minutes touch eleven slots"
    assert JobRun.objects.filter(ended_at=None).count() == 0


def test_no_job_of_the_table_is_late_while_it_works_as_long_as_it_may() -> None:
    """Slot after slot ends as late as a round may; looked at all the while."""
    longest = tasks_of_mail.SCHEDULED_ROUND + delivery.SPELL + timedelta(seconds=60)
    for job in SCHEDULE:
        first = slot_of(job, AT)
        for second in range(0, int(3 * job.every.total_seconds()), max(5, int(job.every.total_seconds() / 40))):
            at = first + timedelta(seconds=second)
            ended = [first + n * job.every for n in range(-2, 4) if first + n * job.every + longest <= at]
            assert not is_late(job, ended_slot=max(ended, default=first - job.every), at=at), (job.name, second)


def test_late_jobs_are_named(db: None) -> None:
    assert jobs.late_jobs(jobs=[JOB], at=AT) == ["test.look_every_minute"]
    run(AT)
    assert jobs.late_jobs(jobs=[JOB], at=AT + MINUTE) == []
    assert jobs.late_jobs(jobs=[JOB], at=AT + 10 * MINUTE) == ["test.look_every_minute"]


def test_old_runs_are_forgotten_but_the_last_good_one_stays(db: None) -> None:
    run(AT - timedelta(days=30))
    run(AT - timedelta(days=20))
    run(AT - timedelta(days=19), lambda _at: 1 / 0)
    assert jobs.forget_runs(before=AT - timedelta(days=14)) == 2
    assert JobRun.objects.get().slot == slot_of(JOB, AT - timedelta(days=20))


@pytest.mark.parametrize("job", SCHEDULE, ids=lambda job: job.name)
def test_every_job_of_the_table_runs_by_its_name(db: None, job: Job) -> None:
    """Through the door that the schedule uses; the second offer of a slot does nothing."""
    times = (job.every.total_seconds(), job.offset.total_seconds(), job.lease.total_seconds())
    assert isinstance(tasks.run_scheduled(job.task, *times, at=AT.isoformat()), dict)
    assert tasks.run_scheduled(job.task, *times, at=AT.isoformat()) is None
    assert JobRun.objects.get().error == ""


class TestBells:
    """Tasks that are asked for after commit."""

    @pytest.fixture
    def rung(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[object, ...]]]:
        """What reached the broker."""
        rung: list[tuple[str, tuple[object, ...]]] = []

        class Bell:
            def __init__(self, name: str) -> None:
                self.name = name

            def apply_async(self, args: tuple[object, ...], retry: bool, expires: int) -> None:
                rung.append((self.name, args))

        monkeypatch.setattr(jobs, "find_task", Bell)
        return rung

    @pytest.mark.django_db(transaction=True)
    def test_once_a_transaction_and_after_commit(self, rung: list[tuple[str, tuple[object, ...]]]) -> None:
        with transaction.atomic():
            for _letter in range(3):
                jobs.enqueue_on_commit("a.tasks.send")
            jobs.enqueue_on_commit("a.tasks.send", 7)
            assert rung == []
        assert rung == [("a.tasks.send", ()), ("a.tasks.send", (7,))]

    @pytest.mark.django_db(transaction=True)
    def test_not_after_a_rollback(self, rung: list[tuple[str, tuple[object, ...]]]) -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            jobs.enqueue_on_commit("a.tasks.send")
            _ = 1 / 0
        assert rung == []

    @pytest.mark.django_db(transaction=True)
    def test_a_broker_that_is_away_breaks_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Away:
            def apply_async(self, args: tuple[object, ...], retry: bool, expires: int) -> None:
                raise jobs.OperationalError("connection refused")

        monkeypatch.setattr(jobs, "find_task", lambda _name: Away())
        with transaction.atomic():
            jobs.enqueue_on_commit("a.tasks.send")
