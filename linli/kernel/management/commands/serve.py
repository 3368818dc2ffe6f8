"""`linli serve`: pages, API and the worker beside them."""

from __future__ import annotations

import os
import socket
from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from linli.kernel.server import Server


class Command(BaseCommand):
    help = "Serve pages and API, with the worker beside them; all end together."
    requires_system_checks: list[str] = []  # run by `linli check` and the tests; here the start should be quick

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port (default 8000)")
        parser.add_argument("--workers", type=int, default=default_workers(), help="web processes")
        parser.add_argument("--threads", type=int, default=settings.LINLI_THREADS, help="threads of each")
        parser.add_argument("--no-worker", action="store_true", help="the worker runs elsewhere (linli worker)")
        parser.add_argument("--access-log", action="store_true", help="a line for every request on the screen")

    def handle(self, *, host: str, port: int, workers: int, threads: int, **options: object) -> None:
        require_free(host, port)
        require_migrated()
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
        if not options.get("quiet"):
            self.stdout.write(f"Linli listens on http://{host}:{port}/ (Ctrl-C ends it)")
            self.stdout.flush()
        Server(
            host=host,
            port=port,
            workers=workers,
            threads=threads,
            with_worker=not options["no_worker"],
            access_log=bool(options["access_log"]),
        ).run()


def default_workers() -> int:
    """A web process for each core, two at least, eight at most."""
    return min(max(os.cpu_count() or 1, 2), 8)


def require_free(host: str, port: int) -> None:
    """Say at once that the port is taken instead of trying for seconds."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from None


def require_migrated() -> None:
    """Refuse to serve a database that is of another version."""
    try:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise CommandError(f"the database does not answer: {error}") from None
    if waiting:
        raise CommandError(f"{len(waiting)} migrations are not applied; run `linli migrate` first")
