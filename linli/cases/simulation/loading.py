"""Loading generated lives: in blocks, each its own transaction, with progress; nobody is told of anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from django.db import connection, transaction

from linli.cases.events import HistoryLoaded
from linli.cases.models import Case, CaseStep
from linli.cases.simulation.lives import CASE_COLUMNS, STEP_COLUMNS, Life
from linli.kernel.bulk import BulkWriter
from linli.kernel.events import emit
from linli.kernel.policy import SYSTEM

BLOCK = 5000


def load(lives: Iterable[Life], *, progress: Callable[[int], None] = lambda _done: None) -> int:
    """Write lives; returns how many. After a break, what was reported as done is there and nothing of the rest."""
    cases, steps = BulkWriter(Case, CASE_COLUMNS), BulkWriter(CaseStep, STEP_COLUMNS)
    lives, done = iter(lives), 0
    while block := list(islice(lives, BLOCK)):
        with transaction.atomic():
            cases.write(tuple(life.case) for life in block)
            steps.write(tuple(step) for life in block for step in life.steps)
            emit(SYSTEM, HistoryLoaded(cases=len(block), source="simulation"))
        done += len(block)
        progress(done)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE cases_case")
            cursor.execute("ANALYZE cases_casestep")
    else:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit=2000")
            cursor.execute("ANALYZE")
    return done
