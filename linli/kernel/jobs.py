"""Work after the transaction: a table of jobs, a register of tasks, schedules, and the loop that does them.

`enqueue` writes a row in the caller's transaction: rolled back, it never was. A task marked `outside` talks to
the world (mail, another server) and runs without a transaction around it; it must keep its own record.
"""

from __future__ import annotations

import logging
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection, transaction
from django.utils import timezone

from linli.kernel.models import Job, Schedule

log = logging.getLogger("linli.worker")

MAX_ATTEMPTS = 12
TOGETHER, IN_A_CROWD = 10, 3  # on SQLite: jobs in one transaction, and while others wait to write
CROWD = 0.001  # seconds of waiting for the turn to write that tell of others
WAY_GIVEN, LONGEST_WAY = 3.0, 0.1  # so much longer than it wrote a worker then leaves the turn to others; seconds at most


@dataclass(frozen=True)
class Task:
    name: str
    run: Callable[..., Any]
    outside: bool
    every: timedelta | None


_TASKS: dict[str, Task] = {}


def task(name: str, *, outside: bool = False, every: timedelta | None = None) -> Callable[..., Callable[..., Any]]:
    """Register a task. `every` puts it on the schedule; `outside` runs it without a transaction."""

    def register(run: Callable[..., Any]) -> Callable[..., Any]:
        _TASKS[name] = Task(name, run, outside, every)
        return run

    return register


def tasks() -> dict[str, Task]:
    return dict(sorted(_TASKS.items()))


def enqueue(name: str, *, due_at: datetime | None = None, unique_key: str | None = None, **args: Any) -> None:
    """Ask for a task, in the present transaction. With a `unique_key` that already waits, nothing is added."""
    row = Job(task=name, args=args, due_at=due_at or timezone.now(), unique_key=unique_key)
    if unique_key:
        Job.objects.bulk_create([row], ignore_conflicts=True)
    else:
        row.save(force_insert=True)


def backoff(attempts: int) -> timedelta:
    """1 s, 2 s, 4 s … up to an hour."""
    return timedelta(seconds=min(2 ** max(attempts - 1, 0), 3600))


def claim(limit: int = 20, *, now: datetime | None = None) -> list[Job]:
    """Take up to `limit` due jobs for the lease; no other worker gets them meanwhile."""
    now, lease = now or timezone.now(), timedelta(seconds=settings.LINLI_LEASE_SECONDS)
    with transaction.atomic():
        rows = Job.objects.filter(failed_at__isnull=True, due_at__lte=now).order_by("due_at", "id")
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True)
        jobs = list(rows[:limit])
        for job in jobs:
            job.due_at, job.attempts = now + lease, job.attempts + 1
        if jobs:
            Job.objects.bulk_update(jobs, ["due_at", "attempts"])
    return jobs


def _still_ours(job: Job) -> bool:
    return Job.objects.select_for_update().filter(pk=job.pk, attempts=job.attempts).exists()


def do(job: Job) -> bool:
    """Do one claimed job; True when done. A failure is written down and tried again later, then given up."""
    found = _TASKS.get(job.task)
    try:
        if found is None:
            raise LookupError(f"no task is called {job.task}")
        if found.outside:
            found.run(**job.args)
            Job.objects.filter(pk=job.pk, attempts=job.attempts).delete()
            return True
        with transaction.atomic():
            if not _still_ours(job):
                return False
            found.run(**job.args)
            Job.objects.filter(pk=job.pk).delete()
        return True
    except (OperationalError, InterfaceError):
        raise  # the database is away: the lease brings the job back
    except Exception as error:
        log.warning("job %s %s failed: %s", job.pk, job.task, error)
        _put_back(job)
        return False


def do_all(jobs: Sequence[Job], *, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Do claimed jobs in their order until `is_stopping`; returns how many were done.

    On SQLite several share a transaction: there each commit waits for the disk and holds up every other writer. If one
    of them fails nothing of the others is written either, and each is done by itself.
    """
    done, waiting = 0, list(jobs)
    while waiting and not is_stopping():
        size = (IN_A_CROWD if _is_crowded() else TOGETHER) if connection.vendor == "sqlite" else 1
        part, waiting = waiting[:size], waiting[size:]
        started = time.monotonic()
        if len(part) > 1 and _do_together(part):
            done += len(part)
        else:
            done += sum(do(job) for job in part)
        if connection.vendor == "sqlite":
            _give_way(time.monotonic() - started)
    return done


def _is_crowded() -> bool:
    return getattr(connection, "writer_waited", 0.0) > CROWD


def _give_way(took: float) -> None:
    """Who leaves the turn to write and takes it again at once overtakes those who wait: people at the door come first."""
    time.sleep(min(WAY_GIVEN * took, LONGEST_WAY) if _is_crowded() else CROWD)


def _do_together(jobs: Sequence[Job]) -> bool:
    found = [_TASKS.get(job.task) for job in jobs]
    if any(item is None or item.outside for item in found):
        return False
    try:
        with transaction.atomic():
            keys = [job.pk for job in jobs]
            ours = dict(Job.objects.filter(pk__in=keys).values_list("pk", "attempts"))
            if ours != {job.pk: job.attempts for job in jobs}:
                return False
            for item, job in zip(found, jobs, strict=True):
                item.run(**job.args)  # type: ignore[union-attr]  # none is missing
            Job.objects.filter(pk__in=keys).delete()
        return True
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        return False  # whichever it was fails again by itself, and is written down then


def _put_back(job: Job) -> None:
    now = timezone.now()
    Job.objects.filter(pk=job.pk, attempts=job.attempts).update(
        due_at=now + backoff(job.attempts),
        failed_at=now if job.attempts >= MAX_ATTEMPTS else None,
        error=traceback.format_exc(limit=-4)[-2000:],
    )


def start_schedules(*, now: datetime | None = None) -> int:
    """Enqueue every recurring task that is due; returns how many were started by this call."""
    now, started = now or timezone.now(), 0
    rows = {row.task: row for row in Schedule.objects.all()}
    for item in _TASKS.values():
        if item.every is None:
            continue
        row = rows.get(item.name)
        if row is None:
            row, _made = Schedule.objects.get_or_create(task=item.name, defaults={"next_at": now})
        if row.next_at > now:
            continue
        with transaction.atomic():
            moved = Schedule.objects.filter(task=item.name, next_at=row.next_at).update(next_at=now + item.every, last_at=now)
            if moved:
                enqueue(item.name, unique_key=f"every:{item.name}")
                started += 1
    return started


def drain(limit: int = 100_000) -> int:
    """Do everything that is due now, in this process; returns how many were done. For tests and commands."""
    done = 0
    while done < limit and (jobs := claim(100)):
        done += do_all(jobs)
    return done


class Worker:
    """The loop: schedules, claim, do, sleep; ends on SIGTERM after the job in hand."""

    def __init__(self, *, pause: float = 0.5, batch: int = 50):
        self.pause, self.batch, self.stopping = pause, batch, False

    def stop(self, *_args: Any) -> None:
        self.stopping = True

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        next_schedules = 0.0
        while not self.stopping:
            close_old_connections()
            try:
                if time.monotonic() >= next_schedules:
                    start_schedules()
                    next_schedules = time.monotonic() + 5
                jobs = claim(self.batch)
                do_all(jobs, is_stopping=lambda: self.stopping)
            except (DatabaseError, InterfaceError) as error:
                log.warning("the database does not answer (%s); trying again", error)
                connection.close()
                time.sleep(1)
                continue
            if not jobs:
                time.sleep(self.pause)
