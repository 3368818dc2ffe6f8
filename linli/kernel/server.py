"""Web processes and one background worker under one parent: gunicorn's own master, which also minds the worker.

Everything is loaded once and forked, so that memory is shared. If the worker dies it is started again; if the parent
dies, however suddenly, all its children end within a second or two.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import signal
import sys
import threading
import time
from typing import Any

from django.db import connections
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from linli.kernel.jobs import Worker

log = logging.getLogger("linli.server")
BACKGROUND_NICE = 10  # people at the door come before what can wait
RESTART_AFTER = 2.0  # seconds: a worker that dies at once must not spin


def let_go_of_databases() -> None:
    """Close what must not be shared by processes."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        close_pool = getattr(connection, "close_pool", None)  # PostgreSQL's only
        if close_pool and getattr(connection, "pool", None):
            close_pool()


def end_with_parent(worker: Worker, parent: int) -> None:
    """Stop the worker when its parent is gone: a killed parent cannot tell it."""

    def watch() -> None:
        while not worker.stopping:
            if os.getppid() != parent:
                worker.stop()
            time.sleep(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


class Master(Arbiter):
    """Gunicorn's master with one more child: the worker that does what waits."""

    background_pid = 0
    background_at = 0.0

    def manage_workers(self) -> None:
        super().manage_workers()
        if self.app.with_worker and not self._background_lives():
            self._start_background()

    def _background_lives(self) -> bool:
        if not self.background_pid:
            return False
        try:
            done, status = os.waitpid(self.background_pid, os.WNOHANG)
        except ChildProcessError:  # reaped with the others
            done, status = self.background_pid, -1
        if done:
            log.warning("the worker ended (%s); starting it again", status)
            self.background_pid = 0
        return not done

    def _start_background(self) -> None:
        if time.monotonic() - self.background_at < RESTART_AFTER:
            return
        self.background_at = time.monotonic()
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self.background_pid = pid
            return
        status = 1
        try:
            for name in self.SIGNALS:
                signal.signal(name, signal.SIG_DFL)
            for listener in self.LISTENERS:
                listener.close()
            os.nice(BACKGROUND_NICE)
            worker = Worker()
            end_with_parent(worker, parent)
            worker.run()
            status = 0
        except BaseException:
            log.exception("the worker failed")
        finally:
            let_go_of_databases()
            sys.stderr.flush()
            os._exit(status)  # nothing of the parent's may run in this copy

    def stop(self, graceful: bool = True) -> None:
        pid, self.background_pid = self.background_pid, 0
        if pid:
            self._signal(pid, signal.SIGTERM)
        super().stop(graceful)
        deadline = time.monotonic() + (self.cfg.graceful_timeout if graceful else 1)
        while pid and time.monotonic() < deadline:
            try:
                if os.waitpid(pid, os.WNOHANG)[0]:
                    return
            except ChildProcessError:
                return
            time.sleep(0.05)
        if pid:
            self._signal(pid, signal.SIGKILL)

    @staticmethod
    def _signal(pid: int, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Linli under gunicorn: threads, everything loaded before the fork."""

    def __init__(self, *, host: str, port: int, workers: int, threads: int, with_worker: bool, access_log: bool):
        address = f"[{host}]" if ":" in host else host
        self.with_worker = with_worker
        self.given: dict[str, Any] = {
            "bind": f"{address}:{port}",
            "workers": workers,
            "threads": threads,
            "worker_class": "gthread",
            "preload_app": True,
            "timeout": 60,
            "graceful_timeout": 20,
            "keepalive": 15,
            "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,  # noqa: S108  gunicorn's heartbeat
            "accesslog": "-" if access_log else None,
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.given.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from config.wsgi import application

        gc.collect()
        gc.freeze()  # what is loaded now lives as long as the process: no collection looks through it, and forks go on sharing it
        return application

    def run(self) -> None:
        let_go_of_databases()
        Master(self).run()
