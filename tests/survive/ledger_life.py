"""The books in a program of their own, for tests that kill: it has everything loaded and forks clients and workers.

Commands come as lines of words on standard input, each is answered by a line of JSON. A client writes into a file outside
of the database what it is about to book and, when it was told so, that it is booked; what a booking is follows from its id,
so that anybody can send it again.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import InterfaceError, OperationalError, connection, connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from linli.kernel.policy import SYSTEM  # noqa: E402
from linli.ledger import operations  # noqa: E402
from linli.ledger.models import Head, Kind, LedgerAccount, Transfer  # noqa: E402
from linli.ledger.operations import durable  # noqa: E402
from linli.ledger.queries.verifying import verify  # noqa: E402


def prepare() -> dict[str, Any]:
    """Tables of the books alone, an issuer that everybody pays from, and two purses."""
    for app in ("kernel", "ledger"):
        call_command("migrate", app, verbosity=0)
    operations.open_account(actor=SYSTEM, code="issuer", title="发放", unit="points", rule="free")
    for name in ("one", "two"):
        operations.open_account(actor=SYSTEM, code=f"purse:{name}", title=name, unit="points")
    return {"accounts": LedgerAccount.objects.count()}


def send(booking: uuid.UUID) -> None:
    """Book what the id says: a post, or a reservation that ends soon (which a worker gives up)."""
    issuer, one, two = LedgerAccount.objects.order_by("pk")
    what = {
        "actor": SYSTEM,
        "booking": booking,
        "debit": issuer,
        "credit": one if booking.int % 2 else two,
        "amount": amount_of(booking),
    }
    if booking.int % 5 == 0:
        operations.hold(**what, expires_at=timezone.make_aware(timezone.datetime(2026, 1, 1)))
    else:
        operations.post(**what)


def amount_of(booking: uuid.UUID) -> int:
    return 1 + booking.int % 97


def book_for_ever(log: str) -> None:
    """One booking after the other; when the database is away, the same one again until it is there."""
    with open(log, "a", buffering=1) as file:
        while True:
            booking = uuid.uuid4()
            file.write(f"try {booking.hex}\n")
            while True:
                try:
                    send(booking)
                    break
                except (OperationalError, InterfaceError):
                    connection.close()
                    time.sleep(0.02)
            file.write(f"ack {booking.hex}\n")


def work_for_ever(log: str) -> None:
    """What the worker does for the books, without a pause."""
    with open(log, "a", buffering=1) as file:
        while True:
            operations.expire_holds(most=5)
            operations.seal()
            file.write("ack round\n")


def forked(run: Callable[[], Any]) -> dict[str, Any]:
    for one in connections.all(initialized_only=True):
        one.close()
    pid = os.fork()
    if pid:
        return {"pid": pid}
    try:
        os.dup2(os.open(os.devnull, os.O_RDWR), sys.stdin.fileno())
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        run()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def client(log: str) -> dict[str, Any]:
    return forked(lambda: book_for_ever(log))


def worker(log: str) -> dict[str, Any]:
    return forked(lambda: work_for_ever(log))


def reap(pid: str) -> dict[str, Any]:
    """How a child ended: minus the number of the signal that killed it, or its code."""
    return {"code": os.waitstatus_to_exitcode(os.waitpid(int(pid), 0)[1])}


def hasty() -> dict[str, Any]:
    """A ledger that does not wait for the disk: the test that kills must notice."""
    durable._WAIT = "SELECT 1"
    return {}


def path(name: str) -> dict[str, Any]:
    """Look at another copy of the database from now on."""
    connection.close()
    connection.settings_dict["NAME"] = name
    return {}


def look(*logs: str) -> dict[str, Any]:
    """Everything counted plainly: what was acknowledged and is not there, what is there twice or otherwise."""
    tried, acknowledged = read(*logs)
    first = Transfer.objects.filter(kind__in=[Kind.POST, Kind.HOLD]).values_list("booking", "amount")
    there = Counter(booking for booking, _amount in first)
    report = verify(now=timezone.now() - timedelta(days=3650))
    return {
        "tried": len(tried),
        "acknowledged": len(acknowledged),
        "there": len(there),
        "lost": len(acknowledged - set(there)),
        "unknown": len(set(there) - tried),
        "doubles": sum(count > 1 for count in there.values()),
        "wrong": sum(amount != amount_of(booking) for booking, amount in first),
        "came_unacknowledged": len(set(there) & tried - acknowledged),
        "heads": Head.objects.count(),
        "released": Transfer.objects.filter(kind=Kind.RELEASE).count(),
        "findings": [str(finding) for finding in report.findings][:5],
    }


def send_again(*logs: str) -> dict[str, Any]:
    """What nobody was told of is sent once more under the same id, as a client does after a restart."""
    tried, acknowledged = read(*logs)
    for booking in tried - acknowledged:
        send(booking)
    return {"again": len(tried - acknowledged)}


def read(*logs: str) -> tuple[set[uuid.UUID], set[uuid.UUID]]:
    found: dict[str, set[uuid.UUID]] = {"try": set(), "ack": set()}
    for log in filter(os.path.exists, logs):  # a client that has just begun may not have opened its own
        for line in Path(log).read_text().splitlines():
            word, _blank, value = line.partition(" ")
            if len(value) == 32:  # a killed client may leave half a line
                found[word].add(uuid.UUID(value))
    return found["try"], found["ack"]


COMMANDS = {run.__name__: run for run in (prepare, client, worker, reap, hasty, path, look, send_again)}

if __name__ == "__main__":
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        name, *words = line.split()
        print(json.dumps(COMMANDS[name](*words)), flush=True)
