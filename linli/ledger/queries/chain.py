"""The chain: every transfer as a line of text, each hashed together with the one before.

    digest(n) = hex of sha256(digest(n - 1) + line(n)),  digest(0) = ""

A line has its fields in order, tabs between them, times in UTC with microseconds; it is the same on both engines, so that
books moved from one to the other keep their heads, and anybody can repeat the chain with `sha256sum`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from django.db import connection

START = ""
BLOCK = 10_000

_TIME = {"sqlite": "substr({0} || '.000000', 1, 26)", "postgresql": "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"}
_UUID = {"sqlite": "{0}", "postgresql": "encode(uuid_send({0}), 'hex')"}
_FORMAT = {"sqlite": "printf('{0}', {1})", "postgresql": "format('{0}', {1})"}


def line_sql(vendor: str) -> str:
    """SQL that makes a transfer's line; `t` is the transfer, `d` and `c` its accounts, `w` the time worked. Nothing is ""."""
    time, uuid = _TIME[vendor].format, _UUID[vendor].format
    fields = [
        "t.seq", uuid("t.booking"), "t.place", "t.legs", "t.total", "t.fingerprint", "t.kind", "d.code", "c.code", "d.unit",
        "t.amount", "t.hold_id", "t.reverses_id", time("t.expires_at"), time("t.at"), "t.purpose", uuid("t.about_id"),
        uuid("t.person_id"), "t.post_id", "t.token_id", time("w.from_at"), time("w.until_at"), "t.note",
    ]  # fmt: skip
    return _FORMAT[vendor].format("\t".join(["%%s"] * len(fields)), ", ".join(fields))


SOURCE = (
    "FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit_id JOIN ledger_account c ON c.id = t.credit_id "
    "LEFT JOIN ledger_worked_time w ON w.transfer_id = t.seq"
)


def rows(columns: str, *, after: int = 0, until: int | None = None, block: int = BLOCK) -> Iterator[list[Any]]:
    """Transfers in the order of their numbers, by the block: `columns` is SQL over `SOURCE`, the number first.

    A block is a span of numbers, of which some may be unused: so each costs the same, wherever it lies.
    """
    until = last_seq() if until is None else until
    statement = f"SELECT {columns} {SOURCE} WHERE t.seq > %s AND t.seq <= %s ORDER BY t.seq"
    with connection.cursor() as cursor, _ahead() as soon:

        def read(start: int) -> list[Any]:
            cursor.execute(statement, [start, min(start + block, until)])
            return list(cursor.fetchall())

        first = max(after, _first_seq() - 1)
        coming = soon(read, first) if first < until else None
        for start in range(first, until, block):
            found = coming() if coming else []
            coming = soon(read, start + block) if start + block < until else None
            if found:
                yield found


@contextmanager
def _ahead() -> Iterator[Callable[[Callable[[int], list[Any]], int], Callable[[], list[Any]]]]:
    """Begins a reading whose result is asked for later: PostgreSQL makes the next block ready while this one is looked at."""
    if connection.vendor != "postgresql":
        yield lambda read, after: lambda: read(after)
        return
    with ThreadPoolExecutor(1, "ledger-reader") as pool:
        yield lambda read, after: pool.submit(read, after).result


def _first_seq() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MIN(seq), 1) FROM ledger_transfer")
        return int(cursor.fetchone()[0])


def last_seq() -> int:
    """The highest number that is committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(seq), 0) FROM ledger_transfer")
        return int(cursor.fetchone()[0])


def lines(*, after: int = 0, until: int | None = None) -> Iterator[tuple[int, str]]:
    """Number and line of every transfer."""
    for block in rows(f"t.seq, {line_sql(connection.vendor)}", after=after, until=until):
        yield from block


def extend(digest: str, line: str) -> str:
    """The next digest of the chain."""
    return sha256((digest + line).encode()).hexdigest()


def head_line(number: int, last: int, digest: str) -> str:
    """A head as it stands on the notice board: `12:4711:9f86d0…`; `verify --head` takes it."""
    return f"{number}:{last}:{digest}"
