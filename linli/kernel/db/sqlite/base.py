"""SQLite with a queue in front of the writer.

SQLite lets one connection write at a time, and its own waiting is a sleep with growing pauses: with many
writers one of them can starve for seconds. Here every transaction first takes a file lock (`flock`), whose
waiters the kernel wakes in turn, and only then begins; so waits stay short and fair. Reading outside
`atomic` takes no lock. Several processes on one machine share the queue; a network file system does not.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import Any

from django.db.backends.sqlite3 import base


class WriterQueue:
    """One open lock file for one connection; `take` waits its turn, `leave` lets the next one in.

    The wait has no end of its own: whoever holds the lock is in a transaction of ours, which a dying process gives up.
    """

    def __init__(self, path: str):
        self._path = path
        self._file: int | None = None
        self._held = False
        self.waited = 0.0  # seconds, for the last turn

    def take(self) -> None:
        """Wait for the turn; other threads run meanwhile."""
        if self._held:
            return
        if self._file is None:
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        started = time.monotonic()
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self.waited, self._held = time.monotonic() - started, True

    def leave(self) -> None:
        if self._held and self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        self._held = False

    def close(self) -> None:
        self.leave()
        if self._file is not None:
            os.close(self._file)
            self._file = None


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's SQLite backend, whose transactions queue."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._queue: WriterQueue | None = None

    def _writer_queue(self) -> WriterQueue | None:
        if self._queue is None and not self.is_in_memory_db():
            self._queue = WriterQueue(f"{self.settings_dict['NAME']}.writer")
        return self._queue

    @property
    def writer_waited(self) -> float:
        """Seconds that this connection waited for its last turn to write."""
        return self._queue.waited if self._queue else 0.0

    def _start_transaction_under_autocommit(self) -> None:
        queue = self._writer_queue()
        if queue:
            queue.take()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # the stubs leave it out
        except BaseException:
            if queue:
                queue.leave()
            raise

    def _leave_queue(self) -> None:
        if self._queue:
            self._queue.leave()

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self._leave_queue()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._leave_queue()

    def close(self) -> None:
        super().close()
        if self._queue and not self.in_atomic_block:
            with contextlib.suppress(OSError):
                self._queue.close()
            self._queue = None
