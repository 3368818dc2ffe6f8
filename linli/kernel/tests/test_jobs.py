"""Work after the transaction: done once, tried again with growing pauses, given up in the end, kept apart between workers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from linli.kernel import jobs
from linli.kernel.jobs import MAX_ATTEMPTS, Worker, backoff, claim, do, drain, enqueue, start_schedules
from linli.kernel.models import Event, Job, Schedule

pytestmark = pytest.mark.django_db
NAME = "test.work"


@pytest.fixture
def work() -> Iterator[Callable[..., list[Any]]]:
    """`done = work(run)`: a task of its own; `done` lists what it was called with. Forgotten after the test."""

    def register(run: Callable[..., Any] = lambda **args: None, **options: Any) -> list[Any]:
        done: list[Any] = []

        def both(**args: Any) -> None:
            done.append(args)
            run(**args)

        jobs.task(NAME, **options)(both)
        return done

    yield register
    jobs._TASKS.pop(NAME, None)


def fail(**args: Any) -> None:
    raise ValueError("it does not work")


def test_a_job_is_done_once_with_what_it_was_given(work) -> None:
    done = work()
    enqueue(NAME, case="abc", count=3)

    assert (drain(), drain()) == (1, 0)

    assert done == [{"case": "abc", "count": 3}]
    assert not Job.objects.filter(task=NAME).exists()


def test_a_job_asked_for_in_a_transaction_that_fails_never_was(work) -> None:
    done = work()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        enqueue(NAME)
        raise ZeroDivisionError

    drain()

    assert done == []


def test_a_job_waits_until_it_is_due_and_the_oldest_comes_first(work) -> None:
    done, now = work(), timezone.now()
    for minutes in (5, -1, -9, -4):
        enqueue(NAME, due_at=now + timedelta(minutes=minutes), minutes=minutes)

    drain()

    assert [args["minutes"] for args in done] == [-9, -4, -1]


def test_what_a_failing_job_wrote_is_taken_back_and_it_is_tried_again(work) -> None:
    def write_and_fail() -> None:
        Event.objects.create(name="test.half", at=timezone.now(), actor_kind="system")
        raise ValueError("it does not work")

    work(write_and_fail)
    enqueue(NAME)

    assert drain() == 0

    row = Job.objects.get(task=NAME)
    assert not Event.objects.filter(name="test.half").exists()
    assert (row.attempts, row.failed_at) == (1, None)
    assert "it does not work" in row.error
    assert row.due_at > timezone.now()


def test_pauses_grow_from_a_second_to_an_hour() -> None:
    pauses = [backoff(attempts).total_seconds() for attempts in range(1, MAX_ATTEMPTS + 2)]

    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses == sorted(pauses)
    assert (pauses[-1], backoff(1000).total_seconds()) == (3600, 3600)


def test_after_the_last_try_it_is_laid_aside_with_its_error(work) -> None:
    done, now = work(fail), timezone.now()
    enqueue(NAME)
    for _try in range(MAX_ATTEMPTS):
        now += timedelta(hours=2)
        assert [do(job) for job in claim(now=now)] == [False]

    row = Job.objects.get(task=NAME)
    assert row.failed_at is not None
    assert "it does not work" in row.error
    assert claim(now=now + timedelta(days=30)) == []
    assert len(done) == MAX_ATTEMPTS


def test_a_task_that_nobody_knows_waits_and_does_not_stop_the_others(work) -> None:
    done = work()
    enqueue("test.of_a_later_version")
    enqueue(NAME)

    drain()

    assert len(done) == 1
    assert "no task is called" in Job.objects.get(task="test.of_a_later_version").error


# --- the lease ---


def test_a_claimed_job_is_nobody_elses_until_its_lease_ends(work, settings) -> None:
    settings.LINLI_LEASE_SECONDS = 60
    work()
    enqueue(NAME)
    now = timezone.now() + timedelta(seconds=1)

    first = claim(now=now)

    assert (len(first), claim(now=now + timedelta(seconds=59))) == (1, [])
    assert [job.attempts for job in claim(now=now + timedelta(seconds=61))] == [2]


def test_a_worker_that_comes_too_late_does_not_do_it_again(work, settings) -> None:
    settings.LINLI_LEASE_SECONDS = 60
    done = work()
    enqueue(NAME)
    now = timezone.now() + timedelta(seconds=1)
    (slow,), (quick,) = claim(now=now), claim(now=now + timedelta(seconds=61))

    assert (do(slow), do(quick), do(quick)) == (False, True, False)

    assert len(done) == 1


def test_a_failure_of_one_who_comes_too_late_does_not_touch_the_others_claim(work, settings) -> None:
    settings.LINLI_LEASE_SECONDS = 60
    work(fail, outside=True)
    enqueue(NAME)
    now = timezone.now() + timedelta(seconds=1)
    (slow,), (quick,) = claim(now=now), claim(now=now + timedelta(seconds=61))

    do(slow)

    row = Job.objects.get(task=NAME)
    assert (row.due_at, row.error) == (quick.due_at, "")


def test_while_the_database_is_away_nothing_is_counted_as_a_failure(work) -> None:
    def away() -> None:
        raise OperationalError("server closed the connection")

    work(away)
    enqueue(NAME)
    (job,) = claim()

    with pytest.raises(OperationalError):
        do(job)

    row = Job.objects.get(task=NAME)
    assert (row.error, row.failed_at, row.due_at) == ("", None, job.due_at)


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_never_claim_the_same(work) -> None:
    work()
    Job.objects.bulk_create([Job(task=NAME, args={}, due_at=timezone.now()) for _number in range(60)])
    claimed: list[int] = []
    start = threading.Barrier(6)

    def one() -> None:
        try:
            start.wait()
            while found := claim(5):
                claimed.extend(job.pk for job in found)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(claimed), set(Counter(claimed).values())) == (60, {1})


# --- keys, the world outside, schedules ---


def test_under_one_key_one_job_waits_and_after_it_was_done_another_may(work) -> None:
    done = work()
    for number in range(3):
        enqueue(NAME, unique_key="count:2026-03-04", number=number)
    drain()
    enqueue(NAME, unique_key="count:2026-03-04", number=9)
    enqueue(NAME, unique_key="count:2026-03-05", number=10)

    drain()

    assert [args["number"] for args in done] == [0, 9, 10]


def test_work_in_the_world_outside_runs_without_a_transaction(work) -> None:
    seen: list[bool] = []
    depth = len(connection.savepoint_ids)
    work(lambda: seen.append(len(connection.savepoint_ids) > depth), outside=True)
    enqueue(NAME)
    drain()
    work(lambda: seen.append(len(connection.savepoint_ids) > depth))
    enqueue(NAME)
    drain()

    assert seen == [False, True]


def test_a_schedule_starts_once_in_its_time_however_many_look(work) -> None:
    done, now = work(every=timedelta(minutes=10)), timezone.now()

    def started(minutes: float) -> int:
        start_schedules(now=now + timedelta(minutes=minutes))
        return Job.objects.filter(task=NAME).count()

    assert [started(minutes) for minutes in (0, 0, 9)] == [1, 1, 1]
    drain()
    assert [started(minutes) for minutes in (9.9, 10, 10)] == [0, 1, 1]
    # Still not done when it is due again: it is not put up twice.
    assert started(20) == 1
    assert len(done) == 1


def test_of_two_workers_that_saw_the_same_schedule_one_starts_it(work, monkeypatch) -> None:
    work(every=timedelta(minutes=10))
    now = timezone.now()
    Schedule.objects.create(task=NAME, next_at=now - timedelta(seconds=1))
    seen = list(Schedule.objects.all())
    start_schedules(now=now)
    Job.objects.all().delete()
    monkeypatch.setattr(Schedule.objects, "all", lambda: seen)

    start_schedules(now=now)

    assert not Job.objects.filter(task=NAME).exists()


def test_a_worker_goes_on_after_a_failure_and_ends_after_the_jobs_in_hand(work, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "start_schedules", lambda: 0)
    monkeypatch.setattr(jobs.signal, "signal", lambda *_args: None)
    monkeypatch.setattr(jobs, "close_old_connections", lambda: None)
    monkeypatch.setattr(jobs, "backoff", lambda attempts: timedelta(hours=1))  # not again in this test, however slow it is
    worker = Worker(pause=0)

    def run(number: int) -> None:
        if number == 1:
            raise ValueError("it does not work")
        worker.stop()

    work(run)
    for number in range(1, 31):
        enqueue(NAME, number=number)

    worker.run()

    left = dict(Job.objects.values_list("args__number", "attempts"))
    assert left[1] == 1  # failed, and waits
    assert 2 not in left  # done all the same
    assert 30 in left  # for the next worker


def test_what_shares_a_transaction_with_a_failing_job_is_done_once_all_the_same(work) -> None:
    def run(number: int) -> None:
        Event.objects.create(name=f"test.number{number}", at=timezone.now(), actor_kind="system")
        if number == 3:
            raise ValueError("it does not work")

    work(run)
    for number in range(6):
        enqueue(NAME, number=number)

    assert drain() == 5

    written = Event.objects.filter(name__startswith="test.number").values_list("name", flat=True)
    assert sorted(written) == [f"test.number{number}" for number in (0, 1, 2, 4, 5)]
    assert Job.objects.get(task=NAME).args == {"number": 3}
