"""Committing without keeping others waiting for the disk: the accounts are free again before the disk has the booking.

One account that everybody pays from is locked by every booking. Were it locked until the disk has answered, the disk's
answers would come one after the other. Here a booking commits without waiting, which frees its accounts, and is
acknowledged only when the disk has everything up to it: one answer of the disk serves all who wait for it.

A crash in between loses only what nobody was told of; what comes later in the log cannot be kept without what came before.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

# A commit that writes something waits for the log up to itself, so for everything before it.
_WAIT = "SELECT pg_logical_emit_message(true, 'ledger', '')"
_FULL = 2  # PRAGMA synchronous: what SQLite is set to where an acknowledgement means the disk


@dataclass(frozen=True)
class Script:
    """Statements with their values; `take` gets the rows of the last one."""

    sql: str
    values: list[Any]
    take: Callable[[list[Any]], None]


def write_and_wait(write: Callable[[], None], script: Callable[[], Script | None]) -> None:
    """Write in a transaction of its own, and return when it is on the disk. To be called outside of any transaction."""
    if connection.vendor == "postgresql":
        asked = script()
        if asked is not None:
            _send(asked)
            return
        with transaction.atomic():
            write()
        return
    level = _level()
    with _without_waiting(level), transaction.atomic():
        write()
    if level >= _FULL:
        _sync_log()


def wait_for_disk() -> None:
    """Return when everything that this process has seen is on the disk; inside a transaction its own end does that."""
    if connection.in_atomic_block:
        return
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_WAIT)
    elif _level() >= _FULL:
        _sync_log()


def _send(script: Script) -> None:
    """One message to the server and one answer: begin, write, commit, wait."""
    sql = f"BEGIN; SET LOCAL synchronous_commit = off; {script.sql}; COMMIT; {_WAIT}"
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, script.values)
            while cursor.description is None or cursor.description[-1].name != "place":
                cursor.nextset()
            script.take(cursor.fetchall())
    except BaseException:
        with contextlib.suppress(Exception):  # a connection that is gone is seen by the next statement
            connection.connection.rollback()
        raise


# --- SQLite ---


def _level() -> int:
    """How much SQLite waits for the disk; nothing in memory ever does."""
    if connection.is_in_memory_db():  # type: ignore[attr-defined]  # of SQLite's only
        return 0
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return int(cursor.fetchone()[0])


@contextlib.contextmanager
def _without_waiting(level: int) -> Iterator[None]:
    """Inside, a commit writes to the log and does not wait for the disk."""
    if level < _FULL:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA synchronous = {level}")


def _sync_log() -> None:
    """Let the disk have the write-ahead log. SQLite keeps no locks on that file, so opening it again harms none."""
    file = os.open(f"{connection.settings_dict['NAME']}-wal", os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fdatasync(file)
    finally:
        os.close(file)
