"""How things are measured: statements, CPU of this process and of the database's, medians over repetitions."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

TICK = os.sysconf("SC_CLK_TCK")


def backend_pid() -> int | None:
    """The process of PostgreSQL that serves this connection; SQLite works in ours."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def cpu_of(pid: int | None) -> float:
    """Seconds of CPU that a process has used."""
    if pid is None:
        return 0.0
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_kib(pid: int) -> int:
    """Proportional memory of a process: shared pages counted by their share."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def rss_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def statements(act: Callable[[], Any]) -> int:
    """How many statements `act` sends, without BEGIN and COMMIT."""
    with CaptureQueriesContext(connection) as captured:
        act()
    return sum(not query["sql"].startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")) for query in captured)


def cpu_ms(act: Callable[[], Any], *, times: int = 60, rounds: int = 3) -> float:
    """CPU milliseconds of one `act`, application and database together: the median of several rounds."""
    act()
    found = []
    for _round in range(rounds):
        pid = backend_pid()
        before = time.process_time() + cpu_of(pid)
        for _time in range(times):
            act()
        found.append((time.process_time() + cpu_of(pid) - before) / times * 1000)
    return statistics.median(found)


def wall_ms(act: Callable[[], Any], *, times: int = 30) -> float:
    """Median wall milliseconds of one `act`."""
    act()
    found = []
    for _time in range(times):
        start = time.perf_counter()
        act()
        found.append((time.perf_counter() - start) * 1000)
    return statistics.median(found)
