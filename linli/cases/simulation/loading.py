"""Loading generated lives: in blocks, each its own transaction, with progress, by several processes; nobody is told."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import islice
from queue import Empty

from django.db import connection, connections, transaction

from linli.cases.events import HistoryLoaded
from linli.cases.models import Case, CaseStep
from linli.cases.simulation.lives import CASE_COLUMNS, STEP_COLUMNS, Generator, Life
from linli.cases.simulation.town import read_town
from linli.kernel.bulk import BulkWriter
from linli.kernel.events import emit
from linli.kernel.policy import SYSTEM

BLOCK = 2000


def load(lives: Iterable[Life], *, progress: Callable[[int], None] = lambda _more: None) -> int:
    """Write lives; returns how many. After a break, what was reported as done is there and nothing of the rest."""
    cases, steps = BulkWriter(Case, CASE_COLUMNS), BulkWriter(CaseStep, STEP_COLUMNS)
    lives, done = iter(lives), 0
    while block := list(islice(lives, BLOCK)):
        case_rows = cases.prepare(life.case for life in block)
        step_rows = steps.prepare(step for life in block for step in life.steps)
        with transaction.atomic():
            cases.write(case_rows)
            steps.write(step_rows)
            emit(SYSTEM, HistoryLoaded(cases=len(block), source="simulation"))
        done += len(block)
        progress(len(block))
    return done


def _load_part(count: int, start: datetime, end: datetime, now: datetime, seed: int, queue: multiprocessing.Queue) -> None:
    gc.freeze()
    gc.disable()  # lives hold no circles; looking for some in millions of rows takes a fifth of the time
    load(Generator(read_town(), now=now, seed=seed).lives(count, start, end), progress=queue.put)
    queue.put(None)


def _let_go() -> None:
    """Close connections and their pool: a forked child must open its own."""
    connections.close_all()
    if hasattr(connection, "close_pool"):
        connection.close_pool()


def load_parallel(
    count: int, start: datetime, end: datetime, *, now: datetime, seed: int, processes: int, progress: Callable[[int], None]
) -> int:
    """Load `count` cases between `start` and `end`, the span shared out among processes of their own connections.

    Raises RuntimeError when a process died; what was reported as done is there.
    """
    _let_go()
    context = multiprocessing.get_context("fork")
    queue, span = context.Queue(), (end - start) / processes
    shares = [count // processes + (index < count % processes) for index in range(processes)]
    workers = [
        context.Process(
            target=_load_part,
            args=(share, start + span * index, start + span * (index + 1), now, seed + index, queue),
            daemon=True,
        )
        for index, share in enumerate(shares)
    ]
    for worker in workers:
        worker.start()
    done, running = 0, processes
    while running:
        more = _next(queue, workers)
        if more is None:
            running -= 1
            continue
        done += more
        progress(more)
    for worker in workers:
        worker.join()
    return done


def _next(queue: multiprocessing.Queue, workers: list) -> int | None:
    while True:
        try:
            return queue.get(timeout=2)
        except Empty:
            if any(worker.exitcode not in (None, 0) for worker in workers):
                raise RuntimeError("a loading process ended early") from None


def refresh_statistics() -> None:
    """Let the planner know what is there now."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with transaction.atomic():
                cursor.execute("SET LOCAL statement_timeout = 0")
                cursor.execute("ANALYZE cases_case")
                cursor.execute("ANALYZE cases_casestep")
        else:
            cursor.execute("PRAGMA analysis_limit=4000")
            cursor.execute("ANALYZE")
